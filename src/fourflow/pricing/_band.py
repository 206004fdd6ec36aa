"""The band: all prices that support an allocation as well as the given ones.

With x, y the allocation, the bound exceeds the objective by a sum of losses, one per node, row, arc and
bundle, each at least 0 (proof room). At fixed mu each is a convex function of one difference of node
duals (or of one node dual). Where no loss may grow, every such difference lies in an interval, zero
losses being exactly complementary slackness: difference constraints, whose solutions are a lattice.
The middle of the lowest and the highest is one of them: no loss and so no bound is larger there.

Row prices stay what they are, but for rows that limit one arc only (`_solo`): their rents follow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import lcm

import numpy as np
from numpy.typing import NDArray

from fourflow.pricing._closure import FAR, Constraints, Lattice
from fourflow.pricing._solo import Solo, reprice, solo_rows
from fourflow.problem import INF, ClearingProblem, Duals, Solution
from fourflow.problem._problem import Array

I64 = NDArray[np.int64]

MOST_ROUNDS, CLOSE = 100, 5e-7
"""Where prices do not quite support the answer the middle moves towards what does, so often at most."""


@dataclass(frozen=True)
class Band:
    """lowest, highest : int64[num_nodes], node duals in units of the price duals' node_scale, -INF and INF
    where nothing holds a price; middle : the duals that are paid, row prices included."""

    lowest: I64
    highest: I64
    middle: Duals


def centre(problem: ClearingProblem, solution: Solution) -> Solution:
    """The same solution with its price duals in the middle of their band. Never raises the price bound.

    What one of several lines of a bundle takes leaves less for the others, so the first middle is not yet
    that of its own band. With the prices of such lines as they then are there is one that is: the verifier
    finds the same from these prices, whoever hands them over.
    """
    solution = replace(solution, price_duals=_tidied(problem, solution))
    solution = replace(solution, price_duals=band(problem, solution).middle)
    for _ in range(MOST_ROUNDS):
        before = solution.price_duals
        solution = replace(solution, price_duals=_find_band(problem, solution, held=True).middle)
        if _is_close(problem, before, solution.price_duals):
            break
    return solution


def _tidied(problem: ClearingProblem, solution: Solution) -> Duals:
    """Without what costs nothing and means nothing: a dual above 0 at a listing that gives and gave nothing,
    or below 0 at one that takes and got nothing."""
    duals, at_lower, at_upper = solution.price_duals, *_at_limits(problem, solution)
    alone = ~_in_bundles(problem, 1)
    gives, takes = (side & alone for side in _listings(problem))
    node = np.asarray(duals.node, np.int64)
    node = np.where(gives & at_upper & (np.asarray(problem.node_upper) == 0), np.minimum(node, 0), node)
    node = np.where(takes & at_lower & (np.asarray(problem.node_lower) == 0), np.maximum(node, 0), node)
    return replace(duals, node=node)


def _listings(problem: ClearingProblem) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Nodes of listings that only give, and of those that only take."""
    between = problem.tail != problem.head
    out, into = np.zeros(problem.num_nodes, np.bool_), np.zeros(problem.num_nodes, np.bool_)
    out[problem.tail[between]] = True
    into[problem.head[between]] = True
    either = np.asarray(problem.node_lower) < np.asarray(problem.node_upper)
    return either & out & ~into, either & into & ~out


def _in_bundles(problem: ClearingProblem, num_lines: int) -> NDArray[np.bool_]:
    """Nodes that are lines of a bundle with so many lines or more."""
    lines = problem.bundle_lines
    some = lines.coefficient != 0
    bundle = lines.row_of_entry()
    count = np.bincount(bundle[some], minlength=problem.num_bundles)
    found = np.zeros(problem.num_nodes, np.bool_)
    found[lines.index[some & (count[bundle] >= num_lines)]] = True
    return found


def _is_close(problem: ClearingProblem, before: Duals, after: Duals) -> bool:
    """Whether no price moved by more than CLOSE of itself: those of hubs, where nothing is given or taken,
    and of rows. The duals of listings are nobody's price."""
    hub = np.asarray(problem.node_lower) == np.asarray(problem.node_upper)
    pairs = [(before.node[hub], after.node[hub])]
    if before.row_scale == after.row_scale:
        pairs.append((before.row, after.row))
    return all(bool((np.abs(new - old) <= 2 + np.abs(new) * CLOSE).all()) for old, new in pairs)


def band(problem: ClearingProblem, solution: Solution) -> Band:
    """Lowest, highest and middle prices under which no part of the allocation loses more than now."""
    assert problem.value.dtype == np.int64, "prices are settled for books, whose arrays are integers"
    now = np.asarray(solution.price_duals.node, np.int64)
    if _shares_gains(problem, solution).any():
        solution = _gains_to_bundles(problem, solution)
    found = _find_band(problem, solution, held=False)
    return replace(found, lowest=np.minimum(found.lowest, now), highest=np.maximum(found.highest, now))


def _find_band(problem: ClearingProblem, solution: Solution, held: bool) -> Band:
    """The band; held : with the prices of lines of bundles with several lines as they are."""
    solo = solo_rows(problem, solution)
    found = _band(problem, solution, solo, held) if len(solo.row) else None
    return found or _fixed_rents(problem, solution, held)


def _shares_gains(problem: ClearingProblem, solution: Solution) -> NDArray[np.bool_]:
    """Bundles with several lines that are carried out in full: prices of any line may take what one gains."""
    full = solution.bundle >= int(1 / problem.scales.bundle)
    return np.asarray(full & (np.diff(problem.bundle_lines.indptr) > 1), np.bool_)


def _gains_to_bundles(problem: ClearingProblem, solution: Solution) -> Solution:
    """The same with prices as low as they go: what is gained lies with the bundles, wherever a solver's
    vertex happened to put it, and can be shared from there."""
    duals = solution.price_duals
    lattice = _lattice(
        problem, solution, *_arc_limits(problem, solution, *net_values(problem, duals)), {}, False
    )
    highest = lattice.highest()
    return replace(solution, price_duals=replace(duals, node=lattice.middle(highest, highest)))


def _fixed_rents(problem: ClearingProblem, solution: Solution, held: bool) -> Band:
    """The band with every row price as it is."""
    duals = solution.price_duals
    low, high = _arc_limits(problem, solution, *net_values(problem, duals))
    lowest, highest, middle = _extremes(problem, solution, low, high, held)
    return Band(lowest, highest, replace(duals, node=middle))


def _band(problem: ClearingProblem, solution: Solution, solo: Solo, held: bool) -> Band | None:
    """The band where solo rows are caps of their arcs; None where that cannot be said in whole numbers."""
    duals = solution.price_duals
    others = np.asarray(duals.row, np.int64).copy()
    others[solo.row] = 0
    down, up = net_values(problem, replace(duals, row=others))
    exact = down[solo.arc] == up[solo.arc]
    if not exact.all():
        return _band(problem, solution, solo.only(exact), held) if exact.any() else None
    low, high = _arc_limits(problem, solution, down, up)
    low[solo.arc[solo.full]] = -INF
    lowest, highest, middle = _extremes(problem, solution, low, high, held)
    rents = reprice(solo, others, down[solo.arc] - _differences(problem, middle)[solo.arc])
    if rents is None:
        return None
    return Band(lowest, highest, Duals(middle, rents, duals.node_scale, solo.row_scale))


def _extremes(
    problem: ClearingProblem, solution: Solution, low: I64, high: I64, held: bool
) -> tuple[I64, I64, I64]:
    """Lowest, highest and middle node duals between limits of the arcs' differences (loops have none)."""
    sharing = {} if held else _sharing(problem, solution, low, high)
    lattice = _lattice(problem, solution, low, high, sharing, held)
    lowest, highest = lattice.lowest(), lattice.highest()
    return lowest, highest, lattice.middle(lowest, highest)


def _lattice(
    problem: ClearingProblem,
    solution: Solution,
    low: I64,
    high: I64,
    sharing: dict[int, int],
    held: bool,
) -> Lattice:
    arcs = np.flatnonzero(problem.tail != problem.head)
    floor, ceiling = _node_limits(problem, solution)
    _bundle_limits(problem, solution, floor, ceiling, sharing, held)
    tail, head = problem.tail[arcs].astype(np.int64), problem.head[arcs].astype(np.int64)
    point = np.asarray(solution.price_duals.node, np.int64)
    return Lattice(Constraints(tail, head, low[arcs], high[arcs], floor, ceiling, point))


def _sharing(problem: ClearingProblem, solution: Solution, low: I64, high: I64) -> dict[int, int]:
    """Bundle -> how many of its lines could take a part of its gain: those whose price may rise at all."""
    shared = np.flatnonzero(_shares_gains(problem, solution)).tolist()
    if not shared:
        return {}
    alone = _lattice(problem, solution, low, high, dict.fromkeys(shared, 1), False).lowest()
    lines, now = problem.bundle_lines, solution.price_duals.node
    nodes = {p: lines.index[lines.indptr[p] : lines.indptr[p + 1]] for p in shared}
    return {p: max(1, int((alone[own] < now[own]).sum())) for p, own in nodes.items()}


def _differences(problem: ClearingProblem, node: Array) -> I64:
    """pi_head - pi_tail of every arc."""
    return np.asarray(node[problem.head] - node[problem.tail], np.int64)


def _arc_limits(problem: ClearingProblem, solution: Solution, down: I64, up: I64) -> tuple[I64, I64]:
    """Limits of pi_head - pi_tail, given w - g mu rounded down and up.

    The reduced value r = w - g mu - (pi_head - pi_tail) of an arc that is not full may not rise above
    max(r, 0), that of an arc in use may not fall below min(r, 0).
    """
    now = _differences(problem, solution.price_duals.node)
    low = np.where(solution.flow >= problem.capacity, -INF, np.minimum(now, up))
    high = np.where(solution.flow > 0, np.maximum(now, down), INF)
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
    """A node dual may rise above 0 only at a node at its upper limit, and fall below 0 only at its lower; at
    a listing that only gives it is not above 0 at all, and at one that only takes not below (`_tidied`). A
    divisible line among several of a bundle takes nothing of what that gains."""
    lower, upper = np.asarray(problem.node_lower, np.int64), np.asarray(problem.node_upper, np.int64)
    point = solution.price_duals.node
    at_lower, at_upper = _at_limits(problem, solution)
    gives, takes = (side & ~_in_bundles(problem, 1) for side in _listings(problem))
    floor = np.where(at_lower & (lower > -INF) & ~takes, -INF, np.minimum(point, 0))
    ceiling = np.where(at_upper & (upper < INF) & ~gives, INF, np.maximum(point, 0))
    gives, takes = (side & _in_bundles(problem, 2) for side in _listings(problem))
    ceiling[gives] = np.minimum(ceiling, np.maximum(point, 0))[gives]
    floor[takes] = np.maximum(floor, np.minimum(point, 0))[takes]
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


def _bundle_limits(
    problem: ClearingProblem,
    solution: Solution,
    floor: I64,
    ceiling: I64,
    sharing: dict[int, int],
    held: bool,
) -> None:
    """Tighten floor and ceiling so that no bundle loses more.

    What one in use gains may go to its lines' prices, and what one left out would lose may come from them;
    where a bundle has several lines each of them takes an equal part, of as many parts as `sharing` says, or
    where they are `held`, none.
    """
    lines, duals, one = problem.bundle_lines, solution.price_duals, int(1 / problem.scales.bundle)
    worth, quantum = _gains(problem, duals)
    for p in np.flatnonzero(np.diff(lines.indptr)).tolist():
        own = slice(int(lines.indptr[p]), int(lines.indptr[p + 1]))
        pairs = [(int(i), int(d)) for i, d in zip(lines.index[own], lines.coefficient[own], strict=True) if d]
        if held and len(pairs) > 1:
            own_nodes = [i for i, _ in pairs]
            floor[own_nodes] = ceiling[own_nodes] = duals.node[own_nodes]
            continue
        gain = worth[p] + sum(d * int(duals.node[i]) for i, d in pairs) * quantum
        for i, d in pairs:
            part = abs(d) * quantum * sharing.get(p, len(pairs))
            loses = max(0, gain // part) if solution.bundle[p] > 0 else INF
            gains = max(0, -gain // part) if solution.bundle[p] < one else INF
            down, up = (loses, gains) if d > 0 else (gains, loses)
            now = int(duals.node[i])
            floor[i] = max(int(floor[i]), now - down if down < INF else -INF)
            ceiling[i] = min(int(ceiling[i]), now + up if up < INF else INF)


def _gains(problem: ClearingProblem, duals: Duals) -> tuple[list[int], int]:
    """V_p - sum_k h_kp mu_k of each bundle, and d pi of one quantum and one unit of a node's dual: both as
    whole numbers of a unit that all of them have in common."""
    scales, matrix = problem.scales, problem.bundle_coupling
    assert matrix is not None
    units = (
        scales.bundle_value,
        scales.bundle_coefficient * duals.row_scale,
        scales.quantity * duals.node_scale,
    )
    fine = lcm(*(unit.denominator for unit in units))
    value, charge, quantum = (int(unit * fine) for unit in units)
    worth = [int(v) * value for v in problem.bundle_value]
    mu = duals.row[matrix.row_of_entry()]
    at = np.flatnonzero(mu)
    entries = matrix.index[at].tolist(), matrix.coefficient[at].tolist(), mu[at].tolist()
    for bundle, h, price in zip(*entries, strict=True):
        worth[bundle] -= h * price * charge
    return worth, quantum
