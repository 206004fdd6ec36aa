"""What is worth less than nothing is taken out of an unfinished answer, and only that."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from builders import market
from four_kinds import four_kinds
from fourflow import answer, pipeline
from fourflow.baseline import first_come_first_served
from fourflow.book import Market
from fourflow.clearing import tidy
from fourflow.engines import solve
from fourflow.formulation import ArcKind, Layout, formulate
from fourflow.matching import match
from fourflow.problem import ClearingProblem, Duals, Leaf, Solution
from fourflow.proof import certify
from random_markets import random_market

I64 = NDArray[np.int64]


def tidied(
    book: Market, flow_of: dict[tuple[ArcKind, int], int], on: list[int]
) -> tuple[Layout, list[int], list[int]]:
    """The market's only pool with the given flows and switches, tidied."""
    problem, layout = formulate(book, match(book))
    flow = np.zeros(problem.num_arcs, np.int64)
    for (kind, ref), amount in flow_of.items():
        (arc,) = layout.arcs(kind)[layout.arc_ref[layout.arcs(kind)] == ref]
        flow[arc] = amount
    bundle = np.zeros(problem.num_bundles, np.int64)
    bundle[on] = 10**9
    flow, bundle = tidy(book, layout, problem, flow, bundle)
    return layout, flow.tolist(), bundle.tolist()


def test_a_fixed_cost_that_is_not_recovered_is_not_paid() -> None:
    """1 unit worth 5 does not pay for opening a gate at 100; all of it is taken out, the switch too."""
    book = market(
        [{"id": "o1", "at": "A", "quantity": 9, "price": 0, "fixed": 100}],
        [{"id": "n1", "at": "A", "quantity": 1, "price": 5}],
    )
    _, flow, bundle = tidied(book, {(ArcKind.OFFER, 0): 10**6, (ArcKind.NEED, 0): 10**6}, [0])
    assert (flow, bundle) == ([0, 0], [0])


def test_what_is_worth_something_stays() -> None:
    """The same with a fixed cost of 4 is left alone."""
    book = market(
        [{"id": "o1", "at": "A", "quantity": 9, "price": 0, "fixed": 4}],
        [{"id": "n1", "at": "A", "quantity": 1, "price": 5}],
    )
    _, flow, bundle = tidied(book, {(ArcKind.OFFER, 0): 10**6, (ArcKind.NEED, 0): 10**6}, [0])
    assert (flow, bundle) == ([10**6, 10**6], [10**9])


def test_trips_without_a_load_are_not_made() -> None:
    """3 t in vans of 2 t: of five trips two remain."""
    book = market(
        [{"id": "o1", "at": "A", "quantity": 9, "price": 0}],
        [{"id": "n1", "at": "B", "quantity": 3, "price": 5}],
        [{"start": "A", "end": "B", "cost": 0, "trip_t": 2, "trip_cost": 1}],
    )
    moved = {(kind, 0): 3 * 10**6 for kind in (ArcKind.OFFER, ArcKind.LANE, ArcKind.NEED)}
    layout, flow, _ = tidied(book, {**moved, (ArcKind.TRIP, 0): 5 * 10**6}, [])
    assert flow[layout.arcs(ArcKind.TRIP)[0]] == 2 * 10**6


def test_a_project_that_is_not_done_gets_nothing() -> None:
    """A line may be served a quantum beyond what it takes; where the project is not done that is a trace."""
    book = four_kinds(
        offers=[{"id": "o", "category": "rice", "quantity": 5, "limit_price": 0}],
        projects=[{"id": "p", "value": 9}],
        needs=[{"id": "l", "category": "rice", "quantity": 3, "project": "p"}],
    )
    problem, layout = formulate(book, match(book))
    flow = np.ones(problem.num_arcs, np.int64)
    bundle = np.zeros(problem.num_bundles, np.int64)
    assert not tidy(book, layout, problem, flow, bundle)[0].any()


@pytest.mark.parametrize("block", range(3))
def test_tidying_keeps_every_row_and_never_costs_welfare(block: int) -> None:
    """On first come, first served and on solutions of random markets: no violation, no less objective."""
    better = 0
    for seed in range(block * 20, (block + 1) * 20):
        book, _ = random_market(seed)
        problem, layout = formulate(book, match(book))
        best = solve(problem, gap=1e-9)
        first = first_come_first_served(book, layout, problem)
        for flow, bundle in (first, (best.flow, best.bundle), worse(problem, layout, first)):
            before = replace(best, flow=flow, bundle=bundle, proof=Leaf(best.price_duals))
            after = in_order(book, layout, problem, before)
            one, two = certify(problem, before), certify(problem, after)
            assert one.max_violation == two.max_violation == 0
            assert two.objective >= one.objective
            better += two.objective > one.objective
    assert better >= 1


def in_order(book: Market, layout: Layout, problem: ClearingProblem, solution: Solution) -> Solution:
    flow, bundle = tidy(book, layout, problem, np.asarray(solution.flow, np.int64), solution.bundle)
    return replace(solution, flow=flow, bundle=bundle)


def worse(
    problem: ClearingProblem, layout: Layout, first: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """As many trips as the caps allow, as long as no sponsor pays for them."""
    flow = np.array(first[0])
    if not (layout.pool_sponsor >= 0).any():
        trips = layout.arcs(ArcKind.TRIP)
        flow[trips] = problem.capacity[trips]
    return flow, first[1]


def test_a_project_that_costs_more_than_it_is_worth_is_undone_with_its_lines() -> None:
    """Carried out when it was worth 100, tidied when it is worth 9 and costs 10: nothing is left; worth 11
    it stays."""

    def market_of(value: int) -> Market:
        return four_kinds(
            offers=[{"id": "farm", "category": "rice", "quantity": 5, "limit_price": 2}],
            needs=[{"id": "food", "category": "rice", "quantity": 5, "project": "p"}],
            projects=[{"id": "p", "value": value}],
        )

    rich = market_of(100)
    rich_problem, rich_layout = formulate(rich, match(rich))
    done = first_come_first_served(rich, rich_layout, rich_problem)
    assert done[0].sum() == 10_000_000
    for value, kept in ((9, 0), (11, 10_000_000)):
        book = market_of(value)
        problem, layout = formulate(book, match(book))
        flow, bundle = tidy(book, layout, problem, *done)
        assert flow.sum() == kept
        assert bundle.tolist() == [10**9 if kept else 0]


def test_what_a_rule_asks_for_is_not_tidied_away() -> None:
    """A floor forces 1 t at 4 to a hostel that pays 3: a loss of 1, which its sponsor bears."""
    book = four_kinds(
        offers=[{"id": "farm", "category": "rice", "quantity": 5, "limit_price": 4}],
        needs=[{"id": "hostel", "category": "rice", "quantity": 5, "limit_price": 3}],
        rules=[{"id": "floor", "measure": "units", "sense": ">=", "limit": 1, "unit": "t",
                "need_participant": "hostel-owner", "sponsor": "council"}],
    )  # fmt: skip
    problem, layout = formulate(book, match(book))
    flow = np.full(problem.num_arcs, 1_000_000)
    kept, _ = tidy(book, layout, problem, flow, np.zeros(0, np.int64))
    assert kept.tolist() == flow.tolist()


def test_who_is_served_at_prices_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a search ended with nothing, everybody is served at its prices: the part that gains 195 is kept,
    the one that would lose 95 is taken out before anything is settled."""
    book = market(
        [
            {"id": "o1", "at": "A", "quantity": 1, "price": 0, "fixed": 100},
            {"id": "o2", "at": "B", "quantity": 1, "price": 0, "fixed": 5},
        ],
        [
            {"id": "n1", "at": "A", "quantity": 1, "price": 5},
            {"id": "n2", "at": "B", "quantity": 1, "price": 200},
        ],
    )

    def gives_up(problem: ClearingProblem, **options: Any) -> Solution:
        found, none = solve(problem), np.zeros(problem.num_arcs, np.int64)
        return replace(found, flow=none, bundle=np.zeros_like(found.bundle), claimed_gap=1.0)

    def serves_all(book: Market, layout: Layout, problem: ClearingProblem, duals: Duals) -> tuple[I64, I64]:
        pool_of_offer = layout.arc_pool[layout.arcs(ArcKind.OFFER)]
        flow = (layout.arc_kind == ArcKind.OFFER) | (layout.arc_pool == pool_of_offer[layout.arc_ref])
        return flow * 10**6, np.full(problem.num_bundles, 10**9)

    monkeypatch.setattr(pipeline, "solve", gives_up)
    monkeypatch.setattr(answer, "best_first", serves_all)
    assert pipeline.clear_market(book).allocation.offered.tolist() == [0, 10**6]
