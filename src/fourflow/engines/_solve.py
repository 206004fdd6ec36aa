"""solve: the face of all engines. One answer, whatever is inside: flows, prices, proof, claim."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from fourflow.engines._claims import objective_grain
from fourflow.engines._contract import contract
from fourflow.engines._exact import Run
from fourflow.engines._floats import has_floats, to_floats, to_integers
from fourflow.engines._incumbent import Start
from fourflow.engines.auction import market_in, solve_market
from fourflow.engines.limits import packing_in, solve_packing
from fourflow.engines.multiflow import flows_in, solve_flows
from fourflow.engines.sifting import solve_ways, ways_in
from fourflow.errors import EngineError
from fourflow.problem import ClearingProblem, Solution
from fourflow.progress import ProgressCallback, ignore

Engine = Literal["auto", "exact", "auction", "limits", "multiflow", "sifting"]
ENGINES = get_args(Engine)
WORTH_IT = 20_000
"""From this many arcs on `auto` takes an engine that stops at the gap; below, exact takes a moment."""
KINDS = {
    "auction": "two-sided market without further limits",
    "limits": "two-sided market with rows that only limit sums of arcs",
    "multiflow": "network of flows that share rooms and are free otherwise",
    "sifting": "large network with whole decisions, most of whose ways nobody would take",
}
MANY_A_ROW = 20
"""From this many takers a coupling row on `auto` takes the engine for limits: loads then change smoothly."""
FINEST_SHARED, ROUGH, SHARE_OF_TIME = 1e-7, 1e-5, 0.5
"""`auto` lets flows that share rooms step towards prices down to the first gap; below it only to the second,
from which the exact engine is soon done; and for that share of the time."""
FINE_QUANTITIES, SMALL = 2e-5, 300_000
"""Below this gap `auto` leaves quantities with two sides to the exact engine while there are at most so many
arcs: its network simplex is sooner done then than auctions level by level."""
READING, PIVOTING = 100.0, 0.8
"""What the exact engine takes for a network, in steps of one arc's share: so many an arc, and so many by the
number of nodes to the power of 1.8."""
WORTH_TRYING = 0.5
"""The part of that which steps may take before the exact engine takes over."""
MANY_WAYS, MANY_DECISIONS = 20_000, 300
"""From this many arcs and whole decisions on `auto` sifts networks; with fewer exact is done sooner."""
WORTH_GOING_ON, MOST_ANEW = 0.3, 200_000
"""Share of the time that must be left for the exact engine to begin anew where sifting fell short, and arcs
at most: the program of more takes longer than there is."""
FINEST_GAP = 1e-8
"""Below this gap an exact method is asked for in all but name."""


def solve(
    problem: ClearingProblem,
    gap: float = 1e-4,
    time_limit_s: float = 60.0,
    engine: Engine = "auto",
    threads: int | None = None,
    start: Start = None,
    progress: ProgressCallback = ignore,
) -> Solution:
    """Solve a problem to a relative gap, or as far as the time goes.

    Parameters
    ----------
    gap : relative gap, (bound - objective) / max(|bound|, |objective|)
    time_limit_s : seconds after which the best feasible answer so far is returned with its gap
    engine : "exact" is HiGHS for linear programs and a proof tree of our own for whole decisions;
        "auction" clears large two-sided markets, "limits" such with budgets, quotas or other rows that
        limit sums of arcs, "multiflow" flows of several goods that share the room of lanes, "sifting" large
        networks with whole decisions, by the ways that may matter;
        "auto" chooses, and says why in `stats["why"]`
    threads : for the engine inside; None leaves it to the solver, and gives an auction one, with which
        the same input gives the same answer
    start : a Solution or (flow, bundle) to begin with, the first answer at hand if it is feasible
    progress : called with a Progress now and then; KeyboardInterrupt ends the run with the best so far
    """
    if engine not in ENGINES:
        names = " or ".join(repr(name) for name in ENGINES)
        raise EngineError(f"engine is {engine!r} but must be {names}. Maybe 'auto'.")
    if not gap >= 0:
        raise EngineError(f"gap is {gap} but must be at least 0. Maybe 1e-4.")
    if not has_floats(problem):
        return _solve(problem, gap, time_limit_s, engine, threads, start, progress)
    twin, power = to_integers(problem)
    if start is not None:
        flow, bundle = (start.flow, start.bundle) if isinstance(start, Solution) else start
        start = (np.ldexp(np.asarray(flow, np.float64), power).astype(np.int64), bundle)
    return to_floats(_solve(twin, gap, time_limit_s, engine, threads, start, progress, False), power)


def _solve(
    problem: ClearingProblem, gap: float, time_limit_s: float, engine: Engine, threads: int | None,
    start: Start, progress: ProgressCallback, may_derive: bool = True,
) -> Solution:  # fmt: skip
    """The engine that suits integers, and the exact one where it does not reach the gap.

    may_derive : whether a proof may use derived rows, which count in the integers of the problem given
    """
    began = time.monotonic()
    wanted: tuple[str, ...] = (engine,)
    if engine == "auto":
        fast = ("auction", "limits", "multiflow", "sifting") if gap >= FINEST_GAP else ("multiflow",)
        wanted = fast if problem.num_arcs >= WORTH_IT else ()
    chosen = engine == "auto"
    solution = _fast(problem, wanted, chosen, gap, time_limit_s, threads or 1, progress, start)
    if solution is None:
        if engine in KINDS:
            raise EngineError(f"the problem is no {KINDS[engine]}. Maybe engine='auto'.")
        found = _exact(problem, gap, time_limit_s, threads, progress, may_derive, start)
        small = f"fewer than {WORTH_IT:,} arcs"
        why = small if problem.num_arcs < WORTH_IT else "no other engine is sooner done with such a problem"
        return replace(found, stats=found.stats | {"why": why}) if chosen else found
    if solution.stats.get("settled") and solution.claimed_gap <= ROUGH:
        return solution  # whole flows are as near as the exact engine would bring them
    left = time_limit_s - (time.monotonic() - began)
    least = 0.0
    if solution.stats["engine"] == "sifting":
        least = WORTH_GOING_ON * time_limit_s if problem.num_arcs <= MOST_ANEW else time_limit_s
    if engine != "auto" or solution.claimed_gap <= gap or solution.stats["interrupted"] or left <= least:
        return solution
    finished = _exact(problem, gap, left, threads, progress, may_derive, solution)
    why = f"engine {solution.stats['engine']!r} stopped at a gap of {solution.claimed_gap:.1e}"
    if finished.claimed_gap > solution.claimed_gap:
        return replace(solution, stats=solution.stats | {"interrupted": finished.stats["interrupted"]})
    return replace(finished, stats=finished.stats | {"why": why})


def _exact(
    problem: ClearingProblem, gap: float, time_limit_s: float, threads: int | None,
    progress: ProgressCallback, may_derive: bool, start: Start,
) -> Solution:  # fmt: skip
    """The answer of the exact engine, to which leaves that only bundles use are part of what feeds them."""
    made = contract(problem)
    if made is None:
        grain = None if may_derive else 0.0
        return Run(problem, gap, time_limit_s, threads, progress, may_derive, grain).solve(start)
    grain = objective_grain(problem) if may_derive else 0.0
    run = Run(made.problem, gap, time_limit_s, threads, progress, may_derive, grain)
    return made.solution(run.solve(made.start(start)))


def _fast(
    problem: ClearingProblem, wanted: tuple[str, ...], chosen: bool, gap: float, time_limit_s: float,
    threads: int, progress: ProgressCallback, start: Start,
) -> Solution | None:  # fmt: skip
    """The answer of the first wanted engine that is made for such a problem.

    chosen : whether it was not asked for by name, and the exact engine goes on where it stops
    """
    market = market_in(problem) if "auction" in wanted else None
    if market is not None:
        patience = np.inf
        if chosen and not market.of_ones and problem.num_arcs <= SMALL:
            if gap < FINE_QUANTITIES or _is_easy(problem):
                return None
            patience = WORTH_TRYING * _exact_work(problem)
        yesterday = _of_yesterday(start, problem)
        return solve_market(market, gap, time_limit_s, threads, progress, yesterday, patience)
    packing = packing_in(problem) if "limits" in wanted else None
    if packing is not None and not (chosen and problem.num_coupling * MANY_A_ROW > len(packing.takers)):
        return solve_packing(packing, gap, time_limit_s, threads, progress, _of_yesterday(start, problem))
    flows = flows_in(problem) if "multiflow" in wanted else None
    if flows is not None:
        if chosen:
            gap, time_limit_s = gap if gap >= FINEST_SHARED else ROUGH, time_limit_s * SHARE_OF_TIME
        return solve_flows(flows, gap, time_limit_s, progress, start, threads)
    many = problem.num_arcs >= MANY_WAYS and np.count_nonzero(problem.bundle_whole) >= MANY_DECISIONS
    ways = ways_in(problem) if "sifting" in wanted and (many or not chosen) else None
    return None if ways is None else solve_ways(ways, gap, time_limit_s, threads, progress, start)


def _exact_work(network: ClearingProblem) -> float:
    return READING * network.num_arcs + PIVOTING * math.pow(network.num_nodes, 1.8)


def _is_easy(network: ClearingProblem) -> bool:
    """Whether it is no more than a forest, or dense: most of the time goes into reading it."""
    reading = READING * network.num_arcs
    return network.num_arcs <= network.num_nodes or _exact_work(network) <= 1.5 * reading


def _of_yesterday(start: Start, problem: ClearingProblem) -> Solution | None:
    """The solution to begin with, if it has prices for as many nodes."""
    if not isinstance(start, Solution) or len(start.price_duals.node) != problem.num_nodes:
        return None
    return start
