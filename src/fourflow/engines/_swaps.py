"""Good points by local search, where every continuous column stands in one row alone.

Then each row's continuous columns cost a convex function of what the whole columns leave to them: a supply
curve, cheapest first. `kernels/_flips` searches over the whole columns with these curves alone, no program.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from fourflow.engines._highs import now
from fourflow.engines._incumbent import Incumbent, complete
from fourflow.engines._linear import INTEGRAL, Linear, Relaxation
from fourflow.engines._model import I64, Model
from fourflow.engines._parts import Piece
from fourflow.engines.kernels._flips import Flips, Rows, flip

MOST_COLUMNS = 2000
LOOKS, QUICK_LOOKS = 500_000, 50_000
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
    z = (linear.whole_values(relaxed.flow, relaxed.y) > 0.5).astype(np.int8)
    cost = flip(supply_curves(model), _flips(model, linear.whole), z, _penalty(model), LOOKS // len(z))
    return complete(linear, z.astype(np.float64), deadline) if np.isfinite(cost) else None


def swap_parts(
    linear: Linear, relaxed: Relaxation, parts: Sequence[Piece], deadline: float
) -> Incumbent | None:
    """As `swap_search`, in less time, in all of some parts that touch nowhere; the rest is rounded down."""
    if relaxed.flow is None or relaxed.y is None:
        return None
    problem, model = linear.problem, linear.model
    values = linear.whole_values(relaxed.flow, relaxed.y)
    chosen = np.floor(values + INTEGRAL)
    position = np.full(problem.num_nodes, -1)
    position[model.kept] = np.arange(len(model.kept))
    place = np.full(model.num_columns, -1)
    place[linear.whole] = np.arange(len(linear.whole))
    curves, flips = supply_curves(model), _flips(model, linear.whole)
    new_row = np.zeros(model.matrix.shape[0], np.int64)
    for part in parts:
        rows = np.concatenate([position[part.nodes], len(model.kept) + part.rows])
        columns = place[np.concatenate([part.arcs, problem.num_arcs + part.bundles])]
        rows, columns = rows[rows >= 0], columns[columns >= 0]
        if now() > deadline or not len(columns):
            continue
        new_row[rows] = np.arange(len(rows))
        z = (values[columns] > 0.5).astype(np.int8)
        own = Flips(flips.cost[columns], *_spans(flips.ptr, columns, new_row[flips.row], flips.entry))
        cost = flip(
            Rows(
                curves.lower[rows], curves.upper[rows], curves.cheapest[rows],
                *_spans(curves.ptr, rows, curves.at, curves.total),
            ),
            own, z, _penalty(model), QUICK_LOOKS // len(z),
        )  # fmt: skip
        if np.isfinite(cost):
            chosen[columns] = z
    return complete(linear, chosen, deadline)


def _spans(ptr: I64, chosen: I64, *arrays: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """The spans of the chosen ones end to end: their ptr, and what each array holds there."""
    lengths = np.diff(ptr)[chosen]
    own = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    at = np.arange(own[-1]) + np.repeat(ptr[chosen] - own[:-1], lengths)
    return own, *(array[at] for array in arrays)


def _flips(model: Model, whole: I64) -> Flips:
    own = csc_array(model.matrix[:, whole])
    ptr, row = own.indptr.astype(np.int64), own.indices.astype(np.int64)
    return Flips(-model.cost[whole], ptr, row, own.data.astype(np.float64))


def _penalty(model: Model) -> float:
    return STEEP * max(float(np.abs(model.cost[~model.whole]).max()), 1.0)


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
