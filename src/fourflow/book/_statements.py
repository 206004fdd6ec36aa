"""Attributes, requirements and rules of the market: numbers in one unit per dimension, lists split."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import polars as pl

from fourflow.book._fields import RULE_FILTERS
from fourflow.book._market import MICRO, Attribute, Requirement, Rule
from fourflow.book._numbers import PLAIN
from fourflow.book._rules import Rates, factor
from fourflow.units import UNITS, find_unit

_BASE = {unit.dimension: unit.symbol for unit in reversed(UNITS) if unit.factor == 1}
_SEVERAL = ("in", "has_all", "has_any")
_MEASURED_IN = {"tonnes": "t", "co2_kg": "kg"}


def make_attributes(table: pl.DataFrame, rates: Rates) -> tuple[Attribute, ...]:
    """Rows in the order of owner, name, value."""
    made = []
    for row in table.sort("owner", "name", "value", "unit").to_dicts():
        number, unit = _number(row["value"], row["unit"], rates)
        made.append(Attribute(row["owner"], row["name"], row["value"], number, unit))
    return tuple(made)


def make_requirements(table: pl.DataFrame, rates: Rates) -> tuple[Requirement, ...]:
    """Rows in the order of listing, attribute, comparison, value; lists only where they can be meant."""
    made = []
    for row in table.sort("listing", "attribute", "comparison", "value", "unit").to_dicts():
        several = row["comparison"] in _SEVERAL
        parts = [part.strip() for part in row["value"].split(";")] if several else [row["value"]]
        values = tuple(part for part in parts if part)
        number, unit = _number(values[0] if len(values) == 1 else "", row["unit"], rates)
        made.append(
            Requirement(
                row["listing"], row["attribute"], row["comparison"], values, number, unit, row["_row"]
            )
        )
    return tuple(made)


def _number(text: str, unit: str | None, rates: Rates) -> tuple[int | None, str]:
    """Millionths in the base unit of the dimension (money: the book's), and that unit; None for words."""
    known = find_unit(unit) if unit else None
    base = _BASE.get(known.dimension, known.symbol) if known else ""
    if not re.match(PLAIN, text):
        return None, base
    exact = Fraction(text) * MICRO
    if unit is not None:
        times = factor(unit, base, rates) if known else rates[unit]
        assert times is not None, (unit, base)
        exact *= times
    return exact.__floor__(), base


def make_rules(
    table: pl.DataFrame,
    participant_at: Mapping[str, int],
    rates: Rates,
    written_in: Mapping[str, str],
    measured_in: Mapping[str, str],
) -> tuple[Rule, ...]:
    """Rules in the order of their ids; an upper limit is rounded down, a lower one up.

    written_in, measured_in : the unit of each category in the book, and in the market.
    """
    return tuple(
        _rule(row, participant_at, rates, _per_unit(row, rates, written_in, measured_in))
        for row in table.sort("id").to_dicts()
    )


def _per_unit(
    row: dict[str, Any], rates: Rates, written_in: Mapping[str, str], measured_in: Mapping[str, str]
) -> Fraction:
    """How many market units one unit of a limit in units is; an empty unit is that of its category."""
    if row["measure"] != "units" or row["share_of_total"]:
        return Fraction(1)
    named = row["category"].split(";") if row["category"] else sorted(written_in)
    given = {row["unit"] or written_in[key] for key in named}
    meant = {measured_in[key] for key in named}
    times = {factor(own, market, rates) for own in given for market in meant}
    return times.pop() or Fraction(1) if len(times) == 1 else Fraction(1)


def _rule(row: dict[str, Any], participant_at: Mapping[str, int], rates: Rates, per_unit: Fraction) -> Rule:
    limit = Fraction(row["limit"]) * per_unit
    if row["unit"] and row["measure"] in _MEASURED_IN:
        times = factor(row["unit"], _MEASURED_IN[row["measure"]], rates)
        assert times is not None, row
        limit *= times
    elif row["unit"] and row["measure"] == "bid_value":
        limit *= rates[row["unit"]]
    return Rule(
        id=row["id"],
        name=row["name"],
        measure=row["measure"],
        sense=row["sense"],
        limit=limit.__floor__() if row["sense"] == "<=" else limit.__ceil__(),
        share_of_total=bool(row["share_of_total"]),
        filters={name: tuple(row[name].split(";")) for name in RULE_FILTERS if row[name]},
        owner=participant_at[row["owner"]] if row["owner"] else -1,
        sponsor=participant_at[row["sponsor"]] if row["sponsor"] else -1,
        row=row["_row"],
    )
