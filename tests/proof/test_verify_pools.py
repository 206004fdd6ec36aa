"""Pools are recomputed: a forger who clears another market and publishes it under this book is found."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from builders import market
from fourflow.pipeline import clear_market
from fourflow.pricing import price, settle
from fourflow.proof import Binding, write_certificate
from proof_tampering import read, refusal, write
from random_markets import random_market

OFFERS = [
    {"id": "o1", "at": "Leeds", "quantity": 10, "price": 2},
    {"id": "o2", "at": "Hull", "quantity": 6, "price": 1},
]
NEEDS = [
    {"id": "n1", "at": "York", "quantity": 4, "price": 9},
    {"id": "n2", "at": "Hull", "quantity": 8, "price": 7},
]
LANES = [
    {"start": "Leeds", "end": "York", "cost": 3},
    {"start": "Leeds", "end": "Hull", "cost": 1},
    {"start": "Hull", "end": "York", "cost": 1},
]
LABELS = [("o1", "label", "halal"), ("o2", "label", "plain"), ("Leeds", "cold", "4"), ("Hull", "cold", "2")]


def book(**changed: Any) -> dict[str, Any]:
    return {"offers": OFFERS, "needs": NEEDS, "lanes": LANES, "attributes": LABELS} | changed


def but(rows: list[dict[str, Any]], index: int, **changed: Any) -> list[dict[str, Any]]:
    return [row | changed if i == index else row for i, row in enumerate(rows)]


def publish(folder: Path, true: dict[str, Any], forged: dict[str, Any] | None = None) -> str:
    """Clear one market, publish it under the book of another; why it is refused, empty if it is not."""
    cleared = clear_market(market(**(forged or true)), gap=1e-6)
    prices = price(cleared)
    binding = Binding(
        market(**true), cleared.allocation.layout, cleared.awards, prices, settle(cleared, prices)
    )
    shutil.rmtree(folder, ignore_errors=True)
    write_certificate(folder, cleared.allocation.problem, cleared.solution, cleared.certificate, binding)
    return refusal(folder)


ASKS = [("n1", "label", "=", "halal"), ("n2", "cold", "<", "3")]
DAYS = {"time_step_days": 1, "offers": but(but(OFFERS, 0, use_by_day=3), 1, use_by_day=3)}


@pytest.mark.parametrize(
    ("true", "forged", "why"),
    [
        ({}, {"requirements": [("n1", "label", "=", "kosher")]}, "pairs"),
        ({}, {"requirements": [("n1", "label", "=", "plain")]}, "pairs"),
        ({}, {"requirements": [("o1", "label", "=", "halal")]}, "pairs"),
        ({}, {"offers": but(OFFERS, 0, until_day=1), "needs": but(NEEDS, 1, from_day=2)}, "pairs"),
        ({"offers": but(OFFERS, 0, until_day=1), "needs": but(NEEDS, 1, from_day=2)}, {}, "meet in time"),
        ({"requirements": ASKS}, {}, "terms"),
        ({"requirements": ASKS}, {"requirements": ASKS[:1]}, "terms"),
        ({"requirements": ASKS}, {"requirements": ASKS, "attributes": LABELS[:2]}, "pairs"),
        ({"lanes": but(LANES, 0, cost=1)}, {}, "lacks lane"),
        (DAYS, DAYS | {"needs": but(NEEDS, 0, until_day=1)}, "serve each need"),
        (DAYS, DAYS | {"offers": but(but(OFFERS, 0, use_by_day=2), 1, use_by_day=2)}, "periods"),
        (DAYS | {"offers": but(DAYS["offers"], 0, use_by_day=2)}, DAYS, "equally long"),
    ],
)  # fmt: skip
def test_another_market_under_this_book_is_refused(
    tmp_path: Path, true: dict[str, Any], forged: dict[str, Any], why: str
) -> None:
    """Listings left out or pooled against their terms, lanes dropped, days cut; hashes and claims follow."""
    assert publish(tmp_path, book(**true)) == publish(tmp_path, book(**forged)) == ""
    assert why in publish(tmp_path, book(**true), book(**forged))


def test_a_lane_that_leads_nowhere_may_be_left_out_and_no_other(tmp_path: Path) -> None:
    """A lane to a town without needs is no column; with a need there, it has to be one."""
    away = [*LANES, {"start": "York", "end": "Bath", "cost": 1}]
    assert publish(tmp_path, book(lanes=away)) == ""
    settled = [*NEEDS, {"id": "n3", "at": "Bath", "quantity": 1, "price": 9}]
    assert publish(tmp_path, book(lanes=away, needs=settled)) == ""
    closed = but(away, 3, cost=99)
    assert "arc" in publish(tmp_path, book(lanes=away, needs=settled), book(lanes=closed, needs=settled))


def test_who_supplies_itself_is_set_apart(tmp_path: Path) -> None:
    """Two who offer and need the same: each is pooled with the other alone, and nobody is missing."""
    offers = [row | {"who": f"w{i}", "at": "York"} for i, row in enumerate(OFFERS)]
    needs = [row | {"who": f"w{i}", "at": "York"} for i, row in enumerate(NEEDS)]
    mine = book(offers=offers, needs=needs)
    assert publish(tmp_path, mine) == ""
    alone = mine | {"requirements": [("n1", "label", "=", "kosher")]}
    assert "pairs" in publish(tmp_path, mine, alone)


@pytest.mark.parametrize("name", ["book/attributes.csv", "book/requirements.csv"])
def test_terms_changed_or_dropped_afterwards_are_refused(tmp_path: Path, name: str) -> None:
    """Each cell of each attribute and requirement that decides something."""
    assert publish(tmp_path, book(requirements=ASKS, attributes=[*LABELS, ("o1", "colour", "red")])) == ""
    rows = read(tmp_path, name)
    for place, row in enumerate(rows):
        if place == 0 or row[0] == "Leeds" or "colour" in row or row[2] == "plain":
            continue  # what is not known of Leeds fails as well as 4 does; nobody asks for a colour
        for changed in ([], [[*row[:2], *(["=", "kosher", ""] if len(row) == 5 else ["kosher", ""])]]):
            write(tmp_path, name, [*rows[:place], *changed, *rows[place + 1 :]])
            assert refusal(tmp_path), (row, changed)


def test_words_may_hold_anything(tmp_path: Path) -> None:
    """Commas, quotes, line breaks, semicolons and signs of other alphabets in attributes."""
    word = 'a, "b"\n;%3B\u0416'
    labels = [("o1", "the, label", word), ("o2", "the, label", word + "!")]
    for asked, met in (([("n1", "the, label", "=", word.replace(";", ","))], False), ([], True)):
        assert publish(tmp_path, book(attributes=labels, requirements=asked)) == "", met


def test_lists_of_words_are_read_one_by_one(tmp_path: Path) -> None:
    """in, has_any, has_all and != as in the book: 40 random markets with requirements and windows."""
    for seed in range(40):
        made, _ = random_market(
            seed, frozenset({"requirements", "windows", "several categories", "both sides"})
        )
        cleared = clear_market(made, gap=1e-6)
        prices = price(cleared)
        binding = Binding(made, cleared.allocation.layout, cleared.awards, prices, settle(cleared, prices))
        shutil.rmtree(tmp_path / "c", ignore_errors=True)
        write_certificate(
            tmp_path / "c", cleared.allocation.problem, cleared.solution, cleared.certificate, binding
        )
        assert refusal(tmp_path / "c") == "", seed
