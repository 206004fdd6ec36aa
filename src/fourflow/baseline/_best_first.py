"""Those who gain most at given prices first: an allocation near prices that somebody else found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fourflow.baseline._first_come import serve
from fourflow.baseline._network import I64, build_network
from fourflow.book import Market
from fourflow.formulation import ArcKind, BundleKind, Layout
from fourflow.problem import ClearingProblem, Duals, Sparse

F64 = NDArray[np.float64]
RENT_SHARE = 0.3
"""Share of the rents that whoever is served counts as cost: enough to leave scarce supply to others, too
little to leave it unused."""
HEAD_START = 0.3
"""Projects come before needs that gain as much, by this share of the value: they want many things at once."""


def best_first(market: Market, layout: Layout, problem: ClearingProblem, duals: Duals) -> tuple[I64, I64]:
    """(flow, bundle): as `first_come_first_served`, but in order of what prices leave each, as a share of its
    value; each takes what is cheapest with a share of the rents on top. Feasible in the same way."""
    node = np.asarray(duals.node, np.float64) * float(duals.node_scale / problem.scales.value)
    row = np.asarray(duals.row, np.float64) * float(duals.row_scale)
    scales, lines = problem.scales, problem.bundle_lines
    assert problem.bundle_coupling is not None
    charge = _charged(problem.coupling, row, problem.num_arcs) * float(scales.coefficient / scales.value)
    charged = _charged(problem.bundle_coupling, row, problem.num_bundles)
    charged *= float(scales.bundle_coefficient / scales.bundle_value)
    cost = np.bincount(lines.row_of_entry(), lines.coefficient * node[lines.index], problem.num_bundles)
    profit = (
        problem.bundle_value - charged + cost * float(scales.value * scales.quantity / scales.bundle_value)
    )

    rent = np.where(layout.arc_kind == ArcKind.OFFER, -node[problem.tail], 0.0) + charge
    value = problem.value - RENT_SHARE * rent
    between = np.isin(layout.arc_kind, (ArcKind.LANE, ArcKind.STORAGE))
    value[between] = np.minimum(value[between], 0.0)
    worth = np.where(layout.bundle_kind == BundleKind.PROJECT, RENT_SHARE * charged, 0.0)
    priced = replace(
        problem,
        value=np.rint(value).astype(np.int64),
        bundle_value=np.rint(problem.bundle_value - worth).astype(np.int64),
    )
    net = build_network(market, layout, priced, near=False)
    most = np.ones(problem.num_nodes)
    np.maximum.at(most, problem.head, problem.value)
    gain = np.empty(len(net.order))
    needs = net.order >= 0
    gain[needs] = node[net.order[needs]] / most[net.order[needs]]
    bundle = net.projects["bundle"][-1 - net.order[~needs]]
    gain[~needs] = profit[bundle] / np.maximum(problem.bundle_value[bundle], 1) + HEAD_START
    return serve(net._replace(order=net.order[np.argsort(-gain, kind="stable")]), layout, problem)


def _charged(rows: Sparse, price: F64, num_columns: int) -> F64:
    """sum_k coefficient_kc price_k of every column c."""
    weights = rows.coefficient * price[rows.row_of_entry()]
    return np.asarray(np.bincount(rows.index, weights, num_columns), np.float64)
