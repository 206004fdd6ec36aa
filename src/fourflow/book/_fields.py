"""The one field table: every noun and field of a book as data.

Validation, the canonical form, writers, templates and docs/book.md are driven by it; nothing else
lists fields. A `Field` says what a cell may hold; what ties several cells together is in `_rules`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from fourflow.book._market import KINDS

Type = Literal[
    "id", "ref", "refs", "text", "texts", "decimal", "integer", "bool", "date", "datetime", "enum", "enums",
    "unit", "unit_or_currency", "currency",
]  # fmt: skip
Sign = Literal["any", "not_negative", "positive"]
Measure = Literal["", "quantity", "price", "money"]

MAX_NUMBER = 10**9
MAX_TEXT = 10_000
ID_PATTERN = r"^[A-Za-z0-9._:/-]{1,128}$"


@dataclass(frozen=True)
class Field:
    """One column of one noun.

    required : "yes", "no", or the condition in words (checked in `_rules`). nouns : what a ref may
    point at. measure : how the header may carry a unit: a quantity in the row's `unit`, a price in
    `currency` per `unit`, or money in `currency`. unit : the fixed unit of any other number.
    """

    noun: str
    name: str
    type: Type
    about: str
    required: str = "no"
    default: str = ""
    nouns: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    sign: Sign = "any"
    measure: Measure = ""
    unit: str = ""
    minimum: int = -MAX_NUMBER
    maximum: int = MAX_NUMBER

    @property
    def zero_warns(self) -> bool:
        """Whether a zero is worth a warning: allowed, but nothing can come of it."""
        return self.name in ("quantity", "capacity_t", "value")

    @property
    def is_list(self) -> bool:
        """Whether a cell holds several values separated by `;`."""
        return self.type in ("refs", "texts", "enums")


def _id(about: str) -> Field:
    return Field("", "id", "id", about, required="yes")


def _text(name: str, about: str, required: str = "no") -> Field:
    return Field("", name, "text", about, required)


def _ref(name: str, noun: str, about: str, required: str = "no") -> Field:
    return Field("", name, "ref", about, required, nouns=(noun,))


def _refs(name: str, noun: str, about: str, required: str = "no") -> Field:
    return Field("", name, "refs", about, required, nouns=(noun,))


def _enum(name: str, choices: tuple[str, ...], about: str, required: str = "no", default: str = "") -> Field:
    return Field("", name, "enum", about, required, default, choices=choices)


def _date(name: str, about: str) -> Field:
    return Field("", name, "date", about)


def _bool(name: str, about: str) -> Field:
    return Field("", name, "bool", about)


def _quantity(name: str, about: str, required: str = "no", sign: Sign = "not_negative") -> Field:
    return Field("", name, "decimal", about, required, sign=sign, measure="quantity")


def _price(name: str, about: str, required: str = "no", sign: Sign = "any") -> Field:
    return Field("", name, "decimal", about, required, sign=sign, measure="price")


def _money(name: str, about: str, required: str = "no", sign: Sign = "not_negative") -> Field:
    return Field("", name, "decimal", about, required, sign=sign, measure="money")


def _number(name: str, unit: str, about: str, required: str = "no", sign: Sign = "not_negative") -> Field:
    return Field("", name, "decimal", about, required, sign=sign, unit=unit)


def _integer(name: str, unit: str, about: str, required: str = "no", maximum: int = 10**6) -> Field:
    return Field("", name, "integer", about, required, sign="not_negative", unit=unit, maximum=maximum)


_CURRENCY = Field("", "currency", "currency", "ISO 4217 code of the money in this row", "yes")
_UNIT = Field("", "unit", "unit", "unit of the quantities in this row; prices are per this unit", "yes")
_LISTED_AT = Field("", "listed_at", "datetime", "when it was published, UTC; empty = the book's as_of")
_PLACE = _ref("place", "places", "where it is; empty = the participant's place")
_FROM = _date("from", "first day it holds, UTC; empty = the book's as_of")
_UNTIL = _date("until", "last day it holds, inclusive; empty = open")


def _side(side: str) -> tuple[Field, ...]:
    """The filters of a rule on one side, `offer` or `need`."""
    who = "gives" if side == "offer" else "takes"
    return (
        _refs(f"{side}_participant", "participants", f"filter: the participant who {who}"),
        Field("", f"{side}_role", "texts", f"filter: the role of the participant who {who}"),
        Field("", f"{side}_region", "texts", f"filter: the region of the place of the {side}"),
        _refs(f"{side}_place", "places", f"filter: the place of the {side}"),
    )


_TABLE: dict[str, tuple[Field, ...]] = {
    "book": (
        _text("name", "what the book is called", "yes"),
        Field("", "currency", "currency", "book money (or votes, points): prices are converted to it", "yes"),
        Field("", "as_of", "date", "the day the book speaks of", "yes"),
        _enum("settlement", ("priced", "donated"), "whether awards are paid for, or gifts", "yes"),
        _enum("bids", ("sealed", "public"), "public: all bids are published", "no", "sealed"),
        replace(
            _integer("time_step_days", "days", "length of a period; empty = one clearing is one period"),
            sign="positive",
        ),
        _text("sources", "where the data come from, one line each; printed in the report"),
        _text("assumptions", "what was assumed, one line each; printed in the report"),
    ),
    "fx": (
        Field("", "currency", "currency", "the foreign currency", "yes"),
        _number("rate", "book money per unit", "book money for one unit of it", "yes", "positive"),
        _text("source", "where the rate comes from"),
        _date("date", "the day of the rate"),
    ),
    "participants": (
        _id("the participant"),
        _text("name", "what it is called", "yes"),
        _text("role", "what it is: farm, food bank, carrier, fund ..."),
        _text("region", "where it counts; empty = its place's region"),
        _ref("place", "places", "where its listings are unless they say otherwise"),
        _date("joined", "since when it takes part; within a year of as_of it is a newcomer"),
    ),
    "places": (
        _id("the place"),
        _text("name", "what it is called"),
        _text("region", "the region it belongs to", "yes"),
        replace(
            _number("latitude", "degrees", "WGS84, north positive", "if the book has modes", "any"),
            minimum=-90,
            maximum=90,
        ),
        replace(
            _number("longitude", "degrees", "WGS84, east positive", "if the book has modes", "any"),
            minimum=-180,
            maximum=180,
        ),
    ),
    "lanes": (
        Field("", "id", "id", "the lane; empty = made from its places and mode"),
        _ref("from_place", "places", "where it starts; lanes are one way", "yes"),
        _ref("to_place", "places", "where it ends", "yes"),
        _text("mode", "van, lorry, rail ...", "yes"),
        _number("distance_km", "km", "its length"),
        _money("cost_per_t", "money per tonne carried", "yes"),
        _CURRENCY,
        _number("capacity_t", "t", "the most it carries per clearing; empty = unlimited"),
        _number("co2_kg_per_t", "kg/t", "kg CO2e per tonne carried", "yes"),
        _integer("days", "days", "how long it takes", maximum=3660),
        _ref("carrier", "participants", "who runs it and is paid; empty = the operator"),
        _refs("carries", "categories", "what it carries, with descendants; empty = everything"),
    ),
    "modes": (
        _id("the mode"),
        _money("cost_per_t_km", "money per tonne and kilometre", "yes"),
        _CURRENCY,
        _number("co2_kg_per_t_km", "kg/t/km", "kg CO2e per tonne and kilometre", "yes"),
        _number("km_per_day", "km", "how far it goes in a day; empty = same day", "no", "positive"),
        replace(
            _number("detour", "", "road kilometres per kilometre as the crow flies", "no", "positive"),
            default="1.3",
        ),
        _number("max_km", "km", "the longest lane it makes, detour included", "yes", "positive"),
        _number("capacity_t", "t", "the most each of its lanes carries per clearing; empty = unlimited"),
        _number("trip_t", "t", "what one trip carries; with cost_per_trip", "no", "positive"),
        _money("cost_per_trip", "money for each whole trip, beside cost_per_t_km"),
    ),
    "categories": (
        _id("the category"),
        _ref("parent", "categories", "the category above; a need accepts descendants"),
        _text("name", "what it is called", "yes"),
        _enum("kind", KINDS, "goods, capital, talent or technology; as the parent's", "yes"),
        Field("", "unit", "unit_or_currency", "what it is counted in; of the parent's dimension", "yes"),
        _number("tonnes_per_unit", "t", "weight of one unit, for haulage", "for goods not counted in a mass"),
        replace(_quantity("lot", "awards are multiples of it", "no", "positive"), measure="", unit="unit"),
        _bool("whole", "whole units only; empty = true for talent and technology"),
    ),
    "offers": (
        _id("the offer"),
        _ref("participant", "participants", "who offers", "yes"),
        _ref("category", "categories", "what is offered", "yes"),
        _quantity("quantity", "how much; empty = unlimited licences", "except for technology"),
        replace(_UNIT, type="unit_or_currency"),
        _price("limit_price", "the least it accepts per unit; 0 = a gift, negative = pays to lose it", "yes"),
        _CURRENCY,
        _PLACE,
        _FROM,
        _UNTIL,
        _LISTED_AT,
        _money("fixed_cost", "paid once if any unit is taken"),
        _quantity("min_quantity", "nothing is taken, or at least this"),
        _bool("whole", "given to one need only; empty = true for talent"),
        _date("use_by", "goods: the last day of use"),
        _enum("form", ("loan", "grant"), "capital: owed back or not", "for capital"),
        _integer("term_months", "months", "capital: the longest it is lent; empty = any term", maximum=1200),
        _bool("remote", "talent: can work from anywhere; empty = false"),
        _money("move_cost", "talent: what working at another place costs, once; empty = stays at its place"),
    ),
    "needs": (
        _id("the need"),
        _ref("participant", "participants", "who needs", "yes"),
        _refs("category", "categories", "what would do, `;` lists several", "yes"),
        _quantity("quantity", "how much; negative = an output, in a project only", "yes", "any"),
        replace(_UNIT, type="unit_or_currency"),
        _price("limit_price", "the most money it pays per unit", "unless in a project"),
        _price("value", "what a unit is worth; empty = limit_price", "no", "not_negative"),
        _ref("sponsor", "participants", "who pays what lies between, from a budget rule"),
        replace(_CURRENCY, required="with limit_price or value"),
        _PLACE,
        _FROM,
        _UNTIL,
        _LISTED_AT,
        _quantity("min_quantity", "nothing is awarded, or at least this"),
        _ref("project", "projects", "the project of which this is a line"),
        _integer("term_months", "months", "capital: how long it is borrowed; empty = a grant", maximum=1200),
    ),
    "projects": (
        _id("the project"),
        _refs("participants", "participants", "whose it is, one or more", "yes"),
        _text("name", "what it is called", "yes"),
        _text("purpose", "what it is for"),
        _money("value", "what it is worth at full size", "yes"),
        _money("limit_price", "the most money it pays in all; empty = value", "no", "any"),
        _money("own_money", "money it brings"),
        _ref("sponsor", "participants", "who pays what lies between, from a budget rule"),
        _CURRENCY,
        _enum("mode", ("proportional", "all_or_nothing"), "whether it may be done in part", "yes"),
        _PLACE,
        _FROM,
        _UNTIL,
        _LISTED_AT,
    ),
    "attributes": (
        Field(
            "", "owner", "ref", "the listing, participant or place that has it", "yes",
            nouns=("offers", "needs", "participants", "places"),
        ),
        _text("name", "what is said: halal, cold_chain, trl ...", "yes"),
        _text("value", "what holds; several rows with one name make a set", "yes"),
        Field("", "unit", "unit_or_currency", "unit of a numeric value"),
    ),
    "requirements": (
        Field("", "listing", "ref", "the offer or need that asks", "yes", nouns=("offers", "needs")),
        _text("attribute", "the attribute asked of the other side", "yes"),
        _enum("comparison", ("=", "!=", "<", "<=", ">", ">=", "in", "has_all", "has_any"), "how", "yes"),
        _text("value", "the value asked, `;` lists several for in, has_all and has_any", "yes"),
        Field("", "unit", "unit_or_currency", "unit of a numeric value"),
    ),
    "rules": (
        _id("the rule"),
        _text("name", "what it is called", "yes"),
        _enum("measure", ("units", "tonnes", "bid_value", "co2_kg", "awards"), "what is limited", "yes"),
        _enum("sense", ("<=", ">="), "at most or at least", "yes"),
        Field("", "limit", "decimal", "the limit", "yes", sign="not_negative", maximum=10**12),
        Field("", "unit", "unit_or_currency", "unit of the limit: of units a unit, of bid_value a currency"),
        _bool("share_of_total", "the limit is a share (0 to 1) of the total; empty = false"),
        *_side("offer"),
        *_side("need"),
        _refs("category", "categories", "filter: the category offered, with descendants"),
        Field("", "kind", "enums", "filter: the kind", choices=KINDS),
        _refs("lane", "lanes", "filter: the lane travelled"),
        Field("", "mode", "texts", "filter: the mode of the lane travelled"),
        _refs("project", "projects", "filter: the project"),
        _ref("owner", "participants", "who gets the rent; empty = whose limit it is, else the operator"),
        _ref("sponsor", "participants", "a budget: whose money it is; else who pays if it forces awards"),
    ),
}  # fmt: skip

FIELDS: dict[str, tuple[Field, ...]] = {
    noun: tuple(replace(field, noun=noun) for field in fields) for noun, fields in _TABLE.items()
}
"""The fields of every noun, in the order in which they are written; `book` is book.toml."""

NOUNS: tuple[str, ...] = tuple(noun for noun in FIELDS if noun != "book")
RULE_FILTERS: tuple[str, ...] = tuple(
    field.name
    for field in FIELDS["rules"]
    if field.about.startswith("filter:")
)  # fmt: skip


def field(noun: str, name: str) -> Field:
    """The field `name` of `noun`; both must exist."""
    return next(entry for entry in FIELDS[noun] if entry.name == name)


def names(noun: str) -> tuple[str, ...]:
    """The field names of `noun` in order."""
    return tuple(entry.name for entry in FIELDS[noun])
