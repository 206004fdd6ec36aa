"""`fourflow init`: a starter book of two sheets, with a page that says how to go on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fourflow.cli._parameters import JsonFlag
from fourflow.cli._say import Code, command, say, show, show_json, shown
from fourflow.errors import FourflowError

FILES = {
    "offers.csv": """\
id,participant,category,quantity [kg],limit_price [EUR/kg]
o-1,Green Farm,potatoes,500,0.20
o-2,Hill Farm,potatoes,300,0.25
o-3,Hill Farm,onions,100,0.30
""",
    "needs.csv": """\
id,participant,category,quantity [kg],limit_price [EUR/kg]
n-1,School,potatoes,600,0.35
n-2,School,onions;potatoes,150,0.32
n-3,Town Kitchen,potatoes,400,0.40
""",
    "README.md": """\
# A fourflow book

One row of `offers.csv` is something that somebody can give, and the least they accept for it. One row
of `needs.csv` is something that somebody asks for, and the most they pay. Write your own rows over
these: a spreadsheet can save both as CSV. Units and currencies stand in the column's head, like
`quantity [kg]` and `limit_price [EUR/kg]`.

    fourflow check .               says what is wrong with a row, and maybe why
    fourflow clear . --out result  who gives what to whom, at what price, why, and a proof
    fourflow explain result n-2    why a need is not met, or an offer not sold

Two sheets are enough. Add more when you need them:

* `book.toml`: `name`, `currency`, `as_of` (a day), `settlement` ("priced" or "donated").
* `participants.csv` (`id, name, region, place`) and `places.csv` (`id, name, region, latitude,
  longitude`), so that distance counts; then `modes.csv` (`id, cost_per_t_km, currency, co2_kg_per_t_km,
  max_km`), and fourflow makes the lanes between places, or `lanes.csv` (`from_place, to_place, mode,
  cost_per_t, currency, co2_kg_per_t, capacity_t`), and you list them.
* `categories.csv` (`id, parent, name, kind, unit`): a need for a parent accepts its children.
""",
}


@command
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New or empty folder for the book.")],
    as_json: JsonFlag = False,
) -> Code:
    """Write a starter book: offers.csv and needs.csv with a few rows to write over."""
    there = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    if there:
        raise FourflowError(
            f"{shown(folder)}: is not empty (it holds {there[0]!r}). Maybe name a new folder.",
            code="cli.init.not_empty",
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    if as_json:
        show_json({"ok": True, "folder": str(folder), "files": list(FILES)})
    else:
        for name in FILES:
            show(shown(folder / name))
        say(f"Write your own rows over these, then: fourflow check {shown(folder)}")
    return Code.GOOD
