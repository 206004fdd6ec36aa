"""An auction for a crowd: bidders of one unit each, and few items with room for many.

Prices are found first, all at once, by Newton's method on the smoothed bound (kernel `_smooth`), beginning
with one level for all items at which as much is wanted as there is. A little below them one auction with a
step of about the same size makes the pairs: most bidders bid once.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fourflow.engines._watch import Watch
from fourflow.engines.auction._bipartite import I64, Market
from fourflow.engines.auction._grid import WORD, Grid
from fourflow.engines.auction._quantities import all_best_profits
from fourflow.engines.kernels import bid_in_crowd, newton_step, row_most, smooth_demand

F64 = NDArray[np.float64]

CROWD = 8
"""Places that an item must have on average: below it the bound is not smooth."""
SAMPLE = 20_000
"""Bidders whose best values give the first level of prices."""
ARCS_AN_ITEM = 256
"""Arcs an item that the first, coarse steps look at."""
MOST_STEPS = 16
MOST_SHARING = 0.5
"""The part of bidders that may be undecided: with more of them two choices each say too little."""
DAMPING = 0.02
"""Curvature added to every item, in its room by the window."""
WIDEST = 0.2
"""The first window, in mean values."""
ENOUGH = 0.1
"""Newton steps end where the next one promises less than this part of the gap."""


class CrowdAuction:
    """A crowd auction in progress.

    price : of items, profit : of bidders, in ticks, chosen : the arc that a bidder has in `rows`, -1 without.
    int64[num_nodes] each. step : the last bid step, in ticks
    """

    def __init__(self, market: Market, watch: Watch) -> None:
        self.market, self.watch = market, watch
        self.needs_bid = _takes_one(market.demand) and not _takes_one(market.supply)
        self.wanted, self.room = market.demand, market.supply
        if not self.needs_bid:
            self.wanted, self.room = self.room, self.wanted
        self.item = self.room > 0
        self.rows = market.rows_of_takers() if self.needs_bid else market.rows_of_givers()
        nodes = market.problem.num_nodes
        self.price, self.profit = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
        self.chosen, self.spare = np.full(nodes, -1, np.int64), self.room.copy()
        self.bids = self.offers = self.step = 0
        self.bidders = np.flatnonzero(self.wanted > 0)

    def _most(self) -> I64:
        """The best value of some bidders, evenly chosen."""
        some = self.bidders[:: max(len(self.bidders) // SAMPLE, 1)]
        return row_most(self.rows.start, self.rows.value, some)

    def mean_most(self) -> float:
        most = self._most()
        return float(most.mean()) if len(most) else 0.0

    def level_out(self, grid: Grid) -> None:
        """One price for all items, at which about as much is wanted as there is."""
        most = np.sort(self._most())[::-1]
        served = int(len(most) * min(float(self.room.sum()) / max(len(self.bidders), 1), 1.0))
        price = (int(most[served]) << grid.up) >> grid.down if served < len(most) else 0
        self.price = np.where((self.room > 0) & ~self.market.unlimited, price, 0)

    def price_the_new(self) -> None:
        """What has no price from yesterday gets one that is common today, for it may be new."""
        known = self.item & (self.price > 0)
        if known.any():
            self.price[self.item & (self.price == 0) & ~self.market.unlimited] = int(
                np.median(self.price[known])
            )

    def find_prices(self, grid: Grid, gap: float, window: int) -> int:
        """Newton steps until the next one would gain little; the last window, in ticks: so far off prices
        may be. 0 where no such prices were found.

        A step that does not lower the smoothed bound is made shorter; while steps are long the window stays.
        """
        items = np.flatnonzero(self.room > 0)
        if not len(items) or not len(self.bidders):
            return 1
        self._price_out(grid)
        smooth = Smooth(self, grid, int(items[0]), int(items[-1]) + 1)
        smooth.stride = max(self.market.problem.num_arcs // (ARCS_AN_ITEM * len(items)), 1)
        price, merit = self.price[smooth.base : smooth.stop], np.inf
        before, step = price.copy(), np.zeros(len(price))
        for _ in range(MOST_STEPS):
            bound, smoothed, excess = smooth.look(window)
            if smooth.share() > MOST_SHARING:
                window, merit = window // 2 + 1, np.inf
                continue
            if smoothed > merit:
                step /= 4
                price[:] = np.maximum(before + step.astype(np.int64), 0)
                continue
            before, merit = price.copy(), smoothed
            step = np.clip(smooth.step(excess, window), -window, window)
            price[:] = np.maximum(price + step.astype(np.int64), 0)
            gain = 0.5 * float(excess[:-1] @ step)
            if smooth.stride == 1 and gain <= ENOUGH * gap * bound:
                return window
            if self.watch.stopped:
                break
            if smooth.stride > 1:
                smooth.stride, merit = max(smooth.stride // 4, 1), np.inf
            moved = float(np.abs(step).sum() / len(items))
            window = int(min(max(2.0 * moved, window / 4), window)) + 1
        return 0

    def _price_out(self, grid: Grid) -> None:
        """Nobody bids for what has no room, and what has no limit is free."""
        self.price[self.market.unlimited] = 0
        self.price[~self.item] = np.int64(1) << (WORD - grid.bits)

    def level(self, grid: Grid, eps: int, patience: int) -> None:
        """Bid from the prices as they are, nothing sold, with steps of `eps` ticks; then take stock."""
        rows, room = self.rows, self.room
        self.step = eps
        degree = self.market.out_start if self.needs_bid else self.market.in_start
        most = np.minimum(room, np.diff(degree))
        slot = np.concatenate([[0], np.cumsum(most)])
        size, places = np.zeros(len(room), np.int64), int(slot[-1])
        key, who = np.empty(places, np.int64), np.empty(places, np.uint32)
        self._price_out(grid)
        self.chosen[:] = -1
        ring = self.bidders.astype(np.uint32)
        self.bids += self.watch.together(
            lambda queue: bid_in_crowd(
                rows.start, rows.other, rows.value, grid.up, grid.down, self.price, room, slot, size, key,
                who, self.chosen, eps, queue, int(patience * len(queue)), self.watch.stop,
            ),
            [ring],
        )[0]  # fmt: skip
        self.spare = room - size
        all_best_profits(self.watch, rows, grid, self.price, self.profit)

    def unsold_value(self) -> float:
        """What the room that is left over would cost, in ticks: it should cost nothing."""
        return float(self.price[self.item].astype(np.float64) @ self.spare[self.item])


class Smooth:
    """The smoothed bound of a crowd auction on items base..stop, looked at through every stride-th bidder."""

    def __init__(self, auction: CrowdAuction, grid: Grid, base: int, stop: int) -> None:
        self.auction, self.grid, self.base, self.stop, self.stride = auction, grid, base, stop, 1
        self.room = auction.room[base:stop].astype(np.float64)
        self._limited = (self.room > 0) & ~auction.market.unlimited[base:stop]
        first, last, threads = auction.bidders[0], auction.bidders[-1] + 1, auction.watch.threads
        edges = np.linspace(first, last, threads + 1).astype(int).tolist()
        self._parts = list(enumerate(pairwise(edges)))
        size = max(int(np.diff(edges).max()), 1)
        self._one, self._other = np.empty((2, threads, size), np.uint32)
        self._weight, self._edges = np.empty((threads, size)), np.zeros(threads, np.int64)

    def look(self, window: int) -> tuple[float, float, F64]:
        """(bound, smoothed bound, excess demand, with a last place for those who want nothing)."""
        auction, rows, grid = self.auction, self.auction.rows, self.grid
        demand = np.zeros((len(self._parts), self.stop - self.base + 1))
        found = auction.watch.together(
            lambda part: smooth_demand(
                part[1][0], part[1][1], self.stride, rows.start, rows.other, rows.value, grid.up, grid.down,
                auction.wanted, auction.price, self.base, window, demand[part[0]], self._one[part[0]],
                self._other[part[0]], self._weight[part[0]],
            ),
            self._parts,
        )  # fmt: skip
        self._edges = np.array([edges for *_, edges in found])
        rents = float(self.room @ auction.price[self.base : self.stop])
        bound, smoothed = (sum(part[k] for part in found) + rents for k in range(2))
        return bound, smoothed, demand.sum(0) - np.append(self.room, 0.0)

    def share(self) -> float:
        """The part of bidders that was undecided where was looked last."""
        return float(self._edges.sum()) * self.stride / len(self.auction.bidders)

    def step(self, excess: F64, window: int) -> F64:
        """The Newton step from where was looked last."""
        price = self.auction.price[self.base : self.stop]
        free = np.append(self._limited & ((price > 0) | (excess[:-1] > 0)), False)
        damping = np.append(DAMPING * np.maximum(self.room, 1.0), 1.0) / window
        return newton_step(
            excess, free, damping, self._one, self._other, self._weight, self._edges, 30, 0.05
        )[:-1]


def _takes_one(quantity: I64) -> bool:
    return int(quantity.max()) <= 1


def is_crowd(market: Market) -> bool:
    """Whether one side takes one unit each and the other has room for many."""
    for wanted, room, start in (
        (market.demand, market.supply, market.out_start),
        (market.supply, market.demand, market.in_start),
    ):
        if _takes_one(wanted) and (room > 0).any():
            places = np.minimum(room, np.diff(start))
            return float(places.sum()) >= CROWD * int((places > 0).sum())
    return False
