"""The verbs, run as a user runs them: exit code, stdout for data, stderr for messages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from running import GRAIN, NEEDS, OFFERS, fourflow, write_book


def test_init_writes_two_sheets(tmp_path: Path) -> None:
    """`init` names what it wrote on stdout, and says what to do next on stderr."""
    run = fourflow("init", "mine", cwd=tmp_path)
    assert (run.returncode, run.stdout.split()) == (
        0,
        ["mine/offers.csv", "mine/needs.csv", "mine/README.md"],
    )
    assert "fourflow check mine" in run.stderr


def test_init_never_writes_over_anything(tmp_path: Path) -> None:
    """A folder with something in it is refused with code 2 and left as it is."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "offers.csv").write_text("precious")
    run = fourflow("init", "mine", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert "is not empty" in run.stderr
    assert (tmp_path / "mine" / "offers.csv").read_text() == "precious"


def test_starter_book_is_good(tmp_path: Path) -> None:
    """What `init` writes passes `check`: two sheets and nothing else."""
    fourflow("init", "mine", cwd=tmp_path)
    run = fourflow("check", "mine", cwd=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "The book is good" in run.stderr


@pytest.mark.parametrize("flags", [[], ["--projects"]])
def test_starter_workbook_is_good_and_never_written_over(flags: list[str], tmp_path: Path) -> None:
    """A name that ends in .xlsx is one new workbook with the same sheets, which passes `check`."""
    run = fourflow("init", "mine.xlsx", *flags, cwd=tmp_path)
    assert (run.returncode, run.stdout.split()) == (0, ["mine.xlsx"])
    assert "The book is good" in fourflow("check", "mine.xlsx", cwd=tmp_path).stderr
    again = fourflow("init", "mine.xlsx", *flags, cwd=tmp_path)
    assert (again.returncode, again.stdout) == (2, "")
    assert "is there already" in again.stderr


def test_check_names_a_bad_row_and_accepts_its_nearest_good_one(tmp_path: Path) -> None:
    """A quantity of -3 is refused with file, row and rule and code 1; 3 is good and code 0."""
    bad = write_book(tmp_path / "bad", OFFERS.format(quantity="-3"), NEEDS)
    good = write_book(tmp_path / "good", OFFERS.format(quantity="3"), NEEDS)
    run = fourflow("check", bad, cwd=tmp_path)
    assert run.returncode == 1
    assert "'o-1' (offers.csv row 2): quantity is '-3'" in run.stdout
    assert fourflow("check", good, cwd=tmp_path).returncode == 0


def test_the_shipped_example_has_notes_for_check_and_no_warnings_for_demo(tmp_path: Path) -> None:
    """Projects that keep whole people in full at any size are meant so: `check` notes it, nothing warns."""
    run = fourflow("check", GRAIN.parent / "uk-food-aid", cwd=tmp_path)
    assert run.returncode == 0
    assert "note: 'school-holidays' (projects.csv row 12): mode is 'proportional'" in run.stdout
    assert "warning" not in run.stdout + run.stderr
    assert run.stderr.strip().endswith("notes.")


def test_check_as_json_is_one_document(tmp_path: Path) -> None:
    """`check --json` prints the findings as one JSON document, with code, file, row and fix."""
    bad = write_book(tmp_path / "bad", OFFERS.format(quantity="1,5"), NEEDS)
    run = fourflow("check", bad, "--json", cwd=tmp_path)
    answer = json.loads(run.stdout)
    assert (run.returncode, answer["ok"]) == (1, False)
    refused = [finding for finding in answer["findings"] if finding["severity"] == "refused"]
    assert refused
    assert all(finding["file"] and finding["code"] and finding["rule"] for finding in refused)


@pytest.mark.parametrize(
    "words", [["chek"], ["check"], ["clear", "x", "--gap", "wide"], ["clear", "x", "--fast"]]
)
def test_bad_usage_is_code_2_and_says_nothing_on_stdout(tmp_path: Path, words: list[str]) -> None:
    """An unknown verb, a missing argument, a bad value and an unknown flag are usage errors."""
    run = fourflow(*words, cwd=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr


@pytest.mark.parametrize("verb", ["check", "clear"])
def test_a_book_that_is_not_there_is_code_2_without_a_trace(tmp_path: Path, verb: str) -> None:
    """A wrong path is told in one sentence."""
    run = fourflow(verb, "nowhere", cwd=tmp_path)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
    assert "nowhere" in run.stdout + run.stderr


def test_doctor_finds_everything_here(tmp_path: Path) -> None:
    """`doctor --json` solves its tiny problem and lists versions and settings with their origin."""
    run = fourflow("doctor", "--json", cwd=tmp_path, FOURFLOW_GAP="1e-5")
    answer = json.loads(run.stdout)
    assert (run.returncode, answer["ok"], answer["problems"]) == (0, True, [])
    assert answer["settings"]["gap"] == {"value": 1e-5, "from": "environment"}
    assert answer["facts"]["highspy"] != "missing"


def test_unknown_setting_is_code_2(tmp_path: Path) -> None:
    """A misspelt key in fourflow.toml stops a command with a suggestion."""
    (tmp_path / "fourflow.toml").write_text("gpa = 1e-3\n")
    run = fourflow("doctor", cwd=tmp_path)
    assert run.returncode == 2
    assert "'gap'" in run.stderr


def test_messages_have_no_colour_codes_when_not_on_a_terminal(tmp_path: Path) -> None:
    """Piped output holds no escape sequences, help included."""
    run = fourflow("--help", cwd=tmp_path, NO_COLOR="1")
    assert run.returncode == 0
    assert "\x1b" not in run.stdout + run.stderr


def test_terminal_codes_in_a_book_are_not_passed_on(tmp_path: Path) -> None:
    """An escape sequence in a cell is not printed as one."""
    bad = write_book(tmp_path / "bad", OFFERS.format(quantity="\x1b[31mred"), NEEDS)
    run = fourflow("check", bad, cwd=tmp_path)
    assert run.returncode == 1
    assert "\x1b" not in run.stdout + run.stderr
