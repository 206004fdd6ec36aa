"""The rules of the book: what each asks for, whether it binds, what it costs, and who is paid."""

from __future__ import annotations

from typing import Any

import numpy as np

from fourflow.book import MICRO, Market
from fourflow.book._market import Rule
from fourflow.matching import is_budget
from fourflow.pricing import Standing
from fourflow.report._flow_tables import title
from fourflow.report._html import Safe, tag
from fourflow.report._parts import Cell, Column, section, table
from fourflow.report._view import View
from fourflow.report._words import amounts, count, listed, money, number, percent, price, price_places

MOST = 200
FILTERS = {
    "kind": "of {}", "category": "of {}",
    "offer_participant": "given by {}", "offer_role": "given by role {}",
    "offer_region": "given in {}", "offer_place": "given at {}", "need_participant": "for {}",
    "need_role": "for role {}", "need_region": "for {}", "need_place": "for {}", "project": "for {}",
    "lane": "over {}", "mode": "by {}",
}  # fmt: skip
"""Each filter in words, in the order in which they are said."""
SHARES = {
    "units": "amount", "tonnes": "tonnes", "bid_value": "money bid", "co2_kg": "CO2e", "awards": "awards",
}  # fmt: skip
"""What a share is a share of."""


def rules_section(view: View) -> Safe | None:
    """None where the book has no rules."""
    found = view.standings
    if not found:
        return None
    binding = sum(standing.binds for standing in found)
    intro = (
        "What the book allows at most, or asks for at least. A rule that binds holds the result back: were "
        "it looser by one unit, the whole would be worth as much more as stands there. One that does not "
        "bind costs nothing. Whoever has to be asked for a limit may earn a rent from it, and whoever asks "
        f"for a floor pays for it. {_how_many(binding, len(found))}"
    )
    columns = [
        Column("Rule"),
        Column("How it stands"),
        Column("One unit looser would bring", number=True),
        Column("Who is paid, or pays", wide=True),
    ]
    rows = (_row(view, standing) for standing in found[:MOST])
    made = table(columns, rows, "The rules of the book", name="rules", search="Find a rule", tall=True)
    return section("rules", "Rules, and what they cost", tag("p", intro), made)


def _how_many(binding: int, rules: int) -> str:
    if rules == 1:
        return "The only one binds." if binding else "The only one does not bind."
    some = number(binding) if binding else "None"
    return f"{some} of the {number(rules)} {'binds' if binding == 1 else 'bind'}."


def _row(view: View, standing: Standing) -> list[object]:
    rule, currency = view.market.rules[standing.rule], view.market.currency
    worth = standing.worth
    looser = (
        f"{price(worth, currency, price_places([worth]))} per {_one(view.market, rule)}"
        if worth
        else "nothing"
    )
    paid = _paid(view, standing)
    name = rule.name or rule.id
    return [
        Cell(name, more=in_words(view.market, rule), narrow=paid if standing.paid else None),
        _stands(view.market, rule, standing),
        Cell(looser, worth),
        paid,
    ]


def in_words(market: Market, rule: Rule) -> str:
    """at most £1,000 from the budget of Transport fund; at least 20 % of the tonnes for the north."""
    parts = ["at most" if rule.sense == "<=" else "at least"]
    share = f"{percent(rule.limit / MICRO)} of the {SHARES[rule.measure]}"
    parts.append(share if rule.share_of_total else _amount(market, rule, rule.limit / MICRO))
    parts += ["of bids"] * (rule.measure == "bid_value" and rule.sponsor < 0)
    used = [name for name in FILTERS if name in rule.filters]
    parts += [FILTERS[name].format(listed(_named(market, name, rule), "or")) for name in used]
    if is_budget(rule):
        people = title(market.participants.id, market.participants.name)
        parts.append(f"from the budget of {people[rule.sponsor]}")
    return " ".join(parts)


def _amount(market: Market, rule: Rule, size: float) -> str:
    if rule.measure == "awards":
        return count(round(size), "award")
    return amounts(size, _unit(market, rule))


def _unit(market: Market, rule: Rule) -> str:
    """In what a rule counts; units of a category where it names one, else of whatever is meant."""
    if rule.measure != "units":
        return {"tonnes": "t", "bid_value": market.currency, "co2_kg": "kg CO2e", "awards": "award"}[
            rule.measure
        ]
    named = np.isin(market.categories.id.astype(str), rule.filters.get("category", ()))
    found = {str(unit) for unit in market.categories.unit[named]}
    return found.pop() if len(found) == 1 else "unit"


def _one(market: Market, rule: Rule) -> str:
    """One unit of what a rule counts."""
    unit = _unit(market, rule)
    return {"t": "tonne", market.currency: money(1, market.currency)}.get(unit, unit.replace("_", "-"))


def _named(market: Market, name: str, rule: Rule) -> list[str]:
    """What a filter names, by name instead of id where there is one."""
    tables: dict[str, Any] = {
        "participant": market.participants, "place": market.places, "category": market.categories,
        "project": market.projects,
    }  # fmt: skip
    table = tables.get(name.rpartition("_")[2])
    if table is None:
        return list(rule.filters[name])
    known = dict(zip(table.id.tolist(), title(table.id, table.name).tolist(), strict=True))
    return [str(known.get(value, value)) for value in rule.filters[name]]


def _stands(market: Market, rule: Rule, standing: Standing) -> str:
    much = "" if standing.used is None else f": {_amount(market, rule, max(0.0, standing.used))}"
    if standing.binds:
        return f"binds{much or ': just reached'}"
    if standing.worth:
        return f"does not bind, yet prices count it{much}"
    return f"does not bind{much}"


def _paid(view: View, standing: Standing) -> str:
    people = view.market.participants
    names = [*title(people.id, people.name), "the operator"]
    return listed([
        f"{names[who]} {'receives' if sum_ > 0 else 'pays'} {price(abs(sum_), view.market.currency)}"
        for who, sum_ in standing.paid
    ]) or "nobody"  # fmt: skip
