"""A clearing at a glance: for notebooks (HTML without scripts), for terminals, and in plain lines."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fourflow.report._html import Safe, clean, tag
from fourflow.report._summary import headline, proof_words, unmet_words
from fourflow.report._view import View

LARGEST = 10


def in_words(view: View) -> list[str]:
    """What moved and what it was worth, what is unmet and why, what is proved: a sentence or two each."""
    return [f"{headline(view)}.", unmet_words(view), f"{proof_words(view)}."]


def to_html(view: View) -> Safe:
    """For a notebook's `_repr_html_`: the sentences and the largest unmet needs; no script, no style sheet."""
    rows = [tag("tr", (tag("td", cell) for cell in row)) for row in _largest(view)]
    head = tag("tr", (tag("th", name) for name in HEADINGS))
    table = tag("table", tag("caption", "Largest unmet needs"), tag("thead", head), tag("tbody", rows))
    first, *others = in_words(view)
    return tag(
        "div", tag("p", tag("strong", first)), (tag("p", words) for words in others), table if rows else None
    )


def to_rich(view: View) -> RenderableType:
    """For a terminal's `__rich__`."""
    first, *others = in_words(view)
    parts: list[RenderableType] = [Text(first, style="bold"), *(Text(words) for words in others)]
    rows = _largest(view)
    if rows:
        table = Table(*HEADINGS, title="Largest unmet needs", title_justify="left")
        for row in rows:
            table.add_row(*(Text(clean(cell)) for cell in row))
        parts.append(table)
    return Group(*parts)
