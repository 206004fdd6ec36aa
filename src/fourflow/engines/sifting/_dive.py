"""Whole decisions by leaving out, program after program, what is held in the smallest parts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fourflow.engines._highs import now
from fourflow.engines._incumbent import Incumbent, complete
from fourflow.engines._linear import INTEGRAL, Linear
from fourflow.engines._model import F64

SHARE, SMALL = 0.15, 0.25
"""Share of the fractions that one step settles, and up to what part a fraction counts as small."""
RELEASES, HURRY = 10, 0.4
"""How often what came in may be let go again where a step would leave no point: a single one at first, any
from that share of the time on."""


def dive(linear: Linear, values: F64, deadline: float) -> Incumbent | None:
    """A point near a relaxation whose whole columns have these `values` (in their own unit), or None.

    Bundles that take or bring something come first, then the other bundles (who an offer works for), then
    arcs in lots. What a program holds to a SMALL part is left out, some at a time: others then take its
    place. Where nothing is small, what is largest comes in. A step that leaves no point is made smaller, a
    single one the other way round; where neither will do, or time is short, what has come in is let go. As
    time goes by, steps get larger.
    """
    root = linear.root_limits()
    lower, upper = (limit.copy() for limit in root)
    rank, share, releases, began = _rank(linear), SHARE, RELEASES, now()
    while (fractional := np.abs(values - np.rint(values)) > INTEGRAL).any():
        late = (now() - began) / max(deadline - began, 1e-9)
        part = values - np.floor(values + INTEGRAL)
        chosen = np.flatnonzero(fractional & (rank == rank[fractional].min()))
        chosen = chosen[np.argsort(part[chosen], kind="stable")]
        some = max(1, int(len(chosen) * share))
        down = chosen[:some][part[chosen[:some]] < max(SMALL, late / 2)]
        columns, up = (down, False) if len(down) else (chosen[-max(1, some // 2) :], True)
        found = _settle(linear, lower, upper, values, columns, up, deadline)
        if found is None and len(columns) == 1:
            found = _settle(linear, lower, upper, values, columns, not up, deadline)
        if found is None and releases and (len(columns) == 1 or (late > HURRY and not up)):
            lower, releases = root[0].copy(), releases - 1
            found = _settle(linear, lower, upper, values, columns, False, deadline)
        if found is None and len(columns) == 1:
            return None
        share = share / 4 if found is None else min(max(SHARE, late), share * 2)
        values = values if found is None else found
        if now() > deadline:
            return None
    return complete(linear, np.rint(values), deadline)


def _rank(linear: Linear) -> NDArray[np.int64]:
    """0 for bundles with lines or a value above 0, 1 for the others, 2 for arcs.  int64[len(linear.whole)]"""
    problem = linear.given
    bundle = linear.whole - problem.num_arcs
    leads = (np.diff(problem.bundle_lines.indptr) > 0) | (problem.bundle_value > 0)
    rank = np.full(len(bundle), 2)
    rank[bundle >= 0] = np.where(leads[bundle[bundle >= 0]], 0, 1)
    return rank


def _settle(
    linear: Linear, lower: F64, upper: F64, values: F64, columns: NDArray[np.int64], up: bool, deadline: float
) -> F64 | None:
    """The values after some columns were settled (in place) up or down; None, and nothing settled, if that
    leaves no point."""
    limit, to = (lower, np.ceil(values[columns])) if up else (upper, np.floor(values[columns]))
    before = limit[columns].copy()
    limit[columns] = to
    found = linear.values_within(lower, upper, deadline - now())
    if found is None:
        limit[columns] = before
    return found
