"""Derived rows: limits on whole columns that hold because decisions are whole.

    sum_j c_j z_j <= limit        z_j counts the steps of a whole arc, or is 0 or 1 for a whole bundle

A derived row names rows of the problem with a whole multiple of each: above 0 it takes the row's upper limit,
below 0 its lower limit. Added up they say sum_j A_j z_j + ... <= B, and the derived row follows if no choice
of whole columns within that sum and the caps goes over `limit`: a small dynamic program tells. Covers (Balas
1975), lifted covers, and Chvatal and Gomory's rows are all of this form.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fourflow.errors import ProblemError
from fourflow.problem._problem import INF, Array, ClearingProblem, Sparse

I64 = NDArray[np.int64]
FITS = 2**62


@dataclass(frozen=True)
class DerivedRow:
    """One limit and what it follows from.

    row : int64[k] nodes, then num_nodes + coupling row; multiple : int64[k], none of them 0. Nodes count in
    quanta, coupling rows in the largest unit of which g per quantum, h per bundle and the limits are whole.
    column : int64[m] whole columns, arcs first, then num_arcs + bundle; coefficient : int64[m] c per step
    limit : a whole number
    """

    row: I64
    multiple: I64
    column: I64
    coefficient: I64
    limit: int


def measure(problem: ClearingProblem) -> Fraction:
    """What 1 of a derived row's measure is as a coupling row: the least that makes all numbers whole."""
    scales = problem.scales
    units = [scales.limit]
    if problem.step is not None:
        steps = np.unique(problem.step[problem.step > 0]).tolist()
        units += [step * scales.quantity * scales.coefficient for step in steps]
    if problem.bundle_whole.any():
        units.append(scales.bundle_coefficient)
    return Fraction(
        math.lcm(*(unit.numerator for unit in units)), math.gcd(*(unit.denominator for unit in units))
    )


def strengthened(problem: ClearingProblem, derived: Sequence[DerivedRow]) -> ClearingProblem:
    """The problem with the derived rows as coupling rows after its own. Nothing is checked here but form.

    Raises ProblemError where a column is not whole, the arrays are floats, or a number does not fit 64 bits.
    """
    if not derived:
        return problem
    column = np.concatenate([row.column for row in derived]).astype(np.int64)
    row_of = np.repeat(np.arange(len(derived)), [len(row.column) for row in derived])
    coefficient = np.concatenate([row.coefficient for row in derived])
    scales, unit, arcs = problem.scales, measure(problem), problem.num_arcs
    step = _steps(problem, column)
    per = {s: unit / (s * scales.quantity * scales.coefficient) for s in np.unique(step[step > 0]).tolist()}
    per[0] = unit / scales.bundle_coefficient
    factor = np.zeros(len(column), np.int64)
    for size, times in per.items():
        factor[step == size] = _fitting(int(times))
    entry = coefficient * factor
    _fitting(int(np.abs(coefficient.astype(np.float64) * factor).max(initial=0)))
    limit = np.array([_fitting(row.limit * int(unit / scales.limit)) for row in derived], np.int64)
    is_arc = column < arcs
    assert problem.bundle_coupling is not None
    return replace(
        problem,
        coupling=_below(problem.coupling, row_of[is_arc], column[is_arc], entry[is_arc], len(derived)),
        bundle_coupling=_below(
            problem.bundle_coupling, row_of[~is_arc], column[~is_arc] - arcs, entry[~is_arc], len(derived)
        ),
        coupling_lower=np.concatenate([problem.coupling_lower, np.full(len(derived), -INF)]),
        coupling_upper=np.concatenate([problem.coupling_upper, limit]),
    )


def _steps(problem: ClearingProblem, column: I64) -> I64:
    """The step of each whole column; 0 for a bundle."""
    arcs = problem.num_arcs
    if len(column) and (column.min() < 0 or column.max() >= arcs + problem.num_bundles):
        raise ProblemError("a derived row names a column that the problem does not have.")
    steps = problem.step if problem.step is not None else np.zeros(arcs, np.int64)
    of_column = np.concatenate([steps, np.where(problem.bundle_whole, 0, -1)])[column]
    if (of_column < 0).any() or (of_column[column < arcs] == 0).any():
        raise ProblemError("a derived row names a column that need not be whole.")
    arrays = (problem.coupling_lower, problem.coupling_upper, problem.coupling.coefficient)
    if any(np.asarray(array).dtype.kind == "f" for array in arrays):
        raise ProblemError("derived rows need a problem in integers.")
    return np.asarray(of_column, np.int64)


def _fitting(number: int) -> int:
    if abs(number) >= FITS:
        raise ProblemError("a number of a derived row does not fit 64 bits.")
    return number


def _below(matrix: Sparse, row: I64, index: I64, coefficient: Array, num_rows: int) -> Sparse:
    """The matrix with `num_rows` more rows below, whose entries come sorted by row."""
    lengths = np.bincount(row, minlength=num_rows)
    return Sparse(
        np.concatenate([matrix.indptr, matrix.indptr[-1] + np.cumsum(lengths)]),
        np.concatenate([matrix.index, index.astype(np.uint32)]),
        np.concatenate([matrix.coefficient, coefficient]),
    )
