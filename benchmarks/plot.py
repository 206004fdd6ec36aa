"""Draw time against size from stored figures: one line for each solver and gap.

    python benchmarks/plot.py FIGURES.json ... docs/performance.svg

FIGURES.json is what `clearing.py --out` writes. Needs the extra `bench`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import altair as alt

PANELS = {"F1 uniform": "one unit each", "F2 uniform": "quantities 1 to 100", "F2 b-matching": "many to few"}
NAMES = {
    "ortools": "OR-Tools min-cost flow", "lemon": "LEMON network simplex", "highs": "HiGHS",
    "pdlp": "OR-Tools PDLP",
}  # fmt: skip
POWERS = [10.0**power for power in range(-4, 9)]
OURS, OTHERS = ("#0b6e4f", "#3aa17e", "#7cc5a8"), ("#8a4f7d", "#b7723b", "#5b6b86", "#9a9a9a")


def points(files: list[str]) -> list[dict[str, Any]]:
    """One row for each run that ended: panel, solver with its gap, arcs, seconds."""
    found = []
    for file in files:
        for row in json.loads(Path(file).read_text())["rows"]:
            panel = PANELS.get(f"{row['family']} {row['instance'].split()[0]}")
            if panel is None or not row.get("seconds") or row["seconds"] == float("inf"):
                continue
            solver = NAMES.get(row["solver"], row["solver"])
            if row["solver"] == "fourflow":
                solver = f"fourflow, gap {row['gap']:.0e}".replace("e-0", "e-")
            found.append({"panel": panel, "solver": solver, "arcs": row["arcs"], "seconds": row["seconds"]})
    return found


def chart(rows: list[dict[str, Any]]) -> alt.FacetChart:
    """A panel for each family, both axes logarithmic."""
    names = {row["solver"] for row in rows}
    solvers = sorted(names, key=lambda name: (not name.startswith("fourflow"), name))
    ours = [name for name in solvers if name.startswith("fourflow")]
    colours = [*OURS[: len(ours)], *OTHERS[: len(solvers) - len(ours)]]
    lines = alt.Chart(alt.Data(values=rows)).mark_line(point=True).encode(
        x=alt.X("arcs:Q", scale=alt.Scale(type="log", nice=False), title="arcs",
                axis=alt.Axis(values=POWERS, format="~s")),
        y=alt.Y("seconds:Q", scale=alt.Scale(type="log"), title="seconds",
                axis=alt.Axis(values=POWERS, format="~g")),
        color=alt.Color("solver:N", scale=alt.Scale(domain=solvers, range=colours), title=None),
    )  # fmt: skip
    panels = [name for name in PANELS.values() if any(row["panel"] == name for row in rows)]
    return lines.properties(width=230, height=230).facet(
        column=alt.Column("panel:N", sort=panels, title=None), spacing=12
    )


def main() -> None:
    *files, target = sys.argv[1:]
    chart(points(files)).save(target)


if __name__ == "__main__":
    main()
