"""Clear markets with rows over many arcs, beside other solvers on the same arrays in the same run.

    python benchmarks/limits_market.py budgets|rules|lanes [--needs 100000] [--budgets 1000] [--apart 0]
                                       [--places 1000] [--gap 1e-4] [--engine auto] [--seed 1]
                                       [--peers NAMES of linear_peers.py] [--peer-seconds 300] [--threads 2]
                                       [--out FILE.json]

`budget_instances`, `rule_instances` and `lane_instances` say how the markets are drawn. fourflow runs after a
small market that compiles, short runs several times of which the best is told; every peer has a process of
its own and takes the linear program as fourflow's exact engine would pass it, with the listings as bounds
rather than rows. Needs the extra `bench` for the peers. `off` is how far a peer's objective lies from the
proved bound: peers prove nothing, and keep rows only to their tolerance.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from budget_instances import budgets
from clearing_child import best_of, peak_gb
from lane_instances import Size, full_lanes, lane_market
from rule_instances import rules

import fourflow as ff
from fourflow.engines._model import build
from fourflow.problem import ClearingProblem

HERE = Path(__file__).resolve().parent
PEERS = "ortools-pdlp,highs-pdlp,highs-hipo,highs-ipx,highs-simplex"
SMALL = 2500
"""Needs of the market that compiles: enough arcs for `auto` to take the same engine."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("family", choices=["budgets", "rules", "lanes"])
    parser.add_argument("--needs", type=int, default=100_000, help="and as many offers, where there are any")
    parser.add_argument("--budgets", type=int, default=1000)
    parser.add_argument("--apart", type=float, default=0.0, help="how far use and value of budgets differ")
    parser.add_argument("--places", type=int, default=1000)
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
    problem = drawn(wish, wish.needs, wish.budgets, wish.places)
    rows = [ours(problem, drawn(wish, SMALL, 20, 100), wish)]
    with tempfile.TemporaryDirectory() as folder:
        names = [name for name in wish.peers.split(",") if name]
        lp, unit = write_lp(problem, Path(folder) / "lp.npz") if names else (Path(), 1.0)
        for peer in names:
            rows.append(theirs(peer, lp, unit, rows[0], wish))
            print(show(rows[-1]), flush=True)
    if wish.out:
        wish.out.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1))


def drawn(wish: argparse.Namespace, needs: int, num_budgets: int, places: int) -> ClearingProblem:
    if wish.family == "budgets":
        return budgets(needs, num_budgets, apart=wish.apart, seed=wish.seed)
    return rules(needs, wish.seed) if wish.family == "rules" else lane_market(Size(needs, places), wish.seed)


def ours(problem: ClearingProblem, small: ClearingProblem, wish: argparse.Namespace) -> dict[str, Any]:
    settings = {"gap": wish.gap, "engine": wish.engine, "threads": wish.threads}
    ff.certify(small, ff.solve(small, **settings))
    before = peak_gb()
    solution, seconds, cpu_s = best_of(lambda: ff.solve(problem, time_limit_s=300, **settings))
    peak = peak_gb() - before
    certificate, certify_s, _ = best_of(lambda: ff.certify(problem, solution, gap=wish.gap))
    print(f"{problem.num_arcs:,} arcs, {problem.num_nodes:,} nodes, {problem.num_coupling:,} rows")
    if wish.family == "lanes":
        used, full = full_lanes(problem, solution.flow)
        print(f"{used:,} lanes used, of which full {full / max(used, 1):.1%}")
    row = {
        "solver": f"fourflow ({solution.stats['engine']})", "arcs": problem.num_arcs, "seconds": seconds,
        "cpu_s": cpu_s, "certify_s": certify_s, "peak_gb": peak, "objective": float(certificate.objective),
        "bound": float(certificate.bound), "gap": float(certificate.relative_gap),
        "status": str(certificate.status),
    }  # fmt: skip
    print(f"{row['solver']}: {seconds:.2f} s, {cpu_s:.2f} s of processor time, objective", end=" ")
    print(f"{row['objective']:,.4f}, certified gap {row['gap']:.1e}, certify {certify_s:.2f} s", flush=True)
    return row


def write_lp(problem: ClearingProblem, file: Path) -> tuple[Path, float]:
    """The linear program for peers, and the money that an objective of 1 stands for."""
    model = build(problem)
    matrix, scales = model.matrix, problem.scales
    np.savez(
        file, cost=model.cost, lower=model.lower, upper=model.upper, row_lower=model.row_lower,
        row_upper=model.row_upper, data=matrix.data, indices=matrix.indices, indptr=matrix.indptr,
    )  # fmt: skip
    return file, model.flow_unit * model.value_unit * float(scales.value * scales.quantity)


def theirs(peer: str, lp: Path, unit: float, own: dict[str, Any], wish: argparse.Namespace) -> dict[str, Any]:
    """A solver in a process of its own, so that none slows another down."""
    command = [sys.executable, str(HERE / "linear_peers.py"), peer, str(lp), str(wish.gap)]
    done = subprocess.run(
        [*command, str(wish.peer_seconds)], capture_output=True, text=True,
        timeout=wish.peer_seconds + 120, check=False,
    )  # fmt: skip
    if done.returncode:
        print(done.stderr[-2000:], file=sys.stderr)
        return {"solver": peer, "status": "failed"}
    row: dict[str, Any] = {"solver": peer} | json.loads(done.stdout.splitlines()[-1])
    row["objective"] *= unit
    row["off"] = abs(row["objective"] - own["bound"]) / abs(own["bound"])
    row["ratio"], row["cpu_ratio"] = row["seconds"] / own["seconds"], row["cpu_s"] / own["cpu_s"]
    return row


def show(row: dict[str, Any]) -> str:
    if "seconds" not in row:
        return f"{row['solver']}: {row['status']}"
    return (
        f"{row['solver']}: {row['seconds']:.2f} s, {row['cpu_s']:.2f} s of processor time, objective "
        f"{row['objective']:,.0f}, off {row['off']:.1e}, {row['status']}, "
        f"ratio {row['ratio']:.1f} ({row['cpu_ratio']:.1f} by processor time)"
    )


if __name__ == "__main__":
    main()
