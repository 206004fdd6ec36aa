"""The prices that would have been awarded, held against clearing again with HiGHS."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from reclear import awarded_again

from feasible import objective
from fourflow.book import Market
from fourflow.clearing import Allocation, Cleared
from fourflow.pipeline import clear_market
from fourflow.reasons import NO_PRICE, Reasons, give_reasons
from fourflow.reasons._thresholds import AT_LEAST, AT_MOST, EXACT, NONE
from random_markets import random_market as market_with
from small_markets import random_market

DUST = 1e-3
ANY_PRICE = 10**9
"""A thousand per unit, in millionths: more than anything in these markets is worth."""


LINEAR = (
    "capacity", "several classes", "requirements", "windows", "use by", "sponsor", "carrier",
    "several categories", "no place", "time steps", "negative ask",
)  # fmt: skip
"""Features without whole decisions; without "both sides", for clearing again ignores who owns what."""
WHOLE = ("lots", "least of an offer", "least of a need", "fixed cost", "trips")


def check_market(seed: int, counts: Counter[tuple[str, int]], **features) -> None:
    """Every threshold of one random market: awarded just beyond it, not awarded just before it."""
    check_book(random_market(seed, **features), f"seed {seed}", counts)


def check_features(seed: int, counts: Counter[tuple[str, int]], names: tuple[str, ...]) -> None:
    """The same for a market with some of the features that a book can have."""
    draw = Random(seed)
    chosen = frozenset(name for name in names if draw.random() < 0.35)
    check_book(market_with(seed, features=chosen)[0], f"seed {seed} {sorted(chosen)}", counts)


def check_book(book: Market, name: str, counts: Counter[tuple[str, int]]) -> None:
    cleared = clear_market(book, gap=1e-9)
    check_reasons(cleared, give_reasons(cleared), name, counts)


def check_reasons(
    cleared: Cleared, reasons: Reasons, name: str, counts: Counter[tuple[str, int]], nearest: int = 1
) -> None:
    """nearest : millionths beyond and before each price at which the market is cleared again."""
    book = cleared.allocation.market
    for is_need, found, listings, amount in (
        (True, reasons.needs, book.needs, cleared.allocation.awarded),
        (False, reasons.offers, book.offers, cleared.allocation.offered),
    ):
        for i in np.flatnonzero(found.rest > 100).tolist():
            side = _Side(book, is_need, i, amount[i] / 1e6, (amount[i] + found.wanted[i]) / 1e6, nearest)
            where = f"{name}, {listings.id[i]}"
            counts["first", int(found.first_kind[i])] += 1
            counts["whole", int(found.whole_kind[i])] += 1
            side.check_first(where, int(found.first[i]), int(found.first_kind[i]))
            side.check_whole(where, int(found.whole[i]), int(found.whole_kind[i]))


class _Side:
    """One listing, cleared again at other prices."""

    def __init__(self, book, is_need, index, now, full, nearest) -> None:
        self.book, self.is_need, self.index, self.now, self.full = book, is_need, index, now, full
        self.better = nearest if is_need else -nearest
        self.bound = AT_LEAST if is_need else AT_MOST

    def at(self, price: int) -> float:
        return awarded_again(self.book, self.is_need, self.index, price)

    def check_first(self, name: str, price: int, kind: int) -> None:
        if kind == NONE:
            assert price == NO_PRICE
            assert self.at(self.better * ANY_PRICE) <= self.now + DUST, f"{name}: some price was awarded"
        if kind == EXACT:
            assert self.at(price + self.better) > self.now + DUST, f"{name}: no first unit beyond {price}"
        if kind == (AT_MOST if self.is_need else AT_LEAST):
            assert self.at(price + self.better) > self.now + DUST, f"{name}: {price} was not enough"
        if kind in (EXACT, self.bound):
            assert self.at(price - self.better) <= self.now + DUST, f"{name}: a first unit before {price}"

    def check_whole(self, name: str, price: int, kind: int) -> None:
        if kind == NONE and self.full > self.now + DUST:
            assert self.at(self.better * ANY_PRICE) < self.full - DUST, f"{name}: the whole was to be had"
        if kind == EXACT:
            assert self.at(price + self.better) >= self.full - DUST, f"{name}: not all beyond {price}"
        if kind in (EXACT, self.bound):
            assert self.at(price - self.better) < self.full - DUST, f"{name}: all before {price}"


def test_one_class_on_lanes_is_exact_everywhere():
    """300 random markets of one class: each threshold is exact, to a millionth, when cleared again."""
    counts: Counter[tuple[str, int]] = Counter()
    for seed in range(300):
        check_market(seed, counts, classes=1, switches=False, trips=False, lots=False, budgets=False)
    assert {kind for _, kind in counts} <= {EXACT, NONE}
    assert counts["first", EXACT] > 1000
    assert counts["whole", EXACT] > 800


def test_several_classes_that_share_lanes_agree_with_clearing_again():
    """100 markets of several classes: exact thresholds are exact, bounds are bounds, most are exact."""
    counts: Counter[tuple[str, int]] = Counter()
    for seed in range(1000, 1100):
        check_market(seed, counts, switches=False, trips=False, lots=False, budgets=False)
    assert counts["first", EXACT] > 300
    assert counts["first", AT_LEAST] + counts["first", AT_MOST] < 0.1 * counts["first", EXACT]


def test_sponsors_with_budgets_agree_with_clearing_again():
    """100 markets with a sponsor: a spent budget makes money dearer, and thresholds say so in value."""
    counts: Counter[tuple[str, int]] = Counter()
    for seed in range(2000, 2100):
        check_market(seed, counts, switches=False, trips=False, lots=False)
    assert counts["first", EXACT] > 200


def test_windows_requirements_and_time_steps_agree_with_clearing_again():
    """80 markets with every linear feature of a book."""
    counts: Counter[tuple[str, int]] = Counter()
    for seed in range(80):
        check_features(seed, counts, LINEAR)
    assert counts["first", EXACT] > 100


def test_lots_fixed_costs_and_trips_claim_nothing_that_is_not_so():
    """60 markets with whole decisions: what is called exact is exact, the rest is called an estimate."""
    counts: Counter[tuple[str, int]] = Counter()
    for seed in range(3000, 3030):
        check_market(seed, counts)
        check_features(seed, counts, LINEAR + WHOLE)
    assert counts.total() > 300


def test_what_is_not_optimal_is_found_out_and_only_that():
    """First come, first served, taken for the result, is improvable just where the optimum is worth more."""
    seen: Counter[bool] = Counter()
    for seed in range(60):
        book = random_market(seed, switches=False, trips=False, lots=False, budgets=False)
        cleared = clear_market(book, gap=1e-9)
        assert not _improvable(cleared)
        worse = _worth(cleared.baseline) < _worth(cleared.allocation) - Fraction(1, 1000)
        assert _improvable(replace(cleared, allocation=cleared.baseline)) == worse, seed
        seen[worse] += 1
    assert min(seen[True], seen[False]) > 10


def _improvable(cleared: Cleared) -> bool:
    return bool(give_reasons(cleared).explainer.finder.improvable.any())


def _worth(allocation: Allocation) -> Fraction:
    return objective(allocation.problem, allocation.flow, allocation.bundle)


@pytest.mark.long
def test_a_thousand_markets_of_each_sort():
    """The same in bulk."""
    counts: Counter[tuple[str, int]] = Counter()
    for seed in range(10_000, 11_000):
        check_market(seed, counts, switches=False, trips=False, lots=False, budgets=False)
        check_market(seed, counts, switches=False, trips=False, lots=False)
        check_market(seed, counts)
        check_features(seed, counts, LINEAR)
        check_features(seed, counts, LINEAR + WHOLE)
    assert counts.total() > 10_000
