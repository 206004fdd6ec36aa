"""On random markets with any features, ledgers close and nobody is worse off than outside the market."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from builders import market
from fourflow.clearing import Cleared
from fourflow.pipeline import clear_market
from fourflow.pricing import ROLES, Ledger, audit, price, settle
from fourflow.proof import losses
from random_markets import random_market

NUM_MARKETS = 110
HARD = frozenset({"least of an offer", "least of a need", "fixed cost", "capacity"})
SPONSOR, UPLIFT = ROLES.index("sponsor"), ROLES.index("uplift")


def settled(seed: int) -> tuple[Cleared, Ledger]:
    """Every second market has decisions that are whole, which no price may support."""
    cleared = clear_market(random_market(seed, HARD if seed % 2 else None)[0], gap=1e-9)
    return cleared, settle(cleared, price(cleared))


def test_random_ledgers_keep_every_promise() -> None:
    """Sum 0; each offer, need and sponsor against its own limit, counted from the awards, not the flows."""
    seen: Counter[str] = Counter()
    for seed in range(NUM_MARKETS):
        cleared, ledger = settled(seed)
        book, awards = cleared.allocation.market, cleared.awards
        assert sum(ledger.amount.tolist()) == 0
        for i in range(len(book.offers)):
            given = Fraction(int(awards.quantity[awards.offer == i].sum()), 10**6)
            fixed = int(book.offers.fixed_cost[i]) if given else 0
            assert ledger.amount[ledger.offer == i].sum() >= given * int(book.offers.limit_price[i]) + fixed
        for j in range(len(book.needs)):
            got = Fraction(int(awards.quantity[awards.need == j].sum()), 10**6)
            limit = int(book.needs.limit_price[j])
            if book.needs.sponsor[j] < 0:
                limit = min(limit, int(book.needs.value[j]))
            assert -ledger.amount[ledger.need == j].sum() <= got * limit
        for rule in book.rules:
            paid = ledger.amount[(ledger.role == SPONSOR) & (ledger.participant == rule.sponsor)]
            assert -paid.sum() <= rule.limit
            seen["sponsor at its limit"] += int(-paid.sum()) == rule.limit
        audit(cleared, ledger, losses(cleared.allocation.problem, cleared.solution))
        seen["uplift"] += bool((ledger.role == UPLIFT).any())
        seen["donated"] += book.settlement == "donated"
    assert min(seen["uplift"], seen["donated"], seen["sponsor at its limit"]) >= 2, seen


def test_exact_markets_without_whole_decisions_need_no_uplift() -> None:
    """Where the price bound is reached, N covers C + R in every part without a sponsor."""
    found = 0
    for seed in range(40):
        book, _ = random_market(seed, frozenset({"capacity", "several classes", "windows"}))
        cleared = clear_market(book, gap=1e-9)
        if losses(cleared.allocation.problem, cleared.solution).total == 0:
            found += 1
            assert settle(cleared, price(cleared)).uplift == 0
    assert found > 20


@pytest.mark.parametrize(
    ("role", "change", "claim"),
    [
        ("offer", 1, "what is paid is what is received"),
        ("offer", -(10**6), "no offer receives less"),
        ("need", -(10**8), "no need pays more"),
        ("carrier", -(10**7), "no carrier receives less"),
        ("sponsor", -(10**8), "no sponsor pays more"),
    ],
)
def test_the_audit_stops_a_ledger_that_breaks_a_promise(role: str, change: int, claim: str) -> None:
    """One amount changed, and the operator's row with it where that is not the point."""
    book = market(
        [{"id": "o1", "at": "A", "quantity": 9, "price": 2}],
        [
            {"id": "n1", "at": "A", "quantity": 4, "price": 3},
            {"id": "n2", "at": "B", "quantity": 4, "price": 1, "value": 9, "sponsor": "fund"},
        ],
        [{"start": "A", "end": "B", "cost": 1}],
        budgets={"fund": 50},
    )
    cleared = clear_market(book, gap=1e-9)
    ledger = settle(cleared, price(cleared))
    known = losses(cleared.allocation.problem, cleared.solution)
    audit(cleared, ledger, known)
    amount = ledger.amount.copy()
    amount[np.flatnonzero(ledger.role == ROLES.index(role))[0]] += change
    if change != 1:
        amount[-1] -= change
    with pytest.raises(AssertionError, match=claim):
        audit(cleared, replace(ledger, amount=amount), known)


def test_an_empty_market_settles_to_nothing() -> None:
    """No listings that could trade: one row, the operator's, of 0."""
    cleared = clear_market(
        market([{"id": "o1", "at": "A", "price": 9}], [{"id": "n1", "at": "B", "price": 1}])
    )
    ledger = settle(cleared, price(cleared))
    assert ledger.amount.tolist() == [0]
