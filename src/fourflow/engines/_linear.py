"""One linear program, solved again and again under changing limits of its columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fourflow.engines._bound import Box, bound_of, reduced_values, root_box
from fourflow.engines._duals import finish, round_duals
from fourflow.engines._highs import Answer, Solver, now
from fourflow.engines._model import F64, I64, Model, build, gate_rows
from fourflow.engines._network import Tree, basis_of, solve_network
from fourflow.engines._open import rising, settled
from fourflow.engines._sift import is_near, sift
from fourflow.problem import ClearingProblem, DerivedRow, Duals, strengthened

STAGED_ROWS = 2000
"""From this many node rows on the network is solved first and coupling rows are put in after it."""


LAZY_ROWS = 2000
"""From this many rows between an arc and a bundle on they are put in once they are broken."""
INTEGRAL = 1e-6
"""How near a whole number a value comes to be taken for one."""
MARGINS, MARGIN_S = (1e-12, 1e-10, 1e-8), 5.0
"""How much more, in the largest value, columns without an end are worth where rounding leaves them a gain;
and the time for each."""
SLACK = 1e-6
"""A row without a price that is further from its limit, in LP units, does not hold the answer."""


@dataclass(frozen=True)
class Relaxation:
    """The answer of one linear program.

    status : "optimal", "infeasible", "infeasible or unbounded", "unbounded" or "stopped"
    flow : float64[num_arcs] quanta, y : float64[num_bundles]; None where there are none
    bound : money, inf where `duals` prove nothing; duals None where there are none
    """

    status: str
    flow: F64 | None
    y: F64 | None
    duals: Duals | None
    bound: float


class Linear:
    """The relaxation of a problem; whole columns are counted in their own unit (steps, or 0 and 1).

    given, derived : the problem and what it was strengthened by; problem : the two together
    staged : whether its network is solved first, rows between arcs and bundles come later and nothing is
        presolved; a part of a network, in which most ways have lost their forks, is left to presolve instead
    """

    def __init__(self, problem: ClearingProblem, threads: int | None = None, staged: bool = True) -> None:
        self.given = self.problem = problem
        self.derived: tuple[DerivedRow, ...] = ()
        self.model: Model = build(problem)
        self.root = root_box(problem)
        self.whole: I64 = np.flatnonzero(self.model.whole)
        self.iterations = 0
        self.seconds = 0.0
        self.threads, self.staged = threads, staged
        self._solver: Solver | None = None

    def first(
        self, time_limit_s: float, waiting: Callable[[], None] = lambda: None,
        near: tuple[I64, Duals] | None = None,
    ) -> Relaxation:  # fmt: skip
        """Solve it from nothing: as a network alone, from the tree of its network, or as any LP.

        near : a feasible flow and prices that prove it near the best, from which large programs begin
        """
        began = now()
        problem, model = self.problem, self.model
        if (model.lower > model.upper).any():
            return Relaxation("infeasible", None, None, None, np.inf)
        pure = not len(model.row_unit) and not problem.num_bundles and not model.whole.any()
        if near is not None and self._begins_near(*near):
            deadline = began + time_limit_s
            self._solver, answer = sift(problem, model, self.threads, *near, deadline, waiting)
            return self._read(answer, self.root, began)
        tree = None
        if pure or (self.staged and len(model.row_unit) and len(model.kept) >= STAGED_ROWS):
            tree = solve_network(problem, model, began + time_limit_s, waiting)
        if pure and tree is not None:
            return self._read_tree(tree, began)
        lazy = _lazy_rows(problem, model) if self.staged else None
        self._solver = solver = Solver(model, self.threads, lazy=lazy)
        # Presolve finds little in a network, and the dual simplex from nothing is twice as fast without it.
        solver.option("presolve", "off" if self.staged else "choose")
        if tree is not None:
            solver.start_basis(*basis_of(problem, tree))
        answer = solver.run(time_limit_s - (now() - began), waiting)
        return self._read(answer, self.root, began)

    def _begins_near(self, flow: I64, duals: Duals) -> bool:
        """Whether this is a large program without whole decisions, and the prices are near the best."""
        problem, model = self.problem, self.model
        if problem.has_whole or problem.num_bundles or not len(model.row_unit):
            return False
        return len(model.kept) >= STAGED_ROWS and is_near(problem, flow, duals, self.root)

    def _read_tree(self, tree: Tree, began: float) -> Relaxation:
        problem, scales = self.problem, self.problem.scales
        pi = np.zeros(problem.num_nodes, np.int64)
        pi[self.model.kept] = -tree.price
        duals = finish(
            problem, pi, np.zeros(0, np.int64), scales.value, scales.value, self.model.kept, self.root
        )  # fmt: skip
        self.iterations, self.seconds = tree.pivots, now() - began
        bound = bound_of(problem, duals, self.root)
        return Relaxation(
            "optimal" if tree.finished else "stopped", tree.flow.astype(np.float64), np.zeros(0), duals, bound
        )

    def within(self, lower: F64, upper: F64, time_limit_s: float) -> Relaxation:
        """Solve it with other limits of the whole columns (in their own unit), from the last basis.

        lower, upper : float64[len(self.whole)]
        """
        began = now()
        answer = self.again(lower, upper, time_limit_s)
        if answer is None:
            return Relaxation("infeasible", None, None, None, np.inf)
        return self._read(answer, self.box(lower, upper), began)

    def again(self, lower: F64, upper: F64, time_limit_s: float) -> Answer | None:
        """As `within`, but in LP units and as the solver says it; None where limits cross."""
        assert self._solver is not None, "first comes first"
        return self._solver.within(self.whole, lower, upper, time_limit_s)

    def worth_within(self, lower: F64, upper: F64, time_limit_s: float) -> float:
        """The LP's objective in money under other limits; -inf where there is no point."""
        answer = self.again(lower, upper, time_limit_s)
        if answer is None or answer.status.startswith("infeasible"):
            return -np.inf
        self.iterations += answer.iterations
        return answer.objective * self.money_unit

    @property
    def money_unit(self) -> float:
        """The money that an LP objective of 1 stands for."""
        scales = self.problem.scales
        return self.model.flow_unit * self.model.value_unit * float(scales.value * scales.quantity)

    def strengthen(self, rows: Sequence[DerivedRow], time_limit_s: float) -> Relaxation:
        """Put derived rows below the others and solve again from the last basis, within the last limits."""
        assert self._solver is not None, "first comes first"
        began, old = now(), self.model.matrix.shape[0]
        self._set_derived((*self.derived, *rows))
        model = self.model
        self._solver.add_rows(csr_array(model.matrix)[old:], model.row_lower[old:], model.row_upper[old:])
        return self._read(self._solver.run(time_limit_s), self.root, began)

    def drop_slack(self, relaxed: Relaxation, time_limit_s: float) -> Relaxation:
        """Drop the derived rows that do not hold the last answer, and solve again: nothing moves."""
        assert self._solver is not None, "first comes first"
        assert relaxed.flow is not None, "there is an answer"
        assert relaxed.y is not None, "there is an answer"
        assert relaxed.duals is not None, "there is an answer"
        began, first = now(), self.model.matrix.shape[0] - len(self.derived)
        at = self.model.matrix @ self.in_steps(relaxed.flow, relaxed.y)
        # A row that HiGHS's tolerance leaves off its limit may hold the answer all the same.
        idle = relaxed.duals.row[self.given.num_coupling :] == 0
        slack = idle & ((self.model.row_upper - at)[first:] > SLACK)
        self._set_derived(tuple(row for row, drop in zip(self.derived, slack, strict=True) if not drop))
        self._solver.delete_rows(first + np.flatnonzero(slack))
        return self._read(self._solver.run(time_limit_s), self.root, began)

    def _set_derived(self, rows: tuple[DerivedRow, ...]) -> None:
        self.derived, self.problem = rows, strengthened(self.given, rows)
        self.model = build(self.problem)

    def in_steps(self, flow: F64, y: F64) -> F64:
        """A point with whole columns counted in their own unit, float64[num_columns]."""
        return np.concatenate([flow, y]) / self.model.column_unit

    def tightened(self, relaxed: Relaxation, share: float, time_limit_s: float) -> Relaxation:
        """Solve it with every row that has slack narrowed by `share` LP units on either side: a point that
        leaves rounding room in the rows. Where that leaves no point (what nothing reaches has no room, nor
        what is counted whole), only the coupling rows of which `relaxed` uses several arcs in parts. The
        limits are put back afterwards."""
        began, model = now(), self.model
        open_rows = np.flatnonzero(model.row_upper - model.row_lower > 4 * share)
        coupling, arcs = self.problem.coupling, ~model.whole[: self.problem.num_arcs]
        if relaxed.flow is not None:
            arcs = arcs & (relaxed.flow > 0)
        used = np.bincount(coupling.row_of_entry(), arcs[coupling.index], self.problem.num_coupling)
        shared = len(model.kept) + np.flatnonzero(used > 1)
        for rows in (open_rows, np.intersect1d(open_rows, shared)):
            answer = self._narrowed(rows, share, time_limit_s - (now() - began))
            if not answer.status.startswith("infeasible"):
                break
        return self._read(answer, self.root, began)

    def _narrowed(self, rows: I64, share: float, time_limit_s: float) -> Answer:
        assert self._solver is not None, "first comes first"
        lower, upper = self.model.row_lower[rows], self.model.row_upper[rows]
        self._solver.change_rows(rows, lower + share, upper - share)
        answer = self._solver.run(time_limit_s)
        self._solver.change_rows(rows, lower, upper)
        return answer

    def box(self, lower: F64, upper: F64) -> Box:
        """The columns' limits in quanta under other limits of the whole columns."""
        box_lower, box_upper = self.root.lower.copy(), self.root.upper.copy()
        unit = self.model.column_unit[self.whole]
        box_lower[self.whole] = np.maximum(box_lower[self.whole], lower * unit)
        box_upper[self.whole] = np.minimum(box_upper[self.whole], upper * unit)
        return Box(box_lower, box_upper)

    def root_limits(self) -> tuple[F64, F64]:
        """Limits of the whole columns in their own unit before any split."""
        return self.model.lower[self.whole], self.model.upper[self.whole]

    def is_fractional(self, relaxed: Relaxation) -> NDArray[np.bool_]:
        """The whole columns that a point has in parts.  bool[num_columns]"""
        found = np.zeros(len(self.model.whole), np.bool_)
        if relaxed.flow is not None and relaxed.y is not None:
            values = self.whole_values(relaxed.flow, relaxed.y)
            found[self.whole] = np.abs(values - np.rint(values)) > INTEGRAL
        return found

    def whole_values(self, flow: F64, y: F64) -> F64:
        """The whole columns of a point in their own unit, float64[len(self.whole)]."""
        return np.concatenate([flow, y])[self.whole] / self.model.column_unit[self.whole]

    def step_values(self, duals: Duals) -> F64:
        """What one step of each whole column is worth at these duals, in money.  float64[len(self.whole)]"""
        arcs, bundles = reduced_values(self.problem, duals)
        per_quantum = float(self.problem.scales.quantity * duals.node_scale)
        return np.concatenate([arcs * per_quantum, bundles])[self.whole] * self.model.column_unit[self.whole]

    def _read(self, answer: Answer, box: Box, began: float) -> Relaxation:
        self.iterations += answer.iterations
        self.seconds += now() - began
        problem, arcs = self.problem, self.problem.num_arcs
        flow = y = duals = None
        bound = np.inf
        if answer.x is not None:
            flow, y = answer.x[:arcs] * self.model.column_unit[:arcs], answer.x[arcs:]
        if answer.row_dual is not None and answer.status in ("optimal", "stopped"):
            duals = round_duals(problem, self.model, answer.row_dual, box)
            bound = bound_of(problem, duals, box)
            if np.isinf(bound) and answer.status == "optimal":
                duals, bound = self._settled(duals, box)
        return Relaxation(answer.status, flow, y, duals, bound)

    def _settled(self, duals: Duals, box: Box) -> tuple[Duals, float]:
        """Duals that prove something of columns without an end, if any do, and their bound.

        First near those given; then those of a program in which columns that only rise are worth a little
        more, so that they lose by that much at its duals.
        """
        problem, model, solver = self.problem, self.model, self._solver
        duals = settled(problem, duals, box)
        bound = bound_of(problem, duals, box)
        columns = rising(problem, box)
        largest = np.abs(model.cost).max(initial=1.0)
        for margin in MARGINS if solver is not None and len(columns) else ():
            if np.isfinite(bound):
                break
            assert solver is not None, "it has been looked at"
            solver.change_costs(columns, model.cost[columns] + margin * largest)
            answer = solver.run(MARGIN_S)
            solver.change_costs(columns, model.cost[columns])
            if answer.status == "optimal" and answer.row_dual is not None:
                duals = settled(problem, round_duals(problem, model, answer.row_dual, box), box)
                bound = bound_of(problem, duals, box)
        return duals, bound


def _lazy_rows(problem: ClearingProblem, model: Model) -> NDArray[np.bool_] | None:
    """Rows that let an arc flow only as far as a bundle is on, where there are many: most hold nothing."""
    links = gate_rows(problem)
    if links.sum() < LAZY_ROWS:
        return None
    return np.concatenate([np.zeros(len(model.kept), np.bool_), links])


COARSE = 1000
"""Quanta of a bundle between the sizes that are tried where finer ones leave rounding no way: with a
millionth of a project, lines of whole units are whole quanta of flow."""
NEARLY = 1e-3
"""Quanta of a bundle that may be noise."""
Way = Literal["down", "coarse", "up"]
WAYS: tuple[Way, ...] = get_args(Way)


def bundle_quanta(problem: ClearingProblem, y: F64, way: Way = "down") -> I64:
    """y in quanta, int64[num_bundles]: whole bundles to the nearest of 0 and 1; others down to where
    their lines at nodes without slack (l = u) are whole quanta of flow; "coarse": and to multiples of COARSE;
    "up": to the next multiple, as a floor asks that all of the slack in the lines just meets."""
    one = problem.scales.bundle.denominator
    lines = problem.bundle_lines
    tight = (problem.node_lower == problem.node_upper)[lines.index]
    shared = np.full(problem.num_bundles, one, np.int64)
    np.gcd.at(shared, lines.row_of_entry()[tight], np.abs(lines.coefficient[tight]))
    grid = one // shared
    part = np.floor(np.clip(y, 0.0, 1.0) * shared + NEARLY).astype(np.int64) * grid
    size = np.lcm(grid, min(COARSE, one))
    if way != "down":
        part -= part % size
    if way == "up":
        part = np.minimum(part + size, one)
    return np.where(problem.bundle_whole, np.rint(y).astype(np.int64) * one, part)
