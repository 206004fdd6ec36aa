"""Which prices of full shared rows are the only ones possible.

Where an arc could carry a little more and a little less, its price equation holds with equality in
every optimal dual. A circle of such arcs is an equation in the row prices alone; a row price that these
equations determine is the same in every optimal dual, and paths that pay it need no proviso.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from fourflow.reasons._graph import F64, I64, Graph, Situation

Bools = NDArray[np.bool_]
MOST_ENTRIES = 10**8
"""Beyond this many (nodes + circles) x rows nothing is called pinned: the matrices would take a gigabyte."""


def pinned_rows(situation: Situation, supply: Graph, partial: Bools) -> Bools:
    """bool[num_coupling]: full shared rows whose price is determined.

    supply : the residual graph for needs; partial : bool[num_sources] listings that could do more and less.
    """
    full = np.flatnonzero(situation.full & ~situation.loose)
    pinned = np.zeros(len(situation.full), np.bool_)
    ends, rows, takes = _free_edges(supply, partial)
    if len(full) == 0 or (len(supply.nodes) + len(ends)) * len(full) > MOST_ENTRIES:
        return pinned
    column = np.full(len(situation.full) + 1, len(full), np.int64)
    column[full] = np.arange(len(full))
    circles = _circles(ends, column[rows], takes, len(supply.nodes), len(full) + 1)[:, : len(full)]
    largest = np.abs(circles).max(axis=1, initial=0.0)
    circles = circles[largest > 0] / largest[largest > 0, None]
    values, vectors = np.linalg.eigh(circles.T @ circles)
    spanned = vectors[:, values > 1e-9 * max(1.0, float(values.max(initial=0.0)))]
    pinned[full] = (spanned**2).sum(axis=1) > 1.0 - 1e-7
    return pinned


def _free_edges(graph: Graph, partial: Bools) -> tuple[I64, I64, F64]:
    """Arcs that could carry more and less, and partial listings as edges from the outside (the last node).

    ends : int64[n, 2]; rows : int64[n, 2] lane and budget row (-1 none); takes : float64[n, 2].
    """
    arcs = graph.arcs[(graph.arcs["ahead"] > 0) & (graph.arcs["back"] > 0)]
    sources = graph.sources[partial]
    none = np.full(len(sources), -1, np.int64)
    outside = np.full(len(sources), len(graph.nodes), np.int64)
    parts = (
        tuple(arcs[name] for name in ("tail", "head", "lane_row", "budget_row", "lane_take", "budget_take")),
        (outside, sources["node"], none, sources["budget_row"], none * 0.0, sources["budget_take"]),
    )  # fmt: skip
    tail, head, lane, budget, lane_take, budget_take = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    return (
        np.stack([tail, head], axis=1),
        np.stack([lane, budget], axis=1),
        np.stack([lane_take, budget_take], axis=1),
    )


def _circles(ends: I64, columns: I64, takes: F64, outside: int, width: int) -> F64:
    """What every edge that closes a circle with a spanning tree takes from the rows around it."""
    count = outside + 1
    links = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
    _, label = connected_components(links, directed=False)
    # Each island hangs on the outside by an edge that weighs nothing: no circle comes of it.
    _, first = np.unique(label, return_index=True)
    first = first[label[first] != label[outside]]
    hooks = np.stack([np.full(len(first), outside), first], axis=1)
    ends = np.concatenate([ends, hooks])
    columns = np.concatenate([columns, np.full((len(hooks), 2), width - 1)])
    takes = np.concatenate([takes, np.zeros((len(hooks), 2))])
    key = ends.min(axis=1) * count + ends.max(axis=1)
    known, edge_of = np.unique(key, return_index=True)
    low, high = np.divmod(known, count)
    tree = coo_array((np.ones(len(known)), (low, high)), shape=(count, count)).tocsr()
    order, before = breadth_first_order(tree, outside, directed=False)
    along = np.zeros((count, width))
    closes = np.ones(len(ends), np.bool_)
    parent = before[order[1:]].astype(np.int64)
    nodes = order[1:].astype(np.int64)
    used = edge_of[np.searchsorted(known, np.minimum(nodes, parent) * count + np.maximum(nodes, parent))]
    closes[used] = False
    sign = np.where(ends[used, 1] == nodes, 1.0, -1.0)
    for node, back, edge, s in zip(
        nodes.tolist(), parent.tolist(), used.tolist(), sign.tolist(), strict=True
    ):
        along[node] = along[back]
        along[node, columns[edge, 0]] += s * takes[edge, 0]
        along[node, columns[edge, 1]] += s * takes[edge, 1]
    rest = np.flatnonzero(closes & (ends[:, 0] != ends[:, 1]))
    circles = along[ends[rest, 0]] - along[ends[rest, 1]]
    for k in range(2):
        np.add.at(circles, (np.arange(len(rest)), columns[rest, k]), takes[rest, k])
    circles[np.abs(circles) < 1e-12 * np.abs(takes).max(initial=0.0)] = 0.0
    kept: F64 = circles[(circles[:, : width - 1] != 0).any(axis=1)]
    return kept
