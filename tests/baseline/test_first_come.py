"""First come, first served: worked markets, feasibility on random ones, and the slow version."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from builders import market, ragged
from feasible import objective, violations
from fourflow.baseline import first_come_first_served
from fourflow.baseline._plain import serve_in_order
from fourflow.book._market import Market, Ragged
from fourflow.formulation import ArcKind, formulate
from fourflow.matching import match
from small_markets import random_market


def awarded(book):
    """Units per need after first come, first served, checked to be feasible."""
    problem, layout = formulate(book, match(book))
    flow, bundle = first_come_first_served(book, layout, problem)
    assert violations(problem, flow, bundle) == []
    got = np.zeros(len(book.needs), np.int64)
    arcs = layout.arcs(ArcKind.NEED)
    np.add.at(got, layout.arc_ref[arcs], flow[arcs])
    return dict(zip(book.needs.id, (got / 1e6).tolist(), strict=True))


LEEDS = {"id": "o1", "at": "Leeds", "quantity": 10, "price": 2}
ROAD = {"start": "Leeds", "end": "York", "cost": 1}


def test_who_lists_first_is_served_first():
    """The earlier need takes all ten, though the later one is worth more."""
    needs = [
        {"id": "late", "at": "York", "quantity": 8, "price": 9, "listed": 2},
        {"id": "early", "at": "York", "quantity": 8, "price": 4, "listed": 1},
    ]
    assert awarded(market([LEEDS], needs, [ROAD])) == {"late": 2.0, "early": 8.0}


def test_equal_times_go_by_id():
    """Of two needs listed at the same moment the smaller id comes first, whatever the row order."""
    needs = [{"id": name, "at": "York", "quantity": 8, "price": 4} for name in ("b", "a")]
    assert awarded(market([LEEDS], needs, [ROAD])) == {"b": 2.0, "a": 8.0}


def test_a_full_lane_sends_the_rest_by_the_next_cheapest_route():
    """3 t fit on the direct road, the rest takes the detour that still pays."""
    lanes = [
        ROAD | {"capacity": 3},
        {"start": "Leeds", "end": "Hull", "cost": 1},
        {"start": "Hull", "end": "York", "cost": 1},
    ]
    needs = [{"id": "n", "at": "York", "quantity": 8, "price": 5}]
    book = market([LEEDS], needs, lanes)
    assert awarded(book) == {"n": 8.0}
    problem, layout = formulate(book, match(book))
    assert objective(problem, *first_come_first_served(book, layout, problem)) == 3 * 2 + 5 * 1


def test_nothing_is_taken_at_a_loss():
    """Ask 2 and haulage 1 are more than 2.999999 a unit."""
    needs = [{"id": "n", "at": "York", "quantity": 8, "price": "2.999999"}]
    assert awarded(market([LEEDS], needs, [ROAD])) == {"n": 0.0}


def test_a_sponsor_pays_until_its_budget_ends():
    """Each unit costs the fund 3 less the 1 that the need pays: 9 buys four and a half."""
    needs = [{"id": "n", "at": "York", "quantity": 8, "price": 1, "value": 5, "sponsor": "fund"}]
    assert awarded(market([LEEDS], needs, [ROAD], budgets={"fund": 9})) == {"n": 4.5}


def test_whole_lots_only():
    """In lots of 4 a need of 7 gets 4."""
    needs = [{"id": "n", "at": "York", "quantity": 7, "price": 5}]
    assert awarded(market([LEEDS], needs, [ROAD], categories={"rice": {"lot": 4}})) == {"n": 4.0}


def test_a_need_below_its_least_quantity_gives_everything_back():
    """Nobody else has taken anything, yet 10 are less than 12: the next need may have them."""
    needs = [
        {"id": "big", "at": "York", "quantity": 20, "price": 9, "least": 12, "listed": 1},
        {"id": "small", "at": "York", "quantity": 9, "price": 4, "listed": 2},
    ]
    assert awarded(market([LEEDS], needs, [ROAD])) == {"big": 0.0, "small": 9.0}


@pytest.mark.parametrize(("fixed", "expected"), [(16, 8.0), ("16.000001", 0.0)])
def test_a_fixed_cost_is_borne_by_the_first_taker(fixed, expected):
    """Eight units at a surplus of 2 carry a fixed cost of 16, and not a millionth more."""
    needs = [{"id": "n", "at": "York", "quantity": 8, "price": 5}]
    assert awarded(market([LEEDS | {"fixed": fixed}], needs, [ROAD])) == {"n": expected}


def test_an_offer_is_not_opened_below_its_least_quantity():
    """The first need wants 3 and the offer gives at least 5 or nothing; the second opens it."""
    needs = [
        {"id": "a", "at": "York", "quantity": 3, "price": 9, "listed": 1},
        {"id": "b", "at": "York", "quantity": 6, "price": 5, "listed": 2},
    ]
    assert awarded(market([LEEDS | {"least": 5}], needs, [ROAD])) == {"a": 0.0, "b": 6.0}


def test_a_trip_is_hired_when_it_pays():
    """Trips of 4 t cost 3: two of them carry 8 t at a surplus of 2; one of 12 each would not pay."""
    needs = [{"id": "n", "at": "York", "quantity": 8, "price": 5}]
    cheap, dear = ({"trip_t": 4, "trip_cost": cost} for cost in (3, 12))
    assert awarded(market([LEEDS], needs, [ROAD | cheap])) == {"n": 8.0}
    assert awarded(market([LEEDS], needs, [ROAD | dear])) == {"n": 0.0}


def test_an_empty_market_is_no_special_case():
    """No offers, no needs, no flow."""
    assert awarded(market()) == {}
    assert awarded(market(needs=[{"id": "n", "at": "York", "quantity": 8, "price": 5}])) == {"n": 0.0}


def test_random_markets_with_every_feature_get_feasible_flows():
    """400 books with lots, budgets, fixed costs, least quantities, trips and capacities break no row."""
    moved = 0
    for seed in range(400):
        book = random_market(seed)
        problem, layout = formulate(book, match(book))
        flow, bundle = first_come_first_served(book, layout, problem)
        assert violations(problem, flow, bundle) == [], seed
        assert objective(problem, flow, bundle) >= 0, seed
        moved += bool(flow.any())
    assert moved > 300


def test_the_fast_search_takes_what_the_slow_one_takes():
    """Same flows as a search from scratch for every take, on 150 markets without ties."""
    moved = 0
    for seed in range(150):
        book = random_market(seed, switches=False, trips=False, lots=False, whole_prices=False)
        problem, layout = formulate(book, match(book))
        flow, _ = first_come_first_served(book, layout, problem)
        assert np.array_equal(flow, serve_in_order(book, layout, problem, nearest=False)[0]), seed
        moved += bool(flow.any())
    assert moved > 100


def shuffled(book: Market, seed: int) -> Market:
    """The same book with its offers, needs and lanes in other rows."""
    draw = np.random.default_rng(seed)
    parts = {}
    for name in ("offers", "needs", "lanes"):
        table = getattr(book, name)
        order = draw.permutation(len(table))
        columns = {f.name: taken(getattr(table, f.name), order) for f in fields(table)}
        parts[name] = replace(table, **columns)
    return replace(book, **parts)


def taken(column, order):
    """The rows of a column, or the lists of a ragged one, in another order."""
    return ragged([column[i] for i in order]) if isinstance(column, Ragged) else column[order]


def test_ties_fall_the_same_whatever_rows_things_stand_in():
    """100 books full of ties (whole prices) give every need the same after their rows are shuffled."""
    for seed in range(100):
        book = random_market(seed)
        assert awarded(shuffled(book, seed)) == awarded(book), seed
