"""Clearing again with one price changed, by HiGHS on the problem's arrays: no engine, no residual graph."""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np
from scipy.sparse import coo_array

from fourflow.book import Market
from fourflow.formulation import ArcKind, formulate
from fourflow.matching import match
from fourflow.problem import INF


def with_price(market: Market, is_need: bool, listing: int, price: int) -> Market:
    """The market with one listing's price (millionths) changed: the value too, or only it with a sponsor."""
    if not is_need:
        limit = market.offers.limit_price.copy()
        limit[listing] = price
        return replace(market, offers=replace(market.offers, limit_price=limit))
    needs = market.needs
    value, limit = needs.value.copy(), needs.limit_price.copy()
    value[listing] = price
    if needs.sponsor[listing] < 0:
        limit[listing] = price
    return replace(market, needs=replace(needs, value=value, limit_price=limit))


def awarded_again(market: Market, is_need: bool, listing: int, price: int) -> float:
    """Units that the listing is awarded at another price."""
    changed = with_price(market, is_need, listing, price)
    problem, layout = formulate(changed, match(changed))
    if problem.num_arcs == 0:
        return 0.0
    flow = solve_arrays(problem)
    arcs = layout.arcs(ArcKind.NEED if is_need else ArcKind.OFFER)
    return float(flow[arcs[layout.arc_ref[arcs] == listing]].sum())


def solve_arrays(problem) -> np.ndarray:
    """An optimal flow in units, switches and steps included."""
    arcs, bundles = problem.num_arcs, problem.num_bundles
    unit, scales = float(problem.scales.quantity), problem.scales
    rows, columns, values = [], [], []

    def entry(row, column, value):
        rows.append(np.asarray(row, np.int64))
        columns.append(np.asarray(column, np.int64))
        values.append(np.asarray(value, np.float64))

    every = np.arange(arcs)
    loop = problem.tail == problem.head
    entry(problem.head[~loop], every[~loop], np.ones(int((~loop).sum())))
    entry(problem.tail[~loop], every[~loop], -np.ones(int((~loop).sum())))
    lines = problem.bundle_lines
    entry(lines.index, arcs + lines.row_of_entry(), -lines.coefficient * unit)
    coupling, switches = problem.coupling, problem.bundle_coupling
    at = problem.num_nodes
    entry(at + coupling.row_of_entry(), coupling.index, coupling.coefficient * float(scales.coefficient))
    h = switches.coefficient * float(scales.bundle_coefficient)
    entry(at + switches.row_of_entry(), arcs + switches.index.astype(np.int64), h)
    count = at + problem.num_coupling
    matrix = coo_array(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
        shape=(count, arcs + bundles),
    ).tocsc()
    lower = np.concatenate(
        [_limit(problem.node_lower, unit), _limit(problem.coupling_lower, float(scales.limit))]
    )
    upper = np.concatenate(
        [_limit(problem.node_upper, unit), _limit(problem.coupling_upper, float(scales.limit))]
    )
    cost = np.concatenate(
        [problem.value * float(scales.value), problem.bundle_value * float(scales.bundle_value)]
    )
    cap = np.concatenate([_limit(problem.capacity, unit), np.ones(bundles)])
    step = np.zeros(arcs) if problem.step is None else problem.step * unit
    return _highs(matrix, cost, lower, upper, cap, np.concatenate([step, np.ones(bundles)]))[:arcs]


def _limit(values, unit):
    values = np.asarray(values, np.int64)
    return np.where(values == INF, np.inf, np.where(values == -INF, -np.inf, values * unit))


def _highs(matrix, cost, lower, upper, cap, step):
    """maximise cost x; columns with a step are counted in steps."""
    size = np.where(step > 0, step, 1.0)
    scaled = matrix.multiply(size[None, :]).tocsc()
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(cost), len(lower)
    model.col_cost_, model.col_lower_ = -cost * size, np.zeros(len(cost))
    model.col_upper_ = np.where(step > 0, np.floor(cap / size + 1e-9), cap)
    model.row_lower_, model.row_upper_ = lower, upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_ = scaled.indptr, scaled.indices
    model.a_matrix_.value_ = scaled.data
    if (step > 0).any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[int(s > 0)] for s in step]
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("mip_rel_gap", 1e-12)
    # HiGHS's presolve calls a few feasible MIPs infeasible, and tight tolerances are not always reached.
    for presolve, tolerance in (("on", 1e-10), ("off", 1e-10), ("on", 1e-7), ("off", 1e-7)):
        solver.setOptionValue("presolve", presolve)
        solver.setOptionValue("primal_feasibility_tolerance", tolerance)
        solver.setOptionValue("dual_feasibility_tolerance", tolerance)
        solver.clearSolver()
        solver.passModel(model)
        solver.run()
        if solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            break
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal, solver.getModelStatus()
    return np.array(solver.getSolution().col_value) * size
