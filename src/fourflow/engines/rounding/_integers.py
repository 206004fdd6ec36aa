"""The constraints of a problem in whole quanta, once the bundles are fixed.

Flows are integers, so a row's limit in the unit of its coefficients may be rounded inwards, and a
row divided by the greatest common divisor of its coefficients, without losing a flow.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor, lcm

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from fourflow.problem import INF, ClearingProblem

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
EXACT = 2.0**53
NONE = Fraction(0)
SHORT_OF_LIMIT = 1e-13
"""A row whose sums may pass 2^53 keeps this share of them free, so that float sums can be trusted."""


@dataclass(frozen=True)
class Integers:
    """tail, head : int64[num_arcs]; capacity, lower, upper : int64 (INF = none), less what bundles take.

    fixed : bool[num_arcs] flows in lots, which only their owner may change
    row_ptr, row_arc, row_g : the coupling rows (CSR); arc_ptr, arc_row, arc_g the same by arcs.
    Coefficients are floats with whole values; row_lower, row_upper : float64, inf = none.
    """

    tail: I64
    head: I64
    capacity: I64
    lower: I64
    upper: I64
    fixed: NDArray[np.bool_]
    row_ptr: I64
    row_arc: I64
    row_g: F64
    row_lower: F64
    row_upper: F64
    arc_ptr: I64
    arc_row: I64
    arc_g: F64


def integers(problem: ClearingProblem, bundle: I64, flow: F64, tolerance: Fraction = NONE) -> Integers:
    """The constraints left to the flows when the bundles are fixed; `flow` gives the size of sums.

    tolerance : by how much each row may be missed
    """
    lower, upper = _node_limits(problem, bundle, tolerance)
    row_lower, row_upper, g = _row_limits(problem, bundle, flow, tolerance)
    coupling, arcs = problem.coupling, problem.num_arcs
    row_arc = coupling.index.astype(np.int64)
    by_arc = csr_array(coo_array((np.arange(len(g)), (row_arc, coupling.row_of_entry())),
                                 shape=(arcs, problem.num_coupling)))  # fmt: skip
    return Integers(
        tail=problem.tail.astype(np.int64),
        head=problem.head.astype(np.int64),
        capacity=problem.capacity.astype(np.int64),
        lower=lower,
        upper=upper,
        fixed=np.zeros(arcs, np.bool_) if problem.step is None else problem.step > 1,
        row_ptr=coupling.indptr,
        row_arc=row_arc,
        row_g=g,
        row_lower=row_lower,
        row_upper=row_upper,
        arc_ptr=by_arc.indptr.astype(np.int64),
        arc_row=by_arc.indices.astype(np.int64),
        arc_g=g[by_arc.data],
    )


def _node_limits(problem: ClearingProblem, bundle: I64, tolerance: Fraction) -> tuple[I64, I64]:
    """l + d y rounded up and u + d y rounded down, where bundles have lines; else l and u."""
    lower, upper = problem.node_lower.astype(np.int64), problem.node_upper.astype(np.int64)
    if tolerance:
        room = floor(tolerance / problem.scales.quantity)
        lower = np.where(lower > -INF, np.maximum(lower, room - INF) - room, lower)
        upper = np.where(upper < INF, np.minimum(upper, INF - room) + room, upper)
    lines = problem.bundle_lines
    if not len(lines.index):
        return lower, upper
    shift: dict[int, int] = {}
    y = bundle[lines.row_of_entry()].tolist()
    for node, d, taken in zip(lines.index.tolist(), lines.coefficient.tolist(), y, strict=True):
        shift[node] = shift.get(node, 0) + int(d) * taken
    share = problem.scales.bundle
    for node, total in shift.items():
        moved = total * share.numerator
        if lower[node] > -INF:
            lower[node] += -((-moved) // share.denominator)
        if upper[node] < INF:
            upper[node] += moved // share.denominator
    return lower, upper


def _row_limits(
    problem: ClearingProblem, bundle: I64, flow: F64, tolerance: Fraction
) -> tuple[F64, F64, F64]:
    """Row limits and coefficients as whole floats, each row divided by its greatest common divisor."""
    coupling, num_rows = problem.coupling, problem.num_coupling
    divisor = np.zeros(num_rows, np.int64)
    row_of = coupling.row_of_entry()
    np.gcd.at(divisor, row_of, np.abs(coupling.coefficient))
    divisor = np.maximum(divisor, 1)
    lower, upper = exact_row_limits(problem, bundle, divisor, tolerance)
    g = (coupling.coefficient // divisor[row_of]).astype(np.float64)
    size = np.bincount(row_of, np.abs(g * flow[coupling.index]), num_rows)
    size = np.maximum(size, np.maximum(_finite(lower), _finite(upper)))
    spare = np.where(size * 4 > EXACT, size * SHORT_OF_LIMIT, 0.0)
    low = np.array([-np.inf if v is None else float(v) for v in lower]) + spare
    high = np.array([np.inf if v is None else float(v) for v in upper]) - spare
    return low, high, g


def _finite(limits: list[int | None]) -> F64:
    return np.array([0.0 if v is None else abs(float(v)) for v in limits])


def exact_row_limits(
    problem: ClearingProblem, bundle: I64, divisor: I64, tolerance: Fraction = NONE
) -> tuple[list[int | None], list[int | None]]:
    """Limits on sum_a (g / divisor) x as unlimited integers, rounded inwards; None = no limit.

    tolerance : by how much each row may be missed
    """
    scales, bundled = problem.scales, problem.bundle_coupling
    assert bundled is not None
    per_limit = scales.limit / (scales.coefficient * scales.quantity)
    per_bundle = scales.bundle_coefficient * scales.bundle / (scales.coefficient * scales.quantity)
    unit = lcm(per_limit.denominator, per_bundle.denominator)
    by_limit, by_bundle = int(per_limit * unit), int(per_bundle * unit)
    spare = floor(tolerance * unit / (scales.coefficient * scales.quantity))
    entries = np.flatnonzero(bundle[bundled.index])
    row, h = bundled.row_of_entry()[entries], bundled.coefficient[entries]
    used = [0] * problem.num_coupling
    for k, g, y in zip(row.tolist(), h.tolist(), bundle[bundled.index[entries]].tolist(), strict=True):
        used[k] += int(g) * y * by_bundle
    over = [unit * by for by in divisor.tolist()]
    low, high = problem.coupling_lower.tolist(), problem.coupling_upper.tolist()
    lower = [
        None if end <= -INF else -((taken - end * by_limit + spare) // by)
        for end, taken, by in zip(low, used, over, strict=True)
    ]
    upper = [
        None if end >= INF else (end * by_limit - taken + spare) // by
        for end, taken, by in zip(high, used, over, strict=True)
    ]
    return lower, upper
