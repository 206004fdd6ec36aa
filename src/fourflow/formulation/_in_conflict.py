"""Rules that cannot all hold, in words: each with its limit, and by how much it would have to give."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from fourflow.book import MICRO, Market
from fourflow.book._market import Rule
from fourflow.errors import ProblemError
from fourflow.formulation._layout import Layout, RowKind

_UNITS = {"units": "units", "tonnes": "t", "co2_kg": "kg CO2e", "awards": "awards"}


def rule_rows(layout: Layout) -> list[int]:
    """The coupling rows that are rules."""
    rows: list[int] = np.flatnonzero(layout.row_kind == RowKind.RULE).tolist()
    return rows


def conflict_error(
    market: Market, layout: Layout, rows: Sequence[int], gives: Sequence[Fraction]
) -> ProblemError:
    """The error that names rules which cannot all hold, and the least change that mends it."""
    rules = [market.rules[int(layout.row_ref[row])] for row in rows]
    said = "; ".join(f"'{rule.id}' {_asks(market, rule, Fraction(0))}" for rule in rules)
    changes = [
        f"'{rule.id}' {_asks(market, rule, give)}" for rule, give in zip(rules, gives, strict=False) if give
    ]
    head = (
        f"rule {said}, which nothing in this book can do"
        if len(rules) == 1
        else f"these rules cannot all hold, though any one less could: {said}"
    )
    maybe = f" Maybe change the least that mends it: {'; '.join(changes)}." if changes else ""
    return ProblemError(f"{head}.{maybe}", code="formulation.rules.conflict")


def _asks(market: Market, rule: Rule, give: Fraction) -> str:
    """What a rule asks for, once it has given way by so much."""
    at_least = rule.sense == ">="
    if rule.share_of_total:
        return (
            f"asks for {'at least' if at_least else 'at most'} {float(rule.limit / MICRO):.4%} of the total"
        )
    limit = max(Fraction(rule.limit, MICRO) + (-give if at_least else give), Fraction(0))
    unit = market.currency if rule.measure == "bid_value" else _UNITS[rule.measure]
    return f"asks for {'at least' if at_least else 'at most'} {float(limit):,.6g} {unit}"
