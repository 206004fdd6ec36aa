"""What a point is worth and how far it may be from the best: figures that the engine claims."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from fourflow.engines._model import I64, shared_unit
from fourflow.problem import ClearingProblem, Duals, Leaf, Solution, Status

GRAIN_NOISE = 1e-6
"""What floats may be off, in grains of the objective."""
MOST_GRAINS = 1e9


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


def by_prices(flow: I64, duals: Duals, claimed: float, gap: float, stats: dict[str, Any]) -> Solution:
    """A flow without bundles as a Solution, whose bound one set of duals proves.

    claimed : the relative gap between the two; gap : the one asked
    """
    status = Status.OPTIMAL_WITHIN_GAP if claimed <= gap else Status.GAP_NOT_REACHED
    return Solution(flow, np.zeros(0, np.int64), duals, Leaf(duals), status, claimed, stats)


def bound_within(problem: ClearingProblem, objective: float, gap: float) -> float:
    """The largest bound with which `objective` is within the relative gap."""
    total = objective + offset_of(problem)
    room = gap * abs(total) / (1.0 - gap) if total >= 0 and gap < 1.0 else gap * abs(total)
    return objective + room


def good_enough(problem: ClearingProblem, bound: float, gap: float) -> float:
    """The least objective that is within the relative gap of `bound`; -inf where any is."""
    total = bound + offset_of(problem)
    if gap >= 1.0:
        return -np.inf
    return bound - gap * total if total >= 0 else bound + gap * total / (1.0 - gap)


def objective_grain(problem: ClearingProblem) -> float:
    """The money of which every objective (without the offset) is a whole multiple; 0 if none is."""
    scales = problem.scales
    step = np.zeros(problem.num_arcs, np.int64) if problem.step is None else problem.step
    if problem.value[step == 0].any() or problem.bundle_value[~problem.bundle_whole].any():
        return 0.0
    arcs = np.flatnonzero(problem.value)
    grains = [
        math.gcd(*(w * s for w, s in zip(problem.value[arcs].tolist(), step[arcs].tolist(), strict=True)))
        * scales.value * scales.quantity,
        math.gcd(*problem.bundle_value.tolist()) * scales.bundle_value,
    ]  # fmt: skip
    grains = [grain for grain in grains if grain]
    if not grains:
        return 0.0
    return float(shared_unit(grains))


def rounded_down(bound: float, grain: float) -> float:
    """The largest multiple of the grain that a bound leaves; noise does not take a multiple away."""
    if not _counts(bound, grain):
        return bound
    return float(np.floor(bound / grain + GRAIN_NOISE) * grain)


def _counts(amount: float, grain: float) -> bool:
    """Whether floats can tell one multiple of the grain from the next."""
    return bool(grain and abs(amount) < MOST_GRAINS * grain)


def just_below_next(target: float, grain: float) -> float:
    """The largest bound that rounds down to at most `target`."""
    if not _counts(target, grain):
        return target
    return max(target, float((np.floor(target / grain + GRAIN_NOISE) + 1 - 2 * GRAIN_NOISE) * grain))
