"""HiGHS by arrays: pass a model once, change column bounds, solve again from the last basis."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Thread
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from fourflow.engines._model import F64, Model
from fourflow.errors import EngineError

WAIT_S = 0.05
"""How often a running solve is looked at: for Ctrl-C and for progress."""
QUICK_S, SMALL = 0.1, 10_000
"""A warm program, or one of so few entries, is first tried for so long without a thread, whose start takes
longer than most of them."""
MOST_ROUNDS = 4
"""Rounds after which rows that answers go on to break are all put in."""
TOLERANCE = 1e-7
"""How far an answer may be beyond a row, in LP units: as far as HiGHS itself lets it."""

_STATUS = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
    highspy.HighsModelStatus.kUnboundedOrInfeasible: "infeasible or unbounded",
    highspy.HighsModelStatus.kModelEmpty: "optimal",
}

_GAVE_UP = (highspy.HighsModelStatus.kUnknown, highspy.HighsModelStatus.kSolveError)


@dataclass(frozen=True)
class Answer:
    """What HiGHS said, in LP units. `x` and the duals are None where it has none to give.

    row_dual : float64[num_rows], max sense: reduced value = cost - A' row_dual
    """

    status: str
    x: F64 | None
    row_dual: F64 | None
    objective: float
    bound: float
    iterations: int


class Solver:
    """One HiGHS model, kept warm between solves.

    lazy : bool[num_rows], rows that are put in once an answer breaks them; None if all are in from the start.
    Most of the rows that let an arc carry something only while a decision is made hold nothing.
    """

    def __init__(
        self,
        model: Model,
        threads: int | None = None,
        whole: bool = False,
        lazy: NDArray[np.bool_] | None = None,
    ) -> None:
        self._highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        highs = self._highs
        self._whole, self._threads = whole, threads or 0
        self._quick = not whole and model.matrix.nnz <= SMALL
        self._lower, self._upper = model.row_lower.copy(), model.row_upper.copy()
        self._column_lower, self._column_upper = model.lower.copy(), model.upper.copy()
        by_row = model.matrix if lazy is None else csr_array(model.matrix)
        left_out = np.zeros(len(self._lower), np.bool_) if lazy is None else lazy
        self._rows, self._waiting = np.flatnonzero(~left_out), np.flatnonzero(left_out)
        self._waiting_rows = None if lazy is None else by_row[self._waiting]
        highs.silent()
        highs.setOptionValue("random_seed", 1)
        highs.HandleUserInterrupt = True
        matrix = model.matrix if lazy is None else csc_array(by_row[self._rows])
        kinds = model.whole.astype(np.int32) if whole else np.zeros(model.num_columns, np.int32)
        status = highs.passModel(
            model.num_columns, matrix.shape[0], matrix.nnz, int(highspy.MatrixFormat.kColwise),
            int(highspy.ObjSense.kMaximize), 0.0, model.cost, model.lower, model.upper,
            self._lower[self._rows], self._upper[self._rows], matrix.indptr.astype(np.int32),
            matrix.indices.astype(np.int32), matrix.data, kinds,
        )  # fmt: skip
        if status == highspy.HighsStatus.kError:
            raise EngineError("HiGHS refused the model. Maybe a value or limit is NaN or beyond 1e15.")

    def option(self, name: str, value: str | float | int | bool) -> None:
        if self._highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise EngineError(f"HiGHS has no option {name} = {value!r}.")

    def change_bounds(self, columns: NDArray[np.int64], lower: F64, upper: F64) -> None:
        self._column_lower[columns], self._column_upper[columns] = lower, upper
        self._highs.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper)

    def change_costs(self, columns: NDArray[np.int64], costs: F64) -> None:
        self._highs.changeColsCost(len(columns), columns.astype(np.int32), costs)

    def change_rows(self, rows: NDArray[np.int64], lower: F64, upper: F64) -> None:
        self._lower[rows], self._upper[rows] = lower, upper
        chosen = np.isin(self._rows, rows)
        at, there = np.flatnonzero(chosen), self._rows[chosen]
        self._highs.changeRowsBounds(len(at), at.astype(np.int32), self._lower[there], self._upper[there])

    def add_rows(self, matrix: csr_array, lower: F64, upper: F64) -> None:
        """Put rows below those of the model."""
        self._rows = np.append(self._rows, len(self._lower) + np.arange(len(lower)))
        self._lower, self._upper = np.append(self._lower, lower), np.append(self._upper, upper)
        self._put_in(matrix, lower, upper)

    def _put_in(self, matrix: csr_array, lower: F64, upper: F64) -> None:
        starts, columns = matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32)
        self._highs.addRows(len(lower), lower, upper, matrix.nnz, starts, columns, matrix.data)

    def delete_rows(self, rows: NDArray[np.int64]) -> None:
        """Take out rows that `add_rows` has put in."""
        gone = np.isin(self._rows, rows)
        at = np.flatnonzero(gone)
        self._highs.deleteRows(len(at), at.astype(np.int32))
        kept = np.ones(len(self._lower), np.bool_)
        kept[rows] = False
        self._rows = (np.cumsum(kept) - 1)[self._rows[~gone]]
        self._lower, self._upper = self._lower[kept], self._upper[kept]

    def start_basis(self, columns: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        """Start from a basis of all columns and rows: 0 basic, 1 at the lower limit, -1 at the upper."""
        states = highspy.HighsBasisStatus
        table = np.array([states.kBasic, states.kLower, states.kUpper], dtype=object)
        basis = highspy.HighsBasis()
        basis.col_status, basis.row_status = table[columns].tolist(), table[rows[self._rows]].tolist()
        basis.valid = True
        self._highs.setBasis(basis)

    def start_from(self, x: F64) -> None:
        """Offer a first incumbent to the MIP solver."""
        solution = highspy.HighsSolution()
        solution.col_value = x
        self._highs.setSolution(solution)

    def run(self, time_limit_s: float, waiting: Callable[[], None] = lambda: None) -> Answer:
        """Solve within the time, with as many rows as are needed; KeyboardInterrupt stops HiGHS and is raised
        again."""
        deadline, iterations, rounds = now() + time_limit_s, 0, 0
        while True:
            answer = self._run(deadline - now(), waiting)
            iterations, rounds = iterations + answer.iterations, rounds + 1
            if not self._put_in_broken(answer, rounds >= MOST_ROUNDS):
                return replace(answer, iterations=iterations)
            if rounds == MOST_ROUNDS:
                all_in = self._run_anew(deadline - now(), waiting)
                # What fewer rows said is still a bound if time ends before all of them are heard.
                answer = replace(answer, status="stopped") if all_in.status == "stopped" else all_in
                return replace(answer, iterations=iterations + all_in.iterations)

    def _run_anew(self, time_limit_s: float, waiting: Callable[[], None]) -> Answer:
        """Solve from nothing, from within: most of the rows left out matter, and a basis of the others is
        farther from the answer than none."""
        self._highs.clearSolver()
        options = ("presolve", "choose"), ("solver", "ipm")
        before = [(name, self._highs.getOptionValue(name)[1]) for name, _ in options]
        for name, value in options:
            self.option(name, value)
        answer = self._run(time_limit_s, waiting)
        for name, value in before:
            self.option(name, value)
        return answer

    def within(
        self, columns: NDArray[np.int64], lower: F64, upper: F64, time_limit_s: float
    ) -> Answer | None:
        """Solve under these limits of some columns, of which only those that differ are changed; None where
        they cross."""
        if (lower > upper).any():
            return None
        changed = (lower != self._column_lower[columns]) | (upper != self._column_upper[columns])
        self.change_bounds(columns[changed], lower[changed], upper[changed])
        return self.run(time_limit_s)

    def _put_in_broken(self, answer: Answer, all_of_them: bool) -> bool:
        """Put in the rows still left out that an answer breaks, or all if the rest has no limit."""
        if self._waiting_rows is None or not len(self._waiting):
            return False
        if answer.status == "optimal" and answer.x is not None:
            at = self._waiting_rows @ answer.x
            broken = (at > self._upper[self._waiting] + TOLERANCE) | (
                at < self._lower[self._waiting] - TOLERANCE
            )
        else:
            broken = np.full(len(self._waiting), "unbounded" in answer.status)
        if all_of_them and broken.any():
            broken[:] = True
        rows = self._waiting[broken]
        if len(rows):
            self._put_in(self._waiting_rows[broken], self._lower[rows], self._upper[rows])
            self._rows = np.append(self._rows, rows)
            self._waiting, self._waiting_rows = self._waiting[~broken], self._waiting_rows[~broken]
        return len(rows) > 0

    def _run(self, time_limit_s: float, waiting: Callable[[], None]) -> Answer:
        deadline = now() + time_limit_s
        self._start(deadline, waiting)
        if self._highs.getModelStatus() in _GAVE_UP and now() < deadline:
            # From a basis of another model it may lose its way: once more, from none.
            self._highs.clearSolver()
            self._start(deadline, waiting)
        return self._answer()

    def _start(self, deadline: float, waiting: Callable[[], None]) -> None:
        highs, limit = self._highs, max(deadline - now(), 0.0)
        if self._quick:
            # A thread that HiGHS has run in keeps its number of threads; 0 takes whatever it is.
            highs.setOptionValue("threads", 0)
            highs.setOptionValue("time_limit", highs.getRunTime() + min(limit, QUICK_S))
            highs.run()
            if limit <= QUICK_S or highs.getModelStatus() != highspy.HighsModelStatus.kTimeLimit:
                return
            limit -= QUICK_S
        self._quick = not self._whole
        highs.setOptionValue("threads", self._threads)
        highs.setOptionValue("time_limit", highs.getRunTime() + limit)
        thread = Thread(target=highs.run, daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                thread.join(WAIT_S)
                waiting()
        except KeyboardInterrupt:
            highs.cancelSolve()
            thread.join()
            raise

    def _answer(self) -> Answer:
        highs = self._highs
        status = _STATUS.get(highs.getModelStatus(), "stopped")
        solution, info = highs.getSolution(), highs.getInfo()
        row_dual = None
        if solution.dual_valid:
            row_dual = np.zeros(len(self._lower))
            row_dual[self._rows] = solution.row_dual
        iterations = max(info.simplex_iteration_count, 0) + max(info.ipm_iteration_count, 0)
        return Answer(
            status=status,
            x=np.array(solution.col_value) if solution.value_valid else None,
            row_dual=row_dual,
            objective=float(info.objective_function_value),
            bound=float(info.mip_dual_bound) if self._whole else float(info.objective_function_value),
            iterations=int(iterations),
        )


class Facet:
    """maximise gain.z over gain in [0, 1]^n with gain.v <= 1 for every v put in, warm in between."""

    def __init__(self, z: F64) -> None:
        self._highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        self._highs.silent()
        self._highs.setOptionValue("presolve", "off")
        for worth in z.tolist():
            self._highs.addCol(-worth, 0.0, 1.0, 0, [], [])

    def forbid(self, choice: NDArray[np.bool_]) -> None:
        columns = np.flatnonzero(choice).astype(np.int32)
        self._highs.addRow(-np.inf, 1.0, len(columns), columns, np.ones(len(columns)))

    def best(self) -> F64 | None:
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.array(self._highs.getSolution().col_value)


def now() -> float:
    return time.perf_counter()
