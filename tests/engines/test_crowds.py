"""Markets of many single units for few with room for many: certified against the exact engine."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import fourflow as ff
from auctions import proved
from fourflow.engines.auction import market_in
from fourflow.engines.auction._crowd import is_crowd
from fourflow.problem import INF, ClearingProblem


def crowd(
    seed: int, needs: int, offers: int, share: float, low: int = 1, high: int = 1000, alike: str = ""
) -> ClearingProblem:
    """Six offers at random for every need, which together have room for `share` of all needs."""
    rng = np.random.default_rng(seed)
    need = np.repeat(np.arange(needs), 6)
    offer = rng.integers(0, offers, 6 * needs)
    value = rng.integers(low, high + 1, 6 * needs)
    if alike == "by need":
        value = rng.integers(low, high + 1, needs)[need]
    if alike == "by offer":
        value = rng.integers(low, high + 1, offers)[offer]
    supply = np.ceil(share * needs / offers * rng.uniform(0.5, 1.5, offers)).astype(np.int64)
    return ClearingProblem.bipartite(supply, np.ones(needs, np.int64), offer, need, value)


SHAPES = {
    "short supply": (2000, 20, 0.5), "enough": (2000, 20, 1.5), "just so": (2000, 20, 1.0),
    "star": (500, 1, 0.5), "tied": (2000, 20, 0.8, 3, 5), "all alike": (2000, 20, 0.8, 7, 7),
    "by need": (1000, 20, 0.8, 1, 1000, "by need"), "by offer": (1000, 20, 0.8, 1, 1000, "by offer"),
    "below zero": (2000, 20, 0.8, -500, 300), "worth nothing": (500, 5, 0.8, -9, 0),
    "huge": (1000, 20, 0.8, 10**15, 10**16), "tiny": (2000, 20, 0.8, 0, 1),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("gap", [1e-2, 1e-5])
def test_a_crowd_is_cleared_within_the_gap(shape: str, gap: float) -> None:
    """Ties, one offer for all, huge and tiny values, nothing worth it: certified, never above the best."""
    problem = crowd(3, *SHAPES[shape])
    market = market_in(problem)
    assert market is not None
    assert is_crowd(market)
    best = ff.certify(problem, ff.solve(problem, engine="exact")).objective
    found = ff.certify(problem, proved(problem, gap, threads=2)).objective
    assert best * (1 - Fraction(gap)) <= found <= best


def mirrored(problem: ClearingProblem) -> ClearingProblem:
    return replace(
        problem, tail=problem.head, head=problem.tail, node_lower=-problem.node_upper,
        node_upper=-problem.node_lower,
    )  # fmt: skip


def test_offers_may_be_the_crowd() -> None:
    """The same market with sides exchanged and arcs shuffled has the same worth."""
    problem = mirrored(crowd(4, 3000, 30, 0.8))
    order = np.random.default_rng(1).permutation(problem.num_arcs)
    problem = replace(problem, tail=problem.tail[order], head=problem.head[order], value=problem.value[order])
    solution = proved(problem, 1e-4)
    assert "givers bid" in solution.stats["why"]


def test_some_without_limit_have_no_price() -> None:
    """Two offers of unlimited supply among twenty, and one with none."""
    problem = crowd(5, 3000, 20, 0.8)
    lower = problem.node_lower.copy()
    lower[:2], lower[2] = -INF, 0
    solution = proved(replace(problem, node_lower=lower), 1e-4)
    assert not solution.flow[problem.tail == 2].any()
    assert (solution.price_duals.node[:2] == 0).all()


def test_one_offer_without_limit_for_all_is_free_though_samples_say_otherwise() -> None:
    """A sample of the needs may count as more than there are; what has no limit has no price all the same."""
    problem = crowd(10, 5000, 1, 0.8)
    solution = proved(replace(problem, node_lower=np.where(problem.node_lower < 0, -INF, 0)))
    assert solution.price_duals.node[0] == 0


def test_offers_that_have_gone_leave_the_others_as_they_are() -> None:
    """Half of the offers have nothing left, some are asked for by nobody: certified in about a bid a need."""
    problem = crowd(9, 20_000, 60, 0.8, high=10**6)
    lower = problem.node_lower.copy()
    lower[:60:2] = 0
    unasked = problem.tail == 1
    problem = replace(
        problem, node_lower=lower, tail=problem.tail[~unasked], head=problem.head[~unasked],
        value=problem.value[~unasked], capacity=problem.capacity[~unasked],
    )  # fmt: skip
    solution = proved(problem)
    assert not solution.flow[problem.tail % 2 == 0].any()
    assert solution.stats["bids"] < 2 * 20_000


def test_smooth_prices_need_about_one_bid_a_need() -> None:
    """With many needs an offer hardly anybody has to bid twice; the same input gives the same answer."""
    problem = crowd(6, 20_000, 50, 0.8, high=10**6)
    first, second = proved(problem), proved(problem)
    assert first.stats["bids"] < 2 * 20_000
    assert (first.flow == second.flow).all()
    assert (first.price_duals.node == second.price_duals.node).all()


def test_a_stop_returns_what_is_placed_so_far() -> None:
    """No time at all: feasible, the gap as claimed."""
    problem = crowd(7, 20_000, 50, 0.8)
    solution = ff.solve(problem, gap=1e-6, time_limit_s=0.0, engine="auction")
    certificate = ff.certify(problem, solution)
    assert certificate.max_violation == 0
    assert float(certificate.relative_gap) == pytest.approx(solution.claimed_gap, abs=1e-9)


def test_yesterdays_prices_are_begun_with() -> None:
    """1 % of values moved: certified from the old prices."""
    problem = crowd(8, 20_000, 50, 0.8, high=10**6)
    yesterday = proved(problem)
    rng = np.random.default_rng(1)
    moved = rng.random(problem.num_arcs) < 0.01
    today = replace(problem, value=np.where(moved, rng.integers(1, 10**6, problem.num_arcs), problem.value))
    warm = ff.solve(today, engine="auction", start=yesterday)
    assert ff.certify(today, warm).status == ff.Status.OPTIMAL_WITHIN_GAP
    assert warm.stats["bids"] < 2 * 20_000


def test_new_offers_find_their_prices_from_yesterdays() -> None:
    """Some offers had nothing yesterday: certified in about a bid a need all the same."""
    today = crowd(8, 20_000, 50, 0.8, high=10**6)
    lower = today.node_lower.copy()
    lower[:50:10] = 0
    warm = ff.solve(today, engine="auction", start=proved(replace(today, node_lower=lower)))
    assert ff.certify(today, warm).status == ff.Status.OPTIMAL_WITHIN_GAP
    assert warm.stats["bids"] < 2 * 20_000
