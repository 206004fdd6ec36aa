"""Projects as a table: how much of each is carried out, what it is worth, and what stood in the way."""

from __future__ import annotations

import numpy as np
import polars as pl

from fourflow.book import KINDS, MICRO, Market
from fourflow.clearing import Allocation
from fourflow.reasons import Exclusions, ShortLine, short_lines
from fourflow.report._flow_tables import exact_column, named, title
from fourflow.report._names import accepted_names
from fourflow.report._outcome import is_mass
from fourflow.report._words import amounts, listed, money

WHOLE = 10**9
"""A project in full, in billionths."""
MONEY_SHORT = "what it needs costs more than it is worth, or than its own money and what it is lent pay"


def projects_table(allocation: Allocation, exclusions: Exclusions) -> pl.DataFrame:
    """One row per project, the ones carried out first, then by worth.

    size : 0 to 1, how much is carried out; worth : value at that size; in_the_way : why not all, in words.
    """
    market, projects = allocation.market, allocation.market.projects
    size = allocation.carried_out
    names = title(market.participants.id, market.participants.name)
    owners = [listed([str(names[p]) for p in projects.participants[i]]) for i in range(len(projects))]
    ways = _in_the_way(allocation, exclusions)
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


def _in_the_way(allocation: Allocation, exclusions: Exclusions) -> list[str]:
    """Line by line: what nobody offers, what others have; where neither, it is the money."""
    found, market = short_lines(allocation), allocation.market
    short = (found.get(i, []) if size < WHOLE else [] for i, size in enumerate(allocation.size.tolist()))
    told = ([*_too_dear(market, i), *_lacks(allocation, lines, exclusions)] for i, lines in enumerate(short))
    return [listed(words) if words else MONEY_SHORT for words in told]


def _lacks(allocation: Allocation, lines: list[ShortLine], exclusions: Exclusions) -> list[str]:
    """What nobody offers it, and by how much what is left falls short of the rest."""
    missing = [_missing(allocation, line, exclusions) for line in lines if not line.served]
    scarce = [
        f"{_size(allocation, line.line, line.lacks)} ({accepted_names(allocation.market, line.line)})"
        for line in lines
        if line.served
    ]
    return [*missing, *([f"what is left falls short by {listed(scarce)}"] if scarce else [])]


def _too_dear(market: Market, project: int) -> list[str]:
    """Where its lines cost more than all the money it has and asks for, even at the lowest asks."""
    needs, offers = market.needs, market.offers
    spent, has, borrows = 0, int(market.projects.own_money[project]), False
    for line in np.flatnonzero(needs.project == project).tolist():
        accepted = np.isin(offers.category, needs.categories[line])
        if KINDS[market.categories.kind[needs.categories[line][0]]] == "capital":
            has, borrows = has + int(needs.quantity[line]), True
        elif accepted.any():
            spent += int(offers.limit_price[accepted].min()) * int(needs.quantity[line]) // MICRO
    if not borrows or spent <= has or (offers.project == project).any():
        return []
    cost, purse = (money(amount / MICRO, market.currency, 6) for amount in (spent, has))
    return [f"what it needs costs at least {cost}, and it has and asks for {purse} only"]


def _missing(allocation: Allocation, short: ShortLine, exclusions: Exclusions) -> str:
    what, excluded = accepted_names(allocation.market, short.line), exclusions.of(True, short.line)
    return f"no offer of {what} fits: {excluded.said(3)}" if excluded.because else f"nobody offers {what}"


def _size(allocation: Allocation, line: int, quantity: int) -> str:
    categories = allocation.market.categories
    first = int(allocation.market.needs.categories[line][0])
    unit = str(categories.unit[first])
    if is_mass(unit):
        return amounts(quantity / MICRO * categories.tonnes_per_unit[first] / MICRO, "t")
    return amounts(quantity / MICRO, unit)
