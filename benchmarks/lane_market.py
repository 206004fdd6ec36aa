"""Clear goods that share the capacity of lanes, beside other solvers on the same arrays in the same run.

    python benchmarks/lane_market.py [--listings 100000] [--places 1000] [--gap 1e-4] [--engine auto]
                                     [--seed 1] [--peers NAMES of lane_peers.py]
                                     [--peer-seconds 300] [--threads 2] [--out FILE.json]

`lane_instances` says how the market is drawn. fourflow runs twice and the second run is told (the first
compiles); every peer has a process of its own, and takes the linear program as fourflow's exact engine
would pass it, with the listings as bounds rather than rows. Needs the extra `bench` for the peers.
`off` is how far a peer's objective lies from the proved bound: peers prove nothing, and keep rows only to
their tolerance.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from lane_instances import Size, full_lanes, lane_market

import fourflow as ff
from fourflow.engines._model import build
from fourflow.problem import ClearingProblem

HERE = Path(__file__).resolve().parent
PEERS = "highs-simplex,highs-ipx,highs-hipo,highs-pdlp,ortools-pdlp"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--listings", type=int, default=100_000)
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
    problem = lane_market(Size(wish.listings, wish.places), wish.seed)
    rows = [ours(problem, wish)]
    with tempfile.TemporaryDirectory() as folder:
        lp, unit = write_lp(problem, Path(folder) / "lp.npz")
        for peer in [name for name in wish.peers.split(",") if name]:
            rows.append(theirs(peer, lp, unit, rows[0], wish))
            print(show(rows[-1]), flush=True)
    if wish.out:
        wish.out.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1))


def ours(problem: ClearingProblem, wish: argparse.Namespace) -> dict[str, Any]:
    small = lane_market(Size(8000, 100), wish.seed)
    ff.certify(small, ff.solve(small, gap=wish.gap, engine=wish.engine, threads=wish.threads))  # compiles
    began, used = time.perf_counter(), time.process_time()
    solution = ff.solve(problem, gap=wish.gap, time_limit_s=300, engine=wish.engine, threads=wish.threads)
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - used
    solved = time.perf_counter()
    certificate = ff.certify(problem, solution, gap=wish.gap)
    used_lanes, full = full_lanes(problem, solution.flow)
    row = {
        "solver": f"fourflow ({solution.stats['engine']})", "seconds": seconds, "cpu_s": cpu_s,
        "objective": float(certificate.objective), "bound": float(certificate.bound),
        "gap": float(certificate.relative_gap), "status": str(certificate.status),
        "certify_s": time.perf_counter() - solved, "used_lanes": used_lanes, "full_lanes": full,
    }  # fmt: skip
    print(f"{problem.num_arcs:,} arcs, {problem.num_nodes:,} nodes, {problem.num_coupling:,} lanes,", end=" ")
    print(f"{used_lanes:,} used, of which full {full / max(used_lanes, 1):.1%}")
    print(f"{row['solver']}: {seconds:.2f} s, {cpu_s:.2f} s of processor time, objective", end=" ")
    print(
        f"{row['objective']:,.0f}, certified gap {row['gap']:.1e}, certify {row['certify_s']:.2f} s",
        flush=True,
    )
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
    command = [
        sys.executable,
        str(HERE / "lane_peers.py"),
        peer,
        str(lp),
        str(wish.gap),
        str(wish.peer_seconds),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=wish.peer_seconds + 120, check=False
    )
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
