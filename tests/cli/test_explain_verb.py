"""`fourflow explain`: from a result folder and from a book."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from running import GRAIN, fourflow


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result folder of examples/grain."""
    folder = tmp_path_factory.mktemp("explain") / "result"
    assert fourflow("clear", GRAIN, "--out", folder, cwd=folder.parent).returncode == 0
    return folder


@pytest.mark.parametrize(
    ("listing", "said"),
    [
        ("brewing", ["asked for 20 t", "got nothing", "full", "240", "260"]),
        ("coast-wheat", ["offered 50 t", "gave 40 t", "235"]),
        ("milling", ["asked for 60 t", "got all of it", "It comes from"]),
        ("north-wheat", ["offered 80 t", "gave all of it", "It goes to"]),
        ("Bridge farm", ["bridge-farm is a participant", "It goes to The mill (milling, 20 t)"]),
    ],
)
def test_a_result_explains_open_and_met_listings(result: Path, listing: str, said: list[str]) -> None:
    """What happened, why, and the prices for the first unit and the whole."""
    run = fourflow("explain", result, listing, cwd=result)
    assert run.returncode == 0, run.stderr
    assert all(words in run.stdout for words in said), run.stdout


def test_a_book_is_cleared_and_explained(tmp_path: Path) -> None:
    """With a book in place of a result the answer has the same prices, as numbers under --json."""
    run = fourflow("explain", GRAIN, "brewing", "--json", cwd=tmp_path)
    answer = json.loads(run.stdout)
    assert (run.returncode, answer["ok"]) == (0, True)
    assert (float(answer["first"]["price"]), float(answer["whole"]["price"])) == (240, 260)
    assert "brewing asked for 20 t" in answer["text"]


@pytest.mark.parametrize("listing", ["brewing", "bridge-wheat", "milling"])
def test_a_result_and_its_book_give_the_same_answer(result: Path, tmp_path: Path, listing: str) -> None:
    """Every key and every value, from the folder without clearing again."""
    answers = [
        json.loads(fourflow("explain", source, listing, "--json", cwd=tmp_path).stdout)
        for source in (result, GRAIN)
    ]
    assert answers[0] == answers[1]
    assert answers[0]["listing"] == listing


def test_a_refused_row_is_told_with_its_reason(tmp_path: Path) -> None:
    """One need of -20 t: cleared without it, and explained from the result folder."""
    book = shutil.copytree(GRAIN, tmp_path / "book")
    needs = book / "needs.csv"
    lines = needs.read_text(encoding="utf-8").splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("brewing,"))
    lines[at] = lines[at].replace(",20,", ",-20,", 1)
    needs.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert (
        fourflow("clear", book, "--out", tmp_path / "out", "--accept-partial", cwd=tmp_path).returncode == 1
    )
    run = fourflow("explain", tmp_path / "out", "brewing", cwd=tmp_path)
    assert run.returncode == 0
    assert "brewing was refused and took no part" in run.stdout
    assert "quantity" in run.stdout


@pytest.mark.parametrize("source", ["result", "book"])
def test_an_unknown_id_is_code_2_with_a_suggestion(result: Path, tmp_path: Path, source: str) -> None:
    """`brewin` is not an id; `brewing` is suggested."""
    run = fourflow("explain", result if source == "result" else GRAIN, "brewin", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert "'brewing'" in run.stderr
