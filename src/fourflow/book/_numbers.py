"""Decimals as text -> exact millionths, and what is wrong with text that is no plain decimal.

The grammar is `[+-]digits[.digits]` with at most six decimals: exact, the same everywhere, and nothing
that a reader could take for another number. No float is ever made of money or of a quantity.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal

import polars as pl

from fourflow.units import suggest_currency

PLAIN = r"^[+-]?[0-9]{1,18}(\.[0-9]{1,6})?$"
_SIX = Decimal("0.000001")
_WIDE = Context(prec=100)  # for suggestions: at most 30 digits before the point, six after
_MAX_EXPONENT = 30

_NAN = re.compile(
    r"^[+-]?(nan|inf|infinity|null|none|n/?a|#n/a|#value!|#ref!|#div/0!|-+|\?+)$", re.IGNORECASE
)
_EXPONENT = re.compile(r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)[eE]([+-]?[0-9]+)$")
_COMMA = re.compile(r"^[+-]?[0-9]+,[0-9]+$")
_THOUSANDS = re.compile(r"^[+-]?[0-9]{1,3}(?:[,'’ _\u00a0\u202f][0-9]{3})+(\.[0-9]+)?$")
_POINTS = re.compile(r"^[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+$")
_LONG = re.compile(r"^[+-]?[0-9]+\.[0-9]{7,}$")
_MANY = re.compile(r"^[+-]?[0-9]{19,}(\.[0-9]*)?$")
_BARE_POINT = re.compile(r"^[+-]?([0-9]+\.|\.[0-9]+)$")
_ACCOUNTANT = re.compile(r"^\(([0-9.,]+)\)$")
_OTHER_MINUS = re.compile(r"^[−–—]([0-9.]+)$")
_TIMES = {"k": 1000, "tsd": 1000, "thousand": 1000, "mio": 10**6, "million": 10**6}
_MONTHS = {"month": 1, "months": 1, "year": 12, "years": 12, "yr": 12, "yrs": 12}
_PERCENT = ("%", "percent", "per cent", "pct")
_NO_LIMIT = ("unlimited", "any", "no limit", "as many as wanted", "infinite", "∞")
_WITH_WORDS = re.compile(r"^([^0-9+\-.,]*)([+-]?[0-9][0-9.,]*)\s*([^0-9.,]*)$")

Diagnosis = tuple[str, str, str]
"""Code, rule and Maybe."""


def micros(cells: pl.Series) -> pl.Series:
    """Int64 millionths of the plain decimals among the cells; null where empty, not plain or too large.

    Exact: the cast to a decimal of six places has nothing to round, since PLAIN allows no more.
    """
    plain = pl.select(pl.when(cells.str.contains(PLAIN)).then(cells)).to_series()
    exact = plain.cast(pl.Decimal(38, 6), strict=False).to_physical()
    return exact.cast(pl.Int64, strict=False)


def diagnose(text: str) -> Diagnosis:
    """Why `text` is no plain decimal with at most six places, and what may have been meant."""
    if _NAN.match(text):
        return "not_finite", "must be a finite number", "leave the cell empty if it is not known"
    if matched := _EXPONENT.match(text):
        return _exponent(text, int(matched[2][:6]))
    if _MANY.match(text):
        return "too_large", "must be at most 1000000000", "a unit is wrong, or two numbers ran together"
    if _LONG.match(text):
        return "too_precise", "must have at most six decimals", f"{plain(Decimal(text))}, rounded"
    if _THOUSANDS.match(text):
        return _thousands(text)
    if _POINTS.match(text):
        return "decimal_comma", "must use a decimal point", text.replace(".", "").replace(",", ".")
    if _COMMA.match(text):
        return "decimal_comma", "must use a decimal point", text.replace(",", ".")
    if _BARE_POINT.match(text):
        return "not_plain", "must have digits on both sides of the point", plain(Decimal(text))
    return _with_words(text)


def _exponent(text: str, exponent: int) -> Diagnosis:
    rule = "must be a plain decimal without an exponent"
    if abs(exponent) > _MAX_EXPONENT or len(text) > _MAX_EXPONENT:
        code = "too_large" if exponent > 0 else "too_precise"
        rule = "must be at most 1000000000" if exponent > 0 else "must have at most six decimals"
        return code, rule, "a formula went wrong"
    return "exponent", rule, plain(Decimal(text))


def _thousands(text: str) -> Diagnosis:
    bare = re.sub(r"[^0-9.+\-]", "", text)
    rule = "must have no thousands separators"
    if text.count(",") == 1 and "." not in text:
        return "thousands", rule, f"{bare}, or {text.replace(',', '.')} if the comma is a decimal comma"
    return "thousands", rule, bare


def _with_words(text: str) -> Diagnosis:
    if matched := _ACCOUNTANT.match(text):
        return "not_a_number", "must be a plain decimal", f"-{matched[1]}"
    if matched := _OTHER_MINUS.match(text):
        return "not_a_number", "must use the minus sign -", f"-{matched[1]}"
    if text.casefold() in _NO_LIMIT:
        maybe = "an empty cell: of a technology it is as many licences as are wanted"
        return "not_a_number", "must be a number such as 12.5", maybe
    matched = _WITH_WORDS.match(text)
    if not matched:
        return "not_a_number", "must be a number such as 12.5", ""
    word, number = (matched[1] or matched[3]).strip(), matched[2]
    if (matched[1] + matched[3]).strip() and len(word) <= 20:
        rule = "must be a number without a unit or currency sign"
        number = number if re.match(PLAIN, number) else diagnose(number)[2] or number
        if word.casefold().startswith(_PERCENT) and re.match(PLAIN, number):
            return "not_a_number", "must be a plain number", f"{plain(Decimal(number) / 100)}, a share of 1"
        if (times := _TIMES.get(word.casefold())) and re.match(PLAIN, number):
            return "not_a_number", "must be written in full", plain(Decimal(number) * times)
        if (months := _MONTHS.get(word.casefold())) and re.match(PLAIN, number):
            return "not_a_number", rule, f"{plain(Decimal(number) * months)}, in months"
        is_money = matched[1] or len(word) == 3 or not word.isalpha()
        code = suggest_currency(word) if is_money else ""
        column = f"{code} in the column currency" if code else f"{word!r} in the column unit or the header"
        return "not_a_number", rule, f"{number}, with {column}"
    return "not_a_number", "must be a number such as 12.5", ""


def plain(number: Decimal) -> str:
    """A decimal as the book writes it: at most six places, no exponent, no trailing zeros."""
    text = f"{number.quantize(_SIX, ROUND_HALF_EVEN, _WIDE):f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def plain_micros(values: pl.Expr) -> pl.Expr:
    """Int64 millionths -> the shortest plain decimal text (vectorised `plain`)."""
    whole = (values.abs() // 1_000_000).cast(pl.String)
    fraction = (values.abs() % 1_000_000).cast(pl.String).str.pad_start(6, "0").str.strip_chars_end("0")
    sign = pl.when(values < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    point = pl.when(fraction == "").then(pl.lit("")).otherwise(pl.lit("."))
    return sign + whole + point + fraction
