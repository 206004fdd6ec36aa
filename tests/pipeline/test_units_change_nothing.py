"""The same book in other units and currencies, by every path, is the same market: nothing may hang on it."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fourflow.book import Market, normalise
from fourflow.pipeline import clear
from paths import PATHS
from random_books import Draft, Row, draw_book, frame

PER_TONNE = {"kg": Decimal(1000), "g": Decimal(10**6)}
EUR_PER_GBP = Decimal(2)
AMOUNTS, PRICES, MONEY = ("quantity", "min_quantity"), ("limit_price", "value"), ("fixed_cost",)


def seeds(count: int) -> list[int]:
    """Books counted in tonnes and pounds, so that every number of theirs can be said in other units."""
    drafts = ((seed, draw_book(seed, share=0.5)) for seed in range(10_000))
    plain = (seed for seed, d in drafts if not {"units", "currencies"} & d.chosen and _in_tonnes(d))
    return [next(plain) for _ in range(count)]


def _in_tonnes(draft: Draft) -> bool:
    return all(row["unit"] == "t" for row in draft.tables["categories"])


def said_otherwise(draft: Draft, unit: str) -> Draft:
    """Quantities in `unit`, money in euros where that loses nothing; prices follow."""
    tables = {noun: [dict(row) for row in rows] for noun, rows in draft.tables.items()}
    tables["fx"] = [{"currency": "EUR", "rate": 1 / EUR_PER_GBP}]
    for row in (*tables["offers"], *tables["needs"]):
        for name in AMOUNTS:
            _times(row, name, PER_TONNE[unit])
        for name in PRICES:
            _times(row, name, EUR_PER_GBP / PER_TONNE[unit])
        for name in MONEY:
            _times(row, name, EUR_PER_GBP)
        row["unit"], row["currency"] = unit, "EUR"
    for row in tables["lanes"]:
        _times(row, "cost_per_t", EUR_PER_GBP)
        row["currency"] = "EUR"
    for row in tables["modes"]:
        for name in ("cost_per_t_km", "cost_per_trip"):
            _times(row, name, EUR_PER_GBP)
        row["currency"] = "EUR"
    for row in tables["rules"]:
        _times(row, "limit", EUR_PER_GBP)
        row["unit"] = "EUR"
    for row in (*tables["attributes"], *tables["requirements"]):
        if row.get("unit"):
            grams = {"t": 10**6, "kg": 1000, "g": 1}[row["unit"]]
            row["value"], row["unit"] = format((Decimal(row["value"]) * grams).normalize(), "f"), "g"
    return Draft(draft.settings, tables, draft.chosen)


def _times(row: Row, name: str, factor: Decimal) -> None:
    if row.get(name) is not None:
        value = Decimal(str(row[name])) * factor
        assert value == value.quantize(Decimal("0.000001")), (name, value)
        row[name] = value.normalize()


def in_headers(draft: Draft, unit: str) -> dict[str, Any]:
    """Frames whose listings say unit and currency once, in the header of each column."""
    frames = draft.frames()
    for noun in ("offers", "needs"):
        name = {"quantity": f"quantity [{unit}]", "min_quantity": f"min_quantity [{unit}]",
                "limit_price": f"limit_price [EUR/{unit}]", "value": f"value [EUR/{unit}]",
                "fixed_cost": "fixed_cost [EUR]"}  # fmt: skip
        rows = [
            {name.get(k, k): v for k, v in row.items() if k not in ("unit", "currency")}
            for row in draft.tables[noun]
        ]
        frames[noun] = frame(rows)
    return frames


def same_market(ours: Market, theirs: Market) -> None:
    """Every column of both is equal, down to the type; only what was said about rounding may differ."""
    assert not any(note.code.endswith("rounded") for note in theirs.notes)
    _same(ours, theirs, "market")


def _same(ours: Any, theirs: Any, where: str) -> None:
    if isinstance(ours, np.ndarray):
        assert ours.dtype == theirs.dtype, where
        assert np.array_equal(ours, theirs, equal_nan=ours.dtype.kind == "f"), where
    elif isinstance(ours, tuple):
        for i, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
            _same(mine, other, f"{where} {i}")
    elif is_dataclass(ours):
        # A number with a unit is written differently and still the same number.
        measured = getattr(ours, "number", None) is not None
        skipped = {"notes", "row"} | ({"value", "values", "unit"} if measured else set())
        for entry in fields(ours):
            if entry.name not in skipped:
                _same(getattr(ours, entry.name), getattr(theirs, entry.name), f"{where}.{entry.name}")
    else:
        assert ours == theirs, where


@pytest.mark.parametrize("unit", PER_TONNE)
@pytest.mark.parametrize("path", PATHS)
def test_tonnes_and_pounds_or_grams_and_euros_are_one_market(path: str, unit: str, tmp_path: Path) -> None:
    """Four books with many features, by each path, cell by cell and with units in the headers."""
    for seed in seeds(4):
        draft = draw_book(seed, share=0.5)
        other = said_otherwise(draft, unit)
        market = normalise(draft.book())
        for kind, frames in (("cells", other.frames()), ("headers", in_headers(other, unit))):
            folder = tmp_path / f"{seed}-{kind}"
            folder.mkdir()
            admission = PATHS[path](other.settings, frames, folder)
            assert admission.is_clean, admission.findings[:3]
            same_market(market, normalise(admission.book))


def test_tonnes_or_kilograms_clear_alike() -> None:
    """Awards, prices, ledger, reasons of six books are the same tables."""
    for seed in seeds(6):
        draft = draw_book(seed, share=0.5)
        ours, theirs = clear(draft.book(), gap=1e-6), clear(said_otherwise(draft, "kg").book(), gap=1e-6)
        for name in ("awards", "flows", "prices", "settlement", "unmet", "unsold", "bottlenecks"):
            assert getattr(ours, name).equals(getattr(theirs, name)), (seed, name)


@pytest.mark.long
def test_hundreds_of_books_in_other_units_are_one_market() -> None:
    """Three hundred books, in kilograms and in grams, and in euros."""
    for seed in seeds(300):
        draft = draw_book(seed, share=0.5)
        market = normalise(draft.book())
        for unit in PER_TONNE:
            same_market(market, normalise(said_otherwise(draft, unit).book()))
