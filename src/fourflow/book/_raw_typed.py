"""Columns with types (Parquet, Arrow, rows of JSON) -> exact text, vectorised.

whole numbers, decimals   as they are: 12, 1.500
floats                    the shortest decimal that reads back as the same float, never an
                          exponent: 0.1, 10000000000000000000000; NaN and inf stay words
true, false               true, false
dates, times              2026-01-31, 2026-01-31T08:30:00 in UTC; midnight is the date alone
lists of text             joined by ;
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import polars.selectors as cs

from fourflow.book._raw_table import (
    RawPart,
    RawTable,
    drop_last_blank,
    drop_unnamed,
    name_columns,
    refuse,
    shorten,
)
from fourflow.errors import Finding

_PER_DAY = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
_FIRST_DAY, _LAST_DAY = -719_161, 2_932_895  # 0001-01-02 and 9999-12-30, so that any zone fits
_PLAIN = (pl.String, pl.Boolean, pl.Categorical, pl.Enum, pl.Date, pl.Datetime, pl.Null)


def to_table(file: str, noun: str, frame: pl.DataFrame) -> RawPart:
    """The typed `frame` as a table of text, shown with the header in row 1."""
    names, faults = name_columns(file, frame.columns)
    faults = faults or check_types(file, frame.schema)
    if faults:
        return RawPart(None, faults)
    frame, faults = drop_unnamed(file, to_text(frame), names, header_row=1)
    if faults:
        return RawPart(None, faults)
    return RawPart(drop_last_blank(RawTable(noun, file, frame)))


def check_types(file: str, schema: pl.Schema) -> list[Finding]:
    """A finding for each column whose type has no text form (structures, bytes, durations)."""
    maybe = "it should be written as text, a number, a date or true/false"
    return [
        refuse("column.type", file, f"column '{shorten(name)}' holds {shorten(str(dtype))}", maybe, row=1)
        for name, dtype in schema.items()
        if not (dtype.is_numeric() or isinstance(dtype, _PLAIN))
    ]


def to_text(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with every column as String, and null where a cell is empty."""
    frame = frame.with_columns(
        (cs.date() | cs.datetime()).map_batches(_times, return_dtype=pl.String),
        cs.float().map_batches(_floats, return_dtype=pl.String),
    )
    return frame.with_columns(pl.all().cast(pl.String)).with_columns(pl.all().replace("", None))


def _times(times: pl.Series) -> pl.Series:
    """In UTC; a time of day is kept only where there is one; counts beyond the calendar stay counts."""
    unit = getattr(times.dtype, "time_unit", "days since 1970-01-01")
    per_day = _PER_DAY.get(unit, 1)
    counts = times.to_physical().cast(pl.Int64)
    known = counts.is_between(max(_FIRST_DAY * per_day, -(2**63)), min(_LAST_DAY * per_day, 2**63 - 1))
    known_times = pl.select(pl.when(known).then(times)).to_series()
    text = _day_text(known_times) if per_day == 1 else _instant_text(known_times)
    return pl.select(pl.when(~known).then(pl.format(f"{{}} {unit}", counts)).otherwise(text)).to_series()


def _day_text(days: pl.Series) -> pl.Series:
    return days.dt.to_string("%Y-%m-%d")


def _instant_text(times: pl.Series) -> pl.Series:
    zone = getattr(times.dtype, "time_zone", None)
    utc = times.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if zone else times
    return utc.cast(pl.Datetime("us")).dt.to_string("%Y-%m-%dT%H:%M:%S%.f").str.strip_suffix("T00:00:00")


def _floats(numbers: pl.Series) -> pl.Series:
    """Polars writes the shortest decimal, with an exponent from 1e16 on and below 1e-5."""
    text = numbers.cast(pl.String).str.strip_suffix(".0")
    with_exponent = text.str.contains("e", literal=True).fill_null(False)
    if not with_exponent.any():
        return text
    distinct = text.filter(with_exponent).unique()
    return text.replace(distinct, [format(Decimal(value), "f") for value in distinct])
