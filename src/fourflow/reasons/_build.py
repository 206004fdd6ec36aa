"""From a situation to the graphs that are searched: residual, and what would be there without some limit."""

from __future__ import annotations

from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fourflow.formulation import ArcKind, NodeKind, RowKind
from fourflow.reasons._graph import (
    ARC,
    FAR,
    I64,
    NODE,
    PLENTY,
    ROW,
    SOURCE,
    TINY,
    Graph,
    Situation,
    Table,
    charges,
)  # fmt: skip

Bools = NDArray[np.bool_]


class Lanes(IntEnum):
    """Which lanes are open, and what trips cost: the share of a full load where no trip has room."""

    EMPTY = 0  # all, as if nothing had been loaded
    ALL = 1
    ROOM = 2  # those whose capacity is not full
    RUNNING = 3  # of those, the ones that need no further trip


class LaneState(NamedTuple):
    """Per arc: full : its lane has no room; loaded : no trip that goes anyway has room; share : of what a
    trip costs, for a unit in a full load, billionths of money."""

    full: Bools
    loaded: Bools
    share: I64


class Bare(NamedTuple):
    """A graph before anybody says what arcs cost and carry, and who lets units in."""

    arcs: Table
    nodes: Table
    around: I64


class Frame:
    """What all graphs of one situation have in common: which nodes there are and which arcs join them.

    node_of : int64[problem.num_nodes] graph node of each hub and of each listing with several arcs, -1 for
    listings with one arc; kept : its inverse; lot : int64[num_nodes] the smallest lot of each listing;
    inner : problem arcs between graph nodes; simple : arcs of listings with one arc; several : nodes of the
    other listings.
    """

    def __init__(self, situation: Situation) -> None:
        problem, layout = situation.allocation.problem, situation.allocation.layout
        self.situation = situation
        self.tail, self.head = problem.tail.astype(np.int64), problem.head.astype(np.int64)
        kind = layout.arc_kind
        self.is_offer, self.is_need = kind == ArcKind.OFFER, kind == ArcKind.NEED
        self.listing_node = np.where(self.is_offer, self.tail, np.where(self.is_need, self.head, -1))
        self.hub_node = np.where(self.is_offer, self.head, self.tail)
        degree = np.bincount(self.listing_node[self.listing_node >= 0], minlength=problem.num_nodes)
        is_hub = layout.node_kind == NodeKind.HUB
        kept = np.flatnonzero(is_hub | (degree > 1))
        self.kept = kept
        self.node_of = np.full(problem.num_nodes, -1, np.int64)
        self.node_of[kept] = np.arange(len(kept))
        self.num_nodes = len(kept)
        self.simple = np.flatnonzero((self.listing_node >= 0) & (degree[self.listing_node] == 1))
        carried = (kind == ArcKind.LANE) | (kind == ArcKind.STORAGE)
        self.inner = np.flatnonzero(carried | ((self.listing_node >= 0) & (degree[self.listing_node] > 1)))
        self.several = np.flatnonzero((degree > 1) & ~is_hub)
        listed = np.flatnonzero(self.listing_node >= 0)
        self.lot = np.full(problem.num_nodes, PLENTY)
        np.minimum.at(self.lot, self.listing_node[listed], situation.step[listed])
        self.lane_row, self.lane_take = self._shared(RowKind.LANE_CAPACITY)
        self.trip_row, self.trip_take = self._shared(RowKind.TRIPS)
        self.budget_row, self.budget_take = self._shared(RowKind.BUDGET)
        num_offers = len(situation.allocation.market.offers)
        node_kind = layout.node_kind
        self.listing = np.where(node_kind == NodeKind.OFFER, 0, num_offers) + layout.node_ref

    def _shared(self, kind: RowKind) -> tuple[I64, NDArray[np.float64]]:
        """The shared row of one kind of each arc (-1 none) and what a quantum takes of it, in limit units."""
        problem, layout = self.situation.allocation.problem, self.situation.allocation.layout
        row = problem.coupling.row_of_entry()
        of_kind = (layout.row_kind[row] == kind) & (self.situation.shared[row] | (kind == RowKind.TRIPS))
        entry = np.flatnonzero(of_kind)
        rows, take = np.full(problem.num_arcs, -1, np.int64), np.zeros(problem.num_arcs)
        arc = problem.coupling.index[entry].astype(np.int64)
        unit = float(problem.scales.coefficient * problem.scales.quantity / problem.scales.limit)
        rows[arc], take[arc] = row[entry], problem.coupling.coefficient[entry] * unit
        return rows, take

    def residual(self, mirrored: bool) -> Graph:
        """What could still change: supply that could come, or (mirrored) demand that could take more."""
        s = self.situation
        cost = -np.asarray(s.allocation.problem.value, np.int64) + s.extra
        return self._graph(mirrored, cost, *self._room(), s.more, s.less)

    def determined(self, mirrored: bool, pinned: NDArray[np.bool_]) -> Graph:
        """The residual graph less what row prices would decide that are not pinned.

        Every optimal dual obeys its arcs, so its path costs are upper bounds: what uses room in such a row
        is shut, and giving that room back earns nothing.
        """
        s = self.situation
        unsure = np.where(pinned, 0.0, s.price)
        cost = -np.asarray(s.allocation.problem.value, np.int64) + s.extra - charges(s.allocation, unsure)
        ahead, back = self._room()
        more, less = s.more.copy(), s.less.copy()
        for row, take in ((self.lane_row, self.lane_take), (self.budget_row, self.budget_take)):
            at = np.flatnonzero(row >= 0)
            at = at[s.full[row[at]] & ~pinned[row[at]]]
            ahead[at[take[at] > 0]] = 0
            back[at[take[at] < 0]] = 0
        self._shut_sources(ahead, back, more, less)
        return self._graph(mirrored, cost, ahead, back, more, less)

    def _shut_sources(self, ahead: I64, back: I64, more: I64, less: I64) -> None:
        """Listings with one arc do no more than their arc may."""
        at = self.listing_node[self.simple]
        more[at] = np.where(ahead[self.simple] > 0, more[at], 0)
        less[at] = np.where(back[self.simple] > 0, less[at], 0)

    def _room(self) -> tuple[I64, I64]:
        """What each arc could still carry and give back, with the trips that are made anyway."""
        s = self.situation
        ahead = _whole(s.capacity - s.allocation.flow, s.step)
        return np.where(self.lanes.loaded, 0, ahead), _whole(s.allocation.flow, s.step)

    def without_limits(self, mirrored: bool, leftover: bool, lanes: Lanes) -> Graph:
        """Haulage and limit prices only, from every listing or what is left over."""
        s = self.situation
        full, loaded, share = self.lanes
        cost = -np.asarray(s.allocation.problem.value, np.int64)
        # A lane with trips costs its share of a full load, unless a trip that goes anyway has room.
        cost = cost + np.where(loaded | (lanes == Lanes.EMPTY), share, 0)
        ahead = np.full(len(cost), PLENTY)
        if lanes in (Lanes.ROOM, Lanes.RUNNING):
            ahead[full] = 0
        if lanes == Lanes.RUNNING:
            ahead[loaded] = 0
        amount = _listing_amounts(s)
        given = _listing_given(s)
        more = amount - given if leftover else amount
        return self._graph(mirrored, cost, ahead, np.zeros_like(ahead), more, np.zeros_like(more))

    @cached_property
    def lanes(self) -> LaneState:
        """What the lanes are like in the final allocation."""
        s = self.situation
        problem, layout = s.allocation.problem, s.allocation.layout
        lane = layout.arc_kind == ArcKind.LANE
        full = lane & (_whole(s.capacity - s.allocation.flow, s.step) == 0)
        loaded, share = np.zeros_like(full), np.zeros(problem.num_arcs, np.int64)
        limited = np.flatnonzero((self.lane_row >= 0) & lane)
        full[limited[s.full[self.lane_row[limited]]]] = True
        row, arc = problem.coupling.row_of_entry(), problem.coupling.index.astype(np.int64)
        take = np.abs(problem.coupling.coefficient)
        for k in np.flatnonzero(layout.row_kind == RowKind.TRIPS).tolist():
            own = np.flatnonzero(row == k)
            (trip,), loads = own[~lane[arc[own]]], own[lane[arc[own]]]
            cost = -int(problem.value[arc[trip]])
            share[arc[loads]] = [-(-cost * int(g) // int(take[trip])) for g in take[loads]]
            unit = float(problem.scales.coefficient * problem.scales.quantity / problem.scales.limit)
            loaded[arc[loads]] = s.slack[k] <= take[loads] * unit * TINY
        return LaneState(full, loaded, share)

    def _graph(self, mirrored: bool, cost: I64, ahead: I64, back: I64, more: I64, less: I64) -> Graph:
        """Sources are listings of one side that can do more and of the other that can do with less."""
        inner = self.inner
        bare = self._mirrored if mirrored else self._forward
        arcs, nodes = bare.arcs.copy(), bare.nodes.copy()
        arcs["cost"], arcs["ahead"], arcs["back"] = cost[inner], ahead[inner], back[inner]
        sources = self._sources(mirrored, cost, more, less)
        _ranges(nodes, "sources", sources["node"])
        rows = np.zeros(max(1, len(self.situation.slack)), ROW)
        rows["left"][: len(self.situation.slack)] = self.situation.slack
        rows["full"][: len(self.situation.slack)] = self.situation.full
        heap = np.zeros((4 * len(inner) + 4 * self.num_nodes + 1024, 2), np.int64)
        return Graph(arcs, nodes, sources, rows, bare.around, heap)

    @cached_property
    def _forward(self) -> Bare:
        return self._bare(self.node_of[self.tail[self.inner]], self.node_of[self.head[self.inner]])

    @cached_property
    def _mirrored(self) -> Bare:
        return self._bare(self.node_of[self.head[self.inner]], self.node_of[self.tail[self.inner]])

    def _bare(self, tail: I64, head: I64) -> Bare:
        inner = self.inner
        arcs, nodes = np.zeros(len(inner), ARC), np.zeros(self.num_nodes, NODE)
        arcs["tail"], arcs["head"] = tail, head
        trips = self.trip_row[inner] >= 0
        arcs["lane_row"] = np.where(trips, self.trip_row[inner], self.lane_row[inner])
        arcs["lane_take"] = np.where(trips, self.trip_take[inner], self.lane_take[inner])
        arcs["budget_row"], arcs["budget_take"] = self.budget_row[inner], self.budget_take[inner]
        nodes["cost"], nodes["parent"] = FAR, -1
        ends = np.concatenate([tail, head])
        codes = np.concatenate([2 * np.arange(len(inner)), 2 * np.arange(len(inner)) + 1])
        order = np.argsort(ends, kind="stable")
        _ranges(nodes, "arcs", ends[order])
        return Bare(arcs, nodes, codes[order])

    def _sources(self, mirrored: bool, cost: I64, more: I64, less: I64) -> Table:
        """Every listing that could let a unit into the graph, cheapest first at each node."""
        simple = self.simple
        adds = self.is_need[simple] if mirrored else self.is_offer[simple]
        at = self.listing_node[simple]
        step = self.situation.step[simple]
        parts = [
            (
                self.node_of[self.hub_node[simple]],
                np.where(adds, cost[simple], -cost[simple]),
                _whole(np.where(adds, more[at], less[at]), step),
                self.listing[at],
                self.budget_row[simple],
                np.where(adds, self.budget_take[simple], -self.budget_take[simple]),
            )
        ]
        several = self.several
        kind = self.situation.allocation.layout.node_kind[several]
        adds = kind == (NodeKind.NEED if mirrored else NodeKind.OFFER)
        left = _whole(np.where(adds, more[several], less[several]), self.lot[several])
        zero = np.zeros(len(several), np.int64)
        parts.append(
            (self.node_of[several], zero, left, self.listing[several], zero - 1, zero.astype(np.float64))
        )
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        found = np.flatnonzero(columns[2] > 0)
        order = found[np.lexsort((columns[1][found], columns[0][found]))]
        sources = np.zeros(len(order), SOURCE)
        for name, column in zip(SOURCE.names or (), columns, strict=True):
            sources[name] = column[order]
        return sources


def _whole(quanta: I64, step: I64) -> I64:
    """What counts of an amount: whole lots, and nothing that is a remainder of rounding."""
    lots = np.where(step > 0, quanta - quanta % np.maximum(step, 1), quanta)
    return np.where(lots > np.where(step > 0, 0, TINY), np.minimum(lots, PLENTY), 0)


def _ranges(table: Table, name: str, owner: I64) -> None:
    """Note for each node where its entries lie in a list that is sorted by `owner`."""
    places = np.arange(len(table))
    table[name + "_from"] = np.searchsorted(owner, places, side="left")
    table[name + "_to"] = np.searchsorted(owner, places, side="right")


def _listing_amounts(situation: Situation) -> I64:
    """int64[num_nodes]: what each listing lists."""
    return _of_listings(situation, "quantity")


def _listing_given(situation: Situation) -> I64:
    """int64[num_nodes]: what each listing gives or gets."""
    return _of_listings(situation, "given")


def _of_listings(situation: Situation, what: str) -> I64:
    allocation = situation.allocation
    layout, market = allocation.layout, allocation.market
    columns = {
        NodeKind.OFFER: market.offers.quantity if what == "quantity" else allocation.offered,
        NodeKind.NEED: market.needs.quantity if what == "quantity" else allocation.awarded,
    }
    result = np.zeros(len(layout.node_kind), np.int64)
    for kind, column in columns.items():
        nodes = np.flatnonzero(layout.node_kind == kind)
        result[nodes] = column[layout.node_ref[nodes]]
    return result
