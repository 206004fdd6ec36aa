"""Cells -> typed columns, field by field as the field table says; every bad cell is flagged.

The good path is a few vectorised expressions; only distinct bad values are looked at one by one.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from contextlib import suppress
from difflib import get_close_matches

import numpy as np
import polars as pl

from fourflow.book._fields import FIELDS, ID_PATTERN, MAX_TEXT, Field
from fourflow.book._market import MICRO
from fourflow.book._numbers import Diagnosis, diagnose, micros, plain_micros
from fourflow.book._sheet import Mask, Sheet, join_words
from fourflow.errors import Severity
from fourflow.units import CURRENCIES, TALLIES, find_unit, suggest_currency, suggest_unit

MONEY = "money"
_TRUE, _FALSE = ("true", "yes", "y", "1"), ("false", "no", "n", "0")
# Controls, and marks that turn the direction of text: they make a terminal or a page show what is not there.
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{feff}]"
_GROUPED, _ROUND = r"^[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+$", r"^[+-]?[1-9][0-9]{0,2}\.000$"
_DAY = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?$"
_MOMENT = (
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(\.[0-9]{1,6})?[0-9]*\s*(Z|[+-][0-9]{2}:?[0-9]{2})?)?$"
)
_OTHER_DAY = re.compile(r"^([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})$")
_OTHER_YEAR = re.compile(r"^([0-9]{4})[./-]([0-9]{1,2})[./-]([0-9]{1,2})$")
_SPOKEN_DAYS = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %y")
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


def parse(sheet: Sheet) -> None:
    """Fill `sheet.typed` from its cells; required columns first."""
    _required_columns(sheet)
    columns = [_parse_field(sheet, entry) for entry in FIELDS[sheet.noun]]
    sheet.typed = pl.DataFrame(columns)


def _required_columns(sheet: Sheet) -> None:
    for entry in () if sheet.assumed else FIELDS[sheet.noun]:
        if entry.required == "yes" and entry.name not in sheet.columns:
            maybe = f"add a column {entry.name} ({entry.about})"
            if entry.type in ("unit", "unit_or_currency", "currency"):
                maybe += ", or say it in a header such as `quantity [kg]` or `limit_price [GBP/kg]`"
            sheet.refuse_file(entry.name, "missing_column", "", "is a required column and is missing", maybe)


def check_hygiene(sheet: Sheet) -> None:
    """Flag cells that are too long or hold control characters, and take them out of the way."""
    if len(sheet) == 0 or not sheet.columns:
        return
    soiled = sheet.cells.select(
        ((pl.col(name).str.len_bytes() > MAX_TEXT) | pl.col(name).str.contains(_CONTROL)).any()
        for name in sorted(sheet.columns)
    ).row(0, named=True)
    for name in (name for name, is_soiled in soiled.items() if is_soiled):
        cells = sheet.cells[name]
        long = (cells.str.len_bytes() > MAX_TEXT).fill_null(False).to_numpy()
        sheet.flag(long, name, "too_long", f"must be at most {MAX_TEXT} bytes", "a quote is not closed")
        control = cells.str.contains(_CONTROL).fill_null(False).to_numpy()
        if control.any():
            nul = cells.str.contains("\x00", literal=True).fill_null(False).to_numpy()
            sheet.flag(nul, name, "nul", "must have no NUL characters", "the export is damaged")
            sheet.flag(control & ~nul, name, "control", "must have no control characters", "retype the cell")
        if (bad := long | control).any():
            shown = cells.str.slice(0, 80).str.replace_all(_CONTROL, "\ufffd")
            _blank(sheet, name, bad, shown)


def _blank(sheet: Sheet, name: str, bad: Mask, shown: pl.Series) -> None:
    """Take an unreadable cell out of the way, so that no later step copies it about."""
    flags = pl.DataFrame({"bad": bad, "shown": shown, "cell": sheet.cells[name]})
    kept = flags.select(pl.when("bad").then("shown").otherwise("cell").alias(name))
    sheet.cells = sheet.cells.with_columns(kept[name])


def _parse_field(sheet: Sheet, entry: Field) -> pl.Series:
    cells = sheet.cells[entry.name]
    if entry.required == "yes" and entry.name in sheet.columns:
        maybe = f"it was left out: {entry.about}"
        sheet.flag(cells.is_null().to_numpy(), entry.name, "missing", "must not be empty", maybe)
    if cells.null_count() == len(cells) and not entry.default:
        return pl.Series(entry.name, [None] * len(cells), dtype=_DTYPES.get(entry.type, pl.String()))
    typed = _PARSERS[entry.type](sheet, entry, cells)
    if entry.default:
        typed = typed.fill_null(_PARSERS[entry.type](sheet, entry, pl.Series([entry.default]))[0])
    return typed.alias(entry.name)


def flag_values(
    sheet: Sheet,
    name: str,
    rows: Mask,
    explain: Callable[[str], Diagnosis],
    cells: pl.Series | None = None,
    severity: Severity = "refused",
) -> None:
    """Flag the rows in the mask; `explain` is asked once for each distinct value."""
    if not rows.any():
        return
    values = (sheet.cells[name] if cells is None else cells).filter(pl.Series(rows))
    distinct = values.unique()
    said = [explain(text) for text in distinct.to_list()]
    table = pl.DataFrame({"value": distinct}).with_columns(
        pl.Series("code", [code for code, _, _ in said], dtype=pl.String),
        pl.Series("rule", [rule for _, rule, _ in said], dtype=pl.String),
        pl.Series("maybe", [maybe for _, _, maybe in said], dtype=pl.String),
    )
    told = pl.DataFrame({"value": values}).join(table, on="value", how="left", maintain_order="left")
    index = np.flatnonzero(rows)
    for (code,), part in told.with_row_index("at").group_by("code", maintain_order=True):
        mask = np.zeros(len(rows), dtype=np.bool_)
        mask[index[part["at"].to_numpy()]] = True
        sheet.flag(mask, name, str(code), part["rule"], part["maybe"], severity)


def _parse_text(sheet: Sheet, entry: Field, cells: pl.Series) -> pl.Series:
    return cells


def _parse_id(sheet: Sheet, entry: Field, cells: pl.Series) -> pl.Series:
    good = cells.str.contains(ID_PATTERN).fill_null(True)
    flag_values(sheet, entry.name, (~good).to_numpy(), _explain_id)
    copies = (cells.is_duplicated() & cells.is_not_null()).to_numpy()
    if copies.any():
        flag_values(sheet, entry.name, copies, _explain_copies(sheet, cells, copies))
    return cells


def _explain_id(text: str) -> Diagnosis:
    near = slug(text)
    rule = "must be 1 to 128 of the characters A-Z a-z 0-9 . _ : / -"
    return "pattern", rule, near if near != text else "a shorter one"


def slug(text: str) -> str:
    """`text` as an id: what ids may not hold becomes `-`."""
    return re.sub(r"[^A-Za-z0-9._:/-]+", "-", text.strip()).strip("-")[:128]


def _explain_copies(sheet: Sheet, cells: pl.Series, copies: Mask) -> Callable[[str], Diagnosis]:
    rows: dict[str, list[str]] = {}
    for text, row in zip(cells.filter(pl.Series(copies)).to_list(), sheet.row[copies].tolist(), strict=True):
        rows.setdefault(text, []).append(str(row))

    def explain(text: str) -> Diagnosis:
        rule = f"must be unique, but rows {', '.join(rows[text][:8])} have it"
        return "duplicate", rule, "a row was copied; give each its own id"

    return explain


def _parse_list(sheet: Sheet, entry: Field, cells: pl.Series) -> pl.Series:
    """`a; b;a` -> `a;b`: parts without blanks, each once, in the order written."""
    several = cells.str.contains(";", literal=True).fill_null(False)
    if not several.any():
        return cells
    parts = cells.str.split(";").list.eval(pl.element().str.strip_chars().replace("", None).drop_nulls())
    joined = parts.list.unique(maintain_order=True).list.join(";")
    joined = pl.select(pl.when(joined != "").then(joined)).to_series()
    if entry.required == "yes":
        hollow = (several & joined.is_null()).to_numpy()
        sheet.flag(hollow, entry.name, "missing", "must not be empty", f"it was left out: {entry.about}")
    return joined


def _parse_decimal(sheet: Sheet, entry: Field, cells: pl.Series) -> pl.Series:
    typed = micros(cells)
    bad = (cells.is_not_null() & typed.is_null()).to_numpy()
    flag_values(sheet, entry.name, bad, _explain_number)
    if entry.measure:
        _warn_of_points(sheet, entry, cells)
    return _in_range(sheet, entry, typed, MICRO)


def _warn_of_points(sheet: Sheet, entry: Field, cells: pl.Series) -> None:
    """70.000 is seventy; who writes it among numbers without three decimals may mean seventy thousand, and
    who writes 1.500 beside 120,5 means fifteen hundred."""
    severity: Severity = "refused"
    grouped, rule = _GROUPED, "must have no point for thousands, as it seems to beside decimal commas"
    if not cells.str.contains(r"^[+-]?[0-9.]*,[0-9]+$").any():
        if cells.str.contains(r"\.[0-9]{3}$").all():
            return
        grouped, rule, severity = _ROUND, "is read as {}, since the point is a decimal point", "warning"

    def explain(text: str) -> Diagnosis:
        return "thousands_point", rule.format(text[:-4]), f"{text.replace('.', '')} is meant"

    found = cells.str.contains(grouped).fill_null(False).to_numpy()
    flag_values(sheet, entry.name, found, explain, severity=severity)


def _explain_number(text: str) -> Diagnosis:
    if re.match(r"^[+-]?[0-9]{13,18}(\.[0-9]{1,6})?$", text):
        return "too_large", "must be at most 1000000000", "a unit is wrong, or two numbers ran together"
    return diagnose(text)


def _parse_integer(sheet: Sheet, entry: Field, cells: pl.Series) -> pl.Series:
    typed = micros(cells)
    whole = (typed % MICRO == 0).fill_null(False)
    bad = (cells.is_not_null() & ~whole).to_numpy()
    flag_values(sheet, entry.name, bad, _explain_integer)
    kept = pl.select(pl.when(whole).then(typed // MICRO)).to_series().cast(pl.Int64)
    return _in_range(sheet, entry, kept, 1)


def _explain_integer(text: str) -> Diagnosis:
    if re.match(r"^[+-]?[0-9]+\.[0-9]+$", text):
        return "not_whole", "must be a whole number", text.partition(".")[0]
    return _explain_number(text)


def _in_range(sheet: Sheet, entry: Field, typed: pl.Series, scale: int) -> pl.Series:
    """Flag what is below or above, and zeros where nothing can come of them."""
    given, number, name = typed.is_not_null().to_numpy(), typed.fill_null(0).to_numpy(), entry.name
    zero = given & (number == 0)
    flipped = "the sign was flipped on export"
    if entry.sign == "not_negative":
        sheet.flag(given & (number < 0), name, "negative", "must not be negative", flipped)
    elif entry.sign == "positive":
        sheet.flag(given & (number <= 0), name, "not_positive", "must be > 0", flipped)
    if entry.sign != "any" and entry.zero_warns:
        sheet.flag(zero, name, "zero", "should not be zero, or nothing can come of it", "", "warning")
    outside = given & ((number > entry.maximum * scale) | (number < entry.minimum * scale))
    limits = f"must be between {entry.minimum} and {entry.maximum}"
    if entry.unit == "degrees":
        sheet.flag(outside, name, "range", limits, "latitude and longitude were swapped")
    else:
        rule = f"must be at most {entry.maximum}" if entry.sign != "any" else limits
        sheet.flag(outside, name, "too_large", rule, "a unit is wrong, or two numbers ran together")
    return typed


def _parse_bool(sheet: Sheet, entry: Field, cells: pl.Series) -> pl.Series:
    lower = cells.str.to_lowercase()
    typed = pl.select(
        pl.when(lower.is_in(_TRUE)).then(True).when(lower.is_in(_FALSE)).then(False).otherwise(None)
    ).to_series()
    bad = (cells.is_not_null() & typed.is_null()).to_numpy()
    sheet.flag(bad, entry.name, "not_bool", "must be true or false", "yes, no, 1 and 0 are read too")
    return typed


def _parse_date(sheet: Sheet, entry: Field, cells: pl.Series) -> pl.Series:
    typed = cells.str.extract(_DAY, 1).str.to_date("%Y-%m-%d", strict=False)
    year = typed.dt.year()
    within = ((year >= _FIRST_YEAR) & (year <= _LAST_YEAR)).fill_null(False)
    flag_values(sheet, entry.name, (cells.is_not_null() & ~within).to_numpy(), _explain_date)
    return pl.select(pl.when(within).then(typed)).to_series()


def _explain_date(text: str) -> Diagnosis:
    rule = "must be a day written YYYY-MM-DD"
    if matched := _OTHER_DAY.match(text):
        day, month, year = (int(part) for part in matched.groups())
        first = f"{year}-{month:02}-{day:02}"
        second = f"{year}-{day:02}-{month:02}"
        return "not_a_date", rule, " or ".join(entry for entry in (first, second) if int(entry[5:7]) <= 12)
    if matched := _OTHER_YEAR.match(text):
        year, month, day = (int(part) for part in matched.groups())
        if text != (right := f"{year:04}-{month:02}-{day:02}"):
            return "not_a_date", rule, right
        rule = f"must be a day that exists, from {_FIRST_YEAR} to {_LAST_YEAR}"
        return "not_a_date", rule, "a digit is wrong" if year <= _LAST_YEAR else "leave it empty for no end"
    for spoken in _SPOKEN_DAYS:
        with suppress(ValueError):
            return "not_a_date", rule, datetime.datetime.strptime(text, spoken).date().isoformat()
    return "not_a_date", rule, "2026-01-31 stands for 31 January 2026"


def _parse_datetime(sheet: Sheet, entry: Field, cells: pl.Series) -> pl.Series:
    part = pl.DataFrame({"cell": cells}).select(pl.col("cell").str.extract_groups(_MOMENT)).unnest("cell")
    day, clock, second, fraction, zone = (pl.col(name) for name in part.columns)
    text = part.select(
        day
        + "T"
        + clock.fill_null("00:00")
        + second.fill_null(":00")
        + fraction.fill_null(".0")
        + zone.replace("Z", "+0000").fill_null("+0000").str.replace(":", "", literal=True)
    ).to_series()
    typed = text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", time_unit="us", time_zone="UTC", strict=False)
    year = typed.dt.year()
    within = ((year >= _FIRST_YEAR) & (year <= _LAST_YEAR)).fill_null(False)
    flag_values(sheet, entry.name, (cells.is_not_null() & ~within).to_numpy(), _explain_moment)
    return pl.select(pl.when(within).then(typed)).to_series()


def _explain_moment(text: str) -> Diagnosis:
    _, _, maybe = _explain_date(text)
    return "not_a_time", "must be a day YYYY-MM-DD or a moment YYYY-MM-DDTHH:MM:SSZ", maybe


def _parse_enum(sheet: Sheet, entry: Field, cells: pl.Series) -> pl.Series:
    lower = cells.str.to_lowercase().str.replace_all(r"[\s-]+", "_")
    bad = (cells.is_not_null() & ~lower.is_in(entry.choices)).to_numpy()
    flag_values(sheet, entry.name, bad, _explain_enum(entry))
    return pl.select(pl.when(pl.Series(~bad)).then(lower)).to_series()


def _parse_enums(sheet: Sheet, entry: Field, cells: pl.Series) -> pl.Series:
    lower = _parse_list(sheet, entry, cells).str.to_lowercase()
    parts = lower.str.split(";").list.eval(pl.element().is_in(entry.choices)).list.all()
    bad = (lower.is_not_null() & ~parts).fill_null(False).to_numpy()
    flag_values(sheet, entry.name, bad, _explain_enum(entry))
    return lower


def _explain_enum(entry: Field) -> Callable[[str], Diagnosis]:
    def explain(text: str) -> Diagnosis:
        near = get_close_matches(text.lower(), entry.choices, n=1, cutoff=0.5)
        return "unknown", f"must be {join_words(entry.choices, 12)}", near[0] if near else ""

    return explain


def _parse_unit(sheet: Sheet, entry: Field, cells: pl.Series) -> pl.Series:
    """Units under their own symbol; currencies count as units of money where the field allows them."""
    distinct = cells.drop_nulls().unique().to_list()
    symbols = {text: unit.symbol for text in distinct if (unit := find_unit(text))}
    if entry.type == "unit_or_currency":
        symbols |= {text: text for text in distinct if text in CURRENCIES}
    bad = (cells.is_not_null() & ~cells.is_in(list(symbols))).to_numpy()
    flag_values(sheet, entry.name, bad, _explain_unit)
    return cells.replace_strict(symbols, default=None, return_dtype=pl.String)


def _explain_unit(text: str) -> Diagnosis:
    rule = "must be a unit that fourflow knows"
    currency = suggest_currency(text)
    return (
        "unknown",
        rule,
        suggest_unit(text) or (currency if len(text) == 3 else "") or "kg, t, l, item, box, hour",
    )


def _parse_currency(sheet: Sheet, entry: Field, cells: pl.Series) -> pl.Series:
    bad = (cells.is_not_null() & ~cells.is_in(list(CURRENCIES | TALLIES))).to_numpy()
    flag_values(sheet, entry.name, bad, _explain_currency)
    return pl.select(pl.when(pl.Series(~bad)).then(cells)).to_series()


def _explain_currency(text: str) -> Diagnosis:
    near = suggest_currency(text)
    return (
        "unknown",
        "must be an ISO 4217 code such as GBP (or votes or points, where value is no money)",
        near,
    )


_PARSERS: dict[str, Callable[[Sheet, Field, pl.Series], pl.Series]] = {
    "id": _parse_id,
    "ref": _parse_text,
    "refs": _parse_list,
    "text": _parse_text,
    "texts": _parse_list,
    "decimal": _parse_decimal,
    "integer": _parse_integer,
    "bool": _parse_bool,
    "date": _parse_date,
    "datetime": _parse_datetime,
    "enum": _parse_enum,
    "enums": _parse_enums,
    "unit": _parse_unit,
    "unit_or_currency": _parse_unit,
    "currency": _parse_currency,
}

_DTYPES: dict[str, pl.DataType] = {
    "decimal": pl.Int64(),
    "integer": pl.Int64(),
    "bool": pl.Boolean(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us", "UTC"),
}


def cell_texts(entry: Field) -> pl.Expr:
    """A typed column as the book writes it: the canonical text of each cell."""
    column = pl.col(entry.name)
    if entry.type == "decimal":
        return plain_micros(column).alias(entry.name)
    if entry.type == "date":
        return column.dt.strftime("%Y-%m-%d").alias(entry.name)
    if entry.type == "datetime":
        fraction = column.dt.strftime("%6f").str.strip_chars_end("0")
        point = pl.when(fraction == "").then(pl.lit("")).otherwise(pl.lit("."))
        return (column.dt.strftime("%Y-%m-%dT%H:%M:%S") + point + fraction + "Z").alias(entry.name)
    return column.cast(pl.String).alias(entry.name)
