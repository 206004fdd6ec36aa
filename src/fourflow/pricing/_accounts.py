"""Who trades in which account: one per sponsor, one per connected part of the market without a sponsor.

A project with capital has a purse within its part: what it buys must not cost more than its own money and
the capital that it gets, so its purchases are lines of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fourflow.book import Market
from fourflow.clearing import Allocation, Parts, trading_parts
from fourflow.formulation import ArcKind, BundleKind, RowKind
from fourflow.pricing._lines import (
    Lines,
    Numbering,
    Trade,
    Traded,
    bought_by_projects,
    lane_lines,
    need_lines,
    offer_lines,
    per_millionth,
    rule_lines,
)
from fourflow.pricing._purses import settle_projects
from fourflow.pricing._shared import share_costs
from fourflow.pricing._tariff import Tariff

I64 = NDArray[np.int64]
Ints = NDArray[np.object_]


@dataclass(frozen=True)
class Accounts:
    """sponsor : int64[num_accounts], -1 for a connected part; budget : Python integers in fine units, 0
    without a sponsor; millionth : fine units in a millionth of money.

    offers, lanes, rents receive; needs and floors pay. rents and floors are rules' lines: what the owner of
    a limit earns, what the sponsor of a floor pays; owed : what a rule that gives to some what it takes from
    others would give in parts where it takes less.
    bills : what each project's lines cost at clearing prices (base), and its limit (top); maker : int64, the
    project without a sponsor whose output each line of `offers` is, else -1.
    """

    sponsor: I64
    budget: Ints
    millionth: int
    offers: Lines
    lanes: Lines
    rents: Lines
    needs: Lines
    floors: Lines
    owed: Lines
    bills: Lines
    maker: I64

    def total(self, side: str, *lines: Lines) -> Ints:
        """Sum of `base` or `top` of some lines in each account."""
        count = len(self.sponsor)
        return sum((some.total(getattr(some, side), count) for some in lines), np.zeros(count, object))


def open_accounts(allocation: Allocation, tariff: Tariff) -> Accounts:
    """Every arc with a flow, in the account in which it is settled."""
    layout, market = allocation.layout, allocation.market
    moving = np.isin(layout.arc_kind, (ArcKind.OFFER, ArcKind.NEED, ArcKind.LANE, ArcKind.STORAGE))
    arcs = np.flatnonzero(moving & (allocation.flow > 0))
    parts = trading_parts(market, layout, allocation.problem, allocation.flow, allocation.bundle)
    numbering, account = _number(allocation, parts, arcs)

    def traded(kind: ArcKind) -> Traded:
        chosen = np.flatnonzero(layout.arc_kind[arcs] == kind)
        return Traded.of(allocation, tariff, arcs[chosen], account[chosen])

    offers, lanes, needs = (traded(kind) for kind in (ArcKind.OFFER, ArcKind.LANE, ArcKind.NEED))
    of_project = market.needs.project[needs.ref] >= 0
    bought = bought_by_projects(allocation, tariff, needs.only(of_project))
    trade = Trade(
        offer_lines(allocation, tariff, offers, needs),
        lane_lines(allocation, tariff, lanes),
        rule_lines(tariff, Traded.of(allocation, tariff, arcs, account)),
        need_lines(allocation, tariff, needs.only(~of_project)),
        bought,
    )
    trade = share_costs(allocation, tariff, numbering, trade, offers, needs, lanes)
    lines = settle_projects(allocation, tariff, numbering, trade)
    millionth = per_millionth(tariff)
    budget = _budgets(allocation, numbering.sponsor) * millionth
    maker = market.offers.project[lines.offers.ref].astype(np.int64)
    maker = np.where(np.append(market.projects.sponsor, 0)[maker] < 0, maker, -1)
    rents, floors, owed = _of_rules(market, numbering, lines.rules)
    return Accounts(
        sponsor=numbering.sponsor, budget=budget, millionth=millionth, offers=lines.offers, lanes=lines.lanes,
        rents=rents, needs=lines.needs, floors=floors, owed=owed, bills=lines.bills, maker=maker,
    )  # fmt: skip


def _of_rules(market: Market, numbering: Numbering, taken: Lines) -> tuple[Lines, Lines, Lines]:
    """What owners of limits earn, what sponsors of floors pay, what rules owe to parts without a sponsor.

    What the sponsor of a floor on a share gets from those whose share it lowers, it gets only as far as they
    can pay.
    """
    floor = np.array([rule.sense == ">=" for rule in market.rules] or [False])[taken.ref]
    earned, given = np.maximum(taken.base, 0), np.maximum(-taken.base, 0)
    rents = replace(taken, base=earned * 0, top=earned).only(~floor & (earned > 0))
    floors = replace(taken, base=-taken.base, top=given).only(floor)
    free = numbering.sponsor[taken.account] < 0
    owed = replace(taken, base=given, top=given).only(~floor & free & (given > 0))
    return rents, floors, owed


def _number(allocation: Allocation, parts: Parts, arcs: I64) -> tuple[Numbering, I64]:
    """The accounts (sponsors first, then the parts, then purses), and the account of each arc."""
    layout = allocation.layout
    pool = layout.arc_pool[arcs]
    sponsor_of_arc, purse_of_arc = (
        column[pool].astype(np.int64) for column in (layout.pool_sponsor, layout.pool_project)
    )
    carried = layout.bundle_ref[(layout.bundle_kind == BundleKind.PROJECT) & (allocation.bundle > 0)]
    backers = allocation.market.projects.sponsor[carried]
    sponsors = np.unique(np.concatenate([sponsor_of_arc, backers.astype(np.int64)]))
    sponsors = sponsors[sponsors >= 0]
    purses = np.unique(purse_of_arc[purse_of_arc >= 0])
    first = len(sponsors) + parts.count
    account = np.where(
        sponsor_of_arc >= 0, np.searchsorted(sponsors, sponsor_of_arc), len(sponsors) + parts.arc[arcs]
    )
    account = np.where(purse_of_arc >= 0, first + np.searchsorted(purses, purse_of_arc), account)
    home = np.where(parts.project >= 0, len(sponsors) + parts.project, -1)
    backer = allocation.market.projects.sponsor.astype(np.int64)
    backed = np.flatnonzero(np.isin(backer, sponsors))
    home[backed] = np.searchsorted(sponsors, backer[backed])
    owner = np.append(sponsors, np.full(parts.count, -1))
    return Numbering(owner, home, purses), account.astype(np.int64)


def _budgets(allocation: Allocation, sponsor: I64) -> Ints:
    """What each sponsor has, in millionths of money; 0 without one."""
    layout = allocation.layout
    rows = np.flatnonzero(layout.row_kind == RowKind.BUDGET)
    limit = {int(layout.row_ref[k]): int(allocation.problem.coupling_upper[k]) for k in rows}
    return np.array([limit.get(int(who), 0) for who in sponsor], object)
