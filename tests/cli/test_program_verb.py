"""`fourflow clear FILE.mps`: a program without a market is solved, proved and written down."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from running import fourflow

KNAPSACK = """\
NAME          BOXES
OBJSENSE
    MAX
ROWS
 N  WORTH
 L  ROOM
COLUMNS
    M1        'MARKER'  'INTORG'
    A         WORTH     5   ROOM  4
    B         WORTH     4   ROOM  3
    C         WORTH     3   ROOM  2
    M2        'MARKER'  'INTEND'
    "D,E"     WORTH     0.5 ROOM  1
RHS
    RHS       ROOM      5.5
BOUNDS
 UP BND       A         1
 UP BND       B         1
 UP BND       C         1
 UP BND       "D,E"     9
ENDATA
"""
IMPOSSIBLE = """\
NAME NEVER
ROWS
 N C
 G LEAST
 L MOST
COLUMNS
 X C 1 LEAST 1
 X MOST 1
RHS
 RHS LEAST 5 MOST 3
ENDATA
"""


def test_a_program_is_solved_and_its_proof_verified(tmp_path: Path) -> None:
    """B and C fill 5 of 5.5 and are worth 7, the rest of the room 0.25: the values say so, to the digit."""
    (tmp_path / "boxes.mps").write_text(KNAPSACK)
    run = fourflow("clear", "boxes.mps", "--json", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["objective"] == 7.25
    with (tmp_path / "out/boxes/values.csv").open() as file:
        values = {row["column"]: row["value"] for row in csv.DictReader(file)}
    assert values == {"A": "0", "B": "1", "C": "1", '"D,E"': "0.5"}
    assert fourflow("verify", "out/boxes", cwd=tmp_path).returncode == 0


def test_what_cannot_be_is_proved(tmp_path: Path) -> None:
    """X is at least 5 and at most 3: exit code 1, and a certificate of that."""
    (tmp_path / "never.mps").write_text(IMPOSSIBLE)
    run = fourflow("clear", "never.mps", "--out", "r", cwd=tmp_path)
    assert run.returncode == 1
    assert "no values keep all rows" in run.stdout
    assert not (tmp_path / "r" / "values.csv").exists()
    assert "INFEASIBLE" in fourflow("verify", "r", cwd=tmp_path).stdout


@pytest.mark.parametrize(("text", "code"), [(KNAPSACK, 0), ("hello", 2)])
def test_a_program_can_be_checked(text: str, code: int, tmp_path: Path) -> None:
    """Whether it can be read, and its size; a file that is none is told with its line."""
    (tmp_path / "x.mps").write_text(text)
    run = fourflow("check", "x.mps", cwd=tmp_path)
    assert run.returncode == code
    assert ("1 row, 4 columns" if code == 0 else "line 1") in run.stderr
