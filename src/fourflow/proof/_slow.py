"""The obvious version, in Python integers: any size, any number. The kernels must agree with it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.problem import Sparse
from fourflow.proof._exact import Exact, ExactDuals, Ints, Number, common_unit, limits


@dataclass(frozen=True)
class Box:
    """What a column may be at one place of a proof tree.

    arc_lower, arc_upper : [num_arcs] (upper may be infinite); bundle_lower, bundle_upper : 0 or 1.
    """

    arc_lower: Ints
    arc_upper: Ints
    bundle_lower: Ints
    bundle_upper: Ints


@dataclass(frozen=True)
class Primal:
    """The objective without its offset, and by how much a row or a column is missed, in real units."""

    objective: Fraction
    row_violation: Fraction
    column_violation: Fraction


def check_slow(exact: Exact, flow: Ints, bundle: NDArray[np.int64]) -> Primal:
    """Recompute the objective and every row and column of the problem at this point."""
    flows, bundles = flow.tolist(), bundle.tolist()
    objective = _dot(exact.value, flows) * exact.value_scale * exact.quantity_scale
    objective += _dot(exact.bundle_value, bundles) * exact.bundle_value_scale * exact.bundle_scale
    columns = max(_arc_violation(exact, flows), bundle_violation(exact, bundles))
    rows = max(_node_violation(exact, flows, bundles), _coupling_violation(exact, flows, bundles))
    return Primal(objective, rows, columns)


def _arc_violation(exact: Exact, flows: list[int]) -> Fraction:
    worst = 0
    for x, cap, step in zip(flows, limits(exact.capacity), exact.step.tolist(), strict=True):
        off_step = min(x % step, -x % step) if step else 0
        worst = max(worst, -x, off_step, x - cap if cap != math.inf else 0)
    return worst * exact.quantity_scale


def bundle_violation(exact: Exact, bundles: list[int]) -> Fraction:
    """How far a bundle is outside [0, 1], or from 0 and 1 if it must be whole."""
    one = int(1 / exact.bundle_scale)
    worst = 0
    for y, whole in zip(bundles, exact.bundle_whole.tolist(), strict=True):
        worst = max(worst, -y, y - one, min(abs(y), abs(y - one)) if whole else 0)
    return worst * exact.bundle_scale


def _node_violation(exact: Exact, flows: list[int], bundles: list[int]) -> Fraction:
    unit, activity, factor = node_activity(exact, flows, bundles)
    return worst_miss(activity, limits(exact.node_lower), limits(exact.node_upper), factor) * unit


def node_activity(exact: Exact, flows: list[int], bundles: list[int]) -> tuple[Fraction, list[int], int]:
    """inflow - outflow - sum_p d y of every node, its unit, and how many of it one limit's quantum is."""
    unit, (net_factor, line_factor) = common_unit(
        exact.quantity_scale, exact.quantity_scale * exact.bundle_scale
    )
    activity = [0] * len(exact.node_lower)
    for tail, head, x in zip(exact.tail.tolist(), exact.head.tolist(), flows, strict=True):
        activity[tail] -= x * net_factor
        activity[head] += x * net_factor
    for bundle, node, d in _entries(exact.lines):
        activity[node] -= d * bundles[bundle] * line_factor
    return unit, activity, net_factor


def _coupling_violation(exact: Exact, flows: list[int], bundles: list[int]) -> Fraction:
    unit, activity, factor = coupling_activity(exact, flows, bundles)
    return worst_miss(activity, limits(exact.row_lower), limits(exact.row_upper), factor) * unit


def coupling_activity(exact: Exact, flows: list[int], bundles: list[int]) -> tuple[Fraction, list[int], int]:
    """sum g x + sum h y of every row, its unit, and how many of it one quantum of the limits is."""
    unit, (arc_factor, bundle_factor, limit_factor) = common_unit(
        exact.coefficient_scale * exact.quantity_scale,
        exact.bundle_coefficient_scale * exact.bundle_scale,
        exact.limit_scale,
    )
    activity = [0] * len(exact.row_lower)
    for row, arc, g in _entries(exact.coupling):
        activity[row] += g * flows[arc] * arc_factor
    for row, bundle, h in _entries(exact.bundle_coupling):
        activity[row] += h * bundles[bundle] * bundle_factor
    return unit, activity, limit_factor


def worst_miss(activity: list[int], lower: list[Number], upper: list[Number], factor: int) -> int:
    """The largest amount by which an activity lies outside its limits times `factor`, at least 0."""
    worst = 0
    for value, low, high in zip(activity, lower, upper, strict=True):
        if low != -math.inf:
            worst = max(worst, low * factor - value)
        if high != math.inf:
            worst = max(worst, value - high * factor)
    return worst


def bound_slow(exact: Exact, duals: ExactDuals, box: Box, with_value: bool = True) -> Fraction | float:
    """The weak-duality bound of DESIGN section 3 within the box, without the offset; inf if none holds.

    With with_value False the bound is of the problem with w = V = 0: below 0, nothing is feasible.
    """
    arc_unit, arc_values = reduced_arc_values(exact, duals, with_value)
    bundle_unit, bundle_values = reduced_bundle_values(exact, duals, with_value)
    nodes = sum(best(limits(exact.node_lower), limits(exact.node_upper), duals.node.tolist()))
    rows = sum(best(limits(exact.row_lower), limits(exact.row_upper), duals.row.tolist()))
    arcs = sum(best(box.arc_lower.tolist(), limits(box.arc_upper), arc_values))
    bundles = sum(best(box.bundle_lower.tolist(), box.bundle_upper.tolist(), bundle_values))
    if math.inf in (nodes, rows, arcs):
        return math.inf
    return (
        nodes * exact.quantity_scale * duals.node_scale
        + rows * exact.limit_scale * duals.row_scale
        + arcs * exact.quantity_scale * arc_unit
        + bundles * bundle_unit
    )


def best(lower: list[Number], upper: list[Number], price: list[int]) -> list[Number]:
    """max(lower * price, upper * price) one by one, where 0 times infinity is 0."""
    return [
        0 if p == 0 else (high if p > 0 else low) * p
        for low, high, p in zip(lower, upper, price, strict=True)
    ]


def reduced_arc_values(exact: Exact, duals: ExactDuals, with_value: bool) -> tuple[Fraction, list[int]]:
    """w - pi_head + pi_tail - sum_k g mu of every arc, as integers of one unit of value per flow."""
    unit, (value_factor, node_factor, row_factor) = common_unit(
        exact.value_scale, duals.node_scale, exact.coefficient_scale * duals.row_scale
    )
    pi, mu = duals.node.tolist(), duals.row.tolist()
    reduced = [w * value_factor for w in exact.value.tolist()] if with_value else [0] * exact.num_arcs
    for arc, (tail, head) in enumerate(zip(exact.tail.tolist(), exact.head.tolist(), strict=True)):
        reduced[arc] += (pi[tail] - pi[head]) * node_factor
    for row, arc, g in _entries(exact.coupling):
        reduced[arc] -= g * mu[row] * row_factor
    return unit, reduced


def reduced_bundle_values(exact: Exact, duals: ExactDuals, with_value: bool) -> tuple[Fraction, list[int]]:
    """V + sum_n d pi - sum_k h mu of every bundle, as integers of one unit of value."""
    unit, (value_factor, line_factor, row_factor) = common_unit(
        exact.bundle_value_scale,
        exact.quantity_scale * duals.node_scale,
        exact.bundle_coefficient_scale * duals.row_scale,
    )
    pi, mu = duals.node.tolist(), duals.row.tolist()
    reduced = [v * value_factor if with_value else 0 for v in exact.bundle_value.tolist()]
    for bundle, node, d in _entries(exact.lines):
        reduced[bundle] += d * pi[node] * line_factor
    for row, bundle, h in _entries(exact.bundle_coupling):
        reduced[bundle] -= h * mu[row] * row_factor
    return unit, reduced


def _entries(matrix: Sparse) -> Any:
    """(row, column, coefficient) of every entry, in Python integers."""
    rows = matrix.row_of_entry().tolist()
    return zip(rows, matrix.index.tolist(), matrix.coefficient.tolist(), strict=True)


def _dot(array: Ints, numbers: list[int]) -> int:
    return sum(a * b for a, b in zip(array.tolist(), numbers, strict=True))
