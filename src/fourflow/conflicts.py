"""Rules that cannot all hold: each contradiction of a book, in words, with the least change that mends it.

Least is what changes limits least in all, each in shares of itself. A budget is a rule like others; a limit
of 0 is never the one to give way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

import numpy as np

from fourflow.book import MICRO, Market
from fourflow.book._market import Rule
from fourflow.engines import can_hold, find_conflict
from fourflow.errors import ProblemError
from fourflow.formulation import Layout, RowKind, formulate
from fourflow.matching import is_budget, match

MOST = 5
"""Contradictions named at once; who mends these may find more."""
DIGITS = 6
SHARE_STEP = MICRO // 10**4
"""Shares are told to a hundredth of a per cent."""
_UNITS = {"tonnes": "t", "co2_kg": "kg CO2e"}


@dataclass(frozen=True)
class Contradiction:
    """rules : those that cannot all hold, while any of them less can; changed : those that would have to give
    way, with the limit that mends it (none where it was not found in time)."""

    rules: tuple[Rule, ...]
    changed: tuple[Rule, ...]


def find_contradictions(market: Market, apart: set[int], seconds: float) -> Iterator[Contradiction]:
    """The contradictions among a market's rules, one after the other: each once those before are mended.

    apart : participants whose own offers are kept from their own needs; seconds : for each of them.
    """
    for _ in range(MOST):
        problem, layout = formulate(market, match(market, apart))
        conflict = find_conflict(problem, _rule_rows(layout), seconds)
        if conflict is None:
            return
        rules = [_rule_of(market, layout, row) for row in conflict.rows]
        changed = _least_change(market, apart, rules, conflict.gives, seconds)
        yield Contradiction(tuple(rules), changed)
        if not changed:
            return
        market = _with(market, changed)


def contradiction_error(market: Market, found: Sequence[Contradiction]) -> ProblemError:
    """The error that names rules which cannot all hold, and the least change that mends it."""
    text = " Once that is mended, ".join(_in_words(market, one) for one in found)
    return ProblemError(text, code="formulation.rules.conflict")


def _rule_rows(layout: Layout) -> list[int]:
    rows: list[int] = np.flatnonzero(np.isin(layout.row_kind, (RowKind.RULE, RowKind.BUDGET))).tolist()
    return rows


def _rule_of(market: Market, layout: Layout, row: int) -> Rule:
    ref = int(layout.row_ref[row])
    if layout.row_kind[row] == RowKind.RULE:
        return market.rules[ref]
    return next(rule for rule in market.rules if is_budget(rule) and rule.sponsor == ref)


def _with(market: Market, changed: Sequence[Rule]) -> Market:
    limits = {rule.id: rule for rule in changed}
    return replace(market, rules=tuple(limits.get(rule.id, rule) for rule in market.rules))


def _least_change(
    market: Market, apart: set[int], rules: Sequence[Rule], gives: Sequence[Fraction], seconds: float
) -> tuple[Rule, ...]:
    """The cheapest of: all limits but shares give as little as possible; one share gives."""
    ways: list[tuple[Rule, ...]] = []
    if gives:
        given = [(rule, give) for rule, give in zip(rules, gives, strict=True) if give > 0]
        ways.append(tuple(replace(rule, limit=_given_way(rule, give)) for rule, give in given))
    ways += [(_share_given(market, apart, rules, rule, seconds),) for rule in rules if rule.share_of_total]
    before = {rule.id: rule.limit for rule in rules}
    costs = [sum(abs(r.limit / before[r.id] - 1) if before[r.id] else 1 for r in way) for way in ways]
    return ways[int(np.argmin(costs))] if ways else ()


def _given_way(rule: Rule, give: Fraction) -> int:
    """The limit after it has given way, to as many digits as are told, away from what it asks."""
    lower = rule.sense == ">="
    exact = Decimal(max(rule.limit - int(give * MICRO), 0) if lower else rule.limit + int(give * MICRO))
    if rule.measure == "awards":
        rounding = ROUND_FLOOR if lower else ROUND_CEILING
        return int((exact / MICRO).quantize(Decimal(1), rounding=rounding)) * MICRO
    near = Context(DIGITS, ROUND_HALF_EVEN).create_decimal(exact)
    if abs(near - exact) <= 2:  # a solver is no more exact than that
        return int(near)
    return int(Context(DIGITS, ROUND_FLOOR if lower else ROUND_CEILING).create_decimal(exact))


def _share_given(market: Market, apart: set[int], rules: Sequence[Rule], rule: Rule, seconds: float) -> Rule:
    """A rule on a share with the nearest limit with which the contradiction is gone, by halving."""

    def holds(step: int) -> bool:
        changed = _with(market, (replace(rule, limit=step * SHARE_STEP),))
        problem, layout = formulate(changed, match(changed, apart))
        names = {one.id for one in rules}
        chosen = [row for row in _rule_rows(layout) if _rule_of(changed, layout, row).id in names]
        return can_hold(problem, _rule_rows(layout), chosen, seconds)

    full = MICRO // SHARE_STEP
    bad, good = (-(-rule.limit // SHARE_STEP), 0) if rule.sense == ">=" else (rule.limit // SHARE_STEP, full)
    while abs(good - bad) > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if holds(middle) else (good, middle)
    return replace(rule, limit=good * SHARE_STEP)


def _in_words(market: Market, found: Contradiction) -> str:
    said = "; ".join(f"'{rule.id}' {_asks(market, rule)}" for rule in found.rules)
    changes = "; ".join(f"'{rule.id}' {_asks(market, rule)}" for rule in found.changed)
    head = (
        f"rule {said}, which nothing in this book can do"
        if len(found.rules) == 1
        else f"these rules cannot all hold, though any one less could: {said}"
    )
    return f"{head}." + (f" Maybe change the least that mends it: {changes}." if changes else "")


def _asks(market: Market, rule: Rule) -> str:
    """What a rule asks for or allows."""
    verb = "asks for at least" if rule.sense == ">=" else "allows at most"
    if rule.share_of_total:
        return f"{verb} {float(Fraction(100 * rule.limit, MICRO)):.6g} % of the total"
    return f"{verb} {float(Fraction(rule.limit, MICRO)):,.{DIGITS}g} {_unit(market, rule)}"


def _unit(market: Market, rule: Rule) -> str:
    if rule.measure == "bid_value":
        return market.currency
    if rule.measure == "awards":
        return "award" if rule.limit == MICRO else "awards"
    if rule.measure == "units":
        named = np.isin(market.categories.id, rule.filters.get("category", ()))
        units = sorted(set(np.asarray(market.categories.unit)[named].tolist()))
        return units[0] if len(units) == 1 else "units"
    return _UNITS[rule.measure]
