"""Who gives what to whom, and what was asked and offered by kind of goods."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.report._html import Safe, tag
from fourflow.report._parts import Cell, Column, section, table
from fourflow.report._view import View
from fourflow.report._words import count, money, number, of_several, percent
from fourflow.units import CURRENCIES

MAX_ROWS = 1000
MAX_GROUPS = 14
MAX_MORE = 200
FEWEST_GROUPS = 4
F64 = NDArray[np.float64]


def awards_section(view: View) -> Safe | None:
    """None where nothing is given."""
    if view.awards.is_empty():
        return None
    rows = view.awards.sort("tonnes", descending=True, maintain_order=True)
    shown = rows.head(MAX_ROWS)
    order = "the heaviest first" if len(rows) > 1 and rows["tonnes"].sum() > 0 else ""
    intro = f"{count(len(rows), 'award')}{', ' if order else ''}{order}."
    if len(shown) < len(rows):
        share = float(shown["tonnes"].sum()) / (float(rows["tonnes"].sum()) or 1.0)
        intro += (
            f" This table has the {len(shown):,} heaviest ({percent(share)} of the weight); "
            "all of them are in awards.csv beside this page."
        )
    travels = bool((rows["lanes"] != "").any())
    columns = [
        Column("From"),
        Column("To", wide=True),
        Column("What"),
        Column("How much", number=True),
    ]
    if travels:
        columns += [Column("By way of", wide=True), Column("km", number=True, wide=True)]
    made = table(
        columns, (_award_row(row, travels) for row in shown.iter_rows(named=True)), "Who gives what to whom",
        name="awards", search="Find a name, a place or goods", sort=True, tall=True, hidden=True,
    )  # fmt: skip
    return section("who", "Who gives what to whom", tag("p", intro), made)


def _award_row(row: dict[str, Any], travels: bool) -> list[object]:
    quantity, unit, km = row["quantity"], row["unit"], row["distance_km"]
    shown = (
        money(quantity, unit, 6)
        if unit in CURRENCIES
        else f"{number(quantity, 4)}\u00a0{of_several(quantity, unit)}"
    )
    return [
        Cell(row["from_name"], row["from_name"], narrow=f"to {row['to_name']}"),
        row["to_name"],
        row["category_name"],
        Cell(shown, row["tonnes"]),
        *([row["via"] or _directly(row), Cell(number(km) if row["lanes"] else "", km)] if travels else []),
    ]


def _directly(row: dict[str, Any]) -> str:
    """Money and licences travel nowhere."""
    return "direct" if row["lanes"] else "same place" if row["tonnes"] > 0 else ""
