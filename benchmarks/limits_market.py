"""Clear markets with budgets or rules over many pairs, beside other solvers on the same arrays.

    python benchmarks/limits_market.py budgets|rules [--needs 100000] [--budgets 1000] [--gap 1e-4]
                                       [--engine auto] [--seed 1] [--peers NAMES of lane_peers.py]
                                       [--peer-seconds 300] [--threads 2] [--out FILE.json]

`budget_instances` and `rule_instances` say how the markets are drawn. fourflow runs after a small market that
compiles; every peer has a process of its own and takes the linear program as fourflow's exact engine would
pass it. Needs the extra `bench` for the peers. `off` is how far a peer's objective lies from the proved
bound: peers prove nothing, and keep rows only to their tolerance.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from pathlib import Path
from typing import Any

from budget_instances import budgets
from lane_market import show, theirs, write_lp
from rule_instances import rules

import fourflow as ff
from fourflow.problem import ClearingProblem

PEERS = "ortools-pdlp,highs-pdlp,highs-hipo"
SMALL = 2500
"""Needs of the market that compiles: enough arcs for `auto` to take the same engine."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("family", choices=["budgets", "rules"])
    parser.add_argument("--needs", type=int, default=100_000)
    parser.add_argument("--budgets", type=int, default=1000)
    parser.add_argument("--gap", type=float, default=1e-4)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peers", default=PEERS)
    parser.add_argument("--peer-seconds", type=float, default=300.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path)
    wish = parser.parse_args()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}, load average {os.getloadavg()[0]:.1f} at the start, seed {wish.seed}")
    problem = drawn(wish, wish.needs, wish.budgets)
    rows = [ours(problem, drawn(wish, SMALL, 20), wish)]
    with tempfile.TemporaryDirectory() as folder:
        names = [name for name in wish.peers.split(",") if name]
        lp, unit = write_lp(problem, Path(folder) / "lp.npz") if names else (Path(), 1.0)
        for peer in names:
            rows.append(theirs(peer, lp, unit, rows[0], wish))
            print(show(rows[-1]), flush=True)
    if wish.out:
        wish.out.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1))


def drawn(wish: argparse.Namespace, needs: int, num_budgets: int) -> ClearingProblem:
    return rules(needs, wish.seed) if wish.family == "rules" else budgets(needs, num_budgets, seed=wish.seed)


def ours(problem: ClearingProblem, small: ClearingProblem, wish: argparse.Namespace) -> dict[str, Any]:
    settings = {"gap": wish.gap, "engine": wish.engine, "threads": wish.threads}
    ff.certify(small, ff.solve(small, **settings))
    began, used = time.perf_counter(), time.process_time()
    solution = ff.solve(problem, time_limit_s=300, **settings)
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - used
    solved = time.perf_counter()
    certificate = ff.certify(problem, solution, gap=wish.gap)
    row = {
        "solver": f"fourflow ({solution.stats['engine']})", "seconds": seconds, "cpu_s": cpu_s,
        "objective": float(certificate.objective), "bound": float(certificate.bound),
        "gap": float(certificate.relative_gap), "status": str(certificate.status),
        "certify_s": time.perf_counter() - solved,
    }  # fmt: skip
    print(f"{problem.num_arcs:,} arcs, {problem.num_nodes:,} nodes, {problem.num_coupling:,} rows")
    print(f"{row['solver']}: {seconds:.2f} s, {cpu_s:.2f} s of processor time, objective", end=" ")
    print(
        f"{row['objective']:,.4f}, certified gap {row['gap']:.1e}, certify {row['certify_s']:.2f} s",
        flush=True,
    )
    return row


if __name__ == "__main__":
    main()
