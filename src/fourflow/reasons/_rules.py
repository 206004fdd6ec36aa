"""Which rule stands between a listing and its best counterpart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fourflow.formulation import BundleKind, RowKind
from fourflow.problem import Sparse
from fourflow.reasons._graph import FAR, I64, Graph
from fourflow.reasons._thresholds import Finder

MOST_ROWS = 5000
"""Beyond so many listings the rest is not looked up one by one."""


class Rules:
    """The rules without room, and what they are about.

    arcs, bundles : (rule, arc) and (rule, bundle) that a full rule limits, int64[n, 2].
    """

    def __init__(self, finder: Finder) -> None:
        self.finder = finder
        s = finder.situation
        problem, layout = s.allocation.problem, s.allocation.layout
        assert problem.bundle_coupling is not None
        full = (layout.row_kind == RowKind.RULE) & (s.slack <= s.tiny)
        self.arcs = _entries(full, layout.row_ref, problem.coupling)
        self.bundles = _entries(full, layout.row_ref, problem.bundle_coupling)

    def between(self, graph: Graph, is_need: bool, listing: int) -> int:
        """The rule on the best way between a listing and its counterpart, -1 none."""
        frame, layout = self.finder.frame, self.finder.situation.allocation.layout
        own = np.flatnonzero((frame.is_need if is_need else frame.is_offer) & (layout.arc_ref == listing))
        cost = graph.nodes["cost"][frame.node_of[frame.hub_node[own]]]
        if not len(own) or cost.min() >= FAR:
            return -1
        best = own[cost == cost.min()]
        hub = int(frame.node_of[frame.hub_node[best[0]]])
        way, other = way_from(graph, hub)
        inner = frame.inner[way] if way else np.zeros(0, np.int64)
        count = len(self.finder.situation.allocation.market.offers)
        theirs = frame.is_offer if is_need else frame.is_need
        ref = other if other < count else other - count
        far = np.flatnonzero(theirs & (layout.arc_ref == ref)) if other >= 0 else np.zeros(0, np.int64)
        touched = np.concatenate([best, inner, far])
        named = self.arcs[np.isin(self.arcs[:, 1], touched), 0]
        if len(named):
            return int(named[0])
        ends = ((is_need, listing), (not is_need, ref))
        return next((rule for side, row in ends for rule in self._counting(side, row)), -1)

    def _counting(self, is_need: bool, listing: int) -> list[int]:
        """Rules that limit how many are awarded, of which this listing is one that is not."""
        allocation = self.finder.situation.allocation
        layout, market = allocation.layout, allocation.market
        kind = BundleKind.AWARDED_NEED if is_need else BundleKind.AWARDED_OFFER
        count = max(1, len(market.needs if is_need else market.offers))
        bundles = self.bundles[:, 1]
        mine = (layout.bundle_kind[bundles] == kind) & (layout.bundle_ref[bundles] % count == listing)
        mine &= allocation.bundle[bundles] == 0
        return [int(rule) for rule in self.bundles[mine, 0]]


def way_from(graph: Graph, node: int) -> tuple[list[int], int]:
    """(the arcs of the way to the source of a node's label, the listing there), -1 without one."""
    way: list[int] = []
    for _ in range(len(graph.nodes)):
        code = int(graph.nodes["parent"][node])
        if code < 0:
            break
        way.append(code // 2)
        arc = graph.arcs[code // 2]
        node = int(arc["tail"] if code % 2 == 0 else arc["head"])
    first = int(graph.nodes["sources_from"][node])
    found = first < int(graph.nodes["sources_to"][node])
    return way, int(graph.sources["listing"][first]) if found else -1


def _entries(full: NDArray[np.bool_], ref: NDArray[np.int32], matrix: Sparse) -> I64:
    """int64[n, 2]: (rule, column) of the positive entries of full rows."""
    row = matrix.row_of_entry()
    chosen = np.flatnonzero(full[row] & (matrix.coefficient > 0))
    pairs = [ref[row[chosen]].astype(np.int64), matrix.index[chosen].astype(np.int64)]
    return np.stack(pairs, axis=1)
