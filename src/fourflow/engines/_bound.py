"""Caps and the bound of weak duality, in floats: what the engine claims; `proof` says what is so.

    sum_n max(l_n pi_n, u_n pi_n) + sum_k max(L_k mu_k, U_k mu_k) + sum_columns max(lo r, hi r)

with reduced value r = w - pi_head + pi_tail - sum_k g mu. Node duals are subtracted as integers, so
that only the products round.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fourflow.engines._model import F64, I64, as_float
from fourflow.problem import ClearingProblem, Duals, Sparse

Entries = dict[int, Fraction]
"""What a column takes of nodes (0..num_nodes-1) and rows (num_nodes + k), in money per dual of 1."""


MOST_ENDLESS = 1000
"""Columns without an end that gain at some duals, of which floats are not believed."""


@dataclass(frozen=True)
class Box:
    """Limits of every column (arcs, then bundles): quanta of flow, and y in [0, 1].  float64 each."""

    lower: F64
    upper: F64


def root_box(problem: ClearingProblem) -> Box:
    """0 and the caps: those given, or inferred from one row each."""
    caps = inferred_caps(problem)
    bundles = problem.num_bundles
    return Box(np.zeros(len(caps) + bundles), np.concatenate([caps, np.ones(bundles)]))


def inferred_caps(problem: ClearingProblem) -> F64:
    """The cap of every arc in quanta: its own, else what one row implies, else inf.  float64[num_arcs]

    From a tail without inflow and with a lower limit, a head without outflow and with an upper limit;
    where neither is, from a coupling row of one sign.
    """
    tail, head, nodes = problem.tail, problem.head, problem.num_nodes
    proper = tail != head
    caps = as_float(problem.capacity).copy()
    lines = problem.bundle_lines
    d, line_node = as_float(lines.coefficient), lines.index
    give = -as_float(problem.node_lower) + np.bincount(line_node, np.maximum(-d, 0), nodes)
    take = as_float(problem.node_upper) + np.bincount(line_node, np.maximum(d, 0), nodes)
    give[np.bincount(head[proper], minlength=nodes) > 0] = np.inf
    take[np.bincount(tail[proper], minlength=nodes) > 0] = np.inf
    arcs = np.flatnonzero(proper & np.isinf(caps))
    caps[arcs] = np.maximum(np.minimum(give[tail[arcs]], take[head[arcs]]), 0.0)
    if np.isinf(caps).any() and len(problem.coupling.index):
        _cap_by_coupling(problem, caps)
    return caps


def _cap_by_coupling(problem: ClearingProblem, caps: F64) -> None:
    """Cap the open arcs that stand in coupling rows of one sign (in place)."""
    coupling, scales = problem.coupling, problem.scales
    bundled = problem.bundle_coupling
    assert bundled is not None
    g, row = as_float(coupling.coefficient), coupling.row_of_entry()
    h, h_row = as_float(bundled.coefficient), bundled.row_of_entry()
    num_rows, is_open = problem.num_coupling, np.isinf(caps)
    limit = float(scales.limit / (scales.coefficient * scales.quantity))
    per_bundle = float(scales.bundle_coefficient / (scales.coefficient * scales.quantity))
    for sign, bound in ((1.0, as_float(problem.coupling_upper)), (-1.0, -as_float(problem.coupling_lower))):
        room = bound * limit + np.bincount(h_row, np.maximum(-sign * h, 0) * per_bundle, num_rows)
        one_sign = np.bincount(row[sign * g < 0], minlength=num_rows) == 0
        entries = np.flatnonzero((one_sign & np.isfinite(room))[row] & (g != 0) & is_open[coupling.index])
        given = room[row[entries]] / np.abs(g[entries])
        np.minimum.at(caps, coupling.index[entries], np.maximum(given, 0.0))


def times(limit: F64, price: F64) -> F64:
    """limit x price with 0 x inf = 0."""
    with np.errstate(invalid="ignore"):
        return np.where(price == 0, 0.0, limit * price)


def worst(lower: F64, upper: F64, price: F64) -> F64:
    """max(lower x price, upper x price), each with 0 x inf = 0."""
    return times(np.where(price > 0, upper, lower), price)


def transposed_product(matrix: Sparse, price: F64, num_columns: int) -> F64:
    """sum_k coefficient_kc price_k for every column c.  float64[num_columns]"""
    return np.bincount(
        matrix.index, as_float(matrix.coefficient) * price[matrix.row_of_entry()], num_columns
    ).astype(np.float64)


def node_ratio(problem: ClearingProblem, duals: Duals) -> int:
    """Units of node_scale in one unit of value."""
    ratio = problem.scales.value / duals.node_scale
    assert ratio.denominator == 1, "node duals are at least as fine as values"
    return int(ratio)


def row_charges(problem: ClearingProblem, row: I64 | F64, row_scale: Fraction, unit: Fraction) -> F64:
    """What the coupling rows charge one quantum on each arc, in `unit` of money per flow."""
    per = float(problem.scales.coefficient * row_scale / unit)
    return transposed_product(problem.coupling, np.asarray(row, np.float64), problem.num_arcs) * per


def reduced_values(problem: ClearingProblem, duals: Duals) -> tuple[F64, F64]:
    """Reduced value of every arc (node_scale units per flow) and bundle (money).  float64 each"""
    node = duals.node
    w = problem.value * node_ratio(problem, duals)
    arcs = (w - node[problem.head] + node[problem.tail]).astype(np.float64)
    arcs -= row_charges(problem, duals.row, duals.row_scale, duals.node_scale)
    scales, lines, bundled = problem.scales, problem.bundle_lines, problem.bundle_coupling
    assert bundled is not None
    bundles = as_float(problem.bundle_value) * float(scales.bundle_value)
    earned = as_float(lines.coefficient) * np.asarray(node, np.float64)[lines.index]
    bundles += np.bincount(lines.row_of_entry(), earned, len(bundles)) * float(
        scales.quantity * duals.node_scale
    )
    charged = transposed_product(bundled, np.asarray(duals.row, np.float64), len(bundles))
    return arcs, bundles - charged * float(scales.bundle_coefficient * duals.row_scale)


def entries_of(problem: ClearingProblem, arcs: I64) -> list[Entries]:
    """The exact column of each arc, in their order."""
    found: dict[int, Entries] = {arc: {} for arc in arcs.tolist()}
    coupling, per = problem.coupling, problem.scales.coefficient
    wanted = np.zeros(problem.num_arcs, np.bool_)
    wanted[arcs] = True
    at = np.flatnonzero(wanted[coupling.index])
    row = coupling.row_of_entry()[at].tolist()
    for arc, k, g in zip(coupling.index[at].tolist(), row, coupling.coefficient[at].tolist(), strict=True):
        if g:
            found[arc][problem.num_nodes + k] = int(g) * per
    for arc in arcs.tolist():
        tail, head = int(problem.tail[arc]), int(problem.head[arc])
        if tail != head:
            found[arc][head], found[arc][tail] = Fraction(1), Fraction(-1)
    return list(found.values())


def _exactly(problem: ClearingProblem, duals: Duals, arcs: I64) -> F64:
    """The reduced values of some arcs, each rounded but once, so that 0 is 0."""
    nodes, found = problem.num_nodes, []
    for arc, entries in zip(arcs.tolist(), entries_of(problem, arcs), strict=True):
        charged = sum(
            a
            * (
                int(duals.node[at]) * duals.node_scale
                if at < nodes
                else int(duals.row[at - nodes]) * duals.row_scale
            )
            for at, a in entries.items()
        )
        found.append(float((int(problem.value[arc]) * problem.scales.value - charged) / duals.node_scale))
    return np.array(found)


def bound_of(problem: ClearingProblem, duals: Duals, box: Box) -> float:
    """The bound in money (without the offset) over the columns' box; inf where it proves nothing."""
    scales = problem.scales
    arcs, bundles = reduced_values(problem, duals)
    node = np.asarray(duals.node, np.float64)
    row = np.asarray(duals.row, np.float64)
    num_arcs = problem.num_arcs
    endless = np.flatnonzero(np.isinf(box.upper[:num_arcs]) & (arcs > 0))
    if 0 < len(endless) <= MOST_ENDLESS:
        arcs[endless] = _exactly(problem, duals, endless)
    per_node = float(scales.quantity * duals.node_scale)
    flows = worst(as_float(problem.node_lower), as_float(problem.node_upper), node).sum()
    flows += worst(box.lower[:num_arcs], box.upper[:num_arcs], arcs).sum()
    limits = worst(as_float(problem.coupling_lower), as_float(problem.coupling_upper), row).sum()
    bundled = worst(box.lower[num_arcs:], box.upper[num_arcs:], bundles).sum()
    return float(flows * per_node + limits * float(scales.limit * duals.row_scale) + bundled)
