"""Every family of markets beside other solvers, in one table.

    python benchmarks/run.py [--quick] [--only F1,F4] [--out FIGURES.json]

Runs the scripts of this folder one after another, each on seeded markets of its own, and stores what they
measured in FIGURES.json and, as a table, in FIGURES.md beside it. `--quick` takes small markets and under
five minutes. Needs the extra `bench`.

    F1, F1 hard, F2  clearing.py         pairs of single units, crowds, quantities
    F3, F4, F5       limits_market.py    budgets; goods that share lanes; rules
    F6               project_market.py   all-or-nothing projects
    F7               warm_market.py      the same again after a hundredth of the listings changed
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
COLUMNS = (
    "family", "instance", "arcs", "solver", "certified_gap", "objective", "seconds", "cpu_s", "certify_s",
    "peak_gb", "ratio",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One run of a script. instance : what its rows are called where they do not say so themselves."""

    family: str
    instance: str
    quick: tuple[str, ...]
    full: tuple[str, ...]


STEPS = (
    Step("F1", "", ("clearing.py", "--quick"), ("clearing.py",)),
    Step(
        "F3",
        "budgets",
        ("limits_market.py", "budgets", "--needs", "10000", "--budgets", "100", "--peer-seconds", "15"),
        ("limits_market.py", "budgets"),
    ),
    Step(
        "F4",
        "lanes",
        ("limits_market.py", "lanes", "--needs", "10000", "--places", "100", "--peer-seconds", "15"),
        ("limits_market.py", "lanes"),
    ),
    Step(
        "F5",
        "rules",
        ("limits_market.py", "rules", "--needs", "10000", "--peer-seconds", "15"),
        ("limits_market.py", "rules"),
    ),
    Step(
        "F6",
        "projects",
        ("project_market.py", "--share", "0.7", "--seconds", "10", "--peer-seconds", "10"),
        ("project_market.py",),
    ),
    Step("F7", "", ("warm_market.py", "--quick"), ("warm_market.py",)),
)


def measured(step: Step, quick: bool) -> list[dict[str, Any]]:
    """The rows of one script, which prints as it goes; none where it failed."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "figures.json"
        script, *wish = step.quick if quick else step.full
        done = subprocess.run([sys.executable, str(HERE / script), *wish, "--out", str(out)], check=False)
        if done.returncode or not out.exists():
            print(f"{script} {' '.join(wish)} failed", file=sys.stderr)
            return []
        rows: list[dict[str, Any]] = json.loads(out.read_text())["rows"]
    for row in rows:
        row.setdefault("family", step.family)
        row.setdefault("instance", step.instance)
        if ours(row):
            row.setdefault("certified_gap", row["gap"])
    if not any("ratio" in row for row in rows if ours(row)):
        compare(rows)
    return rows


def ours(row: dict[str, Any]) -> bool:
    return str(row["solver"]).startswith("fourflow")


def compare(rows: list[dict[str, Any]]) -> None:
    """The ratio to the fastest other solver that came to an end, beside fourflow's figure."""
    ended = [
        row["seconds"] for row in rows if not ours(row) and "optimal" in str(row.get("status", "")).lower()
    ]
    for row in rows:
        row.pop("ratio", None)
        if ours(row) and ended and row.get("seconds"):
            row["ratio"] = min(ended) / row["seconds"]


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown."""

    def cell(value: Any) -> str:
        return f"{value:.3g}" if isinstance(value, float) else str(value)

    lines = [COLUMNS, tuple("---" for _ in COLUMNS)]
    lines += [tuple(cell(row.get(name, "")) for name in COLUMNS) for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small markets, under five minutes")
    parser.add_argument("--only", default="", help="families, such as F1,F4")
    parser.add_argument(
        "--out", type=Path, default=Path("out/benchmarks.json"), help="a JSON file for all figures"
    )
    wish = parser.parse_args()
    chosen = [word for word in wish.only.split(",") if word]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    rows: list[dict[str, Any]] = []
    told = machine
    for step in STEPS:
        if chosen and step.family not in chosen:
            continue
        rows += measured(step, wish.quick)
        wish.out.parent.mkdir(parents=True, exist_ok=True)
        wish.out.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1))
        told = f"{machine}, load average {os.getloadavg()[0]:.1f}\n\n{table(rows)}\n"
        wish.out.with_suffix(".md").write_text(told)
    print(f"\n{told}")


if __name__ == "__main__":
    main()
