"""Who gives what to whom, and what was asked and offered by kind of goods."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fourflow.book import Market
from fourflow.report._flow_tables import title
from fourflow.report._html import Safe, tag
from fourflow.report._outcome import asked_tonnes, first_category, goods_needs, tonnes
from fourflow.report._parts import Cell, Column, bar, legend, more, section, swatch, table
from fourflow.report._view import View
from fourflow.report._words import count, number, part_of, percent

MAX_ROWS = 1000
MAX_GROUPS = 14
MAX_MORE = 200
FEWEST_GROUPS = 4
F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Group:
    """Tonnes asked for and met, offered and given, of one kind of goods."""

    name: str
    asked: float
    met: float
    offered: float
    given: float


def awards_section(view: View) -> Safe:
    rows = view.awards.sort("tonnes", descending=True, maintain_order=True)
    shown = rows.head(MAX_ROWS)
    intro = f"{count(len(rows), 'award')}, heaviest first."
    if len(shown) < len(rows):
        share = float(shown["tonnes"].sum()) / float(rows["tonnes"].sum())
        intro += (
            f" This table has the {len(shown):,} heaviest ({percent(share)} of the weight); "
            "all of them are in awards.csv beside this page."
        )
    columns = [
        Column("From"),
        Column("To", wide=True),
        Column("What"),
        Column("How much", number=True),
        Column("By way of", wide=True),
        Column("km", number=True, wide=True),
    ]
    made = table(
        columns, (_award_row(row) for row in shown.iter_rows(named=True)), "Who gives what to whom",
        name="awards", search="Find a name, a place or goods", sort=True, tall=True,
    )  # fmt: skip
    return section("who", "Who gives what to whom", tag("p", intro), made)


def _award_row(row: dict[str, Any]) -> list[object]:
    quantity, km = number(row["quantity"], 4), row["distance_km"]
    return [
        Cell(row["from_name"], row["from_name"], narrow=f"to {row['to_name']}"),
        row["to_name"],
        row["category_name"],
        Cell(f"{quantity}\u00a0{row['unit']}", row["tonnes"]),
        row["via"] or ("direct" if row["lanes"] else "same place"),
        Cell(number(km), km),
    ]


def balance_section(view: View) -> Safe | None:
    """Two bars per kind of goods: what was asked and met, what was offered and given."""
    groups = _groups(view)
    if not groups:
        return None
    largest = max(max(g.asked, g.offered) for g in groups) or 1.0
    intro = (
        "Where a kind of goods is asked for more than it is offered, sharing alone cannot meet the need; "
        "where it is the other way round, something is left over."
    )
    marks = legend(
        [
            (swatch("fill-flow"), "asked for and met"),
            (swatch("fill-flow-soft"), "asked for, not met"),
            (swatch("fill-give"), "offered and given"),
            (swatch("fill-give-soft"), "offered, left over"),
        ]
    )
    shown, rest = groups[:MAX_GROUPS], groups[MAX_GROUPS : MAX_GROUPS + MAX_MORE]
    others = more(f"{count(len(rest), 'smaller kind')}", _balance(rest, largest)) if rest else None
    title = "What was asked for, what was offered"
    return section("balance", title, tag("p", intro), marks, _balance(shown, largest), others)


def _balance(groups: list[Group], largest: float) -> Safe:
    return tag("ul", (_balance_item(group, largest) for group in groups), class_="balance")


def _balance_item(group: Group, largest: float) -> Safe:
    asked = f"{part_of(group.met, group.asked)} met" if group.asked > 0 else "not asked for"
    offered = f"{part_of(group.given, group.offered)} given" if group.offered > 0 else "not offered"
    missing, left = (group.asked - group.met) / largest, (group.offered - group.given) / largest
    need = [(group.met / largest, "fill-flow"), (missing, "fill-flow-soft")]
    offer = [(group.given / largest, "fill-give"), (left, "fill-give-soft")]
    lines = [
        tag("span", bar(parts, words), tag("span", words), class_="line")
        for parts, words in ((need, asked), (offer, offered))
    ]
    return tag("li", tag("strong", group.name), lines, class_="pair")


def _groups(view: View) -> list[Group]:
    """The kinds of goods, those most asked for and offered first."""
    market = view.market
    allocation, awards = view.story.cleared.allocation, view.story.cleared.awards
    categories, offers = market.categories, market.offers
    if not len(categories):
        return []
    kind = _kinds(market)
    weights = categories.tonnes_per_unit[offers.category]
    open_needs = goods_needs(market)
    of_need, of_offer = kind[first_category(market)], kind[offers.category]
    moved = tonnes(awards.quantity, weights[awards.offer])
    sums = pl.DataFrame(
        {
            "kind": np.arange(len(categories)),
            "asked": _sum(of_need, asked_tonnes(market) * open_needs, len(categories)),
            "met": _sum(of_need[awards.need], moved, len(categories)),
            "offered": _sum(of_offer, tonnes(offers.quantity, weights), len(categories)),
            "given": _sum(of_offer, tonnes(allocation.offered, weights), len(categories)),
        }
    ).filter(pl.col("asked") + pl.col("offered") > 0)
    sums = sums.sort(pl.col("asked") + pl.col("offered"), descending=True, maintain_order=True)
    names = title(categories.id, categories.name)
    return [
        Group(str(names[int(kind)]), float(asked), float(met), float(offered), float(given))
        for kind, asked, met, offered, given in sums.rows()
    ]


def _kinds(market: Market) -> NDArray[np.int64]:
    """The ancestor that each category is counted under: its root, or one level lower if roots are few."""
    parent = market.categories.parent.astype(np.int64)
    own = np.arange(len(parent))
    chains = [own]
    while (parent[chains[-1]] >= 0).any():
        up = parent[chains[-1]]
        chains.append(np.where(up >= 0, up, chains[-1]))
    root = chains[-1]
    if len(np.unique(root)) >= FEWEST_GROUPS or len(chains) == 1:
        return root
    below = own.copy()
    for nearer, farther in pairwise(chains):
        below = np.where((nearer != farther) & (farther == root), nearer, below)
    return below


def _sum(group: NDArray[np.integer], values: F64, count: int) -> F64:
    return np.bincount(group, weights=values, minlength=count).astype(np.float64)
