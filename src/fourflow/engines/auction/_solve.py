"""A two-sided market from nothing, or from prices of yesterday, to a Solution within the gap asked."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fourflow.engines._watch import Watch
from fourflow.engines.auction._auction import HURRY, PATIENCE, Auction
from fourflow.engines.auction._best import Best
from fourflow.engines.auction._bipartite import I64, Market
from fourflow.engines.auction._crowd import WIDEST, CrowdAuction, is_crowd
from fourflow.engines.auction._grid import Grid, grid_for
from fourflow.engines.auction._quantities import QuantityAuction
from fourflow.engines.auction._shares import Shares
from fourflow.problem import Duals, Solution
from fourflow.progress import Progress, ProgressCallback

MOST_ROUNDS = 4
"""How often the last bid step is made smaller where the gap was missed."""
MOST_LEVELS = 30
MOST_STEP = 20
"""The bid step of a crowd auction, in units of gap x mean value: few bidders are near the margin."""
MOST_SHARE_STEPS = 600
FIRST_LOOK, SOONEST, ONWARD = 8, 1.15, 1.4
"""Steps to the first look at the bound; the next comes after a factor of the steps between the others."""
ENOUGH, AIM = 0.55, 1.05
"""Flows are made of shares where the bound seems off by less than this part of the gap; it falls as the
square of the steps. The next look aims a little beyond."""
FINISH, COARSEST = 100.0, 0.02
"""The bid step of the auction that makes flows of shares, in units of gap x mean value; in mean values."""
AT_FAULT = 3.0
"""Where the gap is so many times what the bound seems off by, the auction next takes steps of a quarter."""
A_FINISH, TOO_EARLY = 20, 24
"""Steps that making flows once counts for; steps after which it may be told how many there will be."""
FIRST = 0.1
"""The first bid step for quantities, in mean values."""
AFRESH = 0.02
"""The first window from yesterday's prices, in mean values."""
AGAIN = 4.0
"""The first bid step from yesterday's prices is yesterday's last by this: room for what has changed."""


def solve_market(
    market: Market,
    gap: float,
    time_limit_s: float,
    threads: int,
    progress: ProgressCallback,
    start: Solution | None = None,
    patience: float = np.inf,
) -> Solution:
    """The best flow found, with the prices that prove how good it is.

    threads : 1 gives the same answer every time; more may bid at once for single units, and differ within
    the gap. start : a solution of a problem with as many nodes, whose prices and flows are begun with
    patience : steps of one arc's share after which quantities are given up, as somebody else is sooner done
    """
    watch = Watch(time_limit_s, threads, lambda: progress(Progress("auction", watch.elapsed_s)))
    auction = _auction_for(market, watch)
    mean = auction.mean_most()
    value, nodes = market.problem.value, market.problem.num_nodes
    largest = max(int(value.max()), -int(value.min()))
    grid = grid_for(largest, gap * mean / 2**MOST_ROUNDS, nodes)
    best = Best.nothing(market, grid.tick)
    if start is not None:
        auction.price = _prices(market, auction.needs_bid, grid, start.price_duals)
    levels: Iterator[Auction | CrowdAuction | QuantityAuction]
    if isinstance(auction, Auction):
        levels = _pair_levels(auction, grid, mean, gap, best, start)
    elif isinstance(auction, CrowdAuction):
        levels = _crowd_levels(auction, grid, mean, gap, best, start)
    else:
        levels = _share_levels(auction, grid, mean, gap, best, start, patience)
    ended: Auction | CrowdAuction | QuantityAuction = auction
    for ended in levels:  # noqa: B007 (the last one is told of)
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
            "bids": ended.bids,
            "offers": ended.offers,
            "step": ended.step * float(grid.tick),
            "steps": ended.steps if isinstance(ended, QuantityAuction) else 0,
        },
    )


def _auction_for(market: Market, watch: Watch) -> Auction | CrowdAuction | QuantityAuction:
    if market.of_pairs:
        return Auction(market, watch)
    return CrowdAuction(market, watch) if is_crowd(market) else QuantityAuction(market, watch)


def _pair_levels(
    auction: Auction, grid: Grid, mean: float, gap: float, best: Best, start: Solution | None
) -> Iterator[Auction]:
    """Auction after auction, until nobody asks for the next: one in a hurry, mended; else level by level."""
    steps = grid.steps(mean, gap * mean)
    last = steps[-1]
    if start is None or len(start.flow) != auction.market.problem.num_arcs:
        hurry = 0.0 if start is not None else HURRY * mean / float(grid.tick)
        finished = auction.level(grid, last, PATIENCE, hurry)
        if finished:
            _note_pairs(auction, best)
            yield auction
    else:
        problem, used = auction.market.problem, np.flatnonzero(start.flow > 0)
        auction.begin_with(auction.price, problem.tail[used], problem.head[used], grid)
        finished = True
    if finished and auction.mend(grid, last, PATIENCE):
        steps = []
        _note_pairs(auction, best)
        yield auction
    for step in [*steps, *(max(last >> k, 1) for k in range(1, MOST_ROUNDS))]:
        auction.level(grid, step)
        _note_pairs(auction, best)
        yield auction


def _note_pairs(auction: Auction | CrowdAuction, best: Best) -> None:
    chosen = auction.chosen[auction.chosen >= 0]
    arcs = chosen if auction.rows.arc is None else auction.rows.arc[chosen]
    best.note(arcs, np.ones(len(arcs), np.int64), np.where(auction.item, auction.price, auction.profit))


def _crowd_levels(
    auction: CrowdAuction, grid: Grid, mean: float, gap: float, best: Best, start: Solution | None
) -> Iterator[CrowdAuction | QuantityAuction]:
    """Prices, and one auction a little below them; lower or with a smaller step where that is not enough.

    Where no smooth prices were found, or they do not get there, level by level as for any quantities.
    """
    tick, spread = float(grid.tick), 0
    if start is not None:
        auction.price_the_new()
        spread = 2 * auction.find_prices(grid, gap, max(int(AFRESH * mean / tick), 1))
    if not spread:
        auction.level_out(grid)
        spread = 2 * auction.find_prices(grid, gap, max(int(WIDEST * mean / tick), 1))
    found, eps = auction.price.copy(), max(min(spread, int(MOST_STEP * gap * mean / tick)), 1)
    for _ in range(MOST_ROUNDS if spread else 0):
        auction.price = np.maximum(found - spread, 0)
        auction.level(grid, eps, PATIENCE)
        _note_pairs(auction, best)
        yield auction
        if auction.unsold_value() * tick > 0.5 * (best.bound - best.objective):
            spread *= 4
        else:
            eps = max(eps // 4, 1)
    rest = QuantityAuction(auction.market, auction.watch)
    if start is not None:
        rest.price = _prices(auction.market, rest.needs_bid, grid, start.price_duals)
    yield from _quantity_levels(rest, grid, mean, gap, best, start)


def _share_levels(
    auction: QuantityAuction, grid: Grid, mean: float, gap: float, best: Best, start: Solution | None,
    patience: float,
) -> Iterator[QuantityAuction]:  # fmt: skip
    """Shares and prices step until the bound hardly falls; an auction among the arcs that matter makes flows.

    Where that does not get there, level by level, unless patience is at an end.
    """
    if mean <= 0:
        return
    shares = Shares(auction, mean)
    if start is None or len(start.flow) != auction.market.problem.num_arcs:
        shares.begin()
    else:
        auction.begin_with(np.asarray(start.flow, np.int64) // auction.market.unit)
        auction.price_out()
        auction.settle(grid)
        shares.begin_with(auction.price, auction.profit, auction.flow, grid)
    eps = max(int(min(FINISH * gap, COARSEST) * mean / float(grid.tick)), 1)
    count, off, wanted = FIRST_LOOK, np.inf, 1.0
    while shares.steps < MOST_SHARE_STEPS and not auction.watch.stopped:
        bound, ratio = shares.bound, 1 + count / max(shares.steps, count)
        shares.run(count)
        missed = abs(bound - shares.bound) / max(shares.bound, 1e-300) / max(ratio * ratio - 1, 1.0)
        wanted = float(np.sqrt(missed / (ENOUGH * gap))) if gap > 0 else np.inf
        if (wanted <= 1 and missed < off) or auction.watch.stopped:
            yield _finish(auction, shares, grid, eps, best)
            shares.work += A_FINISH * shares.active
            if best.gap > AT_FAULT * missed and eps > 1:
                eps, off = max(eps // 4, 1), np.inf
            else:
                off = missed / 2
            shares.begin()
        else:
            yield auction
        if shares.steps >= TOO_EARLY and shares.work * max(wanted, 1.0) > patience:
            return
        count = max(int(shares.steps * (min(max(wanted * AIM, SOONEST), ONWARD) - 1)), FIRST_LOOK)
    if patience == np.inf:
        yield from _quantity_levels(auction, grid, mean, gap, best, start)


def _finish(auction: QuantityAuction, shares: Shares, grid: Grid, eps: int, best: Best) -> QuantityAuction:
    """An auction near the prices and shares found, among the arcs that take part."""
    rows, arcs = auction.rows, shares.set_aside()
    places = arcs if rows.arc is None else rows.arc[arcs].astype(np.int64)
    order = np.argsort(places, kind="stable")
    few = QuantityAuction(auction.market.part(places[order]), auction.watch, auction.needs_bid)
    share = shares.share[arcs]
    few.begin_near(*shares.in_ticks(grid), share if rows.arc is None else share[order][few.rows.arc], grid)
    auction.price = few.price
    auction.settle(grid)
    few.level(grid, eps)
    few.steps = shares.steps
    flow = few.in_problem_order()
    used = np.flatnonzero(flow)
    worth = np.where(auction.room > 0, auction.price, auction.profit)
    best.note(places[order][used], flow[used], worth)
    return few


def _quantity_levels(
    auction: QuantityAuction, grid: Grid, mean: float, gap: float, best: Best, start: Solution | None
) -> Iterator[QuantityAuction]:
    """Level after level; the next step is what the gap of this one promises to be enough, within limits."""
    first = FIRST * mean
    if start is not None:
        first = AGAIN * float(start.stats.get("step", gap * mean))
        if len(start.flow) == auction.market.problem.num_arcs:
            auction.begin_with(np.asarray(start.flow, np.int64) // auction.market.unit)
    step = max(int(first / float(grid.tick)), 1)
    for _ in range(MOST_LEVELS):
        auction.level(grid, step)
        flow = auction.in_problem_order()
        arcs = np.flatnonzero(flow)
        best.note(arcs, flow[arcs], np.where(auction.room > 0, auction.price, auction.profit))
        if best.gap > gap and not auction.watch.stopped:
            auction.refine(grid)
            best.note(arcs, flow[arcs], np.where(auction.room > 0, auction.price, auction.profit))
        yield auction
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
