"""Letters tell each participant its own part, and nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

import fourflow as ff
from fourflow.book import Market
from fourflow.report import write_letters
from fourflow.report._letters import file_stem, letters
from stories import Tell

GRAIN = Path(__file__).resolve().parents[2] / "examples" / "grain"


@pytest.fixture(scope="module")
def post(tell: Tell, grain: Market, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    paths = write_letters(tell(grain), tmp_path_factory.mktemp("letters"))
    return {path.stem.rsplit("-", 1)[0]: path.read_text("utf-8") for path in paths}


def test_everybody_with_a_listing_gets_one_letter(post: dict[str, str]) -> None:
    """One for the giver, one for each receiver."""
    assert sorted(post) == ["hull-wheat-owner", "leeds-wheat-owner", "york-wheat-owner"]


def test_the_giver_learns_to_whom_and_for_how_much(post: dict[str, str]) -> None:
    letter = post["leeds-wheat-owner"]
    assert "wheat, 3 t: to hull/wheat-owner, 10 km" in letter
    assert "wheat, 4 t: to york/wheat-owner, 10 km" in letter
    assert "In all you receive £" in letter


def test_the_receiver_learns_what_is_missing(post: dict[str, str]) -> None:
    """Hull gets 3 t, misses 5 t, and pays; York's letter says nothing about Hull."""
    letter = post["hull-wheat-owner"]
    assert "wheat, 3 t: from leeds/wheat-owner" in letter
    assert "wheat, 5 t: the lanes that lead there are full" in letter
    assert "In all you pay £" in letter
    assert "hull" not in post["york-wheat-owner"]


def test_who_is_paid_only_for_haulage_gets_a_letter_too() -> None:
    """The barge of the three places lists nothing and carries 40 t."""
    written = letters(ff.clear(ff.Book.read(GRAIN)).view)
    assert "Haulage: you receive €1,600.00" in written["barge"]
    assert "Money:" not in written["mill"]  # one sum needs no list


@pytest.mark.parametrize("identity", ["../../etc/passwd", "a/b:c", "...", "CON.txt", "x" * 200, "naïve"])
def test_file_names_stay_in_the_folder(identity: str) -> None:
    """No separators, no dots, and different ids never share a file."""
    stem = file_stem(identity)
    assert Path(stem).name == stem
    assert "." not in stem
    assert file_stem(identity + "'") != stem


def test_plain_ids_keep_their_name() -> None:
    assert file_stem("peterborough") == "peterborough"
