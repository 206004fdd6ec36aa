"""Two-sided markets of quantities: the auction against the exact engine, judged by `certify`."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import fourflow as ff
import fourflow.engines._solve as face
from auctions import proved
from fourflow.engines.kernels import _shares as kernel
from fourflow.engines.kernels import raise_prices, whole_shares
from fourflow.engines.kernels._shares_slow import slow_level, slow_shares
from fourflow.problem import INF, ClearingProblem, Scales


def market(
    seed: int, needs: int, offers: int, most_demand: int, most_supply: int, low: int = 1, high: int = 1000
) -> ClearingProblem:
    """Random arcs of skewed number a need, in no order; some quantities 0."""
    rng = np.random.default_rng(seed)
    need = np.repeat(np.arange(needs), rng.geometric(0.25, needs))
    order = rng.permutation(len(need))
    return ClearingProblem.bipartite(
        rng.integers(0, most_supply + 1, offers), rng.integers(0, most_demand + 1, needs),
        rng.integers(0, offers, len(need)), need[order], rng.integers(low, high + 1, len(need)),
    )  # fmt: skip


SHAPES = {
    "quantities": (200, 200, 100, 100), "many to few": (600, 12, 1, 60), "few to many": (12, 600, 60, 1),
    "much supply": (200, 150, 10, 200), "much demand": (200, 150, 200, 10), "star": (80, 1, 5, 100),
    "one arc": (1, 1, 3, 3), "tied": (200, 150, 9, 9, 3, 4), "all alike": (150, 140, 9, 9, 5, 5),
    "below zero": (150, 150, 20, 20, -500, 300), "huge": (100, 100, 10**9, 10**9, 10**15, 10**16),
    "tiny": (150, 150, 20, 20, 0, 1),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("gap", [1e-2, 1e-5])
def test_the_auction_is_within_the_gap_of_the_exact_answer(shape: str, gap: float) -> None:
    """Both sides short, few against many, ties, zeros, huge numbers: certified, and never above the best."""
    problem = market(3, *SHAPES[shape])
    best = ff.certify(problem, ff.solve(problem, engine="exact")).objective
    found = ff.certify(problem, proved(problem, gap)).objective
    assert best * (1 - Fraction(gap)) <= found <= best


@pytest.mark.parametrize("seed", range(40))
def test_random_small_markets_are_proved(seed: int) -> None:
    """A handful of nodes of any sizes."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 9, 4)
    problem = market(seed, *sizes.tolist(), -3, int(rng.integers(1, 12)))
    best = ff.certify(problem, ff.solve(problem, engine="exact")).objective
    found = ff.certify(problem, proved(problem, 1e-3)).objective
    assert best * Fraction(999, 1000) <= found <= best


@pytest.mark.parametrize("side", ["supply", "demand"])
def test_a_side_without_limit_has_no_price(side: str) -> None:
    """Unlimited licences, or a buyer of any quantity: their dual is exactly 0, or there were no bound."""
    problem = market(5, 100, 80, 20, 20)
    rng = np.random.default_rng(1)
    free = rng.random(problem.num_nodes) < 0.2
    if side == "supply":
        problem = replace(
            problem, node_lower=np.where(free & (problem.node_lower < 0), -INF, problem.node_lower)
        )
    else:
        problem = replace(
            problem, node_upper=np.where(free & (problem.node_upper > 0), INF, problem.node_upper)
        )
    best = ff.certify(problem, ff.solve(problem, engine="exact")).objective
    assert ff.certify(problem, proved(problem)).objective >= best * (1 - Fraction(1, 10**4))


def test_an_offer_that_serves_everybody_without_limit_is_free() -> None:
    """One offer without limit takes all that is asked for, to the last unit, and still has no price."""
    need = np.repeat(np.arange(200), 2)
    for demand in (np.ones(200, np.int64), np.arange(200)):
        problem = ClearingProblem.bipartite(
            np.array([1]), demand, np.zeros(400, np.int64), need, np.arange(400) % 7 + 1
        )
        solution = proved(replace(problem, node_lower=np.where(np.arange(201) == 0, -INF, 0)), 1e-3)
        assert solution.price_duals.node[0] == 0


def test_quantities_are_whole_multiples_of_what_divides_them_all() -> None:
    """Lots of 250 quanta on every side: flows too."""
    problem = market(6, 60, 60, 9, 9)
    problem = replace(
        problem, node_lower=250 * problem.node_lower, node_upper=250 * problem.node_upper,
        step=np.full(problem.num_arcs, 250), scales=Scales(quantity=Fraction(1, 10**6)),
    )  # fmt: skip
    assert not (proved(problem).flow % 250).any()


def test_floats_are_cleared_as_well() -> None:
    """Supplies and values with fractions."""
    problem = market(7, 80, 80, 50, 50)
    floats = ClearingProblem.bipartite(
        -problem.node_lower[:80] / 8.0, problem.node_upper[80:] / 8.0, problem.tail, problem.head - 80,
        problem.value / 3.0,
    )  # fmt: skip
    proved(floats)


def test_the_same_input_gives_the_same_answer() -> None:
    """Flows and duals, to the last digit."""
    problem = market(8, 400, 400, 30, 30)
    first, second = proved(problem), proved(problem)
    assert (first.flow == second.flow).all()
    assert (first.price_duals.node == second.price_duals.node).all()


def test_without_patience_the_exact_engine_finishes(monkeypatch: pytest.MonkeyPatch) -> None:
    """An auction that is given up hands its flow on, and `stats` says so."""
    monkeypatch.setattr(face, "WORTH_IT", 10)
    monkeypatch.setattr(face, "SMALL", 10)
    monkeypatch.setattr("fourflow.engines.auction._quantities.PATIENCE", 1)
    problem = market(9, 100, 100, 30, 30)
    solution = ff.solve(problem, gap=1e-6)
    assert solution.stats["engine"] == "exact"
    assert "stopped" in solution.stats["why"]
    assert ff.certify(problem, solution, gap=1e-6).status == ff.Status.OPTIMAL_WITHIN_GAP


def test_small_markets_are_given_up_early_for_the_exact_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps may take a part of what the network simplex would; dense ones and forests are not tried."""
    monkeypatch.setattr(face, "WORTH_IT", 10)
    sparse, all_pairs = market(9, 400, 400, 30, 30), np.divmod(np.arange(900), 30)
    many = np.full(30, 7)
    dense = ClearingProblem.bipartite(many, many + 1, *all_pairs, np.arange(900) % 37 + 1)
    monkeypatch.setattr(face, "PIVOTING", 5.0)
    assert ff.solve(sparse, gap=1e-3).stats["engine"] == "auction"
    assert ff.solve(sparse, gap=1e-6).stats["why"] == ff.solve(dense).stats["why"]
    assert "no other engine is sooner done" in ff.solve(dense).stats["why"]
    monkeypatch.setattr(face, "WORTH_TRYING", 1e-3)
    given_up = ff.solve(sparse, gap=1e-4)
    assert (given_up.stats["engine"], given_up.claimed_gap) == ("exact", 0.0)
    assert "stopped" in given_up.stats["why"]


def test_prices_pull_as_far_as_they_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all values are alike, steps would be far too short if the pull stayed as it is at first."""
    problem = market(12, 800, 800, 30, 30, 1, 1)
    steps = proved(problem, 1e-3).stats["steps"]
    monkeypatch.setattr("fourflow.engines.auction._shares.EVEN_OUT", 0.0)
    assert 0 < steps < proved(problem, 1e-3).stats["steps"]


def test_a_stop_returns_what_is_placed_so_far() -> None:
    """No time at all: feasible, the gap as claimed."""
    problem = market(10, 300, 300, 30, 30)
    solution = ff.solve(problem, gap=1e-6, time_limit_s=0.0, engine="auction")
    certificate = ff.certify(problem, solution)
    assert certificate.max_violation == 0
    assert float(certificate.relative_gap) == pytest.approx(solution.claimed_gap, abs=1e-9)


def test_yesterdays_answer_saves_work() -> None:
    """1 % of values moved, some offers and needs gone: certified, with fewer steps."""
    problem = market(11, 2000, 2000, 20, 20)
    yesterday = proved(problem)
    rng = np.random.default_rng(1)
    moved = rng.random(problem.num_arcs) < 0.01
    gone = rng.random(problem.num_nodes) < 0.005
    today = replace(
        problem, value=np.where(moved, rng.integers(1, 1001, problem.num_arcs), problem.value),
        node_lower=np.where(gone, 0, problem.node_lower), node_upper=np.where(gone, 0, problem.node_upper),
    )  # fmt: skip
    cold, warm = proved(today), ff.solve(today, engine="auction", start=yesterday)
    assert ff.certify(today, warm).status == ff.Status.OPTIMAL_WITHIN_GAP
    assert warm.stats["steps"] < 0.7 * cold.stats["steps"]


@pytest.mark.parametrize("seed", range(5))
def test_a_step_of_shares_is_that_of_the_slow_version(seed: int) -> None:
    """Wishes clipped at 0 and the caps, brought down to what each of 128 bidders wants."""
    rng = np.random.default_rng(seed)
    rows, lanes = 4, kernel.LANES
    table = np.zeros((rows, kernel.FIELDS, lanes), np.float32)
    lane = np.zeros((1, kernel.LANE_FIELDS, lanes), np.float32)
    table[:, kernel.VALUE] = rng.random((rows, lanes))
    table[:, kernel.CAP] = rng.integers(0, 50, (rows, lanes))
    table[:, kernel.SHARE] = table[:, kernel.CAP] * rng.random((rows, lanes))
    table[:, kernel.WIDTH] = rng.uniform(0.1, 60, (rows, lanes))
    lane[0, kernel.WANTED], lane[0, kernel.LEVEL] = rng.integers(1, 60, lanes), rng.random(lanes)
    slot, price = rng.integers(0, 9, (rows, lanes)).astype(np.uint32), rng.random(9).astype(np.float32)
    old, balance = table.copy(), np.zeros(9, np.float32)
    weight, row = np.float32(0.5), np.array([0, rows])
    kernel.step_shares(0, 1, row, slot, table, lane, price, weight, True, balance)
    seen = np.zeros(9)
    for i in range(lanes):
        value, cap, share, width = (
            old[:, f, i].astype(np.float64) for f in (kernel.VALUE, kernel.CAP, kernel.SHARE, kernel.WIDTH)
        )
        new = slow_shares(share + width * (value - price[slot[:, i]]), width, cap, lane[0, kernel.WANTED, i])
        assert table[:, kernel.SHARE, i] == pytest.approx(new, abs=0.1)
        np.add.at(seen, slot[:, i], 2 * new - share)
    assert balance == pytest.approx(seen, rel=2e-3)


def test_levels_are_those_of_the_slow_version() -> None:
    """The profit of the last unit of the best choice, and shares back where they came from."""
    rng = np.random.default_rng(3)
    rows, lanes = 4, kernel.LANES
    table = np.zeros((rows, kernel.FIELDS, lanes), np.float32)
    lane = np.zeros((1, kernel.LANE_FIELDS, lanes), np.float32)
    table[:, kernel.VALUE] = rng.random((rows, lanes))
    table[:, kernel.CAP] = rng.integers(1, 20, (rows, lanes))
    table[:, kernel.SHARE], lane[0, kernel.WANTED] = table[:, kernel.CAP] / 2, rng.integers(1, 40, lanes)
    slot, price = rng.integers(0, 9, (rows, lanes)).astype(np.uint32), rng.random(9).astype(np.float32)
    arc, owner = np.arange(rows * lanes).reshape(rows, lanes), np.arange(lanes)
    share, level = np.zeros(rows * lanes, np.float32), np.zeros(lanes, np.float32)
    kernel.take_back(0, 1, np.array([0, rows]), slot, arc, owner, table, lane, price, share, level)
    assert (share.reshape(rows, lanes) == table[:, kernel.SHARE]).all()
    for i in range(lanes):
        profit = (table[:, kernel.VALUE, i] - price[slot[:, i]]).astype(np.float64)
        expected = slow_level(profit, table[:, kernel.CAP, i], lane[0, kernel.WANTED, i])
        assert level[i] == pytest.approx(expected, abs=1e-6)


def test_a_price_rises_to_where_its_room_is_wanted() -> None:
    """An item of 5 units that one bidder would take whole at a profit is worth that profit more."""
    price = np.array([10, 0, 0])
    start, bidder, value = np.array([0, 2, 2, 2]), np.array([1, 2]), np.array([30, 25])
    wanted, room, level = np.array([0, 9, 3]), np.array([5, 0, 0]), np.array([0, 4, 2])
    raise_prices(0, 1, start, bidder, value, 0, 0, wanted, room, level, price)
    assert price[0] == 26  # at 26 the first wants 5 of 5 and the second nothing


def test_whole_shares_stay_within_what_is_there() -> None:
    """Halves become whole, what one arc gives up goes to the next, and nobody gives more than it has."""
    start, item = np.array([0, 2, 4]), np.array([2, 3, 2, 3])
    left, spare, flow = np.array([5, 4, 0, 0]), np.array([0, 0, 4, 9]), np.zeros(4, np.int64)
    whole_shares(start[:3], item, np.array([2.4, 2.6, 2.5, 1.5], np.float32), left, spare, flow)
    assert flow.tolist() == [2, 3, 2, 2]
    assert (left[:2] == 0).all()
    assert spare.tolist() == [0, 0, 0, 4]
