"""`fourflow clear`, `verify` and Ctrl-C: what is written, what is said, and with which exit code."""

from __future__ import annotations

import json
import os
import shutil
import signal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from running import GRAIN, OFFERS, fourflow, write_book

from fourflow.cli._run import Stop, _code
from fourflow.cli._say import Code
from fourflow.problem import Status
from fourflow.proof import Certificate


@pytest.fixture(scope="module")
def grain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The result folder of examples/grain and what `--json` said."""
    folder = tmp_path_factory.mktemp("grain")
    run = fourflow("clear", GRAIN, "--out", "result", "--json", cwd=folder)
    assert run.returncode == 0, run.stderr
    return folder / "result", json.loads(run.stdout)


def test_json_of_clear_is_the_summary_of_the_result(grain: tuple[Path, dict[str, Any]]) -> None:
    """stdout holds one document: clearing.json, whether it went well, and where the result is."""
    folder, answer = grain
    summary = json.loads((folder / "clearing.json").read_text())
    assert answer == {"ok": True, "out": "result", **summary}
    assert answer["certificate"]["relative_gap"] <= 1e-6
    assert answer["result"]["welfare"] == 5200


def test_result_folder_has_every_part(grain: tuple[Path, dict[str, Any]]) -> None:
    """Tables as Parquet and CSV, the page, the summary and the certificate."""
    folder, _ = grain
    there = {path.name for path in folder.iterdir()}
    tables = {f"{name}.{end}" for name in ("awards", "prices", "settlement", "unmet", "flows")
              for end in ("csv", "parquet")}  # fmt: skip
    assert tables | {"clearing.json", "report.html", "certificate"} <= there


def test_clear_says_what_moved_and_where_the_report_is(tmp_path: Path) -> None:
    """Data on stdout: what moved, against what, the proof; on stderr: where to look."""
    run = fourflow("clear", GRAIN, cwd=tmp_path)
    assert run.returncode == 0
    assert "140\u00a0tonnes went from 3 givers" in run.stdout
    assert "first come, first served" in run.stdout
    assert "proved" in run.stdout
    assert "out/grain/report.html" in run.stderr


def test_a_refused_row_stops_clear_unless_partial_is_accepted(tmp_path: Path) -> None:
    """Code 2 and every finding; with --accept-partial code 1, the rest cleared, the row kept and why."""
    offers = OFFERS.format(quantity="-3") + "o-2,Cem,rice,4,1\n"
    book = write_book(tmp_path / "mixed", offers)
    stopped = fourflow("clear", book, "--out", "all", cwd=tmp_path)
    assert stopped.returncode == 2
    assert "'o-1' (offers.csv row 2): quantity is '-3'" in stopped.stdout
    assert not (tmp_path / "all").exists()
    partial = fourflow("clear", book, "--out", "some", "--accept-partial", "--json", cwd=tmp_path)
    answer = json.loads(partial.stdout)
    assert (partial.returncode, answer["ok"], answer["num_refused"]) == (1, False, 1)
    refused = (tmp_path / "some" / "refused" / "offers.csv").read_text()
    assert "o-1" in refused
    assert "book.quantity" in refused
    assert answer["result"]["tonnes"] == pytest.approx(0.004)


def test_findings_of_clear_come_as_json_too(tmp_path: Path) -> None:
    """With --json a refused book is one document with the findings."""
    book = write_book(tmp_path / "bad", OFFERS.format(quantity="1,5"))
    run = fourflow("clear", book, "--json", cwd=tmp_path)
    answer = json.loads(run.stdout)
    assert (run.returncode, answer["ok"]) == (2, False)
    assert any(finding["row"] == 2 and finding["file"] == "offers.csv" for finding in answer["findings"])


def test_verify_accepts_the_result_and_refuses_a_changed_one(
    grain: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """Code 0 for what was written, code 1 after one digit of one file changed."""
    folder, _ = grain
    assert fourflow("verify", folder, cwd=tmp_path).returncode == 0
    shutil.copytree(folder, tmp_path / "forged")
    duals = tmp_path / "forged" / "certificate" / "duals.csv"
    text = duals.read_text()
    duals.write_text(text[:-2] + ("1" if text[-2] != "1" else "2") + text[-1])
    run = fourflow("verify", tmp_path / "forged", "--json", cwd=tmp_path)
    assert (run.returncode, json.loads(run.stdout)["ok"]) == (1, False)


def test_settings_reach_the_run(tmp_path: Path) -> None:
    """`out` from the environment and `gap` from the flag are the ones in force."""
    run = fourflow("clear", GRAIN, "--gap", "1e-5", "--json", cwd=tmp_path, FOURFLOW_OUT="elsewhere")
    answer = json.loads(run.stdout)
    assert (answer["out"], answer["settings"]["gap"]) == ("elsewhere", "1e-05")
    assert (tmp_path / "elsewhere" / "report.html").is_file()


@pytest.mark.parametrize(
    ("status", "num_refused", "asked", "code"),
    [
        (Status.OPTIMAL_WITHIN_GAP, 0, False, Code.GOOD),
        (Status.OPTIMAL_WITHIN_GAP, 2, False, Code.PROBLEM),
        (Status.GAP_NOT_REACHED, 0, False, Code.LIMIT),
        (Status.INFEASIBLE, 0, False, Code.PROBLEM),
        (Status.GAP_NOT_REACHED, 0, True, Code.INTERRUPTED),
    ],
)
def test_exit_code_says_how_a_run_ended(status: Status, num_refused: int, asked: bool, code: Code) -> None:
    """0 within the gap, 1 with refused rows or no answer, 3 at a limit, 130 after Ctrl-C."""
    one, half = Fraction(1), Fraction(1, 2)
    certificate = Certificate(one, 2 * one, half, one, Fraction(0), status)
    clearing: Any = SimpleNamespace(certificate=certificate, num_refused=num_refused)
    assert _code(clearing, Stop(asked)) == code


def test_first_ctrl_c_is_remembered_and_the_handler_put_back() -> None:
    """One press raises KeyboardInterrupt inside and is remembered; afterwards Ctrl-C is as before."""
    before = signal.getsignal(signal.SIGINT)
    with Stop() as stop, pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
    assert stop.asked
    assert signal.getsignal(signal.SIGINT) is before


def test_what_was_assumed_is_said_with_the_result(tmp_path: Path) -> None:
    """Clearing two sheets says on stderr which tables and settings were assumed."""
    book = write_book(tmp_path / "two", OFFERS.format(quantity="3"))
    run = fourflow("clear", book, "--out", "result", cwd=tmp_path)
    assert run.returncode == 0
    assert "[book.participants.assumed]" in run.stderr
    assert "[book.settings.assumed]" in run.stderr
