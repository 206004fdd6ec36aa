"""Whole columns of a linear program, settled step after step."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fourflow.engines._highs import Answer, now
from fourflow.engines._linear import INTEGRAL
from fourflow.engines._model import F64, I64, Model

Again = Callable[[F64, F64, float], Answer | None]
SLIGHT = 1e-5
"""What the nearer way may cost of all there is without a look at the other way."""
RELEASES = 4
"""How often what was left out may come back where a step would leave no point."""


class Dive:
    """Settles whole columns; what it holds is in LP units.

    again : the answer of the program under limits of its whole columns, in so many seconds at most
    lower, upper : those limits now, float64[len(whole)]
    point : float64[num_columns], the best within them
    """

    def __init__(
        self, model: Model, again: Again, point: F64, deadline: float, takes: NDArray[np.bool_] | None = None
    ) -> None:
        """takes : bool[num_columns], columns that need others and may be given up for want of them"""
        self.matrix, self.cost = model.matrix, model.cost
        self.whole = np.flatnonzero(model.whole)
        self.again, self.point, self.deadline = again, point, deadline
        self.lower, self.upper = model.lower[self.whole], model.upper[self.whole]
        self.lowest, self.highest = self.lower.copy(), self.upper.copy()
        self.takes = np.zeros(len(self.whole), np.bool_) if takes is None else takes[self.whole]
        self.worth = float(self.cost @ point)

    @property
    def values(self) -> F64:
        return self.point[self.whole]

    @property
    def is_fractional(self) -> NDArray[np.bool_]:
        return np.asarray(np.abs(self.values - np.rint(self.values)) > INTEGRAL)

    def at(self, point: F64) -> Dive:
        """The same limits at another point."""
        other = copy(self)
        other.lower, other.upper, other.highest = self.lower.copy(), self.upper.copy(), self.highest.copy()
        other.point, other.worth = point, float(self.cost @ point)
        return other

    def limited(self, model: Model) -> Model:
        """The model under these limits."""
        lower, upper = model.lower.copy(), model.upper.copy()
        lower[self.whole], upper[self.whole] = self.lower, self.upper
        return replace(model, lower=lower, upper=upper)

    def fix(self, chosen: NDArray[np.bool_]) -> None:
        """Keep some columns as they are, or below."""
        values = np.rint(self.values[chosen])
        self.lower[chosen], self.upper[chosen], self.highest[chosen] = values, values, values

    def decide(self, chosen: NDArray[np.bool_], deadline: float) -> bool:
        """Settle some columns, those nearest to a whole number first, the way that costs less: one by one at
        first, more at a time as time goes by."""
        began, most = now(), len(self.whole)
        while len(columns := np.flatnonzero(self.is_fractional & chosen)):
            late = (now() - began) / max(deadline - began, 1e-9)
            off = np.abs(self.values[columns] - np.rint(self.values[columns]))
            some = columns[np.argsort(off, kind="stable")[: max(1, min(int(late * len(columns)), most))]]
            if len(some) > 1:
                done = self._settle(some, np.rint(self.values[some]))
                most = most if done else len(some) // 4
            elif not (self._settle_better(some) or self._give_up(some)):
                return False
        self.fix(chosen)
        return True

    def _settle_better(self, column: I64) -> bool:
        """Settle one column the way that costs less, at once the nearer one if that costs but little."""
        value = self.values[column]
        near = np.rint(value)
        to, found = near, self._tried(column, near)
        if found is None or found.objective < self.worth - SLIGHT * abs(self.worth):
            far = np.floor(value) + np.ceil(value) - near
            other = self._tried(column, far)
            if other is not None and (found is None or other.objective > found.objective):
                to, found = far, other
        return found is not None and self._keep(column, to, found)

    def leave_out(self, rank: I64, small: float, share: float) -> bool:
        """Settle all columns, those of the least rank first, mostly by leaving out what is held in parts up
        to `small`, a `share` of all parts at a time: others then take its place.

        Where nothing is small, what is largest comes in. A step that leaves no point is made smaller, a
        single one the other way round; where neither will do, what was left out may come back.
        """
        step, releases = share, RELEASES
        while (fractional := self.is_fractional).any():
            if now() > self.deadline:
                return False
            part = self.values - np.floor(self.values + INTEGRAL)
            columns = np.flatnonzero(fractional & (rank == rank[fractional].min()))
            columns = columns[np.argsort(part[columns], kind="stable")]
            some = max(1, int(len(columns) * step))
            down = columns[:some][part[columns[:some]] < small]
            columns, up = (down, False) if len(down) else (columns[-max(1, some // 2) :], True)
            done = self._round(columns, up)
            if not done and len(columns) == 1:
                done = self._round(columns, not up)
                if not done and releases:
                    done, releases = self._settle_anew(columns), releases - 1
                if not done:
                    return False
            step = min(share, step * 2) if done else step / 4
        return True

    def _settle_anew(self, columns: I64) -> bool:
        """Settle some columns where what was left out may come back, or give up what needs them."""
        self.upper = np.maximum(self.highest, self.lower)
        return self._round(columns, True) or self._round(columns, False) or self._give_up(columns)

    def _give_up(self, columns: I64) -> bool:
        """Leave out for good what came in, takes something and stands in a row with one of these columns, or
        with another fraction beside it; what it took may stay away, too. All may go where nothing does."""
        parts = self._beside(columns) & self.is_fractional
        gone = self._beside(np.flatnonzero(parts)) & self.takes & (self.lower > 0)
        stays = self.takes & ~gone & gone.any()
        lower, upper = np.where(stays, self.lower, self.lowest), np.where(gone, 0.0, self.upper)
        found = self._found(lower, upper)
        if found is not None:
            self.lower, self.upper, self.highest[gone] = lower, upper, 0.0
        return found is not None and self._hold(found)

    def _beside(self, columns: I64) -> NDArray[np.bool_]:
        """Whole columns that stand in a row with some.  bool[len(whole)]"""
        rows = np.zeros(self.matrix.shape[0])
        rows[np.unique(self.matrix[:, self.whole[columns]].indices)] = 1.0
        return np.asarray((abs(self.matrix).T @ rows)[self.whole] > 0)

    def _round(self, columns: I64, up: bool) -> bool:
        return self._settle(columns, (np.ceil if up else np.floor)(self.values[columns]))

    def _settle(self, columns: I64, to: F64) -> bool:
        found = self._tried(columns, to)
        return found is not None and self._keep(columns, to, found)

    def _tried(self, columns: I64, to: F64) -> Answer | None:
        """The best point with some columns at `to` or beyond, None where there is none."""
        return self._found(*self._limits(columns, to))

    def _limits(self, columns: I64, to: F64) -> tuple[F64, F64]:
        lower, upper, rises = self.lower.copy(), self.upper.copy(), to > self.values[columns]
        lower[columns[rises]], upper[columns[~rises]] = to[rises], to[~rises]
        return lower, upper

    def _found(self, lower: F64, upper: F64) -> Answer | None:
        found = self.again(lower, upper, self.deadline - now())
        return found if found is not None and found.status == "optimal" and found.x is not None else None

    def _keep(self, columns: I64, to: F64, found: Answer) -> bool:
        self.lower, self.upper = self._limits(columns, to)
        return self._hold(found)

    def _hold(self, found: Answer) -> bool:
        assert found.x is not None, "it was found"
        self.point, self.worth = found.x, found.objective
        return True
