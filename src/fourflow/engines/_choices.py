"""Good points where all columns are 0 or 1 and most belong to a choice: a row that one of them alone fills.

Jobs that one person each must do, or may, are such choices; a column that belongs to none is a choice of its
own, to take it or not. Of each choice the options that cost least by the relaxation's prices are kept.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, hstack

from fourflow.engines._claims import good_enough
from fourflow.engines._highs import now
from fourflow.engines._incumbent import Incumbent, better, complete
from fourflow.engines._linear import Linear, Relaxation
from fourflow.engines._model import F64, I64, Model
from fourflow.engines.kernels._choices import Options, choose_options

KEPT = 4
"""Options of a choice that are looked at."""
ROUNDS, PATIENCE = 60, 5
"""Rounds of a run, and how many runs without a better point end the search."""
SHARE = 0.05
"""Share of the time that the search may take."""


def has_choices(model: Model) -> bool:
    """Whether all columns are 0 or 1, and choices say more than that."""
    upright = model.whole.all() and (model.lower == 0).all() and (model.upper == 1).all()
    return bool(upright and len(choice_rows(csr_array(model.matrix), model)[0]))


def choice_rows(matrix: csr_array, model: Model) -> tuple[I64, NDArray[np.bool_]]:
    """Rows sum z = 1 or sum z <= 1 that have no column in common, those with the most columns first; and
    whether each asks for one of its columns, where others only allow it. matrix : the model's first rows"""
    num, length = matrix.shape[0], np.diff(matrix.indptr)
    lower, upper = model.row_lower[:num], model.row_upper[:num]
    row_of, tight = np.repeat(np.arange(num), length), lower == upper
    # The side that is not 0 is the room, and the other one no limit to columns of its sign.
    room, other = np.where(upper > 0, (upper, lower), (lower, -upper))
    alike = (length > 1) & np.isfinite(room) & (tight | (other <= 0))
    alike[row_of[matrix.data != room[row_of]]] = False
    taken, found = np.zeros(matrix.shape[1], np.bool_), []
    for i in np.flatnonzero(alike)[np.argsort(-length[alike], kind="stable")].tolist():
        columns = matrix.indices[matrix.indptr[i] : matrix.indptr[i + 1]]
        if not taken[columns].any():
            taken[columns] = True
            found.append(i)
    rows = np.array(found, np.int64)
    return rows, tight[rows]


def choice_search(
    linear: Linear, relaxed: Relaxation, gap: float, deadline: float, best: Incumbent | None
) -> Incumbent | None:
    """A point near the relaxation's that is better than `best`, for a model that `has_choices`; or `best`."""
    if relaxed.flow is None or relaxed.y is None or relaxed.duals is None:
        return best
    model = linear.model
    options, column = _options(linear, linear.step_values(relaxed.duals) / linear.money_unit)
    z = np.append(linear.whole_values(relaxed.flow, relaxed.y), 0.0)[column]
    nearest = np.lexsort((-z, options.choice))[options.ptr[:-1]]
    enough = -good_enough(linear.given, relaxed.bound, gap) / linear.money_unit
    least = np.inf if best is None else -best.objective / linear.money_unit
    end, seed, last = now() + SHARE * (deadline - now()), 0, 0
    while seed < last + PATIENCE and now() < end and least > enough:
        seed += 1
        picked = nearest.copy()
        cost = choose_options(options, picked, _first_weights(options), ROUNDS, seed)
        if cost < np.inf:
            nearest = picked
        if cost < least - 1e-9:
            least, last = cost, seed
            values, chosen = np.zeros(model.num_columns), column[picked]
            values[chosen[chosen >= 0]] = 1.0
            best = better(best, complete(linear, values, deadline))
    return best


def _first_weights(options: Options) -> F64:
    """What a unit beyond a row's limit costs at first: as much as what is picked costs by the unit."""
    size = np.abs(options.entry).mean() if len(options.entry) else 1.0
    return np.full(len(options.lower), np.abs(options.cost).mean() / size)


def _options(linear: Linear, worth: F64) -> tuple[Options, I64]:
    """The options of every choice and their columns, -1 where none is taken.

    worth : float64[num_columns], what each column gains at the relaxation's prices
    """
    model, num_rows = linear.model, linear.model.matrix.shape[0] - len(linear.derived)
    matrix, num = csr_array(model.matrix)[:num_rows], model.num_columns
    rows, asked = choice_rows(matrix, model)
    of_column = np.full(num, -1)
    for number, i in enumerate(rows.tolist()):
        of_column[matrix.indices[matrix.indptr[i] : matrix.indptr[i + 1]]] = number
    alone = np.flatnonzero(of_column < 0)
    of_column[alone] = len(rows) + np.arange(len(alone))
    may_be_none: I64 = np.concatenate([np.flatnonzero(~asked), of_column[alone]])
    column = np.concatenate([np.arange(num), np.full(len(may_be_none), -1)])
    choice: I64 = np.concatenate([of_column, may_be_none])
    order = np.lexsort((-np.append(worth, 0.0)[column], choice))
    ranked = choice[order]
    order = order[np.arange(len(order)) - np.searchsorted(ranked, ranked) < KEPT]
    column, choice = column[order], choice[order]
    rest = np.setdiff1d(np.arange(num_rows), rows)
    # One column more, of nothing, for what is not taken.
    entries = csc_array(hstack([csc_array(matrix[rest]), csc_array((len(rest), 1))]))[:, column]
    by_row = csr_array(entries)
    return (
        Options(
            np.searchsorted(choice, np.arange(choice.max(initial=-1) + 2)), choice,
            np.where(column >= 0, -model.cost[column], 0.0), entries.indptr.astype(np.int64),
            entries.indices.astype(np.int64), entries.data, by_row.indptr.astype(np.int64),
            by_row.indices.astype(np.int64), model.row_lower[rest], model.row_upper[rest],
            bool((entries.data >= 0).all() and np.isinf(model.row_lower[rest]).all()),
        ),
        column,
    )  # fmt: skip
