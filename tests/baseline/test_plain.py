"""The nearest supply first, and projects, purses and rules served one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from builders import market
from feasible import objective, violations
from fourflow.baseline import first_come_first_served, nearest_supply
from fourflow.baseline._plain import serve_in_order
from fourflow.book import Book, Market, normalise
from fourflow.formulation import ArcKind, formulate
from fourflow.matching import match
from small_markets import random_market

NEAR = {"id": "near", "at": "York", "quantity": 5, "price": 4}
FAR = {"id": "far", "at": "Leeds", "quantity": 10, "price": 1}
ROAD = {"start": "Leeds", "end": "York", "cost": 1}
NEED = {"id": "n", "at": "York", "quantity": 8, "price": 5}


def given(book: Market, flow: np.ndarray) -> dict[str, float]:
    """Units that each offer gives."""
    _, layout = formulate(book, match(book))
    arcs = layout.arcs(ArcKind.OFFER)
    out = np.zeros(len(book.offers))
    np.add.at(out, layout.arc_ref[arcs], flow[arcs] / 1e6)
    return dict(zip(book.offers.id, out.tolist(), strict=True))


def nearest(book: Market) -> dict[str, float]:
    problem, layout = formulate(book, match(book))
    found = nearest_supply(book, layout, problem)
    assert violations(problem, *found) == []
    return given(book, found[0])


def test_the_nearest_supply_goes_first_though_it_is_dearer() -> None:
    """5 from York at 4, then 3 from Leeds at 1 and haulage 1; who looks for surplus takes Leeds alone."""
    book = market([NEAR, FAR], [NEED], [ROAD])
    problem, layout = formulate(book, match(book))
    assert nearest(book) == {"near": 5.0, "far": 3.0}
    assert given(book, first_come_first_served(book, layout, problem)[0]) == {"near": 0.0, "far": 8.0}


def test_what_is_near_and_too_dear_is_passed_by() -> None:
    """York asks 6 and the need pays 5: all 8 come from Leeds."""
    assert nearest(market([NEAR | {"price": 6}, FAR], [NEED], [ROAD])) == {"near": 0.0, "far": 8.0}


def test_nearest_supply_breaks_no_row_of_random_markets() -> None:
    """200 books with lots, budgets, fixed costs, least quantities, trips and capacities."""
    moved = 0
    for seed in range(200):
        book = random_market(seed)
        problem, layout = formulate(book, match(book))
        slow = [serve_in_order(book, layout, problem, near) for near in (False, True)]
        for flow, bundle in (*slow, nearest_supply(book, layout, problem)):
            assert violations(problem, flow, bundle) == [], seed
            assert objective(problem, flow, bundle) >= 0, seed
            moved += bool(flow.any())
    assert moved > 450


def test_the_fast_search_for_what_is_near_takes_what_the_slow_one_takes() -> None:
    """Same flows as a search from scratch for every take, on 150 markets without ties."""
    moved = 0
    for seed in range(150):
        book = random_market(seed, switches=False, trips=False, lots=False, whole_prices=False)
        problem, layout = formulate(book, match(book))
        flow, _ = nearest_supply(book, layout, problem)
        assert np.array_equal(flow, serve_in_order(book, layout, problem, nearest=True)[0]), seed
        moved += bool(flow.any())
    assert moved > 100


LISTED = ["2026-01-01", "2026-01-02"]
OFFERS = {
    "id": ["licence", "expert", "loan"], "participant": ["lab", "uni", "bank"],
    "category": ["app", "expert", "loan"], "quantity": ["5", "1", "100"],
    "unit": ["licence", "person", "EUR"], "limit_price": ["3", "20", "0.1"], "currency": ["EUR"] * 3,
    "form": ["", "", "loan"], "remote": ["", "true", ""],
}  # fmt: skip
NEEDS = {
    "id": ["a1", "a2", "b1", "b2"], "participant": ["ann", "ann", "bob", "bob"],
    "category": ["app", "expert", "expert", "loan"], "quantity": ["1", "1", "1", "40"],
    "unit": ["licence", "person", "person", "EUR"], "project": ["A", "A", "B", "B"],
    "term_months": ["", "", "", "12"],
}  # fmt: skip
PROJECTS = {
    "id": ["A", "B"], "participants": ["ann", "bob"], "name": ["A", "B"], "value": ["50", "60"],
    "currency": ["EUR"] * 2, "mode": ["all_or_nothing"] * 2, "listed_at": LISTED,
}  # fmt: skip
CATEGORIES = {
    "id": ["app", "expert", "loan"], "name": ["App", "Expert", "Loan"],
    "kind": ["technology", "talent", "capital"], "unit": ["licence", "person", "EUR"],
}  # fmt: skip
SETTINGS: dict[str, Any] = {"name": "p", "currency": "EUR", "as_of": "2026-01-05", "settlement": "priced"}


def carried_out(**changed: dict[str, list[str]]) -> dict[str, float]:
    """Units given, first come, first served, in a book of two projects that need one expert."""
    tables = {"offers": OFFERS, "needs": NEEDS, "projects": PROJECTS, "categories": CATEGORIES} | changed
    book = Book.from_tables({noun: pl.DataFrame(rows) for noun, rows in tables.items()}, **SETTINGS)
    cleared = normalise(book)
    problem, layout = formulate(cleared, match(cleared))
    flow, bundle = first_come_first_served(cleared, layout, problem)
    assert violations(problem, flow, bundle) == []
    return given(cleared, flow)


def test_a_project_takes_all_its_lines_or_none() -> None:
    """A was listed first and takes licence and expert; B finds no expert, so it borrows nothing either."""
    assert carried_out() == {"licence": 1.0, "expert": 1.0, "loan": 0.0}


def test_a_project_that_costs_more_than_it_is_worth_is_not_begun() -> None:
    """A is worth 22 and costs 23; B borrows 40, of which 20 pay the expert."""
    assert carried_out(projects=PROJECTS | {"value": ["22", "60"]}) == {
        "licence": 0.0, "expert": 1.0, "loan": 40.0,
    }  # fmt: skip


def test_a_project_spends_no_more_than_its_purse_holds() -> None:
    """B, listed first, could borrow 10 only: less than the expert costs. A goes ahead."""
    needs = NEEDS | {"quantity": ["1", "1", "1", "10"]}
    done = carried_out(needs=needs, projects=PROJECTS | {"listed_at": LISTED[::-1]})
    assert done == {"licence": 1.0, "expert": 1.0, "loan": 0.0}
