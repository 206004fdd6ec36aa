"""Which method suits, where it begins, and the answer."""

from __future__ import annotations

import numpy as np

from fourflow.engines._watch import Watch
from fourflow.engines.limits._best import Best
from fourflow.engines.limits._newton import by_newton
from fourflow.engines.limits._packing import F64, Packing, price_scale
from fourflow.engines.limits._steps import by_steps
from fourflow.problem import Solution
from fourflow.progress import Progress, ProgressCallback

FEW_A_ROW = 20
"""Rows with fewer takers each, as givers with a supply have, change loads in jumps: no work for Newton."""


def solve_packing(
    packing: Packing,
    gap: float,
    time_limit_s: float,
    threads: int,
    progress: ProgressCallback,
    start: Solution | None = None,
) -> Solution:
    """The best flow found, with the prices that prove how good it is. One thread: always the same answer.

    start : the answer to a problem like this one, whose flow and prices are where the search begins
    """
    watch, best = (
        Watch(time_limit_s, threads, lambda: progress(Progress("limits", watch.elapsed_s))),
        Best(packing),
    )

    def tell() -> None:
        told = Progress("limits", watch.elapsed_s, best.objective, best.bound, best.gap)
        watch.tell(lambda: progress(told))

    begin = None if start is None else near(packing, start)
    if begin is not None:
        price, portion = begin
        best.note_flow(portion, np.ones(packing.num_rows), price)
    few = packing.num_rows * FEW_A_ROW > len(packing.takers)
    stats = (by_steps if few else by_newton)(best, watch, gap, tell, begin)
    told = {
        "engine": "limits",
        "why": f"every arc joins a giver and a taker, and {packing.num_rows:,} rows limit sums of arcs",
        "elapsed_s": watch.elapsed_s,
        "interrupted": watch.interrupted,
    }
    return best.solution(gap, told | stats)


def near(packing: Packing, start: Solution) -> tuple[F64, F64] | None:
    """Prices of rows and portions of takers' demand in an answer to a problem with as many nodes, arcs and
    rows; None if it has not."""
    problem, duals, givers = packing.problem, start.price_duals, packing.givers
    sizes = len(start.flow), len(duals.node), len(duals.row)
    if sizes != (problem.num_arcs, problem.num_nodes, problem.num_coupling):
        return None
    rent = -duals.node[givers] * float(duals.node_scale / problem.scales.value)
    price = np.concatenate([rent, duals.row * float(duals.row_scale / price_scale(problem))])
    flow = start.flow if packing.order is None else start.flow[packing.order]
    demand = np.maximum(np.add.reduceat(flow, packing.start[:-1]), np.maximum(packing.demand, 1.0))
    return np.clip(price, 0.0, packing.dearest), flow / demand[packing.taker]
