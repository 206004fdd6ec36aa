"""Prices at which, with whole decisions as they are, nobody would choose otherwise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fourflow.engines._bound import bound_of
from fourflow.engines._claims import relative_gap
from fourflow.engines._highs import now
from fourflow.engines._incumbent import Incumbent
from fourflow.engines._linear import INTEGRAL, Linear
from fourflow.engines._model import F64
from fourflow.problem import Duals

SUPPORTED = INTEGRAL / 2
"""Share of the objective, or of 1, that rounding may cost where prices support an answer."""
LEAST_S, REST_S = 1.0, 10.0
"""Time that the programs for it may take in any case."""


def prices_for(linear: Linear, best: Incumbent, deadline: float) -> Duals | None:
    """The first prices that support an answer, if any do; else those that come closest; None where none are.

    Those of the search may belong to a point that was rounded, or to other whole decisions.
    """
    problem = linear.given
    one = problem.scales.bundle.denominator
    fixed = np.rint(linear.whole_values(best.flow.astype(np.float64), best.bundle / one))
    box = linear.box(fixed, fixed)
    closest, lowest = None, np.inf
    for find in (_of_whole_flows, lambda *_: best.duals, _of_the_rest):
        duals = find(linear, best, fixed, deadline)
        if duals is not None:
            duals = replace(duals, row=duals.row[: problem.num_coupling])
            bound = bound_of(problem, duals, box)
            if closest is None or bound < lowest:
                closest, lowest = duals, bound
            if bound - best.objective <= SUPPORTED * max(1.0, abs(bound), abs(best.objective)):
                return duals
    return closest


def _of_whole_flows(linear: Linear, best: Incumbent, fixed: F64, deadline: float) -> Duals | None:
    """Prices at which whole flows too are what everybody would choose, with the bundles as they are.

    Where whole flows are fixed, as in the last step of a search, a price may be anything that no flow in
    parts would bear. None where they are whole only because they have to be: then no price bears them.
    """
    problem = linear.given
    if problem.step is None or not (problem.step > 1).any():
        return None
    lower, upper = (limits.copy() for limits in linear.root_limits())
    bundles = linear.whole >= problem.num_arcs
    lower[bundles] = upper[bundles] = fixed[bundles]
    relaxed = linear.within(lower, upper, max(deadline - now(), LEAST_S))
    if relaxed.status != "optimal" or relaxed.duals is None:
        return None
    slack = relative_gap(problem, best.objective, relaxed.bound)
    return relaxed.duals if slack <= INTEGRAL else None


def _of_the_rest(linear: Linear, best: Incumbent, fixed: F64, deadline: float) -> Duals | None:
    """Prices of the program that is left with whole decisions as they are."""
    rest = linear.within(fixed, fixed, max(deadline - now(), REST_S))
    return rest.duals if rest.status == "optimal" else None
