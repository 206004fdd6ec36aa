"""Numbers: through every form and in every numeric field they arrive exactly, or are refused."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from fourflow.book._book import Admission, Book
from fourflow.book._fields import FIELDS
from fourflow.book._raw import from_tables
from fourflow.book._raw_excel import as_date, plain_number
from fourflow.book._raw_typed import to_table
from fourflow.book._write import filled_tables
from fourflow.units import CURRENCIES
from paths import PATHS

GRAIN = Path(__file__).resolve().parents[2] / "examples" / "grain"
EXACT = ("0.1", "1", "2.5", "1000000000", "0.000001", "999999999.999999", "123456.789012", "7.00", "-0", "+3")
INEXACT = (
    *("NaN", "nan", "inf", "-inf", "Infinity", "1e999", "1e5", "1E-7", "5e-324", "0.1234567", "1,5", "1 000"),
    *("1_000", "0x10", "１", "٣", "1000000001", "9007199254740993", "9223372036854775808"),
    *("-9223372036854775809", "123456789012345678901234567890", "0." + "1" * 30, "9" * 5000),
    *(".", "-", "--1", "1.2.3", "½", "1%", "£1"),
)
FIELDS_TRIED = [
    (noun, field.name)
    for noun in ("offers", "needs", "lanes", "places", "categories", "fx", "modes", "projects", "rules")
    for field in FIELDS[noun]
    if field.type in ("decimal", "integer")
]


def on_demand(cases: Iterable[tuple[str, str, str]]) -> list[Any]:
    """The same test for the rest of fields x forms, on demand: a minute and a half."""
    return [pytest.param(*case, marks=pytest.mark.long) for case in cases]


def with_values(book: Book, noun: str, field: str, values: list[Any]) -> dict[str, pl.DataFrame]:
    """The tables of `book`, with one row of `noun` for each value in `field`, as text but for that column."""
    tables = filled_tables(book)
    spare = {
        "fx": {"currency": "USD", "rate": "1"},
        "modes": {
            "id": "van", "cost_per_t_km": "1", "currency": "EUR", "co2_kg_per_t_km": "1", "max_km": "9",
            "trip_t": "1", "cost_per_trip": "1",
        },
        "projects": {
            "id": "mill", "participants": "north-farm", "name": "a mill", "value": "9", "limit_price": "9",
            "own_money": "1", "currency": "EUR", "mode": "proportional",
        },
        "rules": {"id": "most", "name": "most", "measure": "tonnes", "sense": "<=", "limit": "9"},
    }  # fmt: skip
    row = tables[noun].row(0, named=True) if noun in tables else spare[noun]
    codes = sorted(CURRENCIES - {book.currency})
    key, names = ("id", [f"row-{i}" for i in range(len(values))]) if "id" in row else ("currency", codes)
    rows = [{**row, key: name} for name, _ in zip(names, values, strict=False)]
    table = pl.DataFrame(rows, schema=dict.fromkeys(row, pl.String))
    others = {name: other for name, other in tables.items() if name != noun}
    if noun == "projects":
        line = {**tables["needs"].row(0, named=True), "limit_price": None}
        lines = [{**line, "id": f"line-{i}", "project": f"row-{i}"} for i in range(len(values))]
        others["needs"] = pl.DataFrame(lines, schema=dict.fromkeys(line | {"project": ""}, pl.String))
    return {**others, noun: table.with_columns(pl.Series(field, values, strict=False))}


def exactly(texts: list[str], admission: Admission, noun: str, field: str) -> None:
    """Every row is either refused by a finding on its field, or holds the value to the last digit."""
    kept = admission.book.tables[noun].select("_row", field).rows()
    named = {
        f.row: f
        for f in admission.findings
        if f.severity == "refused" and f.file.endswith((noun, f"{noun}.csv", f"{noun}.parquet"))
    }
    scale = 10**6 if next(f for f in FIELDS[noun] if f.name == field).type == "decimal" else 1
    assert len(kept) + len(admission.refused.get(noun, ())) == len(texts)
    for row, value in kept:
        assert row not in named
        assert Decimal(value) == Decimal(texts[row - 2]) * scale
    for row in set(range(2, len(texts) + 2)) - {row for row, _ in kept}:
        assert row in named, texts[row - 2]
        assert "\n" not in str(named[row])
        assert len(str(named[row])) < 600


@pytest.mark.parametrize(
    ("noun", "field", "path"),
    [
        *((noun, field, "arrow") for noun, field in FIELDS_TRIED),
        *(("offers", "quantity", path) for path in PATHS if path != "arrow"),
        *(("lanes", "days", path) for path in PATHS if path != "arrow"),
        *on_demand((noun, field, path) for noun, field in FIELDS_TRIED for path in PATHS if path != "arrow"),
    ],
)
def test_text_of_numbers_is_exact_or_refused(noun: str, field: str, path: str, tmp_path: Path) -> None:
    """NaN, infinities, exponents, 2^53 + 1, 2^63, thirty digits, other scripts and separators."""
    book = Book.read(GRAIN)
    texts = [*EXACT, *INEXACT]
    admission = PATHS[path](book.settings(), with_values(book, noun, field, texts), tmp_path)
    exactly(texts, admission, noun, field)
    assert len(admission.book.tables[noun]), "all rows were refused"


@pytest.mark.parametrize("path", PATHS)
def test_good_quantities_are_admitted_on_every_path(path: str, tmp_path: Path) -> None:
    """The test above would pass if everything were refused: these must not be."""
    book = Book.read(GRAIN)
    admission = PATHS[path](book.settings(), with_values(book, "offers", "quantity", list(EXACT)), tmp_path)
    micros = admission.book.tables["offers"]["quantity"].to_list()
    assert micros == [
        100_000,
        10**6,
        2_500_000,
        10**15,
        1,
        999_999_999_999_999,
        123_456_789_012,
        7 * 10**6,
        0,
        3 * 10**6,
    ]


FLOATS = [
    *(0.1, 2.5, 1e-7, 1e22, 0.1 + 0.2, math.nan, math.inf, -math.inf, -0.0),
    *(5e-324, 1.7976931348623157e308, 2.0**53 + 2, 1e9),
]
WHOLE = [1, 0, 2**53 - 1, 2**53 + 1, 2**63 - 1, 10**9, 10**9 + 1]


@pytest.mark.parametrize("path", ["parquet", "arrow"])
def test_typed_numbers_are_exact_or_refused(path: str, tmp_path: Path) -> None:
    """Doubles count as their shortest decimal, integers and decimals as they are."""
    book = Book.read(GRAIN)
    run: Callable[..., Admission] = PATHS[path]
    for values in (FLOATS, WHOLE, [2**64 - 1, 1], [Decimal("1.50"), Decimal("0.0000001")], [True, False]):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        tables = with_values(book, "offers", "quantity", [])
        row = with_values(book, "offers", "quantity", ["1"])["offers"].row(0, named=True)
        column = pl.Series("quantity", values, dtype=pl.UInt64 if values[0] == 2**64 - 1 else None)
        rows = pl.DataFrame([{**row, "id": f"row-{i}"} for i in range(len(values))])
        tables["offers"] = rows.with_columns(column)
        texts = [format(Decimal(repr(v)), "f") if isinstance(v, float) else str(v).lower() for v in values]
        exactly(texts, run(book.settings(), tables, folder), "offers", "quantity")


def test_floats_become_their_shortest_decimal_without_exponent() -> None:
    """0.1 is '0.1', never 0.1000000000000000055; large and tiny values are written out."""
    part = to_table("offers", "offers", pl.DataFrame({"id": FLOATS}))
    assert part.table is not None
    texts = part.table.frame["id"].to_list()
    assert texts[:4] == ["0.1", "2.5", "0.0000001", "1" + "0" * 22]
    assert texts[5:9] == ["NaN", "inf", "-inf", "-0"]
    for value, text in zip(FLOATS, texts, strict=True):
        assert "e" not in text.lower()
        assert math.isnan(value) or float(text) == value


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("1.1000000000000001", "1.1"),
        ("59.969999999999999", "59.97"),
        ("0.30000000000000004", "0.3"),
        ("9007199254740993", "9007199254740993"),
        ("1E-7", "0.0000001"),
        ("1e22", "10000000000000000000000"),
        ("1E+999", "1E+999"),
        ("1E+9999", "1E+9999"),
        ("12", "12"),
        ("12.50", "12.5"),
        ("NaN", "NaN"),
        ("", ""),
        ("0.1234567890123456789", "0.1234567890123456789"),
    ],
)
def test_numbers_of_workbooks_are_what_a_spreadsheet_shows(raw: str, text: str) -> None:
    """Excel stores 17 digits and shows 15; longer decimals were written by others and are kept."""
    assert plain_number(raw) == text


@pytest.mark.parametrize(
    ("serial", "text"),
    [
        ("61", "1900-03-01"),
        ("59", "1900-02-28"),
        ("1", "1900-01-01"),
        ("46024", "2026-01-02"),
        ("46024.5", "2026-01-02T12:00:00"),
        ("2958465", "9999-12-31"),
        ("0.25", "0.25"),
        ("-3", "-3"),
        ("2958466", "2958466"),
        ("1" * 400, "1" * 400),
        ("x", "x"),
    ],
)
def test_dates_of_workbooks_are_days_of_the_calendar(serial: str, text: str) -> None:
    """Excel counts from 1900 with a 29 February that never was; what is no day stays a number."""
    assert as_date(serial, datetime.datetime(1899, 12, 30)) == text


def test_dates_and_times_of_typed_columns_are_iso_text() -> None:
    """Midnight is a date, zones are UTC, and days beyond the calendar are left for the book to refuse."""
    zone = datetime.timezone(datetime.timedelta(hours=2))
    tables = pa.table(
        {
            "day": pa.array([datetime.date(2026, 1, 2), None]),
            "moment": pa.array(
                [datetime.datetime(2026, 1, 2), datetime.datetime(2026, 1, 2, 3, 4, 5, 600_000)]
            ),
            "zoned": pa.array(
                [datetime.datetime(2026, 1, 2, 1, tzinfo=zone), None], pa.timestamp("us", "Europe/Paris")
            ),
            "beyond": pa.array([2**31 - 1, 0], pa.int32()).cast(pa.date32()),
        }
    )
    raw, _, findings = from_tables({"offers": tables}, {})
    assert findings == []
    assert raw[0].frame.to_dict(as_series=False) == {
        "day": ["2026-01-02", None],
        "moment": ["2026-01-02", "2026-01-02T03:04:05.600"],
        "zoned": ["2026-01-01T23:00:00", None],
        "beyond": ["2147483647 days since 1970-01-01", "1970-01-01"],
    }
