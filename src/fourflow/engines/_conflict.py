"""Rows that cannot all hold: an irreducible set of them, and the least by which they would have to give.

The deletion filter (Chinneck and Dravnieks 1991): leave rows out one after the other; what can go without
making the rest feasible goes for good, and what remains is a set of which every member is needed. How much
they would have to give is the answer to an elastic program over that set alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from scipy.sparse import coo_array, csc_array, hstack

from fourflow.engines._highs import Answer, Solver, now
from fourflow.engines._infeasible import without_values
from fourflow.engines._model import Model, build
from fourflow.problem import INF, ClearingProblem


@dataclass(frozen=True)
class Conflict:
    """rows : coupling rows that cannot all hold with everything else, while any of them less can.

    gives : by how much each of them has to give for the least relaxation in all, relative to their limits
    (in units of the row's measure; 0 where another gives instead); empty where none was found in time.
    """

    rows: tuple[int, ...]
    gives: tuple[Fraction, ...]


def find_conflict(
    problem: ClearingProblem, rows: Sequence[int], time_limit_s: float = 10.0
) -> Conflict | None:
    """An irreducible set among `rows` (coupling rows) that makes a problem infeasible.

    None where the problem is infeasible without any of them, where it is not infeasible at all (a search that
    ran out of time says nothing about rows), or where that could not be told in time.
    """
    deadline = now() + time_limit_s
    if not _can_hold(_without(problem, rows), deadline) or _can_hold(problem, deadline):
        return None
    left = list(rows)
    for row in rows:
        fewer = [other for other in left if other != row]
        out = [other for other in rows if other not in fewer]
        if not _can_hold(_without(problem, out), deadline):
            left = fewer
    return Conflict(
        tuple(left), _gives(_without(problem, [r for r in rows if r not in left]), left, deadline)
    )


def _without(problem: ClearingProblem, rows: Sequence[int]) -> ClearingProblem:
    """The problem with some coupling rows left open."""
    lower, upper = problem.coupling_lower.copy(), problem.coupling_upper.copy()
    lower[list(rows)], upper[list(rows)] = -INF, INF
    return replace(problem, coupling_lower=lower, coupling_upper=upper)


def _can_hold(problem: ClearingProblem, deadline: float) -> bool:
    """Whether there is a point at all, as far as HiGHS can tell; a doubt counts as yes, so nothing is blamed
    that may be innocent."""
    return _run(build(without_values(problem), keep_all=True), deadline).status != "infeasible"


def _run(model: Model, deadline: float) -> Answer:
    solver = Solver(model, whole=bool(model.whole.any()))
    solver.option("presolve", "off")  # it has called feasible programs infeasible
    return solver.run(max(deadline - now(), 0.1))


def _gives(problem: ClearingProblem, rows: Sequence[int], deadline: float) -> tuple[Fraction, ...]:
    """The least that these rows have to give, each weighed by the size of its own limit."""
    model = build(without_values(problem), keep_all=True)
    num_rows, num_columns = model.matrix.shape
    at = np.array(rows, np.int64) + len(model.kept)
    low, high = model.row_lower[at], model.row_upper[at]
    asks = np.isfinite(low)
    limit = np.abs(np.where(asks, low, high))
    extra = coo_array((np.where(asks, 1.0, -1.0), (at, np.arange(len(at)))), shape=(num_rows, len(at)))
    elastic = replace(
        model,
        cost=np.concatenate([np.zeros(num_columns), -1.0 / np.maximum(limit, 1e-6)]),
        lower=np.concatenate([model.lower, np.zeros(len(at))]),
        upper=np.concatenate([model.upper, np.full(len(at), np.inf)]),
        matrix=csc_array(hstack([model.matrix, extra])),
        whole=np.concatenate([model.whole, np.zeros(len(at), np.bool_)]),
    )
    answer = _run(elastic, deadline)
    if answer.x is None:
        return ()
    scales = problem.scales
    unit = [float(scales.coefficient * scales.quantity) * model.row_unit[r] * model.flow_unit for r in rows]
    given = answer.x[num_columns:]
    return tuple(
        Fraction(round(float(x) * u * 1e6), 10**6) for x, u in zip(given.tolist(), unit, strict=True)
    )
