"""Amounts, prices, names and lists as plain words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from fourflow.book import OPEN_DAY, Market
from fourflow.book._normalise import NOWHERE
from fourflow.units import find_unit, plural

ONE = 10**6
"""One whole unit, in millionths."""
DIGITS = 4
"""Significant digits in a sentence; the numbers beside it are exact."""
EPOCH = date(1970, 1, 1)
MEASURES = {
    "units": "units", "tonnes": "tonnes", "bid_value": "of bids", "co2_kg": "kg CO2e", "awards": "awards",
}  # fmt: skip


def exact(millionths: int) -> Decimal:
    """Millionths as an exact decimal without trailing zeros."""
    value = Decimal(int(millionths)).scaleb(-6).normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value


def amount(millionths: int, unit: str) -> str:
    """12,345 kg; 39.22 kg: as many decimals as four significant digits need."""
    value = exact(millionths)
    if value:
        places = max(0, DIGITS - 1 - value.adjusted())
        rounded = value.quantize(Decimal(1).scaleb(-places)).normalize()
        value = rounded.quantize(Decimal(1)) if rounded == rounded.to_integral_value() else rounded
    return f"{value:,f} {unit.replace('_', '-') if value == 1 else plural(unit)}"


def of(millionths: int, unit: str, goods: str) -> str:
    """150 kg of potatoes; 2 people (Engineer); 60,000 EUR (Grant): of what is not measured only its count."""
    known = find_unit(unit)
    measured = known is not None and known.dimension in ("mass", "volume")
    return f"{amount(millionths, unit)} of {goods}" if measured else f"{amount(millionths, unit)} ({goods})"


def sentence(text: str) -> str:
    """With a capital first letter; the others as they are."""
    return text[:1].upper() + text[1:]


def price(millionths: int, upwards: bool) -> str:
    """A price with at least two decimals and about four significant digits, rounded up or down."""
    value = Decimal(int(millionths)).scaleb(-6)
    places = max(2, DIGITS - 1 - value.adjusted()) if value else 2
    step = Decimal(1).scaleb(-min(places, 6))
    rounded = value.quantize(step, rounding=ROUND_CEILING if upwards else ROUND_FLOOR)
    text = f"{rounded:,f}"
    whole, _, tail = text.partition(".")
    tail = tail.rstrip("0")
    return f"{whole}.{tail.ljust(2, '0')}"


def day(number: int) -> str:
    """12 March 2026, from days since 1970."""
    if number >= OPEN_DAY:
        return "the end"
    when = EPOCH + timedelta(days=int(number))
    return f"{when.day} {when:%B %Y}"


def either(names: Sequence[str], word: str = "and", most: int = 3) -> str:
    """a, b and c; the rest as a number."""
    shown = list(names[:most])
    if len(names) > most:
        return ", ".join(shown) + f" {word} {len(names) - most} more"
    return f" {word} ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def count(number: int, noun: str) -> str:
    """1 offer, 11 offers."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def place(market: Market, index: int) -> str:
    """in Leeds; nothing where a listing has no place."""
    if nowhere(market, index):
        return ""
    return f" in {market.places.name[index] or market.places.id[index]}"


def nowhere(market: Market, index: int) -> bool:
    """Whether a listing names no place."""
    return index < 0 or index >= len(market.places) or market.places.id[index] == NOWHERE


def category(market: Market, index: int) -> str:
    return str(market.categories.name[index] or market.categories.id[index])


def broadest(market: Market, accepted: Sequence[int]) -> list[int]:
    """The accepted categories that no other accepted one contains."""
    inside = set(accepted)
    return [c for c in accepted if int(market.categories.parent[c]) not in inside]


def lane(market: Market, index: int) -> str:
    """the van from Leeds to York"""
    lanes = market.lanes
    ends = [
        str(market.places.name[p] or market.places.id[p])
        for p in (int(lanes.from_place[index]), int(lanes.to_place[index]))
    ]
    mode = str(lanes.mode[index]) or "lane"
    return f"the {mode} from {ends[0]} to {ends[1]}"


def share(billionths: int) -> str:
    """60 %, of a project's size."""
    return f"{Decimal(int(billionths)).scaleb(-7).quantize(Decimal('0.1')).normalize():f} %"


def rule(market: Market, index: int) -> str:
    """the rule 'small-first' (at most 100 t)"""
    found = market.rules[index]
    bound = "at most" if found.sense == "<=" else "at least"
    if found.share_of_total:
        return (
            f"the rule {found.id!r} ({bound} {exact(found.limit * 100)} % of all {MEASURES[found.measure]})"
        )
    return f"the rule {found.id!r} ({bound} {exact(found.limit):,f} {MEASURES[found.measure]})"


def project(market: Market, index: int) -> str:
    return str(market.projects.name[index] or market.projects.id[index])


def person(market: Market, index: int) -> str:
    return str(market.participants.name[index] or market.participants.id[index])
