"""On what terms each account settles: who covers what clearing prices leave open.

Within an account let C be the least that its receivers accept, R what clearing prices give them beyond
that, N what its needs pay at clearing prices, T what they could pay beyond that, B the sponsor's budget.

    priced   N + B >= C + R   everyone at clearing prices; the sponsor pays max(0, C + R - N)
             with a sponsor   receivers get their least and (B + N - C) / R of the rest, the sponsor pays B;
                              where even C > N + B, needs add the share (C - N - B) / T of what they could
             without one      U = C + R - N is uplift: everyone gives up the share U / (R + T) of surplus
             with a rule that asks for at least something: its sponsor pays U instead
    donated  receivers get their least; needs pay their price, reduced by one factor where that is more
             than C; where it is less, the sponsor pays the rest
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from fourflow.pricing._accounts import Accounts
from fourflow.pricing._lines import Lines

ZERO, ONE = Fraction(0), Fraction(1)


class LossUnpaid(Exception):
    """A part of the market without a sponsor costs more than everyone in it would pay: it is only there for
    what a rule then lets others have, who have nothing left to pay for that.

    needs, projects : who buys in such parts
    """

    def __init__(self, needs: list[int], projects: list[int]) -> None:
        super().__init__("a part of the market costs more than everyone in it would pay")
        self.needs, self.projects = needs, projects


@dataclass(frozen=True)
class Terms:
    """receive : share of the receivers' surplus that is paid out; rise : share of what needs could pay
    beyond their price that they pay; cut : factor on what needs pay (only on amounts above 0);
    uplift, sponsor_pays, floor_pays : in fine units; the last is what the sponsor of a floor adds."""

    receive: Fraction = ONE
    rise: Fraction = ZERO
    cut: Fraction = ONE
    uplift: int = 0
    sponsor_pays: int = 0
    floor_pays: int = 0


@dataclass(frozen=True)
class Agreed:
    """terms of every account; projects : what projects pay, base at clearing prices and top at most;
    returns : what owners of limits pay out of what they earned elsewhere."""

    terms: list[Terms]
    projects: Lines
    returns: Lines


def agree_terms(accounts: Accounts, donated: bool) -> Agreed:
    """The terms of sponsors' accounts, then of the parts: what these earn from sponsors is known then."""
    projects, returns = _projects(accounts, donated, []), _returns(accounts, [])
    first = _terms(accounts, donated, projects, returns, sponsored=True)
    projects, returns = _projects(accounts, donated, first), _returns(accounts, first)
    rest = _terms(accounts, donated, projects, returns, sponsored=False)
    terms = [one or other for one, other in zip(first, rest, strict=True)]
    return Agreed([term for term in terms if term], projects, returns)


def _projects(accounts: Accounts, donated: bool, sponsors: list[Any]) -> Lines:
    """A project pays what its lines cost, at most its limit and, without a sponsor, what its outputs earn."""
    lines, bills = accounts.offers, accounts.bills
    least, earned = dict.fromkeys(bills.ref.tolist(), 0), dict.fromkeys(bills.ref.tolist(), 0)
    for i in np.flatnonzero(accounts.maker >= 0).tolist():
        of, account = int(accounts.maker[i]), int(lines.account[i])
        base, top = lines.base[i], lines.top[i]
        if accounts.sponsor[account] >= 0:
            base = top = base + (top - base) * sponsors[account].receive // 1 if sponsors else 0
        least[of] += base
        earned[of] += base if donated else top
    limit = bills.top + np.array([least[p] for p in bills.ref.tolist()], object)
    most = bills.top + np.array([earned[p] for p in bills.ref.tolist()], object)
    return replace(bills, base=np.minimum(bills.base, most), top=limit)


def _returns(accounts: Accounts, sponsors: list[Any]) -> Lines:
    """What rules owe to parts, at most what their owners have earned in sponsors' accounts."""
    rents, owed = accounts.rents, accounts.owed
    have: dict[int, int] = defaultdict(int)
    for i, account in enumerate(rents.account.tolist() if sponsors else []):
        if sponsors[account]:
            have[int(rents.ref[i])] += rents.top[i] * sponsors[account].receive // 1
    paid = np.zeros(len(owed.ref), object)
    for i, rule in enumerate(owed.ref.tolist()):
        paid[i] = min(owed.base[i], have[rule])
        have[rule] -= paid[i]
    return replace(owed, base=paid, top=paid)


def _terms(
    accounts: Accounts, donated: bool, projects: Lines, returns: Lines, sponsored: bool
) -> list[Terms | None]:
    """The terms of sponsors' accounts, or of the parts; None for the others."""
    receivers = accounts.offers, accounts.lanes, accounts.rents
    payers = accounts.needs, projects, accounts.floors, returns
    c, n = accounts.total("base", *receivers), accounts.total("base", *payers)
    r, t = accounts.total("top", *receivers) - c, accounts.total("top", *payers) - n
    credit = sum(
        (lines.total(np.minimum(lines.base, 0), len(c)) for lines in payers), np.zeros(len(c), object)
    )
    floored = np.isin(np.arange(len(c)), accounts.floors.account).tolist()
    columns = (accounts.sponsor.tolist(), floored, c, r, n, t, accounts.budget, credit)
    unpaid = (accounts.sponsor < 0) & ~np.array(floored, bool) & (c > n + t).astype(bool)
    if not sponsored and unpaid.any():
        needs, bills = accounts.needs, accounts.bills
        raise LossUnpaid(needs.ref[unpaid[needs.account]].tolist(), bills.ref[unpaid[bills.account]].tolist())
    terms: list[Terms | None] = []
    for sponsor, floor, least, rest, paid, more, budget, negative in zip(*columns, strict=True):
        if (sponsor >= 0) != sponsored:
            terms.append(None)
        elif floor and sponsor < 0 and paid < least + (0 if donated else rest):
            terms.append(_forced(least, 0 if donated else rest, paid))
        elif donated:
            terms.append(_donated(least, paid, more, budget, negative))
        elif sponsor >= 0:
            terms.append(_sponsored(least, rest, paid, more, budget))
        else:
            terms.append(_unsponsored(least, rest, paid, more))
    return terms


def _forced(c: int, r: int, n: int) -> Terms:
    return Terms(receive=ONE if r else ZERO, floor_pays=c + r - n)


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
