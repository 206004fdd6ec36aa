"""The limits of rows in the units in which a quantum of flow uses them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fourflow.problem import INF, ClearingProblem
from fourflow.problem._problem import Array

WHOLE = 2.0**52
"""Sums of whole numbers below it are exact in floats."""
ROUNDING = 2.0**-50
"""What a sum of floats may be off, per term, relative."""


def whole_limits(problem: ClearingProblem, givers: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of givers, then coupling rows, in quanta and in g times quanta; never above what is true.

    A limit beyond 2^52 is lowered by what floats may be off, and inf where there is none.
    """
    scales = problem.scales
    ratio = Fraction(scales.limit) / (Fraction(scales.coefficient) * scales.quantity)
    rows = _times(problem.coupling_upper, ratio)
    limit = np.concatenate([-problem.node_lower[givers].astype(np.float64), rows])
    terms = np.concatenate([np.full(len(givers), problem.num_arcs), np.diff(problem.coupling.indptr)])
    return np.where(limit < WHOLE, limit, limit * (1.0 - np.minimum((terms + 10) * ROUNDING, 0.5)))


def _times(upper: Array, ratio: Fraction) -> NDArray[np.float64]:
    """floor(upper ratio), exactly below 2^52."""
    floats = upper.astype(np.float64) * float(ratio)
    small = (floats < WHOLE) & (upper < INF)
    top, bottom = ratio.numerator, ratio.denominator
    exact = floats.copy()
    exact[small] = [number * top // bottom for number in upper[small].tolist()]
    return np.where(upper >= INF, np.inf, exact)
