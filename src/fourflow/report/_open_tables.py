"""What stayed open: needs that were not met in full, offers that were not taken up in full."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fourflow.book import KINDS, Market
from fourflow.clearing import Allocation
from fourflow.report._flow_tables import exact_column, named, title
from fourflow.report._outcome import first_category, goods_needs, tonnes

GOODS = KINDS.index("goods")
I32 = NDArray[np.int32]


def unmet_table(allocation: Allocation) -> pl.DataFrame:
    """Needs with something missing, the heaviest first."""
    market, needs = allocation.market, allocation.market.needs
    rows = np.flatnonzero(goods_needs(market) & (allocation.awarded < needs.quantity))
    category = first_category(market)[rows]
    missing = needs.quantity[rows] - allocation.awarded[rows]
    table = pl.DataFrame(
        {
            "need": named(needs.id, rows),
            **_who_and_what(market, needs.participant[rows], needs.place[rows], category),
            "asked": exact_column(needs.quantity[rows]),
            "received": exact_column(allocation.awarded[rows]),
            "missing": exact_column(missing),
            "missing_t": tonnes(missing, market.categories.tonnes_per_unit[category]).round(9),
            "limit_price": exact_column(needs.limit_price[rows]),
            "value": exact_column(needs.value[rows]),
        }
    )
    return table.sort("missing_t", "need", descending=[True, False])


def unsold_table(allocation: Allocation) -> pl.DataFrame:
    """Offers with something left over, the heaviest first."""
    market, offers = allocation.market, allocation.market.offers
    goods = market.categories.kind[offers.category] == GOODS
    rows = np.flatnonzero(goods & (allocation.offered < offers.quantity))
    category = offers.category[rows]
    left = offers.quantity[rows] - allocation.offered[rows]
    table = pl.DataFrame(
        {
            "offer": named(offers.id, rows),
            **_who_and_what(market, offers.participant[rows], offers.place[rows], category),
            "offered": exact_column(offers.quantity[rows]),
            "given": exact_column(allocation.offered[rows]),
            "left": exact_column(left),
            "left_t": tonnes(left, market.categories.tonnes_per_unit[category]).round(9),
            "limit_price": exact_column(offers.limit_price[rows]),
        }
    )
    return table.sort("left_t", "offer", descending=[True, False])


def _who_and_what(market: Market, participant: I32, place: I32, category: I32) -> dict[str, pl.Series]:
    people, places, categories = market.participants, market.places, market.categories
    return {
        "participant": named(people.id, participant),
        "name": named(title(people.id, people.name), participant),
        "place": named(places.id, place),
        "place_name": named(title(places.id, places.name), place),
        "category": named(categories.id, category),
        "category_name": named(title(categories.id, categories.name), category),
        "unit": named(categories.unit, category),
    }
