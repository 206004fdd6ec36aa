"""Prices by kind and place; in a donated book, what one more unit would be worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from fourflow.book import NOWHERE
from fourflow.report._html import Safe, tag
from fourflow.report._parts import Cell, Column, more, section, table
from fourflow.report._view import View
from fourflow.report._words import count, number, price, price_places
from fourflow.units import CURRENCIES

MAX_SHOWN = 40
MAX_ROWS = 600
BELOW_ZERO = "A price below zero is paid by the giver to whoever takes it."
BAND = (
    "Where one giver and one taker have nobody else to turn to, many prices suit both, from the least that "
    "the one accepts to the most that the other would pay. The price used is the middle: both gain alike."
)
SPREAD = 160.0
"""Width of a strip that shows how prices of one kind are spread, in its own units."""


def prices_section(view: View) -> Safe | None:
    """Prices where something was traded; None where nothing has a price."""
    traded = view.prices.filter(pl.col("traded"))
    if traded.is_empty():
        return None
    if view.donated:
        traded = traded.with_columns(price=pl.col("worth"))
    places = price_places(traded["price"])
    title = "What one more unit would be worth" if view.donated else "Prices"
    if len(traded) <= MAX_SHOWN:
        return section("prices", title, _meaning(view, traded), _place_table(view, traded, places))
    shown = traded.head(MAX_ROWS)
    words = f"All {count(len(traded), 'price')}, place by place"
    if len(shown) < len(traded):
        words = f"The first {len(shown):,} of {len(traded):,}, place by place (all are in prices.csv)"
    every = more(words, _place_table(view, shown, places, name="all-prices"))
    return section("prices", title, _meaning(view, traded), _kind_table(view, traded, places), every)


def _meaning(view: View, traded: pl.DataFrame) -> list[Safe]:
    if view.donated:
        words = (
            "Nobody pays for the goods. Still, one more unit of what is scarce would do more good than one "
            "more unit of what is plentiful, and more in one place than in another. These figures say how "
            "much worth the whole would gain from one more unit there. They are charged to nobody. Where a "
            "sponsor's money is short, a unit that saves haulage is worth all that this money does elsewhere."
        )
        return [tag("p", words)]
    words = (
        "At these prices nobody who trades would rather not, and nobody left out could offer a better "
        "deal: an offer receives at least what it asked, a need pays at most what it allowed. Places "
        "differ by what haulage and full lanes cost."
    )
    notes = [BELOW_ZERO] if (traded["price"] < 0).any() else []
    notes += [BAND] if _ranges(traded) else []
    return [tag("p", words), *([tag("p", " ".join(notes), class_="note")] if notes else [])]


def _ranges(rows: pl.DataFrame) -> bool:
    """Whether any of the prices could have been another."""
    return bool((rows["low"].is_null() | rows["high"].is_null() | (rows["low"] != rows["high"])).any())


def _kind_table(view: View, traded: pl.DataFrame, places: int) -> Safe:
    """One row per kind: lowest, middle and highest, and how they are spread, dearest first."""
    price_ = pl.col("price").cast(pl.Float64)
    kinds = (
        traded.group_by("category_name", "unit", maintain_order=True)
        .agg(
            price_.min().alias("least"),
            price_.median().alias("middle"),
            price_.max().alias("most"),
            price_.alias("all"),
        )
        .sort("middle", descending=True, maintain_order=True)
    )
    low, high = min(0.0, float(kinds["least"].min())), max(float(kinds["most"].max()), 0.0)  # type: ignore[arg-type]
    currency = view.market.currency
    columns = [
        Column("Kind"),
        Column("Lowest", number=True, wide=True),
        Column("Middle place", number=True),
        Column("Highest", number=True, wide=True),
        Column(f"From {price(low, currency, places)} to {price(high, currency, places)}"),
    ]
    rows = ([
        row["category_name"],
        *(_amount(view, row[key], row["unit"], places) for key in ("least", "middle", "most")),
        _spread(row["all"], row["middle"], low, high),
    ] for row in kinds.head(MAX_ROWS).iter_rows(named=True))  # fmt: skip
    strips = "each dot of a strip is a place, the bar is the middle"
    caption = f"{count(len(kinds), 'kind')} of goods, dearest first; {strips}"
    return table(columns, rows, caption, name="prices-by-kind", tall=True)


def _spread(values: Sequence[float], middle: float, low: float, high: float) -> Safe:
    """A strip from the lowest to the highest price of all kinds with a dot per place."""
    span = (high - low) or 1.0
    seen = sorted({round((value - low) / span * SPREAD) for value in values})
    dots = (tag("circle", cx=6 + x, cy="8", r="3.2") for x in seen)
    at = 6 + (middle - low) / span * SPREAD
    mark = tag("rect", x=f"{at - 1:.1f}", y="1", width="2", height="14")
    line = tag("path", d=f"M6 8H{6 + SPREAD:g}")
    box = {"viewBox": f"0 0 {12 + SPREAD:g} 16", "width": f"{12 + SPREAD:g}", "height": "16"}
    return tag("svg", line, dots, mark, class_="spread", aria_hidden="true", **box)


def _place_table(view: View, rows: pl.DataFrame, places: int, name: str | None = None) -> Safe:
    """One row per kind and place, with the day where there are several periods, and the range if priced."""
    placed = (rows["place_name"].fill_null(NOWHERE) != NOWHERE).any()
    timed, several = rows["from_day"].n_unique() > 1, rows["sponsor"].n_unique() > 1
    columns = [
        Column("Kind"),
        *[Column("Place")] * placed,
        *[Column("From")] * timed,
        *[Column("Paid by")] * several,
    ]
    columns.append(Column("One more unit" if view.donated else "Price", number=True))
    ranged = not view.donated and _ranges(rows)
    columns += [Column("Could be", number=True, wide=True)] * ranged
    body = ([
        _kind(row),
        *[row["place_name"] or "anywhere"] * placed,
        *[f"{row['from_day']:%Y-%m-%d}"] * timed,
        *[row["sponsor"] or "the buyers"] * several,
        _amount(view, row["price"], row["unit"], places, row["term_months"]),
        *([_band(view, row, places)] if ranged else []),
    ] for row in rows.iter_rows(named=True))  # fmt: skip
    search = "Find goods or a place" if name else None
    caption = "By kind and place, where something was given or taken up"
    return table(columns, body, caption, name=name, search=search, sort=name is not None, tall=True)


def _kind(row: dict[str, Any]) -> str:
    """What has the price; loans of each term have their own."""
    term = f", {row['term_months']} months" if row["term_months"] else ""
    return f"{row['category_name']}{term}"


def _amount(view: View, value: Any, unit: str, places: int, months: int = 0) -> Cell:
    """A price per unit; what capital costs as a share of it, over the term and a year."""
    if unit in CURRENCIES:
        yearly = f", {_share(float(value) * 12 / months)} a year" if months else ""
        return Cell(f"{_share(float(value))} of the sum{yearly}", float(value))
    return Cell(f"{price(value, view.market.currency, places)} per {unit.replace('_', '-')}", float(value))


def _share(value: float) -> str:
    return f"{number(value * 100)}\u202f%"


def _band(view: View, row: dict[str, Any], places: int) -> str:
    low, high, currency = row["low"], row["high"], view.market.currency
    if low is None or high is None:
        ends = [f"from {price(low, currency, places)}"] * (low is not None)
        ends += [f"up to {price(high, currency, places)}"] * (high is not None)
        return "".join(ends) or "any"
    return (
        "only this" if low == high else f"{price(low, currency, places)} to {price(high, currency, places)}"
    )
