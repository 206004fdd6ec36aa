"""Numbers that come typed, as floats, integers and decimals of Arrow tables: exact, or refused by name."""

from __future__ import annotations

import itertools
import math
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from _book_samples import SETTINGS, frames, sample
from test_validate_grid import name_row

from fourflow.book import FIELDS, NOUNS, Admission, Field, check_tables

BAD_FLOATS = (
    math.nan, math.inf, -math.inf, 1e300, -1e300, 5e-324, 2.0**53, 2.0**53 + 2, 2.0**63, 1e10, 0.1234567,
    1e-7, 1 / 3, 1e9 + 1e-6 * 2**4,
)  # fmt: skip
BAD_INTEGERS = (2**53 - 1, 2**53 + 1, 2**63 - 1, -(2**63), 10**9 + 1, -(10**9) - 1)
BAD_DECIMALS = ("1234567890123456789012345678.12345678", "0.00000001", "1000000000.00000001", "-1000000001")


def numeric(noun: str) -> list[Field]:
    return [entry for entry in FIELDS[noun] if entry.type in ("decimal", "integer")]


def typed(
    noun: str, values: tuple[object, ...], kind: pl.DataType
) -> tuple[Admission, list[tuple[int, str]]]:
    """Check the sample with one row for each numeric field of `noun` and value, numeric columns of `kind`."""
    tables = sample()
    base = {entry.name: tables[noun][0].get(entry.name) for entry in FIELDS[noun]}
    rows, cells = [], []
    for entry in numeric(noun):
        for value in values:
            row: dict[str, object] = dict(base)
            name_row(noun, row, len(rows) + 1)
            row[entry.name] = value
            cells.append((len(rows) + 2, entry.name))
            rows.append(row)
    names = [entry.name for entry in FIELDS[noun]]
    numbers = {entry.name for entry in numeric(noun)}
    columns = {}
    for name in names:
        if name in numbers:
            cast = [_as(row[name], kind) for row in rows]
            columns[name] = pl.Series(name, cast, dtype=kind)
        else:
            columns[name] = pl.Series(name, [row[name] for row in rows], dtype=pl.String)
    whole = frames(tables) | {noun: pl.DataFrame(columns)}
    return check_tables(whole, **SETTINGS), cells


def _as(value: object, kind: pl.DataType) -> object:
    if value is None:
        return None
    if isinstance(kind, pl.Decimal):
        return Decimal(str(value))
    if kind == pl.Int64:
        return int(Decimal(str(value)))
    return float(str(value))


NUMERIC_NOUNS = [noun for noun in NOUNS if numeric(noun)]


@pytest.mark.parametrize("noun", NUMERIC_NOUNS)
def test_floats_that_no_decimal_of_six_places_holds_are_refused(noun: str) -> None:
    """NaN, infinities, subnormals, 2^53 and beyond, thirds: at every numeric field."""
    admission, cells = typed(noun, BAD_FLOATS, pl.Float64())
    assert kept(admission, cells) == within(noun, cells, BAD_FLOATS)


def kept(admission: Admission, cells: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The cells that nobody refused."""
    refused = {(f.row, f.field) for f in admission.findings if f.severity == "refused"}
    return [cell for cell in cells if cell not in refused]


def within(noun: str, cells: list[tuple[int, str]], values: tuple[Any, ...]) -> list[tuple[int, str]]:
    """The cells whose values are out of bounds elsewhere but not here (the limit of a rule goes to 1e12)."""
    told = zip(cells, itertools.cycle(values), strict=False)
    return [cell for cell, value in told if allowed(noun, cell[1], value)]


def allowed(noun: str, name: str, value: object) -> bool:
    """Whether a value that is out of bounds elsewhere is within them here (the limit of a rule)."""
    entry = next(entry for entry in FIELDS[noun] if entry.name == name)
    exact = Decimal(repr(value))
    return exact.is_finite() and 0 <= exact <= entry.maximum and (exact * 10**6) % 1 == 0


@pytest.mark.parametrize("noun", NUMERIC_NOUNS)
def test_integers_beyond_the_limit_are_refused(noun: str) -> None:
    """2^53 - 1 and more, which a float would not even tell apart."""
    admission, cells = typed(noun, BAD_INTEGERS, pl.Int64())
    assert kept(admission, cells) == within(noun, cells, BAD_INTEGERS)


@pytest.mark.parametrize("noun", NUMERIC_NOUNS)
def test_long_decimals_are_refused(noun: str) -> None:
    """Thirty digits, or more than six places, are never rounded in silence."""
    admission, cells = typed(noun, BAD_DECIMALS, pl.Decimal(38, 8))
    assert kept(admission, cells) == []


@pytest.mark.parametrize("kind", [pl.Float64(), pl.Decimal(20, 6), pl.String()], ids=str)
def test_good_numbers_are_exact_whatever_their_type(kind: pl.DataType) -> None:
    """0.1, -0, 999999999.999999 and the like are the same millionths as floats, decimals and text."""
    texts = ["0.1", "-0.0", "0.000001", "999999999.999999", "12.5", "1000000000", "-0.3"]
    tables = sample()
    tables["offers"] = [dict(tables["offers"][0], id=f"o{i}", unit="kg") for i in range(len(texts))]
    tables["attributes"] = []
    values = texts if kind == pl.String else [_as(text, kind) for text in texts]
    prices = pl.Series("limit_price", values, dtype=kind)
    whole = frames(tables)
    whole["offers"] = whole["offers"].with_columns(prices)
    admission = check_tables(whole, **SETTINGS)
    found = admission.book.tables["offers"]["limit_price"].to_list()
    assert found == [int(Decimal(text) * 10**6) for text in texts]
