"""The smallest price change that would have been awarded, for the first unit and for the whole quantity.

What a unit costs everybody else is the length of a shortest path in the residual graph; a need is served
as soon as its value covers it, an offer sold as soon as its price is below what it would bring (DESIGN
section 8). Prices of the market are in millionths, path costs in billionths.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fourflow.formulation import NodeKind, RowKind
from fourflow.reasons._build import Frame, _whole
from fourflow.reasons._graph import FAR, I64, Graph, Situation, Table
from fourflow.reasons._ladder import CROWDED, CUT, PRICED, Climbers, climb
from fourflow.reasons._pinned import pinned_rows
from fourflow.reasons._search import label
from fourflow.reasons._terms import NEAREST, NO_PRICE, as_price, factors, months

Bools = NDArray[np.bool_]
NONE, EXACT, AT_LEAST, AT_MOST, ABOUT, UNKNOWN = range(6)
"""What a threshold says: there is none; exactly this; this or more; this or less; about this; unknown."""
SEEN = (RowKind.LINK, RowKind.LEAST, RowKind.MOST, RowKind.TRIPS)
"""Rows of whole decisions that the residual graph reads."""
GAIN = 1000
"""Billionths of money per unit that an improvement must bring to be one, and not an error of rounding."""


@dataclass(frozen=True)
class Thresholds:
    """Per listing of one side, int64 millionths of money per unit (NO_PRICE where there is none).

    first, whole : the price at which a first unit / the whole rest would be awarded; *_kind : NONE, EXACT,
    AT_LEAST, AT_MOST or ABOUT, read from the listing's side: a need's threshold AT_LEAST 5 may be 6, and one
    AT_MOST 5 may be 4: beyond 5 it is awarded for certain.
    reachable : int64 quanta of the rest that could be had at any price; rest : quanta not awarded.
    wanted : the part of the rest that whole lots can make up, what `whole` is about.
    source : int64, listing that the first unit would come from or displace (offer i, num_offers + need j,
    -1 none). cleared_again : whether the prices were found by clearing again;
    lost : int64 millionths of money by which the whole would displace more than it brings at the present
    price, NO_PRICE where that is not known.
    """

    first: I64
    first_kind: NDArray[np.int8]
    whole: I64
    whole_kind: NDArray[np.int8]
    reachable: I64
    rest: I64
    wanted: I64
    source: I64
    cleared_again: Bools
    lost: I64


class Finder:
    """Both residual graphs of a situation, and how far what they say can be trusted."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.frame = Frame(situation)
        self.supply = self.frame.residual(mirrored=False)
        self.demand = self.frame.residual(mirrored=True)
        self.settled = bool(label(self.supply)) and bool(label(self.demand))
        self.part = self._parts()
        self.pinned = pinned_rows(situation, self.supply, self._partial())
        self._judge()

    def arcs_of(self, is_need: bool, row: int) -> I64:
        """The arcs between one listing and its hubs, ascending."""
        order, first = self._by_listing[is_need]
        return np.sort(order[first[row] : first[row + 1]])

    @cached_property
    def _by_listing(self) -> tuple[tuple[I64, I64], tuple[I64, I64]]:
        """(arcs in order of their offer, where each offer begins), and the same of needs."""
        allocation = self.situation.allocation
        found = []
        for mine, count in (
            (self.frame.is_offer, len(allocation.market.offers)),
            (self.frame.is_need, len(allocation.market.needs)),
        ):
            arcs = np.flatnonzero(mine)
            ref = allocation.layout.arc_ref[arcs]
            order = np.argsort(ref, kind="stable")
            found.append((arcs[order], np.searchsorted(ref[order], np.arange(count + 1)).astype(np.int64)))
        return found[0], found[1]

    def _partial(self) -> Bools:
        """bool[num_sources of supply]: listings that could do a little more and a little less."""
        s, num_offers = self.situation, len(self.situation.allocation.market.offers)
        layout = s.allocation.layout
        both = (s.more > 0) & (s.less > 0)
        marked = np.zeros(num_offers + len(s.allocation.market.needs), np.bool_)
        for kind, first in ((NodeKind.OFFER, 0), (NodeKind.NEED, num_offers)):
            nodes = np.flatnonzero((layout.node_kind == kind) & both)
            marked[first + layout.node_ref[nodes]] = True
        partial: Bools = marked[self.supply.sources["listing"]]
        return partial

    def _parts(self) -> I64:
        """int64[num_nodes]: the part of the market of each node; full shared rows join what they limit."""
        problem = self.situation.allocation.problem
        matrix = problem.coupling
        row, arc = matrix.row_of_entry(), matrix.index.astype(np.int64)
        joins = self.situation.full[row]
        count = problem.num_nodes + problem.num_coupling
        tail = np.concatenate([self.frame.tail, problem.num_nodes + row[joins]])
        head = np.concatenate([self.frame.head, self.frame.tail[arc[joins]]])
        links = coo_array((np.ones(len(tail), np.int8), (tail, head)), shape=(count, count))
        part: I64 = connected_components(links, directed=False)[1].astype(np.int64)
        return part

    def _judge(self) -> None:
        """Per part: whether whole decisions, unequal lots or unpinned row prices blur what paths say."""
        s, problem, layout = (
            self.situation,
            self.situation.allocation.problem,
            self.situation.allocation.layout,
        )
        count = int(self.part.max(initial=-1)) + 1
        self.switched = np.zeros(count, np.bool_)
        bundle_nodes = np.isin(layout.node_kind, (NodeKind.OFFER, NodeKind.NEED)) & self._has_bundle()
        self.switched[self.part[np.flatnonzero(bundle_nodes)]] = True
        row, arc = problem.coupling.row_of_entry(), problem.coupling.index.astype(np.int64)
        tied = ~np.isin(layout.row_kind[row], (RowKind.LANE_CAPACITY, RowKind.BUDGET))
        self.switched[self.part[self.frame.tail[arc[tied]]]] = True
        self.switched[self.part[problem.bundle_lines.index]] = True
        # What rows that are SEEN leave open is in capacities and margins; the graph knows of no others.
        hidden = tied & ~np.isin(layout.row_kind[row], SEEN)
        self.hidden = np.zeros(count, np.bool_)
        self.hidden[self.part[self.frame.tail[arc[hidden]]]] = True
        most = np.zeros(count, np.int64)
        least = np.full(count, NO_PRICE)
        np.maximum.at(most, self.part[self.frame.tail], s.step)
        np.minimum.at(least, self.part[self.frame.tail], s.step)
        lots = most > 0
        full = np.zeros(count, np.bool_)
        full[self.part[problem.num_nodes + np.flatnonzero(s.full)]] = True
        self.uneven = lots & ((least != most) | full)
        self.improvable = self._improvable(count)

    def _improvable(self, count: int) -> Bools:
        """bool[num_parts]: a unit could be brought somewhere for less than it would bring there: what is left
        of the gap, or of a search that stopped early."""
        bring, take = self.supply.nodes["cost"], self.demand.nodes["cost"]
        gains = (
            (bring < FAR) & (take < FAR) & (np.minimum(bring, FAR // 2) + np.minimum(take, FAR // 2) < -GAIN)
        )
        result = np.zeros(count, np.bool_)
        result[self.part[self.frame.kept[gains]]] = True
        rows = np.flatnonzero(self.situation.loose)
        result[self.part[self.situation.allocation.problem.num_nodes + rows]] = True
        return result | (not self.settled)

    def _has_bundle(self) -> Bools:
        """bool[num_nodes]: listings that wait for a switch."""
        layout = self.situation.allocation.layout
        result = np.zeros(len(layout.node_kind), np.bool_)
        for kind in (NodeKind.OFFER, NodeKind.NEED):
            # BundleKind.OFFER and NEED carry the same numbers as the node kinds.
            refs = layout.bundle_ref[layout.bundle_kind == kind]
            result |= (layout.node_kind == kind) & np.isin(layout.node_ref, refs)
        return result

    def needs(self) -> Thresholds:
        """What each need's price would have to be."""
        return self._side(NodeKind.NEED, self.supply)

    def offers(self) -> Thresholds:
        """What each offer's price would have to be."""
        return self._side(NodeKind.OFFER, self.demand)

    def _side(self, kind: NodeKind, graph: Graph) -> Thresholds:
        allocation = self.situation.allocation
        is_need = kind == NodeKind.NEED
        listings = allocation.market.needs if is_need else allocation.market.offers
        amount = allocation.awarded if is_need else allocation.offered
        nodes = np.flatnonzero(allocation.layout.node_kind == kind)
        ref = allocation.layout.node_ref[nodes].astype(np.int64)
        rest = listings.quantity - amount
        arcs = np.flatnonzero(self.frame.is_need if is_need else self.frame.is_offer)
        step = np.full(len(listings), FAR)
        np.minimum.at(step, allocation.layout.arc_ref[arcs], self.situation.step[arcs])
        wanted = _whole(rest, step)
        chosen = np.flatnonzero(wanted[ref] > 0)
        climbers, who = self._climbers(nodes[chosen], ref[chosen], wanted, amount, is_need)
        steps = climb(graph, climbers)
        self._own_budget(steps, climbers, who, is_need)
        self._settle_prices(steps, climbers, is_need)
        return self._read(steps, who, climbers, rest, wanted, is_need, graph)

    def _climbers(
        self, nodes: I64, ref: I64, wanted: I64, amount: I64, is_need: bool
    ) -> tuple[Climbers, I64]:
        """Listings grouped by the hubs they meet at; those that are partly awarded climb alone."""
        hubs = self._hub_sets(nodes)
        num_offers = len(self.situation.allocation.market.offers)
        hub_row = self._budget_of_hubs()
        known: dict[tuple[int, ...], int] = {}
        group = np.zeros(len(ref), np.int64)
        skips: list[int] = []
        rows: list[int] = []
        targets: list[tuple[int, ...]] = []
        for i, (listing, hub_set) in enumerate(zip(ref.tolist(), hubs, strict=True)):
            own = (num_offers if is_need else 0) + listing if amount[listing] > 0 else -1
            key = (own, *hub_set)
            if key not in known:
                known[key] = len(known)
                skips.append(own)
                targets.append(hub_set)
                rows.append(max((hub_row[hub] for hub in hub_set), default=-1))
            group[i] = known[key]
        order = np.lexsort((wanted[ref], group))
        target_ptr = np.concatenate([[0], np.cumsum([len(t) for t in targets])]).astype(np.int64)
        target = np.array([hub for hub_set in targets for hub in hub_set], np.int64)
        amount_ptr = np.searchsorted(group[order], np.arange(len(known) + 1)).astype(np.int64)
        climbers = Climbers(
            target_ptr,
            target,
            amount_ptr,
            wanted[ref[order]],
            np.array(skips, np.int64),
            np.array(rows, np.int64),
        )
        return climbers, ref[order]

    def _budget_of_hubs(self) -> list[int]:
        """The budget row behind each graph node's pool, -1 none."""
        s, layout = self.situation, self.situation.allocation.layout
        row_of = np.full(len(s.allocation.market.participants) + 1, -1, np.int64)
        budgets = np.flatnonzero(layout.row_kind == RowKind.BUDGET)
        row_of[layout.row_ref[budgets]] = budgets
        hubs = np.flatnonzero(layout.node_kind == NodeKind.HUB)
        result = np.full(self.frame.num_nodes, -1, np.int64)
        result[self.frame.node_of[hubs]] = row_of[layout.pool_sponsor[layout.hub_pool[layout.node_ref[hubs]]]]
        return result.tolist()

    def _own_budget(self, steps: Table, climbers: Climbers, who: I64, is_need: bool) -> None:
        """Flag listings whose own payments draw on a budget that is full, or would run out."""
        group = np.repeat(np.arange(len(climbers.skip)), np.diff(climbers.amount_ptr))
        row = climbers.row[group]
        drawing = row >= 0
        market = self.situation.allocation.market
        if is_need:
            own = -market.needs.limit_price[who].astype(np.float64)
            drawing &= own != 0
        else:
            own = np.maximum(-np.minimum(steps["last"], FAR) / 1000.0, 0.0)
        full = drawing & self.situation.full[row] if len(self.situation.full) else drawing
        # Millionths of money x millionths of a unit; the budget counts millionths of money.
        short = drawing & (np.maximum(own, 0.0) * climbers.amount / 1e6 > steps["left"])
        steps["first_flags"] |= np.where(full, PRICED, 0)
        steps["last_flags"] |= np.where(full, PRICED, 0) | np.where(short, CROWDED, 0)

    def _settle_prices(self, steps: Table, climbers: Climbers, is_need: bool) -> None:
        """Clear PRICED from first units whose cost is the same whatever prices of full rows are possible."""
        if not self.situation.full.any():
            return
        graph = self.frame.determined(not is_need, self.pinned)
        upper = np.full(len(climbers.skip), FAR)
        if label(graph):
            cost = graph.nodes["cost"][climbers.target]
            np.minimum.at(upper, np.repeat(np.arange(len(upper)), np.diff(climbers.target_ptr)), cost)
        group = np.repeat(np.arange(len(climbers.skip)), np.diff(climbers.amount_ptr))
        row = climbers.row[group]
        # The price equation of a listing that is partly awarded is what its own price change breaks.
        same = (climbers.skip[group] < 0) & (upper[group] <= steps["first"] + NEAREST)
        same &= (row < 0) | ~self.situation.full[row] | self.pinned[row]
        steps["first_flags"] &= np.where(same, ~PRICED, -1)

    def _hub_sets(self, nodes: I64) -> list[tuple[int, ...]]:
        """The graph nodes of the hubs at which each listing's node has an arc."""
        frame = self.frame
        arcs = np.flatnonzero(np.isin(frame.listing_node, nodes))
        order = np.lexsort((frame.hub_node[arcs], frame.listing_node[arcs]))
        arcs = arcs[order]
        hub = frame.node_of[frame.hub_node[arcs]].tolist()
        starts = np.searchsorted(frame.listing_node[arcs], nodes, side="left").tolist()
        ends = np.searchsorted(frame.listing_node[arcs], nodes, side="right").tolist()
        return [tuple(hub[a:b]) for a, b in zip(starts, ends, strict=True)]

    def _read(
        self, steps: Table, who: I64, climbers: Climbers, rest: I64, wanted: I64, is_need: bool, graph: Graph
    ) -> Thresholds:
        """Path costs as prices, and how much they say."""
        count, s = len(rest), self.situation
        for least, most in (factors(s, self.frame, is_need), months(s, self.frame, is_need)):
            steps["first_flags"] |= np.where(least[who] != most[who], PRICED, 0)
            steps["last_flags"] |= np.where(least[who] != most[who], PRICED, 0)
        first, whole = np.full(count, NO_PRICE), np.full(count, NO_PRICE)
        first_kind, whole_kind = np.zeros(count, np.int8), np.zeros(count, np.int8)
        reachable, source = np.zeros(count, np.int64), np.full(count, -1, np.int64)
        mean = steps["total"] / np.maximum(climbers.amount, 1)
        lower = np.maximum(steps["first"], np.floor(mean).astype(np.int64))
        lower = np.where(steps["last_flags"] == 0, steps["last"], np.minimum(lower, FAR))
        first[who] = as_price(s, self.frame, steps["first"], who, is_need)
        whole[who] = as_price(s, self.frame, np.where(steps["last"] < FAR, lower, FAR), who, is_need)
        first_kind[who] = self._kind(steps["first"], steps["first_flags"], who, is_need)
        whole_kind[who] = self._kind(steps["last"], steps["last_flags"], who, is_need, whole=True)
        cut = (steps["last_flags"] & CUT) > 0
        reachable[who] = np.where(cut, climbers.amount, steps["reached"])
        found = steps["source"] >= 0
        source[who[found]] = graph.sources["listing"][steps["source"][found]]
        again, lost = np.zeros(count, np.bool_), np.full(count, NO_PRICE)
        return Thresholds(
            first, first_kind, whole, whole_kind, reachable, rest, wanted, source, again, lost
        )  # fmt: skip

    def _kind(self, cost: I64, flags: I64, who: I64, is_need: bool, whole: bool = False) -> NDArray[np.int8]:
        """How far each path cost can be trusted."""
        blurred = flags > 0 if whole else (flags & PRICED) > 0
        at_least = AT_LEAST if is_need else AT_MOST
        kind = np.where(blurred, at_least, EXACT)
        vague = self.vague(is_need)[who]
        if not is_need:
            vague |= self._moves_budget(who)
        # A way under the decisions as they are is a way: beyond its cost it is awarded, maybe before.
        enough = self._open_way(is_need)[who] & ~blurred & (not whole) & vague
        kind = np.where(enough, AT_MOST if is_need else AT_LEAST, np.where(vague, ABOUT, kind))
        nothing = np.where(vague, UNKNOWN, np.where((flags & CUT) > 0, at_least, NONE))
        kind = np.where(cost < FAR, kind, nothing)
        return kind.astype(np.int8)

    def _open_way(self, is_need: bool) -> Bools:
        """Listings in a part of which the residual graph says nothing that could not be done."""
        allocation = self.situation.allocation
        layout = allocation.layout
        nodes = np.flatnonzero(layout.node_kind == (NodeKind.NEED if is_need else NodeKind.OFFER))
        part = self.part[nodes]
        result = np.zeros(len(allocation.market.needs if is_need else allocation.market.offers), np.bool_)
        sure = ~(self.hidden[part] | self.uneven[part] | self.improvable[part])
        result[layout.node_ref[nodes]] = sure & ~self._has_bundle()[nodes]
        return result

    def vague(self, is_need: bool) -> Bools:
        """Listings in a part where whole decisions, unequal lots or a remaining gap blur what paths say."""
        allocation = self.situation.allocation
        layout = allocation.layout
        nodes = np.flatnonzero(layout.node_kind == (NodeKind.NEED if is_need else NodeKind.OFFER))
        part = self.part[nodes]
        result = np.zeros(len(allocation.market.needs if is_need else allocation.market.offers), np.bool_)
        result[layout.node_ref[nodes]] = self.switched[part] | self.uneven[part] | self.improvable[part]
        return result

    def _moves_budget(self, who: I64) -> Bools:
        """Offers that give already and are paid from a spent budget: another price would refill it."""
        s = self.situation
        arcs = np.flatnonzero(self.frame.is_offer & (self.frame.budget_row >= 0))
        arcs = arcs[s.full[self.frame.budget_row[arcs]]]
        paid = np.zeros(len(s.allocation.offered), np.bool_)
        paid[s.allocation.layout.arc_ref[arcs]] = True
        return np.asarray(paid[who] & (s.allocation.offered[who] > 0))
