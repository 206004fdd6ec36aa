"""From a situation to the graphs that are searched: residual, and what would be there without some limit."""

from __future__ import annotations

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
        self.budget_row, self.budget_take = self._shared(RowKind.BUDGET)
        num_offers = len(situation.allocation.market.offers)
        node_kind = layout.node_kind
        self.listing = np.where(node_kind == NodeKind.OFFER, 0, num_offers) + layout.node_ref

    def _shared(self, kind: RowKind) -> tuple[I64, NDArray[np.float64]]:
        """The shared row of one kind of each arc (-1 none) and what a quantum takes of it, in limit units."""
        problem, layout = self.situation.allocation.problem, self.situation.allocation.layout
        row = problem.coupling.row_of_entry()
        of_kind = self.situation.shared[row] & (layout.row_kind[row] == kind)
        if kind == RowKind.LANE_CAPACITY:
            of_kind |= self.situation.shared[row] & (layout.row_kind[row] == RowKind.TRIPS)
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
        s = self.situation
        return _whole(s.capacity - s.allocation.flow, s.step), _whole(s.allocation.flow, s.step)

    def without_limits(self, mirrored: bool, leftover: bool, lanes_open: bool) -> Graph:
        """Haulage and limit prices only: from every listing or what is left over, full lanes open or shut."""
        s = self.situation
        cost = -np.asarray(s.allocation.problem.value, np.int64)
        ahead = np.full(len(cost), PLENTY)
        if not lanes_open:
            lane = s.allocation.layout.arc_kind == ArcKind.LANE
            shut = lane & (_whole(s.capacity - s.allocation.flow, s.step) == 0)
            limited = np.flatnonzero(self.lane_row >= 0)
            shut[limited[s.full[self.lane_row[limited]]]] = True
            ahead[shut] = 0
        amount = _listing_amounts(s)
        given = _listing_given(s)
        more = amount - given if leftover else amount
        return self._graph(mirrored, cost, ahead, np.zeros_like(ahead), more, np.zeros_like(more))

    def _graph(self, mirrored: bool, cost: I64, ahead: I64, back: I64, more: I64, less: I64) -> Graph:
        """Sources are listings of one side that can do more and of the other that can do with less."""
        inner = self.inner
        arcs = np.zeros(len(inner), ARC)
        tail, head = self.node_of[self.tail[inner]], self.node_of[self.head[inner]]
        arcs["tail"], arcs["head"] = (head, tail) if mirrored else (tail, head)
        arcs["cost"], arcs["ahead"], arcs["back"] = cost[inner], ahead[inner], back[inner]
        arcs["lane_row"], arcs["lane_take"] = self.lane_row[inner], self.lane_take[inner]
        arcs["budget_row"], arcs["budget_take"] = self.budget_row[inner], self.budget_take[inner]
        sources = self._sources(mirrored, cost, more, less)
        nodes = np.zeros(self.num_nodes, NODE)
        nodes["cost"], nodes["parent"] = FAR, -1
        _ranges(nodes, "sources", sources["node"])
        ends = np.concatenate([arcs["tail"], arcs["head"]])
        codes = np.concatenate([2 * np.arange(len(inner)), 2 * np.arange(len(inner)) + 1])
        around = codes[np.argsort(ends, kind="stable")]
        _ranges(nodes, "arcs", np.sort(ends))
        rows = np.zeros(max(1, len(self.situation.slack)), ROW)
        rows["left"][: len(self.situation.slack)] = self.situation.slack
        rows["full"][: len(self.situation.slack)] = self.situation.full
        heap = np.zeros((4 * len(inner) + 4 * self.num_nodes + 1024, 2), np.int64)
        return Graph(arcs, nodes, sources, rows, around, heap)

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
