"""How fast two-sided markets are cleared, beside other solvers on the same arrays in the same run.

    python benchmarks/clearing.py [--quick] [--only F1,F2] [--peers ortools,lemon,highs] [--out FILE.json]

Needs the extra `bench` for the peers. Every solver runs in a process of its own, two threads for fourflow;
model building is not counted. A peer that takes longer than 300 s is told as such. Other solvers are exact;
fourflow stops at the gap named, which `certify` proves.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from clearing_instances import Arrays, b_matching, by_need_only, clustered, quantities, tied, uniform

HERE = Path(__file__).resolve().parent
LIMIT_S = 300
THREADS = 2
COLUMNS = ("family", "instance", "arcs", "gap", "solver", "seconds", "cpu_s", "certify_s", "peak_gb", "ratio")


@dataclass(frozen=True)
class Work:
    family: str
    instance: str
    make: Callable[[], Arrays]
    gaps: tuple[float, ...]


def works(quick: bool) -> Iterator[Work]:
    """The instances of each family, small ones only if `quick`."""
    sizes = (10_000, 50_000) if quick else (10_000, 100_000, 1_000_000)
    for n in sizes:
        yield Work("F1", f"uniform {n:,}", lambda n=n: uniform(n), (1e-3, 1e-5))
        yield Work("F1", f"clustered {n:,}", lambda n=n: clustered(n), (1e-3, 1e-5))
    n = 20_000 if quick else 100_000
    for share in (0.5, 1.1, 2.0):
        yield Work("F1 hard", f"tied, demand {share}", lambda n=n, s=share: tied(n, s), (1e-4,))
        yield Work("F1 hard", f"by need, demand {share}", lambda n=n, s=share: by_need_only(n, s), (1e-4,))
    for n in sizes[:2]:
        yield Work("F2", f"uniform {n:,}", lambda n=n: quantities(uniform(n)), (1e-4,))
        yield Work("F2", f"clustered {n:,}", lambda n=n: quantities(clustered(n)), (1e-4,))
    for n in sizes[1:]:
        yield Work("F2", f"b-matching {n:,} x {n // 100:,}", lambda n=n: b_matching(n, n // 100), (1e-4,))


def run(solver: str, file: str, gap: float) -> dict[str, Any]:
    """One solver in a child process; {"seconds": inf} where it takes too long or fails."""
    command = [sys.executable, str(HERE / "clearing_child.py"), solver, file, str(gap), str(THREADS)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=LIMIT_S + 60, env=environment, check=True
        )
    except subprocess.TimeoutExpired:
        return {"seconds": float("inf"), "status": f"over {LIMIT_S} s"}
    except subprocess.CalledProcessError as error:
        print(error.stderr[-2000:], file=sys.stderr)
        return {"seconds": float("inf"), "status": "failed"}
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def measure(work: Work, peers: list[str]) -> Iterator[dict[str, Any]]:
    arrays = work.make()
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "arrays.npz")
        np.savez(file, **vars(arrays))
        base = {"family": work.family, "instance": work.instance, "arcs": len(arrays.offer)}
        found = [(peer, run(peer, file, 0.0)) for peer in peers]
        for peer, result in found:
            yield base | {"solver": peer} | result
        fastest = min((result["seconds"] for _, result in found), default=float("inf"))
        least_cpu = min((result.get("cpu_s", float("inf")) for _, result in found), default=float("inf"))
        for gap in work.gaps:
            result = run("fourflow", file, gap)
            told = base | {"solver": "fourflow"} | result | {"gap": gap, "certified_gap": result.get("gap")}
            told["ratio"] = fastest / result["seconds"]
            told["cpu_ratio"] = least_cpu / result.get("cpu_s", float("inf"))
            yield told


def show(row: dict[str, Any]) -> str:
    def cell(name: str) -> str:
        value = row.get(name, "")
        return f"{value:.3g}" if isinstance(value, float) else str(value)

    return " | ".join(cell(name).ljust(width) for name, width in zip(COLUMNS, WIDTHS, strict=True))


WIDTHS = (8, 30, 9, 7, 9, 8, 8, 9, 8, 6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes, under 5 minutes")
    parser.add_argument("--only", default="", help="families or instances that contain one of these words")
    parser.add_argument("--peers", default="ortools,lemon", help="peers to run beside fourflow")
    parser.add_argument("--out", default="", help="a JSON file for all figures")
    arguments = parser.parse_args()
    words = [word for word in arguments.only.split(",") if word]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}, load average {os.getloadavg()[0]:.1f} at the start")
    print(" | ".join(name.ljust(width) for name, width in zip(COLUMNS, WIDTHS, strict=True)))
    rows = []
    for work in works(arguments.quick):
        if words and not any(word in f"{work.family} {work.instance}" for word in words):
            continue
        for row in measure(work, [peer for peer in arguments.peers.split(",") if peer]):
            row["load"] = os.getloadavg()[0]
            rows.append(row)
            print(show(row), flush=True)
        if arguments.out:
            Path(arguments.out).write_text(json.dumps({"machine": machine, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
