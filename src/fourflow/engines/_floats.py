"""A problem given in floats as its twin in integers, in powers of two, and the flows back.

Every float is a dyadic rational. Each family of arrays gets the finest power of two in which its
largest number stays below 2^52, so that flows go back to floats without rounding. What is finer than
that is rounded against the arc or row: caps and upper limits down, lower limits up.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from fourflow.engines._model import F64, I64, as_float
from fourflow.errors import ProblemError
from fourflow.problem import INF, ClearingProblem, Solution, Sparse
from fourflow.problem._problem import Array

BITS = 52


def has_floats(problem: ClearingProblem) -> bool:
    """Whether any array is not in integers."""
    bundled = problem.bundle_coupling
    assert bundled is not None
    arrays = (
        problem.value, problem.capacity, problem.node_lower, problem.node_upper, problem.coupling_lower,
        problem.coupling_upper, problem.bundle_value, problem.coupling.coefficient,
        problem.bundle_lines.coefficient, bundled.coefficient,
    )  # fmt: skip
    for array in arrays:
        if np.asarray(array).dtype.kind == "f" and np.isnan(array).any():
            raise ProblemError("an array holds NaN. Maybe a value is missing.", code="problem.nan")
    return any(np.asarray(array).dtype.kind == "f" for array in arrays)


def to_integers(problem: ClearingProblem) -> tuple[ClearingProblem, int]:
    """The twin in integers, and the power of two by which its flows are finer."""
    scales, bundled = problem.scales, problem.bundle_coupling
    assert bundled is not None
    lines = problem.bundle_lines
    steps = () if problem.step is None else (problem.step,)
    quantity = _power(problem.capacity, problem.node_lower, problem.node_upper, lines.coefficient, *steps)
    value, bundle_value = _power(problem.value), _power(problem.bundle_value)
    coefficient, h = _power(problem.coupling.coefficient), _power(bundled.coefficient)
    limit = _power(problem.coupling_lower, problem.coupling_upper)
    twin = replace(
        problem,
        value=_grid(problem.value, value, np.ceil),
        capacity=_grid(problem.capacity, quantity, np.floor),
        node_lower=_grid(problem.node_lower, quantity, np.ceil),
        node_upper=_grid(problem.node_upper, quantity, np.floor),
        coupling=_sparse_grid(problem.coupling, coefficient),
        coupling_lower=_grid(problem.coupling_lower, limit, np.ceil),
        coupling_upper=_grid(problem.coupling_upper, limit, np.floor),
        bundle_value=_grid(problem.bundle_value, bundle_value, np.ceil),
        bundle_lines=_sparse_grid(lines, quantity),
        bundle_coupling=_sparse_grid(bundled, h),
        step=None if problem.step is None else _grid(problem.step, quantity, np.rint),
        scales=replace(
            scales,
            quantity=scales.quantity / _two(quantity),
            value=scales.value / _two(value),
            bundle_value=scales.bundle_value / _two(bundle_value),
            coefficient=scales.coefficient / _two(coefficient),
            bundle_coefficient=scales.bundle_coefficient / _two(h),
            limit=scales.limit / _two(limit),
        ),
        objective_offset=problem.objective_offset * _two(quantity + value),
    )
    return twin, quantity


def to_floats(solution: Solution, power: int) -> Solution:
    """The twin's solution with its flows in the floats of the problem."""
    return replace(solution, flow=np.ldexp(solution.flow.astype(np.float64), -power))


def _two(power: int) -> Fraction:
    return Fraction(2) ** power


def _power(*arrays: Array) -> int:
    """The largest k for which all finite numbers times 2^k stay below 2^BITS; 0 for plain integers."""
    if all(np.asarray(array).dtype.kind != "f" for array in arrays):
        return 0
    numbers = np.abs(np.concatenate([as_float(array) for array in arrays]))
    largest = float(numbers[np.isfinite(numbers)].max(initial=0.0)) or 1.0
    return BITS - 1 - int(np.floor(np.log2(largest)))


def _grid(array: Array, power: int, rounding: np.ufunc) -> I64:
    if power == 0 and array.dtype.kind != "f":
        return np.asarray(array, np.int64)
    numbers: F64 = as_float(array)
    finite = np.isfinite(numbers)
    whole = rounding(np.ldexp(np.where(finite, numbers, 0.0), power)).astype(np.int64)
    return np.where(finite, whole, np.where(numbers > 0, INF, -INF))


def _sparse_grid(matrix: Sparse, power: int) -> Sparse:
    return replace(matrix, coefficient=_grid(matrix.coefficient, power, np.rint))
