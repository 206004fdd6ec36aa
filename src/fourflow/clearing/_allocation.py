"""Flows read as amounts per listing and per lane."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fourflow.book import MICRO, Market
from fourflow.clearing._kernels import cancel
from fourflow.clearing._order import carrying_arcs
from fourflow.clearing._records import Allocation
from fourflow.formulation import ArcKind, BundleKind, Layout
from fourflow.problem import ClearingProblem

I64 = NDArray[np.int64]


def read_allocation(
    market: Market, layout: Layout, problem: ClearingProblem, flow: I64, bundle: I64
) -> Allocation:
    """What each offer gives, each need gets and each lane carries, and how far each project is carried out.

    flow : int64[num_arcs] millionths of a unit, feasible; bundle : int64[num_bundles].
    """
    offered = np.zeros(len(market.offers), np.int64)
    awarded = np.zeros(len(market.needs), np.int64)
    ref = layout.arc_ref
    offer, need = layout.arcs(ArcKind.OFFER), layout.arcs(ArcKind.NEED)
    np.add.at(offered, ref[offer], flow[offer])
    np.add.at(awarded, ref[need], flow[need])
    size = np.zeros(len(market.projects), np.int64)
    projects = np.flatnonzero(layout.bundle_kind == BundleKind.PROJECT)
    size[layout.bundle_ref[projects]] = bundle[projects]
    carried = _tonnes(market, layout, flow)
    return Allocation(market, layout, problem, flow, bundle, offered, awarded, carried, size)


def cancel_cycles(market: Market, layout: Layout, problem: ClearingProblem, flow: I64) -> I64:
    """The same awards with no goods going round in a circle: int64[num_arcs].

    Feasible if `flow` is, and worth at least as much: haulage is never negative, and every row that
    sees a lane limits what it carries from above.
    """
    arcs, start = carrying_arcs(market, layout, problem, flow)
    carried = flow[arcs]
    cancel(start, problem.head[arcs].astype(np.int64), carried)
    straight = flow.copy()
    straight[arcs] = carried
    return straight


def _tonnes(market: Market, layout: Layout, flow: I64) -> I64:
    """Millionths of a tonne over each lane, rounded up: int64[num_lanes]."""
    arcs = layout.arcs(ArcKind.LANE)
    arcs = arcs[flow[arcs] > 0]
    num_categories = max(1, len(market.categories))
    key = layout.arc_ref[arcs].astype(np.int64) * num_categories + layout.pool_category[layout.arc_pool[arcs]]
    unique, group = np.unique(key, return_inverse=True)
    units = np.zeros(len(unique), np.int64)
    np.add.at(units, group, flow[arcs])
    lane, category = np.divmod(unique, num_categories)
    # Units times tonnes per unit can exceed 63 bits: Python integers, one product per lane and category.
    exact = np.zeros(len(market.lanes), object)
    np.add.at(exact, lane, units.astype(object) * market.categories.tonnes_per_unit[category])
    return np.array([-(-total // MICRO) for total in exact], np.int64)
