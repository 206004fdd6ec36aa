"""Rows that cannot all hold: an irreducible set of them, and the least by which they would have to give.

Every row gets a column by which it may give way, in shares of its own limit, and as little as possible is
given in all: rows that have a price then are an infeasible set. The deletion filter (Chinneck and Dravnieks
1991) makes it irreducible: leave rows out one after the other; what can go without making the rest feasible
goes for good, and what remains is a set of which every member is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, hstack

from fourflow.engines._highs import Answer, Solver, now
from fourflow.engines._infeasible import without_values
from fourflow.engines._model import F64, build
from fourflow.problem import INF, ClearingProblem

TINY = 1e-6
"""What is lacking of a limit by less than this share is not told from rounding."""


WHOLE_ARCS = 20_000
"""Rows of larger problems that contradict each other in parts are filtered without whole decisions."""


@dataclass(frozen=True)
class Conflict:
    """rows : coupling rows that cannot all hold with everything else, while any of them less can.

    gives : by how much each of them has to give for the least relaxation in all, relative to their limits (in
    units of the row's measure; 0 where another gives instead, and for a limit of 0, which never gives way);
    empty where none was found in time.
    """

    rows: tuple[int, ...]
    gives: tuple[Fraction, ...]


def find_conflict(
    problem: ClearingProblem, rows: Sequence[int], time_limit_s: float = 20.0
) -> Conflict | None:
    """An irreducible set among `rows` (coupling rows) that makes a problem infeasible.

    None where the problem is infeasible without any of them, where it is not infeasible at all (a search that
    ran out of time says nothing about rows), or where that could not be told in time.
    """
    deadline, left = now() + time_limit_s, np.array(rows, np.int64)
    relaxed = _Elastic(problem, left, whole=False)
    first = relaxed.lacking(left, deadline)
    if first.certain:
        left = relaxed.filtered(left[first.priced], deadline)
    # Where rows contradict each other even in parts, whole decisions can only leave fewer of them needed.
    whole = problem.has_whole and (not first.certain or problem.num_arcs <= WHOLE_ARCS)
    elastic = _Elastic(problem, relaxed.rows, whole=True) if whole else relaxed
    if not first.certain and not (whole and elastic.lacking(left, deadline).certain):
        return None
    if whole:
        left = elastic.filtered(left, deadline)
    gives = elastic.lacking(left, deadline + time_limit_s / 4).gives
    if not gives and first.gives:
        gives = tuple(give for row, give in zip(rows, first.gives, strict=True) if row in left)
    return Conflict(tuple(left.tolist()), gives)


def can_hold(
    problem: ClearingProblem, rows: Sequence[int], chosen: Sequence[int], time_limit_s: float = 20.0
) -> bool:
    """Whether the chosen ones among `rows` can hold together; a doubt counts as yes."""
    elastic = _Elastic(problem, np.array(rows, np.int64), problem.has_whole)
    return not elastic.lacking(np.array(chosen, np.int64), now() + time_limit_s).certain


def _without(problem: ClearingProblem, rows: NDArray[np.int64]) -> ClearingProblem:
    """The problem with some coupling rows left open."""
    lower, upper = problem.coupling_lower.copy(), problem.coupling_upper.copy()
    lower[rows], upper[rows] = -INF, INF
    return replace(problem, coupling_lower=lower, coupling_upper=upper)


@dataclass(frozen=True)
class _Lack:
    """certain : the rows cannot all hold; priced : bool[num_rows], those with a price; gives as above."""

    certain: bool
    priced: NDArray[np.bool_]
    gives: tuple[Fraction, ...]


class _Elastic:
    """A problem without values in which `rows` may give way, each by a share of its limit.

    Each has two columns for that: one is paid for, the other is free, and open where the row need not hold.
    """

    def __init__(self, problem: ClearingProblem, rows: NDArray[np.int64], whole: bool) -> None:
        # Built without the rows, which would cap arcs, and with them, for their limits.
        model, limits = (build(without_values(p)) for p in (_without(problem, rows), problem))
        self.rows, self.at, self.num_columns = rows, rows + len(model.kept), model.num_columns
        self.whole = whole
        low, high = limits.row_lower[self.at], limits.row_upper[self.at]
        asks = np.isfinite(low)
        limit = np.abs(np.where(asks, low, high))
        unit = float(problem.scales.coefficient * problem.scales.quantity) * model.flow_unit
        self.limit = limit * model.row_unit[rows] * unit
        count, step = len(rows), np.where(asks, 1.0, -1.0) * np.where(limit > 0, limit, 1.0)
        entries = np.tile(step, 2), (np.tile(self.at, 2), np.arange(2 * count))
        extra = coo_array(entries, shape=(model.matrix.shape[0], 2 * count))
        row_lower, row_upper = model.row_lower.copy(), model.row_upper.copy()
        row_lower[self.at], row_upper[self.at] = low, high
        elastic = replace(
            model,
            row_lower=row_lower,
            row_upper=row_upper,
            cost=np.concatenate([np.zeros(self.num_columns), -np.ones(count), np.zeros(count)]),
            lower=np.concatenate([model.lower, np.zeros(2 * count)]),
            upper=np.concatenate([model.upper, np.where(limit > 0, np.inf, 0.0), np.zeros(count)]),
            matrix=csc_array(hstack([model.matrix, extra])),
            whole=np.concatenate([model.whole, np.zeros(2 * count, np.bool_)]),
        )
        self.solver = Solver(elastic, whole=whole)
        self.solver.option("presolve", "off")  # it has called feasible programs infeasible

    def lacking(self, rows: NDArray[np.int64], deadline: float) -> _Lack:
        """How much of these rows is lacking where only they have to hold."""
        count = len(self.rows)
        on = np.isin(self.rows, rows)
        free = self.num_columns + count + np.arange(count)
        self.solver.change_bounds(free, np.zeros(count), np.where(on, 0.0, np.inf))
        answer = self.solver.run(max(deadline - now(), 0.1))
        self.solver.option("simplex_strategy", 4)  # primal: what was feasible stays so when a row is opened
        told = answer.status == "optimal" or (self.whole and answer.status == "stopped")
        certain = told and answer.bound < -TINY
        return _Lack(certain, self._priced(answer), self._gives(answer, on))

    def _priced(self, answer: Answer) -> NDArray[np.bool_]:
        if answer.row_dual is None:
            return np.ones(len(self.rows), np.bool_)
        worth: F64 = np.abs(answer.row_dual[self.at]) * np.maximum(self.limit, 1.0)
        return np.asarray(worth > 0)

    def _gives(self, answer: Answer, on: NDArray[np.bool_]) -> tuple[Fraction, ...]:
        if answer.x is None or answer.status != "optimal":
            return ()
        given = (answer.x[self.num_columns :][: len(on)] * self.limit)[on]
        return tuple(Fraction(round(float(x) * 1e6), 10**6) for x in given.tolist())

    def filtered(self, rows: NDArray[np.int64], deadline: float) -> NDArray[np.int64]:
        """Those without which the rest could hold; a doubt keeps a row in."""
        left = rows
        for row in rows.tolist():
            fewer = left[left != row]
            if len(fewer) and self.lacking(fewer, deadline).certain:
                left = fewer
        return left
