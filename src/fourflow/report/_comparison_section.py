"""Comparison with first come, first served on the same book."""

from __future__ import annotations

from collections.abc import Callable

from fourflow.report._html import Safe, tag
from fourflow.report._parts import Column, section, table
from fourflow.report._view import View
from fourflow.report._words import carbon, number, percent, weight

MINUS = "\u2212"
Form = Callable[[float], str]


def comparison_section(view: View) -> Safe:
    intro = (
        "First come, first served answers needs in the order in which they were listed: each takes what "
        "is worth most to it, by the cheapest way still free, under the same limits. That is what phone "
        "queues and spreadsheets do. Here the same book was also cleared that way."
    )
    columns = [
        Column("Measure"),
        Column("This result", number=True),
        Column("First come, first served", number=True),
        Column("Difference", number=True, wide=True),
    ]
    rows = [
        [name, form(mine), form(theirs), _difference(mine, theirs, form)]
        for name, mine, theirs, form in _measures(view)
    ]
    return section(
        "comparison",
        "Against first come, first served",
        tag("p", intro),
        table(columns, rows, "The same book, cleared both ways"),
        tag("p", _verdict(view), class_="note") if _verdict(view) else None,
    )


def _verdict(view: View) -> str:
    """What may surprise: more worth with less weight."""
    now, before = view.now, view.before
    if now.welfare <= before.welfare or now.tonnes >= before.tonnes:
        return ""
    return (
        "First come, first served moves more here, and yet it is worth less: who comes first takes what "
        "others could use better, and by ways that cost more than they bring."
    )


def _measures(view: View) -> list[tuple[str, float, float, Form]]:
    """Name, this result, the baseline, and how the figure is written."""
    now, before = view.now, view.before
    return [
        ("Worth in all", now.welfare, before.welfare, view.money),
        ("Moved", now.tonnes, before.tonnes, weight),
        ("Share of the weight asked for that was met", now.share_met, before.share_met, percent),
        ("Needs met in full", now.num_full, before.num_full, number),
        ("Needs met in part", now.num_part, before.num_part, number),
        ("Needs that got nothing", now.num_none, before.num_none, number),
        ("Cost of haulage", now.haulage, before.haulage, view.money),
        ("CO\u2082e of haulage", now.co2_kg, before.co2_kg, carbon),
        (
            "CO\u2082e per tonne moved",
            _each(now.co2_kg, now.tonnes),
            _each(before.co2_kg, before.tonnes),
            carbon,
        ),
    ]


def _difference(mine: float, theirs: float, form: Form) -> str:
    if form(mine) == form(theirs):
        return "none"
    size = abs(mine - theirs)
    shown = f"{percent(size).split()[0]} points" if form is percent else form(size)
    return f"{'+' if mine > theirs else MINUS}{shown}"


def _each(total: float, count: float) -> float:
    return total / count if count > 0 else 0.0
