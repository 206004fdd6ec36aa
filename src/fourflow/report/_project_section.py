"""Which projects go ahead, and why the others do not."""

from __future__ import annotations

from typing import Any

import polars as pl

from fourflow.report._beside import of_projects
from fourflow.report._html import Safe, tag
from fourflow.report._parts import Cell, Column, more, section, table
from fourflow.report._project_words import FULL, got_by_projects, sentence
from fourflow.report._view import View
from fourflow.report._words import count, percent

MAX_ROWS = 300


def projects_section(view: View) -> Safe | None:
    """None where the book has no projects."""
    rows = view.projects
    if rows.is_empty():
        return None
    ahead = rows.filter(pl.col("size") > 0)
    stays = rows.filter(pl.col("size") <= 0)
    intro = (
        "A project needs all its lines at once: what it lacks in one kind, no other kind makes up for. It "
        "goes ahead where all of them could be had, its money suffices, and nothing else that the same "
        "people, licences, money and things could do is worth more. What it takes it pays for at the prices "
        "below, from its own money and from what it is lent or granted."
    )
    parts = [tag("p", intro)]
    if len(ahead):
        parts.append(tag("h3", f"{count(len(ahead), 'project')} {'goes' if len(ahead) == 1 else 'go'} ahead"))
        parts.append(_ahead(view, ahead))
    if len(stays):
        parts.append(
            tag("h3", f"{count(len(stays), 'project')} {'does' if len(stays) == 1 else 'do'} not go ahead")
        )
        parts.append(_stays(view, stays))
    parts += of_projects(view)
    return section("projects", "Projects", *parts)


def _ahead(view: View, rows: pl.DataFrame) -> Safe:
    columns = [
        Column("Project"),
        Column("Carried out", number=True),
        Column("Worth", number=True),
        Column("What it gets", wide=True),
    ]
    gets = got_by_projects(view)
    body = ([
        _who(row, gets.get(row["project"])),
        Cell("in full" if row["size"] >= FULL else percent(row["size"]), row["size"]),
        Cell(view.money(row["worth"]), row["worth"]),
        gets.get(row["project"], ""),
    ] for row in rows.head(MAX_ROWS).iter_rows(named=True))  # fmt: skip
    made = table(
        columns, body, "Projects that go ahead",
        name="projects-ahead", search="Find a project", tall=True, hidden=True,
    )  # fmt: skip
    partly = rows.filter((pl.col("size") < FULL) & (pl.col("in_the_way") != ""))
    if partly.is_empty():
        return made
    reasons = (tag("li", tag("strong", row["name"]), f": {row['in_the_way']}.") for row in partly.to_dicts())
    return tag("div", made, more("Why not in full", tag("ul", reasons, class_="plain")))


def _stays(view: View, rows: pl.DataFrame) -> Safe:
    columns = [Column("Project"), Column("Would be worth", number=True), Column("What stood in the way")]
    body = ([
        _who(row),
        Cell(view.money(row["value"]), float(row["value"])),
        sentence(row["in_the_way"]),
    ] for row in rows.head(MAX_ROWS).iter_rows(named=True))  # fmt: skip
    return table(
        columns, body, "Projects that do not go ahead",
        name="projects-not", search="Find a project", tall=True, hidden=True,
    )  # fmt: skip


def _who(row: dict[str, Any], gets: str | None = None) -> Cell:
    return Cell(row["name"], row["name"], more=row["participants"], narrow=gets)
