"""An answer that came before the best one may hold what is worth less than nothing. It is taken out here.

Goods that go in a circle, trips without a load, switches that nobody uses, and parts of the market that
trade only among themselves and without a sponsor, but would lose by it: nobody in such a part could be
paid what they ask. Whatever is taken out only lowers what rows limit from above, so rows keep.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fourflow.book import Market
from fourflow.clearing._allocation import cancel_cycles
from fourflow.formulation import ArcKind, BundleKind, Layout, NodeKind, RowKind
from fourflow.problem import ClearingProblem

I64 = NDArray[np.int64]


def tidy(market: Market, layout: Layout, problem: ClearingProblem, flow: I64, bundle: I64) -> tuple[I64, I64]:
    """The same allocation without what is worth less than nothing: feasible, and worth at least as much.

    flow : int64[num_arcs]; bundle : int64[num_bundles], both feasible. An allocation that is the best
    there is comes back as it was, but for cycles that cost nothing.
    """
    flow, bundle = cancel_cycles(market, layout, problem, flow), bundle.copy()
    _trim(layout, problem, flow, bundle)
    part, num_parts = _parts(layout, problem, flow)
    worth = _worth(layout, problem, flow, bundle, part, num_parts)
    losing = np.flatnonzero([money < 0 for money in worth])
    if len(losing):
        flow[np.isin(part, losing)] = 0
        _trim(layout, problem, flow, bundle)
    return flow, bundle


def _trim(layout: Layout, problem: ClearingProblem, flow: I64, bundle: I64) -> None:
    """Lower trips to what their load needs, and turn off the switches of listings that trade nothing."""
    matrix = problem.coupling
    for row in np.flatnonzero(layout.row_kind == RowKind.TRIPS):
        entries = slice(matrix.indptr[row], matrix.indptr[row + 1])
        arcs, g = matrix.index[entries], matrix.coefficient[entries].astype(object)
        trip = layout.arc_kind[arcs] == ArcKind.TRIP
        load, (arc,), (room,) = (g * flow[arcs])[~trip].sum(), arcs[trip], -g[trip]
        step = max(1, int(problem.step[arc])) if problem.step is not None else 1
        flow[arc] = min(int(flow[arc]), -(-load // (room * step)) * step)
    for kind, node_kind, end in (
        (BundleKind.OFFER, NodeKind.OFFER, problem.tail),
        (BundleKind.NEED, NodeKind.NEED, problem.head),
    ):
        trading = layout.node_ref[end[flow > 0]][layout.node_kind[end[flow > 0]] == node_kind]
        mine = np.flatnonzero(layout.bundle_kind == kind)
        bundle[mine[~np.isin(layout.bundle_ref[mine], trading)]] = 0


def _parts(layout: Layout, problem: ClearingProblem, flow: I64) -> tuple[I64, int]:
    """The part that each arc in use belongs to, -1 where a sponsor stands behind it: int64[num_arcs].

    Those who share a vehicle whose trips are paid are one part; its trips belong to it unless a sponsor
    shares them.
    """
    used = np.flatnonzero((flow > 0) & (layout.arc_pool >= 0))
    free = layout.pool_sponsor[layout.arc_pool[used]] < 0
    own, sponsored = used[free], used[~free]
    trips = layout.arcs(ArcKind.TRIP)
    trips = trips[flow[trips] > 0]
    shares = own[(layout.arc_kind[own] == ArcKind.LANE) & np.isin(layout.arc_ref[own], layout.arc_ref[trips])]
    vehicle = problem.num_nodes + layout.arc_ref.astype(np.int64)
    tail = np.concatenate([problem.tail[own], problem.tail[shares]]).astype(np.int64)
    head = np.concatenate([problem.head[own], vehicle[shares]]).astype(np.int64)
    size = problem.num_nodes + int(layout.arc_ref.max(initial=0)) + 1
    graph = coo_array((np.ones(len(tail), np.int8), (tail, head)), shape=(size, size))
    label = connected_components(graph, directed=False)[1]
    names, number = np.unique(label[problem.tail[own]], return_inverse=True)
    part = np.full(problem.num_arcs, -1)
    part[own] = number
    paid_by_sponsors = layout.arc_ref[sponsored[layout.arc_kind[sponsored] == ArcKind.LANE]]
    trips = trips[~np.isin(layout.arc_ref[trips], paid_by_sponsors)]
    part[trips] = np.searchsorted(names, label[vehicle[trips]])
    return part, len(names)


def _worth(
    layout: Layout, problem: ClearingProblem, flow: I64, bundle: I64, part: I64, num_parts: int
) -> list[int]:
    """What each part is worth, fixed costs included, in quanta of value x quantity.

    A part with an offer that has a switch and sells to a sponsor too is kept whatever it is worth: it
    could not be taken out alone.
    """
    worth = np.zeros(num_parts, object)
    arcs = np.flatnonzero(part >= 0)
    np.add.at(worth, part[arcs], problem.value[arcs].astype(object) * flow[arcs])
    scale = problem.scales.bundle_value / (problem.scales.value * problem.scales.quantity)
    assert scale.denominator == 1
    part_of_node = np.full(problem.num_nodes, -1)
    part_of_node[problem.tail[arcs]] = part[arcs]
    sold = np.flatnonzero((flow > 0) & (part < 0) & (layout.arc_kind == ArcKind.OFFER))
    to_sponsors, kept = np.isin(np.arange(problem.num_nodes), problem.tail[sold]), set()
    for p in np.flatnonzero((layout.bundle_kind == BundleKind.OFFER) & (bundle > 0)):
        node = problem.bundle_lines.index[problem.bundle_lines.indptr[p]]
        at = int(part_of_node[node])
        if at >= 0:
            worth[at] += int(problem.bundle_value[p]) * int(scale)
            kept |= {at} if to_sponsors[node] else set()
    return [max(0, money) if at in kept else money for at, money in enumerate(worth)]
