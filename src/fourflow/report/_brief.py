"""A clearing at a glance: for notebooks (HTML without scripts), for terminals, and in plain lines."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fourflow.report._html import Safe, clean, tag
from fourflow.report._reason_words import SHORT
from fourflow.report._summary import headline, proof_words, unmet_words
from fourflow.report._view import View
from fourflow.report._words import number

LARGEST = 10
HEADINGS = ("Need", "What", "Missing", "Why")


def in_words(view: View) -> list[str]:
    """What moved and what it was worth, what is unmet and why, what is proved: a sentence or two each."""
    return [clean(line) for line in (f"{headline(view)}.", unmet_words(view), f"{proof_words(view)}.")]


def to_html(view: View) -> Safe:
    """For a notebook's `_repr_html_`: the sentences and the largest unmet needs; no script, no style."""
    first, *others = in_words(view)
    words = [tag("p", tag("strong", first)), *(tag("p", line) for line in others)]
    rows = [tag("tr", (tag("td", cell) for cell in row)) for row in _largest(view)]
    if not rows:
        return tag("div", words)
    head = tag("thead", tag("tr", (tag("th", name, scope="col") for name in HEADINGS)))
    return tag("div", words, tag("table", tag("caption", "Largest unmet needs"), head, tag("tbody", rows)))


def to_rich(view: View) -> RenderableType:
    """For a terminal's `__rich__`."""
    first, *others = in_words(view)
    parts: list[RenderableType] = [Text(first, style="bold"), *(Text(line) for line in others)]
    rows = _largest(view)
    if rows:
        table = Table(*HEADINGS, title="Largest unmet needs", title_justify="left")
        for row in rows:
            table.add_row(*(Text(clean(cell)) for cell in row))
        parts.append(table)
    return Group(*parts)


def _largest(view: View) -> list[tuple[str, ...]]:
    rows: list[dict[str, Any]] = view.unmet.head(LARGEST).to_dicts()
    return [
        (row["need"], row["category_name"], f"{number(row['missing'])} {row['unit']}", SHORT[row["cause"]])
        for row in rows
    ]
