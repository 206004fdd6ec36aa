"""What a point is worth and how far it may be from the best: figures that the engine claims."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fourflow.engines._model import I64
from fourflow.problem import ClearingProblem


def objective_of(problem: ClearingProblem, flow: I64, bundle: I64) -> float:
    """Money without the offset."""
    scales = problem.scales
    arcs = np.dot(problem.value.astype(np.longdouble), flow.astype(np.longdouble))
    bundles = np.dot(problem.bundle_value.astype(np.longdouble), bundle.astype(np.longdouble))
    per_bundle = float(scales.bundle_value * scales.bundle)
    return float(arcs * float(scales.value * scales.quantity) + bundles * per_bundle)


def offset_of(problem: ClearingProblem) -> float:
    """The objective's offset in money."""
    scales = problem.scales
    return float(Fraction(problem.objective_offset) * scales.value * scales.quantity)


def relative_gap(problem: ClearingProblem, objective: float, bound: float) -> float:
    """(bound - objective) / max(|bound|, |objective|), offset included; 0/0 = 0."""
    if np.isinf(bound) or np.isinf(objective):
        return np.inf
    offset, missing = offset_of(problem), max(bound - objective, 0.0)
    return missing / max(abs(bound + offset), abs(objective + offset)) if missing > 0 else 0.0


def bound_within(problem: ClearingProblem, objective: float, gap: float) -> float:
    """The largest bound with which `objective` is within the relative gap."""
    total = objective + offset_of(problem)
    room = gap * abs(total) / (1.0 - gap) if total >= 0 and gap < 1.0 else gap * abs(total)
    return objective + room
