"""The exact engine: HiGHS for linear programs, a proof tree for whole decisions."""

from __future__ import annotations

import numpy as np

from fourflow.engines._bound import bound_of, root_box
from fourflow.engines._duals import round_duals
from fourflow.engines._highs import Solver, now
from fourflow.engines._model import I64, build
from fourflow.engines.rounding import round_flow
from fourflow.errors import EngineError
from fourflow.problem import ClearingProblem, Leaf, Solution, Status
from fourflow.progress import Progress, ProgressCallback

Start = Solution | tuple[np.ndarray, np.ndarray] | None


def solve_exact(
    problem: ClearingProblem, gap: float, deadline: float, threads: int | None, start: Start,
    progress: ProgressCallback,
) -> Solution:  # fmt: skip
    began = now()
    box = root_box(problem)
    model = build(problem)
    solver = Solver(model, threads)
    progress(Progress("linear program", now() - began))
    answer = solver.run(deadline - now())
    if answer.status != "optimal" or answer.x is None or answer.row_dual is None:
        raise EngineError(f"no answer: {answer.status}")
    duals = round_duals(problem, model, answer.row_dual, box)
    arcs = problem.num_arcs
    one = problem.scales.bundle.denominator
    bundle = np.rint(answer.x[arcs:] * one).astype(np.int64)
    flow = round_flow(problem, answer.x[:arcs] * model.column_unit[:arcs], bundle)
    if flow is None:
        raise EngineError("rounding failed")
    bound, objective = bound_of(problem, duals, box), objective_of(problem, flow, bundle)
    claimed = relative_gap(problem, objective, bound)
    status = Status.OPTIMAL_WITHIN_GAP if claimed <= gap else Status.GAP_NOT_REACHED
    stats = {"engine": "exact", "elapsed_s": now() - began, "iterations": answer.iterations}
    return Solution(flow, bundle, duals, Leaf(duals), status, claimed, stats)


def objective_of(problem: ClearingProblem, flow: I64, bundle: I64) -> float:
    """Money without the offset."""
    scales = problem.scales
    arcs = np.dot(problem.value.astype(np.longdouble), flow.astype(np.longdouble))
    bundles = np.dot(problem.bundle_value.astype(np.longdouble), bundle.astype(np.longdouble))
    return float(
        arcs * float(scales.value * scales.quantity) + bundles * float(scales.bundle_value * scales.bundle)
    )


def relative_gap(problem: ClearingProblem, objective: float, bound: float) -> float:
    """(bound - objective) / max(|bound|, |objective|), offset included; 0/0 = 0."""
    offset = float(problem.objective_offset * problem.scales.value * problem.scales.quantity)
    missing = max(bound - objective, 0.0)
    return missing / max(abs(bound + offset), abs(objective + offset)) if missing > 0 else 0.0
