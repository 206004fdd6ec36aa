"""What a listing counts for in the arrays: worth, quantity that can be traded, budget of its sponsor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fourflow.book import MICRO, Market

I64 = NDArray[np.int64]


def effective_value(market: Market) -> I64:
    """What a unit counts for each need, in millionths: its value where a sponsor stands behind it, else at
    most what it pays itself, since nobody would pay the difference."""
    needs = market.needs
    own = np.minimum(needs.value, needs.limit_price)
    return np.where(needs.sponsor >= 0, needs.value, own)


def lots(market: Market) -> I64:
    """The smallest quantity in which each category is traded, in millionths; 0 = any."""
    categories = market.categories
    whole = np.where(categories.whole, MICRO, 0)
    return np.where(categories.lot > 0, categories.lot, whole).astype(np.int64)


def usable(market: Market) -> tuple[I64, I64]:
    """What of each offer and need can be traded at all: in lots, whole multiples of them.

    A need that accepts several categories is cut to what their lots have in common, and left as it is
    where one of them comes loose. Cutting loses no allocation, and keeps the bound from counting on it.
    """
    lot, needs, offers = lots(market), market.needs, market.offers
    flat, starts = lot[needs.categories.index], needs.categories.indptr[:-1]
    if len(starts):
        loose = np.minimum.reduceat(flat, starts) == 0
        common = np.where(loose, 0, np.gcd.reduceat(flat, starts))
    else:
        common = flat
    return _cut(offers.quantity, lot[offers.category]), _cut(needs.quantity, common)


def _cut(quantity: I64, lot: I64) -> I64:
    return quantity - np.where(lot > 0, quantity % np.maximum(lot, 1), 0)


def budget_of(market: Market) -> dict[int, int]:
    """Each sponsor's budget in millionths of money: the tightest of the budget rules that name it."""
    budgets: dict[int, int] = {}
    for rule in market.rules:
        if rule.measure == "bid_value" and rule.sense == "<=" and rule.sponsor >= 0:
            budgets[rule.sponsor] = min(rule.limit, budgets.get(rule.sponsor, rule.limit))
    return budgets
