"""Path costs in the terms of a listing: what a sponsor's money costs, what is paid by the year."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fourflow.reasons._build import Frame
from fourflow.reasons._graph import FAR, I64, Situation

NEAREST = 20
"""Billionths by which rounded row prices may miss a price in whole millionths."""
NO_PRICE = np.iinfo(np.int64).max


def as_price(situation: Situation, frame: Frame, cost: I64, who: I64, is_need: bool) -> I64:
    """Path costs in the listing's own price terms, rounded to the first price that would be awarded.

    A sponsor's full budget makes money dearer by a factor. A need pays its limit price in that dearer
    money; an offer is paid in it. An offer in pools of several factors is told the better price. What is
    lent is priced by the year.
    """
    least, most = factors(situation, frame, is_need)
    known = np.minimum(cost, FAR)
    short, long = (term[who] for term in months(situation, frame, is_need))
    if is_need:
        limit = situation.allocation.market.needs.limit_price[who]
        offset = np.rint(limit * 1000 * (most[who] - 1.0)).astype(np.int64)
        price = -(_a_year(-(known - offset - NEAREST), short) // 1000)
    else:
        factor = np.where(known < 0, least[who], most[who])
        scaled = np.floor(-known / factor).astype(np.int64)
        paid = np.where(factor == 1.0, -known, scaled) + NEAREST
        price = _a_year(paid, np.where(paid > 0, short, long)) // 1000
    return np.where(cost < FAR, price, NO_PRICE)


def months(situation: Situation, frame: Frame, is_need: bool) -> tuple[I64, I64]:
    """The shortest and the longest time for which the price of each listing is paid: 12, of loans their
    term."""
    layout = situation.allocation.layout
    arcs = np.flatnonzero(frame.is_need if is_need else frame.is_offer)
    term = layout.pool_term_months[layout.arc_pool[arcs]].astype(np.int64)
    term = np.where(term > 0, term, 12)
    market = situation.allocation.market
    count = len(market.needs if is_need else market.offers)
    short, long = np.full(count, NO_PRICE), np.zeros(count, np.int64)
    np.minimum.at(short, layout.arc_ref[arcs], term)
    np.maximum.at(long, layout.arc_ref[arcs], term)
    return np.where(long > 0, short, 12), np.where(long > 0, long, 12)


def factors(
    situation: Situation, frame: Frame, is_need: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """By how much money is dearer in the pools of each listing, at least and at most."""
    s = situation
    arcs = np.flatnonzero(frame.is_need if is_need else frame.is_offer)
    factor = np.ones(len(arcs))
    paid = frame.budget_row[arcs] >= 0
    factor[paid] += s.price[frame.budget_row[arcs[paid]]]
    ref = s.allocation.layout.arc_ref[arcs]
    count = len(s.allocation.market.needs if is_need else s.allocation.market.offers)
    least, most = np.full(count, np.inf), np.ones(count)
    np.minimum.at(least, ref, factor)
    np.maximum.at(most, ref, factor)
    return least, most


def _a_year(billionths: I64, months: I64) -> I64:
    """Money for some months as money for a year, rounded down; what lasts a year as it is."""
    most = 2**59  # beyond every price that a book may hold
    found: I64 = np.where(months == 12, billionths, 12 * np.clip(billionths, -most, most) // months)
    return found
