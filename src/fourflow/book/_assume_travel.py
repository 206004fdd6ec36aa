"""How goods get about where a newcomer says nothing of it: coordinates in the listings, travel assumed.

Without places, lanes and modes, goods may travel between all places that the listings name. What that
costs is not known, so next to nothing is counted: a millionth of money, and nobody is charged for it in
earnest, but of two equal offers the nearer goes first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import polars as pl

from fourflow.book._sheet import Sheet
from fourflow.errors import Finding

COORDINATES = ("latitude", "longitude")
ANY = "any"
"""The mode of assumed travel."""
MAX_PLACES = 300
"""More places than this would make a hundred thousand lanes out of nothing."""
_NOMINAL = "0.000001"
_FARTHEST_KM = "30000"
Position = tuple[str, str]


def key_of(text: str) -> str:
    """Names that differ by case and blanks only are one place."""
    return re.sub(r"\s+", " ", text.strip()).casefold()


def take_coordinates(sheets: Mapping[str, Sheet]) -> dict[str, Position]:
    """Take the columns latitude and longitude out of the listings: key of a place -> (latitude, longitude).

    A listing with coordinates and no place is at a place of that name. Of one place the first row counts;
    rows that say something else are refused.
    """
    found: dict[str, Position] = {}
    for noun in ("offers", "needs"):
        sheet = sheets[noun]
        if sheet.columns.issuperset(COORDINATES):
            _name_bare(sheet)
            _gather(sheet, found)
        extra = [name for name in COORDINATES if name in sheet.cells.columns]
        sheet.cells, sheet.columns = sheet.cells.drop(extra), sheet.columns - {*extra}
    return found


def _name_bare(sheet: Sheet) -> None:
    """A place for listings that only say where on the globe they are."""
    named = pl.format("{}, {}", *COORDINATES)
    sheet.cells = sheet.cells.with_columns(pl.col("place").fill_null(named))
    sheet.columns |= {"place"}


def _gather(sheet: Sheet, found: dict[str, Position]) -> None:
    differs = np.zeros(len(sheet), np.bool_)
    for i, (place, north, east) in enumerate(sheet.cells.select("place", *COORDINATES).rows()):
        if place is not None and north is not None and east is not None:
            differs[i] = not _same(found.setdefault(key_of(place), (north, east)), (north, east))
    rule = "must be the same wherever the listings name this place"
    sheet.flag(differs, "latitude", "differs", rule, "two places have one name")
    sheet.silence(differs, keep=("id",))


def _same(first: Position, second: Position) -> bool:
    """Whether two positions are one: 53.8 is 53.80; what is no number is compared letter by letter."""
    try:
        return [float(x) for x in first] == [float(x) for x in second]
    except ValueError:
        return first == second


def assume_travel(places: pl.DataFrame, currency: str) -> tuple[str, pl.DataFrame, Finding] | None:
    """(noun, cells, warning): a mode between coordinates, or lanes where some place has none.

    places : id, latitude, longitude as text. None where there is nothing to travel between, or too much.
    """
    if not 2 <= len(places) <= MAX_PLACES:
        return None
    located = places.select(pl.col(COORDINATES).is_not_null().all()).row(0) == (True, True)
    noun = "modes" if located else "lanes"
    cells = _mode(currency) if located else _lanes(places, currency)
    return noun, cells, _told(noun, len(places), currency)


def _mode(currency: str) -> pl.DataFrame:
    return pl.DataFrame(
        {"id": [ANY], "cost_per_t_km": [_NOMINAL], "currency": [currency], "co2_kg_per_t_km": ["0"],
         "max_km": [_FARTHEST_KM]}
    )  # fmt: skip


def _lanes(places: pl.DataFrame, currency: str) -> pl.DataFrame:
    """A lane from each place to each other."""
    ends = places.select(from_place="id").join(places.select(to_place="id"), how="cross")
    return ends.filter(pl.col("from_place") != pl.col("to_place")).with_columns(
        mode=pl.lit(ANY),
        cost_per_t=pl.lit(_NOMINAL),
        currency=pl.lit(currency),
        co2_kg_per_t=pl.lit("0"),
    )


def _told(noun: str, count: int, currency: str) -> Finding:
    rule = (
        f"no table lanes or modes is given, so goods may travel between all {count} places, and cost and"
        " carbon of haulage are not counted; of equal offers the nearer goes first"
    )
    columns = "" if noun == "modes" else "columns latitude and longitude in both sheets, and "
    maybe = (
        f"{columns}a file modes.csv is what is missing: id,cost_per_t_km,currency,co2_kg_per_t_km,max_km and"
        f" below it van,0.50,{currency},0.2,300"
    )
    return Finding(f"book.{noun}.assumed", noun, 0, "", "", rule, maybe, "", "warning")
