"""Feasible points: found by fixing whole columns, by HiGHS's MIP, from a start, or doing nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fourflow.engines._claims import good_enough, objective_grain, objective_of, relative_gap
from fourflow.engines._highs import Solver, now
from fourflow.engines._linear import INTEGRAL, WAYS, Linear, Relaxation, bundle_quanta
from fourflow.engines._model import F64, I64
from fourflow.engines.rounding import is_feasible, round_flow
from fourflow.problem import ClearingProblem, Duals, Solution

Start = Solution | tuple[np.ndarray, np.ndarray] | None
MIP_SHARE = 0.3
"""Share of the time that HiGHS's MIP may spend on a good incumbent before our own tree begins."""
BATCH, DIVE_SHARE = 0.35, 0.25
"""Share of the fractional columns that a dive rounds up at once, and of the time that it may take."""
NO_MORE, SURE = 1e-6, 0.99
"""HiGHS stops where its bound is that little above its best, in LP units or in the objective's grain."""
CORE = 3
"""Free whole columns for each row where HiGHS looks for better answers."""
NEAR_BOUND, OPEN_SHARE = 5e-4, 0.9
"""A gap within which few columns are open, and the share of the time for the program of all these."""

ROOMS = (1e-6, 1e-4)
"""Room made in full rows for rounding, in LP units: above HiGHS's tolerance of 1e-7."""


@dataclass(frozen=True)
class Incumbent:
    """A feasible point in integers; `duals` are those of the LP with its whole columns fixed, if solved."""

    flow: I64
    bundle: I64
    objective: float
    duals: Duals | None = None


def given(problem: ClearingProblem, start: Start) -> Incumbent | None:
    """The better of `start` and doing nothing, as far as they are feasible."""
    points = [(np.zeros(problem.num_arcs, np.int64), np.zeros(problem.num_bundles, np.int64))]
    if start is not None:
        flow, bundle = (start.flow, start.bundle) if isinstance(start, Solution) else start
        points.append((np.asarray(flow, np.int64), np.asarray(bundle, np.int64)))
    best: Incumbent | None = None
    for flow, bundle in points:
        if len(flow) != problem.num_arcs or len(bundle) != problem.num_bundles:
            continue
        if is_feasible(problem, flow, bundle):
            best = better(best, Incumbent(flow, bundle, objective_of(problem, flow, bundle)))
    return best


def better(old: Incumbent | None, new: Incumbent | None) -> Incumbent | None:
    """The one worth more; the old one in a tie, unless only the new one has duals."""
    if old is None or new is None:
        return new if old is None else old
    if new.objective == old.objective and old.duals is None:
        return new
    return new if new.objective > old.objective else old


def rounded(linear: Linear, relaxed: Relaxation, deadline: float) -> Incumbent | None:
    """The point of a relaxation in integers, if its whole columns are whole and rounding finds one.

    Where full rows leave rounding no way, the program is solved again with a little room in them.
    """
    found = _rounded_once(linear.given, relaxed, relaxed.duals)
    for share in ROOMS:
        if found is not None or relaxed.status != "optimal" or now() > deadline:
            return found
        roomy = linear.tightened(relaxed, share, deadline - now())
        if roomy.status == "optimal":
            found = _rounded_once(linear.given, roomy, relaxed.duals)
    return found


def _rounded_once(problem: ClearingProblem, relaxed: Relaxation, prices: Duals | None) -> Incumbent | None:
    if relaxed.flow is None or relaxed.y is None:
        return None
    own = None if prices is None else replace(prices, row=prices.row[: problem.num_coupling])
    tried: list[I64] = []
    for way in WAYS:
        bundle = bundle_quanta(problem, relaxed.y, way)
        if any((bundle == other).all() for other in tried):
            continue
        tried.append(bundle)
        flow = round_flow(problem, relaxed.flow, bundle)
        if flow is not None:
            return Incumbent(flow, bundle, objective_of(problem, flow, bundle), own)
    return None


def complete(linear: Linear, values: F64, deadline: float) -> Incumbent | None:
    """The best point whose whole columns have these values (in their own unit)."""
    relaxed = linear.within(values, values, deadline - now())
    return rounded(linear, relaxed, deadline) if relaxed.status == "optimal" else None


def dive(linear: Linear, deadline: float) -> Incumbent | None:
    """Fix whole columns where programs put them, the largest fractions rounded up few by few.

    What is at 1 stays there, what is at 0 may still come in; where rounding up leaves no point, the first of
    the batch goes down. Where its share of the time is up, all fractions go down.
    """
    lower, upper = (limit.copy() for limit in linear.root_limits())
    end, down = now() + DIVE_SHARE * (deadline - now()), lower
    relaxed = linear.within(lower, upper, end - now())
    while relaxed.status == "optimal" and relaxed.flow is not None and relaxed.y is not None:
        values = linear.whole_values(relaxed.flow, relaxed.y)
        nearest = np.rint(values)
        fractional = np.abs(values - nearest) > INTEGRAL
        if not fractional.any():
            return complete(linear, nearest, deadline)
        down = np.floor(values + INTEGRAL)
        settled = ~fractional & (nearest > lower)
        lower[settled] = nearest[settled]
        share = (values - np.floor(values))[fractional]
        order = np.flatnonzero(fractional)[np.argsort(-share, kind="stable")]
        batch = order[: max(1, int(len(order) * BATCH))]
        before = lower[batch].copy()
        lower[batch] = np.ceil(values[batch])
        relaxed = linear.within(lower, upper, end - now())
        if relaxed.status.startswith("infeasible"):
            lower[batch] = before
            upper[batch[0]] = np.floor(values[batch[0]])
            relaxed = linear.within(lower, upper, end - now())
    return complete(linear, down, deadline)


def by_mip(
    linear: Linear, relaxed: Relaxation, start: Incumbent | None, gap: float, deadline: float,
    share: float = MIP_SHARE,
) -> Incumbent | None:  # fmt: skip
    """The best that HiGHS's own branch and bound finds in its share of the time, `start` at least.

    It looks near the relaxation, where the best answers mostly are: only the whole columns whose move by one
    step costs least are free, CORE of them for each row, and none whose move costs more than bound - start,
    which no better answer makes.
    """
    model, end = linear.model, now() + share * (deadline - now())
    if relaxed.duals is not None:
        worth = linear.step_values(relaxed.duals)
        costs = np.sort(np.abs(worth))
        room = costs[min(CORE * model.matrix.shape[0], len(costs)) - 1]
        if start is not None:
            room = min(room, relaxed.bound - start.objective)
        lower, upper = model.lower.copy(), model.upper.copy()
        # A column without an upper limit (unlimited licences) has no end to be fixed at.
        fixed = (np.abs(worth) > room) & ((worth < 0) | np.isfinite(upper[linear.whole]))
        columns = linear.whole[fixed]
        lower[columns] = upper[columns] = np.where(worth[fixed] > 0, upper[columns], lower[columns])
        model = replace(model, lower=lower, upper=upper)
    solver = Solver(model, linear.threads, whole=True)
    solver.option("mip_rel_gap", gap / 2)
    # Where every objective is a multiple of some amount, what is less than that above the best is no better.
    solver.option("mip_abs_gap", max(NO_MORE, SURE * objective_grain(linear.given) / linear.money_unit))
    solver.option("objective_target", good_enough(linear.given, relaxed.bound, gap) / linear.money_unit)
    if start is not None:
        one = linear.given.scales.bundle.denominator
        solver.start_from(np.concatenate([start.flow, start.bundle / one]) / linear.model.column_unit)
    answer = solver.run(end - now())
    if answer.x is None:
        return start
    return better(start, complete(linear, np.rint(answer.x[linear.whole]), deadline))


def near_bound(
    linear: Linear, relaxed: Relaxation, best: Incumbent | None, gap: float, deadline: float
) -> Incumbent | None:
    """`best`, or a better one: so near the bound few columns are open, and one program holds them all."""
    missing = np.inf if best is None else relative_gap(linear.given, best.objective, relaxed.bound)
    if gap < missing <= NEAR_BOUND:
        return by_mip(linear, relaxed, best, gap, deadline, OPEN_SHARE)
    return best
