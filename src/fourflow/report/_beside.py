"""What else would have been enough, beside another price: cleared again, or an estimate that says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from fourflow.reasons import Change
from fourflow.report._html import Safe, tag
from fourflow.report._parts import more
from fourflow.report._view import View

SHOWN, MOST = 5, 30
"""Estimates shown at once, and folded away; the tables have all of them."""
CLEARED_AGAIN = (
    "For each of these the whole book was cleared again with just this one change, the smallest of its kind "
    "that was found to do."
)
ESTIMATED = (
    "These are estimates: others may want what would be freed. <b>fourflow explain</b> with the id in "
    "brackets tries each and tells."
)
Lines = list[tuple[str, str]]
"""(who, what) of each entry of a list."""


def beside(view: View, rows: pl.DataFrame, is_need: bool) -> list[Safe]:
    """For the largest of `rows`: what was cleared again, then what was only estimated."""
    market, changes = view.story.cleared.allocation.market, view.story.reasons.changes
    ids = (market.needs if is_need else market.offers).id
    names = dict(rows.select("listing", pl.format("{}, {} ({})", "name", "category_name", "listing")).rows())
    known = {str(ids[row]): found for (side, row), found in changes.items() if side == is_need}
    told = [(names.get(name, name), words) for name, found in known.items() if (words := in_words(found))]
    searched = {name for name, found in known.items() if all(one.found != "estimate" for one in found)}
    rest = rows.filter((pl.col("might_help") != "") & ~pl.col("listing").is_in(list(searched)))
    likely = [(names[name], words) for name, words in rest.select("listing", "might_help").rows()]
    return [*_again(told), *_likely(likely)]


def in_words(found: Iterable[Change]) -> str:
    """The changes that were cleared again, as sentences."""
    return " ".join(change.sentence for change in found if change.found == "re-cleared")


def of_projects(view: View) -> list[Safe]:
    """What would have had more of the projects carried out."""
    projects = view.market.projects
    names = [f"{name or id_} ({id_})" for id_, name in zip(projects.id, projects.name, strict=True)]
    changes = view.story.reasons.project_changes
    return _again([(names[row], words) for row, found in changes.items() if (words := in_words(found))])


def _again(told: Lines) -> list[Safe]:
    if not told:
        return []
    note = tag("p", CLEARED_AGAIN, class_="note")
    return [tag("h3", "What else would have been enough"), note, _list(told)]


def _likely(told: Lines) -> list[Safe]:
    if not told:
        return []
    start, _, end = ESTIMATED.partition("<b>fourflow explain</b>")
    note = tag("p", start, tag("code", "fourflow explain"), end, class_="note")
    rest = told[SHOWN:MOST]
    parts = [tag("h3", "What else might have been enough"), note, _list(told[:SHOWN])]
    return [*parts, more(f"{len(rest)} more", _list(rest))] if rest else parts


def _list(told: Sequence[tuple[str, str]]) -> Safe:
    return tag("ul", *(tag("li", tag("strong", name), ": ", words) for name, words in told), class_="plain")
