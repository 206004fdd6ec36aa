"""One other solver on one linear program in a process of its own: no fourflow here, and never two solvers.

    python benchmarks/linear_peers.py SOLVER LP.npz GAP SECONDS

SOLVER is highs-simplex, highs-ipx, highs-hipo, highs-pdlp or ortools-pdlp. Prints one line of JSON: seconds,
processor seconds, objective, status. Two threads; the model is built before the clock starts; tolerances are
GAP and there is no crossover, so that no work is done beyond what is asked.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np
from scipy.sparse import csc_array

THREADS = 2


def highs(method: str, lp: Any, gap: float, seconds: float) -> dict[str, Any]:
    import highspy

    solver = highspy.Highs()
    solver.silent()
    options = {
        "solver": method, "threads": THREADS, "parallel": "on", "run_crossover": "off", "time_limit": seconds,
        "kkt_tolerance": gap, "ipm_optimality_tolerance": gap, "pdlp_optimality_tolerance": gap,
        "random_seed": 1,
    }  # fmt: skip
    for name, value in options.items():
        solver.setOptionValue(name, value)
    columns, rows = len(lp["cost"]), len(lp["row_lower"])
    solver.passModel(
        columns, rows, len(lp["data"]), int(highspy.MatrixFormat.kColwise), int(highspy.ObjSense.kMaximize),
        0.0, lp["cost"], lp["lower"], lp["upper"], lp["row_lower"], lp["row_upper"],
        lp["indptr"].astype(np.int32), lp["indices"].astype(np.int32), lp["data"],
        np.zeros(columns, np.int32),
    )  # fmt: skip
    began, used = time.perf_counter(), time.process_time()
    solver.run()
    took = time.perf_counter() - began, time.process_time() - used
    status = solver.modelStatusToString(solver.getModelStatus())
    return told(took, solver.getInfo().objective_function_value, status)


def ortools_pdlp(lp: Any, gap: float, seconds: float) -> dict[str, Any]:
    from ortools.pdlp import solve_log_pb2, solvers_pb2
    from ortools.pdlp.python import pdlp

    program = pdlp.QuadraticProgram()
    program.objective_vector = -lp["cost"]
    shape = len(lp["row_lower"]), len(lp["cost"])
    program.constraint_matrix = csc_array((lp["data"], lp["indices"], lp["indptr"]), shape=shape)
    program.constraint_lower_bounds, program.constraint_upper_bounds = lp["row_lower"], lp["row_upper"]
    program.variable_lower_bounds, program.variable_upper_bounds = lp["lower"], lp["upper"]
    wish = solvers_pb2.PrimalDualHybridGradientParams()
    wish.num_threads = THREADS
    ends = wish.termination_criteria
    ends.time_sec_limit = seconds
    ends.simple_optimality_criteria.eps_optimal_relative = gap
    ends.simple_optimality_criteria.eps_optimal_absolute = gap
    began, used = time.perf_counter(), time.process_time()
    result = pdlp.primal_dual_hybrid_gradient(program, wish)
    took = time.perf_counter() - began, time.process_time() - used
    reason = solve_log_pb2.TerminationReason.Name(result.solve_log.termination_reason)
    return told(took, float(lp["cost"] @ result.primal_solution), reason)


def told(took: tuple[float, float], objective: float, status: str) -> dict[str, Any]:
    return {"seconds": took[0], "cpu_s": took[1], "objective": objective, "status": status}


def main() -> None:
    solver, file, gap, seconds = sys.argv[1:]
    kind, _, method = solver.partition("-")
    with np.load(file) as stored:
        lp = dict(stored)
    run = highs(method, lp, float(gap), float(seconds)) if kind == "highs" else None
    print(json.dumps(run or ortools_pdlp(lp, float(gap), float(seconds))))


if __name__ == "__main__":
    main()
