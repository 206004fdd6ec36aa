"""Projects as a table: how much of each is carried out, what it is worth, and what stood in the way."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import polars as pl

from fourflow.book import KINDS, MICRO, UNLIMITED
from fourflow.clearing import Allocation
from fourflow.formulation import ArcKind, NodeKind
from fourflow.report._flow_tables import exact_column, named, title
from fourflow.report._names import accepted_names
from fourflow.report._outcome import REMAINDER
from fourflow.report._words import amounts, listed

MONEY_SHORT = "what it needs costs more than it is worth, or than its own money and what it is lent pay"


def projects_table(allocation: Allocation) -> pl.DataFrame:
    """One row per project, the ones carried out first, then by worth.

    size : 0 to 1, how much is carried out; worth : value at that size; in_the_way : why not all, in words.
    """
    market, projects = allocation.market, allocation.market.projects
    size = allocation.carried_out
    names = title(market.participants.id, market.participants.name)
    owners = [listed([str(names[p]) for p in projects.participants[i]]) for i in range(len(projects))]
    ways = _in_the_way(allocation)
    table = pl.DataFrame(
        {
            "project": named(projects.id, np.arange(len(projects))),
            "name": named(title(projects.id, projects.name), np.arange(len(projects))),
            "purpose": pl.Series(projects.purpose, dtype=pl.String),
            "participants": pl.Series(owners, dtype=pl.String),
            "mode": ["all_or_nothing" if whole else "proportional" for whole in projects.all_or_nothing],
            "size": pl.Series(size.round(9)),
            "value": exact_column(projects.value),
            "limit_price": exact_column(projects.limit_price),
            "worth": pl.Series((projects.value / MICRO * size).round(6)),
            "in_the_way": pl.Series([ways[i] if size[i] < 1 else "" for i in range(len(projects))],
                                    dtype=pl.String),
        },
        schema_overrides={"mode": pl.String},
    )  # fmt: skip
    return table.sort("size", "value", "project", descending=[True, True, False])


def _in_the_way(allocation: Allocation) -> list[str]:
    """Line by line: what nobody offers, what others have; where neither, it is the money."""
    market, layout, problem = allocation.market, allocation.layout, allocation.problem
    needs = market.needs
    into, out = layout.arcs(ArcKind.NEED), layout.arcs(ArcKind.OFFER)
    offers_of: dict[int, set[int]] = defaultdict(set)
    for arc in out.tolist():
        offers_of[int(layout.arc_pool[arc])].add(int(layout.arc_ref[arc]))
    pools_of: dict[int, set[int]] = defaultdict(set)
    for arc in into[layout.node_kind[problem.head[into]] == NodeKind.LINE].tolist():
        pools_of[int(layout.arc_ref[arc])].add(int(layout.arc_pool[arc]))
    said: list[list[str]] = [[] for _ in range(len(market.projects))]
    for line in np.flatnonzero((needs.project >= 0) & (needs.quantity > 0)).tolist():
        wanted = int(needs.quantity[line] - allocation.awarded[line])
        found = set().union(*(offers_of[pool] for pool in pools_of[line])) if pools_of[line] else set()
        left = sum(_left(allocation, offer) for offer in found)
        what = accepted_names(market, line)
        if not found:
            said[needs.project[line]].append(f"nobody offers {what} that fits")
        elif wanted > REMAINDER and left < wanted:
            size = _size(allocation, line, wanted - max(left, 0))
            said[needs.project[line]].append(f"{what} is with others, {size} too little is left")
    return [listed(words) if words else MONEY_SHORT for words in said]


def _left(allocation: Allocation, offer: int) -> int:
    """What an offer could still give: nothing more where it goes to one need as a whole."""
    offers = allocation.market.offers
    given, has = int(allocation.offered[offer]), int(offers.quantity[offer])
    if offers.whole[offer] and given > 0 and has != UNLIMITED:
        return 0
    return has if has == UNLIMITED else has - given


def _size(allocation: Allocation, line: int, quantity: int) -> str:
    categories = allocation.market.categories
    first = int(allocation.market.needs.categories[line][0])
    goods = KINDS[categories.kind[first]] == "goods" and categories.tonnes_per_unit[first] > 0
    if goods:
        return amounts(quantity / MICRO * categories.tonnes_per_unit[first] / MICRO, "t")
    return amounts(quantity / MICRO, str(categories.unit[first]))
