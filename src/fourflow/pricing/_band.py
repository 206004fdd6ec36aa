"""The band: all node prices that support an allocation as well as the given ones, at fixed row prices.

With x, y the allocation, the bound exceeds the objective by a sum of losses, one per node, row, arc and
bundle, each at least 0 (proof room). At fixed mu each is a convex function of one difference of node
duals (or of one node dual). Where no loss may grow, every such difference lies in an interval, zero
losses being exactly complementary slackness: difference constraints, whose solutions are a lattice.
The middle of the lowest and the highest is one of them: no loss and so no bound is larger there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fourflow.pricing._closure import FAR, Constraints, Lattice
from fourflow.problem import INF, ClearingProblem, Duals, Solution

I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Band:
    """Node duals, in units of the price duals' node_scale: int64[num_nodes]; -INF and INF where nothing
    holds a price. `middle` is what is paid."""

    lowest: I64
    highest: I64
    middle: I64


def centre(problem: ClearingProblem, solution: Solution) -> Solution:
    """The same solution with its price duals in the middle of their band. Never raises the price bound."""
    middle = band(problem, solution).middle
    duals = solution.price_duals
    return replace(solution, price_duals=Duals(middle, duals.row, duals.node_scale, duals.row_scale))


def band(problem: ClearingProblem, solution: Solution) -> Band:
    """Lowest, highest and middle node duals under which no part of the allocation loses more than now."""
    assert problem.value.dtype == np.int64, "prices are settled for books, whose arrays are integers"
    duals = solution.price_duals
    network = np.flatnonzero(problem.tail != problem.head)
    point = np.asarray(duals.node, np.int64)
    low, high = _arc_limits(problem, solution, network)
    floor, ceiling = _node_limits(problem, solution)
    _bundle_limits(problem, solution, floor, ceiling)
    tail, head = problem.tail[network].astype(np.int64), problem.head[network].astype(np.int64)
    lattice = Lattice(Constraints(tail, head, low, high, floor, ceiling, point))
    lowest, highest = lattice.lowest(), lattice.highest()
    return Band(lowest, highest, lattice.middle(lowest, highest))


def _arc_limits(problem: ClearingProblem, solution: Solution, arcs: I64) -> tuple[I64, I64]:
    """Limits of pi_head - pi_tail. The reduced value r = w - g mu - (pi_head - pi_tail) of an arc that is
    not full may not rise above max(r, 0), that of an arc in use may not fall below min(r, 0)."""
    now = solution.price_duals.node[problem.head[arcs]] - solution.price_duals.node[problem.tail[arcs]]
    down, up = net_values(problem, solution.price_duals)
    flow = solution.flow[arcs]
    full = flow >= problem.capacity[arcs]
    low = np.where(full, -INF, np.minimum(now, up[arcs]))
    high = np.where(flow > 0, np.maximum(now, down[arcs]), INF)
    return np.asarray(low, np.int64), np.asarray(high, np.int64)


def net_values(problem: ClearingProblem, duals: Duals) -> tuple[I64, I64]:
    """w_a - sum_k g_ka mu_k in units of node_scale, rounded down and up: int64[num_arcs] each."""
    ratio = problem.scales.value / duals.node_scale
    assert ratio.denominator == 1, "node duals are at least as fine as arc values"
    largest = int(np.abs(problem.value).max(initial=0))
    assert largest * ratio < FAR, "arc values too large for the scale of the node duals"
    value = np.asarray(problem.value, np.int64) * int(ratio)
    matrix = problem.coupling
    if not len(matrix.index) or not duals.row.any():
        return value, value
    mu = duals.row[matrix.row_of_entry()]
    used = np.flatnonzero(mu)
    arcs, inverse = np.unique(matrix.index[used], return_inverse=True)
    charge = np.zeros(len(arcs), object)
    np.add.at(charge, inverse, matrix.coefficient[used].astype(object) * mu[used])
    unit = problem.scales.coefficient * duals.row_scale / duals.node_scale
    down, up = value.copy(), value.copy()
    down[arcs] -= _bounded(-((-charge * unit.numerator) // unit.denominator))
    up[arcs] -= _bounded(charge * unit.numerator // unit.denominator)
    return down, up


def _bounded(numbers: NDArray[np.object_]) -> I64:
    """As int64; charges beyond 2^61 would be no price that any listing could pay."""
    assert all(abs(number) < FAR // 2 for number in numbers), "a row price too large for int64"
    return numbers.astype(np.int64)


def _node_limits(problem: ClearingProblem, solution: Solution) -> tuple[I64, I64]:
    """A node dual may rise above 0 only at a node at its upper limit, and fall below 0 only at its lower.

    What nobody can see is tidied: a node that only gives has no dual above 0, one that only takes none
    below 0 (they would cost nothing, and mean nothing).
    """
    lower, upper = np.asarray(problem.node_lower, np.int64), np.asarray(problem.node_upper, np.int64)
    point = solution.price_duals.node
    at_lower, at_upper = _at_limits(problem, solution)
    floor = np.where(at_lower & (lower > -INF), -INF, np.minimum(point, 0))
    ceiling = np.where(at_upper & (upper < INF), INF, np.maximum(point, 0))
    between = problem.tail != problem.head
    gives, takes = np.zeros(problem.num_nodes, np.bool_), np.zeros(problem.num_nodes, np.bool_)
    gives[problem.tail[between]] = True
    takes[problem.head[between]] = True
    listing = lower < upper
    ceiling = np.where(listing & gives & ~takes, np.minimum(ceiling, np.maximum(point, 0)), ceiling)
    floor = np.where(listing & takes & ~gives, np.maximum(floor, np.minimum(point, 0)), floor)
    return floor, ceiling


def _at_limits(problem: ClearingProblem, solution: Solution) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether (inflow - outflow)_n - sum_p d_np y_p is at its lower, and at its upper limit."""
    activity = np.zeros(problem.num_nodes, np.int64)
    np.add.at(activity, problem.head, solution.flow)
    np.subtract.at(activity, problem.tail, solution.flow)
    at_lower, at_upper = activity <= problem.node_lower, activity >= problem.node_upper
    lines = problem.bundle_lines
    one = int(1 / problem.scales.bundle)
    exact: dict[int, int] = {}
    share = solution.bundle[lines.row_of_entry()].tolist()
    for node, d, y in zip(lines.index.tolist(), lines.coefficient.tolist(), share, strict=True):
        exact[node] = exact.get(node, int(activity[node]) * one) - d * y
    for node, number in exact.items():
        at_lower[node] = number <= int(problem.node_lower[node]) * one
        at_upper[node] = number >= int(problem.node_upper[node]) * one
    return at_lower, at_upper


def _bundle_limits(problem: ClearingProblem, solution: Solution, floor: I64, ceiling: I64) -> None:
    """Tighten floor and ceiling so that no bundle loses more: a bundle with one line limits that node,
    nodes of bundles with several lines keep their duals."""
    lines, duals, one = problem.bundle_lines, solution.price_duals, int(1 / problem.scales.bundle)
    charges = _bundle_charges(problem, duals)
    quantum = problem.scales.quantity * duals.node_scale
    for p in range(problem.num_bundles):
        nodes = lines.index[lines.indptr[p] : lines.indptr[p + 1]]
        if len(nodes) != 1:
            floor[nodes] = ceiling[nodes] = duals.node[nodes]
            continue
        d, now = int(lines.coefficient[lines.indptr[p]]), int(duals.node[nodes[0]])
        if d == 0:
            continue
        worth = int(problem.bundle_value[p]) * problem.scales.bundle_value - charges[p]
        root = -worth / (d * quantum)  # the node dual at which the bundle's reduced value is 0
        used, unfilled = solution.bundle[p] > 0, solution.bundle[p] < one
        if used if d < 0 else unfilled:
            ceiling[nodes[0]] = min(int(ceiling[nodes[0]]), max(now, root.numerator // root.denominator))
        if unfilled if d < 0 else used:
            floor[nodes[0]] = max(int(floor[nodes[0]]), min(now, -(-root.numerator // root.denominator)))


def _bundle_charges(problem: ClearingProblem, duals: Duals) -> list[Fraction]:
    """sum_k h_kp mu_k in money, for each bundle."""
    matrix = problem.bundle_coupling
    assert matrix is not None
    total = [0] * problem.num_bundles
    mu = duals.row[matrix.row_of_entry()].tolist()
    for bundle, h, price in zip(matrix.index.tolist(), matrix.coefficient.tolist(), mu, strict=True):
        total[bundle] += h * price
    unit = problem.scales.bundle_coefficient * duals.row_scale
    return [charge * unit for charge in total]
