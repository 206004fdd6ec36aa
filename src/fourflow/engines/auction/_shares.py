"""Prices for quantities by steps of shares and prices towards each other, on the arcs that may matter."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.engines.auction._bipartite import I64
from fourflow.engines.auction._grid import Grid
from fourflow.engines.auction._quantities import QuantityAuction
from fourflow.engines.kernels import _shares as kernel

F32 = NDArray[np.float32]

PULL, LEAST_PULL, MOST_PULL = 30.0, 1.0, 1000.0
"""How far prices pull shares at first: a price off by the mean value moves a share by half its width times
this. Where prices went further than shares from restart to restart it becomes less, and more where less."""
EVEN_OUT = 0.15
"""The power of the one by the other, each in its metric and squared, by which it changes."""
PART, PART_AGAIN = 0.02, 0.1
"""Width of an arc without a share, as a part of its cap; with a share it is as wide as the share besides.
Wider from yesterday's shares, most of which are right."""
ENOUGH, PROGRESS, LONG = 0.2, 0.8, 0.25
"""Restart where steps are that much shorter than at the anchor; or that much and growing again; or after that
part of all steps."""
SOONEST = 5
"""Steps between restarts at least."""
MANY = 200_000
"""From so many arcs on a second thread pays."""
LEAST_WIDE = 1e-3
"""An item counts as at least this part of its room wide, so that no step is endless."""
MARGIN, MOST_MARGIN = 8.0, 0.3
"""Arcs take part whose profit falls short by at most what prices moved since they were chosen last, times
this; at most so, in mean values."""
FIRST_PRICE, FIRST_MARGIN = 0.5, 0.03
"""The first price, and how far prices count as moved from it or from those of yesterday. In mean values."""


class Shares:
    """Where the method stands; prices in mean values, quantities in units.

    price : float32[num_items + 1], the last one for the places in the table that are empty
    share : float32[num_arcs] in the order of `rows`, level : float32[num_nodes], bound : what the prices
    prove, all as of the last look; work : arcs that took part, summed over the steps
    """

    def __init__(self, auction: QuantityAuction, mean: float) -> None:
        self.rows, self.wanted, self.watch, self.mean = auction.rows, auction.wanted, auction.watch, mean
        items = np.flatnonzero(np.diff(auction.slots()))
        self.base, self.stop = int(items[0]), int(items[-1]) + 1
        self.room = np.append(auction.room[self.base : self.stop], 1).astype(np.float32)
        self.price = np.full(len(self.room), FIRST_PRICE, np.float32)
        self.anchor, self.pace = self.price, np.ones_like(self.price)
        threads = self.watch.threads if len(self.rows.value) >= MANY else 1
        self.balance = np.zeros((threads, len(self.room)), np.float32)
        self.helpers = ThreadPoolExecutor(threads)
        arcs = len(self.rows.value)
        self.share = np.zeros(arcs, np.float32)
        self.level = np.zeros(len(self.wanted), np.float32)
        self.steps = self.since = self.work = 0
        self.pull = PULL
        self.land, self.first, self.last = False, np.inf, np.inf
        self.part, self.moved, self.bound = PART, FIRST_MARGIN, np.inf

    def begin(self) -> None:
        """Look at all arcs for the first time."""
        self._choose()
        self._restart()

    def begin_with(self, price: I64, profit: I64, flow: I64, grid: Grid) -> None:
        """Begin with prices and profits in ticks, int64[num_nodes], and a flow in the order of `rows`."""
        scale = float(grid.tick) / self.mean
        self.price[:-1] = price[self.base : self.stop] * scale
        self.level[:] = profit * scale
        self.share[:] = flow
        self.part = PART_AGAIN
        self.begin()

    def run(self, count: int) -> None:
        """So many steps, then look what the prices prove and choose the arcs anew."""
        self.work += count * self.active
        self.watch.tell(lambda: self._go(self.steps + count))
        self._look()
        self.moved = float(np.sqrt(np.mean((self.price - self.before) ** 2)))
        self._let_go()
        self._choose()
        self._restart()

    def set_aside(self) -> I64:
        """The arcs that take part, places in `rows`, ascending. Their table is let go until `begin`."""
        arcs = np.sort(self.arc[self.table[:, kernel.CAP] > 0]).astype(np.int64)
        self._let_go()
        return arcs

    def _let_go(self) -> None:
        """Of the table of arcs that take part, two would take more memory than all else."""
        none = np.zeros((0, kernel.LANES), np.uint32)
        self.slot, self.arc, self.table = none, none, np.zeros((0, kernel.FIELDS, kernel.LANES), np.float32)

    def _go(self, end: int) -> None:
        while self.steps < end and not self.watch.stopped:
            self.land |= self.steps + 1 == end
            self._step()

    def in_ticks(self, grid: Grid) -> tuple[I64, I64]:
        """Prices of items and levels of bidders, int64[num_nodes] each."""
        scale = self.mean / float(grid.tick)
        price = np.zeros(len(self.level), np.int64)
        price[self.base : self.stop] = np.rint(self.price[:-1].astype(np.float64) * scale)
        return price, np.rint(self.level.astype(np.float64) * scale).astype(np.int64)

    def _step(self) -> None:
        """One step of both."""
        self.since, self.steps = self.since + 1, self.steps + 1
        weight, land = np.float32(self.since / (self.since + 1)), self.land
        moved = self._together(
            lambda low, high, k: kernel.step_shares(
                low, high, self.row, self.slot, self.table, self.lane, self.price, weight, land,
                self.balance[k],
            ),
            len(self.row) - 1,
        )  # fmt: skip
        for other in self.balance[1:]:
            self.balance[0] += other
            other[:] = 0
        far = sum(moved) + kernel.step_toward_room(
            self.room, self.pace, self.balance[0], self.price, self.anchor, weight, land
        )
        if land:
            self._restart()
            return
        if self.since == 1:
            self.first = far
        growing = far < PROGRESS**2 * self.first and far > self.last
        long = self.since > max(LONG * self.steps, SOONEST)
        self.land = self.since > 1 and (far < ENOUGH**2 * self.first or growing or long)
        self.last = far

    def _restart(self) -> None:
        """Begin again from where it stands."""
        width = np.zeros_like(self.price)
        shares = kernel.re_anchor(self.table, self.slot, self.part, self.pull, width)
        if self.since:
            prices = float(((self.price - self.anchor) ** 2 / self.pace).sum())
            self._even_out(shares, prices)
        wide = np.maximum(width, np.float32(LEAST_WIDE) * np.maximum(self.room, np.float32(1)))
        self.pace = (np.float32(1 / self.pull) / wide).astype(np.float32)
        self.anchor = self.price.copy()
        self.since, self.land = 0, False
        self.first = self.last = np.inf

    def _even_out(self, shares: float, prices: float) -> None:
        """Let prices pull less where they went further than shares, and more where they did not."""
        if shares > 0 and prices > 0:
            pull = self.pull * (shares / prices) ** EVEN_OUT
            self.pull = min(max(pull, LEAST_PULL), MOST_PULL)

    def _look(self) -> None:
        """Take the shares from the table, and the levels that suit the prices."""
        self.share[:] = 0
        self.level[:] = 0
        self._together(
            lambda low, high, _: kernel.take_back(
                low, high, self.row, self.slot, self.arc, self.owner, self.table, self.lane, self.price,
                self.share, self.level,
            ),
            len(self.row) - 1,
        )  # fmt: skip

    def _choose(self) -> None:
        """Look at all arcs: what the prices prove, and which take part until the next time."""
        rows, nodes = self.rows, len(self.wanted)
        at = (rows.start, rows.other, np.uint32(self.base), rows.value, 1 / self.mean, self.wanted, self.room)
        margin, self.before = min(MARGIN * self.moved, MOST_MARGIN), self.price.copy()
        count, place = np.zeros(nodes, np.int32), np.empty(nodes, np.int64)
        arcs = len(rows.value)
        chosen = np.empty(arcs + 1, _index(arcs))
        profits = self._together(
            lambda low, high, _: kernel.choose_near(
                low, high, *at, self.price, self.level, margin, self.share, count, chosen
            ),
            nodes,
        )
        self.bound = sum(profits) + float((self.price[:-1].astype(np.float64) * self.room[:-1]).sum())
        row = np.empty(nodes + 1, np.int64)
        blocks = kernel.place_bidders(count, place, row)
        self.row = row[: blocks + 1].copy()
        slots = (int(self.row[-1]), kernel.LANES)
        self.active = int(count.sum())
        self.slot = np.full(slots, len(self.price) - 1, np.uint32)
        self.arc = np.empty(slots, chosen.dtype)
        self.owner = np.full(blocks * kernel.LANES, -1, np.int64)
        self.table = np.zeros((slots[0], kernel.FIELDS, kernel.LANES), np.float32)
        self.lane = np.zeros((blocks, kernel.LANE_FIELDS, kernel.LANES), np.float32)
        self._together(
            lambda low, high, _: kernel.lay_out(
                low, high, *at, self.level, self.share, count, chosen, place, self.row, self.table,
                self.lane, self.slot, self.arc, self.owner,
            ),
            nodes,
        )  # fmt: skip

    def _together(self, work: Callable[[int, int, int], Any], count: int) -> list[Any]:
        """`work` on all of `count` things, by as many threads as there are."""
        if self.watch.is_over:
            self.watch.stop[0] = 1
        edges = np.linspace(0, count, len(self.balance) + 1).astype(int).tolist()
        parts = [(low, high, k) for k, (low, high) in enumerate(pairwise(edges))]
        others = [self.helpers.submit(work, *part) for part in parts[1:]]
        return [work(*parts[0]), *(other.result() for other in others)]


def _index(count: int) -> type[np.uint32] | type[np.int64]:
    return np.uint32 if count < 2**32 else np.int64
