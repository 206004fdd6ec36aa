"""The goods market as a network: offers and needs meet in hubs, lanes join hubs of one pool.

A pool is (class, sponsor): its hubs, one per place and period, see only that class of goods bought
with that sponsor's help, so the sponsor's budget can be charged what its purchases cost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fourflow.book import MICRO, UNLIMITED, Market
from fourflow.formulation._amounts import budget_of, effective_value, lots, usable
from fourflow.formulation._columns import Columns, Rows
from fourflow.formulation._layout import QUANTITY, VALUE, ArcKind, BundleKind, Layout, NodeKind, RowKind
from fourflow.formulation._periods import Periods
from fourflow.formulation._routes import Carriage, carriage, useful
from fourflow.matching import Matching
from fourflow.problem import INF, ClearingProblem, Scales

I64 = NDArray[np.int64]
PRICE = 1000
"""From millionths of money (the market) to billionths (arc values)."""

SCALES = Scales(
    quantity=QUANTITY,
    value=VALUE,
    bundle_value=Fraction(1, MICRO),
    bundle=Fraction(1, 10**9),
    coefficient=Fraction(1, 10**9),
    bundle_coefficient=Fraction(1, MICRO),
    limit=Fraction(1, MICRO),
)


def formulate(market: Market, matching: Matching) -> tuple[ClearingProblem, Layout]:
    """Write the market as a clearing problem; the layout says which row and column means what."""
    return _Formulation(market, matching).build()


@dataclass
class _Pool:
    """One pool while it is being written."""

    index: int
    klass: int
    sponsor: int
    category: int
    offers: I64
    needs: I64
    hub: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    supply: int = 0
    lot: int = 0


class _Formulation:
    def __init__(self, market: Market, matching: Matching) -> None:
        self.market, self.matching = market, matching
        self.periods = Periods.of(market)
        self.columns, self.rows = Columns(), Rows()
        self.offer_node: dict[int, int] = {}
        self.carriages: dict[int, Carriage] = {}
        self.value = effective_value(market)
        self.supply, self.demand = usable(market)
        self.lot = lots(market)
        self.offer_place = _placed(market, market.offers.place)
        self.need_place = _placed(market, market.needs.place)
        self.hubs: list[tuple[I64, I64, I64, I64]] = []
        self.num_hubs = 0
        self.capacity_use: list[tuple[I64, I64, I64, I64]] = []
        self.spending: dict[int, list[tuple[I64, I64]]] = {}
        self.pools: list[_Pool] = []

    def build(self) -> tuple[ClearingProblem, Layout]:
        pools = self._pools()
        self._listing_nodes(pools)
        for pool in pools:
            self._write_pool(pool)
        self._lane_rows()
        self._switches(pools)
        self._budgets()
        return self._problem(), self._layout(pools)

    def _pools(self) -> list[_Pool]:
        """One pool per class and sponsor among the needs that the class may serve."""
        matching, sponsor = self.matching, self.market.needs.sponsor
        order = np.argsort(matching.offer_class, kind="stable")
        starts = np.searchsorted(matching.offer_class[order], np.arange(matching.num_classes + 1))
        pools: list[_Pool] = []
        for klass in range(matching.num_classes):
            needs = matching.class_needs[klass].astype(np.int64)
            offers = order[starts[klass] : starts[klass + 1]]
            offers = offers[self.market.offers.quantity[offers] > 0]
            category = int(matching.class_category[klass])
            for label in np.unique(sponsor[needs]) if len(offers) else ():
                chosen = needs[sponsor[needs] == label]
                pools.append(_Pool(len(pools), klass, int(label), category, offers, chosen))
        self.pools = pools
        return pools

    def _listing_nodes(self, pools: list[_Pool]) -> None:
        """A node for each offer and need that has at least one pool, in the order of the market."""
        offers = np.unique(np.concatenate([p.offers for p in pools] or [np.zeros(0, np.int64)]))
        needs = np.unique(np.concatenate([p.needs for p in pools] or [np.zeros(0, np.int64)]))
        market, columns = self.market, self.columns
        supply = self.supply[offers]
        switched = (market.offers.fixed_cost[offers] > 0) | (market.offers.min_quantity[offers] > 0)
        # -out + supply y within [0, supply]: nothing leaves unless the switch is on (DESIGN section 3).
        lower = np.where(switched, 0, -supply)
        upper = np.where(switched, supply, 0)
        self.offer_at = np.full(len(market.offers), -1, np.int64)
        self.offer_at[offers] = columns.add_nodes(NodeKind.OFFER, offers, lower, upper)
        self.need_at = np.full(len(market.needs), -1, np.int64)
        demand = self.demand[needs]
        self.need_at[needs] = columns.add_nodes(NodeKind.NEED, needs, np.zeros_like(demand), demand)

    def _write_pool(self, pool: _Pool) -> None:
        market = self.market
        pool.lot = int(self.lot[pool.category])
        pool.supply = int(min(self.supply[pool.offers].sum(dtype=object), INF - 1 - MICRO))
        if pool.category not in self.carriages:
            self.carriages[pool.category] = carriage(market, pool.category)
        carried = self.carriages[pool.category]
        supply, demand = np.unique(self.offer_place[pool.offers]), np.unique(self.need_place[pool.needs])
        kept = useful(market, carried, supply, demand, self.periods.timed)
        carried = Carriage(carried.lane[kept], carried.haulage[kept], carried.weight)
        ends = (market.lanes.from_place[carried.lane], market.lanes.to_place[carried.lane])
        places = np.unique(np.concatenate([supply, demand, *ends]))
        self._write_hubs(pool, places)
        self._write_offers(pool)
        self._write_lanes(pool, carried)
        self._write_storage(pool, places)
        self._write_needs(pool)

    def _write_hubs(self, pool: _Pool, places: I64) -> None:
        """hub[place, period] -> node, -1 where the pool has none."""
        last = self.periods.last_use(self.matching, pool.klass)
        count = self.periods.count
        times = np.arange(last + 1, dtype=np.int64)
        place, period = np.repeat(places, len(times)), np.tile(times, len(places))
        refs = self.num_hubs + np.arange(len(place), dtype=np.int64)
        zero = np.zeros(len(place), np.int64)
        nodes = self.columns.add_nodes(NodeKind.HUB, refs, zero, zero)
        pool.hub = np.full((len(self.market.places) + 1, count), -1, np.int64)
        pool.hub[place, period] = nodes
        self.hubs.append((np.full(len(place), pool.index), place, period, np.full(len(place), pool.category)))
        self.num_hubs += len(place)

    def _write_offers(self, pool: _Pool) -> None:
        offers = pool.offers
        period = self.periods.of_day(self.market.offers.from_day[offers])
        hub = pool.hub[self.offer_place[offers], period]
        offers, hub = offers[hub >= 0], hub[hub >= 0]
        price = self.market.offers.limit_price[offers]
        # A switch in the offer's row would hide the supply from cap inference, so it is said here.
        single = self.matching.class_single[pool.klass]
        cap = int(self.supply[offers].max(initial=0)) if single else INF
        arcs = self.columns.add_arcs(
            ArcKind.OFFER, offers, pool.index, self.offer_at[offers], hub, -price * PRICE, cap, pool.lot
        )
        self._spend(pool, arcs, price * PRICE)

    def _write_needs(self, pool: _Pool) -> None:
        needs, market = pool.needs, self.market
        if self.periods.timed:
            first = self.periods.of_day(market.needs.from_day[needs])
            last = self.periods.of_day(market.needs.until_day[needs])
            length = last - first + 1
            needs = np.repeat(needs, length)
            period = (
                np.repeat(first, length)
                + np.arange(len(needs))
                - np.repeat(np.cumsum(length) - length, length)
            )
        else:
            period = np.zeros(len(needs), np.int64)
        hub = pool.hub[self.need_place[needs], period]
        needs, hub = needs[hub >= 0], hub[hub >= 0]
        arcs = self.columns.add_arcs(
            ArcKind.NEED,
            needs,
            pool.index,
            hub,
            self.need_at[needs],
            self.value[needs] * PRICE,
            INF,
            pool.lot,
        )
        self._spend(pool, arcs, -market.needs.limit_price[needs] * PRICE)
        if self.matching.class_single[pool.klass]:
            self._link(pool, arcs, self.demand[needs])

    def _write_lanes(self, pool: _Pool, carried: Carriage) -> None:
        lanes = self.market.lanes
        tail, head = lanes.from_place[carried.lane], lanes.to_place[carried.lane]
        for period in range(self.periods.count):
            arrival = period + self.periods.lag(lanes.days[carried.lane])
            inside = arrival < self.periods.count
            from_hub = pool.hub[tail, period]
            to_hub = pool.hub[head, np.where(inside, arrival, 0)]
            use = np.flatnonzero(inside & (from_hub >= 0) & (to_hub >= 0))
            lane, haulage = carried.lane[use], carried.haulage[use]
            # One unit more than there is: a cap that never binds, so that no price hides behind it.
            arcs = self.columns.add_arcs(
                ArcKind.LANE,
                lane,
                pool.index,
                from_hub[use],
                to_hub[use],
                -haulage,
                pool.supply + MICRO,
                pool.lot,
            )
            self._spend(pool, arcs, haulage)
            limited = (lanes.capacity_t[lane] != UNLIMITED) | (lanes.trip_t[lane] > 0)
            weight = np.full(int(limited.sum()), carried.weight)
            self.capacity_use.append(
                (lane[limited], np.full(len(weight), period, np.int64), arcs[limited], weight)
            )

    def _write_storage(self, pool: _Pool, places: I64) -> None:
        """Goods wait at a place from one period to the next, as long as their offers stand."""
        last = self.periods.last_storage(self.matching, pool.klass)
        for period in range(last):
            tail, head = pool.hub[places, period], pool.hub[places, period + 1]
            use = (tail >= 0) & (head >= 0)
            self.columns.add_arcs(
                ArcKind.STORAGE, places[use], pool.index, tail[use], head[use],
                np.zeros(int(use.sum()), np.int64), pool.supply + MICRO, pool.lot,
            )  # fmt: skip

    def _spend(self, pool: _Pool, arcs: I64, money: I64) -> None:
        """What the sponsor's budget is charged per unit on these arcs, in billionths of money."""
        if pool.sponsor >= 0:
            self.spending.setdefault(pool.sponsor, []).append((arcs, money))

    def _link(self, pool: _Pool, arcs: I64, demand: I64) -> None:
        """x_a <= demand y for each need of an offer with a switch: these rows close the gap at the root."""
        offer = int(pool.offers[0])
        most = np.minimum(demand, self.supply[offer])
        for arc, limit in zip(arcs.tolist(), most.tolist(), strict=True):
            self.rows.add(
                RowKind.LINK, arc, 0, [arc], [10**9], -INF, 0, switch=(BundleKind.OFFER, offer, -limit)
            )

    def _lane_rows(self) -> None:
        """One row per lane and period, shared by all pools; one per lane with trips."""
        if not self.capacity_use:
            return
        lane, period, arc, weight = (np.concatenate(part) for part in zip(*self.capacity_use, strict=True))
        order = np.lexsort((arc, period, lane))
        lane, period, arc, weight = lane[order], period[order], arc[order], weight[order]
        new = np.ones(len(lane), np.bool_)
        new[1:] = (lane[1:] != lane[:-1]) | (period[1:] != period[:-1])
        starts = np.append(np.flatnonzero(new), len(lane))
        lanes = self.market.lanes
        for start, end in pairwise(starts.tolist()):
            index, when = int(lane[start]), int(period[start])
            arcs, weights = arc[start:end], weight[start:end]
            if lanes.capacity_t[index] != UNLIMITED:
                limit = int(lanes.capacity_t[index])
                self.rows.add(RowKind.LANE_CAPACITY, index, when, arcs, weights, -INF, limit)
            if lanes.trip_t[index] > 0:
                self._trips(index, when, arcs, weights)

    def _trips(self, lane: int, period: int, arcs: I64, weights: I64) -> None:
        """Whole trips: tonnes <= trip_t x trips, each trip paid once. A loop arc counts them."""
        lanes = self.market.lanes
        trip_t, cost = int(lanes.trip_t[lane]), int(lanes.cost_per_trip[lane])
        node = int(self.columns.tail_of(int(arcs[0])))
        pools = {self.columns.pool_of(int(arc)) for arc in arcs}
        tonnes = sum(self.pools[p].supply for p in pools) * int(weights.max()) // 10**9
        if lanes.capacity_t[lane] != UNLIMITED:
            tonnes = min(tonnes, int(lanes.capacity_t[lane]))
        most = -(-tonnes // trip_t) * MICRO
        ref = np.array([lane], np.int64)
        here = np.array([node], np.int64)
        loop = self.columns.add_arcs(
            ArcKind.TRIP, ref, -1, here, here, np.array([-cost * PRICE]), min(most, INF - 1), MICRO
        )
        members = np.append(arcs, loop)
        self.rows.add(RowKind.TRIPS, lane, period, members, np.append(weights, -trip_t * 1000), -INF, 0)
        # Trips shared by several sponsors are charged to each: a budget is never overspent.
        for sponsor in {self.pools[p].sponsor for p in pools} - {-1}:
            self.spending[sponsor].append((loop, np.array([cost * PRICE])))

    def _switches(self, pools: list[_Pool]) -> None:
        """Switches of offers and needs: fixed costs and least quantities."""
        market, arcs = self.market, self.columns.arc_lists()
        for klass in np.flatnonzero(self.matching.class_single):
            of_class = [p for p in pools if p.klass == klass and len(p.offers)]
            if of_class:
                self._offer_switch(int(of_class[0].offers[0]), arcs)
        for need in np.flatnonzero((market.needs.min_quantity > 0) & (self.need_at >= 0)):
            self._need_switch(int(need), arcs)

    def _offer_switch(self, offer: int, arcs: dict[tuple[int, int], list[int]]) -> None:
        offers = self.market.offers
        supply, cost, least = (int(c[offer]) for c in (self.supply, offers.fixed_cost, offers.min_quantity))
        own = arcs.get((ArcKind.OFFER, offer), [])
        self.columns.add_bundle(BundleKind.OFFER, offer, -cost, [(int(self.offer_at[offer]), -supply)])
        if least > 0:
            self._at_least(BundleKind.OFFER, offer, own, least)
        for sponsor in {self.pools[self.columns.pool_of(arc)].sponsor for arc in own} - {-1}:
            self.rows.charge(sponsor, (BundleKind.OFFER, offer, cost))

    def _need_switch(self, need: int, arcs: dict[tuple[int, int], list[int]]) -> None:
        needs = self.market.needs
        own = arcs.get((ArcKind.NEED, need), [])
        self.columns.add_bundle(BundleKind.NEED, need, 0, [])
        self._at_least(BundleKind.NEED, need, own, int(needs.min_quantity[need]))
        switch = (BundleKind.NEED, need, -int(self.demand[need]))
        bundle = self.columns.bundle_at(BundleKind.NEED, need)
        self.rows.add(RowKind.MOST, bundle, 0, own, [10**9] * len(own), -INF, 0, switch=switch)

    def _at_least(self, kind: BundleKind, ref: int, own: list[int], least: int) -> None:
        bundle = self.columns.bundle_at(kind, ref)
        switch = (kind, ref, -least)
        self.rows.add(RowKind.LEAST, bundle, 0, own, [10**9] * len(own), 0, INF, switch=switch)

    def _budgets(self) -> None:
        """A sponsor's purchases and their haulage, less what the needs pay, stay within its budget."""
        budgets = budget_of(self.market)
        for sponsor in sorted(self.spending):
            arcs = np.concatenate([part for part, _ in self.spending[sponsor]])
            money = np.concatenate([part for _, part in self.spending[sponsor]])
            order = np.argsort(arcs, kind="stable")
            limit = budgets.get(sponsor, 0)
            self.rows.add(RowKind.BUDGET, sponsor, 0, arcs[order], money[order], -INF, limit)

    def _problem(self) -> ClearingProblem:
        arrays = self.columns.arrays()
        return ClearingProblem(**arrays, **self.rows.arrays(self.columns), scales=SCALES)

    def _layout(self, pools: list[_Pool]) -> Layout:
        parts = [np.concatenate(part) for part in zip(*self.hubs, strict=True)] if self.hubs else []
        pool, place, period, category = parts or [np.zeros(0, np.int64)] * 4
        none = np.zeros(0, np.int32)
        return Layout(
            **self.columns.layout(),
            **self.rows.layout(),
            hub_pool=pool.astype(np.int32),
            hub_place=place.astype(np.int32),
            hub_period=period.astype(np.int32),
            hub_category=category.astype(np.int32),
            pool_sponsor=np.array([p.sponsor for p in pools], np.int32),
            pool_category=np.array([p.category for p in pools], np.int32),
            pair_offer=none,
            pair_need=none,
            period_day=self.periods.first_days(),
        )


def _placed(market: Market, place: NDArray[np.int32]) -> I64:
    """The place, or one beyond the last for listings without any: they meet there at no haulage."""
    return np.where(place >= 0, place, len(market.places)).astype(np.int64)
