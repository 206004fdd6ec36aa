"""Numbers and lists as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from math import isinf

from fourflow.units import CURRENCIES, TALLIES, plural

SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥", "INR": "₹", "UAH": "₴", "NGN": "₦"}
NBSP = "\u00a0"
EPOCH = date(1970, 1, 1)

Number = int | float | Decimal | Fraction


def number(value: Number, digits: int = 3) -> str:
    """At least `digits` significant digits, thousands separated, no trailing zeros: 12,345; 12.3; 0.0123."""
    value = float(value)
    if value == 0:
        return "0"
    places = max(0, digits - 1 - _power(abs(value)))
    written = f"{value:,.{min(places, 12)}f}"
    written = written.rstrip("0").rstrip(".") if "." in written else written
    return written.replace("-", "\u2212")


def _power(size: float) -> int:
    """The power of ten of the first digit, after rounding to it: 0.05 -> -2, 1 -> 0, 999 -> 2."""
    return int(f"{size:.2e}".rpartition("e")[2])


def money(value: Number, currency: str, digits: int = 3) -> str:
    """With the currency's sign where it is well known, else its code; cents below 1,000: £96.30, £12,300."""
    size = abs(float(value))
    if size >= 1e6:
        return signed(value, large(size), currency)
    shown = number(size, digits)
    if currency not in TALLIES and size >= 0.01 and (size < 1000 or "." in shown):
        shown = _fixed(size, 2).removesuffix(".00")
    return signed(value, shown, currency)


def signed(value: Number, size: str, currency: str) -> str:
    """A minus before the currency where the amount is below zero."""
    sign = "\u2212" if value < 0 and size.strip("0.") else ""
    if currency in TALLIES:
        return f"{sign}{size}{NBSP}{currency[:-1] if size == '1' else currency}"
    symbol = SYMBOLS.get(currency)
    return f"{sign}{symbol}{size}" if symbol else f"{sign}{currency}{NBSP}{size}"


def price(value: Number, currency: str, places: int = 2) -> str:
    """Money with a fixed number of decimals."""
    return signed(value, _fixed(abs(float(value)), places), currency)


def _fixed(size: float, places: int) -> str:
    """Rounded twice, so that a sum of floats and the exact sum beside it look alike: 96.345 is 96.34."""
    return f"{round(size, 9):,.{places}f}"


def enough(value: Decimal, currency: str, places: int, upwards: bool) -> str:
    """A price rounded so that the figure shown would still be enough."""
    step = Decimal(1).scaleb(-places)
    rounded = value.quantize(step, ROUND_CEILING if upwards else ROUND_FLOOR)
    return price(rounded, currency, places)


def price_places(values: Iterable[Number]) -> int:
    """How many decimals prices of this size need, so that they line up in a table: 2 where that is exact."""
    sizes = [abs(float(value)) for value in values]
    largest = max(sizes, default=0.0)
    if all(abs(size * 100 - round(size * 100)) < 1e-6 for size in sizes):
        return 0 if largest >= 100 and all(size == round(size) for size in sizes) else 2
    return 2 if largest >= 1 else 3 if largest >= 0.1 else min(9, 2 - _power(largest))


def least_money(value: Number, currency: str) -> str:
    """An amount of money as an upper limit: below a hundredth as 'under 0.01'."""
    return f"under {price(Fraction(1, 100), currency)}" if 0 < value < 0.01 else money(value, currency)


def large(value: Number) -> str:
    """12.3 million, 4.56 billion; below a million as it is."""
    size = float(value)
    for limit, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if abs(size) >= limit:
            return f"{number(size / limit)}{NBSP}{word}"
    return number(size)


def quantity(value: Number, unit: str) -> str:
    return f"{number(value)}{NBSP}{unit}"


def of_several(value: Number, unit: str) -> str:
    """The unit of an amount: 1 item, 2 items, 3 kg."""
    return unit.replace("_", "-") if value == 1 else plural(unit)


def amounts(value: Number, unit: str) -> str:
    """An amount of anything: money with its sign, goods in tonnes or kilograms, the rest as it is counted."""
    if unit in CURRENCIES:
        return money(value, unit)
    if unit == "t":
        return weight(value)
    return f"{number(value)}{NBSP}{of_several(value, unit)}"


def weight(tonnes: Number) -> str:
    """Tonnes, or kilograms below one tonne."""
    size = float(tonnes)
    if 0 < abs(size) < 0.9995:
        return f"{number(size * 1000)}{NBSP}kg"
    shown = number(size)
    return f"{shown}{NBSP}{'tonne' if shown == '1' else 'tonnes'}"


def of_amount(part: float, whole: float, unit: str, alone: bool = False) -> str:
    """Two amounts in one unit: '3.15 of 10.4 t', '1 of 3 people', '£20 of £60'; the first only if `alone`."""
    if unit in CURRENCIES:
        return money(part, unit) if alone else f"{money(part, unit)} of {money(whole, unit)}"
    factor, shown = (1000, "kg") if unit == "t" and whole < 1 else (1, unit)
    shown = shown if whole * factor == 1 or shown in ("t", "kg") else plural(shown)
    size = number(part * factor) if alone else f"{number(part * factor)} of {number(whole * factor)}"
    return f"{size}{NBSP}{shown}"


def carbon(kilograms: Number) -> str:
    """Kilograms of CO2e, or tonnes from one tonne on."""
    size = float(kilograms)
    return f"{number(size / 1000)}{NBSP}t" if abs(size) >= 1000 else f"{number(size)}{NBSP}kg"


def count(value: int, one: str, many: str | None = None) -> str:
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def percent(share: float) -> str:
    """Whole per cent, with one decimal near none and near all, and never rounded to either."""
    if 0 < share < 0.0005:
        return "under 0.1\u202f%"
    if 0.9995 <= share < 1:
        return "over 99.9\u202f%"
    shown = share * 100
    return f"{shown:.1f}\u202f%" if 0 < shown < 1 or 99 < shown < 100 else f"{shown:,.0f}\u202f%"


def change(value: float, reference: float) -> str:
    """How value stands against the reference, in words: '23 % more than', 'twice as much as'."""
    if reference == value:
        return "the same as"
    if reference <= 0:
        return "more than" if value > reference else "less than"
    ratio = value / reference
    if ratio >= 2:
        return f"{number(ratio, 2)} times as much as"
    word = "more than" if ratio > 1 else "less than"
    return f"{percent(abs(ratio - 1))} {word}"


def gap(relative: Number) -> str:
    """A proved gap as a share in per cent, rounded up; tiny ones are 0.0001 %."""
    size = float(relative) * 100
    if isinf(size):
        return "an unknown share"
    if 0 < size < 1e-4:
        return "0.0001\u202f%"
    places = 0 if size == 0 else max(0, 1 - _power(size))
    up = -(-(Fraction(relative) * 100 * 10**places) // 1)
    return f"{number(Fraction(up, 10**places))}\u202f%"


def listed(parts: Sequence[str], last: str = "and") -> str:
    """'a', 'a and b', 'a, b and c'."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def day(days: int) -> str:
    """Days since 1970 as '5 January 2026'."""
    when = EPOCH + timedelta(days=days)
    return f"{when.day} {when:%B %Y}"
