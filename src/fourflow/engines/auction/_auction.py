"""Auctions for a market of pairs: one whose steps shrink as fewer wait, mended, or level by level.

The short side bids, since most of what the long side has then keeps the price 0. After a few bids each, those
who still wait take larger steps, for prices have far to go; the fewer wait, the smaller. Who has bid too much
so, and would gain elsewhere, is let go in the end and bids again (forward); what is left over at a price
courts bidders (reverse). Where that takes too long, level by level: a level starts from the prices of the
last one, less one step, with nothing sold.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from fourflow.engines._watch import Watch
from fourflow.engines.auction._bipartite import I64, Array, Market, Rows
from fourflow.engines.auction._grid import WORD, Grid
from fourflow.engines.kernels import by_item, forward, pack, reverse, row_most, take_stock

SHORTER = 0.95
"""A side is the short one if it is shorter than this share of the other."""
PATIENCE = 40
"""Bids per bidder after which an auction with the smallest step is given up: most take 5 to 30."""
NO_END = 2**61
CALM, HURRY = 2, 0.3
"""After so many bids per bidder steps are that part of the mean value, times the share of those who wait."""
MANY, FEW = 200_000, 1000
"""From this many bidders on a second thread bids, while at least so many wait. Among fewer items both change
the same lines of memory, which then travel from core to core: 0.8 to 2 times as fast as one."""


def mean_most(rows: Rows, weight: I64) -> float:
    """The mean over nodes, by weight, of their rows' largest value (at least 0), in units of value."""
    active = np.flatnonzero((weight > 0) & (np.diff(rows.start) > 0))
    if not len(active):
        return 0.0
    return float(np.average(row_most(rows.start, rows.value, active), weights=weight[active]))


class Auction:
    """An auction in progress: prices and who holds what.

    price : of items, profit : the most that bidders could gain, gained : what they do, in ticks; held : a
    bidder's item, chosen : the arc to it in `rows`, -1 without. int64[num_nodes] each.
    step : the last bid step, in ticks
    """

    def __init__(self, market: Market, watch: Watch) -> None:
        self.market, self.watch = market, watch
        self.needs_bid = self._needs_bid()
        self.bidder, self.item = market.demand > 0, market.supply > 0
        if not self.needs_bid:
            self.bidder, self.item = self.item, self.bidder
        self.rows = market.rows_of_takers() if self.needs_bid else market.rows_of_givers()
        self._packed: I64 | None = None
        self._columns: I64 | None = None
        nodes = market.problem.num_nodes
        self.price, self.profit = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
        self.held, self.chosen = np.full(nodes, -1, np.int64), np.full(nodes, -1, np.int64)
        self.gained = np.zeros(nodes, np.int64)
        self.bids = self.offers = self.step = 0
        self._many = bool(np.count_nonzero(self.bidder) >= MANY)
        self._alone = False  # once a war of small steps is seen, one thread: two prolong it

    @property
    def start_of_items(self) -> I64:
        return self.market.out_start if self.needs_bid else self.market.in_start

    def _needs_bid(self) -> bool:
        """Whether takers bid: where the sides are about as long, whoever's arcs are in order already."""
        takers, givers = int(self.market.demand.sum()), int(self.market.supply.sum())
        if min(takers, givers) < SHORTER * max(takers, givers):
            return takers < givers
        return self.market.by_head or not self.market.by_tail

    def mean_most(self) -> float:
        """The mean over bidders of the most that a pair could be worth to them, in units of value."""
        return mean_most(self.rows, self.bidder.astype(np.int64))

    def begin_with(self, price: I64, tail: Array, head: Array, grid: Grid) -> None:
        """Begin with prices of items in ticks, int64[num_nodes], and with those of the pairs tail, head that
        can still be."""
        self.price = price
        bidder, item = (head, tail) if self.needs_bid else (tail, head)
        free = self.bidder[bidder] & self.item[item]
        holder = np.full(len(price), -1, np.int64)
        holder[item[free]] = bidder[free]
        sold = np.flatnonzero(holder >= 0)
        self.held[holder[sold]] = sold
        self.take_stock(grid)

    def level(self, grid: Grid, eps: int, patience: float = np.inf, hurry: float = 0.0) -> bool:
        """Sell everything anew with steps of `eps` ticks from the prices so far, less one step.

        patience : bids or offers per bidder, after which it is given up with all prices 0, and False
        hurry : what steps would be if all still waited after the first few bids, in ticks
        """
        self.price, self.held[:] = np.maximum(self.price - eps, 0), -1
        return self._sell(grid, eps, patience, hurry)

    def mend(self, grid: Grid, eps: int, patience: float = np.inf) -> bool:
        """Let go who would gain more than `eps` elsewhere, and sell what is not sold; else as `level`."""
        self.held[self.profit - self.gained > eps] = -1
        return self._sell(grid, eps, patience, 0.0)

    def _sell(self, grid: Grid, eps: int, patience: float, hurry: float) -> bool:
        """Bid until bidders and items are content, then take stock."""
        self.step = eps
        most = int(min(patience * int(self.bidder.sum()), NO_END))
        finished = self._forward(grid, eps, most, hurry)
        unsold = self._unsold()
        if finished and len(unsold) and not self.watch.stopped:
            finished = self._reverse(grid, eps, unsold, most)
        if not finished:
            self.price[:] = 0
            self._alone = True
            return False
        self.take_stock(grid)
        return True

    def _forward(self, grid: Grid, eps: int, most_bids: int, hurry: float) -> bool:
        price, holder = self.price.copy(), np.flatnonzero(self.held >= 0)
        price[~self.item] = np.int64(1) << (WORD - grid.bits)  # nobody bids for what is not for sale
        word = price << grid.bits
        word[self.held[holder]] |= holder + 1
        left, bids = np.flatnonzero(self.bidder & (self.held < 0)).astype(np.uint32), 0
        hurry /= max(len(left), 1)
        calm = CALM * len(left) if hurry else most_bids
        while len(left) and bids <= most_bids and not self.watch.stopped:
            pace, until = (hurry, most_bids) if bids > calm else (0.0, min(calm, most_bids))
            left, more = self._bid(grid, eps, pace, word, left, until - bids)
            bids += more
        self.bids += bids
        self.price = word >> grid.bits
        holder = (word & ((1 << grid.bits) - 1)) - 1
        sold = np.flatnonzero(self.item & (holder >= 0))
        self.held[:] = -1
        self.held[holder[sold]] = sold
        return bids <= most_bids

    def _bid(
        self, grid: Grid, eps: int, hurry: float, word: I64, ring: Array, most_bids: int
    ) -> tuple[Array, int]:
        """Bids of those in `ring`, shared among threads until one is done: who is left, and the bids."""
        shared = self.watch.threads > 1 and self._many and len(ring) >= FEW and not self._alone
        rings = np.array_split(ring, self.watch.threads) if shared else [ring]
        start, packed, most = self.rows.start, self._pack(grid), most_bids // len(rings)
        idle = np.zeros(1, np.int64)
        done = self.watch.together(
            lambda part: forward(
                start, packed, word, grid.bits, eps, hurry * len(rings), part, shared, most, idle,
                self.watch.stop,
            ),
            rings,
        )  # fmt: skip
        left = [
            np.take(part, np.arange(first, first + waiting), mode="wrap")
            for part, (_, first, waiting) in zip(rings, done, strict=True)
        ]
        return np.concatenate(left), sum(bids for bids, *_ in done)

    def _pack(self, grid: Grid) -> I64:
        """Item and value of every arc in one word, by bidder, kept for the next time."""
        if self._packed is None:
            rows = self.rows
            packed = self._packed = np.empty(len(rows.value), np.int64)
            self._in_parts(
                rows.start,
                lambda first, stop: pack(
                    rows.start[first], rows.start[stop], rows.other, rows.value, grid.up, grid.down,
                    grid.bits, packed,
                ),
            )  # fmt: skip
        return self._packed

    def _pack_by_item(self, grid: Grid) -> I64:
        """Bidder and value of every arc in one word, by item, kept for the next time."""
        if self._columns is None:
            packed = self._pack(grid)
            columns, place = np.empty_like(packed), self.start_of_items.copy()
            by_item(self.rows.start, packed, grid.bits, place, columns)
            self._columns = columns
        return self._columns

    def _in_parts(self, start: I64, work: Callable[[int, int], None]) -> None:
        """`work` on the nodes first..stop, by as many threads as there are, each with as many arcs."""
        edges = np.searchsorted(start, np.linspace(0, start[-1], self.watch.threads + 1))
        edges[0], edges[-1] = 0, len(start) - 1
        self.watch.together(lambda part: work(*part), list(pairwise(edges.tolist())))

    def _unsold(self) -> I64:
        free = self.item & (self.price > 0)
        free[self.held[self.held >= 0]] = False
        return np.flatnonzero(free)

    def _reverse(self, grid: Grid, eps: int, unsold: I64, most_offers: int) -> bool:
        self.take_stock(grid)
        columns, price, stop = self._pack_by_item(grid), self.price, self.watch.stop
        profit = self.gained
        profit[~self.bidder] = np.int64(1) << (WORD - grid.bits)  # who may not hold anything is not courted
        offers: int = self.watch.together(
            lambda queue: reverse(
                self.start_of_items, columns, grid.bits, price, self.held, profit, eps, queue, most_offers,
                stop,
            ),
            [unsold],
        )[0]  # fmt: skip
        self.offers += offers
        return offers <= most_offers

    def take_stock(self, grid: Grid) -> None:
        """What bidders hold and gain by it at these prices, and the most that they could."""
        start, packed, lost = self.rows.start, self._pack(grid), int(grid.down > 0)
        self._in_parts(
            start,
            lambda first, stop: take_stock(
                first, stop, start, packed, grid.bits, lost, self.price, self.held, self.chosen, self.gained,
                self.profit,
            ),
        )  # fmt: skip
