"""A problem and its flows as integers: int64 where they fit, Python integers where they do not.

Float64 input is exact as a dyadic rational: an array becomes integers times a power of two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.errors import ProblemError
from fourflow.problem import INF, ClearingProblem, Duals, Sparse

Ints = NDArray[Any]
"""int64 (INF and -INF are no limit), or object: Python integers, with math.inf as no limit."""

Number = Any
"""A Python integer, math.inf or -math.inf."""

FITS = 2**62


@dataclass(frozen=True)
class Exact:
    """The problem in integers; each scale says what one integer of its arrays is worth.

    Lengths are those of ClearingProblem. `lines` has a row per bundle, `coupling` and
    `bundle_coupling` a row per coupling row. `capacity` may be infinite, as may node and row limits.
    """

    tail: NDArray[Any]
    head: NDArray[Any]
    value: Ints
    capacity: Ints
    step: Ints
    node_lower: Ints
    node_upper: Ints
    coupling: Sparse
    row_lower: Ints
    row_upper: Ints
    bundle_value: Ints
    bundle_whole: NDArray[np.bool_]
    lines: Sparse
    bundle_coupling: Sparse
    quantity_scale: Fraction
    value_scale: Fraction
    bundle_value_scale: Fraction
    bundle_scale: Fraction
    coefficient_scale: Fraction
    bundle_coefficient_scale: Fraction
    limit_scale: Fraction

    @property
    def num_arcs(self) -> int:
        return len(self.tail)

    @property
    def num_bundles(self) -> int:
        return len(self.bundle_value)

    @property
    def fits(self) -> bool:
        """Whether every array is int64, as the kernels need it."""
        arrays = (
            self.value, self.capacity, self.step, self.node_lower, self.node_upper, self.row_lower,
            self.row_upper, self.bundle_value, self.coupling.coefficient, self.lines.coefficient,
            self.bundle_coupling.coefficient,
        )  # fmt: skip
        return all(array.dtype == np.int64 for array in arrays)


@dataclass(frozen=True)
class ExactDuals:
    """Duals in integers. node : [num_nodes], row : [num_coupling]."""

    node: Ints
    row: Ints
    node_scale: Fraction
    row_scale: Fraction

    @property
    def fits(self) -> bool:
        return bool(self.node.dtype == np.int64 and self.row.dtype == np.int64)


def exact_problem(problem: ClearingProblem, flow: NDArray[Any]) -> tuple[Exact, Ints]:
    """The problem and the flow in integers of one common quantity scale."""
    step = problem.step if problem.step is not None else np.zeros(problem.num_arcs, np.int64)
    scales, lines, bundle_coupling = problem.scales, problem.bundle_lines, problem.bundle_coupling
    assert bundle_coupling is not None
    (capacity, lower, upper, line, flow, step), quantity = to_integers(
        problem.capacity, problem.node_lower, problem.node_upper, lines.coefficient, flow, step
    )
    (value,), value_factor = to_integers(problem.value)
    (bundle_value,), bundle_factor = to_integers(problem.bundle_value)
    (coefficient,), coefficient_factor = to_integers(problem.coupling.coefficient)
    (h,), h_factor = to_integers(bundle_coupling.coefficient)
    (row_lower, row_upper), limit_factor = to_integers(problem.coupling_lower, problem.coupling_upper)
    exact = Exact(
        tail=problem.tail, head=problem.head, value=value, capacity=capacity, step=step,
        node_lower=lower, node_upper=upper,
        coupling=Sparse(problem.coupling.indptr, problem.coupling.index, coefficient),
        row_lower=row_lower, row_upper=row_upper,
        bundle_value=bundle_value, bundle_whole=problem.bundle_whole,
        lines=Sparse(lines.indptr, lines.index, line),
        bundle_coupling=Sparse(bundle_coupling.indptr, bundle_coupling.index, h),
        quantity_scale=scales.quantity * quantity,
        value_scale=scales.value * value_factor,
        bundle_value_scale=scales.bundle_value * bundle_factor,
        bundle_scale=scales.bundle,
        coefficient_scale=scales.coefficient * coefficient_factor,
        bundle_coefficient_scale=scales.bundle_coefficient * h_factor,
        limit_scale=scales.limit * limit_factor,
    )  # fmt: skip
    return exact, flow


def exact_duals(duals: Duals) -> ExactDuals:
    (node,), node_factor = to_integers(duals.node)
    (row,), row_factor = to_integers(duals.row)
    return ExactDuals(node, row, duals.node_scale * node_factor, duals.row_scale * row_factor)


def to_integers(*arrays: NDArray[Any]) -> tuple[list[Ints], Fraction]:
    """The arrays as integers of one common unit, and that unit: 1, or 2^-k if floats have fractions."""
    bits = max((_fraction_bits(array) for array in arrays if array.dtype.kind == "f"), default=0)
    if bits == 0 and all(array.dtype.kind in "iub" for array in arrays):
        return [np.ascontiguousarray(array, np.int64) for array in arrays], Fraction(1)
    return [_shifted(array, bits) for array in arrays], Fraction(1, 2**bits)


def _fraction_bits(array: NDArray[Any]) -> int:
    """The least k for which array * 2^k is whole. Raises ProblemError on NaN."""
    if np.isnan(array).any():
        raise ProblemError("an array of the problem or solution holds NaN.")
    finite = array[np.isfinite(array) & (array != 0)]
    if not len(finite):
        return 0
    mantissa, exponent = np.frexp(finite)
    whole = np.abs(np.ldexp(mantissa, 53)).astype(np.int64)
    lowest_bit = np.log2((whole & -whole).astype(np.float64)).astype(np.int64)
    return max(0, int((53 - exponent - lowest_bit).max()))


def _shifted(array: NDArray[Any], bits: int) -> Ints:
    """array * 2^bits as int64 if it fits, else as Python integers."""
    limitless = ~np.isfinite(array) if array.dtype.kind == "f" else (array >= INF) | (array <= -INF)
    largest = max((abs(Fraction(x)) for x in _extremes(array[~limitless])), default=Fraction(0))
    if largest * 2**bits < FITS:
        safe = np.where(limitless, 0, array)
        floats = array.dtype.kind == "f"
        shifted = np.ldexp(safe, bits).astype(np.int64) if floats else safe.astype(np.int64) << bits
        shifted[limitless] = np.where(array[limitless] > 0, INF, -INF)
        return shifted
    numbers = [
        math.inf * (1 if x > 0 else -1) if free else int(Fraction(x) * 2**bits)
        for x, free in zip(array.tolist(), limitless.tolist(), strict=True)
    ]
    return np.array(numbers, dtype=object)


def _extremes(array: NDArray[Any]) -> list[Any]:
    return [array.min().item(), array.max().item()] if len(array) else []


def limits(array: Ints) -> list[Number]:
    """Limits as Python numbers: integers, with math.inf and -math.inf as no limit."""
    if array.dtype == object:
        return list(array)
    plain: list[Number] = array.tolist()
    for i in np.flatnonzero((array >= INF) | (array <= -INF)).tolist():
        plain[i] = math.inf if plain[i] > 0 else -math.inf
    return plain


def common_unit(*scales: Fraction) -> tuple[Fraction, list[int]]:
    """The largest unit of which every scale is a whole multiple, and those multiples."""
    unit = Fraction(
        math.gcd(
            *(s.numerator * math.lcm(*(t.denominator for t in scales)) // s.denominator for s in scales)
        ),
        math.lcm(*(s.denominator for s in scales)),
    )
    return unit, [int(scale / unit) for scale in scales]
