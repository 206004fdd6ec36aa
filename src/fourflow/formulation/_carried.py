"""Haulage: lanes between the hubs of goods, storage from period to period, capacities and trips."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fourflow.book import GOODS, MICRO, UNLIMITED
from fourflow.formulation._draft import Draft
from fourflow.formulation._layout import ArcKind, RowKind
from fourflow.formulation._pools import Pool, unaided
from fourflow.formulation._routes import Carriage, carriage, useful
from fourflow.formulation._trips import Trips
from fourflow.matching import measures
from fourflow.problem import INF

I64 = NDArray[np.int64]


def carry(draft: Draft, offer_place: I64, need_place: I64) -> Carried:
    """The lanes that each pool of goods needs."""
    # A rule over lanes or their carbon may prefer a way that is not the cheapest.
    over_lanes = any(part.where == "lane" for _, *both in measures(draft.market) for part in both if part)
    of_category: dict[int, Carriage] = {}
    lanes: dict[int, Carriage] = {}
    for pool in draft.pools:
        if pool.kind != GOODS:
            continue
        if pool.category not in of_category:
            of_category[pool.category] = carriage(draft.market, pool.category)
        carried = of_category[pool.category]
        supply, demand = np.unique(offer_place[pool.offers]), np.unique(need_place[pool.needs])
        kept = useful(draft.market, carried, supply, demand, draft.periods.timed or over_lanes)
        lanes[pool.index] = Carriage(carried.lane[kept], carried.haulage[kept], carried.weight)
    return Carried(draft, lanes)


@dataclass
class Carried:
    """lanes : of each pool of goods; use : (lane, period, arc, weight) of those that limit what goes."""

    draft: Draft
    lanes: dict[int, Carriage]
    use: list[tuple[I64, I64, I64, I64]] = field(default_factory=list)

    def places(self, pool: Pool) -> I64:
        """Where the pool's lanes start and end."""
        if pool.index not in self.lanes:
            return np.zeros(0, np.int64)
        lanes, lane = self.draft.market.lanes, self.lanes[pool.index].lane
        return np.unique(np.concatenate([lanes.from_place[lane], lanes.to_place[lane]])).astype(np.int64)

    def write_lanes(self, pool: Pool) -> None:
        """The pool's lane arcs, then its storage arcs."""
        if pool.index not in self.lanes:
            return
        carried, lanes, periods = self.lanes[pool.index], self.draft.market.lanes, self.draft.periods
        tail, head = lanes.from_place[carried.lane], lanes.to_place[carried.lane]
        for period in range(periods.count):
            arrival = period + periods.lag(lanes.days[carried.lane])
            inside = arrival < periods.count
            from_hub = pool.hub[tail, period]
            to_hub = pool.hub[head, np.where(inside, arrival, 0)]
            use = np.flatnonzero(inside & (from_hub >= 0) & (to_hub >= 0))
            self._lane_arcs(pool, period, carried, use, from_hub[use], to_hub[use])
        self._write_storage(pool)

    def _lane_arcs(
        self, pool: Pool, period: int, carried: Carriage, use: I64, from_hub: I64, to_hub: I64
    ) -> None:
        lanes = self.draft.market.lanes
        lane, haulage = carried.lane[use], carried.haulage[use]
        # One unit more than there is: a cap that never binds, so that no price hides behind it.
        arcs = self.draft.columns.add_arcs(
            ArcKind.LANE, lane, pool.index, from_hub, to_hub, -haulage, pool.supply + MICRO, pool.lot
        )
        self.draft.spend(pool, arcs, haulage)
        limited = (lanes.capacity_t[lane] != UNLIMITED) | (lanes.trip_t[lane] > 0)
        weight = np.full(int(limited.sum()), carried.weight)
        self.use.append((lane[limited], np.full(len(weight), period, np.int64), arcs[limited], weight))

    def _write_storage(self, pool: Pool) -> None:
        """Goods wait at a place from one period to the next, as long as their offers stand."""
        last = self.draft.periods.last_storage(self.draft.matching, pool.klass)
        places = np.flatnonzero((pool.hub >= 0).any(axis=1))
        for period in range(last):
            tail, head = pool.hub[places, period], pool.hub[places, period + 1]
            use = (tail >= 0) & (head >= 0)
            self.draft.columns.add_arcs(
                ArcKind.STORAGE, places[use], pool.index, tail[use], head[use],
                np.zeros(int(use.sum()), np.int64), pool.supply + MICRO, pool.lot,
            )  # fmt: skip

    def write_rows(self) -> None:
        """One row per lane and period, shared by all pools; one per lane with trips."""
        if not self.use:
            return
        lane, period, arc, weight = (np.concatenate(part) for part in zip(*self.use, strict=True))
        order = np.lexsort((arc, period, lane))
        lane, period, arc, weight = lane[order], period[order], arc[order], weight[order]
        new = np.ones(len(lane), np.bool_)
        new[1:] = (lane[1:] != lane[:-1]) | (period[1:] != period[:-1])
        starts = np.append(np.flatnonzero(new), len(lane))
        lanes, of_pool = self.draft.market.lanes, self.draft.columns.arcs_by_meaning()[2][arc]
        free = unaided(self.draft.market, self.draft.pools)
        for start, end in pairwise(starts.tolist()):
            index, when = int(lane[start]), int(period[start])
            arcs, weights = arc[start:end], weight[start:end]
            if lanes.capacity_t[index] != UNLIMITED:
                limit = int(lanes.capacity_t[index])
                self.draft.rows.add(RowKind.LANE_CAPACITY, index, when, arcs, weights, -INF, limit)
            if lanes.trip_t[index] > 0:
                Trips(self.draft, index, when, arcs, weights, of_pool[start:end]).write(free)
