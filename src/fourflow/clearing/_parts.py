"""The parts of a market: those who trade with each other without a sponsor, directly or through others.

Who shares a vehicle whose trips are paid, one project, or a rule that gives to some what it takes from
others, is in one part: what they have in common is theirs to pay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fourflow.book import Market
from fourflow.formulation import ArcKind, BundleKind, Layout, RowKind
from fourflow.problem import ClearingProblem

I64 = NDArray[np.int64]
_LOOPS = ArcKind.TRIP, ArcKind.ROOM


@dataclass(frozen=True)
class Parts:
    """arc : int64[num_arcs], the part of every arc in use that no sponsor stands behind, else -1 (trips too);
    project : int64[num_projects], the part of every project without a sponsor that is carried out or gets
    anything, else -1;
    count : how many parts there are."""

    arc: I64
    project: I64
    count: int


def trading_parts(market: Market, layout: Layout, problem: ClearingProblem, flow: I64, bundle: I64) -> Parts:
    """The connected parts of what flows outside sponsors' pools.

    flow : int64[num_arcs]; bundle : int64[num_bundles].
    """
    used = np.flatnonzero((flow > 0) & (layout.arc_pool >= 0) & ~np.isin(layout.arc_kind, _LOOPS))
    own = used[layout.pool_sponsor[layout.arc_pool[used]] < 0]
    lane, project = problem.num_nodes, problem.num_nodes + len(market.lanes)
    row = project + len(market.projects)
    bundles = _carried_out(market, layout, bundle)
    bought = own[layout.arc_kind[own] == ArcKind.NEED]
    buyer = market.needs.project[layout.arc_ref[bought]]
    bought, buyer = bought[buyer >= 0], buyer[buyer >= 0].astype(np.int64)
    ties = [
        (problem.tail[own], problem.head[own]),
        (problem.tail[bought], project + buyer),
        _shared_vehicles(layout, problem, flow, own, lane),
        _projects(layout, problem, bundles, project),
        _shared_rules(layout, problem, own, row),
    ]
    ends = [np.concatenate([side[i].astype(np.int64) for side in ties]) for i in (0, 1)]
    size = row + problem.num_coupling
    graph = coo_array((np.ones(len(ends[0]), np.int8), (ends[0], ends[1])), shape=(size, size))
    label = connected_components(graph, directed=False)[1]
    carried = np.union1d(layout.bundle_ref[bundles], buyer).astype(np.int64)
    mine = label[project + carried]
    names, number = np.unique(np.concatenate([label[problem.tail[own]], mine]), return_inverse=True)
    arc, of_project = np.full(problem.num_arcs, -1), np.full(len(market.projects), -1)
    arc[own] = number[: len(own)]
    of_project[carried] = number[len(own) :]
    trips = layout.arcs(ArcKind.TRIP)
    trips = trips[(flow[trips] > 0) & (layout.arc_pool[trips] < 0)]
    at = np.searchsorted(names, label[lane + layout.arc_ref[trips].astype(np.int64)])
    known = at < len(names)
    known[known] = names[at[known]] == label[lane + layout.arc_ref[trips[known]].astype(np.int64)]
    arc[trips[known]] = at[known]
    return Parts(arc, of_project, len(names))


def _carried_out(market: Market, layout: Layout, bundle: I64) -> I64:
    """The PROJECT bundles of projects without a sponsor that are carried out, at whatever size."""
    projects = np.flatnonzero((layout.bundle_kind == BundleKind.PROJECT) & (bundle > 0))
    return projects[market.projects.sponsor[layout.bundle_ref[projects]] < 0]


def _shared_vehicles(
    layout: Layout, problem: ClearingProblem, flow: I64, own: I64, first: int
) -> tuple[I64, I64]:
    """(node, vehicle) of every lane arc that shares trips which are paid."""
    trips = layout.arcs(ArcKind.TRIP)
    paid = layout.arc_ref[trips[flow[trips] > 0]]
    shares = own[(layout.arc_kind[own] == ArcKind.LANE) & np.isin(layout.arc_ref[own], paid)]
    return problem.tail[shares].astype(np.int64), first + layout.arc_ref[shares].astype(np.int64)


def _projects(layout: Layout, problem: ClearingProblem, bundles: I64, first: int) -> tuple[I64, I64]:
    """(node, project) of every line and output of the projects."""
    lines = problem.bundle_lines
    entry = np.flatnonzero(np.isin(lines.row_of_entry(), bundles))
    of = layout.bundle_ref[lines.row_of_entry()[entry]].astype(np.int64)
    return lines.index[entry].astype(np.int64), first + of


def _shared_rules(layout: Layout, problem: ClearingProblem, own: I64, first: int) -> tuple[I64, I64]:
    """(node, row) of every arc in use in a rule that charges some arcs and favours others (a share)."""
    matrix = problem.coupling
    row = matrix.row_of_entry()
    favours, charges = np.zeros(problem.num_coupling, np.bool_), np.zeros(problem.num_coupling, np.bool_)
    favours[row[matrix.coefficient < 0]] = True
    charges[row[matrix.coefficient > 0]] = True
    chosen = np.flatnonzero(((layout.row_kind == RowKind.RULE) & favours & charges)[row])
    chosen = chosen[np.isin(matrix.index[chosen], own)]
    return problem.tail[matrix.index[chosen]].astype(np.int64), first + row[chosen]
