"""Flows that share the room of lanes: the fast engine against the exact one, kernels against slow ones."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import fourflow as ff
from fourflow.engines.kernels import cut_back, step_prices, whole_flows
from fourflow.engines.kernels._shared_lanes import toll
from fourflow.engines.kernels._shared_lanes_slow import price_slowly, toll_slowly
from fourflow.engines.multiflow import flows_in
from fourflow.engines.multiflow._method import Method
from fourflow.errors import EngineError
from fourflow.problem import INF, ClearingProblem, Scales, Sparse


def shared_lanes(
    seed: int, places: int = 8, goods: int = 3, listings: int = 60, room: int = 3_000, weights: bool = False
) -> ClearingProblem:
    """Goods between places: every second pair of places has a lane, whose room all goods share."""
    random = np.random.default_rng(seed)
    tail, head = np.nonzero(random.random((places, places)) < 0.5)
    tail, head = tail[tail != head], head[tail != head]
    lanes, hubs = len(tail), places * goods
    cost = random.integers(1, 40, (goods, lanes))
    weight = random.integers(1, 5, goods) if weights else np.ones(goods, np.int64)
    offer_hub, need_hub = random.integers(0, hubs, (2, listings))
    supply, demand = random.integers(1, 1000, (2, listings))
    nodes = hubs + np.arange(2 * listings)
    shift = places * np.repeat(np.arange(goods), lanes)
    entries = 2 * listings + lanes * np.arange(goods) + np.arange(lanes)[:, None]
    none = np.zeros(listings, np.int64)
    return ClearingProblem(
        tail=np.concatenate([nodes[:listings], need_hub, shift + np.tile(tail, goods)]).astype(np.uint32),
        head=np.concatenate([offer_hub, nodes[listings:], shift + np.tile(head, goods)]).astype(np.uint32),
        value=np.concatenate(
            [-random.integers(0, 100, listings), random.integers(50, 200, listings), -cost.ravel()]
        ),
        capacity=np.full(2 * listings + goods * lanes, INF),
        node_lower=np.concatenate([np.zeros(hubs, np.int64), -supply, none]),
        node_upper=np.concatenate([np.zeros(hubs, np.int64), none, demand]),
        coupling=Sparse(
            goods * np.arange(lanes + 1), entries.ravel().astype(np.uint32), np.tile(weight, lanes)
        ),
        coupling_lower=np.full(lanes, -INF),
        coupling_upper=random.integers(0, room, lanes),
        scales=Scales(value=Fraction(1, 100)),
    )


def odd_market(seed: int) -> ClearingProblem:
    """Few distinct prices, rooms of 0 and for all there is, hubs that nothing reaches or leaves, a store
    from each period's hub to the next that goods do not share, and two listings in five of nothing."""
    random = np.random.default_rng(seed)
    places, goods, listings = 4, 2, 40
    at = np.arange(3 * places).reshape(3, places)
    one, other = np.nonzero((random.random((places, places)) < 0.4) & ~np.eye(places, dtype=np.bool_))
    tail = np.concatenate([at[:, one].ravel(), at[:-1].ravel()])
    head = np.concatenate([at[:, other].ravel(), at[1:].ravel()])
    lanes, hubs, both = 3 * len(one), at.size * goods, 2 * listings
    shift = at.size * np.repeat(np.arange(goods), len(tail))
    nodes, is_offer, hub = hubs + np.arange(both), np.arange(both) < listings, random.integers(0, hubs, both)
    listed = np.where(random.random(both) < 0.4, 0, random.integers(1, 40, both))
    ask, bid = 10 * random.integers(0, 4, both), 10 * random.integers(2, 6, both)
    none, all_there_is = np.zeros(hubs, np.int64), max(int(listed[:listings].sum()), 1)
    entries = both + (len(tail) * np.arange(goods)[:, None] + np.arange(lanes)).T
    return ClearingProblem(
        tail=np.concatenate([np.where(is_offer, nodes, hub), shift + np.tile(tail, goods)]).astype(np.uint32),
        head=np.concatenate([np.where(is_offer, hub, nodes), shift + np.tile(head, goods)]).astype(np.uint32),
        value=np.concatenate([np.where(is_offer, -ask, bid), -random.integers(0, 3, goods * len(tail))]),
        capacity=np.concatenate([np.full(both, INF), np.full(goods * len(tail), all_there_is)]),
        node_lower=np.concatenate([none, np.where(is_offer, -listed, 0)]),
        node_upper=np.concatenate([none, np.where(is_offer, 0, listed)]),
        coupling=Sparse(
            goods * np.arange(lanes + 1),
            entries.ravel().astype(np.uint32),
            np.ones(entries.size, np.int64),
        ),
        coupling_lower=np.full(lanes, -INF),
        coupling_upper=random.choice([0, 5, 30, 10**12], lanes),
        scales=Scales(value=Fraction(1, 100)),
    )


@pytest.mark.parametrize("seed", range(12))
def test_answers_lie_within_the_gap_of_the_exact_ones(seed: int) -> None:
    """On random networks, with and without weights, what is certified holds the exact engine's answer."""
    problem = shared_lanes(seed, weights=seed % 2 == 1)
    best = ff.certify(problem, ff.solve(problem, gap=1e-9, engine="exact"))
    solution = ff.solve(problem, gap=3e-3, engine="multiflow", time_limit_s=20)
    certificate = ff.certify(problem, solution)
    assert certificate.relative_gap <= 3e-3
    assert certificate.max_violation == 0
    assert certificate.objective <= best.bound
    assert certificate.bound >= best.objective


@pytest.mark.parametrize("seed", range(25))
def test_odd_markets_end_with_no_more_claimed_than_is_so(seed: int) -> None:
    """Whatever the shape, the run ends, keeps every row, claims what is certified, and holds the best."""
    problem = odd_market(seed)
    assert flows_in(problem) is not None
    best = ff.certify(problem, ff.solve(problem, gap=1e-9, engine="exact"))
    for threads in (1, 2):
        solution = ff.solve(problem, gap=1e-6, engine="multiflow", threads=threads, time_limit_s=20)
        certificate = ff.certify(problem, solution)
        assert certificate.max_violation == 0
        assert float(certificate.relative_gap) <= solution.claimed_gap * (1 + 1e-9) + 1e-12
        assert certificate.objective <= best.bound
        assert certificate.bound >= best.objective
        assert solution.stats["steps"] < 100_000


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_same_input_gives_the_same_answer(threads: int) -> None:
    """Two runs with as many threads agree in every flow and every price, and hold the best."""
    first, second = (
        ff.solve(shared_lanes(3), gap=1e-3, engine="multiflow", threads=threads) for _ in range(2)
    )
    assert (first.flow == second.flow).all()
    assert (first.price_duals.node == second.price_duals.node).all()
    assert ff.certify(shared_lanes(3), first).relative_gap <= 1e-3


def test_threads_that_walk_together_step_like_one() -> None:
    """After 40 steps, restarts among them, prices and flows of one, two and five threads are the same but for
    the order in which sums are taken."""
    flows = flows_in(shared_lanes(8, places=12))
    assert flows is not None
    walked = []
    for threads in (1, 2, 5):
        with Method(flows, threads) as method:
            method.run(40, np.inf)
            assert method.restarts > 1
            walked.append((method.price_step, method.step))
    for price, step in walked[1:]:
        assert price == pytest.approx(walked[0][0], rel=1e-6)
        assert step == pytest.approx(walked[0][1], rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.02])
def test_the_next_day_begins_where_the_last_one_ended(share: float) -> None:
    """From yesterday's solution, with nothing changed no step is needed, and with a fiftieth of all listings
    worth something else or gone fewer than from nothing; what is certified holds the exact answer."""
    problem = shared_lanes(9, places=20, listings=1000)
    first = ff.solve(problem, gap=1e-3, engine="multiflow")
    changed, random = dict(vars(problem)), np.random.default_rng(9)
    listings = 2000
    moved = np.where(random.random(listings) < share, random.integers(-20, 20, listings), 0)
    gone = random.random(problem.num_nodes) < 0.3 * share
    changed["value"] = problem.value + np.pad(moved, (0, problem.num_arcs - listings))
    changed["node_lower"] = np.where(gone, 0, problem.node_lower)
    changed["node_upper"] = np.where(gone, 0, problem.node_upper)
    today = ClearingProblem(**changed)
    cold, warm = (ff.solve(today, gap=1e-3, engine="multiflow", start=start) for start in (None, first))
    best, certificate = ff.certify(today, ff.solve(today, gap=1e-9, engine="exact")), ff.certify(today, warm)
    assert warm.stats["steps"] < cold.stats["steps"] * (1 if share else 0.01)
    assert certificate.relative_gap <= 1e-3
    assert certificate.objective <= best.bound
    assert certificate.bound >= best.objective


def test_whole_flows_end_the_search_where_they_come_no_nearer() -> None:
    """Units as large as a room: flows in parts are worth more, and the search for 1e-12 ends by itself."""
    problem = shared_lanes(10, places=12, room=12, weights=True)
    solution = ff.solve(problem, gap=1e-12, engine="multiflow", time_limit_s=60)
    certificate = ff.certify(problem, solution)
    assert solution.stats["settled"]
    assert solution.stats["steps"] < 10_000
    assert certificate.max_violation == 0
    assert certificate.objective <= ff.certify(problem, ff.solve(problem, gap=1e-9, engine="exact")).bound


def test_rounding_keeps_whole_flows_and_lets_no_hub_drift() -> None:
    """What is whole but for noise stays; a chain of nine halves leaves no hub off by more than one."""
    noisy, flow = np.array([5 - 1e-6, 3 + 1e-6, 0.0]), np.zeros(3, np.int64)
    ends, one = np.array([0, 1, 2], np.int32), np.ones(3, np.int64)
    whole_flows(np.array([0, 3]), ends, ends + 1, np.array([8]), one, noisy, np.zeros(4), flow)
    assert flow.tolist() == [5, 3, 0]
    chain, flow = np.arange(9, dtype=np.int32), np.zeros(9, np.int64)
    off, one = np.zeros(10), np.ones(9, np.int64)
    whole_flows(np.arange(10), chain, chain + 1, 9 * one, one, np.full(9, 2.5), off, flow)
    assert np.abs(np.diff(flow)).max() <= 1
    assert np.abs(off).max() < 1


def test_a_stop_at_once_gives_a_feasible_answer_and_a_bound() -> None:
    """With no time at all the answer keeps every row, and its gap is finite."""
    problem = shared_lanes(4)
    solution = ff.solve(problem, gap=1e-9, engine="multiflow", time_limit_s=0.0)
    certificate = ff.certify(problem, solution)
    assert certificate.max_violation == 0
    assert np.isfinite(float(certificate.bound))


def test_an_interrupt_gives_the_best_so_far() -> None:
    """Ctrl-C while progress is told ends the run with a certified answer."""

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    problem = shared_lanes(5)
    solution = ff.solve(problem, gap=1e-12, engine="multiflow", progress=stop)
    assert solution.stats["interrupted"]
    assert ff.certify(problem, solution).max_violation == 0


@pytest.mark.parametrize(
    "change",
    [
        "no room",
        "no supply",
        "no demand",
        "all worthless",
        "tied",
        "huge",
        "tiny",
        "one good",
        "free goods",
        "wide",
    ],
)
def test_degenerate_markets_are_cleared(change: str) -> None:
    """Rooms, supplies, values of 0, ties and extremes end with a certified answer."""
    problem = shared_lanes(6, goods=1 if change == "one good" else 3)
    parts = dict(vars(problem))
    if change == "no room":
        parts["coupling_upper"] = np.zeros_like(problem.coupling_upper)
    elif change == "no supply":
        parts["node_lower"] = np.zeros_like(problem.node_lower)
    elif change == "no demand":
        parts["node_upper"] = np.zeros_like(problem.node_upper)
    elif change == "all worthless":
        parts["value"] = np.where(problem.value > 0, 0, problem.value)
    elif change == "tied":
        parts["value"] = np.where(problem.value > 0, 100, -1)
    elif change == "huge":
        parts["value"] = problem.value * 10**9
    elif change == "tiny":
        parts["scales"] = Scales(
            value=Fraction(1, 10**9), quantity=Fraction(1, 10**6), limit=Fraction(1, 10**6)
        )
    elif change == "free goods":
        parts["value"] = np.where(problem.value > 0, problem.value, 0)
    elif change == "wide":
        parts["coupling_upper"] = np.full_like(problem.coupling_upper, 10**12)
        parts["capacity"] = np.full_like(problem.capacity, int(-problem.node_lower.sum()))
    changed = ClearingProblem(**parts)
    solution = ff.solve(changed, gap=1e-2, engine="multiflow", time_limit_s=10)
    certificate = ff.certify(changed, solution)
    assert certificate.relative_gap <= 1e-2
    assert certificate.max_violation == 0


def test_what_is_no_sharing_of_room_is_left_to_others() -> None:
    """A negative coefficient, an arc in two rows, a floor, room without end: not recognised, and said so."""
    problem = shared_lanes(7)
    parts, coupling = dict(vars(problem)), problem.coupling
    negative = Sparse(coupling.indptr, coupling.index, -coupling.coefficient)
    twice = Sparse(coupling.indptr, np.full_like(coupling.index, coupling.index[0]), coupling.coefficient)
    floor = {"coupling_lower": np.ones(problem.num_coupling, np.int64)}
    endless = {"coupling_upper": np.full(problem.num_coupling, INF)}
    for change in ({"coupling": negative}, {"coupling": twice}, floor, endless):
        assert flows_in(ClearingProblem(**parts | change)) is None
    with pytest.raises(EngineError, match="share rooms"):
        ff.solve(ClearingProblem(**parts | floor), engine="multiflow")


@pytest.mark.parametrize("seed", range(20))
def test_tolls_are_those_found_by_halving(seed: int) -> None:
    """Newton's method ends where halving does, from whatever guess."""
    random = np.random.default_rng(seed)
    wish, width = random.normal(0, 5, 1 + seed), random.uniform(0.1, 3, 1 + seed)
    room = float(wish.clip(0).sum()) * random.uniform(0, 0.9)
    wish[0] += 10.0
    slowly = toll_slowly(wish, width, room)
    for guess in (0.0, slowly, 0.5 * slowly, 3.0 * slowly, 1e6):
        found = toll(wish, width, 0, len(wish), room, guess)
        assert found == pytest.approx(slowly, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_prices_are_those_found_by_halving(seed: int) -> None:
    """The walk along a hub's listings ends where halving does, from wherever it begins."""
    random = np.random.default_rng(seed)
    count = seed % 6
    ask = np.sort(random.integers(0, 4, count)).astype(np.float64)
    below = -float(random.integers(0, 20))
    above = below + np.cumsum(random.integers(1, 9, count)).astype(np.float64)
    price, pace, balance = random.normal(2, 3, 1), np.array([random.uniform(0.01, 1)]), random.normal(0, 9, 1)
    goal = float(price[0] - pace[0] * balance[0])
    step, at = np.zeros(1), np.array([int(random.integers(0, 9))])
    ends, start = np.array([0, count]), price.copy()
    parts = np.stack([0.25 * balance, 0.75 * balance])
    step_prices(0, 1, ends, ask, above, np.array([below]), pace, 1.0, parts, price, start, 0.5, step, at)
    assert not parts.any()
    assert step[0] == pytest.approx(price_slowly(goal, float(pace[0]), ask, above, below), abs=1e-9)


def test_cuts_reach_upstream_and_leave_hubs_in_balance() -> None:
    """A chain 0 -> 1 -> 2 whose end can take 3 of 10: both flows are cut to 3, also round a circle."""
    tail, head = np.array([0, 1, 1, 3], np.int32), np.array([1, 2, 3, 1], np.int32)
    flow = np.array([10, 10, 4, 4])
    supply, demand = np.array([10, 0, 0, 0]), np.array([0, 0, 3, 0])
    balance = np.array([-10, 0, 10, 0])
    into, out_of = np.array([0, 3, 1, 2]), np.array([0, 1, 2, 3])
    cut_back(
        tail, head, flow, into, np.array([0, 0, 2, 3, 4]), out_of, np.array([0, 1, 3, 3, 4]), supply, demand,
        balance,
    )  # fmt: skip
    assert balance.tolist() == [-3, 0, 3, 0]
    assert flow[:2].tolist() == [3, 3]
