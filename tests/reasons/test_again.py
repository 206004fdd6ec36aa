"""Prices found by clearing again, held against HiGHS on the arrays."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from test_sentences import LEEDS, ROAD, YORK
from test_thresholds import LINEAR, WHOLE, check_reasons

from builders import market
from fourflow.again import ClearAgain
from fourflow.pipeline import clear_market
from fourflow.reasons import give_reasons, open_listings, sharpen
from fourflow.reasons._thresholds import EXACT, NONE
from random_markets import random_market

VAN = ROAD | {"cost": 0, "trip_t": 10, "trip_cost": 20}
LONG = 600.0


def sharpened(book, rounds=10_000):
    """Reasons with every price that paths leave open found by clearing again."""
    cleared = clear_market(book, gap=1e-9)
    reasons = give_reasons(cleared)
    again = ClearAgain(cleared.apart, LONG, rounds, cleared.allocation, cleared.solution.price_duals)
    return sharpen(reasons, again, open_listings(reasons)), cleared


def test_a_trip_is_paid_from_seven():
    """4 t need a trip of 20 and 2 a tonne: 7 a tonne, or nothing asked for, and no more than 4 t go."""
    reasons, _ = sharpened(market([LEEDS], [YORK], [VAN]))
    need, offer = reasons.explain("n1"), reasons.explain("o1")
    assert (need.first.price, need.whole.price, need.whole.kind) == (7, 7, "exact")
    assert "Had it paid more than 7.00 GBP per t (now 5.00), it would have got all of it." in str(need)
    assert (offer.first.price, offer.whole.kind, offer.reachable) == (-0, "none", 4)


def test_a_fixed_cost_is_covered_from_eight():
    """A fixed cost of 20 over 4 t, 2 and 1 a tonne beside it."""
    reasons, _ = sharpened(market([LEEDS | {"fixed": 20}], [YORK], [ROAD]))
    assert (reasons.explain("n1").whole.price, reasons.explain("n1").whole.kind) == (8, "exact")


def test_the_whole_may_cost_more_than_a_first_part():
    """In lots of 2 t: the first comes at 3, the second is taken from a need that pays 9."""
    offers = [LEEDS | {"quantity": 4}]
    needs = [YORK | {"price": "2.5"}, YORK | {"id": "n2", "quantity": 2, "price": 9}]
    reasons, _ = sharpened(market(offers, needs, [ROAD], categories={"goods": {"lot": 2}}))
    told = reasons.explain("n1")
    assert (told.first.price, told.whole.price) == (3, 9)


def test_without_rounds_left_nothing_is_claimed():
    """An estimate stays an estimate where there is no clearing again."""
    reasons, _ = sharpened(market([LEEDS], [YORK], [VAN]), rounds=0)
    assert reasons.explain("n1").whole.kind in {"estimate", "unknown"}


def check_whole(seed: int, counts: Counter[tuple[str, int]]) -> None:
    draw = Random(seed)
    chosen = {name for name in LINEAR + WHOLE if draw.random() < 0.3} | {draw.choice(WHOLE)}
    # HiGHS counts allocations within a millionth of money as equally good.
    book, _ = random_market(seed, features=frozenset(chosen))
    reasons, cleared = sharpened(book)
    check_reasons(cleared, reasons, f"seed {seed} {sorted(chosen)}", counts, nearest=100)


def test_prices_from_clearing_again_hold_when_cleared_again_by_another_solver():
    """40 markets with whole decisions: all but a few prices are now exact, and each holds."""
    counts: Counter[tuple[str, int]] = Counter()
    for seed in range(4000, 4040):
        check_whole(seed, counts)
    settled = sum(number for (_, kind), number in counts.items() if kind in (EXACT, NONE))
    assert counts.total() > 150
    assert settled >= 0.99 * counts.total(), counts


@pytest.mark.long
def test_a_thousand_markets_with_whole_decisions():
    """The same in bulk."""
    counts: Counter[tuple[str, int]] = Counter()
    for seed in range(20_000, 21_000):
        check_whole(seed, counts)
    settled = sum(number for (_, kind), number in counts.items() if kind in (EXACT, NONE))
    assert settled >= 0.99 * counts.total(), counts


def test_what_a_listing_does_not_depend_on_is_left_as_it_is():
    """Rice in Leeds and, a lane away from nothing, wheat in York: asking about rice leaves the wheat."""
    wheat = {"id": "n2", "at": "York", "quantity": 3, "price": 9, "category": "wheat"}
    grown = {"id": "o2", "at": "York", "quantity": 3, "price": 1, "category": "wheat"}
    book = market([LEEDS, grown], [YORK, wheat], [ROAD], categories={"goods": {}, "wheat": {}})
    cleared = clear_market(book, gap=1e-9)
    again = ClearAgain(cleared.apart, LONG, 5, cleared.allocation, cleared.solution.price_duals)
    found = again(book, "need", 0)
    assert found.awarded.tolist() == cleared.allocation.awarded.tolist()
    assert again.rounds == 4
