"""Nearest integers, then repair, then an exact check of every row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fourflow.engines.rounding._choose import choose
from fourflow.engines.rounding._integers import F64, I64, Integers, exact_row_limits, integers
from fourflow.engines.rounding._repair import balance_nodes, relieve_rows
from fourflow.problem import ClearingProblem


def round_flow(problem: ClearingProblem, flow: F64, bundle: I64) -> I64 | None:
    """Integer flows near `flow` (float64[num_arcs], quanta) with violation 0, or None.

    Where a problem lets rows be missed by its row_tolerance, the nearest integers within it will do.
    """
    flow = np.where(np.isfinite(flow), flow, 0.0)
    rules = integers(problem, bundle, flow)
    nearest = _nearest(problem, flow, rules)
    rounded = nearest.copy()
    if _repair(rules, rounded) and is_feasible(problem, rounded, bundle):
        return rounded
    if problem.row_tolerance and is_feasible(problem, nearest, bundle):
        return nearest
    chosen = choose(problem, nearest, rules.lower, rules.upper, bundle)
    return chosen if chosen is not None and is_feasible(problem, chosen, bundle) else None


def _nearest(problem: ClearingProblem, flow: F64, rules: Integers) -> I64:
    """Nearest whole quanta, lots to the nearest multiple, within [0, capacity]."""
    step = np.ones(len(flow)) if problem.step is None else np.maximum(problem.step, 1).astype(np.float64)
    whole = (np.rint(flow / step) * step).clip(0, 2.0**62).astype(np.int64)
    return np.asarray(np.minimum(whole, rules.capacity))


def _repair(rules: Integers, flow: I64) -> bool:
    """Repair `flow` in place; whether nothing is left over."""
    balance = balances(rules.tail, rules.head, flow, len(rules.lower))
    activity = activities(rules, flow)
    arcs = (rules.tail, rules.head, rules.capacity, rules.fixed)
    by_arc = (rules.arc_ptr, rules.arc_row, rules.arc_g)
    beyond = relieve_rows(
        flow, balance, activity, *arcs, rules.row_ptr, rules.row_arc, rules.row_g, rules.row_lower,
        rules.row_upper, *by_arc,
    )  # fmt: skip
    if beyond:
        return False
    if ((balance <= rules.upper) & (balance >= rules.lower)).all():
        return True
    node_ptr, node_arc = incidence(rules)
    given_up = balance_nodes(
        flow, balance, activity, *arcs, rules.lower, rules.upper, *by_arc, rules.row_lower, rules.row_upper,
        node_ptr, node_arc,
    )  # fmt: skip
    return int(given_up) == 0


def incidence(rules: Integers) -> tuple[I64, I64]:
    """The arcs of every node, loops left out: (pointers int64[num_nodes + 1], arcs)."""
    arcs = np.flatnonzero(rules.tail != rules.head)
    ends = np.concatenate([rules.tail[arcs], rules.head[arcs]])
    order = np.argsort(ends, kind="stable")
    counts = np.bincount(ends, minlength=len(rules.lower))
    return np.concatenate([[0], np.cumsum(counts)]), np.concatenate([arcs, arcs])[order]


def balances(tail: NDArray[np.integer], head: NDArray[np.integer], flow: I64, num_nodes: int) -> I64:
    """Inflow minus outflow of every node, int64[num_nodes]."""
    result = np.zeros(num_nodes, np.int64)
    np.add.at(result, head, flow)
    np.subtract.at(result, tail, flow)
    return result


def activities(rules: Integers, flow: I64) -> F64:
    """sum_a g x of every coupling row as the rules scale them, float64[num_rows]."""
    row = np.repeat(np.arange(len(rules.row_lower)), np.diff(rules.row_ptr))
    return np.bincount(row, rules.row_g * flow[rules.row_arc], len(rules.row_lower)).astype(np.float64)


def is_feasible(problem: ClearingProblem, flow: I64, bundle: I64) -> bool:
    """Whether flows and bundles keep every limit and every lot exactly, every row within row_tolerance."""
    rules = integers(problem, bundle, flow.astype(np.float64), problem.row_tolerance)
    if (flow < 0).any() or (flow > rules.capacity).any() or not _bundles_hold(problem, bundle):
        return False
    if problem.step is not None and (flow[problem.step > 1] % problem.step[problem.step > 1]).any():
        return False
    balance = balances(rules.tail, rules.head, flow, len(rules.lower))
    if (balance > rules.upper).any() or (balance < rules.lower).any():
        return False
    return not len(violated_rows(problem, flow, bundle))


def _bundles_hold(problem: ClearingProblem, bundle: I64) -> bool:
    one = problem.scales.bundle.denominator // problem.scales.bundle.numerator
    if (bundle < 0).any() or (bundle > one).any():
        return False
    return not (bundle[problem.bundle_whole] % one).any()


def violated_rows(problem: ClearingProblem, flow: I64, bundle: I64) -> I64:
    """Coupling rows that are missed by more than row_tolerance, in exact integers."""
    coupling, num_rows = problem.coupling, problem.num_coupling
    lower, upper = exact_row_limits(problem, bundle, np.ones(num_rows, np.int64), problem.row_tolerance)
    total = [0] * num_rows
    entries = zip(coupling.row_of_entry().tolist(), coupling.coefficient.tolist(),
                  flow[coupling.index].tolist(), strict=True)  # fmt: skip
    for row, g, x in entries:
        total[row] += g * x
    beyond = [
        k for k, t in enumerate(total)
        if ((low := lower[k]) is not None and t < low) or ((high := upper[k]) is not None and t > high)
    ]  # fmt: skip
    return np.array(beyond, np.int64)
