"""What is worth less than nothing is taken out of an unfinished answer, and only that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from builders import market
from fourflow.baseline import first_come_first_served
from fourflow.book import Market
from fourflow.clearing import tidy
from fourflow.engines import solve
from fourflow.formulation import ArcKind, Layout, formulate
from fourflow.matching import match
from fourflow.problem import ClearingProblem, Leaf, Solution
from fourflow.proof import certify
from random_markets import random_market


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
