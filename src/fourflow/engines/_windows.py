"""Better answers for large programs: HiGHS's branch and bound in one window after another.

A window frees the whole columns around one of them that stand near the relaxation's margin; all others stay
as in the best answer so far (Shaw 1998; Danna, Rothberg and Le Pape 2005). Of the continuous columns only
those nearest to the margin of each row are free.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Event

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from fourflow.engines._highs import Solver, now
from fourflow.engines._linear import INTEGRAL, Linear, Relaxation
from fourflow.engines._model import F64, I64, Model, node_price_unit, row_price_unit
from fourflow.problem import Duals

FEWEST_COLUMNS = 10_000
"""Below so many columns whole programs are searched as fast as windows."""
MARGIN = 20
"""Continuous columns of each row that are free in a window."""
FIRST_CORE, CORE = 1, 2
"""Whole columns for each row that the first program frees, and that windows choose from."""
FIRST_SHARE = 0.35
"""Share of the time for the first program."""
WINDOW, FROM_ROW, WINDOW_S = 200, 8, 1.0
"""Whole columns in a window, those at most that join it by one row, and the time for one."""


class Windows:
    """The best point found; `step` looks through one more window. Float points in LP units.

    point : float64[num_columns] or None; worth : its objective in LP units
    """

    def __init__(self, linear: Linear, relaxed: Relaxation, enough: float) -> None:
        """enough : an objective in money that ends the search"""
        assert relaxed.flow is not None, "there is an answer"
        assert relaxed.y is not None, "there is an answer"
        assert relaxed.duals is not None, "there is an answer"
        self.model, self.whole = linear.model, linear.whole
        self.by_row = csr_array(self.model.matrix)
        self.root = linear.in_steps(relaxed.flow, relaxed.y)
        self.root[self.whole] = np.rint(self.root[self.whole])
        value = np.abs(reduced_costs(linear, relaxed.duals))
        self.near = self._near(value)
        value[linear.is_fractional(relaxed)] = -1.0
        self.order = self.whole[np.argsort(value[self.whole], kind="stable")]
        self.enough = enough / linear.money_unit
        self.core = self._core(CORE)
        self.in_core = np.zeros(len(value), np.bool_)
        self.in_core[self.core] = True
        self.pattern = abs(self.by_row).astype(np.bool_).astype(np.float64)
        self.random = np.random.default_rng(1)
        self.point: F64 | None = None
        self.worth = -np.inf
        self.widened = False

    def values(self) -> F64 | None:
        """The whole columns of the best point."""
        return None if self.point is None else np.rint(self.point[self.whole])

    def first(self, time_limit_s: float, waiting: Callable[[], None] = lambda: None) -> None:
        """Find a point near the relaxation."""
        free = self.near.copy()
        free[self._core(FIRST_CORE)] = True
        self._solve(free, self.root, time_limit_s, waiting)

    def search(self, deadline: float, waiting: Callable[[], None] = lambda: None) -> None:
        """Find a point near the relaxation, then look through windows until the time is up.

        waiting : called while programs run; KeyboardInterrupt out of it ends the search
        """
        if not self.widened:
            self.first(FIRST_SHARE * (deadline - now()), waiting)
            self.widened = True
        while self.point is not None and self.worth < self.enough and now() < deadline:
            self.look(min(WINDOW_S, deadline - now()), waiting)

    def look(self, time_limit_s: float, waiting: Callable[[], None] = lambda: None) -> None:
        """Look through one window, around a whole column of the core."""
        if self.point is not None:
            chosen = self._around(int(self.random.choice(self.core)))
            self._solve(self._window(chosen), self.point, time_limit_s, waiting)

    def _core(self, per_row: int) -> I64:
        return self.order[: per_row * self.by_row.shape[0]]

    def _near(self, value: F64) -> NDArray[np.bool_]:
        """The continuous columns that cost least to move, some of each row.  bool[num_columns]"""
        rows = self.by_row
        row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
        column = rows.indices
        mine = ~self.model.whole[column]
        row, column = row[mine], column[mine]
        order = np.lexsort((value[column], row))
        row, column = row[order], column[order]
        rank = np.arange(len(row)) - np.searchsorted(row, row)
        near = np.zeros(len(value), np.bool_)
        near[column[rank < MARGIN]] = True
        return near

    def _around(self, column: int) -> list[int]:
        """Whole columns of the core that one row after another leads to."""
        matrix, rows = self.model.matrix, self.by_row
        chosen, seen = [column], {column}
        for at in chosen:
            own = matrix.indices[matrix.indptr[at] : matrix.indptr[at + 1]]
            spans = [rows.indices[rows.indptr[i] : rows.indptr[i + 1]] for i in own.tolist()]
            beside = np.unique(np.concatenate(spans)) if spans else np.zeros(0, np.int64)
            beside = self.random.permutation(beside[self.in_core[beside]])[:FROM_ROW]
            new = [c for c in beside.tolist() if c not in seen]
            seen.update(new)
            chosen += new
            if len(chosen) >= WINDOW:
                break
        return chosen

    def _window(self, chosen: list[int]) -> NDArray[np.bool_]:
        """The columns free in a window: continuous ones within the rows of `chosen`, or one step further."""
        pattern = self.pattern
        rows = pattern[:, chosen].sum(axis=1) > 0
        carriers = self.near & (pattern.T @ rows.astype(np.float64) > 0)
        rows |= pattern @ carriers.astype(np.float64) > 0
        free = self.near & (pattern.T @ (~rows).astype(np.float64) == 0)
        free[chosen] = True
        return np.asarray(free)

    def _solve(
        self, free: NDArray[np.bool_], around: F64, time_limit_s: float, waiting: Callable[[], None]
    ) -> None:
        """Keep the best point whose other columns are as in `around`."""
        columns = np.flatnonzero(free)
        part, rest = restricted(self.model, columns, around)
        solver = Solver(part, 1, whole=True)
        solver.option("mip_rel_gap", 0.0)
        solver.option("objective_target", self.enough - rest)
        if self.point is not None:
            solver.start_from(self.point[columns])
        answer = solver.run(time_limit_s, waiting)
        if answer.x is None or answer.objective + rest <= self.worth + INTEGRAL:
            return
        self.point, self.worth = around.copy(), answer.objective + rest
        self.point[columns] = answer.x
        self.point[self.whole] = np.rint(self.point[self.whole])


def search_beside(windows: Windows, deadline: float, prove: Callable[[], bool]) -> bool:
    """Do `prove` and return what it says, while another thread looks through windows."""
    stop = Event()

    def waiting() -> None:
        if stop.is_set():
            raise KeyboardInterrupt

    def look() -> None:
        with suppress(KeyboardInterrupt):
            windows.search(deadline, waiting)

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        try:
            more = prove()
        finally:
            stop.set()
        looking.result()
    return more


def reduced_costs(linear: Linear, duals: Duals) -> F64:
    """The LP's reduced costs at duals of its rows.  float64[num_columns]"""
    problem, model = linear.given, linear.model
    node = (
        duals.node[model.kept].astype(np.float64) * float(duals.node_scale) / node_price_unit(problem, model)
    )
    row = duals.row[: problem.num_coupling].astype(np.float64) * float(duals.row_scale)
    return np.asarray(
        model.cost - model.matrix.T @ np.concatenate([node, row / row_price_unit(problem, model)])
    )


def restricted(model: Model, columns: I64, point: F64) -> tuple[Model, float]:
    """The model of some columns and their rows alone, others as in `point`, and what those are worth.

    Of what says how rows and columns were made, only that of the columns is kept in step.
    """
    others = point.copy()
    others[columns] = 0.0
    taken = model.matrix @ others
    matrix = model.matrix[:, columns]
    rows = np.unique(matrix.indices)
    part = replace(
        model,
        cost=model.cost[columns],
        lower=model.lower[columns],
        upper=model.upper[columns],
        matrix=csc_array(csr_array(matrix)[rows]),
        row_lower=(model.row_lower - taken)[rows],
        row_upper=(model.row_upper - taken)[rows],
        column_unit=model.column_unit[columns],
        whole=model.whole[columns],
    )
    return part, float(model.cost @ others)
