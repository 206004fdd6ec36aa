"""A linear program near an answer that is known: most columns are held where they are.

Prices that prove an answer to be within 1e-4 of the best tell of most columns on which side of worth taking
they are. The others are few, and HiGHS soon has their program solved; columns that its prices say were held
wrongly are let go, and it goes on from there until there are none. This is sifting (Bixby and others 1992,
"Very large-scale linear programming"), begun from prices instead of from nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fourflow.engines._bound import Box, bound_of, reduced_values
from fourflow.engines._claims import objective_of, relative_gap
from fourflow.engines._highs import TOLERANCE, Answer, Solver, now
from fourflow.engines._model import I64, Model
from fourflow.problem import ClearingProblem, Duals

NEAR = 1e-4
"""Within this gap prices tell which columns may move."""
FAR = 2e-3
"""A column is held that would lose that part of the typical value if it left its limit."""


def is_near(problem: ClearingProblem, flow: I64, duals: Duals, box: Box) -> bool:
    """Whether the prices prove a feasible flow to be near the best."""
    if len(duals.node) != problem.num_nodes or len(duals.row) != problem.num_coupling:
        return False
    objective = objective_of(problem, flow, np.zeros(problem.num_bundles, np.int64))
    return relative_gap(problem, objective, bound_of(problem, duals, box)) <= NEAR


def sift(
    problem: ClearingProblem, model: Model, threads: int | None, flow: I64, duals: Duals, deadline: float,
    waiting: Callable[[], None],
) -> tuple[Solver, Answer]:  # fmt: skip
    """The answer to all of the program, without bundles and lots, and the solver that holds no column."""
    low, high = _held(problem, model, flow, duals)
    lower, upper = model.lower.copy(), model.upper.copy()
    upper[low], lower[high] = lower[low], upper[high]
    solver, iterations = Solver(replace(model, lower=lower, upper=upper), threads), 0
    while True:
        answer = solver.run(deadline - now(), waiting)
        iterations += answer.iterations
        if answer.status != "optimal" or answer.row_dual is None:
            break
        reduced = model.cost - model.matrix.T @ answer.row_dual
        wrong = np.flatnonzero((low & (reduced > TOLERANCE)) | (high & (reduced < -TOLERANCE)))
        if not len(wrong):
            break
        low[wrong] = high[wrong] = False
        solver.change_bounds(wrong, model.lower[wrong], model.upper[wrong])
    rest = np.flatnonzero(low | high)
    solver.change_bounds(rest, model.lower[rest], model.upper[rest])
    return solver, replace(answer, iterations=iterations)


def _held(
    problem: ClearingProblem, model: Model, flow: I64, duals: Duals
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Columns at their lower and upper limits that are far from worth moving.  bool[num_arcs] twice"""
    hubs = np.zeros(problem.num_nodes, np.int64)
    hubs[model.kept] = duals.node[model.kept]
    worth, _ = reduced_values(problem, replace(duals, node=hubs))
    size = np.abs(problem.value[problem.value != 0])
    typical = float(np.median(size)) if len(size) else 1.0
    far = FAR * typical * float(problem.scales.value / duals.node_scale)
    full = flow >= model.upper[: problem.num_arcs] * model.column_unit[: problem.num_arcs] - 0.5
    return (worth < -far) & (flow == 0), (worth > far) & full
