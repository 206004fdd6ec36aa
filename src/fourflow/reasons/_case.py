"""One listing while it is being told about: its numbers, and where they are looked up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from fourflow.book import CAPITAL, GOODS, Market
from fourflow.clearing import Allocation
from fourflow.reasons import _phrases as say
from fourflow.reasons._cause import Cause
from fourflow.reasons._causes import Landscape, origin_of
from fourflow.reasons._explanation import Alternative
from fourflow.reasons._graph import FAR, Graph
from fourflow.reasons._nearest import nearest
from fourflow.reasons._terms import months
from fourflow.reasons._thresholds import NONE, Finder, Thresholds


@dataclass(frozen=True)
class Case:
    """goods, unit : in words; quantity, done : millionths listed and awarded; now : millionths of money per
    unit that it asks, pays or is worth; lot : in which it goes, 0 for any amount; crumb : what of it no
    whole lots make up; landscape : prices delivered to it without some limit."""

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
    lot: int
    crumb: int

    @property
    def allocation(self) -> Allocation:
        return self.finder.situation.allocation

    @property
    def market(self) -> Market:
        return self.allocation.market

    @property
    def per_unit(self) -> str:
        return f"{self.market.currency} per {self.unit.replace('_', '-')}"

    @property
    def kind(self) -> int:
        """The kind of what is listed, -1 where it names no category."""
        market = self.market
        listings = (
            market.needs.categories[self.index] if self.is_need else [market.offers.category[self.index]]
        )
        return int(market.categories.kind[int(listings[0])]) if len(listings) > 0 else -1

    @property
    def is_goods(self) -> bool:
        """Whether it is something that is hauled."""
        return self.kind == GOODS

    @property
    def months(self) -> int:
        """For how long its price is paid: of loans the term, else a year."""
        if self.kind != CAPITAL:
            return 12
        short, _ = months(self.finder.situation, self.finder.frame, self.is_need)
        return int(short[self.index])

    def bare(self, price: int, upwards: bool) -> str:
        """A price without its unit: 1.31; of money 15 %."""
        if self.kind == CAPITAL:
            return f"{say.price(100 * price, upwards).rstrip('0').rstrip('.')} %"
        return say.price(price, upwards)

    @property
    def each(self) -> str:
        """What a price is for: GBP per kg; of a loan a year, of a grant what it is a share of."""
        if self.kind != CAPITAL:
            return self.per_unit
        market = self.market
        if self.is_need:
            lent = market.needs.term_months[self.index] > 0
        else:
            lent = market.offers.form[self.index] == "loan"
        return "a year" if lent else "of the sum"

    @property
    def sponsor(self) -> int:
        """The participant behind a need, -1 none."""
        return int(self.market.needs.sponsor[self.index]) if self.is_need else -1

    def hubs(self) -> list[int]:
        """Graph nodes of the hubs where this listing trades."""
        frame, arcs = self.finder.frame, self.finder.arcs_of(self.is_need, self.index)
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

    def owner(self, listing: str) -> str:
        """Whose a counterpart of this listing is, by name."""
        side = self.market.offers if self.is_need else self.market.needs
        row = int(np.flatnonzero(side.id == listing)[0])
        return say.person(self.market, int(side.participant[row]))

    def whereabouts(self, listing: int) -> tuple[str, int]:
        """(" in Hull", millionths left) of a listing."""
        count, market = len(self.market.offers), self.market
        if listing < count:
            left = market.offers.quantity[listing] - self.allocation.offered[listing]
            return say.place(market, int(market.offers.place[listing])), int(left)
        need = listing - count
        left = market.needs.quantity[need] - self.allocation.awarded[need]
        return say.place(market, int(market.needs.place[need])), int(left)

    @property
    def nobody_else(self) -> bool:
        """Whether no counterpart is left that any price could win."""
        return int(self.thresholds.first_kind[self.index]) == NONE

    @property
    def by_trips(self) -> bool:
        """Whether the best way there, were there nobody else, is paid by the trip."""
        arcs = self.arcs_on_the_way(self.landscape.everyone)
        return bool((self.finder.frame.lanes.share[self.finder.frame.inner[arcs]] > 0).any())

    def full_lanes(self) -> list[int]:
        """Lanes without room on the way that would be best if all had room."""
        return self.lanes_on_the_way(self.landscape.leftover, self.landscape.reachable)

    def lanes_on_the_way(self, graph: Graph, other: Graph) -> list[int]:
        """The lanes on the best way of one landscape that are shut in another."""
        arcs = [arc for arc in self.arcs_on_the_way(graph) if other.arcs["ahead"][arc] <= 0]
        ref = self.allocation.layout.arc_ref[self.finder.frame.inner[arcs]]
        return [int(lane) for lane in ref]

    def arcs_on_the_way(self, graph: Graph) -> list[int]:
        """The arcs of one landscape between this listing and its best counterpart, in the order of travel."""
        node, arcs = self.best_hub(graph), list[int]()
        for _ in range(len(graph.nodes)):
            code = int(graph.nodes["parent"][node]) if node >= 0 else -1
            if code < 0:
                break
            arcs.append(code // 2)
            node = int(graph.arcs["tail" if code % 2 == 0 else "head"][code // 2])
        return arcs[::-1] if self.is_need else arcs

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
