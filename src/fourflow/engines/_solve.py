"""solve: the face of all engines. One answer, whatever is inside: flows, prices, proof, claim."""

from __future__ import annotations

from typing import Literal

import numpy as np

from fourflow.engines._exact import Run
from fourflow.engines._floats import has_floats, to_floats, to_integers
from fourflow.engines._incumbent import Start
from fourflow.errors import EngineError
from fourflow.problem import ClearingProblem, Solution
from fourflow.progress import ProgressCallback, ignore

Engine = Literal["auto", "exact"]


def solve(
    problem: ClearingProblem,
    gap: float = 1e-4,
    time_limit_s: float = 60.0,
    engine: Engine = "auto",
    threads: int | None = None,
    start: Start = None,
    progress: ProgressCallback = ignore,
) -> Solution:
    """Solve a problem to a relative gap, or as far as the time goes.

    Parameters
    ----------
    gap : relative gap, (bound - objective) / max(|bound|, |objective|)
    time_limit_s : seconds after which the best feasible answer so far is returned with its gap
    engine : "exact" is HiGHS for linear programs and a proof tree of our own for whole decisions;
        "auto" chooses, and says why in `stats["engine"]`
    threads : for the solver inside; None leaves it to the solver
    start : a Solution or (flow, bundle) to begin with, the first answer at hand if it is feasible
    progress : called with a Progress now and then; KeyboardInterrupt ends the run with the best so far
    """
    if engine not in ("auto", "exact"):
        raise EngineError(f"engine is {engine!r} but must be 'auto' or 'exact'. Maybe 'exact'.")
    if not gap >= 0:
        raise EngineError(f"gap is {gap} but must be at least 0. Maybe 1e-4.")
    if not has_floats(problem):
        return Run(problem, gap, time_limit_s, threads, progress).solve(start)
    twin, power = to_integers(problem)
    if start is not None:
        flow, bundle = (start.flow, start.bundle) if isinstance(start, Solution) else start
        start = (np.ldexp(np.asarray(flow, np.float64), power).astype(np.int64), bundle)
    return to_floats(Run(twin, gap, time_limit_s, threads, progress).solve(start), power)
