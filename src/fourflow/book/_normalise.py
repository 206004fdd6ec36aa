"""Book -> Market: one unit per category, one currency, every default filled, everything by index.

What does not convert exactly is rounded against its owner's risk: an offer's limit, costs and least
quantity up; quantities, a need's limit and value, and a project's money down. The order is that of the
ids, so the same book in any row order makes the same market.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl

from fourflow.book._book import Book
from fourflow.book._convert import I64, Mask, Notes, distinct, scale
from fourflow.book._market import (
    MICRO,
    OPEN_DAY,
    UNLIMITED,
    Categories,
    Market,
    Needs,
    Offers,
    Participants,
    Places,
    Projects,
    Ragged,
)
from fourflow.book._processes import with_outputs
from fourflow.book._routes import filled, index_of, make_lanes
from fourflow.book._rules import Rates, factor, rates_of
from fourflow.book._statements import make_attributes, make_requirements, make_rules
from fourflow.book._taxa import make_categories, ragged
from fourflow.errors import BookError, Finding

NOWHERE = "(no place)"
"""The id of the place of listings that have none; they trade with each other, at no haulage."""

MAX_ACCEPTED = 100_000_000
"""Categories that all needs together may accept, descendants counted: 400 MB of indices."""

_DAY_US = 86_400_000_000
Tables = dict[str, pl.DataFrame]
At = Mapping[str, Mapping[str, int]]


def normalise(book: Book) -> Market:
    """The market of an admitted book; `Market.notes` says what was rounded."""
    notes = Notes()
    tables = {noun: _sorted(table) for noun, table in with_outputs(book.tables).items()}
    rates = rates_of(book.tables["fx"], book.currency)
    at = {noun: {key: i for i, key in enumerate(table["id"].to_list())}
          for noun, table in tables.items() if "id" in table.columns}  # fmt: skip
    places = _make_places(tables)
    participants = _make_participants(tables["participants"], places, at)
    categories = make_categories(tables["categories"], tables["needs"], rates, book.currency, notes)
    as_of_day = (book.as_of - _EPOCH).days
    context = _Context(tables, at, rates, notes, as_of_day, participants, categories, len(places) - 1)
    return Market(
        name=book.name,
        currency=book.currency,
        as_of_day=as_of_day,
        settlement=book.settlement,
        bids=book.bids,
        time_step_days=book.time_step_days,
        participants=participants,
        places=places,
        lanes=make_lanes(tables, places, categories, at["participants"], rates, notes),
        categories=categories,
        offers=context.offers(),
        needs=context.needs(),
        projects=context.projects(),
        attributes=make_attributes(tables["attributes"], rates),
        requirements=make_requirements(tables["requirements"], rates),
        rules=make_rules(
            tables["rules"],
            at["participants"],
            rates,
            dict(tables["categories"].select("id", "unit").rows()),
            dict(zip(categories.id, categories.unit, strict=True)),
        ),
        notes=tuple(notes.findings),
    )


_EPOCH = pl.Series([0], dtype=pl.Date)[0]


def _sorted(table: pl.DataFrame) -> pl.DataFrame:
    return table.sort("id", maintain_order=True) if "id" in table.columns else table


def _texts(column: pl.Series) -> Any:
    return column.fill_null("").to_numpy().astype(object)


def _make_places(tables: Tables) -> Places:
    """The places by id; a last one, NOWHERE, if some listing has no place."""
    table = tables["places"]
    located = tables["participants"].select(pl.col("id").alias("participant"), pl.col("place").alias("home"))
    lost = any(
        listings.join(located, on="participant", how="left")
        .select((pl.col("place").is_null() & pl.col("home").is_null()).any())
        .item()
        for listings in (tables["offers"], tables["needs"])
    )
    extra = [NOWHERE] if lost else []
    degrees = {
        name: np.append(table[name].cast(pl.Float64).to_numpy() / MICRO, [np.nan] * len(extra))
        for name in ("latitude", "longitude")
    }
    return Places(
        id=np.array([*table["id"].to_list(), *extra], dtype=object),
        name=np.array([*table["name"].fill_null(table["id"]).to_list(), *extra], dtype=object),
        region=np.array([*table["region"].to_list(), *[""] * len(extra)], dtype=object),
        **degrees,
    )


def _make_participants(table: pl.DataFrame, places: Places, at: At) -> Participants:
    place = index_of(table["place"], dict(at["places"]))
    home = np.array([places.region[i] if i >= 0 else "" for i in place.tolist()], dtype=object)
    region = _texts(table["region"])
    return Participants(
        id=_texts(table["id"]),
        name=_texts(table["name"]),
        role=_texts(table["role"]),
        region=np.where(region == "", home, region),
        place=place,
        joined=_days(table["joined"], -1),
    )


def _days(column: pl.Series, default: int) -> Any:
    return column.to_physical().cast(pl.Int32).fill_null(default).to_numpy().copy()


def _too_wide(total: int) -> Finding:
    rule = (
        f"stands for {total:,} categories over all needs, descendants included; the most is {MAX_ACCEPTED:,}"
    )
    maybe = "needs should name narrower categories"
    return Finding("book.category.too_wide", "needs", 0, "category", "", rule, maybe)


@dataclass(frozen=True)
class _Context:
    """What the listings are read against; one method for each kind of listing.

    at : noun -> id -> index; last_place : where listings without a place are, if there are any.
    """

    tables: Tables
    at: At
    rates: Rates
    notes: Notes
    as_of_day: int
    participants: Participants
    categories: Categories
    last_place: int

    def offers(self) -> Offers:
        table = self.tables["offers"]
        category = index_of(table["category"], dict(self.at["categories"]))
        convert = _Converter("offers", table, self.categories.unit[category], self.rates, self.notes)
        quantity = convert.quantity("quantity", up=False)
        unlimited = table["quantity"].is_null().to_numpy()
        least = convert.quantity("min_quantity", up=True)
        talent = self.categories.kind[category] == 2
        return Offers(
            id=_texts(table["id"]),
            category=category,
            quantity=np.where(unlimited, UNLIMITED, quantity),
            limit_price=convert.price("limit_price", up=True),
            use_by_day=_days(table["use_by"], OPEN_DAY),
            fixed_cost=convert.money("fixed_cost", up=True),
            min_quantity=np.where(unlimited, least, np.minimum(least, quantity)),
            whole=table["whole"].fill_null(pl.Series(talent)).to_numpy(),
            form=_texts(table["form"]),
            term_months=filled(table["term_months"], 0).astype(np.int32),
            remote=table["remote"].fill_null(False).to_numpy(),
            move_cost=np.where(
                table["move_cost"].is_null().to_numpy(), UNLIMITED, convert.money("move_cost", up=True)
            ),
            project=index_of(table["project"], dict(self.at["projects"])),
            **self._common(table),
            **self._located(table),
        )

    def needs(self) -> Needs:
        table = self.tables["needs"]
        accepted, first = self._accepted(table)
        convert = _Converter("needs", table, self.categories.unit[first], self.rates, self.notes)
        limit = convert.price("limit_price", up=False)
        unvalued = table["value"].is_null().to_numpy()
        quantity = convert.quantity("quantity", up=False)
        return Needs(
            id=_texts(table["id"]),
            categories=accepted,
            quantity=quantity,
            limit_price=limit,
            value=np.where(unvalued, limit, convert.price("value", up=False)),
            sponsor=index_of(table["sponsor"], dict(self.at["participants"])),
            min_quantity=np.minimum(convert.quantity("min_quantity", up=True), np.abs(quantity)),
            project=index_of(table["project"], dict(self.at["projects"])),
            term_months=filled(table["term_months"], 0).astype(np.int32),
            **self._common(table),
            **self._located(table),
        )

    def _accepted(self, table: pl.DataFrame) -> tuple[Ragged, Any]:
        """The categories each need accepts, descendants included, and the first one it names."""
        kinds = table["category"].unique(maintain_order=True)
        at = self.at["categories"]
        named = [[at[key] for key in cell.split(";")] for cell in kinds.to_list()]
        below = [sorted({int(c) for i in some for c in self.categories.descendants[i]}) for some in named]
        code = index_of(table["category"], {key: i for i, key in enumerate(kinds.to_list())})
        if len(code) == 0:
            return ragged([]), np.zeros(0, np.int32)
        part = ragged(below)
        sizes = np.diff(part.indptr)[code]
        if sizes.sum() > MAX_ACCEPTED:
            raise BookError([_too_wide(int(sizes.sum()))])
        indptr = np.concatenate([[0], np.cumsum(sizes)])
        within = np.arange(indptr[-1]) - np.repeat(indptr[:-1], sizes)
        index = part.index[np.repeat(part.indptr[:-1][code], sizes) + within]
        return Ragged(indptr, index), np.array([some[0] for some in named], dtype=np.int32)[code]

    def projects(self) -> Projects:
        table = self.tables["projects"]
        at = self.at["participants"]
        convert = _Converter("projects", table, np.zeros(len(table), dtype=object), self.rates, self.notes)
        value = convert.money("value", up=False)
        unlimited = table["limit_price"].is_null().to_numpy()
        return Projects(
            id=_texts(table["id"]),
            name=_texts(table["name"]),
            purpose=_texts(table["purpose"]),
            participants=ragged(
                [[at[key] for key in cell.split(";")] for cell in table["participants"].to_list()]
            ),
            value=value,
            limit_price=np.where(unlimited, value, convert.money("limit_price", up=False)),
            own_money=convert.money("own_money", up=False),
            sponsor=index_of(table["sponsor"], dict(at)),
            all_or_nothing=(table["mode"] == "all_or_nothing").to_numpy(),
            place=index_of(table["place"], dict(self.at["places"])),
            **self._common(table),
        )

    def _common(self, table: pl.DataFrame) -> dict[str, Any]:
        return {
            "from_day": _days(table["from"], self.as_of_day),
            "until_day": _days(table["until"], OPEN_DAY),
            "listed_at": filled(table["listed_at"].to_physical(), self.as_of_day * _DAY_US),
            "row": table["_row"].to_numpy().copy(),
        }

    def _located(self, table: pl.DataFrame) -> dict[str, Any]:
        participant = index_of(table["participant"], dict(self.at["participants"]))
        own = index_of(table["place"], dict(self.at["places"]))
        home = self.participants.place[participant] if len(participant) else own
        place = np.where(own >= 0, own, home)
        return {
            "participant": participant,
            "place": np.where(place >= 0, place, self.last_place).astype(np.int32),
        }


class _Converter:
    """Quantities, prices and money of one table, from each row's unit and currency to the market's."""

    def __init__(self, noun: str, table: pl.DataFrame, unit: Any, rates: Rates, notes: Notes) -> None:
        self.noun, self.table, self.notes = noun, table, notes
        keys = pl.DataFrame({"to": unit}, schema={"to": pl.String}) if "unit" in table.columns else None
        own = table.select("unit", "currency") if keys is not None else table.select("currency")
        frame = own if keys is None else own.with_columns(keys["to"])
        self.code, kinds = distinct(frame)
        self.rows = [dict(zip(frame.columns, kind, strict=True)) for kind in kinds]
        self.rate = [rates[row["currency"]] if row["currency"] else Fraction(1) for row in self.rows]
        self.times = [_times(row, rates) for row in self.rows]

    def quantity(self, name: str, up: bool) -> I64:
        return self._scaled(name, self.times, [f"was converted from {_way(row)}" for row in self.rows], up)

    def price(self, name: str, up: bool) -> I64:
        factors = [rate / times for rate, times in zip(self.rate, self.times, strict=True)]
        said = [f"was converted from {row['currency']} per {_way(row)} in book money" for row in self.rows]
        return self._scaled(name, factors, said, up)

    def money(self, name: str, up: bool) -> I64:
        return self._scaled(
            name, self.rate, [f"was converted from {row['currency']}" for row in self.rows], up
        )

    def _scaled(self, name: str, factors: list[Fraction], said: list[str], up: bool) -> I64:
        value, rounded = scale(filled(self.table[name], 0), self.code, factors, up)
        if rounded.any():
            self.notes.say(
                self.noun, name, self.table, _given(self.table[name], rounded), self.code, said, up
            )
        return value


def _given(column: pl.Series, rounded: Mask) -> Mask:
    return np.asarray(rounded & column.is_not_null().to_numpy(), dtype=np.bool_)


def _times(row: dict[str, Any], rates: Rates) -> Fraction:
    if row.get("unit") is None:
        return Fraction(1)
    times = factor(row["unit"], row["to"], rates)
    assert times is not None, row
    return times


def _way(row: dict[str, Any]) -> str:
    return f"{row['unit']} to {row['to']}"
