"""On what terms each account settles: who covers what clearing prices leave open.

Within an account let C be the least that its receivers accept, R what clearing prices give them beyond
that, N what its needs pay at clearing prices, T what they could pay beyond that, B the sponsor's budget.

    priced   N + B >= C + R   everyone at clearing prices; the sponsor pays max(0, C + R - N)
             with a sponsor   receivers get their least and (B + N - C) / R of the rest, the sponsor pays B;
                              where even C > N + B, needs add the share (C - N - B) / T of what they could
             without one      U = C + R - N is uplift: everyone gives up the share U / (R + T) of surplus
    donated  receivers get their least; needs pay their price, reduced by one factor where that is more
             than C; where it is less, the sponsor pays the rest
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from fourflow.pricing._accounts import Accounts

ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Terms:
    """receive : share of the receivers' surplus that is paid out; rise : share of what needs could pay
    beyond their price that they pay; cut : factor on what needs pay (only on amounts above 0);
    uplift, sponsor_pays : in fine units of the account."""

    receive: Fraction = ONE
    rise: Fraction = ZERO
    cut: Fraction = ONE
    uplift: int = 0
    sponsor_pays: int = 0


def agree_terms(accounts: Accounts, donated: bool) -> list[Terms]:
    """The terms of every account."""
    offers, lanes, needs = accounts.offers, accounts.lanes, accounts.needs
    c = accounts.total(offers, offers.base) + accounts.total(lanes, lanes.base)
    r = accounts.total(offers, offers.top) + accounts.total(lanes, lanes.top) - c
    n = accounts.total(needs, needs.base)
    t = accounts.total(needs, needs.top) - n
    credit = accounts.total(needs, np.minimum(needs.base, 0))
    columns = (accounts.sponsor.tolist(), c, r, n, t, accounts.budget, credit)
    terms = []
    for sponsor, least, rest, paid, more, budget, negative in zip(*columns, strict=True):
        if donated:
            terms.append(_donated(least, paid, more, budget, negative))
        elif sponsor >= 0:
            terms.append(_sponsored(least, rest, paid, more, budget))
        else:
            terms.append(_unsponsored(least, rest, paid, more))
    return terms


def _sponsored(c: int, r: int, n: int, t: int, budget: int) -> Terms:
    if n + budget >= c + r:
        return Terms(sponsor_pays=max(0, c + r - n))
    if n + budget >= c:
        return Terms(receive=Fraction(budget + n - c, r), sponsor_pays=budget)
    return Terms(receive=ZERO, rise=_share(c - n - budget, t), sponsor_pays=budget)


def _unsponsored(c: int, r: int, n: int, t: int) -> Terms:
    uplift = c + r - n
    if uplift <= 0:
        return Terms()
    share = _share(uplift, r + t)
    return Terms(receive=1 - share, rise=share, uplift=uplift)


def _donated(c: int, n: int, t: int, budget: int, negative: int) -> Terms:
    if n > c:
        # Only what needs pay is reduced: one that is paid to take goods keeps its limit.
        positive = n - negative
        return Terms(receive=ZERO, cut=Fraction(max(0, c - negative), positive) if positive else ONE)
    if n + budget >= c:
        return Terms(receive=ZERO, sponsor_pays=c - n)
    return Terms(receive=ZERO, rise=_share(c - n - budget, t), sponsor_pays=budget)


def _share(part: int, whole: int) -> Fraction:
    assert part <= whole, "an account costs more than everyone in it would pay"
    return Fraction(part, whole)
