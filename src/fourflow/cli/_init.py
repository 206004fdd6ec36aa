"""`fourflow init`: a starter book, as a folder with a page that says how to go on, or as one workbook."""

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
* `projects.csv`, for what needs people, money, licences and things at once: `fourflow init DIR --projects`.
""",
}

PROJECT_FILES = {
    "offers.csv": """\
id,participant,category,kind,quantity,unit,limit_price,currency,form,term_months,remote,whole
o-loan,Development Bank,Loan,capital,200000,EUR,0.04,EUR,loan,60,,
o-grant,Transition Fund,Grant,capital,80000,EUR,0,EUR,grant,,,
o-engineers,Engineers Pool,Engineer,talent,3,person,30000,EUR,,,true,false
o-analyst,University,Data analyst,talent,1,person,35000,EUR,,,true,
o-patent,University,Sensor patent,technology,,licence,5000,EUR,,,,
o-planner,University,Planning software,technology,2,licence,2000,EUR,,,,
o-printers,Makers Hub,3D printer,goods,2,item,8000,EUR,,,,
""",
    "needs.csv": """\
id,participant,category,quantity,unit,project,term_months
p1-loan,Acme Sensors,Loan,60000,EUR,p1,48
p1-engineer,Acme Sensors,Engineer,1,person,p1,
p1-patent,Acme Sensors,Sensor patent,1,licence,p1,
p2-grant,BioLoop,Grant,50000,EUR,p2,
p2-analyst,BioLoop,Data analyst,1,person,p2,
p2-planner,BioLoop,Planning software,1,licence,p2,
p3-grant,AgroTwin,Grant,60000,EUR,p3,
p3-analyst,AgroTwin,Data analyst,1,person,p3,
p4-engineer,MedPrint,Engineer,1,person,p4,
p4-printers,MedPrint,3D printer,2,item,p4,
""",
    "projects.csv": """\
id,participants,name,purpose,value,own_money,currency,mode
p1,Acme Sensors,Leak sensors,Sensors that find leaks in district heating,120000,20000,EUR,all_or_nothing
p2,BioLoop,Compost twin,A model that runs compost plants better,90000,10000,EUR,all_or_nothing
p3,AgroTwin,Field twin,A model of fields and their water,80000,0,EUR,all_or_nothing
p4,MedPrint,Printed splints,Splints printed near patients,60000,60000,EUR,all_or_nothing
""",
    "README.md": """\
# A fourflow book of projects

A project needs several things at once: a licence, people, money, equipment. One row of `projects.csv` is a
project and what it is worth; the rows of `needs.csv` that name it are its lines, what it takes. One row of
`offers.csv` is something that somebody can give, and the least they accept for it. A spreadsheet can hold
the three as sheets of one .xlsx file.

    fourflow check .               says what is wrong with a row, and maybe why
    fourflow clear . --out result  which projects go ahead, who gives what to whom, and a proof

* `kind` is goods, capital, talent or technology.
* Capital: `quantity` is money, `limit_price` the charge per money and year (0.04 is 4 %). A loan has the form
  `loan`, and its need says for how many months; a `grant` is not owed back, and its need says no months.
* Talent comes in whole people; `whole` = false lets an offer of several go to several needs, `remote` = true
  to any place.
* Technology: an empty `quantity` is as many licences as are wanted.
* `own_money` is what a project brings. What it buys is paid from that and from what it is lent or granted.
* `mode` is `all_or_nothing`, or `proportional` where half a project is half as good.
""",
}


@command
def init(
    target: Annotated[
        Path, typer.Argument(metavar="DIR", help="New or empty folder for the book, or a new .xlsx file.")
    ],
    projects: Annotated[
        bool,
        typer.Option("--projects", help="A book of projects that need people, money and licences at once."),
    ] = False,
    as_json: JsonFlag = False,
) -> Code:
    """Write a starter book, a folder of CSV or one workbook, with a few rows to write over."""
    files = PROJECT_FILES if projects else FILES
    _refuse_what_is_there(target)
    workbook = target.suffix.lower() == ".xlsx"
    if workbook:
        _write_workbook(files, target)
    else:
        target.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (target / name).write_text(text, encoding="utf-8")
    if as_json:
        key, value = ("file", str(target)) if workbook else ("folder", str(target))
        show_json({"ok": True, key: value, "files": [target.name] if workbook else list(files)})
    else:
        for path in [target] if workbook else [target / name for name in files]:
            show(shown(path))
        say(f"Write your own rows over these, then: fourflow check {shown(target)}")
    return Code.GOOD


def _refuse_what_is_there(target: Path) -> None:
    """Nothing is ever written over."""
    there = sorted(entry.name for entry in target.iterdir()) if target.is_dir() else []
    if there or target.is_file():
        what = f"is not empty (it holds {there[0]!r})" if there else "is there already"
        kind = "folder" if there else "file"
        message = f"{shown(target)}: {what}. Maybe name a new {kind}."
        raise FourflowError(message, code="cli.init.not_empty")


def _write_workbook(files: dict[str, str], path: Path) -> None:
    """The tables as sheets of one workbook: numbers are numbers, for a spreadsheet to go on with."""
    import polars as pl

    from fourflow.book import write_excel

    tables = {
        Path(name).stem: pl.read_csv(text.encode(), infer_schema=False)
        for name, text in files.items()
        if name.endswith(".csv")
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_excel({}, tables, path)
