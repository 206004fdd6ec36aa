"""On random books of every kind ledgers close, and nobody is worse off than outside the market."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction

import numpy as np
import pytest

from feasible import violations
from four_kinds import four_kinds
from fourflow.baseline import first_come_first_served, keeps_floors
from fourflow.book import Market
from fourflow.clearing import Cleared
from fourflow.formulation import formulate
from fourflow.matching import match
from fourflow.pipeline import clear_market
from fourflow.pricing import ROLES, Ledger, audit, price, settle, stakes
from fourflow.proof import losses
from random_kinds import FEATURES, random_tables

NUM_BOOKS = 90
SPONSOR = ROLES.index("sponsor")
YEAR = 12


def feasible_market(seed: int) -> tuple[Market, frozenset[str]] | None:
    """A random market, unless first come, first served falls short of what its rules ask for."""
    tables, features = random_tables(seed)
    market = four_kinds(**tables)
    problem, layout = formulate(market, match(market))
    flow, bundle = first_come_first_served(market, layout, problem)
    if not keeps_floors(layout, problem, flow, bundle):
        return None
    assert violations(problem, flow, bundle) == []
    return market, features


@pytest.mark.parametrize("part", range(6))
def test_random_ledgers_of_every_kind_keep_every_promise(part: int) -> None:
    """First come, first served is feasible; the settlement is counted again from awards, not from flows."""
    seen: Counter[str] = Counter()
    for seed in range(part, NUM_BOOKS, 6):
        found = feasible_market(seed)
        if found is None:
            continue
        market, features = found
        cleared = clear_market(market, gap=1e-9)
        ledger = settle(cleared, price(cleared))
        known = losses(cleared.allocation.problem, cleared.solution)
        audit(cleared, ledger, known)
        assert stakes(cleared.allocation, known).total == known.total
        _counted_again(cleared, ledger)
        seen.update(features)
    assert min(seen[feature] for feature in FEATURES) >= 1, seen


def _counted_again(cleared: Cleared, ledger: Ledger) -> None:
    market, awards = cleared.allocation.market, cleared.awards
    assert sum(ledger.amount.tolist()) == 0 == sum(ledger.principal.tolist())
    asked, bid = defaultdict(Fraction), defaultdict(Fraction)
    for offer, need, quantity in zip(
        awards.offer.tolist(), awards.need.tolist(), awards.quantity.tolist(), strict=True
    ):
        months = int(market.needs.term_months[need]) or YEAR
        amount = Fraction(quantity, 10**6) * Fraction(months, YEAR)
        asked[offer] += amount * int(market.offers.limit_price[offer])
        if market.needs.project[need] < 0:
            limit = int(market.needs.limit_price[need])
            if market.needs.sponsor[need] < 0:
                limit = min(limit, int(market.needs.value[need]))
            bid[need] += amount * limit
    for offer, least in asked.items():
        received = int(ledger.amount[ledger.offer == offer].sum())
        assert received >= least + int(market.offers.fixed_cost[offer])
    for need, most in bid.items():
        assert -int(ledger.amount[ledger.need == need].sum()) <= most + 1
    for rule in market.rules:
        if rule.measure == "bid_value" and rule.sponsor >= 0:
            paid = ledger.amount[(ledger.role == SPONSOR) & (ledger.participant == rule.sponsor)]
            assert -paid.sum() <= rule.limit
    _projects(cleared, ledger)


def _projects(cleared: Cleared, ledger: Ledger) -> None:
    """What a project pays, less what its outputs earn, is at most its limit at its size."""
    market, size = cleared.allocation.market, cleared.allocation.size
    for project in range(len(market.projects)):
        limit = int(market.projects.limit_price[project])
        paid = -int(ledger.amount[ledger.project == project].sum())
        if market.projects.sponsor[project] < 0:
            limit = min(limit, int(market.projects.value[project]))
            made = np.flatnonzero(market.offers.project == project)
            paid -= int(ledger.amount[np.isin(ledger.offer, made)].sum())
        assert paid <= Fraction(limit * int(size[project]), 10**9)
