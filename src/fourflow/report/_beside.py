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
    "Each was cleared again just so, all else as it is: the smallest change of its kind that was found to do."
)
ESTIMATED = (
    "Read off the result without clearing it again, as if nobody else would make use of the change: others "
    "may. <b>fourflow explain</b> with an id clears again and tells."
)
Lines = list[tuple[str, str]]
"""(who, what) of each entry of a list."""


def beside(view: View, rows: pl.DataFrame, is_need: bool) -> list[Safe]:
    """For the largest of `rows`: what was cleared again, then what was only estimated."""
    market, changes = view.story.cleared.allocation.market, view.story.reasons.changes
    ids = (market.needs if is_need else market.offers).id
    known = {str(ids[row]): found for (side, row), found in changes.items() if side == is_need}
    told = [(name, words) for name, found in known.items() if (words := in_words(found))]
    searched = {name for name, found in known.items() if all(one.found != "estimate" for one in found)}
    rest = rows.filter((pl.col("might_help") != "") & ~pl.col("listing").is_in(list(searched)))
    likely = list(zip(rest["listing"].to_list(), rest["might_help"].to_list(), strict=True))
    return [*_again(told), *_likely(likely)]


def in_words(found: Iterable[Change]) -> str:
    """The changes that were cleared again, as sentences."""
    return " ".join(change.sentence for change in found if change.found == "re-cleared")


def of_projects(view: View) -> list[Safe]:
    """What would have had more of the projects carried out."""
    ids = view.story.cleared.allocation.market.projects.id
    changes = view.story.reasons.project_changes
    return _again([(str(ids[row]), words) for row, found in changes.items() if (words := in_words(found))])


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
