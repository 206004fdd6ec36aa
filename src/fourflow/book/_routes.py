"""Lanes of the market: the listed ones, and those that `modes` make where none is listed.

A made lane is as long as the great circle (Earth's mean radius 6371.0088 km, IUGG) times the mode's
detour, rounded up to a metre; from there on everything is integers, costs rounded up. It exists for
each mode and each ordered pair of places with coordinates within the mode's max_km.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from fourflow.book._convert import I64, Notes, distinct, scale
from fourflow.book._market import I32, MICRO, UNLIMITED, Categories, Lanes, Places, Ragged
from fourflow.book._rules import Rates
from fourflow.book._taxa import ragged
from fourflow.errors import BookError, Finding

EARTH_RADIUS_KM = 6371.0088
MAX_MADE_LANES = 4_000_000
F64 = NDArray[np.float64]
Columns = dict[str, Any]


def make_lanes(
    tables: dict[str, pl.DataFrame],
    places: Places,
    categories: Categories,
    participant_at: dict[str, int],
    rates: Rates,
    notes: Notes,
) -> Lanes:
    """All lanes in the order of their ids."""
    listed, carries = _listed(tables["lanes"], places, categories, participant_at, rates, notes)
    taken = _pair(listed["from_place"], listed["to_place"], len(places))
    parts = [listed]
    for mode in tables["modes"].sort("id").to_dicts():
        parts.append(_made(mode, places, taken, rates))
        total = sum(len(part["from_place"]) for part in parts)
        if total > MAX_MADE_LANES:
            raise BookError([_too_many(mode, total)])
    columns = {name: np.concatenate([part[name] for part in parts]) for name in listed}
    order = np.argsort(columns["id"], kind="stable")
    lists = [*carries, *([[]] * (len(order) - len(carries)))]
    sorted_lists = ragged([lists[i] for i in order]) if carries else Ragged(
        np.zeros(len(order) + 1, np.int64), np.zeros(0, np.int32)
    )  # fmt: skip
    return Lanes(**{name: column[order] for name, column in columns.items()}, carries=sorted_lists)


def _too_many(mode: dict[str, Any], total: int) -> Finding:
    rule = f"makes more than {MAX_MADE_LANES:,} lanes between the places of the book ({total:,} so far)"
    shown = str(mode["max_km"] / MICRO)
    return Finding(
        "book.max_km.too_many_lanes", "modes", mode["_row"], "max_km", shown, rule, "a shorter max_km"
    )


def _pair(first: I32, second: I32, count: int) -> I64:
    return first.astype(np.int64) * count + second


def great_circle_km(places: Places, first: I32, second: I32) -> F64:
    """float64[n] km between pairs of places by the haversine formula; nan without coordinates."""
    phi, lam = np.radians(places.latitude), np.radians(places.longitude)
    up, across = phi[second] - phi[first], lam[second] - lam[first]
    h = np.sin(up / 2) ** 2 + np.cos(phi[first]) * np.cos(phi[second]) * np.sin(across / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(h, 1.0))), dtype=np.float64)


def _listed(
    table: pl.DataFrame,
    places: Places,
    categories: Categories,
    participant_at: dict[str, int],
    rates: Rates,
    notes: Notes,
) -> tuple[Columns, list[list[int]]]:
    table = _with_ids(table)
    at = {key: i for i, key in enumerate(places.id)}
    first, second = (index_of(table[name], at) for name in ("from_place", "to_place"))
    known = table["distance_km"].cast(pl.Float64).to_numpy() / MICRO
    crow = np.nan_to_num(great_circle_km(places, first, second))
    columns: Columns = {
        "id": table["id"].to_numpy().astype(object),
        "from_place": first,
        "to_place": second,
        "mode": table["mode"].to_numpy().astype(object),
        "distance_km": np.where(np.isnan(known), crow, known),
        "cost_per_t": _money(table, "lanes", "cost_per_t", rates, notes),
        "capacity_t": filled(table["capacity_t"], UNLIMITED),
        "co2_kg_per_t": filled(table["co2_kg_per_t"], 0),
        "days": filled(table["days"], 0).astype(np.int32),
        "carrier": index_of(table["carrier"], participant_at),
        "trip_t": np.zeros(len(table), np.int64),
        "cost_per_trip": np.zeros(len(table), np.int64),
    }
    category_at = {key: i for i, key in enumerate(categories.id)}
    return columns, [_below(cell, categories, category_at) for cell in table["carries"].to_list()]


def _with_ids(table: pl.DataFrame) -> pl.DataFrame:
    """Lanes in canonical order; one without an id is called `from>to:mode`, a second such `...#2`."""
    table = table.sort([name for name in table.columns if name != "_row"])
    name = pl.format("{}>{}:{}", "from_place", "to_place", "mode")
    made = table.with_columns(pl.when(pl.col("id").is_null()).then(name).alias("made"))
    number = pl.int_range(1, pl.len() + 1).over("made")
    text = pl.when(number > 1).then(pl.format("{}#{}", "made", number)).otherwise(pl.col("made"))
    return made.with_columns(pl.col("id").fill_null(text)).drop("made")


def _below(cell: str | None, categories: Categories, at: dict[str, int]) -> list[int]:
    if cell is None:
        return []
    return sorted({int(c) for key in cell.split(";") for c in categories.descendants[at[key]]})


def _money(table: pl.DataFrame, noun: str, name: str, rates: Rates, notes: Notes) -> I64:
    """A cost in book money, rounded up; 0 where empty."""
    code, codes = distinct(table.select("currency"))
    factors = [rates[str(currency)] for (currency,) in codes]
    value, rounded = scale(filled(table[name], 0), code, factors, up=True)
    said = [f"was converted from {currency} to book money" for (currency,) in codes]
    notes.say(noun, name, table, rounded, code, said, up=True)
    return value


def filled(column: pl.Series, default: int) -> I64:
    """int64[n], `default` where empty."""
    return column.fill_null(default).cast(pl.Int64).to_numpy().copy()


def index_of(column: pl.Series, at: dict[str, int]) -> I32:
    """int32[n] positions of ids, -1 where empty; every id must be known."""
    keys = pl.DataFrame({"key": list(at), "at": list(at.values())}, schema={"key": pl.String, "at": pl.Int32})
    found = pl.DataFrame({"key": column}).join(keys, on="key", how="left", maintain_order="left")["at"]
    assert found.null_count() == column.null_count(), column.name
    return found.fill_null(-1).to_numpy().copy()


def _made(mode: dict[str, Any], places: Places, taken: I64, rates: Rates) -> Columns:
    """The lanes that one mode makes between places that no listed lane joins."""
    first, second, metres = _pairs_within(mode, places)
    free = ~np.isin(_pair(first, second, len(places)), taken)
    first, second, metres = first[free], second[free], metres[free]
    ids, rate, count = places.id, rates[mode["currency"]], len(first)
    per_km = Fraction(mode["cost_per_t_km"]) * rate / 1000
    code = np.zeros(count, np.int64)
    per_day = mode["km_per_day"]
    trip = Fraction(mode["cost_per_trip"] or 0) * rate
    return {
        "id": np.array(
            [f"{mode['id']}:{a}>{b}" for a, b in zip(ids[first], ids[second], strict=True)], dtype=object
        ),
        "from_place": first,
        "to_place": second,
        "mode": np.full(count, mode["id"], dtype=object),
        "distance_km": metres / 1000,
        "cost_per_t": scale(metres, code, [per_km], up=True)[0],
        "capacity_t": np.full(
            count, mode["capacity_t"] if mode["capacity_t"] is not None else UNLIMITED, np.int64
        ),
        "co2_kg_per_t": scale(metres, code, [Fraction(mode["co2_kg_per_t_km"], 1000)], up=True)[0],
        "days": (metres * 1000 // per_day if per_day else np.zeros(count, np.int64)).astype(np.int32),
        "carrier": np.full(count, -1, np.int32),
        "trip_t": np.full(count, mode["trip_t"] or 0, np.int64),
        "cost_per_trip": np.full(count, -(-trip.numerator // trip.denominator), np.int64),
    }


def _pairs_within(mode: dict[str, Any], places: Places) -> tuple[I32, I32, I64]:
    """Ordered pairs of places within the mode's reach and the metres of the lane between them.

    A tree over points on the unit sphere finds the pairs: a chord c spans the angle 2 asin(c / 2).
    """
    detour = mode["detour"] / MICRO
    known = np.flatnonzero(~np.isnan(places.latitude) & ~np.isnan(places.longitude)).astype(np.int32)
    phi, lam = np.radians(places.latitude[known]), np.radians(places.longitude[known])
    points = np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)
    angle = min(mode["max_km"] / MICRO / detour / EARTH_RADIUS_KM, np.pi)
    chord = 2 * np.sin(angle / 2) * (1 + 1e-9) + 1e-12
    tree = cKDTree(points) if len(points) else None
    if tree is None:
        return known, known, known.astype(np.int64)
    if tree.count_neighbors(tree, chord) > MAX_MADE_LANES + len(known):
        raise BookError([_too_many(mode, int(tree.count_neighbors(tree, chord)))])
    pairs = tree.query_pairs(chord, output_type="ndarray").astype(np.int32)
    first = known[np.concatenate([pairs[:, 0], pairs[:, 1]])]
    second = known[np.concatenate([pairs[:, 1], pairs[:, 0]])]
    metres = np.ceil(np.round(great_circle_km(places, first, second) * detour * 1000, 6)).astype(np.int64)
    near = metres * 1000 <= mode["max_km"]
    return first[near], second[near], metres[near]
