"""Comparison with first come, first served on the same book."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fourflow.book import GOODS
from fourflow.report._html import Safe, tag
from fourflow.report._outcome import Outcome
from fourflow.report._parts import Column, section, table
from fourflow.report._summary import KIND_WORDS
from fourflow.report._view import View
from fourflow.report._words import amounts, carbon, number, percent
from fourflow.units import plural

MINUS = "\u2212"
Form = Callable[[float], str]
Read = Callable[[Outcome], float]
Measure = tuple[str, Read, Form]


def comparison_section(view: View) -> Safe:
    intro = (
        "First come, first served answers needs in the order in which they were listed: each takes what "
        "is worth most to it, by the cheapest way still free, under the same limits. That is what phone "
        "queues and spreadsheets do. Here the same book was also cleared that way, and once more with each "
        "need taking from the nearest place first"
    )
    others = [view.before, view.nearest]
    columns = [
        Column("Measure"),
        Column("This result", number=True),
        Column("First come, first served", number=True),
        Column("Nearest first", number=True),
        Column("Difference to first come", number=True, wide=True),
    ]
    rows = [
        [name, *(form(read(result)) for result in (view.now, *others)), _difference(view, read, form)]
        for name, read, form in _measures(view)
        if any(read(result) for result in (view.now, *others))
    ]
    return section(
        "comparison",
        "Against first come, first served",
        tag("p", f"{intro}."),
        table(columns, rows, "The same book, cleared in each way"),
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


def _measures(view: View) -> list[Measure]:
    """Name, the figure of a result, and how it is written."""
    return [
        ("Worth in all", lambda r: r.welfare, view.money),
        *_moved(view),
        *_needs(view),
        *_projects(view),
        *(_haulage(view) if view.now.asked_t > 0 else []),
    ]


def _moved(view: View) -> list[Measure]:
    """What moved of each kind, in each of its units; where all goods are weighed, the share that was met."""
    found: list[Measure] = []
    for kind, words in enumerate(KIND_WORDS):
        units = [amount.unit for amount in view.now.amounts if amount.kind == kind]
        for unit in units:
            name = f"{words}, in {plural(unit)}" if len(units) > 1 else words
            found.append((name, partial(_given, kind, unit), partial(_written, unit)))
    weighed = all(amount.unit == "t" for amount in view.now.amounts if amount.kind == GOODS)
    if view.now.alone.total and view.now.asked_t > 0 and weighed:
        found.append(("Share of the weight asked for that was met", lambda r: r.share_met, percent))
    return found


def _given(kind: int, unit: str, result: Outcome) -> float:
    return sum(amount.given for amount in result.amounts if (amount.kind, amount.unit) == (kind, unit))


def _written(unit: str, value: float) -> str:
    return amounts(value, unit)


def _haulage(view: View) -> list[Measure]:
    return [
        ("Cost of haulage", lambda r: r.haulage, view.money),
        ("CO\u2082e of haulage", lambda r: r.co2_kg, carbon),
        ("CO\u2082e per tonne moved", lambda r: _each(r.co2_kg, r.tonnes), carbon),
    ]


def _needs(view: View) -> list[Measure]:
    """Those outside projects; what projects ask for is told with them."""
    if not view.now.alone.total:
        return []
    return [
        ("Needs met in full", lambda r: r.alone.full, number),
        ("Needs met in part", lambda r: r.alone.part, number),
        ("Needs that got nothing", lambda r: r.alone.none, number),
    ]


def _projects(view: View) -> list[Measure]:
    if not view.now.projects.total:
        return []
    return [
        ("Projects carried out in full", lambda r: r.projects.full, number),
        ("Projects carried out in part", lambda r: r.projects.part, number),
        ("Projects not carried out", lambda r: r.projects.none, number),
    ]


def _difference(view: View, read: Read, form: Form) -> str:
    mine, theirs = read(view.now), read(view.before)
    if form(mine) == form(theirs):
        return "none"
    size = abs(mine - theirs)
    shown = f"{percent(size).split()[0]} points" if form is percent else form(size)
    return f"{'+' if mine > theirs else MINUS}{shown}"


def _each(total: float, count: float) -> float:
    return total / count if count > 0 else 0.0
