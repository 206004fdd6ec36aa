"""Costs that several have in common: fixed costs, moves and trips, shared out among the accounts they serve.

By quantity; a part without a sponsor carries at most what its buyers could still pay, and the rest is the
largest sponsor's, whose budget has been charged with all of it. Within a part the fixed cost of a technology
is shared by its licensees in proportion to what each gains from the market (its surplus before that cost).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fourflow.book import TECHNOLOGY
from fourflow.clearing import Allocation
from fourflow.formulation import ArcKind, BundleKind, project_value
from fourflow.pricing._lines import Ints, Lines, Numbering, Trade, Traded, per_millionth, sum_by
from fourflow.pricing._tariff import Tariff

I64 = NDArray[np.int64]


@dataclass(frozen=True)
class _Buyer:
    """Who bought an offer in one account: a need, or a project; surplus : what it still has to gain."""

    account: int
    is_project: bool
    ref: int
    surplus: int


def project_limits(allocation: Allocation, tariff: Tariff) -> Ints:
    """The most that each project pays at the size at which it is carried out, in fine units."""
    market = allocation.market
    sponsored = market.projects.sponsor >= 0
    limit = np.where(sponsored, market.projects.limit_price, project_value(market))
    return np.asarray(limit.astype(object) * allocation.size * tariff.per_value, object)


def share_costs(
    allocation: Allocation, tariff: Tariff, numbering: Numbering, trade: Trade, needs: Traded
) -> Trade:
    """Add fixed costs, moves and trips to what offers and lanes get at least, and to what licensees pay."""
    shares = _Shares(allocation, tariff, numbering, trade, needs)
    offers, costs = _fixed_costs(allocation, per_millionth(tariff))
    trade = replace(trade, offers=shares.add(trade.offers, offers, costs, licences=True))
    lanes, trips = _trip_costs(allocation, tariff.per_value)
    trade = replace(trade, lanes=shares.add(trade.lanes, lanes, trips, licences=False))
    return shares.charged(trade)


def _fixed_costs(allocation: Allocation, millionth: int) -> tuple[I64, Ints]:
    """Offers that give anything and have a fixed cost, or move, by id; and the cost in fine units."""
    offers, layout = allocation.market.offers, allocation.layout
    cost = np.where(allocation.offered > 0, offers.fixed_cost, 0).astype(object)
    moves = layout.bundle_ref[(layout.bundle_kind == BundleKind.MOVE) & (allocation.bundle > 0)]
    cost[moves] += offers.move_cost[moves]
    paid = np.flatnonzero(cost > 0)
    paid = paid[np.argsort(offers.id[paid])]
    return paid, cost[paid] * millionth


def _trip_costs(allocation: Allocation, per_value: int) -> tuple[I64, Ints]:
    """Lanes on which trips were made, by id, and what these cost in fine units."""
    layout, lanes = allocation.layout, allocation.market.lanes
    arcs = layout.arcs(ArcKind.TRIP)
    arcs = arcs[allocation.flow[arcs] > 0]
    price = -allocation.problem.value[arcs].astype(object) * per_value
    cost = np.asarray(price * allocation.flow[arcs], object)
    made, group = np.unique(layout.arc_ref[arcs], return_inverse=True)
    order = np.argsort(lanes.id[made])
    return made[order].astype(np.int64), sum_by(cost, group, len(made))[order]


class _Shares:
    """able : what the buyers of each account can still carry, in fine units; paid : what each buyer of
    licences adds to what it pays, by (account, whether a project, ref)."""

    def __init__(
        self, allocation: Allocation, tariff: Tariff, numbering: Numbering, trade: Trade, needs: Traded
    ) -> None:
        self.allocation, self.numbering, self.trade, self.needs = allocation, numbering, trade, needs
        self.gains = project_limits(allocation, tariff)
        count = numbering.count
        carried = np.flatnonzero(allocation.size > 0)
        self.able = sum_by(self.gains[carried], numbering.home[carried], count)
        self.able = self.able + trade.needs.total(trade.needs.top, count)
        for lines in (trade.offers, trade.lanes):
            self.able = self.able - sum_by(lines.base, numbering.proper(lines.account), count)
        self.gains = self.gains - sum_by(trade.bought.base, trade.bought.ref, len(self.gains))
        made_by = allocation.market.offers.project[trade.offers.ref].astype(np.int64)
        outputs = made_by >= 0
        self.gains = self.gains + sum_by(trade.offers.top[outputs], made_by[outputs], len(self.gains))
        self.paid: dict[tuple[int, bool, int], int] = defaultdict(int)

    def add(self, lines: Lines, refs: I64, costs: Ints, licences: bool) -> Lines:
        """Add each cost to the lines of its ref."""
        base, where = lines.base.copy(), lines.of(refs)
        proper = self.numbering.proper(lines.account)
        for ref, cost in zip(refs.tolist(), costs, strict=True):
            own = where.get(ref, [])
            free = [i for i in own if self.numbering.sponsor[proper[i]] < 0]
            sponsored = sorted((i for i in own if i not in free), key=lambda i: -lines.quantity[i])
            rest = cost
            if free:  # all in one part: whoever shares a cost without a sponsor is connected by it
                weight = sum(lines.quantity[i] for i in free)
                share = cost * weight // max(1, sum(lines.quantity[i] for i in own))
                share = max(0, min(share, self.able[proper[free[0]]])) if sponsored else cost
                self.able[proper[free[0]]] -= share
                rest -= share
                for i, money in zip(free, self._within(lines, free, share, licences), strict=True):
                    base[i] += money
            for i in sponsored[:1]:
                base[i] += rest
        return replace(lines, base=base, top=np.maximum(lines.top, base))

    def _within(self, lines: Lines, free: list[int], share: int, licences: bool) -> list[int]:
        """What each line of one part carries of a cost: its purses and what is bought without one."""
        market = self.allocation.market
        offer = int(lines.ref[free[0]])
        if not licences or market.categories.kind[market.offers.category[offer]] != TECHNOLOGY:
            return split(share, [lines.quantity[i] for i in free])
        buyers = self._buyers(offer, {int(lines.account[i]) for i in free})
        parts = split(share, [buyer.surplus for buyer in buyers])
        for buyer, money in zip(buyers, parts, strict=True):
            self.paid[buyer.account, buyer.is_project, buyer.ref] += min(money, buyer.surplus)
        accounts = [int(lines.account[i]) for i in free]
        return [
            sum(money for buyer, money in zip(buyers, parts, strict=True) if buyer.account == account)
            for account in accounts
        ]

    def _buyers(self, offer: int, accounts: set[int]) -> list[_Buyer]:
        """Who bought the offer in these accounts, by account, needs before projects, by index."""
        layout, needs, trade = self.allocation.layout, self.needs, self.trade
        arcs = layout.arcs(ArcKind.OFFER)
        pools = layout.arc_pool[arcs[layout.arc_ref[arcs] == offer]]
        chosen = np.flatnonzero(np.isin(needs.pool, pools) & np.isin(needs.account, list(accounts)))
        project = self.allocation.market.needs.project[needs.ref[chosen]]
        keys = sorted({
            (int(account), bool(p >= 0), int(p if p >= 0 else ref))
            for account, p, ref in zip(needs.account[chosen], project, needs.ref[chosen], strict=True)
        })  # fmt: skip
        gain = {
            (account, ref): top - base
            for account, ref, top, base in zip(
                trade.needs.account.tolist(), trade.needs.ref.tolist(), trade.needs.top, trade.needs.base,
                strict=True,
            )
        }  # fmt: skip
        found = []
        for key in keys:
            account, is_project, ref = key
            gained = self.gains[ref] if is_project else gain[account, ref]
            found.append(_Buyer(account, is_project, ref, max(0, gained - self.paid[key])))
        return found

    def charged(self, trade: Trade) -> Trade:
        """What buyers of licences pay beyond the fee. A purse pays what suppliers get anyway."""
        for is_project, name in ((False, "needs"), (True, "bought")):
            lines: Lines = getattr(trade, name)
            keys = zip(lines.account.tolist(), lines.ref.tolist(), strict=True)
            more = np.array([self.paid.get((account, is_project, ref), 0) for account, ref in keys], object)
            nothing = np.zeros(len(more), object)
            trade = replace(trade, **{name: lines.plus(more, more if is_project else nothing)})
        return trade


def split(money: int, weights: list[int]) -> list[int]:
    """Whole parts of an amount in proportion to weights (alike where all are 0), which sum to it."""
    if not sum(weights):
        weights = [1] * len(weights)
    total, before, parts = sum(weights), 0, []
    for weight in weights:
        parts.append(money * (before + weight) // total - money * before // total)
        before += weight
    return parts
