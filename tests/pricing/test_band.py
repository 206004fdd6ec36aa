"""The band of prices is the whole set of those that support the answer, and its middle is one of them."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog

from builders import market
from four_kinds import four_kinds
from fourflow.baseline import keeps_floors
from fourflow.engines import solve
from fourflow.formulation import NodeKind, formulate
from fourflow.matching import match
from fourflow.pipeline import clear_market
from fourflow.pricing import band, centre, price
from fourflow.pricing._closure import Constraints, Lattice
from fourflow.problem import INF, ClearingProblem, Duals, Leaf, Solution
from fourflow.proof import certify
from random_kinds import random_tables
from random_markets import FEATURES, random_market

WHOLE = {"lots", "least of an offer", "least of a need", "fixed cost", "trips"}
COUPLED = {"capacity", "sponsor"}
SHARED = {"sponsor", "several classes", "several categories", "requirements", "windows", "use by", "no place"}
"""What would let several kinds of goods share a lane's capacity, or a budget."""


def price_bound(problem: ClearingProblem, solution: Solution, node: NDArray[np.int64] | None = None) -> Any:
    """The bound that the price duals prove, with other node duals if given."""
    duals = solution.price_duals
    if node is not None:
        duals = Duals(node, duals.row, duals.node_scale, duals.row_scale)
    return certify(problem, replace(solution, proof=Leaf(duals))).bound


def problems(count: int, without: set[str]) -> list[tuple[ClearingProblem, Any, Solution]]:
    """Random problems with any features but those named, solved."""
    drawn = []
    for seed in range(count):
        draw = random.Random(seed)
        features = frozenset(f for f in FEATURES if f not in without and draw.random() < 0.3)
        book, _ = random_market(seed, features)
        problem, layout = formulate(book, match(book))
        drawn.append((problem, layout, solve(problem, gap=1e-9)))
    return drawn


def test_centring_never_raises_the_price_bound() -> None:
    """Neither with scarce lanes, budgets nor whole decisions, where prices need not support the answer."""
    moved = 0
    for problem, _, solution in problems(60, set()):
        centred = centre(problem, solution)
        assert price_bound(problem, centred) <= price_bound(problem, solution)
        moved += bool((centred.price_duals.node != solution.price_duals.node).any())
    assert moved > 30


def test_centring_never_raises_the_price_bound_of_projects() -> None:
    """Of every kind, with projects, purses and rules: what projects gain goes to their lines' prices."""
    moved = 0
    for seed in range(40):
        market = four_kinds(**random_tables(2000 + seed)[0])
        problem, layout = formulate(market, match(market))
        solution = solve(problem, gap=1e-9)
        if not keeps_floors(layout, problem, solution.flow, solution.bundle):
            continue  # its rules cannot all hold
        centred = centre(problem, solution)
        assert price_bound(problem, centred) <= price_bound(problem, solution), seed
        moved += bool((centred.price_duals.node != solution.price_duals.node).any())
    assert moved > 15


def test_both_ends_of_the_band_support_the_answer_too() -> None:
    """Where they are held, the lowest and the highest prices prove the same bound."""
    for problem, _, solution in problems(80, WHOLE):
        edges = band(problem, solution)
        for edge in (edges.lowest, edges.highest):
            if (np.abs(edge) < INF).all():
                assert price_bound(problem, solution, edge) <= price_bound(problem, solution)


def test_the_band_is_what_a_linear_program_finds() -> None:
    """Without rows that several arcs share, the band of every hub is the range of its dual over all
    optimal duals, which HiGHS finds one hub at a time from the dual problem written out here."""
    compared = limited = 0
    drawn = problems(40, WHOLE | COUPLED) + problems(40, WHOLE | SHARED)
    for problem, layout, solution in drawn:
        if (np.diff(problem.coupling.indptr) > 1).any():
            continue
        limited += problem.num_coupling > 0
        edges = band(problem, solution)
        bound = float(price_bound(problem, solution))
        for node in np.flatnonzero(layout.node_kind == NodeKind.HUB)[:4]:
            for sign, edge in ((1, edges.lowest[node]), (-1, edges.highest[node])):
                found = extreme_dual(problem, bound, node, sign)
                assert (found is None) == (abs(edge) == INF)
                if found is not None:
                    assert found == pytest.approx(float(edge * solution.price_duals.node_scale), abs=1e-5)
                    compared += 1
    assert compared > 100
    assert limited >= 5


def extreme_dual(problem: ClearingProblem, bound: float, node: int, sign: int) -> float | None:
    """min sign x pi_node over duals whose bound is `bound`; None if unbounded. Columns: pi, then what a
    node's term and an arc's positive reduced value come to, then mu of rows that limit arcs from above."""
    nodes, arcs, quantity = problem.num_nodes, problem.num_arcs, float(problem.scales.quantity)
    free = problem.capacity >= INF
    reduced = np.zeros(
        (arcs, 2 * nodes + arcs + problem.num_coupling)
    )  # w - pi_head + pi_tail - g mu <= rent
    here = np.arange(arcs)
    np.subtract.at(reduced, (here, problem.head), 1)
    np.add.at(reduced, (here, problem.tail), 1)
    reduced[here, 2 * nodes + here] = -1
    g = problem.coupling.coefficient * float(problem.scales.coefficient)
    reduced[problem.coupling.index, 2 * nodes + arcs + problem.coupling.row_of_entry()] -= g
    terms = np.zeros((2 * nodes, reduced.shape[1]))  # limit pi - term <= 0
    each = np.arange(nodes)
    terms[each, each], terms[nodes + each, each] = (
        problem.node_lower * quantity,
        problem.node_upper * quantity,
    )
    terms[each, nodes + each] = terms[nodes + each, nodes + each] = -1
    caps = np.where(free, 0, problem.capacity) * quantity
    limits = problem.coupling_upper * float(problem.scales.limit)
    total = np.concatenate([np.zeros(nodes), np.ones(nodes), caps, limits])
    right = np.concatenate(
        [-problem.value * float(problem.scales.value), np.zeros(2 * nodes), [bound + 1e-9]]
    )
    bounds = [(None, None)] * (2 * nodes) + [(0, 0 if f else None) for f in free] + [(0, None)] * len(limits)
    objective = np.zeros(reduced.shape[1])
    objective[node] = sign
    answer = linprog(objective, np.vstack([reduced, terms, total]), right, bounds=bounds, method="highs")
    return None if answer.status in (3, 4) else sign * answer.fun


def test_prices_do_not_depend_on_the_order_of_rows() -> None:
    """Without scarce lanes, budgets and whole decisions the band is the same whatever answer the engine
    found, so every price is, listing by listing."""
    for seed in range(25):
        draw = random.Random(seed)
        features = frozenset(f for f in FEATURES if f not in WHOLE | COUPLED and draw.random() < 0.3)
        book, _ = random_market(seed, features - {"both sides"})
        order = np.random.default_rng(seed).permutation(len(book.needs))
        shuffled = replace(
            book, needs=shuffle(book.needs, order), offers=shuffle(book.offers, slice(None, None, -1))
        )
        one, two = (price(clear_market(m, gap=1e-9)) for m in (book, shuffled))
        assert one.need_price[order].tolist() == two.need_price.tolist()
        assert one.offer_price[::-1].tolist() == two.offer_price.tolist()


def shuffle(columns: Any, order: Any) -> Any:
    """Offers or needs with their rows in another order."""
    changed = {}
    for name, column in vars(columns).items():
        if isinstance(column, np.ndarray):
            changed[name] = column[order]
        else:
            rows = [column[i] for i in np.arange(len(column))[order]]
            start = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
            changed[name] = type(column)(start, np.concatenate(rows).astype(np.int32))
    return replace(columns, **changed)


def test_a_rent_shared_by_two_goods_leaves_their_difference_to_the_band() -> None:
    """Rice (worth 9) and soap (worth 7) share a lane of 5 t; 5 t of rice use it up. At a rent within its
    own range both goods' prices at B stay within their bands, and soap's is no less than its need's 7."""
    book = market(
        [{"id": f"o-{c}", "at": "A", "quantity": 5, "price": 1, "category": c} for c in ("rice", "soap")],
        [
            {"id": f"n-{c}", "at": "B", "quantity": 5, "price": p, "category": c}
            for c, p in (("rice", 9), ("soap", 7))
        ],
        [{"start": "A", "end": "B", "cost": 1, "capacity": 5}],
        categories={"rice": {}, "soap": {}},
    )
    prices = price(clear_market(book, gap=1e-9))
    rent = int(prices.lane_rent[0])
    assert 5 * 10**9 <= rent <= 7 * 10**9
    assert prices.need_low[1] >= 7 * 10**9


@pytest.mark.parametrize("seed", range(40))
def test_closures_agree_with_relaxing_every_constraint_until_nothing_moves(seed: int) -> None:
    """Dijkstra's potentials against Bellman and Ford's, and the middle satisfies every constraint."""
    rng = np.random.default_rng(seed)
    nodes, arcs = 7, 12
    point = rng.integers(-9, 10, nodes)
    tail, head = rng.integers(0, nodes, (2, arcs))
    tail, head = tail[tail != head], head[tail != head]
    now = point[head] - point[tail]
    low = np.where(rng.random(len(tail)) < 0.5, -INF, now - rng.integers(0, 5, len(tail)))
    high = np.where(rng.random(len(tail)) < 0.5, INF, now + rng.integers(0, 5, len(tail)))
    floor = np.where(rng.random(nodes) < 0.6, -INF, point - rng.integers(0, 5, nodes))
    ceiling = np.where(rng.random(nodes) < 0.6, INF, point + rng.integers(0, 5, nodes))
    constraints = Constraints(tail, head, low, high, floor, ceiling, point)
    lattice = Lattice(constraints)
    lowest, highest = lattice.lowest(), lattice.highest()
    assert lowest.tolist() == [int(max(x, -INF)) for x in relaxed(constraints, -1)]
    assert highest.tolist() == [int(min(x, INF)) for x in relaxed(constraints, 1)]
    middle = lattice.middle(lowest, highest)
    assert (floor <= middle).all()
    assert (middle <= ceiling).all()
    difference = middle[head] - middle[tail]
    assert (low <= difference).all()
    assert (difference <= high).all()


def relaxed(c: Constraints, sign: int) -> list[float]:
    """The slow obvious version: lower every upper limit (sign 1) or raise every lower one until all agree."""
    limit = [float("inf")] * len(c.point)
    arcs = []
    for t, h, low, high in zip(c.tail, c.head, c.low, c.high, strict=True):
        # sign 1: p_h <= p_t + high and p_t <= p_h - low; sign -1 the same for -p.
        up, down = (high, -low) if sign > 0 else (-low, high)
        arcs += [(t, h, up)] if up < INF else []
        arcs += [(h, t, down)] if down < INF else []
    own = c.ceiling if sign > 0 else -c.floor
    limit = [float(x) if x < INF else float("inf") for x in own.tolist()]
    for _ in range(len(limit)):
        for source, target, length in arcs:
            limit[target] = min(limit[target], limit[source] + float(length))
    return [sign * min(x, float(INF)) if x < float("inf") else sign * INF for x in limit]
