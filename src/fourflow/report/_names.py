"""How needs and kinds are called."""

from __future__ import annotations

from fourflow.book import Market
from fourflow.report._words import listed


def accepted_names(market: Market, need: int) -> str:
    """What a need asks for: its broadest categories, 'rice or pasta'."""
    parent, accepted = market.categories.parent, market.needs.categories[need].tolist()
    inside = set(accepted)
    names = [_name(market, c) for c in accepted if int(parent[c]) not in inside]
    return listed(names, "or")


def _name(market: Market, category: int) -> str:
    return str(market.categories.name[category] or market.categories.id[category])
