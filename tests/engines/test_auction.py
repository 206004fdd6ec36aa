"""Markets of pairs: the auction against the exact engine, judged by `certify`."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import fourflow as ff
from auctions import proved
from fourflow.engines import _solve as face
from fourflow.engines.auction import market_in
from fourflow.errors import EngineError
from fourflow.problem import INF, ClearingProblem, Scales


def pairs(
    seed: int, needs: int, offers: int, low: int = 1, high: int = 1000, degree: int = 5, unit: int = 1
) -> ClearingProblem:
    rng = np.random.default_rng(seed)
    need = np.repeat(np.arange(needs), degree)
    offer = rng.integers(0, offers, needs * degree)
    value = rng.integers(low, high + 1, needs * degree)
    return ClearingProblem.bipartite(np.full(offers, unit), np.full(needs, unit), offer, need, value)


def shuffled(problem: ClearingProblem, seed: int) -> ClearingProblem:
    order = np.random.default_rng(seed).permutation(problem.num_arcs)
    return replace(
        problem, tail=problem.tail[order], head=problem.head[order], value=problem.value[order],
        capacity=problem.capacity[order],
    )  # fmt: skip


SHAPES = {
    "as many": (300, 300, 1, 1000), "few needs": (200, 400, 1, 1000), "few offers": (400, 200, 1, 1000),
    "tied": (300, 280, 3, 5), "all alike": (300, 280, 7, 7), "some below zero": (300, 300, -500, 500),
    "huge": (200, 200, 10**17, 10**18), "one item": (50, 1, 1, 100), "one need": (1, 50, 1, 100),
    "tiny": (200, 200, 0, 1),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("gap", [1e-2, 1e-5])
def test_the_auction_is_within_the_gap_of_the_exact_answer(shape: str, gap: float) -> None:
    """Both sides short, ties everywhere, values from 0 to 1e18, shuffled arcs: certified, and never above."""
    needs, offers, low, high = SHAPES[shape]
    problem = shuffled(pairs(5, needs, offers, low, high), 2)
    best = ff.certify(problem, ff.solve(problem, engine="exact")).objective
    found = ff.certify(problem, proved(problem, gap)).objective
    assert best * (1 - Fraction(gap)) <= found <= best


@pytest.mark.parametrize("seed", range(20))
def test_values_by_need_only_end(seed: int) -> None:
    """A need that values all offers alike bids against its like in small steps; it must still end."""
    problem = pairs(seed, 120, 100 + seed, degree=4)
    value = np.random.default_rng(seed).integers(1, 1000, 120)[problem.head - (100 + seed)]
    proved(replace(problem, value=value), 1e-3)


def test_units_of_many_quanta_and_steps_stay_whole() -> None:
    """One unit of a million quanta each, asked whole by `step`: flows are 0 or a million."""
    problem = pairs(3, 100, 90, unit=10**6)
    problem = replace(
        problem, step=np.full(problem.num_arcs, 10**6),
        scales=Scales(quantity=Fraction(1, 10**6), value=Fraction(1, 10**9)),
    )  # fmt: skip
    solution = proved(problem)
    assert set(np.unique(solution.flow)) == {0, 10**6}


def test_nobody_trades_where_nothing_is_worth_it() -> None:
    """All values at most 0: no flow, gap 0."""
    solution = proved(pairs(1, 50, 50, -9, 0))
    assert not solution.flow.any()
    assert solution.claimed_gap == 0


def test_an_offer_without_supply_is_not_sold() -> None:
    """A supply of 0 among ones."""
    problem = pairs(4, 60, 60)
    lower = problem.node_lower.copy()
    lower[:20] = 0
    solution = proved(replace(problem, node_lower=lower))
    assert not solution.flow[problem.tail < 20].any()


def test_floats_are_cleared_as_well() -> None:
    """Float values and supplies of 1.0, so many that their sum in the finest quanta would not fit a word."""
    problem = pairs(8, 1500, 1500)
    one = np.ones(1500)
    for scale in (1 / 7, 1e-9 / 7, 1e12 / 7):
        floats = ClearingProblem.bipartite(one, one, problem.tail, problem.head - 1500, problem.value * scale)
        proved(floats)


def test_one_thread_gives_the_same_answer_again() -> None:
    """Flows and duals, to the last digit."""
    problem = pairs(9, 500, 500)
    first, second = proved(problem), proved(problem)
    assert (first.flow == second.flow).all()
    assert (first.price_duals.node == second.price_duals.node).all()


def test_two_threads_are_within_the_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both bid at once on the same words."""
    monkeypatch.setattr("fourflow.engines.auction._auction.MANY", 1)
    for seed in range(5):
        proved(pairs(seed, 3000, 3000), 1e-3, threads=2)


def test_what_is_no_two_sided_market_is_told_so() -> None:
    """Hubs, forced flows, caps that bind, no limit on either side: not recognised; by name: an error."""
    problem = pairs(1, 10, 10)
    forced = replace(problem, node_lower=np.where(np.arange(20) == 15, 1, problem.node_lower))
    capped = replace(problem, capacity=np.zeros(problem.num_arcs, np.int64))
    unlimited = replace(problem, node_lower=np.where(problem.node_lower < 0, -INF, 0))
    boundless = replace(unlimited, node_upper=np.where(problem.node_upper > 0, INF, 0))
    both = replace(
        problem, tail=np.append(problem.tail, problem.head[0]).astype(np.uint32),
        head=np.append(problem.head, problem.tail[0]).astype(np.uint32),
        value=np.append(problem.value, 1), capacity=np.append(problem.capacity, INF),
    )  # fmt: skip
    assert market_in(problem) is not None
    assert market_in(unlimited) is not None
    for other in (forced, capped, boundless, both):
        assert market_in(other) is None
    with pytest.raises(EngineError, match="no two-sided market"):
        ff.solve(both, engine="auction")


def test_auto_takes_the_auction_where_it_pays_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small problems go to the exact engine, large markets of pairs to the auction."""
    problem = pairs(1, 100, 100)
    assert ff.solve(problem).stats["engine"] == "exact"
    monkeypatch.setattr(face, "WORTH_IT", 100)
    solution = ff.solve(problem)
    assert solution.stats["engine"] == "auction"
    assert "one unit" in solution.stats["why"]
    assert ff.solve(problem, gap=0).stats["engine"] == "exact"


def test_a_stop_returns_what_is_sold_so_far_with_its_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time at all, and Ctrl-C from the callback: feasible, certified, the gap as claimed."""
    problem = pairs(2, 2000, 2000)
    solution = ff.solve(problem, gap=1e-6, time_limit_s=0.0, engine="auction")
    assert ff.certify(problem, solution).max_violation == 0

    def stop(_: ff.Progress) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fourflow.engines._watch.LOOK_S", 0.0)
    solution = ff.solve(problem, gap=1e-6, engine="auction", progress=stop)
    certificate = ff.certify(problem, solution)
    assert solution.stats["interrupted"]
    assert certificate.max_violation == 0
    assert float(certificate.relative_gap) == pytest.approx(solution.claimed_gap, abs=1e-9)


def test_a_war_of_small_steps_is_left_for_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without patience every market goes level by level, forward and reverse, and is certified as well."""
    monkeypatch.setattr("fourflow.engines.auction._solve.PATIENCE", 0)
    for shape in SHAPES.values():
        solution = proved(pairs(7, *shape), 1e-4)
        assert solution.stats["bids"] >= 0
    assert proved(pairs(7, 300, 300)).stats["offers"] > 0


def test_larger_steps_while_many_wait_save_bids(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many needs as offers: a quarter fewer bids and offers than with the smallest step throughout, and
    what was bid too high is mended: certified."""
    problem = pairs(17, 2000, 2000, high=10**6, degree=10)
    hurried = proved(problem, 1e-5).stats
    monkeypatch.setattr("fourflow.engines.auction._solve.HURRY", 0.0)
    plain = proved(problem, 1e-5).stats
    assert hurried["offers"] > plain["offers"] == 0
    assert hurried["bids"] + hurried["offers"] < 0.75 * plain["bids"]


def test_yesterdays_prices_save_most_bids() -> None:
    """1 % of values moved: from the old prices fewer than half of the bids, and certified."""
    problem = pairs(11, 2000, 2000)
    cold = proved(problem)
    rng = np.random.default_rng(1)
    value = np.where(
        rng.random(problem.num_arcs) < 0.01, rng.integers(1, 1001, problem.num_arcs), problem.value
    )
    moved = replace(problem, value=value)
    warm = ff.solve(moved, engine="auction", start=cold)
    assert ff.certify(moved, warm).status == ff.Status.OPTIMAL_WITHIN_GAP
    assert warm.stats["bids"] < proved(moved).stats["bids"] / 2


def test_a_thread_that_runs_out_of_patience_ends_the_auction_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values by offer only, tied: the war in one queue is not taken for an auction that is done."""
    monkeypatch.setattr("fourflow.engines.auction._auction.MANY", 1)
    problem = pairs(13, 2000, 4000, degree=10)
    tied = replace(problem, value=5000 * (problem.tail.astype(np.int64) // 200 + 1))
    solution = proved(tied, 1e-4, threads=2)
    assert solution.stats["bids"] < 200 * 2000
