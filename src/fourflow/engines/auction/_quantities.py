"""Auctions for quantities, level by level: who bids, what is kept from level to level, who courts whom."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fourflow.engines._watch import Watch
from fourflow.engines.auction._auction import mean_most
from fourflow.engines.auction._bipartite import I64, Array, Market, Rows
from fourflow.engines.auction._grid import Grid
from fourflow.engines.kernels import (
    NO_ROOM,
    all_prices,
    best_profits,
    bid_quantities,
    fill_heaps,
    keep_flows,
    lower_prices,
    raise_prices,
    whole_shares,
)

F32 = NDArray[np.float32]

PATIENCE = 2000
"""Looks at every arc after which the auction is given up: most markets take some 10 to 200."""
REFINED = 3
"""How far prices are refined, in bid steps: further they fall along cycles."""
MOST_REFINING, FEW = 24, 2000
"""Rounds of refining prices; they end where fewer than one node in so many changes."""


class QuantityAuction:
    """An auction for quantities in progress.

    price : of items, profit : of bidders, in ticks, int64[num_nodes]; flow : int64[num_arcs], in the order of
    `rows`, in units; left, spare : what bidders and items still have, int64[num_nodes]
    bids, offers : arcs looked at by bidders and by items; step : the last bid step, in ticks
    steps : of prices and shares before it
    """

    def __init__(self, market: Market, watch: Watch, needs_bid: bool | None = None) -> None:
        self.market, self.watch = market, watch
        self.needs_bid = self._needs_bid() if needs_bid is None else needs_bid
        self.rows = market.rows_of_takers() if self.needs_bid else market.rows_of_givers()
        self.wanted, self.room = market.demand, market.supply
        if not self.needs_bid:
            self.wanted, self.room = self.room, self.wanted
        self._columns: Rows | None = None
        nodes = market.problem.num_nodes
        self.price, self.profit = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
        self.left, self.spare = self.wanted.copy(), self.room.copy()
        self.flow = np.zeros(market.problem.num_arcs, np.int64)
        self.bids = self.offers = self.step = self.steps = 0

    def begin_with(self, flow: I64) -> None:
        """Begin with a flow, in units, of another problem: as far as nobody gives or takes more than now."""
        problem, nodes = self.market.problem, self.market.problem.num_nodes
        used = np.bincount(problem.tail, flow, nodes) + np.bincount(problem.head, flow, nodes)
        over = used > self.wanted + self.room
        self.flow = _to_rows(self.rows, np.where(over[problem.tail] | over[problem.head], 0, flow))

    def begin_near(self, price: I64, level: I64, share: F32, grid: Grid) -> None:
        """Begin with prices and levels in ticks and shares (float32[num_arcs] of `rows`) that are near the
        best: prices are raised to where they say all, shares made whole."""
        columns = self._by_items()
        self.price = price
        self.price_out()
        raise_prices(
            0, len(price), columns.start, columns.other, columns.value, grid.up, grid.down, self.wanted,
            self.room, level, price,
        )  # fmt: skip
        whole_shares(self.rows.start, self.rows.other, share, self.wanted.copy(), self.room.copy(), self.flow)

    def price_out(self) -> None:
        """Nobody bids for what has no room, and what has no limit is free."""
        self.price[self.market.unlimited] = 0
        self.price[self.room == 0] = NO_ROOM

    def _by_items(self) -> Rows:
        if self._columns is None:
            market = self.market
            self._columns = market.rows_of_givers() if self.needs_bid else market.rows_of_takers()
        return self._columns

    def _needs_bid(self) -> bool:
        """The side with shorter rows bids, but never one without a limit, for whom no bid is high enough."""
        market = self.market
        if market.unlimited.any():
            return bool(market.unlimited[market.is_giver].any())
        by_taker, by_giver = _work(market.in_start), _work(market.out_start)
        return by_taker <= by_giver * (1.2 if market.by_head else 1.0)

    @property
    def gave_up(self) -> bool:
        return self.bids + self.offers >= PATIENCE * self.market.problem.num_arcs

    def mean_most(self) -> float:
        return mean_most(self.rows, self.wanted)

    def level(self, grid: Grid, eps: int) -> None:
        """Bid with steps of `eps` ticks until bidders and items are content."""
        self.step = eps
        self._forward(grid, eps)
        if (self._unsold() > 0).any() and not self.watch.stopped and not self.gave_up:
            self._reverse(grid, eps)
        self.settle(grid)

    def refine(self, grid: Grid) -> None:
        """Lower prices of what somebody holds who would rather have something else, if the bound gains."""
        rows, floor = self.rows, np.maximum(self.price - REFINED * self.step, 0)
        edges = np.linspace(0, len(self.price), self.watch.threads + 1).astype(int).tolist()
        least, price = np.inf, self.price
        for _ in range(MOST_REFINING):
            parts = [(*part, price.copy()) for part in pairwise(edges)]
            profits = self.watch.together(
                lambda part, now=price: lower_prices(  # type: ignore[misc]
                    part[0], part[1], rows.start, rows.other, rows.value, grid.up, grid.down, self.wanted,
                    self.flow, now, floor, part[2],
                ),
                parts,
            )  # fmt: skip
            bound = sum(profits) + float((price.astype(np.float64) * self.room).sum())
            if bound < least:
                least, self.price = bound, price
            lowered = np.minimum.reduce([part[2] for part in parts])
            if int((lowered < price).sum()) <= len(price) // FEW or self.watch.stopped:
                break
            price = lowered
        self.settle(grid)

    def _unsold(self) -> I64:
        return np.where(self.price > 0, self.spare, 0)

    def settle(self, grid: Grid) -> None:
        """What bidders gain at most at these prices."""
        all_best_profits(self.watch, self.rows, grid, self.price, self.profit)

    def _forward(self, grid: Grid, eps: int) -> None:
        """Bidders bid from the last prices less one step, keeping what they are content with."""
        rows, up, down = self.rows, grid.up, grid.down
        self.price = np.maximum(self.price - eps, 0)
        self.settle(grid)
        self.left, self.spare = self.wanted.copy(), self.room.copy()
        keep_flows(
            rows.start, rows.other, rows.value, up, down, self.price, self.profit, eps, self.flow,
            self.left, self.spare,
        )  # fmt: skip
        margin, base = np.maximum(self.profit - eps, 0), self.price
        self.price = np.empty_like(base)
        waits = (self.left > 0) & (self.profit > 0)
        self.bids += self._bid(
            rows,
            self.slots(),
            grid,
            self.left,
            margin,
            base,
            self.spare,
            self.price,
            self.flow,
            eps,
            0,
            waits,
        )

    def _reverse(self, grid: Grid, eps: int) -> None:
        """Items with room left over at a price court bidders; their prices follow from what bidders get."""
        columns = self._by_items()
        flow = self.in_problem_order()
        self.flow = np.empty(0, np.int64)
        flow = flow if columns.arc is None else flow[columns.arc]
        unsold, profit = self._unsold(), np.empty_like(self.profit)
        nothing = np.zeros_like(profit)
        self.offers += self._bid(
            columns, self.rows.start, grid, unsold, self.price, nothing, self.left, profit, flow, eps, eps,
            unsold > 0,
        )  # fmt: skip
        self.price = np.zeros_like(profit)
        all_best_profits(self.watch, columns, grid, profit, self.price)
        self.price[self.market.unlimited] = 0
        self.flow = _to_rows(self.rows, _to_problem(columns, flow))

    def _bid(
        self, rows: Rows, slot: I64, grid: Grid, left: I64, margin: I64, base: I64, spare: I64, price: I64,
        flow: I64, eps: int, least: int, waits: Array,
    ) -> int:  # fmt: skip
        up, down, arcs = grid.up, grid.down, self.market.problem.num_arcs
        size = np.zeros(len(base), np.int64)
        key, arc = np.empty(arcs, np.int64), np.empty(arcs, np.uint32 if arcs < 2**32 else np.int64)
        fill_heaps(slot, rows.other, rows.node, rows.value, margin, up, down, flow, size, key, arc)
        all_prices(base, spare, slot, size, key, arc, rows.node, rows.value, margin, up, down, price)
        ring = np.concatenate([np.flatnonzero(waits), np.flatnonzero(~waits)]).astype(np.uint32)
        patience = max(PATIENCE * arcs - self.bids - self.offers, 0)
        looks: int = self.watch.together(
            lambda queue: bid_quantities(
                rows.start, rows.node, rows.other, rows.value, up, down, left, margin, base, spare, price,
                slot, size, key, arc, flow, eps, least, queue, waits, patience, self.watch.stop,
            ),
            [ring],
        )[0]  # fmt: skip
        return looks

    def slots(self) -> I64:
        """Where the heap of each item begins: it has at most as many bids as arcs."""
        return self.market.out_start if self.needs_bid else self.market.in_start

    def in_problem_order(self) -> I64:
        """The flows, in units, int64[num_arcs] in the order of the problem's arcs."""
        return _to_problem(self.rows, self.flow)


def all_best_profits(watch: Watch, rows: Rows, grid: Grid, price: I64, profit: I64) -> None:
    """The kernel on all bidders, by as many threads as there are."""
    parts = np.linspace(0, len(profit), watch.threads + 1).astype(int).tolist()
    watch.together(
        lambda part: best_profits(
            part[0], part[1], rows.start, rows.other, rows.value, grid.up, grid.down, price, profit
        ),
        list(pairwise(parts)),
    )


def _work(start: I64) -> float:
    """What a look at every row for each of its arcs would cost."""
    degree = np.diff(start).astype(np.float64)
    return float(degree @ degree)


def _to_problem(rows: Rows, flow: I64) -> I64:
    if rows.arc is None:
        return flow
    found = np.empty_like(flow)
    found[rows.arc] = flow
    return found


def _to_rows(rows: Rows, flow: I64) -> I64:
    return flow if rows.arc is None else flow[rows.arc]
