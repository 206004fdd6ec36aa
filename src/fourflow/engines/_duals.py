"""Float duals of a solver -> integer Duals whose bound is as good as floats allow.

Order of work: coupling rows are rounded and clipped; hubs are rounded, clipped and, where an arc has
no cap, raised by a shortest-path closure until its reduced value is at most 0 exactly; the duals of
single-arc nodes, which no LP row gave, are then the best there are, one by one.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fourflow.engines._bound import Box, row_charges, worst
from fourflow.engines._model import F64, I64, Model, as_float, node_price_unit, row_price_unit
from fourflow.problem import ClearingProblem, Duals

LARGEST = 2.0**50
"""Duals beyond it, in their own scale, would hold digits that floats do not have."""
NEAR = 1e-3
"""How near a float dual comes to a whole number of units, in units, to be taken for that number."""
ROUND_NUMBERS = 10**6
"""Row duals are looked for among the millionths of a unit of value per unit of the row."""
FINEST = 18
LOOP_ROUNDS = 20
NOISE = 1e-12


def round_duals(problem: ClearingProblem, model: Model, row_dual: F64, box: Box) -> Duals:
    """Integer duals for the LP duals `row_dual` (max sense) over the columns' `box`."""
    kept = model.kept
    prices = _charge_caps(problem, model, row_dual) * row_price_unit(problem, model)
    node = np.zeros(problem.num_nodes)
    node[kept] = row_dual[: len(kept)] * node_price_unit(problem, model)
    return round_prices(problem, node, prices, kept, box)


def _charge_caps(problem: ClearingProblem, model: Model, row_dual: F64) -> F64:
    """The duals of the coupling rows in LP units, with those of caps that stand for a row added to it."""
    duals = row_dual[len(model.kept) :].copy()
    capped = np.flatnonzero(model.capped_by >= 0)
    if not len(capped):
        return duals
    reduced = (model.cost - model.matrix.T @ row_dual)[capped]
    reduced[reduced < NOISE * np.abs(model.cost[capped]).max()] = 0.0
    coupling = problem.coupling
    row = coupling.row_of_entry()
    here = model.capped_by[coupling.index] == row
    g = np.zeros(problem.num_arcs)
    share = model.column_unit[coupling.index] / (model.flow_unit * model.row_unit[row])
    g[coupling.index[here]] = (as_float(coupling.coefficient) * share)[here]
    most = np.zeros(len(duals))
    np.maximum.at(most, model.capped_by[capped], reduced / g[capped])
    return duals + most


def round_prices(problem: ClearingProblem, node: F64, row: F64, kept: I64, box: Box) -> Duals:
    """Integer duals for float duals in money; only the `kept` nodes are taken as given."""
    row_scale = row_scale_for(problem, row)
    row_unit = Fraction(problem.scales.value / problem.scales.coefficient) / ROUND_NUMBERS
    mu = _snapped(row, row_scale, row_unit)
    mu = _clip(mu, problem.coupling_lower, problem.coupling_upper)
    node_scale = node_scale_for(problem, node, bool(mu.any()) or problem.num_bundles > 0)
    pi = np.zeros(problem.num_nodes, np.int64)
    pi[kept] = _snapped(node[kept], node_scale, Fraction(problem.scales.value))
    return finish(problem, pi, mu, node_scale, row_scale, kept, box)


def finish(
    problem: ClearingProblem, pi: I64, mu: I64, node_scale: Fraction, row_scale: Fraction, kept: I64, box: Box
) -> Duals:
    """Duals whose rows and `kept` nodes are given in integers: clipped, closed, and the other nodes best."""
    pi = _clip(pi, problem.node_lower, problem.node_upper)
    ratio = int(problem.scales.value / node_scale)
    _charge_loops(problem, mu, ratio, row_scale / node_scale * problem.scales.coefficient, box)
    charge = row_charges(problem, mu, row_scale, node_scale)
    _close(problem, pi, ratio, charge, mu, row_scale, node_scale, box)
    _finish_single(problem, pi, ratio, charge, kept, box)
    return Duals(pi, mu, node_scale, row_scale)


def _snapped(values: F64, scale: Fraction, unit: Fraction) -> I64:
    """Values in integers of `scale`; those NEAR a whole number of `unit` are that number.

    Duals of decimal data are mostly decimals themselves, and exact ones cancel where rounded ones leave a
    trace: a market in which nothing is worth doing is then proved to be worth exactly 0.
    """
    fine = _rounded(values / float(scale))
    if unit <= scale or not len(fine):
        return fine
    ratio = int(unit / scale)
    snapped = _rounded(values / float(unit)) * ratio
    return np.where(np.abs(fine - snapped) <= NEAR * ratio, snapped, fine)


def _rounded(values: F64) -> I64:
    return np.rint(np.clip(values, -(2.0**62), 2.0**62)).astype(np.int64)


def _clip(dual: I64, lower: I64 | F64, upper: I64 | F64) -> I64:
    """l = -inf asks dual >= 0, u = inf asks dual <= 0."""
    dual = np.where(np.isneginf(as_float(lower)), np.maximum(dual, 0), dual)
    return np.where(np.isposinf(as_float(upper)), np.minimum(dual, 0), dual)


def row_scale_for(problem: ClearingProblem, row: F64) -> Fraction:
    """The finest power of ten below value / coefficient in which the row duals stay under 2^50."""
    base = Fraction(problem.scales.value / problem.scales.coefficient)
    largest = float(np.abs(row).max(initial=0.0))
    if largest == 0.0 or not np.isfinite(largest):
        return base
    return base / Fraction(10) ** min(int(np.floor(np.log10(LARGEST * float(base) / largest))), FINEST)


def node_scale_for(problem: ClearingProblem, node: F64, finer: bool) -> Fraction:
    """The value scale itself where prices are sums of values; finer where rows or bundles enter."""
    base = Fraction(problem.scales.value)
    if not finer:
        return base
    largest = max(float(np.abs(node).max(initial=0.0)) / float(base), 1.0)
    values = float(np.abs(as_float(problem.value)).max(initial=1.0))
    # Values in this scale are added to charges in floats, so they too must fit a float exactly.
    digits = int(np.floor(np.log10(LARGEST / max(largest, values))))
    return base / Fraction(10) ** min(max(digits, 0), FINEST)


def _close(
    problem: ClearingProblem, pi: I64, ratio: int, charge: F64, mu: I64,
    row_scale: Fraction, node_scale: Fraction, box: Box,
) -> None:  # fmt: skip
    """Raise node duals (in place) until no arc without a cap has a reduced value above 0.

    Bellman and Ford over those arcs with lengths ceil(w - charge); exact integers.
    """
    arcs = np.flatnonzero(np.isinf(box.upper[: problem.num_arcs]) & (problem.tail != problem.head))
    if not len(arcs):
        return
    tail, head = problem.tail[arcs], problem.head[arcs]
    length = problem.value[arcs] * ratio
    if charge[arcs].any():
        length = length - _exact_charges(problem, arcs, mu, row_scale / node_scale)
    for _ in range(problem.num_nodes):
        least = pi[tail] + length
        if not (least > pi[head]).any():
            return
        np.maximum.at(pi, head, least)


def _charge_loops(problem: ClearingProblem, mu: I64, ratio: int, per: Fraction, box: Box) -> None:
    """Move row duals (in place) by a few units until no loop without a cap has a reduced value above 0.

    A loop has no node to raise; its row with the largest coefficient is charged instead. Noise of floats
    is all there is to mend, so a few rounds do; what is left over, the bound will show.
    """
    loops = np.flatnonzero(np.isinf(box.upper[: problem.num_arcs]) & (problem.tail == problem.head))
    if not len(loops):
        return
    entries = _entries_of(problem, loops)
    lower, upper = as_float(problem.coupling_lower), as_float(problem.coupling_upper)
    for _ in range(LOOP_ROUNDS):
        charged = False
        for arc in loops.tolist():
            rows = entries[arc]
            missing = int(problem.value[arc]) * ratio - sum(g * int(mu[k]) for k, g in rows) * per
            if missing <= 0:
                continue
            for k, g in sorted(rows, key=lambda entry: -abs(entry[1])):
                units = -int(-missing // (per * abs(g))) if g else 0
                moved = int(mu[k]) + (units if g > 0 else -units)
                if units and (np.isfinite(upper[k]) or moved <= 0) and (np.isfinite(lower[k]) or moved >= 0):
                    mu[k], charged = moved, True
                    break
        if not charged:
            return


def _entries_of(problem: ClearingProblem, arcs: I64) -> dict[int, list[tuple[int, int]]]:
    """(row, g) of some arcs."""
    coupling = problem.coupling
    wanted = np.zeros(problem.num_arcs, np.bool_)
    wanted[arcs] = True
    at = np.flatnonzero(wanted[coupling.index])
    found: dict[int, list[tuple[int, int]]] = {arc: [] for arc in arcs.tolist()}
    row = coupling.row_of_entry()[at].tolist()
    for arc, k, g in zip(coupling.index[at].tolist(), row, coupling.coefficient[at].tolist(), strict=True):
        found[arc].append((k, int(g)))
    return found


def _exact_charges(problem: ClearingProblem, arcs: I64, mu: I64, per: Fraction) -> I64:
    """floor(sum_k g mu) of some arcs in units of the node duals, in unlimited integers.

    What no dual could offset is cut to 2^61: the bound then shows what is left over.
    """
    factor = per * problem.scales.coefficient
    totals = [sum(g * int(mu[k]) for k, g in rows) for rows in _entries_of(problem, arcs).values()]
    charges = [(t * factor.numerator) // factor.denominator for t in totals]
    return np.array([min(max(charge, -(2**61)), 2**61) for charge in charges], np.int64)


def _finish_single(problem: ClearingProblem, pi: I64, ratio: int, charge: F64, kept: I64, box: Box) -> None:
    """Give every single-arc node (in place) the dual that makes the bound least: 0 or all there is."""
    single = np.ones(problem.num_nodes, np.bool_)
    single[kept] = False
    proper = problem.tail != problem.head
    lower, upper = as_float(problem.node_lower), as_float(problem.node_upper)
    for node, sign in ((problem.head, 1), (problem.tail, -1)):
        arcs = np.flatnonzero(proper & single[node])
        at = node[arcs]
        exact = problem.value[arcs] * ratio - pi[problem.head[arcs]] + pi[problem.tail[arcs]]
        reduced = exact - np.rint(charge[arcs]).astype(np.int64)
        low, high = box.lower[arcs], box.upper[arcs]
        whole = (sign * reduced).astype(np.float64)
        kept_there = worst(lower[at], upper[at], whole)
        left_on_arc = worst(low, high, reduced.astype(np.float64))
        if sign == 1:  # the tail, whose turn comes next, may bear it more cheaply
            tail = problem.tail[arcs]
            by_tail = worst(lower[tail], upper[tail], -whole)
            left_on_arc = np.where(single[tail], np.minimum(left_on_arc, by_tail), left_on_arc)
        pi[at] = np.where(kept_there <= left_on_arc, sign * reduced, 0)
