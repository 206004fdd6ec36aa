"""The canonical order: listings, lanes and places by id, never by the row they stand in."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fourflow.book import Market
from fourflow.formulation import ArcKind, Layout
from fourflow.problem import ClearingProblem

I64 = NDArray[np.int64]


def rank(ids: NDArray[np.object_]) -> I64:
    """The position of each id among all of them, sorted as UTF-8: int64[len(ids)]."""
    order = pl.Series(ids.tolist(), dtype=pl.String).arg_sort().to_numpy()
    position = np.empty(len(ids), np.int64)
    position[order] = np.arange(len(ids))
    return position


def carrying_arcs(market: Market, layout: Layout, problem: ClearingProblem, flow: I64) -> tuple[I64, I64]:
    """Lane and storage arcs with a flow, by tail hub, then lanes by id, then storage.

    Returns arcs : int64[k] and start : int64[num_nodes + 1], node n's arcs being arcs[start[n]:start[n+1]].
    """
    lane = (layout.arc_kind == ArcKind.LANE) & (flow > 0)
    storage = (layout.arc_kind == ArcKind.STORAGE) & (flow > 0)
    arcs = np.flatnonzero(lane | storage)
    lane_rank = np.append(rank(market.lanes.id), len(market.lanes))
    key = lane_rank[np.where(lane[arcs], layout.arc_ref[arcs], len(market.lanes))]
    tail = problem.tail[arcs].astype(np.int64)
    arcs = arcs[np.lexsort((key, tail))]
    return arcs, starts(problem.tail[arcs], problem.num_nodes)


def starts(sorted_group: NDArray[np.integer], num_groups: int) -> I64:
    """Where each group begins in an array sorted by group: int64[num_groups + 1]."""
    count = np.bincount(sorted_group.astype(np.int64), minlength=num_groups)
    return np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
