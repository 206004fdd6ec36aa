"""One change that reasons tell, written into the rows of a book as a person would write it."""

from __future__ import annotations

import copy
from decimal import Decimal

from fourflow.reasons import Change
from random_books import Draft, Row

WORDS = {"has_all": "has all", "has_any": "has any"}
FLOORS = {">": ">=", ">=": ">=", "<": "<=", "<=": "<="}
NOUNS = {"need": "needs", "offer": "offers", "project": "projects"}


def priced(draft: Draft, listing: str, side: str, price: Decimal) -> Draft:
    """The draft with another limit price; another value where a sponsor pays, or of a project."""
    other = copy.deepcopy(draft)
    row = row_of(other, NOUNS[side], listing)
    if side == "project":
        row["value"] = price
        if not row.get("sponsor"):
            row["limit_price"] = price
    elif side == "need" and row.get("sponsor"):
        row["value"] = price
    else:
        row["limit_price"] = price
        row.pop("value", None)
    return other


def changed(draft: Draft, listing: str, side: str, change: Change) -> Draft | None:
    """The draft with one change, None where no cell says it."""
    other = copy.deepcopy(draft)
    name, _, column = change.about.partition(" ")
    if change.lever == "capacity":
        return _with(other, row_of(other, "lanes", change.about), "capacity_t", change)
    if change.lever == "rule":
        return _with(other, row_of(other, "rules", change.about), "limit", change)
    if change.lever == "money":
        return _with(other, row_of(other, "projects", name), "own_money", change)
    mine = {listing} | {row["id"] for row in draft.tables["needs"] if row.get("project") == listing}
    if name in mine and column == "remote":
        row_of(other, "offers", name)["remote"] = True
        return other
    if name in mine and column in ("", "min_quantity", "until", "from", "term_months"):
        row = row_of(other, "needs", name) or row_of(other, "offers", name)
        return _with(other, row, column or "quantity", change)
    if change.lever == "requirement":
        return _relaxed(other, mine, change) or _met(other, mine, change)
    return None


def _with(draft: Draft, row: Row, cell: str, change: Change) -> Draft | None:
    """An output of nothing and a line of nothing are left out."""
    if not row:
        return None
    row[cell] = change.to
    if cell == "quantity" and Decimal(str(change.to)) == 0:
        draft.tables["needs"] = [kept for kept in draft.tables["needs"] if kept["id"] != row["id"]]
    return draft


def _relaxed(draft: Draft, mine: set[str], change: Change) -> Draft | None:
    """A requirement of its own, dropped or at another level."""
    asks = draft.tables["requirements"]
    for ask in asks:
        if ask["listing"] in mine and says(ask) == change.about:
            if change.to == "changed":
                asks.remove(ask)
            else:
                ask["comparison"], ask["value"] = FLOORS[ask["comparison"]], change.to
            return draft
    return None


def _met(draft: Draft, mine: set[str], change: Change) -> Draft | None:
    """What others ask for, added to what it has itself or by its participant or place."""
    ask = next((ask for ask in draft.tables["requirements"] if says(ask) == change.about), None)
    name = next(iter(sorted(mine))) if len(mine) == 1 else None
    if ask is None or name is None:
        return None
    row = row_of(draft, "needs", name) or row_of(draft, "offers", name)
    person = row_of(draft, "participants", row["participant"])
    place = row.get("place") or person.get("place", "")
    asked = str(ask["value"]).split(";")
    values = asked if ask["comparison"] == "has_all" else asked[:1]
    if ask["comparison"] in ("<", ">"):
        values = [str(Decimal(values[0]) + (1 if ask["comparison"] == ">" else -1) * Decimal("0.000001"))]
    held = next((rows for owner in (name, row["participant"], place)
                 if (rows := _held(draft, owner, ask["attribute"]))), [])  # fmt: skip
    attribute = {"name": ask["attribute"], "unit": ask.get("unit"), "owner": name}
    if not any(own["owner"] == name for own in held):
        draft.tables["attributes"] += [{**attribute, "value": own["value"]} for own in held]
    draft.tables["attributes"] += [{**attribute, "value": value} for value in values]
    return draft


def _held(draft: Draft, owner: str, attribute: str) -> list[Row]:
    return [row for row in draft.tables["attributes"] if row["owner"] == owner and row["name"] == attribute]


def says(ask: Row) -> str:
    """A requirement in the words that a change uses."""
    values = (
        str(ask["value"]).split(";") if ask["comparison"] in ("in", "has_all", "has_any") else [ask["value"]]
    )
    more = ", ..." if len(values) > 3 else ""
    unit = f" {ask['unit']}" if ask.get("unit") else ""
    comparison = WORDS.get(ask["comparison"], ask["comparison"])
    return f"{ask['attribute']} {comparison} {', '.join(map(str, values[:3]))}{more}{unit}"


def row_of(draft: Draft, noun: str, name: str) -> Row:
    """The row of an id; empty where there is none."""
    return next((row for row in draft.tables[noun] if row.get("id") == name), {})
