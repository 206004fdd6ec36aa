"""The kernels' version of `_slow`, taken where a proof in advance says that nothing can overflow.

What is proved, with max over absolute values and Python integers on both sides of each comparison:

* one row or column of products, at most n of them:   n * max|g| * max|price|               < 2^127
* a reduced value:  max|w| A + 2 max|pi| B + max|lines| C + max|rows| D                      < 2^127
* a total of n terms:  n * max|term|                                                         < 2^191
* node balances:  sum |x| < 2^62, each number < 2^62
* a difference of two node duals: max|pi| < 2^62

Where one fails the answer is None, and `_slow` is asked.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from fourflow.problem import INF, Sparse
from fourflow.proof._exact import FITS, Exact, ExactDuals, Ints, common_unit, limits
from fourflow.proof._kernels import add_products, columns_bound, limits_bound, read_flows
from fourflow.proof._slow import Box, Primal, bundle_violation, worst_miss

TWO_LIMBS = 2**127
THREE_LIMBS = 2**191
MOST_FACTOR = 2**63
MANY = 500_000
"""From this many columns, or entries, on a second thread pays."""
NO_COLUMNS = np.zeros(0, np.uint32)
NO_LIMBS = np.zeros((0, 2), np.uint64)

Limbs = NDArray[np.uint64]
T = TypeVar("T")


def largest(array: Ints) -> int:
    """max |x|, where the numbers that mean no limit do not count."""
    if not len(array):
        return 0
    top, bottom = int(array.max()), int(array.min())
    if top >= INF or bottom <= -INF:
        finite = array[(array < INF) & (array > -INF)]
        return largest(finite)
    return max(abs(top), abs(bottom))


def _products(matrix: Sparse, price: Ints, by_row: bool, size: int) -> tuple[Limbs, int] | None:
    """coefficient * price summed by row or by column, as limbs, and the most it can be; None: unproved."""
    if not len(matrix.index):
        return NO_LIMBS, 0
    if by_row:
        most_terms = int(np.diff(matrix.indptr).max())
    else:
        most_terms = int(np.bincount(matrix.index, minlength=1).max())
    bound = most_terms * _size(matrix.coefficient) * _size(price)
    if bound >= TWO_LIMBS:
        return None
    limbs = np.zeros((size, 2), np.uint64)

    def part(begin: int, end: int) -> None:
        add_products(
            begin, end, matrix.indptr, matrix.index, matrix.coefficient, price, by_row, limbs
        )  # fmt: skip

    _in_parts(part, size, len(matrix.index))
    return limbs, bound


def _in_parts(part: Callable[[int, int], T], size: int, work: int) -> list[T]:
    """part(begin, end) over 0..size: at once, or where there is much work in halves on two threads."""
    if work < MANY:
        return [part(0, size)]
    with ThreadPoolExecutor(max_workers=1) as other:
        first = other.submit(part, 0, size // 2)
        return [part(size // 2, size), first.result()]


def _size(array: Ints) -> int:
    """max |x| of plain numbers, infinite or not."""
    return max(abs(int(array.max())), abs(int(array.min()))) if len(array) else 0


def _number(total: Limbs) -> int:
    """The three limbs, lowest first, as a signed integer."""
    low, middle, high = (int(limb) for limb in total)
    number = low + (middle << 64) + (high << 128)
    return number - 2**192 if number >= THREE_LIMBS else number


def _numbers(limbs: Limbs, size: int) -> list[int]:
    """Two limbs (high, low) as signed integers; zeros where there were no products."""
    if len(limbs) == 0:
        return [0] * size
    high: list[int] = limbs[:, 0].view(np.int64).tolist()
    return [(h << 64) + low for h, low in zip(high, limbs[:, 1].tolist(), strict=True)]


def bound_fast(exact: Exact, duals: ExactDuals, box: Box, with_value: bool) -> Fraction | float | None:
    """As bound_slow; None where no overflow cannot be proved."""
    if not (exact.fits and duals.fits and box.arc_upper.dtype == np.int64):
        return None
    rows = _limits_total(exact.row_lower, exact.row_upper, duals.row)
    nodes = _limits_total(exact.node_lower, exact.node_upper, duals.node)
    if nodes is None or rows is None:
        return None
    arcs = _arcs_bound(exact, duals, box, with_value)
    bundles = _bundles_bound(exact, duals, box, with_value)
    if arcs is None or bundles is None:
        return None
    if math.inf in (nodes, rows, arcs, bundles):
        return math.inf
    return (
        nodes * exact.quantity_scale * duals.node_scale
        + rows * exact.limit_scale * duals.row_scale
        + arcs
        + bundles
    )


def _limits_total(lower: Ints, upper: Ints, price: Ints) -> int | float | None:
    if len(price) * max(largest(lower), largest(upper)) * _size(price) >= THREE_LIMBS:
        return None
    total = np.zeros(3, np.uint64)
    return _number(total) if limits_bound(lower, upper, price, total) else math.inf


def _arcs_bound(exact: Exact, duals: ExactDuals, box: Box, with_value: bool) -> Fraction | float | None:
    unit, (value_factor, node_factor, row_factor) = common_unit(
        exact.value_scale, duals.node_scale, exact.coefficient_scale * duals.row_scale
    )
    rows = _products(exact.coupling, duals.row, False, exact.num_arcs)
    if rows is None or _size(duals.node) >= FITS:
        return None
    value_factor = value_factor if with_value else 0
    most = (
        _size(exact.value) * value_factor
        + 2 * _size(duals.node) * node_factor
        + rows[1] * row_factor
    )  # fmt: skip
    factors = [value_factor, node_factor, 0, row_factor]
    total = _columns_total(
        exact.tail, exact.head, exact.value, duals.node, NO_LIMBS, rows[0], factors, most,
        box.arc_lower, box.arc_upper,
    )  # fmt: skip
    return total if total is None or total == math.inf else total * unit * exact.quantity_scale


def _bundles_bound(exact: Exact, duals: ExactDuals, box: Box, with_value: bool) -> Fraction | float | None:
    if not exact.num_bundles:
        return Fraction(0)
    unit, (value_factor, line_factor, row_factor) = common_unit(
        exact.bundle_value_scale,
        exact.quantity_scale * duals.node_scale,
        exact.bundle_coefficient_scale * duals.row_scale,
    )
    lines = _products(exact.lines, duals.node, True, exact.num_bundles)
    rows = _products(exact.bundle_coupling, duals.row, False, exact.num_bundles)
    if lines is None or rows is None:
        return None
    value_factor = value_factor if with_value else 0
    most = _size(exact.bundle_value) * value_factor + lines[1] * line_factor + rows[1] * row_factor
    factors = [value_factor, 0, line_factor, row_factor]
    total = _columns_total(
        NO_COLUMNS, NO_COLUMNS, exact.bundle_value, duals.node, lines[0], rows[0], factors, most,
        box.bundle_lower, box.bundle_upper,
    )  # fmt: skip
    return total if total is None or total == math.inf else total * unit


def _columns_total(
    tail: NDArray[Any],
    head: NDArray[Any],
    value: Ints,
    pi: Ints,
    lines: Limbs,
    rows: Limbs,
    factors: list[int],
    most: int,
    lower: Ints,
    upper: Ints,
) -> int | float | None:
    """The kernel's total over all columns, whose reduced values are at most `most`."""
    if max(factors) >= MOST_FACTOR or most >= TWO_LIMBS or (len(upper) and int(upper.min()) < 0):
        return None
    if len(value) * most * max(largest(lower), largest(upper)) >= THREE_LIMBS:
        return None
    numbers = np.array(factors, np.int64)

    def part(start: int, stop: int) -> int | float:
        total = np.zeros(3, np.uint64)
        bounded = columns_bound(start, stop, tail, head, value, pi, lines, rows, numbers, lower, upper, total)
        return _number(total) if bounded else math.inf

    return sum(_in_parts(part, len(value), len(value)))


def check_fast(exact: Exact, flow: Ints, bundle: NDArray[np.int64]) -> Primal | None:
    """As check_slow; None where no overflow cannot be proved."""
    if not (exact.fits and flow.dtype == np.int64):
        return None
    if max(_size(flow), largest(exact.capacity), _size(exact.step)) >= FITS:
        return None
    total, net = np.zeros(3, np.uint64), np.zeros(len(exact.node_lower), np.int64)
    worst, moved = read_flows(
        exact.tail, exact.head, exact.value, exact.capacity, exact.step, flow, net, total
    )
    coupling = _coupling_violation(exact, flow, bundle)
    if moved < 0 or coupling is None or max(largest(exact.node_lower), largest(exact.node_upper)) >= FITS:
        return None
    bundles = bundle.tolist()
    objective = _number(total) * exact.value_scale * exact.quantity_scale
    objective += exact.bundle_value_scale * exact.bundle_scale * sum(
        v * y for v, y in zip(exact.bundle_value.tolist(), bundles, strict=True)
    )  # fmt: skip
    columns = max(int(worst) * exact.quantity_scale, bundle_violation(exact, bundles))
    return Primal(objective, max(_node_violation(exact, net, bundle), coupling), columns)


def _node_violation(exact: Exact, net: Ints, bundle: NDArray[np.int64]) -> Fraction:
    """Nodes without bundle lines in machine words, the others in Python integers."""
    touched = np.unique(exact.lines.index)
    plain = np.ones(len(net), bool)
    plain[touched] = False
    low, high = exact.node_lower[plain], exact.node_upper[plain]
    below, above = np.where(low > -INF, low - net[plain], 0), np.where(high < INF, net[plain] - high, 0)
    worst = max(0, int(below.max(initial=0)), int(above.max(initial=0))) * exact.quantity_scale
    return max(worst, _touched_violation(exact, net, bundle, touched)) if len(touched) else worst


def _touched_violation(
    exact: Exact, net: Ints, bundle: NDArray[np.int64], touched: NDArray[np.uint32]
) -> Fraction:
    unit, (net_factor, line_factor) = common_unit(
        exact.quantity_scale, exact.quantity_scale * exact.bundle_scale
    )
    activity = {node: x * net_factor for node, x in zip(touched.tolist(), net[touched].tolist(), strict=True)}
    taken = np.repeat(bundle, np.diff(exact.lines.indptr)).tolist()
    for node, d, y in zip(exact.lines.index.tolist(), exact.lines.coefficient.tolist(), taken, strict=True):
        activity[node] -= d * y * line_factor
    low, high = limits(exact.node_lower[touched]), limits(exact.node_upper[touched])
    return worst_miss(list(activity.values()), low, high, net_factor) * unit


def _coupling_violation(exact: Exact, flow: Ints, bundle: NDArray[np.int64]) -> Fraction | None:
    num_rows = len(exact.row_lower)
    unit, (arc_factor, bundle_factor, limit_factor) = common_unit(
        exact.coefficient_scale * exact.quantity_scale,
        exact.bundle_coefficient_scale * exact.bundle_scale,
        exact.limit_scale,
    )
    arcs = _products(exact.coupling, flow, True, num_rows)
    bundles = _products(exact.bundle_coupling, bundle, True, num_rows)
    if arcs is None or bundles is None:
        return None
    activity = [
        x * arc_factor + y * bundle_factor
        for x, y in zip(_numbers(arcs[0], num_rows), _numbers(bundles[0], num_rows), strict=True)
    ]
    return worst_miss(activity, limits(exact.row_lower), limits(exact.row_upper), limit_factor) * unit
