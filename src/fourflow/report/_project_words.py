"""Projects in words: whose line a need is, what the lines of a project got, what becomes of it."""

from __future__ import annotations

from typing import Any

from fourflow.book import Market
from fourflow.report._flow_tables import title
from fourflow.report._view import View
from fourflow.report._words import amounts, percent

FULL = 1 - 1e-6
"""A project of this size, but for rounding, is carried out in full."""


def project_of_line(market: Market) -> dict[str, str]:
    """Need -> id of the project whose line it is."""
    lines = zip(market.needs.id.tolist(), market.needs.project.tolist(), strict=True)
    return {str(need): str(market.projects.id[project]) for need, project in lines if project >= 0}


def project_names(market: Market) -> dict[str, str]:
    """Id -> name of every project."""
    names = title(market.projects.id, market.projects.name)
    return {str(i): str(name) for i, name in zip(market.projects.id, names, strict=True)}


def got_by_projects(view: View) -> dict[str, str]:
    """Project -> what its lines got, in words."""
    of_line, lines = project_of_line(view.market), dict[str, list[str]]()
    for row in view.awards.iter_rows(named=True):
        if project := of_line.get(row["need"]):
            what = f"{row['category_name']}: {amounts(row['quantity'], row['unit'])} from {row['from_name']}"
            lines.setdefault(project, []).append(what)
    return {name: "; ".join(words) for name, words in lines.items()}


def sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def becomes(view: View, row: dict[str, Any], got: str) -> str:
    """What becomes of a project (a row of the table of projects), as sentences of a letter."""
    why = f" {sentence(row['in_the_way'])}" if row["in_the_way"] else ""
    if row["size"] <= 0:
        return f"{row['name']} does not go ahead.{why}"
    part, why = ("in full", "") if row["size"] >= FULL else (f"at {percent(row['size'])}", why)
    gets = f" It gets {got}." if got else ""
    return f"{row['name']} goes ahead {part}, worth {view.money(row['worth'])}.{gets}{why}"
