"""Clear 10,000 all-or-nothing projects over 50,000 offers of four kinds, beside HiGHS's own branch and bound.

    python benchmarks/project_market.py [--form regional|linked] [--share 0.3 0.7 1.2] [--seconds 30]
                                        [--gap 1e-5] [--peer-seconds 300] [--seed 1] [--out FILE.json]

Prints seconds, objective and certified gap of fourflow, and objective and claimed gap of HiGHS on the same
arrays in a process of its own. `project_instances` says how the markets are drawn.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from project_instances import projects

import fourflow as ff

PEER = """
import json, sys, time
import highspy, numpy as np
from project_instances import projects
from fourflow.engines._model import build
share, form, seed, seconds = float(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
problem = projects(share, form, seed=seed)
model = build(problem)
highs = highspy.Highs()
highs.silent()
matrix = model.matrix
highs.passModel(
    model.num_columns, matrix.shape[0], matrix.nnz, int(highspy.MatrixFormat.kColwise),
    int(highspy.ObjSense.kMaximize), 0.0, model.cost, model.lower, model.upper, model.row_lower,
    model.row_upper, matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data,
    model.whole.astype(np.int32))
highs.setOptionValue("time_limit", seconds)
highs.setOptionValue("mip_rel_gap", 1e-4)
began = time.perf_counter()
highs.run()
info, scales = highs.getInfo(), problem.scales
unit = model.flow_unit * model.value_unit * float(scales.value * scales.quantity)
found = info.objective_function_value * unit, info.mip_dual_bound * unit
print(json.dumps([time.perf_counter() - began, *found]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--form", choices=("regional", "linked"), default="regional")
    parser.add_argument("--share", type=float, nargs="+", default=[0.3, 0.7, 1.2])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--gap", type=float, default=1e-5, help="at which fourflow may stop")
    parser.add_argument("--peer-seconds", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="a JSON file for all figures")
    wish = parser.parse_args()
    ff.solve(projects(0.3, wish.form, 300, 1500), time_limit_s=5)  # compiles the kernels
    rows = []
    for share in wish.share:
        rows.append(ours(share, wish))
        if wish.peer_seconds:
            rows.append(theirs(share, wish))
    if wish.out:
        wish.out.write_text(json.dumps({"rows": rows}, indent=1))


def ours(share: float, wish: argparse.Namespace) -> dict[str, Any]:
    problem = projects(share, wish.form, seed=wish.seed)
    began = time.perf_counter()
    solution = ff.solve(problem, gap=wish.gap, time_limit_s=wish.seconds)
    solved = time.perf_counter()
    certificate = ff.certify(problem, solution)
    took, checked = solved - began, time.perf_counter() - solved
    objective, gap = float(certificate.objective), float(certificate.relative_gap)
    print(f"{wish.form} {share}: fourflow {took:.1f} s, objective {objective:,.0f},", end=" ")
    print(f"certified gap {gap:.5f}, certify {checked:.1f} s", flush=True)
    return {
        "instance": f"{wish.form} {share}", "solver": "fourflow", "seconds": took, "certify_s": checked,
        "objective": objective, "gap": gap,
    }  # fmt: skip


def theirs(share: float, wish: argparse.Namespace) -> dict[str, Any]:
    """The peer runs alone, so that neither slows the other down."""
    arguments = [str(share), wish.form, str(wish.seed), str(wish.peer_seconds)]
    run = subprocess.run(
        [sys.executable, "-c", PEER, *arguments], capture_output=True, text=True, check=True,
        cwd=Path(__file__).resolve().parent,
    )  # fmt: skip
    seconds, objective, bound = json.loads(run.stdout.splitlines()[-1])
    gap = (bound - objective) / max(abs(bound), abs(objective))
    print(
        f"{wish.form} {share}: HiGHS {seconds:.1f} s, objective {objective:,.0f}, claimed gap {gap:.5f}",
        flush=True,
    )
    return {
        "instance": f"{wish.form} {share}", "solver": "highs", "seconds": seconds, "objective": objective,
        "gap": gap,
    }  # fmt: skip


if __name__ == "__main__":
    main()
