"""One auction for a market of pairs: who bids, how finely, and what came of it as a Solution.

The short side bids, since most of what the long side has then keeps the price 0. The bid step eps is the gap
asked times a value that no pair exceeds on average, so the first auction mostly reaches the gap; where it
does not, the next one takes a finer step.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from fourflow.engines.auction._pairs import Pairs
from fourflow.engines.kernels import forward, take_stock

FEWEST_TICKS = 16
"""Ticks in one bid step, so that rounding the step down costs little."""
WORD = 62
"""Bits of a word for price and holder together, without the sign and one to spare."""
LOOK_S = 0.05
"""How often a running auction is looked at: for Ctrl-C, the clock and progress."""
SHORTER = 0.95
"""A side is the short one if it is shorter than this share of the other."""
MANY = 20_000
"""From this many bidders on a second thread pays."""


@dataclass(frozen=True)
class Grid:
    """Prices are integers: (value << up) >> down. One tick is worth 2^(down - up) of a unit of value."""

    up: int
    down: int
    bits: int
    eps: int


def grid_for(largest: int, step: float, num_nodes: int) -> Grid:
    """The coarsest ticks in which a bid step of `step` (in units of value) has some, if prices fit a word."""
    bits = int(num_nodes).bit_length()
    wanted = math.ceil(math.log2(FEWEST_TICKS / step)) if step > 0 else 0
    shift = min(max(wanted, 0), WORD - bits - largest.bit_length())
    return Grid(max(shift, 0), max(-shift, 0), bits, max(int(step * 2.0**shift), 1))


class Auction:
    """An auction in progress: prices, who holds what, and when it must end."""

    def __init__(self, pairs: Pairs, threads: int, deadline: float, waiting: Callable[[], None]) -> None:
        self.pairs, self.threads, self.deadline, self.waiting = pairs, threads, deadline, waiting
        self.needs_bid = self._needs_bid()
        self.rows = pairs.rows_of_takers() if self.needs_bid else pairs.rows_of_givers()
        self.bidder, self.item = pairs.takes, pairs.gives
        if not self.needs_bid:
            self.bidder, self.item = self.item, self.bidder
        self.nodes = pairs.problem.num_nodes
        self.price = np.zeros(self.nodes, np.int64)
        self.held = np.full(self.nodes, -1, np.int64)
        self.profit = np.zeros(self.nodes, np.int64)
        self.chosen = np.full(self.nodes, -1, np.int64)
        self.bids = self.offers = 0
        self.stop = np.zeros(1, np.int64)
        self.interrupted = False

    def _needs_bid(self) -> bool:
        """Whether takers bid: where the sides are about as long, whoever's arcs are in order already."""
        takers, givers = int(self.pairs.takes.sum()), int(self.pairs.gives.sum())
        if min(takers, givers) < SHORTER * max(takers, givers):
            return takers < givers
        return self.pairs.by_head or not self.pairs.by_tail

    def mean_most(self) -> float:
        """The mean over bidders of the most that a pair could be worth to them, in units of value."""
        start, value = self.rows.start, self.rows.value
        active = np.flatnonzero(self.bidder & (np.diff(start) > 0))
        if not len(active):
            return 0.0
        most = np.maximum(np.maximum.reduceat(value, start[active]), 0)
        return float(most.mean())

    def run(self, grid: Grid) -> None:
        """Forward from price 0, then reverse for what is left over at a price, then take stock."""
        word = np.zeros(self.nodes, np.int64)
        top = np.int64(1) << (WORD - grid.bits)
        word[~self.item] = top << grid.bits  # nobody bids for what is not for sale
        ring = np.flatnonzero(self.bidder).astype(np.uint32)
        shared = self.threads > 1 and len(ring) >= MANY
        rings = np.array_split(ring, self.threads) if shared else [ring]
        rows = self.rows
        self.bids += sum(
            self._together(
                lambda part: forward(
                    rows.start, rows.other, rows.value, grid.up, grid.down, word, grid.bits, grid.eps,
                    part, shared, self.stop,
                ),
                rings,
            )
        )  # fmt: skip
        self.price = word >> grid.bits
        holder = (word & ((1 << grid.bits) - 1)) - 1
        sold = np.flatnonzero(self.item & (holder >= 0))
        self.held[:] = -1
        self.held[holder[sold]] = sold
        self.take_stock(grid)

    def take_stock(self, grid: Grid) -> None:
        rows, parts = self.rows, max(self.threads, 1)
        edges = np.linspace(0, self.nodes, parts + 1).astype(int).tolist()
        self._together(
            lambda part: take_stock(
                part[0], part[1], rows.start, rows.other, rows.value, grid.up, grid.down, self.price,
                self.held, self.profit, self.chosen,
            ),
            list(pairwise(edges)),
        )  # fmt: skip

    def _together(self, work: Callable[[Any], Any], parts: list[Any]) -> list[Any]:
        """`work` on every part at once, while the clock and Ctrl-C are watched."""
        with ThreadPoolExecutor(len(parts)) as pool:
            running = [pool.submit(work, part) for part in parts]
            self.tell(lambda: self._watch(running))
            return [each.result() for each in running]

    def _watch(self, running: list[Future[Any]]) -> None:
        while wait(running, LOOK_S).not_done:
            self.waiting()
            if time.monotonic() > self.deadline:
                self.stop[0] = 1

    def tell(self, say: Callable[[], None]) -> None:
        """Say something to whoever listens, who may answer with Ctrl-C: then the auction ends where it is."""
        try:
            say()
        except KeyboardInterrupt:
            self.interrupted = True
            self.stop[0] = 1
