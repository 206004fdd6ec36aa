"""Why there is no answer: duals that prove infeasibility, or a ray along which the objective grows.

Both are found by linear programs that always have an answer, rather than by the rays of a solver that
has just failed. Infeasibility: what must rows be missed by at least? Its duals bound the problem with
w = V = 0 below 0. Unboundedness: the best direction in which at most one unit flows on any arc.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil, log10

import numpy as np
from scipy.sparse import csc_array, eye_array, hstack

from fourflow.engines._bound import Box, bound_of
from fourflow.engines._claims import objective_of
from fourflow.engines._duals import round_prices
from fourflow.engines._highs import Answer, Solver, now
from fourflow.engines._model import (
    F64,
    I64,
    Model,
    as_float,
    build,
    node_price_unit,
    row_price_unit,
    shared_unit,
)
from fourflow.engines._open import LARGEST, rising, settled
from fourflow.engines.rounding import round_flow
from fourflow.problem import INF, ClearingProblem, Duals

RAY_FLOW = 10**6
"""Quanta on the widest arc of a ray."""
MARGIN = 1e-6
"""What a column without an end must lose, in missing units of a row, where less proves nothing."""
STRENGTH = 1e6
"""Rays have no size of their own: this many units of value keep their digits when rounded."""


def without_values(problem: ClearingProblem) -> ClearingProblem:
    """The same constraints with w = V = 0."""
    return replace(
        problem, value=np.zeros_like(problem.value), bundle_value=np.zeros_like(problem.bundle_value)
    )


def infeasibility(problem: ClearingProblem, box: Box, time_limit_s: float) -> tuple[Duals, float] | None:
    """Duals whose bound over the box at w = V = 0 is below 0, and that bound; None if there are none."""
    still = without_values(problem)
    model = build(still, keep_all=True)
    num_rows, num_columns = model.matrix.shape
    lower, upper = box.lower / model.column_unit, box.upper / model.column_unit
    missing = hstack([eye_array(num_rows), -eye_array(num_rows)])
    elastic = replace(
        model,
        cost=np.concatenate([np.zeros(num_columns), -np.ones(2 * num_rows)]),
        lower=np.concatenate([lower, np.zeros(2 * num_rows)]),
        upper=np.concatenate([upper, np.full(2 * num_rows, np.inf)]),
        matrix=csc_array(hstack([model.matrix, missing])),
        whole=np.zeros(num_columns + 2 * num_rows, np.bool_),
        capped_by=np.full(problem.num_arcs, -1, np.int64),
    )
    solver, began = Solver(elastic), now()
    answer = solver.run(time_limit_s)
    if answer.status != "optimal" or answer.objective > -1e-7:
        return None
    found = _proof(still, model, box, answer)
    if found is None and np.isinf(box.upper).any():
        # Columns without an end must lose, or what floats round proves nothing.
        columns = rising(still, box)
        solver.change_costs(columns, np.full(len(columns), MARGIN))
        found = _proof(still, model, box, solver.run(time_limit_s - (now() - began)))
    return found


def _proof(still: ClearingProblem, model: Model, box: Box, answer: Answer) -> tuple[Duals, float] | None:
    """The duals of what rows must be missed by at least, if their bound is below 0."""
    if answer.status != "optimal" or answer.row_dual is None:
        return None
    kept = len(model.kept)
    node = np.zeros(still.num_nodes)
    node[model.kept] = answer.row_dual[:kept] * node_price_unit(still, model) * STRENGTH
    row = answer.row_dual[kept:] * row_price_unit(still, model) * STRENGTH
    duals = settled(still, round_prices(still, node, row, model.kept, box), box)
    bound = bound_of(still, duals, box)
    return (duals, bound) if bound < 0 else None


def unbounded_ray(problem: ClearingProblem, time_limit_s: float) -> I64 | None:
    """Flows that can be added for ever, each time for a gain: int64[num_arcs], or None."""
    capacity = np.where(np.isinf(as_float(problem.capacity)), RAY_FLOW, 0)
    directions = replace(
        problem,
        capacity=capacity,
        step=None,
        node_lower=_open_or_zero(problem.node_lower),
        node_upper=_open_or_zero(problem.node_upper),
        coupling_lower=_open_or_zero(problem.coupling_lower),
        coupling_upper=_open_or_zero(problem.coupling_upper),
        row_tolerance=problem.row_tolerance * 0,
    )
    model = build(directions)
    model.upper[problem.num_arcs :] = 0.0
    answer = Solver(model).run(time_limit_s)
    if answer.status != "optimal" or answer.x is None:
        return None
    bundle = np.zeros(problem.num_bundles, np.int64)
    flow = round_flow(
        directions, answer.x[: problem.num_arcs] * model.column_unit[: problem.num_arcs], bundle
    )
    if flow is None or objective_of(problem, flow, bundle) <= 0:
        return None
    return flow


def _open_or_zero(limits: I64 | F64) -> I64:
    numbers = as_float(limits)
    return np.where(np.isposinf(numbers), INF, np.where(np.isneginf(numbers), -INF, 0))


def combined(problem: ClearingProblem, base: Duals, ray: Duals, share: float, kept: I64, box: Box) -> Duals:
    """base + share * ray, rounded anew; added up exactly where columns have no end, as rounding would then
    prove nothing."""
    if np.isinf(box.upper).any():
        tenfold = Fraction(10) ** ceil(log10(share))
        node = _sum(base.node, base.node_scale, ray.node, ray.node_scale * tenfold)
        row = _sum(base.row, base.row_scale, ray.row, ray.row_scale * tenfold)
        largest = max(1, int(np.abs(problem.value).max(initial=0)))
        if node is not None and row is not None and largest * problem.scales.value < LARGEST * node[1]:
            return Duals(node[0], row[0], node[1], row[1])
    node_sum = base.node * float(base.node_scale) + share * ray.node * float(ray.node_scale)
    row_sum = base.row * float(base.row_scale) + share * ray.row * float(ray.row_scale)
    return settled(problem, round_prices(problem, node_sum, row_sum, kept, box), box)


def _sum(first: I64 | F64, unit: Fraction, second: I64 | F64, other: Fraction) -> tuple[I64, Fraction] | None:
    """Two lists of integers, each in its unit, added up in a unit of both; None if it does not fit."""
    common = shared_unit((unit, other))
    by, by_other = int(unit / common), int(other / common)
    total = [int(a) * by + int(b) * by_other for a, b in zip(first.tolist(), second.tolist(), strict=True)]
    if max(map(abs, total), default=0) >= LARGEST:
        return None
    return np.array(total, np.int64), common


def below(
    problem: ClearingProblem, base: Duals, ray: Duals, ray_bound: float, target: float, kept: I64, box: Box
) -> Duals | None:
    """Duals whose bound over an infeasible box is at most `target`: base + t ray with t large enough."""
    start = bound_of(problem, base, box)
    excess = start - target if np.isfinite(start) else 0.0  # an infinite bound says nothing of how much
    share = max(excess, abs(target), 1.0) / -ray_bound
    for _ in range(20):
        duals = combined(problem, base, ray, share, kept, box)
        if bound_of(problem, duals, box) <= target:
            return duals
        share *= 4.0
    return None
