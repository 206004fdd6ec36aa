"""The pieces that sections are made of: headings, tables, bars, figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fourflow.report._html import Child, Safe, tag

WORTH_SEARCHING = 8
TALL = 20
"""Rows from which a table gets a search field, or a window of its own."""


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading; numbers stand right; `wide` is left out on a phone."""

    title: str
    number: bool = False
    wide: bool = False

    @property
    def style(self) -> str | None:
        return " ".join(["num"] * self.number + ["wide"] * self.wide) or None


@dataclass(frozen=True)
class Cell:
    """A cell whose sort key differs from what it shows, or with a second, smaller line; `narrow` is a
    line that only a phone shows, for a column that is left out there."""

    shown: Child
    key: object = None
    more: Child = None
    narrow: Child = None


def section(name: str, title: str, *children: Child) -> Safe:
    return tag("section", tag("h2", title, id=name), *children, aria_labelledby=name)


def table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[object]],
    caption: str,
    *,
    name: str | None = None,
    search: str | None = None,
    sort: bool = False,
    tall: bool = False,
    total: Sequence[object] | None = None,
    hidden: bool = False,
) -> Safe:
    """A table; on a phone each row's first cell, its heading, takes a line of its own.

    `search` is the label of the search field (asks for a `name`); a `tall` table has a window of its own;
    `total` is a last row; a `hidden` caption repeats a heading above it, and is there to be heard only.
    """
    rows = list(rows)
    search = search if len(rows) >= WORTH_SEARCHING else None
    head = tag("tr", (tag("th", c.title, scope="col", class_=c.style) for c in columns))
    body = tag("tbody", (tag("tr", _cells(columns, row)) for row in rows))
    foot = tag("tfoot", tag("tr", _cells(columns, total), class_="sum")) if total else None
    known = tag("span", caption, class_="unseen") if hidden else caption
    made = tag(
        "table", tag("caption", known), tag("thead", head), body, foot,
        id=name, data_search=search, data_sort=sort and len(rows) > 1,
    )  # fmt: skip
    return tag(
        "div",
        made,
        class_="scroll tall" if tall and len(rows) > TALL else "scroll",
        tabindex="0",
        role="region",
        aria_label=caption,
    )


def _cells(columns: Sequence[Column], row: Sequence[object]) -> Iterable[Safe]:
    for i, (column, value) in enumerate(zip(columns, row, strict=True)):
        cell = value if isinstance(value, Cell) else Cell(value)
        more = tag("small", cell.more) if cell.more else None
        narrow = tag("small", cell.narrow, class_="narrow") if cell.narrow else None
        name, scope = ("th", "row") if i == 0 else ("td", None)
        yield tag(name, cell.shown, more, narrow, scope=scope, class_=column.style, data_key=cell.key)


def bar(parts: Sequence[tuple[float, str]], label: str) -> Safe:
    """A horizontal bar of (share of the whole width, class of its fill); `label` says it in words."""
    rects = []
    start = 0.0
    for share, style in parts:
        if share > 0:
            rects.append(
                tag("rect", x=f"{start * 100:.2f}", width=f"{share * 100:.2f}", height="10", class_=style)
            )
        start += share
    return tag(
        "svg",
        rects,
        class_="bar",
        viewBox="0 0 100 10",
        preserveAspectRatio="none",
        role="img",
        aria_label=label,
    )


def figures(items: Iterable[tuple[str, str, Child]]) -> Safe:
    """Key figures: what it is, the figure, and what to think of it."""
    return tag(
        "dl",
        (
            tag(
                "div",
                tag("dt", name),
                tag("dd", tag("span", value, class_="value"), tag("span", more, class_="more")),
            )
            for name, value, more in items
        ),
        class_="figures",
    )


def swatch(style: str, shape: str = "square") -> Safe:
    """A small mark for a legend."""
    inner = (
        tag("circle", cx="7", cy="7", r="5.5", class_=style)
        if shape == "circle"
        else tag("rect", width="14", height="14", class_=style)
    )
    return tag("svg", inner, width="14", height="14", viewBox="0 0 14 14", aria_hidden="true")


def legend(items: Iterable[tuple[Safe, str]]) -> Safe:
    return tag("ul", (tag("li", mark, words) for mark, words in items), class_="legend")


def facts(items: Iterable[tuple[str, Child]]) -> Safe:
    return tag("dl", ((tag("dt", name), tag("dd", value)) for name, value in items), class_="facts")


def more(summary: str, *children: Child) -> Safe:
    return tag("details", tag("summary", summary), *children)
