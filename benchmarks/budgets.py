"""How fast markets with budgets and rules are cleared, beside other solvers on the same arrays.

    python benchmarks/budgets.py [--quick] [--only F3,F5] [--peers NAMES of lane_peers.py] [--gap 1e-4]
                                 [--threads 2] [--peer-seconds 300] [--out FILE.json]

`budget_instances` says how the markets are drawn. Every solver has a process of its own; fourflow is run
after a warm-up, which compiles, and told by the best of its runs. Peers take the linear program as the exact
engine would pass it. Needs the extra `bench` for the peers, who prove nothing and keep rows only to their
tolerance: `off` is how far their objective lies from the bound that fourflow proved. The ratio is that to the
peer on the same row.
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
from pathlib import Path
from typing import Any

from budget_instances import budgets, rules
from clearing_child import best_of, peak_gb
from lane_market import theirs, write_lp

import fourflow as ff
from fourflow.problem import ClearingProblem

HERE = Path(__file__).resolve().parent
PEERS = "ortools-pdlp,highs-pdlp"
COLUMNS = ("family", "instance", "arcs", "gap", "solver", "seconds", "cpu_s", "certify_s", "peak_gb", "ratio")
WIDTHS = (6, 34, 10, 8, 18, 8, 8, 9, 8, 6)

Work = tuple[str, str, Callable[[], ClearingProblem]]


def works(quick: bool) -> Iterator[Work]:
    """Family, instance and how it is drawn; small ones only if `quick`."""
    for needs in (20_000,) if quick else (100_000, 1_000_000):
        size = f"{needs:,} x {needs // 100:,}"
        yield "F3", f"budgets {size}", lambda n=needs: budgets(n, n // 100)
        yield "F3", f"budgets, use apart {size}", lambda n=needs: budgets(n, n // 100, apart=0.5)
    needs = 10_000 if quick else 100_000
    yield "F5", f"quantities and 101 rules {needs:,}", lambda: rules(needs)


def fourflow(instance: str, wish: argparse.Namespace) -> dict[str, Any]:
    """Solve and certify one instance in this process."""
    for warm_up in (budgets(2000, 20), budgets(20_000, 200)):
        ff.certify(warm_up, ff.solve(warm_up, gap=wish.gap, engine="limits", threads=wish.threads))
    problem = next(make for _, name, make in works(wish.quick) if name == instance)()
    before = peak_gb()
    solution, seconds, cpu_s = best_of(
        lambda: ff.solve(problem, gap=wish.gap, threads=wish.threads, time_limit_s=wish.peer_seconds)
    )
    peak = peak_gb() - before
    certificate, certify_s, _ = best_of(lambda: ff.certify(problem, solution, gap=wish.gap))
    return {
        "solver": f"fourflow {solution.stats['engine']}", "seconds": seconds, "cpu_s": cpu_s,
        "certify_s": certify_s, "peak_gb": peak, "gap": float(certificate.relative_gap),
        "objective": float(certificate.objective), "bound": float(certificate.bound),
        "status": str(certificate.status), "why": solution.stats.get("why", ""),
    }  # fmt: skip


def measure(work: Work, wish: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """fourflow and every peer in processes of their own."""
    family, instance, make = work
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, __file__, "--one", instance, *sys.argv[1:]]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, check=True)
    problem = make()
    own = {"family": family, "instance": instance, "arcs": problem.num_arcs} | json.loads(done.stdout)
    yield own
    with tempfile.TemporaryDirectory() as folder:
        lp, unit = write_lp(problem, Path(folder) / "lp.npz")
        for peer in [name for name in wish.peers.split(",") if name]:
            base = {"family": family, "instance": instance, "arcs": problem.num_arcs, "gap": wish.gap}
            yield base | theirs(peer, lp, unit, own, wish)


def show(row: dict[str, Any]) -> str:
    def cell(name: str) -> str:
        value = row.get(name, "")
        return f"{value:.3g}" if isinstance(value, float) else str(value)

    return " | ".join(cell(name).ljust(width) for name, width in zip(COLUMNS, WIDTHS, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes, under 5 minutes")
    parser.add_argument("--only", default="", help="families or instances that contain one of these words")
    parser.add_argument("--peers", default=PEERS)
    parser.add_argument("--gap", type=float, default=1e-4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peer-seconds", type=float, default=300.0)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--one", default="", help=argparse.SUPPRESS)
    wish = parser.parse_args()
    if wish.one:
        print(json.dumps(fourflow(wish.one, wish)))
        return
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}, load average {os.getloadavg()[0]:.1f} at the start")
    print(" | ".join(name.ljust(width) for name, width in zip(COLUMNS, WIDTHS, strict=True)))
    rows = []
    words = [word for word in wish.only.split(",") if word]
    for work in works(wish.quick):
        if words and not any(word in f"{work[0]} {work[1]}" for word in words):
            continue
        for row in measure(work, wish):
            rows.append(row | {"load": os.getloadavg()[0]})
            print(show(row), flush=True)
            if wish.out:
                wish.out.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
