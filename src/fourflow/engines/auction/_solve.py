"""A market of pairs from nothing, or from a solution of yesterday, to a Solution within the gap asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fourflow.engines._claims import relative_gap
from fourflow.engines.auction._auction import Auction
from fourflow.engines.auction._grid import Grid, grid_for
from fourflow.engines.auction._pairs import I64, Pairs
from fourflow.engines.auction._watch import Watch
from fourflow.problem import Duals, Leaf, Solution, Status
from fourflow.progress import Progress, ProgressCallback

MOST_ROUNDS = 3
"""How often the last bid step is made smaller where the gap was missed."""


@dataclass
class Best:
    """The best arcs and the best duals so far, which need not come from the same level; in money."""

    arcs: I64
    node: I64
    objective: float = -np.inf
    bound: float = np.inf


def solve_pairs(
    pairs: Pairs,
    gap: float,
    time_limit_s: float,
    threads: int,
    progress: ProgressCallback,
    start: Duals | None = None,
) -> Solution:
    """The best assignment found, with the prices that prove how good it is.

    threads : 1 gives the same answer every time; more bid at once and differ within the gap
    start : prices to begin with
    """
    watch = Watch(time_limit_s, threads, lambda: progress(Progress("auction", watch.elapsed_s)))
    auction = Auction(pairs, watch)
    mean = auction.mean_most()
    last = gap * mean
    largest = int(np.abs(pairs.problem.value).max())
    best = Best(np.zeros(0, np.int64), np.zeros(pairs.problem.num_nodes, np.int64))
    grid = grid_for(largest, last / 2**MOST_ROUNDS, pairs.problem.num_nodes)
    for _ in _levels(auction, grid, grid.steps(mean, last), start):
        _note(auction, grid, best)
        claimed = relative_gap(pairs.problem, best.objective, best.bound)
        watch.tell(lambda now=claimed: progress(_told(watch, best, now)))  # type: ignore[misc]
        if watch.stopped or claimed <= gap:
            break
    return _read_off(auction, grid, best, gap)


def _levels(auction: Auction, grid: Grid, steps: list[int], start: Duals | None) -> Iterator[None]:
    """Auction after auction, until nobody asks for the next."""
    last = steps[-1]
    if start is not None:
        auction.price, steps = _prices(auction, grid, start), [last]
    elif auction.plain(grid, last):
        steps = []
        yield
    for step in steps:
        auction.level(grid, step)
        yield
    for k in range(MOST_ROUNDS):
        auction.level(grid, max(last >> (k + 1), 1))
        yield


def _prices(auction: Auction, grid: Grid, start: Duals) -> I64:
    """The items' prices in ticks that the duals of another solution mean."""
    unit = float(start.node_scale / auction.pairs.problem.scales.value / grid.tick)
    sign = -1.0 if auction.needs_bid else 1.0
    largest = 2.0 ** (62 - grid.bits)
    price = np.clip(np.asarray(start.node, np.float64) * (sign * unit), 0.0, largest - 1).astype(np.int64)
    return np.where(auction.item, price, 0)


def _note(auction: Auction, grid: Grid, best: Best) -> None:
    """Keep what this level found, as far as it is better."""
    problem, pairs, scales = auction.pairs.problem, auction.pairs, auction.pairs.problem.scales
    money = float(scales.value * scales.quantity) * pairs.unit
    chosen = auction.chosen[auction.chosen >= 0]
    objective = float(auction.rows.value[chosen].astype(np.float64).sum()) * money
    if objective > best.objective:
        best.objective = objective
        best.arcs = chosen if auction.rows.arc is None else auction.rows.arc[chosen]
    dual = np.where(auction.item, auction.price, auction.profit)
    dual[~(pairs.gives | pairs.takes)] = 0
    bound = float(dual.astype(np.float64).sum()) * float(grid.tick) * money
    if bound < best.bound:
        best.bound = bound
        gives = np.zeros(problem.num_nodes, np.bool_)
        gives[:] = pairs.out_start[1:] > pairs.out_start[:-1]
        best.node = np.where(gives, -dual, dual)


def _read_off(auction: Auction, grid: Grid, best: Best, gap: float) -> Solution:
    problem, watch = auction.pairs.problem, auction.watch
    flow = np.zeros(problem.num_arcs, np.int64)
    flow[best.arcs] = auction.pairs.unit
    value = Fraction(problem.scales.value)
    duals = Duals(best.node, np.zeros(0, np.int64), value * grid.tick, value)
    claimed = relative_gap(problem, best.objective, best.bound)
    status = Status.OPTIMAL_WITHIN_GAP if claimed <= gap else Status.GAP_NOT_REACHED
    side = "takers" if auction.needs_bid else "givers"
    stats: dict[str, Any] = {
        "engine": "auction",
        "why": f"every arc joins one giver and one taker of one unit; {side} bid",
        "elapsed_s": watch.elapsed_s,
        "interrupted": watch.interrupted,
        "bids": auction.bids,
        "offers": auction.offers,
    }
    return Solution(flow, np.zeros(0, np.int64), duals, Leaf(duals), status, claimed, stats)


def _told(watch: Watch, best: Best, claimed: float) -> Progress:
    return Progress("auction", watch.elapsed_s, best.objective, best.bound, claimed)
