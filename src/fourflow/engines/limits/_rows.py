"""The limits of rows in the units in which a quantum of flow uses them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fourflow.engines.rounding import exact_row_limits
from fourflow.problem import ClearingProblem

WHOLE = 2.0**52
"""Sums of whole numbers below it are exact in floats."""
ROUNDING = 2.0**-50
"""What a sum of floats may be off, per term, relative."""


def whole_limits(problem: ClearingProblem, givers: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of givers, then coupling rows, in quanta and in g times quanta; never above what is true.

    A limit beyond 2^52 is lowered by what floats may be off, and inf where there is none.
    """
    no_bundles, ones = np.zeros(0, np.int64), np.ones(problem.num_coupling, np.int64)
    _, upper = exact_row_limits(problem, no_bundles, ones)
    rows = np.array([np.inf if most is None else float(most) for most in upper])
    limit = np.concatenate([-problem.node_lower[givers].astype(np.float64), rows])
    terms = np.concatenate([np.full(len(givers), problem.num_arcs), np.diff(problem.coupling.indptr)])
    return np.where(limit < WHOLE, limit, limit * (1.0 - np.minimum((terms + 10) * ROUNDING, 0.5)))
