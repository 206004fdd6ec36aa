"""The market as a network: offers and needs meet in hubs, lanes join the hubs of one pool.

A pool's hubs see only one class of offers bought at the cost of one purse, so a sponsor's budget or a
project's money can be charged what its purchases cost. Goods have a hub per place and period; what is not
tied to a place (capital, technology, talent that works elsewhere) meets in one hub, ANYWHERE.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fourflow.book import GOODS, MICRO, TALENT, UNLIMITED, Market
from fourflow.formulation._amounts import PRICE, budget_of, over_term, size_step
from fourflow.formulation._carried import carry
from fourflow.formulation._draft import Draft, joined, least_asked
from fourflow.formulation._layout import QUANTITY, VALUE, ArcKind, Layout, NodeKind, RowKind
from fourflow.formulation._pools import Pool
from fourflow.formulation._projects import add_projects
from fourflow.formulation._rules import add_rules
from fourflow.formulation._switches import add_switches, link_offer
from fourflow.matching import Matching
from fourflow.problem import INF, ClearingProblem, Scales

I64 = NDArray[np.int64]

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
    return _Formulation(Draft.of(market, matching)).build()


class _Formulation:
    def __init__(self, draft: Draft) -> None:
        self.draft, self.market = draft, draft.market
        self.columns, self.rows, self.periods = draft.columns, draft.rows, draft.periods
        self.anywhere = len(self.market.places)
        self.offer_place = _placed(self.market, self.market.offers.place)
        self.need_place = _placed(self.market, self.market.needs.place)
        self.hubs: list[tuple[I64, I64, I64, I64]] = []
        self.num_hubs = 0

    def build(self) -> tuple[ClearingProblem, Layout]:
        self._listing_nodes()
        carried = carry(self.draft, self.offer_place, self.need_place)
        for pool in self.draft.pools:
            self._write_hubs(pool, self._hub_places(pool, carried.places(pool)))
            self._write_offers(pool)
            carried.write_lanes(pool)
            self._write_needs(pool)
        carried.write_rows()
        add_switches(self.draft)
        add_projects(self.draft)
        self._budgets()
        add_rules(self.draft)
        return self._problem(), self._layout()

    def _listing_nodes(self) -> None:
        """A node for each offer and need that has at least one pool, in the order of the market."""
        draft, market, none = self.draft, self.market, np.zeros(0, np.int64)
        offers = np.unique(np.concatenate([p.offers for p in draft.pools] or [none]))
        needs = np.unique(np.concatenate([p.needs for p in draft.pools] or [none]))
        supply = draft.supply[offers]
        made_by = market.offers.project[offers]
        switched = draft.is_switched[offers] | (made_by >= 0)
        switched &= supply != UNLIMITED
        # -out + supply y within [0, supply]: nothing leaves unless the switch is on (DESIGN section 3).
        of_any_size = (
            np.isin(made_by, draft.served) & ~np.append(market.projects.all_or_nothing, True)[made_by]
        )
        asked = np.isin(offers, least_asked(market, draft.pools))
        room = np.where(of_any_size & asked, size_step(supply), 0)
        lower = np.where(switched, -room, np.where(supply == UNLIMITED, -INF, -supply))
        upper = np.where(switched, supply, 0)
        draft.offer_at[offers] = self.columns.add_nodes(NodeKind.OFFER, offers, lower, upper)
        line = market.needs.project[needs] >= 0
        demand = draft.demand[needs]
        kept = np.isin(market.needs.project[needs], draft.served)
        demand[line] = np.where(kept, draft.left_over[needs], 0)[line]
        kind = np.where(line, int(NodeKind.LINE), int(NodeKind.NEED))
        draft.need_at[needs] = self.columns.add_nodes(kind, needs, np.zeros_like(demand), demand)

    def _hub_places(self, pool: Pool, on_lanes: I64) -> I64:
        """Where the pool has hubs."""
        offers = self.market.offers
        if pool.kind == GOODS:
            ends = [self.offer_place[pool.offers], self.need_place[pool.needs], on_lanes]
            return np.unique(np.concatenate(ends))
        if pool.kind != TALENT:
            return np.array([self.anywhere])
        here = self.offer_place[pool.offers][~offers.remote[pool.offers]]
        if pool.single:  # anywhere comes after all places
            return np.append(here, np.full(int(self._moves(pool)[0]), self.anywhere))
        return np.unique(np.append(here, [self.anywhere] if self._moves(pool).any() else []).astype(np.int64))

    def _moves(self, pool: Pool) -> NDArray[np.bool_]:
        offers = self.market.offers
        moves: NDArray[np.bool_] = offers.move_cost[pool.offers] != UNLIMITED
        return offers.remote[pool.offers] | moves

    def _write_hubs(self, pool: Pool, places: I64) -> None:
        """hub[place, period] -> node, -1 where the pool has none."""
        timed = pool.kind == GOODS
        last = self.periods.last_use(self.draft.matching, pool.klass) if timed else 0
        place, period = places, np.zeros(len(places), np.int64)
        if last > 0:
            times = np.arange(last + 1, dtype=np.int64)
            place, period = np.repeat(places, len(times)), np.tile(times, len(places))
        refs = self.num_hubs + np.arange(len(place), dtype=np.int64)
        zero = np.zeros(len(place), np.int64)
        nodes = self.columns.add_nodes(NodeKind.HUB, refs, zero, zero)
        pool.hub = np.full((self.anywhere + 1, self.periods.count), -1, np.int64)
        pool.hub[place, period] = nodes
        self.hubs.append((np.full(len(place), pool.index), place, period, np.full(len(place), pool.category)))
        self.num_hubs += len(place)

    def _write_offers(self, pool: Pool) -> None:
        """Into the hub of their place; what moves, or has no place, into ANYWHERE."""
        offers, market = pool.offers, self.market
        price = over_term(market.offers.limit_price[offers], pool.term_months, up=True)
        period = np.zeros(len(offers), np.int64)
        if pool.kind == GOODS:
            period = self.periods.of_day(market.offers.from_day[offers])
            self._offer_arcs(pool, offers, pool.hub[self.offer_place[offers], period], price)
            return
        there = np.full(len(offers), pool.hub[self.anywhere, 0])
        if pool.kind == TALENT:
            away = market.offers.remote[offers]
            here = np.where(away, -1, pool.hub[self.offer_place[offers], period])
            self._offer_arcs(pool, offers, here, price)
            # A move that is paid once, whatever is taken, is a switch instead.
            once = ~away & (not pool.single or market.offers.quantity[offers] < 2 * MICRO)
            cost = np.where(once & (pool.lot == MICRO), market.offers.move_cost[offers], 0)
            there = np.where(self._moves(pool), there, -1)
            price = price + np.where(there >= 0, cost, 0) * PRICE
        self._offer_arcs(pool, offers, there, price)

    def _offer_arcs(self, pool: Pool, offers: I64, hub: I64, price: I64) -> None:
        offers, hub, price = offers[hub >= 0], hub[hub >= 0], price[hub >= 0]
        # A switch in the offer's row would hide the supply from cap inference, and unlimited licences have
        # none, so it is said here: for these one unit above what is asked for, which never binds.
        most = self.draft.supply[offers]
        cap = np.where(most == UNLIMITED, pool.supply + MICRO, most if pool.single else INF)
        tail = self.draft.offer_at[offers]
        arcs = self.columns.add_arcs(ArcKind.OFFER, offers, pool.index, tail, hub, -price, cap, pool.lot)
        self.draft.spend(pool, arcs, price)

    def _write_needs(self, pool: Pool) -> None:
        """From the hub of their place, and from ANYWHERE."""
        needs = pool.needs
        if pool.kind == GOODS:
            needs, period = self._open_periods(needs)
            self._need_arcs(pool, needs, pool.hub[self.need_place[needs], period])
            return
        here = pool.hub[self.need_place[needs], 0] if pool.kind == TALENT else np.full(len(needs), -1)
        there = np.full(len(needs), pool.hub[self.anywhere, 0])
        # One offer alone serves its own place from there: elsewhere is never cheaper.
        there = np.where(pool.single & (here >= 0), -1, there)
        self._need_arcs(pool, needs, here)
        self._need_arcs(pool, needs, there)

    def _open_periods(self, needs: I64) -> tuple[I64, I64]:
        """Each need once for every period in which it is open, and that period."""
        if not self.periods.timed:
            return needs, np.zeros(len(needs), np.int64)
        first = self.periods.of_day(self.market.needs.from_day[needs])
        length = self.periods.of_day(self.market.needs.until_day[needs]) - first + 1
        within = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
        return np.repeat(needs, length), np.repeat(first, length) + within

    def _need_arcs(self, pool: Pool, needs: I64, hub: I64) -> None:
        draft = self.draft
        needs, hub = needs[hub >= 0], hub[hub >= 0]
        worth = over_term(draft.value[needs], pool.term_months, up=False)
        arcs = self.columns.add_arcs(
            ArcKind.NEED, needs, pool.index, hub, draft.need_at[needs], worth, INF, pool.lot
        )
        draft.spend(pool, arcs, -over_term(draft.pays[needs], pool.term_months, up=False))
        if pool.single:
            link_offer(draft, pool, arcs, needs, hub == pool.hub[self.anywhere, 0])

    def _budgets(self) -> None:
        """A sponsor's purchases and their haulage, less what is paid for them, stay within its budget."""
        budgets = budget_of(self.market)
        for sponsor in sorted(self.draft.spending):
            arcs, money = joined(self.draft.spending[sponsor])
            self.rows.add(RowKind.BUDGET, sponsor, 0, arcs, money, -INF, budgets.get(sponsor, 0))

    def _problem(self) -> ClearingProblem:
        arrays = self.columns.arrays()
        return ClearingProblem(**arrays, **self.rows.arrays(self.columns), scales=SCALES)

    def _layout(self) -> Layout:
        pools = self.draft.pools
        parts = [np.concatenate(part) for part in zip(*self.hubs, strict=True)] if self.hubs else []
        pool, place, period, category = parts or [np.zeros(0, np.int64)] * 4
        return Layout(
            **self.columns.layout(),
            **self.rows.layout(),
            hub_pool=pool.astype(np.int32),
            hub_place=place.astype(np.int32),
            hub_period=period.astype(np.int32),
            hub_category=category.astype(np.int32),
            pool_sponsor=np.array([p.sponsor for p in pools], np.int32),
            pool_project=np.array([p.project for p in pools], np.int32),
            pool_category=np.array([p.category for p in pools], np.int32),
            pool_term_months=np.array([p.term_months for p in pools], np.int32),
            period_day=self.periods.first_days(),
        )


def _placed(market: Market, place: NDArray[np.int32]) -> I64:
    """The place, or one beyond the last for listings without any: they meet there at no haulage."""
    return np.where(place >= 0, place, len(market.places)).astype(np.int64)
