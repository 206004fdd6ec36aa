"""The ten limits that cost most, and what one more unit of each would be worth."""

from __future__ import annotations

from fourflow.reasons import Bottleneck
from fourflow.report._html import Safe, tag
from fourflow.report._parts import Cell, Column, section, table
from fourflow.report._view import View
from fourflow.report._words import money, of_several, price, price_places
from fourflow.units import CURRENCIES

KINDS = {
    "lane": "Lane, full",
    "budget": "Budget, spent",
    "goods": "Goods, all used up",
    "offer": "Offer, used up",
    "project": "Wanted by projects",
}


def bottlenecks_section(view: View) -> Safe:
    found = view.story.reasons.bottlenecks
    title = "Bottlenecks, and what one more unit is worth"
    if not found:
        words = "No lane, budget or offer was short: one unit more of none of them would be worth anything."
        if view.now.projects.full < view.now.projects.total:
            words = (
                "No lane, budget or offer was short. What keeps projects from going ahead stands with them."
            )
        return section("bottlenecks", title, tag("p", words))
    intro = (
        "These limits cost the whole most. If one of them were wider by one unit, the result would be worth "
        "that much more, up to the point where the next limit is reached."
    )
    columns = [
        Column("What is short"),
        Column("Kind", wide=True),
        Column("One more unit is worth", number=True),
        Column("At stake", number=True, wide=True),
    ]
    note = (
        "At stake is the worth of one more unit times what there is. 'Up to' marks figures that several "
        "prices support: one more unit may bring less."
    )
    if any(bottleneck.kind == "project" for bottleneck in found):
        note += (
            " What projects want is worth that much only once the project has all of it; at stake is then "
            "what the projects that want it would be worth."
        )
    rows = (_row(view, bottleneck) for bottleneck in found)
    made = table(columns, rows, f"The {len(found)} with most at stake" if len(found) > 1 else "The only one")
    return section("bottlenecks", title, tag("p", intro), made, tag("p", note, class_="note"))


def _row(view: View, bottleneck: Bottleneck) -> list[object]:
    worth = price(bottleneck.worth, view.market.currency, price_places([bottleneck.worth]))
    sure = "" if bottleneck.exact else "up to "
    return [
        Cell(bottleneck.name, narrow=KINDS[bottleneck.kind]),
        KINDS[bottleneck.kind],
        Cell(
            f"{sure}{worth} per {_unit(bottleneck, view)}" if bottleneck.worth else "not alone enough",
            bottleneck.worth,
        ),
        Cell(view.money(bottleneck.at_stake), bottleneck.at_stake),
    ]


def _unit(bottleneck: Bottleneck, view: View) -> str:
    if bottleneck.kind == "budget" or bottleneck.unit in CURRENCIES:
        return money(1, bottleneck.unit)
    return "tonne" if bottleneck.unit == "t" else of_several(1, bottleneck.unit)
