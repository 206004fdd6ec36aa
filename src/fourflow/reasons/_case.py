"""One listing while it is being told about: its numbers, and where they are looked up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from fourflow.book import Market
from fourflow.clearing import Allocation
from fourflow.formulation import ArcKind
from fourflow.reasons import _phrases as say
from fourflow.reasons._causes import Cause, Landscape, origin_of
from fourflow.reasons._explanation import Alternative
from fourflow.reasons._graph import FAR, Graph
from fourflow.reasons._nearest import nearest
from fourflow.reasons._thresholds import Finder, Thresholds


@dataclass(frozen=True)
class Case:
    """goods, unit : in words; quantity, done : millionths listed and awarded; now : millionths of money per
    unit that it asks, pays or is worth; landscape : prices delivered to it without some limit."""

    finder: Finder
    landscape: Landscape
    thresholds: Thresholds
    cause: Cause
    is_need: bool
    index: int
    listing: str
    goods: str
    unit: str
    quantity: int
    done: int
    now: int
    place: int

    @property
    def allocation(self) -> Allocation:
        return self.finder.situation.allocation

    @property
    def market(self) -> Market:
        return self.allocation.market

    @property
    def per_unit(self) -> str:
        return f"{self.market.currency} per {self.unit}"

    @property
    def sponsor(self) -> int:
        """The participant behind a need, -1 none."""
        return int(self.market.needs.sponsor[self.index]) if self.is_need else -1

    def hubs(self) -> list[int]:
        """Graph nodes of the hubs where this listing trades."""
        frame, layout = self.finder.frame, self.allocation.layout
        kind = ArcKind.NEED if self.is_need else ArcKind.OFFER
        arcs = np.flatnonzero((layout.arc_kind == kind) & (layout.arc_ref == self.index))
        return [int(node) for node in np.unique(frame.node_of[frame.hub_node[arcs]])]

    def best_hub(self, graph: Graph) -> int:
        """The hub at which the best counterpart is, by one landscape; -1 none."""
        hubs = [hub for hub in self.hubs() if graph.nodes["cost"][hub] < FAR]
        return min(hubs, key=lambda hub: int(graph.nodes["cost"][hub])) if hubs else -1

    def best(self, graph: Graph) -> tuple[int, int]:
        """(cost in billionths, listing) of the best counterpart by one landscape."""
        hub = self.best_hub(graph)
        return (int(graph.nodes["cost"][hub]), origin_of(graph, hub)) if hub >= 0 else (FAR, -1)

    def identity(self, listing: int) -> str:
        """The id of listing i (offers first, then needs)."""
        offers, needs = self.market.offers, self.market.needs
        return str(offers.id[listing] if listing < len(offers) else needs.id[listing - len(offers)])

    def whereabouts(self, listing: int) -> tuple[str, int]:
        """(" in Hull", millionths left) of a listing."""
        count, market = len(self.market.offers), self.market
        if listing < count:
            left = market.offers.quantity[listing] - self.allocation.offered[listing]
            return say.place(market, int(market.offers.place[listing])), int(left)
        need = listing - count
        left = market.needs.quantity[need] - self.allocation.awarded[need]
        return say.place(market, int(market.needs.place[need])), int(left)

    def full_lanes(self) -> list[str]:
        """Lanes without room on the way that would be best if all had room."""
        graph, shut = self.landscape.leftover, self.landscape.reachable.arcs["ahead"] <= 0
        node, names = self.best_hub(graph), []
        inner, ref = self.finder.frame.inner, self.allocation.layout.arc_ref
        for _ in range(len(graph.nodes)):
            code = int(graph.nodes["parent"][node]) if node >= 0 else -1
            if code < 0:
                break
            if shut[code // 2]:
                names.append(say.lane(self.market, int(ref[inner[code // 2]])))
            node = int(graph.arcs["tail" if code % 2 == 0 else "head"][code // 2])
        return names[::-1] if self.is_need else names

    def alternatives(self) -> tuple[Alternative, ...]:
        """The counterparts that are cheapest (for an offer: would leave most), haulage included."""
        found = []
        for listing, cost in nearest(self.landscape.everyone, self.hubs()):
            where, left = self.whereabouts(listing)
            price = Decimal(cost if self.is_need else -cost).scaleb(-9)
            found.append(
                Alternative(self.identity(listing), where.removeprefix(" in "), price, say.exact(left))
            )
        return tuple(found)
