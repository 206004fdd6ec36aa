"""Good points by local search, where every continuous column stands in one row alone.

Then each row's continuous columns cost a convex function of what the whole columns leave to them: a supply
curve, cheapest first. `kernels/_flips` searches over the whole columns with these curves alone, no program.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array, csr_array

from fourflow.engines._incumbent import Incumbent, complete
from fourflow.engines._linear import Linear, Relaxation
from fourflow.engines._model import Model
from fourflow.engines.kernels._flips import Flips, Rows, flip

MOST_COLUMNS = 2000
LOOKS = 200_000
"""Moves looked at in one search: steps times columns."""
STEEP = 2.0
"""What a unit that a row lacks costs at first, in the largest cost of a continuous column."""


def has_curves(model: Model) -> bool:
    """Whether there are continuous columns, each in one row at most, and all whole columns are 0 or 1."""
    whole = model.whole
    alone = np.diff(model.matrix.indptr)[~whole] <= 1
    upright = (model.lower[whole] == 0) & (model.upper[whole] == 1)
    limited = np.isfinite(model.lower).all() and np.isfinite(model.upper).all()
    return bool(len(alone) and len(upright) and alone.all() and upright.all() and limited)


def swap_search(linear: Linear, relaxed: Relaxation, deadline: float) -> Incumbent | None:
    """A good point near the relaxation's, for a model that `has_curves`; None where none is found."""
    model = linear.model
    if relaxed.flow is None or relaxed.y is None or len(linear.whole) > MOST_COLUMNS:
        return None
    own = csc_array(model.matrix[:, linear.whole])
    flips = Flips(
        -model.cost[linear.whole], own.indptr.astype(np.int64), own.indices.astype(np.int64),
        own.data.astype(np.float64),
    )  # fmt: skip
    z = (linear.whole_values(relaxed.flow, relaxed.y) > 0.5).astype(np.int8)
    penalty = STEEP * max(float(np.abs(model.cost[~model.whole]).max()), 1.0)
    cost = flip(supply_curves(model), flips, z, penalty, LOOKS // len(z))
    return complete(linear, z.astype(np.float64), deadline) if np.isfinite(cost) else None


def supply_curves(model: Model) -> Rows:
    """The corners of every row's cost of its own continuous columns."""
    matrix = csr_array(model.matrix)
    ptr, at, total = [0], [], []
    cheapest = np.zeros(matrix.shape[0])
    for i in range(matrix.shape[0]):
        span = slice(matrix.indptr[i], matrix.indptr[i + 1])
        columns, entry = matrix.indices[span], matrix.data[span]
        mine = ~model.whole[columns] & (entry != 0)
        columns, entry = columns[mine], entry[mine]
        ends = np.stack([entry * model.lower[columns], entry * model.upper[columns]])
        slope = -model.cost[columns] / entry
        order = np.argsort(slope, kind="stable")
        length = np.abs(ends[1] - ends[0])[order]
        amounts = ends.min(axis=0).sum() + np.concatenate([[0.0], np.cumsum(length)])
        # At the least amount each column is at the end with the smaller product of entry and flow.
        base = float((ends.min(axis=0) * slope).sum())
        costs = base + np.concatenate([[0.0], np.cumsum(length * slope[order])])
        cheapest[i] = amounts[int(np.argmin(costs))]
        at.append(amounts)
        total.append(costs)
        ptr.append(ptr[-1] + len(amounts))
    return Rows(
        model.row_lower, model.row_upper, cheapest, np.array(ptr, np.int64), np.concatenate(at),
        np.concatenate(total),
    )  # fmt: skip
