"""Awards and flows as tables: one row per award, one per lane that carried something."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fourflow.book import UNLIMITED, Market
from fourflow.clearing import Allocation, Awards
from fourflow.report._outcome import tonnes

I64 = NDArray[np.int64]


def exact_column(values: NDArray[np.integer], places: int = 6) -> pl.Series:
    """Integers in units of 10^-places as exact decimals."""
    scale = pl.Series([10**places]).cast(pl.Decimal(38, places))
    return pl.Series(values.astype(np.int64)).cast(pl.Decimal(38, places)) / scale


def named(names: NDArray[np.object_], index: NDArray[np.integer]) -> pl.Series:
    """names[index] as text; null where the index is -1."""
    if not len(names):
        return pl.Series([None] * len(index), dtype=pl.String)
    known = pl.Series(names[np.maximum(index, 0)], dtype=pl.String)
    return pl.select(pl.when(pl.Series(index >= 0)).then(known)).to_series()


def title(ids: NDArray[np.object_], names: NDArray[np.object_]) -> NDArray[np.object_]:
    """Names, or the id where there is none."""
    return np.array([name or id_ for id_, name in zip(ids, names, strict=True)], dtype=object)


def awards_table(market: Market, awards: Awards) -> pl.DataFrame:
    """offer, need, who gives to whom, what, how much, and by which route; in canonical order."""
    offers, needs, people = market.offers, market.needs, market.participants
    giver, receiver = offers.participant[awards.offer], needs.participant[awards.need]
    category = offers.category[awards.offer]
    names = title(people.id, people.name)
    return pl.DataFrame(
        {
            "offer": named(offers.id, awards.offer),
            "need": named(needs.id, awards.need),
            "from_participant": named(people.id, giver),
            "from_name": named(names, giver),
            "from_place": named(market.places.id, offers.place[awards.offer]),
            "to_participant": named(people.id, receiver),
            "to_name": named(names, receiver),
            "to_place": named(market.places.id, needs.place[awards.need]),
            "category": named(market.categories.id, category),
            "category_name": named(title(market.categories.id, market.categories.name), category),
            "quantity": exact_column(awards.quantity),
            "unit": named(market.categories.unit, category),
            "tonnes": tonnes(awards.quantity, market.categories.tonnes_per_unit[category]),
        }
    ).with_columns(_routes(market, awards))


def _routes(market: Market, awards: Awards) -> list[pl.Series]:
    """The lanes and the stops between them of each award, and the kilometres, days and carbon on the way."""
    lanes = market.lanes
    lengths = np.diff(awards.route.indptr)
    award, lane = np.repeat(np.arange(len(awards)), lengths), awards.route.index
    onward = np.flatnonzero(award[1:] == award[:-1])
    stops = named(title(market.places.id, market.places.name), lanes.to_place[lane[onward]])
    weight = tonnes(awards.quantity, market.categories.tonnes_per_unit[market.offers.category[awards.offer]])
    co2 = _summed(award, lanes.co2_kg_per_t[lane] / 1e6, len(awards)) * weight
    return [
        _joined(award, named(lanes.id, lane), len(awards)).alias("lanes"),
        _joined(award[onward], stops, len(awards), "; ").alias("via"),
        pl.Series(
            "distance_km", _summed(award, np.nan_to_num(lanes.distance_km[lane]), len(awards)).round(3)
        ),
        pl.Series("days", _summed(award, lanes.days[lane], len(awards)).astype(np.int32)),
        pl.Series("co2_kg", co2),
    ]


def _summed(group: I64, values: NDArray[np.generic], count: int) -> NDArray[np.float64]:
    return np.bincount(group, weights=values.astype(np.float64), minlength=count).astype(np.float64)


def _joined(group: I64, words: pl.Series, count: int, between: str = " ") -> pl.Series:
    """The words of each group in one text; empty where a group has none."""
    parts = pl.DataFrame({"group": group, "word": words})
    lists = parts.group_by("group", maintain_order=True).agg(pl.col("word").str.join(between))
    every = pl.DataFrame({"group": np.arange(count)}).join(
        lists, on="group", how="left", maintain_order="left"
    )
    return every["word"].fill_null("")


def flows_table(allocation: Allocation, lane_rent: I64) -> pl.DataFrame:
    """What each used lane carried, against what it can carry; exact, from the flows.

    lane_rent : int64[num_lanes] billionths of money, what one more tonne of room would be worth.
    """
    market, lanes = allocation.market, allocation.market.lanes
    used = np.flatnonzero(allocation.lane_t > 0)
    limited = lanes.capacity_t[used] < UNLIMITED
    moved, capacity = allocation.lane_t[used], lanes.capacity_t[used]
    room = exact_column(np.where(limited, capacity, 0))
    return pl.DataFrame(
        {
            "lane": named(lanes.id, used),
            "from_place": named(market.places.id, lanes.from_place[used]),
            "from_name": named(market.places.name, lanes.from_place[used]),
            "to_place": named(market.places.id, lanes.to_place[used]),
            "to_name": named(market.places.name, lanes.to_place[used]),
            "mode": named(lanes.mode, used),
            "distance_km": pl.Series(lanes.distance_km[used]).fill_nan(None),
            "days": lanes.days[used],
            "carrier": named(market.participants.id, lanes.carrier[used]),
            "tonnes": exact_column(moved),
            "capacity_t": pl.select(pl.when(pl.Series(limited)).then(room)).to_series(),
            "rent_per_t": exact_column(lane_rent[used], 9),
            "co2_kg": tonnes(moved, lanes.co2_kg_per_t[used]),
        }
    )
