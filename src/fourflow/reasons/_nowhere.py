"""Why nothing can get to a listing, or away from it: no lane, none that carries it, or not in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from fourflow.book import Market
from fourflow.formulation import carriage
from fourflow.matching import match
from fourflow.reasons._cause import Cause

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]


def why_nowhere(market: Market, is_need: bool, rows: I64) -> NDArray[np.int8]:
    """NO_ROUTE, NOT_CARRIED or TOO_LATE for each listing in `rows`, which no counterpart can reach.

    The best that any class of counterparts allows: what lanes carry is late, what lanes could reach is
    not carried.
    """
    reached, carried = np.zeros(len(rows), np.bool_), np.zeros(len(rows), np.bool_)
    here = _spot(market, is_need)[rows]
    there = _spot(market, not is_need)
    lanes = market.lanes
    every = np.arange(len(lanes))
    for category, members, others in _classes(market, is_need, rows) if len(rows) else ():
        start = np.unique(there[others])
        for flag, lane in ((reached, every), (carried, carriage(market, category).lane)):
            ends = lanes.from_place[lane].astype(np.int64), lanes.to_place[lane].astype(np.int64)
            tail, head = ends if is_need else ends[::-1]
            distance = _distances(tail, head, np.ones(len(lane)), start, len(market.places) + 1)
            flag[members] |= np.isfinite(distance[here[members]])
    return np.where(carried, Cause.TOO_LATE, np.where(reached, Cause.NOT_CARRIED, Cause.NO_ROUTE)).astype(
        np.int8
    )


@dataclass(frozen=True)
class Meeting:
    """The pair that comes nearest to being in time, in days: arrival : when it could be there at the
    earliest; last : until when, since it is on offer and keeps only so long;
    use_by : whether it is its use-by date that ends it."""

    other: int
    arrival: int
    last: int
    use_by: bool


def nearest_in_time(market: Market, is_need: bool, row: int) -> Meeting | None:
    """Of all eligible counterparts that lanes could reach, the one that misses the listing by least."""
    offers, needs, lanes = market.offers, market.needs, market.lanes
    best: tuple[int, Meeting] | None = None
    for category, _, others in _classes(market, is_need, np.array([row])):
        lane = carriage(market, category).lane
        ends = lanes.from_place[lane].astype(np.int64), lanes.to_place[lane].astype(np.int64)
        tail, head = ends[::-1] if is_need else ends
        start = _spot(market, is_need)[row : row + 1]
        # Lanes of 0 days count a trice: sparse graphs have no edges of length 0.
        days = _distances(tail, head, np.maximum(lanes.days[lane], 1e-6), start, len(market.places) + 1)
        for other in others[np.isfinite(days[_spot(market, not is_need)[others]])].tolist():
            offer, need = (other, row) if is_need else (row, other)
            travel = int(days[_spot(market, not is_need)[other]] + 1e-3)
            arrival = int(offers.from_day[offer]) + travel
            last = min(int(offers.use_by_day[offer]), int(offers.until_day[offer]) + travel)
            start_day, end_day = int(needs.from_day[need]), int(needs.until_day[need])
            late = max(arrival - end_day, start_day - last, arrival - last)
            if best is None or late < best[0]:
                best = (late, Meeting(other, arrival, last, last == offers.use_by_day[offer]))
    return best[1] if best else None


def _classes(market: Market, is_need: bool, rows: I64) -> Iterator[tuple[int, I64, I64]]:
    """(category, positions in `rows`, eligible listings of the other side) per class of offers."""
    matching = match(market)
    for klass in range(matching.num_classes):
        needs = matching.class_needs[klass].astype(np.int64)
        offers = np.flatnonzero(matching.offer_class == klass)
        mine, others = (needs, offers) if is_need else (offers, needs)
        members = np.flatnonzero(np.isin(rows, mine))
        if len(members) and len(others):
            yield int(matching.class_category[klass]), members, others


def _spot(market: Market, is_need: bool) -> I64:
    """The place of each listing of one side; one beyond the last for those without any."""
    place = market.needs.place if is_need else market.offers.place
    return np.where(place >= 0, place, len(market.places)).astype(np.int64)


def _distances(tail: I64, head: I64, length: F64, start: I64, count: int) -> F64:
    """float64[count]: the shortest way from any of `start`, inf where there is none."""
    order = np.lexsort((length, head, tail))
    tail, head, length = tail[order], head[order], length[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    graph = coo_array((length[first], (tail[first], head[first])), shape=(count, count)).tocsr()
    result: F64 = dijkstra(graph, indices=start, min_only=True)
    return result
