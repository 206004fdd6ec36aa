"""An order of nodes and arcs that only ids decide: ties fall the same whatever row things stand in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fourflow.book import Market
from fourflow.formulation import ArcKind, Layout, NodeKind
from fourflow.problem import ClearingProblem

I64 = NDArray[np.int64]


def id_rank(ids: NDArray[np.object_]) -> I64:
    """The position of each id among all of them, by code points: int64[len(ids)]."""
    return _inverse(np.argsort(ids.astype(np.str_), kind="stable"))


def _inverse(order: I64) -> I64:
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank


def canonical_ranks(
    market: Market, layout: Layout, problem: ClearingProblem, offer_rank: I64, need_rank: I64
) -> tuple[I64, I64]:
    """(rank of each node, rank of each arc): offers and needs by id; hubs by pool, place id and period; arcs
    by their ends, lanes between the same ends by id."""
    kind, ref = layout.node_kind, layout.node_ref.astype(np.int64)
    place_rank = np.append(id_rank(market.places.id), len(market.places))
    first, second, third = (np.zeros(len(kind), np.int64) for _ in range(3))
    sides = ((NodeKind.OFFER, offer_rank), (NodeKind.NEED, need_rank), (NodeKind.LINE, need_rank))
    for side, rank in sides:
        chosen = kind == side
        first[chosen] = rank[ref[chosen]]
    hubs = kind == NodeKind.HUB
    first[hubs] = _pool_rank(market, layout, offer_rank)[layout.hub_pool[ref[hubs]]]
    second[hubs] = place_rank[layout.hub_place[ref[hubs]]]
    third[hubs] = layout.hub_period[ref[hubs]]
    position = _inverse(np.lexsort((third, second, first, kind)))
    lane = np.zeros(problem.num_arcs, np.int64)
    lanes = (layout.arc_kind == ArcKind.LANE) | (layout.arc_kind == ArcKind.TRIP)
    lane[lanes] = id_rank(market.lanes.id)[layout.arc_ref[lanes]]
    arcs = np.lexsort((lane, layout.arc_kind, position[problem.head], position[problem.tail]))
    return position, _inverse(arcs)


def _pool_rank(market: Market, layout: Layout, offer_rank: I64) -> I64:
    """Pools by the smallest id among their offers, then by their sponsor's id."""
    count = len(layout.pool_sponsor)
    smallest = np.full(count, len(offer_rank))
    arcs = layout.arcs(ArcKind.OFFER)
    np.minimum.at(smallest, layout.arc_pool[arcs], offer_rank[layout.arc_ref[arcs]])
    sponsor = np.append(id_rank(market.participants.id), -1)[layout.pool_sponsor]
    return _inverse(np.lexsort((sponsor, smallest)))
