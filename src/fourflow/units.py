"""Units and currencies: exact rational conversion, and a suggestion for what is not known.

A unit has a dimension and an exact factor to the dimension's base (1 lb = 0.45359237 kg by the
international yard and pound agreement of 1959; imperial gallon of 1985). Units that only count
(box, pallet, licence) are dimensions of their own: no box is so many kilograms. Names that mean
different things in different places (ton, gallon, ML) are not units; the suggestion says which are.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction

__all__ = [
    "CURRENCIES",
    "TALLIES",
    "UNITS",
    "Unit",
    "conversion",
    "find_unit",
    "suggest_currency",
    "suggest_unit",
]


@dataclass(frozen=True)
class Unit:
    """`symbol` is how the book writes it; one unit is `factor` base units of its `dimension`."""

    symbol: str
    dimension: str
    factor: Fraction
    aliases: tuple[str, ...] = ()


def _units(dimension: str, rows: str) -> list[Unit]:
    """Units of one dimension from lines of `symbol factor alias,alias`."""
    made = []
    for line in rows.strip().splitlines():
        symbol, factor, *aliases = line.split(maxsplit=2)
        names = tuple(name.strip() for name in aliases[0].split(",")) if aliases else ()
        made.append(Unit(symbol, dimension, Fraction(factor), names))
    return made


# Own dimensions: so many boxes are no number of kilograms, nor of pallets.
_COUNTS_ONLY = """
    box boxes | pallet pallets | crate crates | bag bags | sack sacks | tray trays | can cans, tin, tins
    bottle bottles | jar jars | pack packs, packet, packets | parcel parcels | carton cartons | case cases
    roll rolls | pair pairs | set sets | kit kits | bed beds | meal meals | dose doses | portion portions
    person persons, people | seat seats | place_of_work | vehicle vehicles | container containers
    trip trips | licence license, licences, licenses | share shares | credit credits
    person_month person-month, person-months, person_months | person_week person-week, person-weeks
    person_day person-day, person-days, person_days | person_hour person-hour, person-hours
    course courses | session sessions | book books | animal animals | tree trees
"""

UNITS: tuple[Unit, ...] = (
    *_units(
        "mass",
        """
        kg 1 kilogram, kilograms, kilogramme, kilogrammes, kilo, kilos, kgs
        g 0.001 gram, grams, gramme, grammes
        mg 0.000001 milligram, milligrams
        t 1000 tonne, tonnes, metric ton, metric tons, metric tonne, metric tonnes, mt
        kt 1000000 kilotonne, kilotonnes
        lb 0.45359237 lbs, pound, pounds
        oz 0.028349523125 ounce, ounces
        stone 6.35029318 stones
        short_ton 907.18474 short ton, short tons, us ton, us tons
        long_ton 1016.0469088 long ton, long tons, imperial ton
        """,
    ),
    *_units(
        "volume",
        """
        l 1 litre, litres, liter, liters, ltr
        ml 0.001 millilitre, millilitres, milliliter, milliliters
        cl 0.01 centilitre, centilitres, centiliter
        hl 100 hectolitre, hectolitres, hectoliter
        m3 1000 m³, cubic metre, cubic metres, cubic meter, cubic meters, cbm
        uk_gallon 4.54609 imperial gallon, imperial gallons, uk gallons
        us_gallon 3.785411784 us gallon, us gallons
        uk_pint 0.56826125 imperial pint, imperial pints, uk pints
        us_bushel 35.23907016688 us bushel, us bushels
        """,
    ),
    *_units(
        "count",
        "item 1 items, unit, units, piece, pieces, pc, pcs, each, ea, count, no\ndozen 12 dozens",
    ),
    *_units(
        "length",
        "m 1 metre, metres, meter, meters\nkm 1000 kilometre, kilometres\nmm 0.001\ncm 0.01\n"
        "mile 1609.344 miles, mi\nft 0.3048 foot, feet\nyd 0.9144 yard, yards",
    ),
    *_units(
        "area",
        "m2 1 m², square metre, square metres, sqm\nha 10000 hectare, hectares\n"
        "km2 1000000 km²\nacre 4046.8564224 acres",
    ),
    *_units(
        "time",
        "s 1 second, seconds\nminute 60 minutes, min\nhour 3600 hours, h, hr, hrs\nday 86400 days\n"
        "week 604800 weeks",
    ),
    *_units("calendar", "month 1 months\nquarter 3 quarters\nyear 12 years, yr"),
    *_units(
        "energy",
        "kWh 3600000 kilowatt hour, kilowatt hours\nMWh 3600000000\nGWh 3600000000000\nWh 3600\n"
        "J 1 joule, joules\nkJ 1000\nMJ 1000000\nGJ 1000000000\nTJ 1000000000000",
    ),
    *_units("power", "kW 1000\nW 1 watt, watts\nMW 1000000\nGW 1000000000"),
    *_units("fraction", "% 1/100 percent, per cent"),
    *(
        _units(symbol, f"{symbol} 1 {aliases}")[0]
        for entry in _COUNTS_ONLY.replace("\n", "|").split("|")
        if entry.strip()
        for symbol, _, aliases in [entry.strip().partition(" ")]
    ),
)

# What people write and mean different things by, and case that changes the meaning.
_AMBIGUOUS = {
    "ton": "t (1000 kg), long_ton or short_ton",
    "tons": "t (1000 kg), long_ton or short_ton",
    "gal": "l, uk_gallon or us_gallon",
    "gallon": "l, uk_gallon or us_gallon",
    "gallons": "l, uk_gallon or us_gallon",
    "pint": "l or uk_pint",
    "bushel": "t, or us_bushel",
    "cwt": "kg: a hundredweight is 50.80 kg in Britain and 45.36 kg in America",
    "zentner": "kg: a Zentner is 50 kg in Germany and 100 kg in Austria",
    "Mg": "t for tonnes or mg for milligrams",
    "ML": "ml for millilitres or m3 for thousands of litres",
    "Ml": "ml for millilitres or m3 for thousands of litres",
    "mJ": "MJ",
    "mW": "MW",
    "mWh": "MWh",
    "T": "t",
    "G": "g",
    "S": "s",
    "M": "m",
}

_EXACT = {name: unit for unit in UNITS for name in (unit.symbol, *unit.aliases)}
_FOLDED = {name.casefold(): unit for name, unit in _EXACT.items()}


def find_unit(text: str) -> Unit | None:
    """The unit that `text` names (symbol or alias; case matters only where it changes the meaning)."""
    if text in _EXACT:
        return _EXACT[text]
    return None if text in _AMBIGUOUS else _FOLDED.get(text.casefold())


def suggest_unit(text: str) -> str:
    """What the writer of an unknown unit may have meant; empty if nothing is near."""
    meant = _AMBIGUOUS.get(text) or _AMBIGUOUS.get(text.casefold())
    if meant:
        return meant
    near = get_close_matches(text.casefold().strip(" ."), _FOLDED, n=1, cutoff=0.6)
    return _FOLDED[near[0]].symbol if near else ""


def conversion(source: Unit, target: Unit) -> Fraction:
    """How many `target` one `source` is, exactly. Both must be of one dimension."""
    assert source.dimension == target.dimension, (source, target)
    return source.factor / target.factor


_CODES = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD
    HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD
    LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK
    PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS
    TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XAG XAU XCD XCG XDR XOF XPF YER
    ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_CODES.split())
"""Active codes of ISO 4217 (list one, 2025), with gold, silver and special drawing rights."""
TALLIES = frozenset({"votes", "points"})
"""What a book may count value in instead of money, where values are no money: written like a currency."""

_CURRENCY_NAMES = {
    "£": "GBP",
    "€": "EUR",
    "$": "USD, or another dollar",
    "US$": "USD",
    "¥": "JPY or CNY",
    "₹": "INR",
    "₩": "KRW",
    "₺": "TRY",
    "₦": "NGN",
    "₽": "RUB",
    "FR": "CHF",
    "POUND": "GBP",
    "POUNDS": "GBP",
    "STERLING": "GBP",
    "EURO": "EUR",
    "EUROS": "EUR",
    "DOLLAR": "USD",
    "DOLLARS": "USD",
    "RMB": "CNY",
    "YUAN": "CNY",
    "YEN": "JPY",
    "STG": "GBP",
    "UKP": "GBP",
    "BGN": "EUR: the lev was replaced on 1 January 2026",
}

_MINOR = {
    "GBX": "GBP", "GBp": "GBP", "p": "GBP", "penny": "GBP", "pence": "GBP", "ZAc": "ZAR", "ILA": "ILS",
    "¢": "USD", "c": "USD", "USX": "USD", "cent": "EUR or USD", "cents": "EUR or USD",
}  # fmt: skip
"""Hundredths of a currency: taken for the currency itself, an amount would be a hundred times too large."""


def suggest_currency(text: str) -> str:
    """The ISO 4217 code that `text` may stand for; empty if nothing is near."""
    upper = text.strip().upper()
    if text.strip() in _MINOR:
        return f"{_MINOR[text.strip()]}, with the amounts divided by 100"
    if upper in CURRENCIES:
        return upper
    if upper in _CURRENCY_NAMES:
        return _CURRENCY_NAMES[upper]
    near = get_close_matches(upper, sorted(CURRENCIES), n=1, cutoff=0.6)
    return near[0] if near else ""


IRREGULAR = {"person": "people", "box": "boxes", "day": "days"}


def plural(unit: str) -> str:
    """The unit as it is said of several: people, licences, person-days; measures such as kg stay."""
    known = find_unit(unit)
    if unit in IRREGULAR:
        return IRREGULAR[unit]
    names = known.aliases if known and len(unit) > 3 else ()
    several = next((name for name in names if name.startswith(unit[:3]) and name.endswith("s")), unit)
    return several.replace("_", "-")
