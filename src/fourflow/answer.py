"""Answer: a solver's answer before it is priced: tidy, with nobody at a loss that nobody pays, and no worse
than one by its own prices. Each stays feasible and is measured against the same bound.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from fourflow.baseline import best_first, keeps_floors
from fourflow.book import Market
from fourflow.clearing import tidy, tied_at_a_loss
from fourflow.engines import solve
from fourflow.formulation import ArcKind, Layout
from fourflow.problem import ClearingProblem, Solution
from fourflow.proof import certify


def tidied(market: Market, layout: Layout, problem: ClearingProblem, solution: Solution) -> Solution:
    flow, bundle = tidy(market, layout, problem, np.asarray(solution.flow, np.int64), solution.bundle)
    return replace(solution, flow=flow, bundle=bundle)


def payable(
    market: Market, layout: Layout, problem: ClearingProblem, solution: Solution, gap: float, seconds: float,
    without: frozenset[int],
) -> Solution:  # fmt: skip
    """Without some needs, and without goods that hang together in a way that would leave some at a loss which
    nobody pays: the best that is left. It is measured against the same bound."""
    arcs, into = layout.arcs(ArcKind.OFFER), layout.arcs(ArcKind.NEED)
    capacity, ends = problem.capacity.copy(), time.monotonic() + seconds
    free = layout.pool_sponsor[layout.arc_pool[arcs]] < 0
    closed = into[np.isin(layout.arc_ref[into], list(without))]
    for _ in range(len(market.offers) + 1):
        if not len(closed):
            flow = np.asarray(solution.flow, np.int64)
            offers = tied_at_a_loss(market, layout, problem, flow, solution.bundle)
            closed = arcs[free & np.isin(layout.arc_ref[arcs], offers)]
        if not len(closed):
            break
        capacity[closed], closed = 0, closed[:0]
        seconds = max(0.0, ends - time.monotonic())
        other = solve(replace(problem, capacity=capacity), gap=gap, time_limit_s=seconds)
        if not keeps_floors(layout, problem, np.asarray(other.flow, np.int64), other.bundle):
            return solution
        less = replace(solution, flow=other.flow, bundle=other.bundle)
        solution = tidied(market, layout, problem, less)
    return solution


def or_by_prices(
    market: Market, layout: Layout, problem: ClearingProblem, solution: Solution, gap: float
) -> Solution:
    """Where a search ended early: who gains most at its prices first, if that is worth more."""
    flow, bundle = best_first(market, layout, problem, solution.price_duals)
    other = replace(solution, flow=flow, bundle=bundle)
    old, new = certify(problem, solution, gap), certify(problem, other, gap)
    is_better = new.max_violation == 0 and new.objective > old.objective
    return other if is_better and keeps_floors(layout, problem, flow, bundle) else solution
