"""Which lanes a pool needs: those that lead from its offers to its needs, less those never worth taking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from fourflow.book import MICRO, UNLIMITED, Market

I64 = NDArray[np.int64]
MAX_PRUNED_SOURCES = 400
"""Above this many supply places the search for useless lanes costs more than it saves."""


@dataclass(frozen=True)
class Carriage:
    """The lanes that may carry one category: lane : int64[m] indices, haulage : int64[m] billionths of
    money per unit (rounded up, against the payer's risk), weight : billionths of a tonne per unit."""

    lane: I64
    haulage: I64
    weight: int


def carriage(market: Market, category: int) -> Carriage:
    """Lanes that carry `category`, with what a unit costs on each."""
    lanes = market.lanes
    tonnes = int(market.categories.tonnes_per_unit[category])
    allowed = np.ones(len(lanes), np.bool_)
    named = np.flatnonzero(np.diff(lanes.carries.indptr))
    for index in named.tolist():
        covers = [market.categories.descendants[int(c)] for c in lanes.carries[index]]
        allowed[index] = any(category in below for below in covers)
    lane = np.flatnonzero(allowed & (lanes.from_place != lanes.to_place))
    return Carriage(lane, _haulage(lanes.cost_per_t[lane], tonnes), tonnes * 1000)


def _haulage(cost_per_t: I64, tonnes_per_unit: int) -> I64:
    """ceil(cost x tonnes / 1000): millionths of money times millionths of a tonne, to billionths."""
    if len(cost_per_t) and int(cost_per_t.max()) * tonnes_per_unit >= 2**62:
        exact = [-(-int(cost) * tonnes_per_unit // 1000) for cost in cost_per_t]
        return np.array(exact, np.int64)
    return -(-cost_per_t * tonnes_per_unit // 1000)


def useful(market: Market, carried: Carriage, supply: I64, demand: I64, all_ways: bool) -> NDArray[np.bool_]:
    """bool[m]: lanes of `carried` that can lie on a route from a supply place to a demand place.

    Exact: what is left out cannot be on a cheapest route. Lanes with a capacity or trips are only
    dropped where they lead nowhere; with `all_ways` (time steps, rules over lanes) all are.
    """
    tail = market.lanes.from_place[carried.lane].astype(np.int64)
    head = market.lanes.to_place[carried.lane].astype(np.int64)
    count = len(market.places) + 1
    keep = _reached(tail, head, supply, count)[tail] & _reached(head, tail, demand, count)[head]
    limited = (market.lanes.capacity_t[carried.lane] != UNLIMITED) | (market.lanes.trip_t[carried.lane] > 0)
    if all_ways or (limited & keep).any() or len(supply) > MAX_PRUNED_SOURCES:
        return keep
    return _on_cheapest_routes(tail, head, carried.haulage, keep, supply, demand, count)


def _reached(tail: I64, head: I64, start: I64, count: int) -> NDArray[np.bool_]:
    """bool[count]: places that can be reached from `start` along tail -> head."""
    reached = np.zeros(count, np.bool_)
    reached[start] = True
    for _ in range(count):
        new = head[reached[tail]]
        if reached[new].all():
            break
        reached[new] = True
    return reached


def _on_cheapest_routes(
    tail: I64, head: I64, cost: I64, keep: NDArray[np.bool_], supply: I64, demand: I64, count: int
) -> NDArray[np.bool_]:
    """Keep every lane that lies on some cheapest route from a supply place, ties included."""
    if not keep.any():
        return keep
    best = coo_array((_parallel_cheapest(tail, head, cost, keep)), shape=(count, count)).tocsr()
    distance = dijkstra(best, indices=np.unique(supply))
    tight = keep & np.zeros(len(tail), np.bool_)
    for row in distance:
        # Costs are integers far below 2**53, so float sums compare exactly.
        tight |= keep & np.isfinite(row[tail]) & (row[tail] + cost == row[head])
    wanted = np.zeros(count, np.bool_)
    wanted[demand] = True
    return tight & _reached(head[tight], tail[tight], np.flatnonzero(wanted), count)[head]


def _parallel_cheapest(
    tail: I64, head: I64, cost: I64, keep: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], tuple[I64, I64]]:
    """One entry per place pair: the cheapest of its parallel lanes."""
    chosen = np.flatnonzero(keep)
    order = chosen[np.lexsort((cost[chosen], head[chosen], tail[chosen]))]
    first = np.ones(len(order), np.bool_)
    first[1:] = (tail[order][1:] != tail[order][:-1]) | (head[order][1:] != head[order][:-1])
    pick = order[first]
    return cost[pick].astype(np.float64), (tail[pick], head[pick])


assert MICRO == 10**6, "haulage divides by 1000 to come from millionths squared to billionths"
