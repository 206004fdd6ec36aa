"""Who ships to whom by which route: a flow taken apart into paths, in an order that only ids decide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fourflow.book._market import Ragged
from fourflow.clearing._allocation import cancel_cycles
from fourflow.clearing._kernels import peel
from fourflow.clearing._order import carrying_arcs, rank, starts
from fourflow.clearing._records import Allocation, Awards
from fourflow.clearing._self_supply import Path, SelfSupply, exchange
from fourflow.formulation import ArcKind

I64 = NDArray[np.int64]


@dataclass(frozen=True)
class _Paths:
    """Parcels: offer, need, quantity : int64[n]; lanes[start[i]:start[i+1]] : the route of parcel i."""

    offer: I64
    need: I64
    quantity: I64
    start: I64
    lanes: I64


def decompose(allocation: Allocation) -> Awards:
    """Who ships to whom by which route, in canonical order (offer id, need id).

    At each hub local offers serve local needs first; then each offer in the order of its id follows
    the first lane (by id) that still carries something. Goods that go in a circle are left out.
    Raises SelfSupply where a participant would have to supply itself.
    """
    paths = _peeled(allocation)
    market = allocation.market
    owner = market.offers.participant[paths.offer]
    own = owner == market.needs.participant[paths.need]
    if own.any():
        raise SelfSupply(paths.offer[own], paths.need[own])
    return _awards(allocation, _merged(paths))


@dataclass(frozen=True)
class _Network:
    """Arcs with a flow: from offers, between hubs (by tail, `start`), to needs (by hub); all in canonical
    order. flow, head : int64[num_arcs]; *_owner : participants of the givers and takers."""

    giver: I64
    taker: I64
    arcs: I64
    start: I64
    head: I64
    flow: I64
    giver_owner: I64
    taker_owner: I64
    taker_start: I64

    def paths(self, room: int) -> tuple[I64, I64, I64, I64, I64]:
        """giver, taker, quantity, and the arcs of each path; `room` for these arcs in all."""
        path_arc = np.empty(room, np.int64)
        giver, taker, quantity, start = peel(
            self.head[self.giver], self.flow[self.giver], self.giver_owner,
            self.taker_start, self.flow[self.taker], self.taker_owner,
            self.start, self.head[self.arcs], self.flow[self.arcs], path_arc,
        )  # fmt: skip
        needed = int(start[-1])
        return (giver, taker, quantity, start, path_arc) if needed <= room else self.paths(needed)


def _network(allocation: Allocation) -> _Network:
    market, layout, problem = allocation.market, allocation.layout, allocation.problem
    flow = cancel_cycles(market, layout, problem, allocation.flow)
    head, ref = problem.head.astype(np.int64), layout.arc_ref
    giver = _flowing(flow, layout.arcs(ArcKind.OFFER))
    giver = giver[np.lexsort((head[giver], rank(market.offers.id)[ref[giver]]))]
    taker = _flowing(flow, layout.arcs(ArcKind.NEED))
    taker = taker[np.lexsort((rank(market.needs.id)[ref[taker]], problem.tail[taker]))]
    arcs, start = carrying_arcs(market, layout, problem, flow)
    return _Network(
        giver, taker, arcs, start, head, flow,
        market.offers.participant[ref[giver]].astype(np.int64),
        market.needs.participant[ref[taker]].astype(np.int64),
        starts(problem.tail[taker], problem.num_nodes),
    )  # fmt: skip


def _peeled(allocation: Allocation) -> _Paths:
    """The paths of all pools, self-supply swapped away where that is possible."""
    layout, net = allocation.layout, _network(allocation)
    peeled = net.paths(2 * (len(net.giver) + len(net.taker) + len(net.arcs)))
    if (net.giver_owner[peeled[0]] == net.taker_owner[peeled[1]]).any():
        peeled = _without_own(peeled, net)
    giver, taker, quantity, start, path_arc = peeled
    steps = net.arcs[path_arc[: start[-1]]]
    lanes = layout.arc_kind[steps] == ArcKind.LANE
    before = np.concatenate([[0], np.cumsum(lanes)]).astype(np.int64)
    return _Paths(
        layout.arc_ref[net.giver[giver]].astype(np.int64),
        layout.arc_ref[net.taker[taker]].astype(np.int64),
        quantity,
        before[start],
        layout.arc_ref[steps[lanes]].astype(np.int64),
    )


def _flowing(flow: I64, arcs: I64) -> I64:
    return arcs[flow[arcs] > 0]


def _without_own(peeled: tuple[I64, I64, I64, I64, I64], net: _Network) -> tuple[I64, I64, I64, I64, I64]:
    """The same flow in paths of which fewer, if possible none, pair a participant with itself."""
    giver, need, quantity, start, path_arc = (part.tolist() for part in peeled)
    giver_hub, arc_head = net.head[net.giver], net.head[net.arcs]
    paths = []
    for i, (g, n) in enumerate(zip(giver, need, strict=True)):
        arcs = path_arc[start[i] : start[i + 1]]
        hubs = [int(giver_hub[g]), *(int(arc_head[arc]) for arc in arcs)]
        paths.append(Path(g, n, quantity[i], hubs, arcs))
    paths = exchange(paths, net.giver_owner, net.taker_owner)
    lengths = np.array([0, *(len(path.arcs) for path in paths)], np.int64)
    return (
        np.array([path.giver for path in paths], np.int64),
        np.array([path.need for path in paths], np.int64),
        np.array([path.quantity for path in paths], np.int64),
        np.cumsum(lengths),
        np.array([arc for path in paths for arc in path.arcs], np.int64),
    )


def _merged(paths: _Paths) -> _Paths:
    """Parcels with the same offer, need and route become one (they differed by period, or were swapped)."""
    order = np.lexsort((paths.need, paths.offer))
    same = (np.diff(paths.offer[order]) == 0) & (np.diff(paths.need[order]) == 0)
    if not same.any():
        return paths
    quantity = paths.quantity.copy()
    first: dict[tuple[int, int, bytes], int] = {}
    for i in np.sort(order[np.append(same, False) | np.append(False, same)]):
        route = paths.lanes[paths.start[i] : paths.start[i + 1]].tobytes()
        kept = first.setdefault((int(paths.offer[i]), int(paths.need[i]), route), int(i))
        if kept != i:
            quantity[kept] += quantity[i]
            quantity[i] = 0
    keep = np.flatnonzero(quantity > 0)
    start, lanes = _take(paths.start, paths.lanes, keep)
    return _Paths(paths.offer[keep], paths.need[keep], quantity[keep], start, lanes)


def _take(start: I64, values: I64, chosen: I64) -> tuple[I64, I64]:
    """The chosen lists of a ragged array, in that order."""
    length = start[chosen + 1] - start[chosen]
    new = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    position = np.repeat(start[chosen] - new[:-1], length) + np.arange(new[-1])
    return new, values[position]


def _awards(allocation: Allocation, paths: _Paths) -> Awards:
    """The parcels by offer id, need id and the lanes' ids."""
    market = allocation.market
    offer_rank, need_rank = rank(market.offers.id)[paths.offer], rank(market.needs.id)[paths.need]
    order = np.lexsort((need_rank, offer_rank))
    tied = (np.diff(offer_rank[order]) == 0) & (np.diff(need_rank[order]) == 0)
    if tied.any():
        several = order[np.append(tied, False) | np.append(False, tied)]
        order = np.lexsort((_route_rank(paths, several, rank(market.lanes.id)), need_rank, offer_rank))
    start, lanes = _take(paths.start, paths.lanes, order)
    return Awards(
        paths.offer[order].astype(np.int32),
        paths.need[order].astype(np.int32),
        paths.quantity[order],
        Ragged(start, lanes.astype(np.int32)),
    )


def _route_rank(paths: _Paths, chosen: I64, lane_rank: I64) -> I64:
    """int64[n]: the order of the chosen parcels' routes by their lanes' ids; 0 for all others."""
    along = lane_rank[paths.lanes]
    routes = {i: tuple(along[paths.start[i] : paths.start[i + 1]].tolist()) for i in chosen.tolist()}
    position = {route: i for i, route in enumerate(sorted(set(routes.values())))}
    ranks = np.zeros(len(paths.offer), np.int64)
    ranks[chosen] = [position[routes[i]] for i in chosen.tolist()]
    return ranks
