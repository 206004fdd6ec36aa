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

    arcs : (rule, arc) that a full rule limits, int64[n, 2]; place : int64[num_arcs] the first of them with an
    arc, n if there is none; counting : what `_counting` finds.
    """

    def __init__(self, finder: Finder) -> None:
        self.finder = finder
        s = finder.situation
        problem, layout = s.allocation.problem, s.allocation.layout
        assert problem.bundle_coupling is not None
        full = (layout.row_kind == RowKind.RULE) & (s.slack <= s.tiny)
        self.arcs = _entries(full, layout.row_ref, problem.coupling)
        self.place = np.full(problem.num_arcs, len(self.arcs))
        np.minimum.at(self.place, self.arcs[:, 1], np.arange(len(self.arcs)))
        self.counting = _counting(finder, _entries(full, layout.row_ref, problem.bundle_coupling))

    def between(self, graph: Graph, is_need: bool, listing: int) -> int:
        """The rule on the best way between a listing and its counterpart, -1 none."""
        frame = self.finder.frame
        own = self.finder.arcs_of(is_need, listing)
        cost = graph.nodes["cost"][frame.node_of[frame.hub_node[own]]]
        if not len(own) or cost.min() >= FAR:
            return -1
        best = own[cost == cost.min()]
        hub = int(frame.node_of[frame.hub_node[best[0]]])
        way, other = way_from(graph, hub)
        inner = frame.inner[way] if way else np.zeros(0, np.int64)
        count = len(self.finder.situation.allocation.market.offers)
        ref = other if other < count else other - count
        far = self.finder.arcs_of(not is_need, ref) if other >= 0 else np.zeros(0, np.int64)
        touched = np.concatenate([best, inner, far])
        first = int(self.place[touched].min())
        if first < len(self.arcs):
            return int(self.arcs[first, 0])
        ends = ((is_need, listing), (not is_need, ref))
        return next((rule for end in ends for rule in self.counting.get(end, ())), -1)


def _counting(finder: Finder, bundles: I64) -> dict[tuple[bool, int], list[int]]:
    """(is_need, listing) -> the full rules that limit how many are awarded, of listings that are not.

    bundles : (rule, bundle), int64[n, 2]
    """
    allocation = finder.situation.allocation
    layout, market = allocation.layout, allocation.market
    found: dict[tuple[bool, int], list[int]] = {}
    off = bundles[allocation.bundle[bundles[:, 1]] == 0]
    for kind, is_need, count in (
        (BundleKind.AWARDED_NEED, True, len(market.needs)),
        (BundleKind.AWARDED_OFFER, False, len(market.offers)),
    ):
        mine = off[layout.bundle_kind[off[:, 1]] == kind]
        listing = layout.bundle_ref[mine[:, 1]] % max(1, count)
        for rule, row in zip(mine[:, 0].tolist(), listing.tolist(), strict=True):
            found.setdefault((is_need, row), []).append(rule)
    return found


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
