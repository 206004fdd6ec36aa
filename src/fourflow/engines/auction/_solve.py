"""A market of pairs from nothing to a Solution within the gap asked."""

from __future__ import annotations

import time
from fractions import Fraction
from typing import Any

import numpy as np

from fourflow.engines._claims import offset_of, relative_gap
from fourflow.engines.auction._auction import Auction, Grid, grid_for
from fourflow.engines.auction._pairs import Pairs
from fourflow.problem import Duals, Leaf, Solution, Status
from fourflow.progress import Progress, ProgressCallback

FINER = 4.0
"""By how much the bid step shrinks, at least, where the gap was missed."""
MOST_AUCTIONS = 3


def solve_pairs(
    pairs: Pairs, gap: float, time_limit_s: float, threads: int, progress: ProgressCallback
) -> Solution:
    """The best assignment found, with the prices that prove how good it is.

    threads : 1 gives the same answer every time; more bid at once and differ within the gap
    """
    began = time.monotonic()

    def waiting() -> None:
        progress(Progress("auction", time.monotonic() - began))

    auction = Auction(pairs, threads, began + time_limit_s, waiting)
    mean = auction.mean_most()
    step, largest = gap * mean, int(np.abs(pairs.problem.value).max())
    for _ in range(MOST_AUCTIONS):
        grid = grid_for(largest, step, pairs.problem.num_nodes)
        auction.run(grid)
        solution = _read_off(auction, grid, gap, began)
        auction.tell(lambda best=solution: progress(_progress(best, began)))
        if auction.stop[0] or solution.claimed_gap <= gap:
            break
        step /= max(FINER, 2.0 * solution.claimed_gap / gap)
    return solution


def _read_off(auction: Auction, grid: Grid, gap: float, began: float) -> Solution:
    problem, pairs = auction.pairs.problem, auction.pairs
    chosen = auction.chosen[auction.chosen >= 0]
    arcs = chosen if auction.rows.arc is None else auction.rows.arc[chosen]
    flow = np.zeros(problem.num_arcs, np.int64)
    flow[arcs] = pairs.unit
    sign = -1 if auction.needs_bid else 1
    node = np.where(auction.item, sign * auction.price, -sign * auction.profit)
    node[~(pairs.gives | pairs.takes)] = 0
    tick = Fraction(2) ** (grid.down - grid.up)
    duals = Duals(node, np.zeros(0, np.int64), problem.scales.value * tick, problem.scales.value)
    money = float(problem.scales.value * problem.scales.quantity) * pairs.unit
    objective = float(problem.value[arcs].astype(np.float64).sum()) * money
    bound = float(auction.price[auction.item].astype(np.float64).sum())
    bound = (bound + float(auction.profit[auction.bidder].astype(np.float64).sum())) * float(tick) * money
    claimed = relative_gap(problem, objective, bound)
    status = Status.OPTIMAL_WITHIN_GAP if claimed <= gap else Status.GAP_NOT_REACHED
    stats: dict[str, Any] = {
        "engine": "auction",
        "why": f"every arc joins one giver and one taker of one unit; {_side(auction)} bid",
        "elapsed_s": time.monotonic() - began,
        "interrupted": bool(auction.interrupted),
        "bids": auction.bids,
        "eps": grid.eps * float(tick) * float(problem.scales.value),
        "objective": objective + offset_of(problem),
        "bound": bound + offset_of(problem),
    }
    return Solution(flow, np.zeros(0, np.int64), duals, Leaf(duals), status, claimed, stats)


def _side(auction: Auction) -> str:
    return "takers" if auction.needs_bid else "givers"


def _progress(solution: Solution, began: float) -> Progress:
    stats = solution.stats
    return Progress(
        "auction", time.monotonic() - began, stats["objective"], stats["bound"], solution.claimed_gap
    )
