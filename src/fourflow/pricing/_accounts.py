"""Who trades in which account: one per sponsor, one per connected part of the market without a sponsor.

A line is the sum over the arcs of one listing (or lane) in one account. Its amounts are Python integers
of tariff.unit x quantity / the account's denominator, so nothing is rounded before the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fourflow.clearing import Allocation
from fourflow.formulation import QUANTITY, ArcKind, RowKind
from fourflow.pricing._tariff import Tariff

I64 = NDArray[np.int64]
Ints = NDArray[np.object_]
MILLIONTH = Fraction(1, 10**6)
VALUES_PER_MILLIONTH = 1000
"""Arc values are billionths of money, the market's prices millionths."""


@dataclass(frozen=True)
class Lines:
    """account, ref : int64[n]; quantity : Python integers (millionths of a unit, of a tonne on lanes).

    Receivers (offers, lanes): base is the least they accept, top what clearing prices give them.
    Payers (needs): base is what they pay at clearing prices, top the most they pay.
    """

    account: I64
    ref: I64
    quantity: Ints
    base: Ints
    top: Ints


@dataclass(frozen=True)
class Accounts:
    """sponsor : int64[num_accounts], -1 for a connected part; denominator : Python integers;
    budget : in fine units of the account, 0 without a sponsor; millionth : fine units in a millionth of
    money, before the denominator."""

    sponsor: I64
    denominator: Ints
    budget: Ints
    millionth: int
    offers: Lines
    lanes: Lines
    needs: Lines

    def total(self, lines: Lines, amounts: Ints) -> Ints:
        """Sum of the amounts in each account."""
        return _sum(amounts, lines.account, len(self.sponsor))


@dataclass(frozen=True)
class _Traded:
    """Arcs with a flow: their account, flow, and the flow times what multiplies costs and prices there."""

    arc: I64
    ref: I64
    pool: I64
    account: I64
    flow: Ints
    cost: Ints
    price: Ints


def open_accounts(allocation: Allocation, tariff: Tariff) -> Accounts:
    """Every arc with a flow, in the account in which it is settled."""
    layout = allocation.layout
    moving = np.isin(layout.arc_kind, (ArcKind.OFFER, ArcKind.NEED, ArcKind.LANE, ArcKind.STORAGE))
    arcs = np.flatnonzero(moving & (allocation.flow > 0))
    account, sponsor = _number_accounts(allocation, arcs)
    factor = {int(who): f for who, f in zip(layout.pool_sponsor, tariff.factor, strict=True)}
    factors = [factor[int(who)] for who in sponsor]
    numerator = np.array([f.numerator for f in factors], object)
    denominator = np.array([f.denominator for f in factors], object)

    def traded(kind: ArcKind) -> _Traded:
        chosen = np.flatnonzero(layout.arc_kind[arcs] == kind)
        arc, of = arcs[chosen], account[chosen]
        flow = allocation.flow[arc].astype(object)
        ref, pool = layout.arc_ref[arc].astype(np.int64), layout.arc_pool[arc].astype(np.int64)
        return _Traded(arc, ref, pool, of, flow, flow * denominator[of], flow * numerator[of])

    offers, lanes, needs = (traded(kind) for kind in (ArcKind.OFFER, ArcKind.LANE, ArcKind.NEED))
    per_millionth = MILLIONTH / (tariff.unit * QUANTITY)
    assert per_millionth.denominator == 1
    accounts = Accounts(
        sponsor, denominator,
        _budgets(allocation, sponsor) * int(per_millionth) * denominator, int(per_millionth),
        _offer_lines(allocation, tariff, offers, needs),
        _lane_lines(allocation, tariff, lanes),
        _need_lines(allocation, tariff, needs),
    )  # fmt: skip
    return _with_shared_costs(allocation, tariff, accounts)


def _sum(amounts: Ints, group: I64, num_groups: int) -> Ints:
    total = np.zeros(num_groups, object)
    np.add.at(total, group, amounts)
    return total


def _number_accounts(allocation: Allocation, arcs: I64) -> tuple[I64, I64]:
    """account : int64[len(arcs)], and the sponsor of each account: sponsors first, then -1 for the parts."""
    problem, layout = allocation.problem, allocation.layout
    sponsor_of_arc = layout.pool_sponsor[layout.arc_pool[arcs]].astype(np.int64)
    sponsors = np.unique(sponsor_of_arc[sponsor_of_arc >= 0])
    account = np.searchsorted(sponsors, sponsor_of_arc).astype(np.int64)
    free = np.flatnonzero(sponsor_of_arc < 0)
    chosen = arcs[free]
    # Lanes with trips tie together those who share a vehicle: what it costs is theirs in common.
    lane = layout.arc_ref[chosen]
    shares = (layout.arc_kind[chosen] == ArcKind.LANE) & np.isin(lane, _trip_costs(allocation, 1)[0])
    tail = np.concatenate([problem.tail[chosen], problem.tail[chosen[shares]]]).astype(np.int64)
    head = np.concatenate([problem.head[chosen], problem.num_nodes + lane[shares]]).astype(np.int64)
    size = problem.num_nodes + len(allocation.market.lanes)
    graph = coo_array((np.ones(len(tail), np.int8), (tail, head)), shape=(size, size))
    part = connected_components(graph, directed=False)[1][problem.tail[chosen]]
    parts, number = np.unique(part, return_inverse=True)
    account[free] = len(sponsors) + number
    return account, np.append(sponsors, np.full(len(parts), -1))


def _budgets(allocation: Allocation, sponsor: I64) -> Ints:
    """What each sponsor has, in millionths of money; 0 without one."""
    layout = allocation.layout
    rows = np.flatnonzero(layout.row_kind == RowKind.BUDGET)
    limit = {int(layout.row_ref[k]): int(allocation.problem.coupling_upper[k]) for k in rows}
    return np.array([limit.get(int(who), 0) for who in sponsor], object)


def _values(allocation: Allocation, tariff: Tariff, arcs: I64) -> Ints:
    return np.asarray(allocation.problem.value[arcs].astype(object) * tariff.per_value, object)


def _hub_prices(tariff: Tariff, hub: NDArray[np.uint32]) -> Ints:
    return np.asarray(-tariff.node_dual[hub].astype(object) * tariff.per_node, object)


def _lines(account: I64, ref: I64, quantity: Ints, base: Ints, top: Ints) -> Lines:
    """One line per (account, ref)."""
    width = int(ref.max(initial=0)) + 1
    key, group = np.unique(account * width + ref, return_inverse=True)
    quantity, base, top = (_sum(column, group, len(key)) for column in (quantity, base, top))
    return Lines(key // width, key % width, quantity, base, top)


def _offer_lines(allocation: Allocation, tariff: Tariff, offers: _Traded, needs: _Traded) -> Lines:
    """Base: the ask. Top: the price of the hub, and what needs pay for the switch of a fixed cost."""
    ask = -_values(allocation, tariff, offers.arc) * offers.cost
    paid = _hub_prices(tariff, allocation.problem.head[offers.arc]) * offers.price
    # A pool with such a switch has one offer (it is a class of its own).
    offer_of_pool = np.zeros(len(allocation.layout.pool_sponsor), np.int64)
    offer_of_pool[offers.pool] = offers.ref
    link = np.flatnonzero(tariff.rent[needs.arc] > 0)
    nothing = np.zeros(len(link), object)
    return _lines(
        np.concatenate([offers.account, needs.account[link]]),
        np.concatenate([offers.ref, offer_of_pool[needs.pool[link]]]),
        np.concatenate([offers.flow, nothing]),
        np.concatenate([ask, nothing]),
        np.concatenate([paid, tariff.rent[needs.arc[link]] * needs.price[link]]),
    )


def _lane_lines(allocation: Allocation, tariff: Tariff, lanes: _Traded) -> Lines:
    """Base: haulage. Top: haulage and what scarcity adds."""
    weight = allocation.market.categories.tonnes_per_unit[allocation.layout.pool_category[lanes.pool]]
    haulage = -_values(allocation, tariff, lanes.arc) * lanes.cost
    rent = tariff.rent[lanes.arc] * lanes.price
    lines = _lines(lanes.account, lanes.ref, lanes.flow * weight, haulage, haulage + rent)
    return replace(lines, quantity=lines.quantity // 10**6)


def _need_lines(allocation: Allocation, tariff: Tariff, needs: _Traded) -> Lines:
    """Base: the price of the hub (and of a switch), at most the limit. Top: the limit."""
    sponsored = allocation.layout.pool_sponsor[needs.pool] >= 0
    limit = allocation.market.needs.limit_price[needs.ref].astype(object)
    limit = limit * (VALUES_PER_MILLIONTH * tariff.per_value)
    most = np.where(sponsored, limit, _values(allocation, tariff, needs.arc)) * needs.cost
    hub = _hub_prices(tariff, allocation.problem.tail[needs.arc])
    price = (hub + tariff.rent[needs.arc]) * needs.price
    return _lines(needs.account, needs.ref, needs.flow, np.minimum(price, most), most)


def _with_shared_costs(allocation: Allocation, tariff: Tariff, accounts: Accounts) -> Accounts:
    """Fixed costs of offers and trips of lanes, added to what their receivers get at least."""
    able = accounts.total(accounts.needs, accounts.needs.top)
    for lines in (accounts.offers, accounts.lanes):
        able = able - accounts.total(lines, lines.base)
    offers, fixed = _fixed_costs(allocation, accounts)
    offer_lines = _share(accounts, able, accounts.offers, offers, fixed)
    lanes, trips = _trip_costs(allocation, tariff.per_value)
    lane_lines = _share(accounts, able, accounts.lanes, lanes, trips)
    return replace(accounts, offers=offer_lines, lanes=lane_lines)


def _fixed_costs(allocation: Allocation, accounts: Accounts) -> tuple[I64, Ints]:
    """Offers that give anything and have a fixed cost, by id; and the cost in fine units."""
    offers = allocation.market.offers
    paid = np.flatnonzero((offers.fixed_cost > 0) & (allocation.offered > 0))
    paid = paid[np.argsort(offers.id[paid])]
    return paid, offers.fixed_cost[paid].astype(object) * accounts.millionth


def _trip_costs(allocation: Allocation, per_value: int) -> tuple[I64, Ints]:
    """Lanes on which trips were made, by id, and what these cost in fine units."""
    layout, lanes = allocation.layout, allocation.market.lanes
    arcs = layout.arcs(ArcKind.TRIP)
    arcs = arcs[allocation.flow[arcs] > 0]
    price = -allocation.problem.value[arcs].astype(object) * per_value
    cost = np.asarray(price * allocation.flow[arcs], object)
    made, group = np.unique(layout.arc_ref[arcs], return_inverse=True)
    order = np.argsort(lanes.id[made])
    return made[order].astype(np.int64), _sum(cost, group, len(made))[order]


def _share(accounts: Accounts, able: Ints, lines: Lines, refs: I64, costs: Ints) -> Lines:
    """Add each cost to the lines of its ref. `able` : what the needs of an account can still carry.

    A part without a sponsor carries its share by quantity, at most what it is able to; the rest is the
    largest sponsor's, whose budget row has been charged with all of it.
    """
    base, where = lines.base.copy(), _positions(lines, refs)
    for ref, cost in zip(refs.tolist(), costs, strict=True):
        own = where.get(ref, [])
        free = [i for i in own if accounts.sponsor[lines.account[i]] < 0]
        sponsored = sorted((i for i in own if i not in free), key=lambda i: -lines.quantity[i])
        rest = cost
        for i in free:  # at most one: whoever shares a cost without a sponsor is one connected part
            share = cost * lines.quantity[i] // max(1, sum(lines.quantity[j] for j in own))
            share = max(0, min(share, able[lines.account[i]])) if sponsored else cost
            base[i] += share * accounts.denominator[lines.account[i]]
            able[lines.account[i]] -= share
            rest -= share
        for i in sponsored[:1]:
            base[i] += rest * accounts.denominator[lines.account[i]]
    return replace(lines, base=base, top=np.maximum(lines.top, base))


def _positions(lines: Lines, refs: I64) -> dict[int, list[int]]:
    """The lines of each of the given refs."""
    found: dict[int, list[int]] = {}
    for i in np.flatnonzero(np.isin(lines.ref, refs)).tolist():
        found.setdefault(int(lines.ref[i]), []).append(i)
    return found
