"""Whole trips of a lane: loops count those that are made, and those that the goods of each payer need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fourflow.book import MICRO, UNLIMITED
from fourflow.formulation._amounts import PRICE
from fourflow.formulation._draft import UNIT, Draft
from fourflow.formulation._layout import ArcKind, RowKind
from fourflow.formulation._pools import Pool, by_purse
from fourflow.problem import INF

I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Trips:
    """A lane in one period, and its arcs: what a unit on each loads in billionths of a tonne and its pool."""

    draft: Draft
    lane: int
    period: int
    arcs: I64
    weights: I64
    pool_of: I64

    def write(self, unaided: dict[int, list[Pool]]) -> None:
        """Tonnes <= trip_t x trips, each trip paid once. A loop arc counts them.

        Where goods of several purses may share them, each purse is charged for the trips that its own goods
        would need, so that it can pay its share of those that are made, and nothing where it has no goods.
        What an offer with a least quantity gives without a sponsor is charged likewise, but for what it loads
        into trips that are paid by those who want the least quantity filled.

        unaided : the pools without a sponsor of each such offer.
        """
        pools = [self.draft.pools[index] for index in np.unique(self.pool_of).tolist()]
        made = self._count(RowKind.TRIPS, -1, pools)
        here, purses = {pool.index for pool in pools}, by_purse(pools)
        free = {offer: [pool for pool in own if pool.index in here] for offer, own in unaided.items()}
        free = {offer: own for offer, own in free.items() if own}
        rooms = [
            (offer, purse, self._room_in(wanted[0].index, own))
            for offer, own in free.items()
            for purse, wanted in by_purse([p for p in pools if p.sponsor >= 0 and offer in p.offers]).items()
        ]
        for purse, own in purses.items():
            if purse[1] >= 0:
                lent = [room for _, to, room in rooms if to == purse]
                guests = [pool for offer, to, _ in rooms if to == purse for pool in free[offer]]
                counted = self._own(own, lent, 1, guests) if len(purses) > 1 else made
                self.draft.spend(own[0], counted, self._cost)
        for offer, own in free.items():
            counted = self._own(own, [room for who, _, room in rooms if who == offer], -1)
            self.draft.unaided.setdefault(offer, []).append((counted, self._cost))

    @property
    def _room(self) -> int:
        """Of one trip, as a coefficient."""
        return int(self.draft.market.lanes.trip_t[self.lane]) * 1000

    @property
    def _cost(self) -> I64:
        return np.array([int(self.draft.market.lanes.cost_per_trip[self.lane]) * PRICE])

    def _own(self, pools: list[Pool], rooms: list[I64], sign: int, guests: Sequence[Pool] = ()) -> I64:
        """The trips that the goods of some pools would need, with what others load into them (sign 1), or
        less what is loaded into those of others (sign -1)."""
        return self._count(RowKind.OWN_TRIPS, pools[0].index, pools, rooms, sign, guests)

    def _count(
        self,
        kind: RowKind,
        label: int,
        pools: list[Pool],
        rooms: Sequence[I64] = (),
        sign: int = 0,
        guests: Sequence[Pool] = (),
    ) -> I64:
        """The loop that counts the trips which the goods of some pools need, and the row that says so.

        label : the first of the pools; -1 for the trips that are really made.
        """
        members, loads = self._loads(pools)
        most = min(-(-self._most([*pools, *guests]) // (self._room // 1000)) * MICRO, INF - 1)
        value = -self._cost if label < 0 else self._cost * 0
        loop = self._loop(ArcKind.TRIP, label, members, value, most, MICRO)
        columns = np.concatenate([members, *rooms, loop])
        entries = np.concatenate([loads, np.full(len(rooms), sign * UNIT), [-self._room]])
        self.draft.rows.add(kind, self.lane, self.period, columns, entries, -INF, 0)
        return loop

    def _room_in(self, label: int, pools: list[Pool]) -> I64:
        """The loop for what the goods of some pools load into the trips of a purse, in millionths of a tonne.

        label : the first pool with which this purse buys from the same offer.
        """
        return self._loop(ArcKind.ROOM, label, self._loads(pools)[0], self._cost * 0, self._most(pools), 0)

    def _loads(self, pools: list[Pool]) -> tuple[I64, I64]:
        """The arcs of some pools and what a unit on each loads."""
        mine = np.isin(self.pool_of, [pool.index for pool in pools])
        return self.arcs[mine], self.weights[mine]

    def _most(self, pools: list[Pool]) -> int:
        """What all of some pools would load, as far as the lane carries it, in millionths of a tonne."""
        lanes = self.draft.market.lanes
        tonnes = -(-sum(pool.supply for pool in pools) * int(self._loads(pools)[1].max()) // 10**9)
        capacity = int(lanes.capacity_t[self.lane])
        return min(tonnes, INF - 1 if capacity == UNLIMITED else capacity)

    def _loop(self, kind: ArcKind, label: int, members: I64, value: I64, most: int, step: int) -> I64:
        columns, ref = self.draft.columns, np.array([self.lane], np.int64)
        here = columns.tail_of(members[:1])
        return columns.add_arcs(kind, ref, label, here, here, value, most, step)
