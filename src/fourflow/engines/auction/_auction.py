"""Auctions for a market of pairs: a plain one, or level by level with ever smaller bid steps.

The short side bids, since most of what the long side has then keeps the price 0. Mostly a plain auction with
the smallest step does. Where bidders who value the same items alike raise each other by that step all the
way, levels do better: a level starts from the prices of the last one, less one step, with nothing sold; the
bidders bid (forward), then what is left over at a price courts bidders (reverse).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from fourflow.engines._watch import Watch
from fourflow.engines.auction._bipartite import I64, Array, Market, Rows
from fourflow.engines.auction._grid import WORD, Grid
from fourflow.engines.kernels import forward, pack, reverse, take_stock

SHORTER = 0.95
"""A side is the short one if it is shorter than this share of the other."""
PATIENCE = 40
"""Bids per bidder after which an auction with the smallest step is given up: most take 5 to 30."""
NO_END = 2**61
MANY = 50_000
"""From this many bidders on a second thread pays."""


def mean_most(rows: Rows, weight: I64) -> float:
    """The mean over nodes, by weight, of their rows' largest value (at least 0), in units of value."""
    active = np.flatnonzero((weight > 0) & (np.diff(rows.start) > 0))
    if not len(active):
        return 0.0
    most = np.maximum(np.maximum.reduceat(rows.value, rows.start[active]), 0)
    return float(np.average(most, weights=weight[active]))


class Auction:
    """An auction in progress: prices and who holds what.

    price : of items, profit : of bidders, in ticks; held : a bidder's item, chosen : the arc to it in `rows`,
    -1 without. int64[num_nodes] each. step : the last bid step, in ticks
    """

    def __init__(self, market: Market, watch: Watch) -> None:
        self.market, self.watch = market, watch
        self.needs_bid = self._needs_bid()
        self.bidder, self.item = market.demand > 0, market.supply > 0
        if not self.needs_bid:
            self.bidder, self.item = self.item, self.bidder
        self.rows = self._rows(self.needs_bid)
        self._columns: Rows | None = None
        self._packed: I64 | None = None
        nodes = market.problem.num_nodes
        self.price, self.profit = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
        self.held, self.chosen = np.full(nodes, -1, np.int64), np.full(nodes, -1, np.int64)
        self.bids = self.offers = self.step = 0
        self._alone = False  # once a war of small steps is seen, one thread: two prolong it

    def _needs_bid(self) -> bool:
        """Whether takers bid: where the sides are about as long, whoever's arcs are in order already."""
        takers, givers = int(self.market.demand.sum()), int(self.market.supply.sum())
        if min(takers, givers) < SHORTER * max(takers, givers):
            return takers < givers
        return self.market.by_head or not self.market.by_tail

    def _rows(self, of_takers: bool) -> Rows:
        return self.market.rows_of_takers() if of_takers else self.market.rows_of_givers()

    def mean_most(self) -> float:
        """The mean over bidders of the most that a pair could be worth to them, in units of value."""
        return mean_most(self.rows, self.bidder.astype(np.int64))

    def level(self, grid: Grid, eps: int, patience: float = np.inf) -> bool:
        """Bid with steps of `eps` ticks until bidders and items are content, then take stock.

        patience : bids or offers per bidder, after which it is given up with all prices 0, and False
        """
        self.step = eps
        most = int(min(patience * int(self.bidder.sum()), NO_END))
        finished = self._forward(grid, eps, most)
        unsold = self._unsold()
        if finished and len(unsold) and not self.watch.stopped:
            self.take_stock(grid)
            finished = self._reverse(grid, eps, unsold, most)
        if not finished:
            self.price[:] = 0
            self._alone = True
            return False
        self.take_stock(grid)
        return True

    def _forward(self, grid: Grid, eps: int, most_bids: int) -> bool:
        price = np.maximum(self.price - eps, 0)
        price[~self.item] = np.int64(1) << (WORD - grid.bits)  # nobody bids for what is not for sale
        word = price << grid.bits
        left, bids = np.flatnonzero(self.bidder).astype(np.uint32), 0
        while len(left) and bids <= most_bids and not self.watch.stopped:
            left, more = self._bid(grid, eps, word, left, most_bids - bids)
            bids += more
        self.bids += bids
        self.price = word >> grid.bits
        holder = (word & ((1 << grid.bits) - 1)) - 1
        sold = np.flatnonzero(self.item & (holder >= 0))
        self.held[:] = -1
        self.held[holder[sold]] = sold
        return bids <= most_bids

    def _bid(self, grid: Grid, eps: int, word: I64, ring: Array, most_bids: int) -> tuple[Array, int]:
        """Bids of those in `ring`, shared among threads until one is done: who is left, and the bids."""
        shared = self.watch.threads > 1 and len(ring) >= MANY and not self._alone
        rings = np.array_split(ring, self.watch.threads) if shared else [ring]
        packed, most, idle = self._pack(grid), most_bids // len(rings), np.zeros(1, np.int64)
        done = self.watch.together(
            lambda part: forward(
                self.rows.start, packed, word, grid.bits, eps, part, shared, most, idle, self.watch.stop
            ),
            rings,
        )
        left = [
            np.take(part, np.arange(first, first + waiting), mode="wrap")
            for part, (_, first, waiting) in zip(rings, done, strict=True)
        ]
        return np.concatenate(left), sum(bids for bids, *_ in done)

    def _pack(self, grid: Grid) -> I64:
        """Item and value of every arc in one word, kept for the next level."""
        if self._packed is None:
            rows, arcs = self.rows, len(self.rows.value)
            packed = self._packed = np.empty(arcs, np.int64)
            edges = np.linspace(0, arcs, self.watch.threads + 1).astype(int).tolist()
            self.watch.together(
                lambda part: pack(
                    part[0], part[1], rows.other, rows.value, grid.up, grid.down, grid.bits, packed
                ),
                list(pairwise(edges)),
            )
        return self._packed

    def _unsold(self) -> I64:
        free = self.item & (self.price > 0)
        free[self.held[self.held >= 0]] = False
        return np.flatnonzero(free)

    def _reverse(self, grid: Grid, eps: int, unsold: I64, most_offers: int) -> bool:
        if self._columns is None:
            self._columns = self._rows(not self.needs_bid)
        columns, price, stop = self._columns, self.price, self.watch.stop
        worth = (np.maximum(self.rows.value[self.chosen], 0) << grid.up) >> grid.down
        profit = np.where(self.chosen >= 0, worth - price[self.held], 0)
        profit[~self.bidder] = np.int64(1) << (WORD - grid.bits)  # who may not hold anything is not courted
        offers: int = self.watch.together(
            lambda queue: reverse(
                columns.start, columns.other, columns.value, grid.up, grid.down, price, self.held, profit,
                eps, queue, most_offers, stop,
            ),
            [unsold],
        )[0]  # fmt: skip
        self.offers += offers
        return offers <= most_offers

    def take_stock(self, grid: Grid) -> None:
        """Every bidder's best profit at these prices, and the arc to what it holds."""
        rows = self.rows
        edges = np.linspace(0, len(self.price), self.watch.threads + 1).astype(int).tolist()
        self.watch.together(
            lambda part: take_stock(
                part[0], part[1], rows.start, rows.other, rows.value, grid.up, grid.down, self.price,
                self.held, self.profit, self.chosen,
            ),
            list(pairwise(edges)),
        )  # fmt: skip
