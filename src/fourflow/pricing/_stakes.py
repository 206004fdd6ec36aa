"""The gap as money, listing by listing: what each could have got at the clearing prices, less what it got.

The losses of rows and columns (proof room) added up for whom they belong to. Together they are the bound of
the clearing prices less the objective. A project that is left out and has a loss is *paradoxically
rejected*: it is profitable at the printed prices, yet taking it would displace more than it brings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fourflow.clearing import Allocation
from fourflow.formulation import ArcKind, BundleKind, NodeKind, RowKind
from fourflow.proof import Losses

Owner = tuple[str, int]
_NOUNS = {
    RowKind.LANE_CAPACITY: "lane", RowKind.TRIPS: "lane", RowKind.OWN_TRIPS: "lane",
    RowKind.FUNDING: "project", RowKind.PART: "project", RowKind.BUDGET: "sponsor",
    RowKind.RULE: "rule", RowKind.ONE: "offer", RowKind.UNAIDED: "offer",
}  # fmt: skip
"""Whose limit a row is, where its ref says so."""


@dataclass(frozen=True)
class Stakes:
    """loss : (noun, index) -> money above 0; nouns are offer, need, lane, project, rule, sponsor, place."""

    loss: dict[Owner, Fraction]

    @property
    def total(self) -> Fraction:
        """The bound of the clearing prices less the objective."""
        return sum(self.loss.values(), Fraction(0))

    def of(self, noun: str, index: int) -> Fraction:
        """What one of them could have got at these prices beyond what it got."""
        return self.loss.get((noun, index), Fraction(0))


def stakes(allocation: Allocation, losses: Losses) -> Stakes:
    """The losses by whom they belong to."""
    sums: dict[Owner, int] = defaultdict(int)
    owned = _Owners(allocation)
    parts = ((owned.nodes, losses.node), (owned.rows, losses.row), (owned.arcs, losses.arc))
    for owners, amounts in (*parts, (owned.bundles, losses.bundle)):
        some = np.flatnonzero(amounts != 0)
        for owner, amount in zip(owners(some), amounts[some], strict=True):
            sums[owner] += int(amount)
    return Stakes({owner: amount * losses.unit for owner, amount in sorted(sums.items()) if amount})


def rejected_in_profit(allocation: Allocation, found: Stakes) -> dict[int, Fraction]:
    """Projects that are not carried out, though profitable at the clearing prices: project -> the profit."""
    projects = np.flatnonzero(allocation.size == 0).tolist()
    return {p: found.of("project", p) for p in projects if found.of("project", p) > 0}


class _Owners:
    """To whom each node, coupling row, arc and bundle belongs."""

    def __init__(self, allocation: Allocation) -> None:
        self.market, self.layout = allocation.market, allocation.layout
        # A pool with a switch has one offer (it is a class of its own).
        self.offer_of_pool = np.full(len(self.layout.pool_sponsor), -1)
        arcs = self.layout.arcs(ArcKind.OFFER)
        self.offer_of_pool[self.layout.arc_pool[arcs]] = self.layout.arc_ref[arcs]

    def nodes(self, chosen: NDArray[np.int64]) -> Iterator[Owner]:
        for node in chosen.tolist():
            kind, ref = int(self.layout.node_kind[node]), int(self.layout.node_ref[node])
            if kind == NodeKind.OFFER:
                yield "offer", ref
            elif kind == NodeKind.HUB:
                yield "place", int(self.layout.hub_place[ref])
            else:
                yield self._need(ref)

    def rows(self, chosen: NDArray[np.int64]) -> Iterator[Owner]:
        for row in chosen.tolist():
            kind, ref = RowKind(self.layout.row_kind[row]), int(self.layout.row_ref[row])
            if kind in (RowKind.LEAST, RowKind.MOST, RowKind.COUNT):
                yield self._bundle(ref)
            elif kind == RowKind.LINK:
                yield "offer", int(self.offer_of_pool[self.layout.arc_pool[ref]])
            else:
                yield _NOUNS[kind], ref

    def arcs(self, chosen: NDArray[np.int64]) -> Iterator[Owner]:
        nouns = {ArcKind.OFFER: "offer", ArcKind.LANE: "lane", ArcKind.TRIP: "lane", ArcKind.ROOM: "lane",
                 ArcKind.STORAGE: "place"}  # fmt: skip
        for arc in chosen.tolist():
            kind, ref = ArcKind(self.layout.arc_kind[arc]), int(self.layout.arc_ref[arc])
            yield self._need(ref) if kind == ArcKind.NEED else (nouns[kind], ref)

    def bundles(self, chosen: NDArray[np.int64]) -> Iterator[Owner]:
        return (self._bundle(bundle) for bundle in chosen.tolist())

    def _need(self, need: int) -> Owner:
        project = int(self.market.needs.project[need])
        return ("project", project) if project >= 0 else ("need", need)

    def _bundle(self, bundle: int) -> Owner:
        layout, market = self.layout, self.market
        kind, ref = BundleKind(layout.bundle_kind[bundle]), int(layout.bundle_ref[bundle])
        if kind in (BundleKind.OFFER, BundleKind.MOVE):
            return "offer", ref
        if kind == BundleKind.NEED:
            return "need", ref
        if kind in (BundleKind.PROJECT, BundleKind.LINES):
            return "project", ref
        if kind == BundleKind.TAKER:
            return "offer", int(self.offer_of_pool[layout.arc_pool[ref]])
        if kind in (BundleKind.BOUGHT, BundleKind.MOVED):
            project, sponsor = int(layout.pool_project[ref]), int(layout.pool_sponsor[ref])
            return ("project", project) if project >= 0 else ("sponsor", sponsor)
        counted = {
            BundleKind.AWARDED_OFFER: len(market.offers), BundleKind.AWARDED_NEED: len(market.needs),
            BundleKind.AWARDED_PROJECT: len(market.projects),
        }  # fmt: skip
        return "rule", ref // counted[kind]
