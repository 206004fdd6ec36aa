"""Refined prices against the slow, obvious round, and on a flow that is the best there is."""

from __future__ import annotations

import numpy as np
import pytest

import fourflow as ff
from fourflow.engines.kernels import lower_prices
from fourflow.problem import ClearingProblem


def market(seed: int) -> tuple[ClearingProblem, np.ndarray, np.ndarray, np.ndarray]:
    """30 bidders of 1 to 9 units with five items each out of 25; start, item, wanted by bidder."""
    rng = np.random.default_rng(seed)
    start, item = np.arange(0, 151, 5), rng.integers(0, 25, 150)
    wanted = rng.integers(1, 10, 30)
    room = rng.integers(1, 10, 25)
    problem = ClearingProblem.bipartite(
        room, wanted, item, np.repeat(np.arange(30), 5), rng.integers(1, 1000, 150)
    )
    return problem, start, item, wanted


@pytest.mark.parametrize("seed", range(6))
def test_a_round_lowers_what_holders_find_too_dear(seed: int) -> None:
    """As by hand: the least of what its holders would find fair, not below the floor; the bound as it was."""
    problem, start, item, wanted = market(seed)
    rng = np.random.default_rng(seed)
    price, flow = rng.integers(0, 900, 25), rng.integers(0, 2, 150)
    floor = np.maximum(price - 200, 0)
    lowered = price.copy()
    total = lower_prices(0, 30, start, item, problem.value, 0, 0, wanted, flow, price, floor, lowered)
    expected, by_hand = price.tolist(), 0
    for i in range(30):
        arcs = range(start[i], start[i + 1])
        best = max([0, *(int(problem.value[a] - price[item[a]]) for a in arcs)])
        by_hand += int(wanted[i]) * best
        for a in arcs:
            if flow[a]:
                fair = max(int(problem.value[a]) - best, int(floor[item[a]]))
                expected[item[a]] = min(expected[item[a]], fair)
    assert lowered.tolist() == expected
    assert total == by_hand


@pytest.mark.parametrize("seed", range(6))
def test_too_high_prices_fall_until_a_best_flow_suits_them(seed: int) -> None:
    """From the exact prices plus 50 where something is sold out: no holder would rather have another item."""
    problem, start, item, wanted = market(seed)
    best = ff.solve(problem, gap=0, engine="exact")
    sold = np.bincount(item, best.flow, 25)
    price = -best.price_duals.node[:25].astype(np.int64)
    price = np.where(sold >= -problem.node_lower[:25], price + np.arange(25) * 2, 0)
    for _ in range(200):
        lowered = price.copy()
        lower_prices(
            0, 30, start, item, problem.value, 0, 0, wanted, best.flow, price, np.zeros(25, np.int64), lowered
        )
        if (lowered == price).all():
            break
        price = lowered
    for i in range(30):
        arcs = np.arange(start[i], start[i + 1])
        profit = problem.value[arcs] - price[item[arcs]]
        assert (profit[best.flow[arcs] > 0] == max(profit.max(), 0)).all()
