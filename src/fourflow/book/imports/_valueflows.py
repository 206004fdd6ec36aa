"""Valueflows JSON-LD -> a book: what an agent would provide is an offer, what it would receive a need.

    Agent, Person, Organization     participants            SpatialThing      places
    ResourceSpecification           categories              Proposal          what is asked in return

A flow of work is talent in its effort quantity, `cite` (use without using up) is technology, what is moved
or handed over is goods. Source: the Valueflows vocabulary 1.0 (valueflo.ws: Intent, Proposal, Agent,
Spatial Thing), units by the Ontology of units of Measure 2.
"""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from fourflow.book._raw_json import read_json
from fourflow.book.imports._made import Ids, Made, cell, number, some
from fourflow.book.imports._vf_graph import Node, plain, read_graph
from fourflow.book.imports._vf_words import (
    currency_of,
    day,
    kind_of,
    measure,
    node_of,
    resource_of,
    unit_of,
)

_AGENTS = ("Agent", "Person", "Organization", "EcologicalAgent")
_LEFT_OUT = {
    "direction": ("name a provider and a receiver, or neither", "leave out the side that is still open"),
    "resource": ("do not say of what", "add resourceConformsTo"),
    "kind": ("use or change equipment, or hand over money", "offer the hours of a machine as work"),
    "quantity": ("have no quantity", "add a resourceQuantity or availableQuantity (work: effortQuantity)"),
    "unit": ("are counted in a unit that is not known", "use kilogram, litre, one or hour"),
    "barter": ("ask in return for something else than one amount of money", "say its worth in money"),
    "bundle": ("are several under one price, which a book cannot divide", "publish each with its own price"),
}
_LONGEST_KM = "500"


@dataclass(frozen=True)
class _Terms:
    """How an intent was published: with how many others, and what is asked in return for all of them."""

    proposal: Node = field(default_factory=lambda: Node(""))
    in_return: tuple[Node, ...] = ()
    num_together: int = 1


@dataclass
class _Reading:
    """The nodes, what was made of them so far, and what was left out for which reason."""

    nodes: dict[str, Node]
    made: Made
    participants: Ids = field(default_factory=Ids)
    places: Ids = field(default_factory=Ids)
    categories: Ids = field(default_factory=Ids)
    listings: Ids = field(default_factory=Ids)
    currencies: Counter[str] = field(default_factory=Counter)
    days: list[str] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    nowhere: list[str] = field(default_factory=list)


def read_valueflows(path: Path, made: Made) -> None:
    """The network in the JSON-LD file at `path`."""
    document, faults = read_json(path)
    made.findings += faults
    if faults:
        return
    try:
        reading = _Reading(read_graph(document), made)
    except ValueError as error:
        made.refuse("valueflows.size", str(error), "take a part of the network")
        return
    terms = _terms(reading.nodes)
    asked = {node.id for term in terms.values() for node in term.in_return}
    intents = [node for node in reading.nodes.values() if "Intent" in node.types]
    wanted = [node for node in intents if node.id not in asked and node.one("finished") != "true"]
    for intent in wanted:
        _listing(intent, terms.get(intent.id, _Terms()), reading)
    for reason, names in reading.left_out.items():
        rule, maybe = _LEFT_OUT[reason]
        made.warn(f"valueflows.{reason}", f"{some(names)}: {rule}, so left out", maybe)
    if not made.rows:
        rule = "holds no open Intent that a book can say, so there is nothing to offer or to need"
        made.refuse("valueflows.none", rule, "it describes what happened, not what is wanted")
        return
    _finish(reading)


def _terms(nodes: dict[str, Node]) -> dict[str, _Terms]:
    """Intent -> how it was published; ProposedIntent is how versions before 1.0 said it."""
    published: dict[str, list[str]] = defaultdict(list)
    in_return: dict[str, list[str]] = defaultdict(list)
    for node in nodes.values():
        if "Proposal" in node.types:
            published[node.id] += node.all("publishes")
            in_return[node.id] += node.all("reciprocal")
        elif "ProposedIntent" in node.types:
            side = in_return if node.one("reciprocal") == "true" else published
            side[node.one("publishedIn")].append(node.one("publishes"))
    terms: dict[str, _Terms] = {}
    for key, intents in published.items():
        asked = tuple(node_of(intent, nodes) for intent in dict.fromkeys(in_return[key]))
        for intent in intents:
            terms.setdefault(intent, _Terms(node_of(key, nodes), asked, len(set(intents))))
    return terms


def _listing(intent: Node, terms: _Terms, reading: _Reading) -> None:
    """One offer or need, or the reason why not."""
    provider, receiver = intent.one("provider"), intent.one("receiver")
    kind = kind_of(intent)
    quantity, unit, lacking = _quantity(intent, kind, terms, reading)
    price, currency, odd = _price(intent, kind, terms, reading)
    reason = "direction" if bool(provider) == bool(receiver) else ""
    reason = reason or ("" if resource_of(intent) else "resource") or ("" if kind else "kind")
    reason = reason or ("kind" if currency_of(intent, unit, reading.nodes) else "") or lacking or odd
    if reason:
        reading.left_out[reason].append(intent.one("name") or intent.id)
        return
    first, last = _window(intent, terms)
    created = day(intent.one("created") or terms.proposal.one("created"))
    reading.days += [moment for moment in (first, created) if moment]
    least = measure(intent, "minimumQuantity", reading.nodes)[0]
    where = intent.one("atLocation", "toLocation")
    reading.made.add(
        "offers" if provider else "needs", id=reading.listings[intent.id],
        participant=_participant(provider or receiver, reading),
        category=_category(intent, kind, unit, reading),
        quantity=None if quantity is None else cell(quantity), unit=unit, currency=currency,
        limit_price=cell(price, up=bool(provider)), place=_place(where, terms, reading), from_=first,
        until=last, listed_at=created, min_quantity=cell(least) if least else None,
    )  # fmt: skip


def _quantity(intent: Node, kind: str, terms: _Terms, reading: _Reading) -> tuple[Decimal | None, str, str]:
    """(quantity, unit, reason why there is none); a design offered without a number is unlimited."""
    names = ["effortQuantity", "availableQuantity", "resourceQuantity"]
    if kind != "talent":
        names = ["availableQuantity", "resourceQuantity"]
    if terms.proposal.one("unitBased") == "true":
        names.remove("resourceQuantity")
    for name in names:
        value, text = measure(intent, name, reading.nodes)
        if value is not None:
            unit = unit_of(text)
            return value, unit, "" if unit else "unit"
    return None, "licence", "" if kind == "technology" and intent.one("provider") else "quantity"


def _price(intent: Node, kind: str, terms: _Terms, reading: _Reading) -> tuple[Decimal, str, str]:
    """(money per unit, its currency, reason why it cannot be said); nothing asked in return is a gift."""
    if not terms.in_return:
        return Decimal(0), "", ""
    if terms.num_together > 1:
        return Decimal(0), "", "bundle"
    amount, unit = measure(terms.in_return[0], "resourceQuantity", reading.nodes)
    currency = currency_of(terms.in_return[0], unit, reading.nodes)
    if len(terms.in_return) > 1 or not currency or amount is None:
        return Decimal(0), "", "barter"
    names = ["effortQuantity" if kind == "talent" else "resourceQuantity"]
    if terms.proposal.one("unitBased") != "true":
        names.append("availableQuantity")
    told = [measure(intent, name, reading.nodes)[0] for name in names]
    per = next((quantity for quantity in told if quantity is not None), Decimal(1))
    if per <= 0:
        return Decimal(0), "", "quantity"
    reading.currencies[currency] += 1
    return amount / per, currency, ""


def _window(intent: Node, terms: _Terms) -> tuple[str | None, str | None]:
    """First and last day; a point in time is both, and what the intent leaves open its proposal says."""
    point = day(intent.one("hasPointInTime"))
    first = day(intent.one("hasBeginning") or terms.proposal.one("hasBeginning"))
    last = day(intent.one("due", "hasEnd") or terms.proposal.one("hasEnd"))
    return point or first, point or last


def _participant(key: str, reading: _Reading) -> str:
    if key not in reading.participants:
        agent = node_of(key, reading.nodes)
        role = next((name for name in _AGENTS[1:] if name in agent.types), None)
        made = {"id": reading.participants[key], "name": agent.one("name", "label") or plain(key) or key}
        place = _place(agent.one("primaryLocation"), _Terms(), reading)
        reading.made.add("participants", **made, role=role, place=place)
    return reading.participants[key]


def _category(intent: Node, kind: str, unit: str, reading: _Reading) -> str:
    """The category of a resource; what is offered as goods and as work is two."""
    key = resource_of(intent)
    known = f"{kind} {key}"
    if known not in reading.categories:
        name = node_of(key, reading.nodes).one("name", "label") or plain(key) or key
        counted = kind == "goods" and unit not in ("kg", "g", "t", "lb", "oz", "mg")
        if counted:
            told = f"One {unit} of {name} weighs 1 kg; Valueflows does not say."
            reading.made.assumptions.append(told)
        identity = reading.categories.name(known, key)
        reading.made.add("categories", id=identity, name=name, kind=kind, unit=unit,
                         tonnes_per_unit="0.001" if counted else None)  # fmt: skip
    return reading.categories[known]


def _place(key: str, terms: _Terms, reading: _Reading) -> str | None:
    """The place of a listing or an agent; None where none with coordinates is named."""
    key = key or terms.proposal.one("eligibleLocation")
    if not key:
        return None
    if key not in reading.places:
        thing = node_of(key, reading.nodes)
        north, east = number(thing.one("lat", "latitude")), number(thing.one("long", "longitude"))
        if north is None or east is None:
            reading.nowhere.append(thing.one("name", "label") or key)
            return None
        name = thing.one("name", "label", "mappableAddress") or plain(key)
        reading.made.add("places", id=reading.places[key], name=name, region=name, latitude=cell(north),
                         longitude=cell(east))  # fmt: skip
    return reading.places[key]


def _finish(reading: _Reading) -> None:
    """Settings, the money of gifts, and lanes."""
    made, priced = reading.made, bool(reading.currencies)
    currency = reading.currencies.most_common(1)[0][0] if priced else "EUR"
    for noun in ("offers", "needs"):
        for row in made.rows.get(noun, []):
            row["currency"] = row["currency"] or currency
            if noun == "needs" and not priced:
                row["limit_price"] = "1"
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    made.settings |= {
        "name": made.file.rsplit(".", 1)[0],
        "currency": currency,
        "as_of": max(reading.days, default=today),
        "settlement": "priced" if priced else "donated",
        "sources": f"Valueflows document {made.file}",
    }
    if not priced:
        made.assumptions.append("Nobody asks for money: a unit of any need is worth 1, and all is given.")
    if reading.nowhere:
        rule = f"{some(list(dict.fromkeys(reading.nowhere)))}: no lat and long, so no place"
        made.warn("valueflows.place", rule, "add a SpatialThing with lat and long, or add it to places.csv")
    if made.rows.get("places"):
        made.add("modes", id="road", cost_per_t_km="0", currency=currency, co2_kg_per_t_km="0",
                 max_km=_LONGEST_KM)  # fmt: skip
        rule = f"says nothing of haulage, so goods travel up to {_LONGEST_KM} km at no cost"
        made.warn("valueflows.haulage", rule, "write cost_per_t_km and co2_kg_per_t_km into modes.csv")
