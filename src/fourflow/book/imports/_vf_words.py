"""What a Valueflows document writes in other words than a book: actions, units, money, days."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from decimal import Decimal

from fourflow.book.imports._made import number
from fourflow.book.imports._vf_graph import Node, plain
from fourflow.units import CURRENCIES, find_unit

_WORK = ("work", "deliverservice")
_NEITHER = ("use", "accept", "modify", "combine", "separate", "lower", "raise")
_UNITS = {"one": "item", "number": "item", "pound-avoirdupois": "lb", "poundmass": "lb", "litre": "l",
          "squaremetre": "m2", "cubicmetre": "m3", "kilowatthour": "kWh"}  # fmt: skip
# Names in the Ontology of units of Measure, and items of Wikidata, which the specification's examples use.
_MONEY = {"euro": "EUR", "poundsterling": "GBP", "unitedstatesdollar": "USD", "us dollar": "USD",
          "q4916": "EUR", "q4917": "USD", "q25224": "GBP"}  # fmt: skip
_RESOURCE = ("resourceConformsTo", "resourceSpecifiedAs", "resourceClassifiedAs", "resourceInventoriedAs")
Nodes = Mapping[str, Node]


def node_of(key: str, nodes: Nodes) -> Node:
    """The node, or one that says nothing but its id."""
    return nodes.get(key) or Node(key)


def kind_of(intent: Node) -> str:
    """The kind of what flows; "" for what is neither handed over, done nor shared."""
    action = plain(intent.one("action")).lower().replace("-", "")
    if action in _WORK:
        return "talent"
    if action == "cite":
        return "technology"
    return "" if action in _NEITHER else "goods"


def resource_of(intent: Node) -> str:
    """What it is about: the specification, else the class."""
    return intent.one(*_RESOURCE)


def measure(intent: Node, name: str, nodes: Nodes) -> tuple[Decimal | None, str]:
    """(number, unit as written) of a property that is a Measure; (None, "") where it is not given."""
    key = intent.one(name)
    if not key:
        return None, ""
    node = node_of(key, nodes)
    unit = node_of(node.one("hasUnit", "unit"), nodes)
    name_of_unit = unit.one("symbol", "hasSymbol", "label", "name") or plain(unit.id)
    return number(node.one("hasNumericalValue", "numericValue")), name_of_unit


def unit_of(text: str) -> str:
    """The symbol of a unit of a book, "" if it is none."""
    found = find_unit(_UNITS.get(text.lower(), text)) or find_unit(text.lower().split("-")[0])
    return found.symbol if found else ""


def currency_of(intent: Node, unit: str, nodes: Nodes) -> str:
    """The ISO 4217 code of the money that flows, "" if none does."""
    resource = node_of(resource_of(intent), nodes)
    for text in (unit, resource.one("name"), plain(resource.id)):
        word = text.strip()
        code = word.upper() if word.upper() in CURRENCIES else _MONEY.get(word.lower(), "")
        if code:
            return code
    return ""


def day(text: str) -> str | None:
    """The day that a moment falls on; None if it is none."""
    try:
        return datetime.date.fromisoformat(text[:10]).isoformat() if re.match(r"\d{4}-", text) else None
    except ValueError:
        return None
