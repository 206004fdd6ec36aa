"""`engine="auto"` beside `engine="exact"` on every kind of market here, both beside HiGHS on published LPs.

    python benchmarks/engine_choice.py [--gaps 1e-4,1e-6] [--only lanes] [--data FOLDER] [--out FILE.json]

Markets are seeded and small enough for the exact engine: 20,000 to 60,000 arcs, where `auto` has a choice to
make. FOLDER holds published instances: `network-lp/*.mps.gz` (PDS, KEN, OSA) and `gap/gap*.txt`. Each engine
has --seconds. Every market is solved by the two in turn, `--runs` times, and the least times are compared:
`auto` should never take more than a fifth longer. HiGHS takes its faster of simplex with and without
presolve and IPX, one thread, at 1e-6; both other figures are then compared with the faster.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import budget_instances
import clearing_instances as pairs
import highspy
import lane_instances
import project_instances
import rule_instances
from assignment_instances import assignment

import fourflow as ff
from fourflow.problem import ClearingProblem, from_mps

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "engines"))

Make = Callable[[], ClearingProblem]
OWN: dict[str, Make] = {
    "single units, uniform": lambda: pairs.uniform(3000).problem(),
    "single units, clustered": lambda: pairs.clustered(3000).problem(),
    "single units, tied": lambda: pairs.tied(3000, 1.1).problem(),
    "values by need only": lambda: pairs.by_need_only(3000, 2.0).problem(),
    "b-matching": lambda: pairs.b_matching(3000, 30).problem(),
    "quantities": lambda: pairs.quantities(pairs.uniform(3000)).problem(),
    "budgets": lambda: budget_instances.budgets(3000, 30),
    "budgets apart": lambda: budget_instances.budgets(3000, 30, apart=0.5),
    "rules": lambda: rule_instances.rules(3000),
    "lanes": lambda: lane_instances.lane_market(lane_instances.Size(8000, 100)),
    "projects": lambda: project_instances.projects(0.7, "linked", 300, 20_000),
    "assignment c, 5 x 100": lambda: assignment("c", 5, 100),
}
HIGHS = (("simplex", "on"), ("simplex", "off"), ("ipm", "on"))


def published(folder: Path) -> Iterator[tuple[str, Make, Path | None]]:
    """Programs of Kennington's and generalised assignments, by name."""
    for path in sorted((folder / "network-lp").glob("*.mps.gz")):
        yield path.name.split(".")[0].upper(), lambda path=path: from_mps(path), path
    from _published import generalised_assignments

    for path in sorted((folder / "gap").glob("gap*.txt")):
        for number, problem in enumerate(generalised_assignments(path)):
            yield f"{path.stem.upper()} {number + 1}", lambda problem=problem: problem, None


def by_highs(path: Path, seconds: float) -> float:
    """The least time of HiGHS at its settings, the reading of the file left out."""
    took = []
    for method, presolve in HIGHS:
        solver = highspy.Highs()
        solver.silent()
        solver.readModel(str(path))
        for name, value in {
            "solver": method,
            "presolve": presolve,
            "threads": 1,
            "time_limit": seconds,
        }.items():
            solver.setOptionValue(name, value)
        for name in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
            solver.setOptionValue(name, 1e-6)
        began = time.perf_counter()
        solver.run()
        took.append(time.perf_counter() - began)
    return min(took)


def by_fourflow(problem: ClearingProblem, gap: float, engine: str, seconds: float) -> dict[str, Any]:
    began = time.perf_counter()
    solution = ff.solve(problem, gap=gap, engine=engine, time_limit_s=seconds, threads=1)
    return {"seconds": time.perf_counter() - began, "gap": solution.claimed_gap, **solution.stats}


def measured(name: str, problem: ClearingProblem, gap: float, wish: Any) -> dict[str, Any]:
    """One row: the least seconds of either engine over the runs, which alternate."""
    runs: dict[str, list[dict[str, Any]]] = {"auto": [], "exact": []}
    for _ in range(wish.runs):
        for engine in ("exact", "auto"):
            runs[engine].append(by_fourflow(problem, gap, engine, wish.seconds))
    best = {engine: min(found, key=lambda run: run["seconds"]) for engine, found in runs.items()}
    return {
        "instance": name, "arcs": problem.num_arcs, "gap": gap, "engine": best["auto"]["engine"],
        "auto": best["auto"]["seconds"], "exact": best["exact"]["seconds"],
        "ratio": best["auto"]["seconds"] / best["exact"]["seconds"],
        "gap of auto": best["auto"]["gap"], "gap of exact": best["exact"]["gap"],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gaps", default="1e-4,1e-6")
    parser.add_argument("--only", default="", help="words that a market's name begins with")
    parser.add_argument("--data", type=Path, help="a folder of published instances")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--out", type=Path, help="a JSON file for all figures")
    wish = parser.parse_args()
    chosen = tuple(word for word in wish.only.split(",") if word)
    markets: list[tuple[str, Make, Path | None]] = [(name, make, None) for name, make in OWN.items()]
    markets += published(wish.data) if wish.data else []
    by_fourflow(pairs.uniform(3000).problem(), 1e-2, "auto", 60.0)  # compiles
    rows = []
    for name, make, path in markets:
        if chosen and not name.startswith(chosen):
            continue
        problem = make()
        for gap in [float(word) for word in wish.gaps.split(",")]:
            row = measured(name, problem, gap, wish)
            if path is not None:
                row["HiGHS"] = by_highs(path, wish.seconds)
            rows.append(row)
            print(
                "  ".join(f"{k} {v:.3g}" if isinstance(v, float) else f"{v}" for k, v in row.items()),
                flush=True,
            )
            if wish.out:
                wish.out.write_text(json.dumps({"rows": rows}, indent=1))


if __name__ == "__main__":
    main()
