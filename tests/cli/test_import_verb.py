"""`fourflow import`: a file of another world becomes a folder that can be checked and changed."""

from __future__ import annotations

import json
from pathlib import Path

from running import GRAIN, fourflow

import fourflow as ff

ELECTION = """META
key;value
description;Town
budget;100
date_end;01.02.2023
currency;EUR
PROJECTS
project_id;cost;votes;name
1;60;3;Park
"""


def test_an_election_becomes_a_folder(tmp_path: Path) -> None:
    """The folder is a good book, named row by row on stdout; what it cannot hold is told."""
    (tmp_path / "town.pb").write_text(ELECTION)
    run = fourflow("import", "town.pb", "book", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "book/projects.csv: 1 row" in run.stdout
    assert "[book.import.pabulib.rule]" in run.stdout
    assert ff.Book.read(tmp_path / "book").projects["name"].to_list() == ["Park"]


def test_any_book_can_be_imported(tmp_path: Path) -> None:
    """A book of our own in another form is a folder of CSV afterwards, and the same book."""
    ff.Book.read(GRAIN).write(tmp_path / "grain.json")
    run = fourflow("import", "grain.json", "book", "--json", cwd=tmp_path)
    assert json.loads(run.stdout)["ok"]
    assert ff.Book.read(tmp_path / "book").canonical_json() == ff.Book.read(GRAIN).canonical_json()


def test_a_refused_file_leaves_nothing_behind(tmp_path: Path) -> None:
    """Exit code 2, the finding, and no folder."""
    (tmp_path / "town.pb").write_text(ELECTION.replace("budget;100", "budget;-"))
    run = fourflow("import", "town.pb", "book", cwd=tmp_path)
    assert run.returncode == 2
    assert "book.import.pabulib.budget" in run.stdout
    assert not (tmp_path / "book").exists()


def test_a_linear_program_is_told_where_to_go(tmp_path: Path) -> None:
    """An .mps file is no book; the message says which command solves it."""
    (tmp_path / "x.mps").write_text("NAME x")
    run = fourflow("import", "x.mps", "book", cwd=tmp_path)
    assert run.returncode == 2
    assert "fourflow clear x.mps" in run.stdout
