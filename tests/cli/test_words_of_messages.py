"""What the command says: whole sentences, one line each, whatever a path or a count is like."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import GRAIN, fourflow

from fourflow.cli._run import tell
from fourflow.cli._say import Code, shown


@pytest.mark.parametrize(("many", "words"), [(1, "1 row was refused"), (2, "2 rows were refused")])
def test_refused_rows_are_counted_in_grammar(
    many: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One row was, two rows were."""
    summary = {"headline": "", "in_words": [], "num_refused": many}
    tell(summary, tmp_path, Code.PROBLEM, as_json=False)
    assert words in capsys.readouterr().err


def test_a_starter_book_of_projects_clears(tmp_path: Path) -> None:
    """Three of its four projects go ahead; the fourth needs the analyst that another has."""
    assert fourflow("init", "call", "--projects", cwd=tmp_path).returncode == 0
    run = fourflow("clear", "call", "--out", "r", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "3 of 4 projects go ahead." in run.stdout
    assert fourflow("verify", "r", cwd=tmp_path).returncode == 0


def test_a_path_is_shown_in_one_line_without_terminal_codes() -> None:
    """Line ends and escapes in a folder's name stay out of what is said."""
    assert shown("out\x1b[31m\n\tverified\x7f") == "out\ufffd[31m  verified\ufffd"


def test_a_short_time_limit_is_kept(tmp_path: Path) -> None:
    """A billionth of a second gives first come, first served with the gap it has, and exit code 3."""
    run = fourflow("clear", GRAIN, "--time-limit", "1e-9", "--out", "r", cwd=tmp_path)
    assert run.returncode == 3
    assert "the same as first come, first served" in run.stdout
