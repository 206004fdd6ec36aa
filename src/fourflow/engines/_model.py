"""A ClearingProblem as a float LP that HiGHS takes by arrays, and the way back.

Two things are done that HiGHS would need a presolve for: a node with a single arc is not a row but
a bound of that arc (100,000 offers at hubs are 100,000 such nodes), and every quantity and value is
divided by a unit of its own, so that tolerances of 1e-7 mean a tenth of a quantum rather than nothing.
Columns are the arcs, then the bundles. Rows are the nodes that are left, then the coupling rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array

from fourflow.problem import INF, ClearingProblem

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Model:
    """maximise cost.x subject to row_lower <= A x <= row_upper, lower <= x <= upper, in LP units.

    kept : int64[num_kept] nodes that are rows; the coupling rows come after them.
    flow_unit, value_unit : stored quanta of flow, stored units of value, per LP unit
    row_unit : float64[num_coupling] divisor of each coupling row beside flow_unit
    column_unit : float64[num_columns] quanta per LP unit of each column (1 for bundles)
    whole : bool[num_columns] columns that must be whole in their own unit
    capped_by : int64[num_arcs] the coupling row that gives `upper` of an arc, -1 if none does
    """

    cost: F64
    lower: F64
    upper: F64
    matrix: csc_array
    row_lower: F64
    row_upper: F64
    kept: I64
    flow_unit: float
    value_unit: float
    row_unit: F64
    column_unit: F64
    whole: NDArray[np.bool_]
    capped_by: I64

    @property
    def num_columns(self) -> int:
        return len(self.cost)


def shared_unit(units: Iterable[Fraction]) -> Fraction:
    """The largest amount of which each unit is a whole multiple."""
    units = list(units)
    return Fraction(math.gcd(*(u.numerator for u in units)), math.lcm(*(u.denominator for u in units)))


def as_float(limits: NDArray[np.int64] | F64) -> F64:
    """Stored limits as floats, with INF as infinity.  float64, same shape."""
    result = np.asarray(limits, np.float64)
    if limits.dtype.kind == "f":
        return result
    result[limits == INF] = np.inf
    result[limits <= -INF] = -np.inf
    return result


def gate_rows(problem: ClearingProblem) -> NDArray[np.bool_]:
    """bool[num_coupling]: rows of one arc and one bundle: the arc flows as far as the bundle is on."""
    bundled = problem.bundle_coupling
    assert bundled is not None
    gates: NDArray[np.bool_] = (np.diff(problem.coupling.indptr) == 1) & (np.diff(bundled.indptr) == 1)
    return gates


def build(problem: ClearingProblem, keep_all: bool = False) -> Model:
    """The LP of a problem, whole decisions included as flags. `keep_all` makes every node a row."""
    flow_unit, value_unit = _units(problem)
    column_unit = _column_units(problem, flow_unit)
    degree = np.full(problem.num_nodes, 2.0) if keep_all else _degrees(problem)
    lower, upper = _column_bounds(problem, degree)
    capped_by = _cap_by_coupling(problem, upper)
    unmet = (as_float(problem.node_lower) > 0) | (as_float(problem.node_upper) < 0)
    kept = np.flatnonzero((degree > 1) | ((degree == 0) & unmet))
    matrix, row_unit, row_lower, row_upper = _rows(problem, kept, column_unit, flow_unit)
    return Model(
        cost=_costs(problem, column_unit, flow_unit, value_unit),
        lower=lower / column_unit,
        upper=upper / column_unit,
        matrix=matrix,
        row_lower=row_lower,
        row_upper=row_upper,
        kept=kept,
        flow_unit=flow_unit,
        value_unit=value_unit,
        row_unit=row_unit,
        column_unit=column_unit,
        whole=_whole(problem),
        capped_by=capped_by,
    )


def _whole(problem: ClearingProblem) -> NDArray[np.bool_]:
    arcs = np.zeros(problem.num_arcs, np.bool_) if problem.step is None else problem.step > 1
    return np.concatenate([arcs, problem.bundle_whole])


def _units(problem: ClearingProblem) -> tuple[float, float]:
    """Powers of two near a hundredth of the typical limit, and near the typical value.

    A node that serves bundles is as large as what they take there, whatever slack it has besides, and a
    bundle's value counts per unit of what it takes most of.
    """
    scales, lines = problem.scales, problem.bundle_lines
    taken = np.abs(as_float(lines.coefficient))
    served = np.zeros(problem.num_nodes, np.bool_)
    served[lines.index] = True
    ends = np.concatenate([as_float(problem.node_lower)[~served], as_float(problem.node_upper)[~served]])
    limits = np.abs(np.concatenate([ends, as_float(problem.capacity), taken]))
    limits = limits[np.isfinite(limits) & (limits > 0)]
    most = np.zeros(problem.num_bundles)
    np.maximum.at(most, lines.row_of_entry(), taken)
    ratio = float(scales.bundle_value / (scales.value * scales.quantity))
    worth = np.abs(as_float(problem.bundle_value[most > 0])) * ratio / most[most > 0]
    values = np.concatenate([np.abs(as_float(problem.value)), worth])
    return _near(limits, 100.0), _near(values[values > 0], 10.0)


def _near(sizes: F64, target: float) -> float:
    if not len(sizes):
        return 1.0
    return float(2.0 ** np.round(np.log2(np.median(sizes) / target)))


def _column_units(problem: ClearingProblem, flow_unit: float) -> F64:
    arcs = np.full(problem.num_arcs, flow_unit)
    if problem.step is not None:
        arcs = np.where(problem.step > 1, problem.step, arcs)
    return np.concatenate([arcs, np.ones(problem.num_bundles)])


def _degrees(problem: ClearingProblem) -> F64:
    """How many columns a node sees. Loops are not seen; whole columns count twice, so that their nodes
    stay rows: a split of a proof tree that such a node makes impossible then has a ray to show for it."""
    size = problem.num_nodes
    count = (problem.tail != problem.head) * (1.0 + _whole(problem)[: problem.num_arcs])
    arcs = np.bincount(problem.tail, count, size) + np.bincount(problem.head, count, size)
    return np.asarray(arcs + 2 * np.bincount(problem.bundle_lines.index, minlength=size))


def _column_bounds(problem: ClearingProblem, degree: F64) -> tuple[F64, F64]:
    """Bounds of the columns in quanta, with the limits of single-arc nodes taken in."""
    lower, upper = np.zeros(problem.num_arcs), as_float(problem.capacity).copy()
    node_lower, node_upper = as_float(problem.node_lower), as_float(problem.node_upper)
    proper = problem.tail != problem.head
    for node, low, high in (
        (problem.head, node_lower, node_upper),
        (problem.tail, -node_upper, -node_lower),
    ):
        arcs = np.flatnonzero(proper & (degree[node] == 1))
        lower[arcs] = np.maximum(lower[arcs], low[node[arcs]])
        upper[arcs] = np.minimum(upper[arcs], high[node[arcs]])
    bundles = problem.num_bundles
    return np.concatenate([lower, np.zeros(bundles)]), np.concatenate([upper, np.ones(bundles)])


def _cap_by_coupling(problem: ClearingProblem, upper: F64) -> I64:
    """Lower the caps of arcs (in place) to what a coupling row of one sign leaves for one arc alone.

    Nothing is lost by it, and the simplex takes far longer steps between tight bounds. Where a dual ends
    up on such a cap, `_duals` moves it to the row. Returns the row of each arc so capped, else -1.
    """
    coupling, scales, bundled = problem.coupling, problem.scales, problem.bundle_coupling
    assert bundled is not None
    capped_by = np.full(problem.num_arcs, -1, np.int64)
    if not len(coupling.index):
        return capped_by
    g, row = as_float(coupling.coefficient), coupling.row_of_entry()
    num_rows = problem.num_coupling
    mixed = np.bincount(row[g < 0], minlength=num_rows) + np.diff(bundled.indptr) > 0
    per_limit = float(scales.limit / (scales.coefficient * scales.quantity))
    room = np.where(mixed, np.inf, as_float(problem.coupling_upper) * per_limit)
    entries = np.flatnonzero(np.isfinite(room)[row] & (g > 0) & ~_whole(problem)[coupling.index])
    arcs, given = coupling.index[entries], np.maximum(room[row[entries]] / g[entries], 0.0)
    least = upper[: problem.num_arcs].copy()
    np.minimum.at(least, arcs, given)
    binding = given <= least[arcs]
    binding &= given < upper[arcs]
    capped_by[arcs[binding]] = row[entries][binding]
    upper[: problem.num_arcs] = least
    return capped_by


def _costs(problem: ClearingProblem, column_unit: F64, flow_unit: float, value_unit: float) -> F64:
    scales = problem.scales
    ratio = float(scales.bundle_value / (scales.value * scales.quantity))
    arcs = as_float(problem.value) * (column_unit[: problem.num_arcs] / flow_unit) / value_unit
    return np.concatenate([arcs, as_float(problem.bundle_value) * (ratio / (flow_unit * value_unit))])


def _rows(
    problem: ClearingProblem, kept: I64, column_unit: F64, flow_unit: float
) -> tuple[csc_array, F64, F64, F64]:
    """Node rows in units of flow; coupling rows divided by their largest coefficient."""
    scales, arcs = problem.scales, problem.num_arcs
    coupling, bundled = problem.coupling, problem.bundle_coupling
    assert bundled is not None
    row_of, bundle_row_of = coupling.row_of_entry(), bundled.row_of_entry()
    g = as_float(coupling.coefficient)
    row_unit = np.ones(problem.num_coupling)
    np.maximum.at(row_unit, row_of, np.abs(g))
    per_limit = float(scales.limit / (scales.coefficient * scales.quantity)) / (row_unit * flow_unit)
    per_bundle = float(scales.bundle_coefficient / (scales.coefficient * scales.quantity))
    proper = np.flatnonzero(problem.tail != problem.head)
    lines = problem.bundle_lines
    position = np.full(problem.num_nodes, -1, np.int64)
    position[kept] = np.arange(len(kept))
    rows = [
        position[problem.head[proper]], position[problem.tail[proper]], position[lines.index],
        row_of + len(kept), bundle_row_of + len(kept),
    ]  # fmt: skip
    columns = [
        proper, proper, lines.row_of_entry() + arcs,
        coupling.index.astype(np.int64), bundled.index.astype(np.int64) + arcs,
    ]  # fmt: skip
    share = column_unit[:arcs] / flow_unit
    entries = [
        share[proper], -share[proper], -as_float(lines.coefficient) / flow_unit,
        g * share[columns[3]] / row_unit[row_of],
        as_float(bundled.coefficient) * per_bundle / (row_unit * flow_unit)[bundle_row_of],
    ]  # fmt: skip
    row, column, entry = np.concatenate(rows), np.concatenate(columns), np.concatenate(entries)
    seen = row >= 0
    shape = (len(kept) + problem.num_coupling, arcs + problem.num_bundles)
    matrix = csc_array(coo_array((entry[seen], (row[seen], column[seen])), shape=shape))
    lower = [_node_lower(problem)[kept] / flow_unit, as_float(problem.coupling_lower) * per_limit]
    upper = [as_float(problem.node_upper)[kept] / flow_unit, as_float(problem.coupling_upper) * per_limit]
    return matrix, row_unit, np.concatenate(lower), np.concatenate(upper)


def _node_lower(problem: ClearingProblem) -> F64:
    """Lower limits of nodes. Where a bundle of any size gives, up to a step of its size more is room that
    only rounding needs: a program that used it would have to give it back."""
    lower, lines = as_float(problem.node_lower).copy(), problem.bundle_lines
    gives = (lines.coefficient < 0) & ~problem.bundle_whole[lines.row_of_entry()]
    node, step = lines.index[gives], as_float(-lines.coefficient[gives]) * float(problem.scales.bundle)
    lower[node[(lower[node] < 0.0) & (lower[node] >= -np.ceil(step))]] = 0.0
    return lower


def row_price_unit(problem: ClearingProblem, model: Model) -> F64:
    """Money per unit of each coupling row's measure that an LP dual of 1 stands for."""
    return model.value_unit * float(problem.scales.value / problem.scales.coefficient) / model.row_unit


def node_price_unit(problem: ClearingProblem, model: Model) -> float:
    """Money per unit of flow that an LP dual of 1 stands for."""
    return model.value_unit * float(Fraction(problem.scales.value))
