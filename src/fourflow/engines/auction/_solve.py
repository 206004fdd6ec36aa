"""A two-sided market from nothing, or from prices of yesterday, to a Solution within the gap asked."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fourflow.engines.auction._auction import PATIENCE, Auction
from fourflow.engines.auction._best import Best
from fourflow.engines.auction._bipartite import I64, Market
from fourflow.engines.auction._grid import Grid, grid_for
from fourflow.engines.auction._quantities import QuantityAuction
from fourflow.engines.auction._watch import Watch
from fourflow.problem import Duals, Solution
from fourflow.progress import Progress, ProgressCallback

MOST_ROUNDS = 4
"""How often the last bid step is made smaller where the gap was missed."""
MOST_LEVELS = 30
AGAIN = 4.0
"""The first bid step from yesterday's prices is yesterday's last by this: room for what has changed."""


def solve_market(
    market: Market,
    gap: float,
    time_limit_s: float,
    threads: int,
    progress: ProgressCallback,
    start: Solution | None = None,
) -> Solution:
    """The best flow found, with the prices that prove how good it is.

    threads : 1 gives the same answer every time; more may bid at once for single units, and differ within
    the gap. start : a solution of a problem with as many nodes, whose prices and flows are begun with
    """
    watch = Watch(time_limit_s, threads, lambda: progress(Progress("auction", watch.elapsed_s)))
    auction = Auction(market, watch) if market.of_pairs else QuantityAuction(market, watch)
    mean = auction.mean_most()
    largest, nodes = int(np.abs(market.problem.value).max()), market.problem.num_nodes
    grid = grid_for(largest, gap * mean / 2**MOST_ROUNDS, nodes)
    best = Best.nothing(market, grid.tick)
    if start is not None:
        auction.price = _prices(market, auction.needs_bid, grid, start.price_duals)
    if isinstance(auction, Auction):
        levels = _pair_levels(auction, grid, grid.steps(mean, gap * mean), best)
    else:
        first = 0.1 * mean
        if start is not None:
            first = AGAIN * float(start.stats.get("step", gap * mean))
            if len(start.flow) == market.problem.num_arcs:
                auction.begin_with(np.asarray(start.flow, np.int64) // market.unit)
        levels = _quantity_levels(auction, grid, first, gap, best)
    for _ in levels:
        told = Progress("auction", watch.elapsed_s, best.objective, best.bound, best.gap)
        watch.tell(lambda now=told: progress(now))  # type: ignore[misc]
        if watch.stopped or best.gap <= gap:
            break
    kind = "one unit" if market.of_pairs else "any quantity"
    side = "takers" if auction.needs_bid else "givers"
    return best.solution(
        gap,
        {
            "engine": "auction",
            "why": f"every arc joins a giver and a taker, {kind} each; {side} bid",
            "elapsed_s": watch.elapsed_s,
            "interrupted": watch.interrupted,
            "bids": auction.bids,
            "offers": auction.offers,
            "step": auction.step * float(grid.tick),
        },
    )


def _pair_levels(auction: Auction, grid: Grid, steps: list[int], best: Best) -> Iterator[None]:
    """Auction after auction, until nobody asks for the next: the smallest step alone, else level by level."""
    last = steps[-1]
    if auction.level(grid, last, PATIENCE):
        steps = []
        _note_pairs(auction, best)
        yield
    for step in [*steps, *(max(last >> k, 1) for k in range(1, MOST_ROUNDS))]:
        auction.level(grid, step)
        _note_pairs(auction, best)
        yield


def _note_pairs(auction: Auction, best: Best) -> None:
    chosen = auction.chosen[auction.chosen >= 0]
    arcs = chosen if auction.rows.arc is None else auction.rows.arc[chosen]
    best.note(arcs, np.ones(len(arcs), np.int64), np.where(auction.item, auction.price, auction.profit))


def _quantity_levels(
    auction: QuantityAuction, grid: Grid, first: float, gap: float, best: Best
) -> Iterator[None]:
    """Level after level; the next step is what the gap of this one promises to be enough, within limits."""
    step = max(int(first / float(grid.tick)), 1)
    for _ in range(MOST_LEVELS):
        auction.level(grid, step)
        flow = auction.in_problem_order()
        arcs = np.flatnonzero(flow)
        best.note(arcs, flow[arcs], np.where(auction.room > 0, auction.price, auction.profit))
        yield
        if auction.gave_up or step == 1:
            return
        step = max(int(step * min(max(0.7 * gap / max(best.gap, 1e-300), 0.15), 0.5)), 1)


def _prices(market: Market, needs_bid: bool, grid: Grid, start: Duals) -> I64:
    """The items' prices in ticks that the duals of another solution mean."""
    unit = float(start.node_scale / market.problem.scales.value / grid.tick)
    largest = 2.0 ** (62 - grid.bits)
    price = np.asarray(start.node, np.float64) * (-unit if needs_bid else unit)
    price = np.clip(price, 0.0, largest - 1).astype(np.int64)
    return np.where((market.supply if needs_bid else market.demand) > 0, price, 0)
