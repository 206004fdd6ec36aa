"""Costs that several have in common: fixed costs, moves and trips, shared out among the accounts they serve.

By quantity, but nobody bears more of a vehicle's trips than its own goods would have needed alone; a part
without a sponsor carries at most what its buyers could still pay, and the rest is the sponsors', whose
budgets have been charged with enough for it. Within a part the fixed cost of a technology is shared by its
licensees in proportion to what each gains from the market (its surplus before that cost).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fourflow.book import MICRO, TECHNOLOGY
from fourflow.clearing import Allocation
from fourflow.formulation import ArcKind, BundleKind, project_value
from fourflow.pricing._lines import Ints, Lines, Numbering, Trade, Traded, per_millionth, sum_by
from fourflow.pricing._tariff import Tariff

I64 = NDArray[np.int64]
Alone = dict[tuple[int, int], int]


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
    allocation: Allocation, tariff: Tariff, numbering: Numbering, trade: Trade, offers: Traded, needs: Traded,
    lanes: Traded,
) -> Trade:  # fmt: skip
    """Add fixed costs, moves and trips to what offers and lanes get at least, and to what licensees pay."""
    millionth = per_millionth(tariff)
    fixed, trips = _fixed_costs(allocation, millionth), _trip_costs(allocation, tariff.per_value)
    alone = _trips_alone(allocation, lanes, millionth)
    more = _trips_more(allocation, (lanes, needs), alone, millionth)
    trade, alone = _with_lines_for(trade, more), dict.fromkeys(more, 0) | alone
    moves = _moves_alone(allocation, offers, millionth)
    costs = [
        *_shared(numbering, trade.offers, fixed, moves, {}, of_offer=True),
        *_shared(numbering, trade.lanes, trips, alone, more, of_offer=False),
    ]
    return _Shares(allocation, tariff, numbering, trade, needs).add(trade, costs)


def _fixed_costs(allocation: Allocation, millionth: int) -> list[tuple[int, int]]:
    """Offers that give anything and have a fixed cost, or move, by id; and the cost in fine units."""
    offers = allocation.market.offers
    cost = np.where(allocation.offered > 0, offers.fixed_cost, 0).astype(object)
    moves = _moving(allocation)
    cost[moves] += offers.move_cost[moves]
    paid = np.flatnonzero(cost > 0)
    paid = paid[np.argsort(offers.id[paid])]
    return [(offer, cost[offer] * millionth) for offer in paid.tolist()]


def _moving(allocation: Allocation) -> I64:
    """The offers whose move is paid once and made."""
    layout = allocation.layout
    made = (layout.bundle_kind == BundleKind.MOVE) & (allocation.bundle > 0)
    return np.asarray(layout.bundle_ref[made], np.int64)


def _moves_alone(allocation: Allocation, given: Traded, millionth: int) -> Alone:
    """(account, offer that moves) -> what an account would pay once that takes only where the offer is."""
    market, layout = allocation.market, allocation.layout
    hub = layout.node_ref[allocation.problem.head[given.arc]]
    away = layout.hub_place[hub] == len(market.places)
    moving = np.isin(given.ref, _moving(allocation))
    here, there = (
        set(zip(given.account[chosen].tolist(), given.ref[chosen].tolist(), strict=True))
        for chosen in (moving & ~away, moving & away)
    )
    return {key: int(market.offers.fixed_cost[key[1]]) * millionth for key in here - there}


def _trip_costs(allocation: Allocation, per_value: int) -> list[tuple[int, int]]:
    """Lanes on which trips were made, by id, and what these cost in fine units."""
    layout, lanes = allocation.layout, allocation.market.lanes
    arcs = layout.arcs(ArcKind.TRIP)
    arcs = arcs[allocation.flow[arcs] > 0]
    price = -allocation.problem.value[arcs].astype(object) * per_value
    cost = np.asarray(price * allocation.flow[arcs], object)
    made, group = np.unique(layout.arc_ref[arcs], return_inverse=True)
    total = sum_by(cost, group, len(made))
    return [(int(made[i]), total[i]) for i in np.argsort(lanes.id[made]).tolist()]


def _trips_alone(allocation: Allocation, moved: Traded, millionth: int) -> Alone:
    """(account, lane) -> what the trips would cost that its goods alone need, in fine units."""
    layout, lanes = allocation.layout, allocation.market.lanes
    weight = allocation.market.categories.tonnes_per_unit[layout.pool_category[moved.pool]]
    hub = layout.node_ref[allocation.problem.tail[moved.arc]]
    loads: dict[tuple[int, int, int], int] = defaultdict(int)
    for account, lane, when, load in zip(
        moved.account.tolist(), moved.ref.tolist(), layout.hub_period[hub].tolist(), moved.flow * weight,
        strict=True,
    ):  # fmt: skip
        loads[account, lane, when] += load
    alone: dict[tuple[int, int], int] = defaultdict(int)
    for (account, lane, _), load in loads.items():
        if trip_t := int(lanes.trip_t[lane]):
            alone[account, lane] += -(-load // (trip_t * MICRO)) * int(lanes.cost_per_trip[lane]) * millionth
    return alone


def _trips_more(allocation: Allocation, traded: Sequence[Traded], alone: Alone, millionth: int) -> Alone:
    """(account, lane) -> what a sponsor is charged beyond that for what fills up a least quantity."""
    layout, lanes = allocation.layout, allocation.market.lanes
    purse = list(zip(layout.pool_sponsor.tolist(), layout.pool_project.tolist(), strict=True))
    account = {
        purse[pool]: who
        for arcs in traded
        for pool, who in zip(arcs.pool.tolist(), arcs.account.tolist(), strict=True)
    }
    more: dict[tuple[int, int], int] = defaultdict(int)
    for arc in layout.arcs(ArcKind.TRIP).tolist():
        pool, lane, trips = int(layout.arc_pool[arc]), int(layout.arc_ref[arc]), int(allocation.flow[arc])
        if pool >= 0 and trips and purse[pool][0] >= 0 and purse[pool] in account:
            more[account[purse[pool]], lane] += trips // MICRO * int(lanes.cost_per_trip[lane]) * millionth
    found = {key: cost - alone.get(key, 0) for key, cost in more.items()}
    return {key: cost for key, cost in found.items() if cost > 0}


def _with_lines_for(trade: Trade, more: Alone) -> Trade:
    """A line also for sponsors that have nothing on a lane themselves, but pay for trips there."""
    lanes = trade.lanes
    there = set(zip(lanes.account.tolist(), lanes.ref.tolist(), strict=True))
    if not (missing := sorted(more.keys() - there)):
        return trade
    account, ref = np.array(missing, np.int64).T
    nothing = np.zeros(len(missing), object)
    columns = [account, ref, nothing, nothing, nothing]
    joined = zip((lanes.account, lanes.ref, lanes.quantity, lanes.base, lanes.top), columns, strict=True)
    return replace(trade, lanes=Lines(*map(np.concatenate, joined)))


class _Sharer(NamedTuple):
    """A line that shares a cost: its number and account, the quantity by which it does, the most it bears,
    and what it bears more where those without a sponsor are not able to."""

    line: int
    account: int
    weight: int
    most: int
    more: int


@dataclass(frozen=True)
class _Cost:
    """What is paid once, and who has it in common; part : where those without a sponsor are settled, -1."""

    of_offer: bool
    ref: int
    cost: int
    free: list[_Sharer]
    sponsored: list[_Sharer]
    part: int

    @property
    def least(self) -> int:
        """What falls on those without a sponsor in any case."""
        return max(0, self.cost - sum(sharer.most for sharer in self.sponsored)) if self.free else 0


def _shared(
    numbering: Numbering,
    lines: Lines,
    costs: list[tuple[int, int]],
    alone: Alone,
    more: Alone,
    of_offer: bool,
) -> Iterator[_Cost]:
    """Each cost with the lines of its ref. Nobody bears more of it than it would have to alone."""
    of, proper = lines.of(np.array([ref for ref, _ in costs], np.int64)), numbering.proper(lines.account)
    for ref, cost in costs:
        sides: tuple[list[_Sharer], list[_Sharer]] = [], []
        for i in of.get(ref, []):
            account = int(lines.account[i])
            most = alone.get((account, ref), cost)
            sharer = _Sharer(i, account, lines.quantity[i], most, more.get((account, ref), 0))
            sides[int(numbering.sponsor[proper[i]] >= 0)].append(sharer)
        # All in one part: whoever shares a cost without a sponsor is connected by it.
        part = int(proper[sides[0][0].line]) if sides[0] else -1
        yield _Cost(of_offer, ref, cost, *sides, part)


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
        project, _, taken = tariff.charges.of_projects(allocation.layout, allocation.bundle)
        self.gains = self.gains - sum_by(taken, project, len(self.gains))
        made_by = allocation.market.offers.project[trade.offers.ref].astype(np.int64)
        outputs = made_by >= 0
        self.gains = self.gains + sum_by(trade.offers.top[outputs], made_by[outputs], len(self.gains))
        self.paid: dict[tuple[int, bool, int], int] = defaultdict(int)

    def add(self, trade: Trade, costs: list[_Cost]) -> Trade:
        """Every cost shared out. What nobody else can bear comes first, so that what those without a sponsor
        are able to carry beyond it is known."""
        for cost in costs:
            self.able[cost.part] -= cost.least
        bases = trade.lanes.base.copy(), trade.offers.base.copy()
        for cost in costs:
            base, (share, more) = bases[cost.of_offer], self._of_part(cost)
            parts = [*self._within(cost, share), *fill(cost.cost - share - more, cost.sponsored)]
            beyond = [sharer._replace(weight=sharer.more, most=sharer.more) for sharer in cost.sponsored]
            parts += fill(more, beyond)
            for sharer, money in zip([*cost.free, *cost.sponsored, *cost.sponsored], parts, strict=True):
                base[sharer.line] += money
        lanes, offers = (
            replace(lines, base=base, top=np.maximum(lines.top, base))
            for lines, base in zip((trade.lanes, trade.offers), bases, strict=True)
        )
        return self.charged(replace(trade, offers=offers, lanes=lanes))

    def _of_part(self, cost: _Cost) -> tuple[int, int]:
        """What those without a sponsor bear together: by quantity, at most what they could still pay. And
        what sponsors bear beyond the trips of their own goods, where even the least is too much for those."""
        by_quantity = sum(fill(cost.cost, [*cost.free, *cost.sponsored])[: len(cost.free)])
        able = int(self.able[cost.part])
        added = min(by_quantity - cost.least, max(0, able))
        more = min(cost.least, max(0, -able), sum(sharer.more for sharer in cost.sponsored))
        self.able[cost.part] += more - added
        return cost.least + added - more, more

    def _within(self, cost: _Cost, share: int) -> list[int]:
        """What each line of one part carries of a cost: its purses and what is bought without one."""
        market = self.allocation.market
        licences = cost.of_offer and market.categories.kind[market.offers.category[cost.ref]] == TECHNOLOGY
        if not licences or not cost.free:
            return fill(share, cost.free)
        accounts = [sharer.account for sharer in cost.free]
        buyers = self._buyers(cost.ref, set(accounts))
        parts = split(share, [buyer.surplus for buyer in buyers])
        for buyer, money in zip(buyers, parts, strict=True):
            self.paid[buyer.account, buyer.is_project, buyer.ref] += min(money, buyer.surplus)
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


def fill(money: int, sharers: Sequence[_Sharer]) -> list[int]:
    """Whole parts of an amount by quantity, none above its most as long as all of these hold it."""
    parts, rest, weight = [0] * len(sharers), money, sum(sharer.weight for sharer in sharers)
    full = sorted(
        range(len(sharers)),
        key=lambda i: Fraction(sharers[i].most, sharers[i].weight) if sharers[i].weight else -1,
    )
    for i in full[:-1]:
        parts[i] = min(sharers[i].most, rest * sharers[i].weight // max(1, weight))
        rest, weight = rest - parts[i], weight - sharers[i].weight
    for i in full[-1:]:
        parts[i] = rest
    return parts


def split(money: int, weights: list[int]) -> list[int]:
    """Whole parts of an amount in proportion to weights (alike where all are 0), which sum to it."""
    if not sum(weights):
        weights = [1] * len(weights)
    total, before, parts = sum(weights), 0, []
    for weight in weights:
        parts.append(money * (before + weight) // total - money * before // total)
        before += weight
    return parts
