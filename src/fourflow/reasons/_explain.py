"""One listing explained: the numbers, and sentences for somebody who has never heard of an optimum."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from fourflow.book import Market
from fourflow.clearing import Cleared
from fourflow.formulation import ArcKind
from fourflow.reasons import _phrases as say
from fourflow.reasons._causes import Cause, Landscape, origin_of
from fourflow.reasons._excluded import Exclusions
from fourflow.reasons._graph import FAR, Graph
from fourflow.reasons._nearest import nearest
from fourflow.reasons._thresholds import (
    ABOUT,
    AT_LEAST,
    AT_MOST,
    EXACT,
    NO_PRICE,
    NONE,
    UNKNOWN,
    Finder,
    Thresholds,
)  # fmt: skip

KINDS = {
    NONE: "none",
    EXACT: "exact",
    AT_LEAST: "bound",
    AT_MOST: "bound",
    ABOUT: "estimate",
    UNKNOWN: "unknown",
}
NO_ADVICE = (
    Cause.DONE, Cause.NOT_CLEARED, Cause.NOBODY, Cause.NOT_ELIGIBLE, Cause.NO_ROUTE, Cause.LOT, Cause.ROUNDING,
)  # fmt: skip
"""Causes that no price could change, or that concern next to nothing."""


@dataclass(frozen=True)
class Threshold:
    """A price per unit that would have been awarded; None where there is none.

    kind : "exact"; "bound": at least this for a need, at most this for an offer; "estimate": whole
    decisions are involved and only a new clearing can tell; "none": no price would do; "unknown".
    """

    price: Decimal | None
    kind: str


@dataclass(frozen=True)
class Alternative:
    """A counterpart near by: `price` is per unit with haulage (what it costs, or what it would leave)."""

    listing: str
    place: str
    price: Decimal
    left: Decimal


@dataclass(frozen=True)
class Explanation:
    """What happened to one listing. Prints as sentences.

    asked, got : in `unit`; price : what it asks, pays, or (with a sponsor) is worth now; first, whole : the
    prices at which a first unit, or all of the rest, would have been awarded; reachable : how much of the rest
    could be had at any price; excluded : what kept counterparts out -> how many; gives_way : the listing
    that the first unit would come from or displace.
    """

    listing: str
    side: str
    cause: str
    asked: Decimal
    got: Decimal
    unit: str
    currency: str
    price: Decimal
    first: Threshold
    whole: Threshold
    reachable: Decimal
    gives_way: str
    excluded: dict[str, int]
    alternatives: tuple[Alternative, ...]
    sentences: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(self.sentences)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: decimals as text."""
        values = dict(self.__dict__)
        values["first"], values["whole"] = dict(self.first.__dict__), dict(self.whole.__dict__)
        values["alternatives"] = [dict(a.__dict__) for a in self.alternatives]
        values["sentences"] = list(self.sentences)
        plain: dict[str, Any] = _plain(values)
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Explainer:
    """Writes an Explanation when somebody asks for one."""

    finder: Finder
    cleared: Cleared
    supply: Landscape
    demand: Landscape
    exclusions: Exclusions

    @property
    def market(self) -> Market:
        return self.cleared.allocation.market

    def need(self, index: int, cause: int, thresholds: Thresholds) -> Explanation:
        needs = self.market.needs
        accepted = [int(c) for c in needs.categories[index]]
        names = [say.category(self.market, c) for c in say.broadest(self.market, accepted)]
        unit = str(self.market.categories.unit[accepted[0]]) if accepted else ""
        told = _Told(
            self, index, True, Cause(cause), thresholds, say.either(names, "or"), unit,
            str(needs.id[index]), int(needs.quantity[index]), int(self.cleared.allocation.awarded[index]),
            int(needs.value[index] if needs.sponsor[index] >= 0 else min(needs.value[index], needs.limit_price[index])),
            int(needs.place[index]),
        )  # fmt: skip
        return told.explanation()

    def offer(self, index: int, cause: int, thresholds: Thresholds) -> Explanation:
        offers = self.market.offers
        category = int(offers.category[index])
        told = _Told(
            self, index, False, Cause(cause), thresholds, say.category(self.market, category),
            str(self.market.categories.unit[category]), str(offers.id[index]), int(offers.quantity[index]),
            int(self.cleared.allocation.offered[index]), int(offers.limit_price[index]), int(offers.place[index]),
        )  # fmt: skip
        return told.explanation()


@dataclass(frozen=True)
class _Told:
    """One listing while it is being told about."""

    explainer: Explainer
    index: int
    is_need: bool
    cause: Cause
    thresholds: Thresholds
    goods: str
    unit: str
    listing: str
    quantity: int
    done: int
    now: int
    place: int

    @property
    def market(self) -> Market:
        return self.explainer.market

    @property
    def per_unit(self) -> str:
        return f"{self.market.currency} per {self.unit}"

    def explanation(self) -> Explanation:
        excluded = self._excluded()
        sentences = [self._what(), self._why(excluded), *self._advice()]
        return Explanation(
            listing=self.listing, side="need" if self.is_need else "offer", cause=self.cause.name.lower(),
            asked=say.exact(self.quantity), got=say.exact(self.done), unit=self.unit,
            currency=self.market.currency, price=say.exact(self.now),
            first=self._threshold(self.thresholds.first, self.thresholds.first_kind),
            whole=self._threshold(self.thresholds.whole, self.thresholds.whole_kind),
            reachable=say.exact(self.thresholds.reachable[self.index]), gives_way=self._gives_way(),
            excluded=dict(excluded), alternatives=self._alternatives(),
            sentences=tuple(s for s in sentences if s),
        )  # fmt: skip

    def _threshold(self, prices: Any, kinds: Any) -> Threshold:
        price, kind = int(prices[self.index]), int(kinds[self.index])
        known = price != NO_PRICE and kind not in (NONE, UNKNOWN)
        return Threshold(say.exact(price) if known else None, KINDS[kind])

    def _gives_way(self) -> str:
        listing = int(self.thresholds.source[self.index])
        return self._id(listing) if listing >= 0 else ""

    def _id(self, listing: int) -> str:
        offers, needs = self.market.offers, self.market.needs
        return str(offers.id[listing] if listing < len(offers) else needs.id[listing - len(offers)])

    def _excluded(self) -> Counter[str]:
        if self.cause != Cause.NOT_ELIGIBLE:
            return Counter()
        of = self.explainer.exclusions
        return of.of_need(self.index) if self.is_need else of.of_offer(self.index)

    def _hubs(self) -> list[int]:
        """Graph nodes of the hubs where this listing trades."""
        frame, layout = self.explainer.finder.frame, self.explainer.cleared.allocation.layout
        arcs = np.flatnonzero(
            (layout.arc_kind == (ArcKind.NEED if self.is_need else ArcKind.OFFER))
            & (layout.arc_ref == self.index)
        )
        return [int(n) for n in np.unique(frame.node_of[frame.hub_node[arcs]])]

    def _landscape(self) -> Landscape:
        return self.explainer.supply if self.is_need else self.explainer.demand

    def _alternatives(self) -> tuple[Alternative, ...]:
        """The three counterparts that are cheapest (for an offer: pay most), haulage included."""
        market, allocation = self.market, self.explainer.cleared.allocation
        found = []
        for listing, cost in nearest(self._landscape().everyone, self._hubs()):
            is_offer = listing < len(market.offers)
            i = listing if is_offer else listing - len(market.offers)
            listings = market.offers if is_offer else market.needs
            given = allocation.offered[i] if is_offer else allocation.awarded[i]
            price = Decimal(cost if self.is_need else -cost).scaleb(-9)
            left = say.exact(int(listings.quantity[i] - given))
            found.append(
                Alternative(str(listings.id[i]), say.place(market, int(listings.place[i]))[4:], price, left)
            )
        return tuple(found)

    # What happened.

    def _what(self) -> str:
        asked = f"{say.amount(self.quantity, self.unit)} of {self.goods}{say.place(self.market, self.place)}"
        verb, past = ("asked for", "got") if self.is_need else ("offered", "gave")
        if self.done >= self.quantity > 0:
            return f"{self.listing} {verb} {asked} and {past} all of it."
        part = say.amount(self.done, self.unit) if self.done else "nothing"
        return f"{self.listing} {verb} {asked} and {past} {part}."

    # Why.

    def _why(self, excluded: Counter[str]) -> str:
        by_cause = {
            Cause.DONE: lambda: "",
            Cause.NOT_CLEARED: lambda: (
                "This release clears single goods of a quantity above zero, so it was left aside."
            ),
            Cause.NOBODY: self._nobody,
            Cause.NOT_ELIGIBLE: lambda: self._not_eligible(excluded),
            Cause.NO_ROUTE: self._no_route,
            Cause.PRICE: self._price,
            Cause.OUTBID: self._outbid,
            Cause.LANE_FULL: self._lane_full,
            Cause.BUDGET: self._budget,
            Cause.LEAST: self._least,
            Cause.SWITCH: self._switch,
            Cause.TRIP: lambda: "What it would add to a load does not pay for another trip.",
            Cause.LOT: self._lot,
            Cause.ROUNDING: lambda: "The difference is a remainder of rounding.",
            Cause.GAP: lambda: "The search stopped before it was settled who should have it.",
        }
        return by_cause[self.cause]()

    def _nobody(self) -> str:
        return f"Nobody offers {self.goods}." if self.is_need else f"Nobody asks for {self.goods}."

    def _not_eligible(self, excluded: Counter[str]) -> str:
        total = sum(excluded.values())
        noun = "offer" if self.is_need else "need"
        exist = (
            f"{say.count(total, noun)} of {self.goods} {'exists' if total == 1 else 'exist'}, but none fits"
        )
        parts = [f"{number:,} {_because(why)}" for why, number in excluded.most_common(4) if why]
        return f"{exist}: {'; '.join(parts)}." if parts else f"{exist}."

    def _no_route(self) -> str:
        if self.is_need:
            return f"{self.goods[:1].upper()}{self.goods[1:]} is on offer, but no lane leads here from where it is."
        return f"{self.goods[:1].upper()}{self.goods[1:]} is asked for, but no lane leads from here to where it is."

    def _cheapest(self, graph: Graph) -> tuple[int, int]:
        """(cost in billionths, listing) of the best counterpart by a landscape."""
        hubs = [hub for hub in self._hubs() if graph.nodes["cost"][hub] < FAR]
        if not hubs:
            return FAR, -1
        best = min(hubs, key=lambda hub: int(graph.nodes["cost"][hub]))
        return int(graph.nodes["cost"][best]), origin_of(graph, best)

    def _price(self) -> str:
        cost, _ = self._cheapest(self._landscape().everyone)
        if self.is_need:
            least = say.price(-(-cost // 1000), upwards=True)
            return (
                f"Even the cheapest that could reach it costs {least} {self.per_unit} with haulage, more than"
                f" {self._worth_now()}."
            )
        most = -cost // 1000
        if most <= 0:
            return "Bringing it to anybody who asks for it costs more than it is worth there."
        asks = say.price(self.now, upwards=True)
        return (
            f"With haulage paid, nobody within reach would leave it more than {say.price(most, upwards=False)}"
            f" {self.per_unit}; it asks {asks}."
        )

    def _worth_now(self) -> str:
        """the 1.00 it pays / is worth, and why no more counts."""
        needs, i = self.market.needs, self.index
        now = say.price(self.now, upwards=False)
        if needs.sponsor[i] >= 0:
            return f"the {now} that it is worth"
        if needs.value[i] > needs.limit_price[i]:
            return f"the {now} that it can pay (it is worth more, but has no sponsor to pay the rest)"
        return f"the {now} that it pays"

    def _outbid(self) -> str:
        if self.is_need:
            return "All that could reach it at this price did more good elsewhere: it went to needs that are worth more, or nearer."
        return "The needs within its reach were served by others, who ask less or are nearer."

    def _lane_full(self) -> str:
        listing = self._cheapest(self._landscape().leftover)[1]
        lanes = self._full_lanes()
        full = (
            f"{say.either(lanes)} {'is' if len(lanes) == 1 else 'are'} full" if lanes else "the way is full"
        )
        if self.is_need:
            return f"{self._left_at(listing)} is left and worth bringing, but {full}."
        return f"{self._left_at(listing)} is still wanted, but {full}."

    def _left_at(self, listing: int) -> str:
        """Some of it in Hull (offer-5)"""
        market, offers = self.market, len(self.market.offers)
        place = market.offers.place[listing] if listing < offers else market.needs.place[listing - offers]
        what = "more" if self.done else "some"
        return f"There{say.place(market, int(place))}, {what} of it ({self._id(listing)})"

    def _full_lanes(self) -> list[str]:
        """Full lanes on the cheapest way that ignores how full lanes are."""
        finder, graph = self.explainer.finder, self._landscape().leftover
        layout = self.explainer.cleared.allocation.layout
        shut = self._landscape().reachable.arcs["ahead"] <= 0
        hubs = [hub for hub in self._hubs() if graph.nodes["cost"][hub] < FAR]
        if not hubs:
            return []
        node = min(hubs, key=lambda hub: int(graph.nodes["cost"][hub]))
        names = []
        for _ in range(len(graph.nodes)):
            code = int(graph.nodes["parent"][node])
            if code < 0:
                break
            if shut[code // 2]:
                names.append(say.lane(self.market, int(layout.arc_ref[finder.frame.inner[code // 2]])))
            node = int(graph.arcs["tail" if code % 2 == 0 else "head"][code // 2])
        return names[::-1] if self.is_need else names

    def _budget(self) -> str:
        sponsor = int(self.market.needs.sponsor[self.index]) if self.is_need else self._sponsor_in_reach()
        name = say.person(self.market, sponsor) if sponsor >= 0 else "its sponsor"
        listing = self._cheapest(self._landscape().reachable)[1]
        if self.is_need:
            return f"{self._left_at(listing)} is left and worth bringing, but the budget of {name} is spent."
        return (
            f"{self._left_at(listing)} is still wanted, but the budget of {name}, which would pay, is spent."
        )

    def _sponsor_in_reach(self) -> int:
        listing = self._cheapest(self._landscape().reachable)[1] - len(self.market.offers)
        return int(self.market.needs.sponsor[listing]) if listing >= 0 else -1

    def _least(self) -> str:
        if self.is_need:
            least = say.amount(int(self.market.needs.min_quantity[self.index]), self.unit)
            return f"It wants at least {least} or nothing, and so much was not to be had at its price."
        return f"{self._terms(self.index)}, and what needs would gain does not cover that."

    def _terms(self, offer: int) -> str:
        """What an offer demands before it gives anything."""
        offers, unit = self.market.offers, self.unit
        terms = []
        if offers.min_quantity[offer] > 0:
            terms.append(f"at least {say.amount(int(offers.min_quantity[offer]), unit)} at a time")
        if offers.fixed_cost[offer] > 0:
            fixed = say.price(int(offers.fixed_cost[offer]), upwards=True)
            terms.append(f"only if {fixed} {self.market.currency} is covered on top")
        return f"It is given {' and '.join(terms)}"

    def _switch(self) -> str:
        listing = self._cheapest(self._landscape().reachable)[1]
        if self.is_need and 0 <= listing < len(self.market.offers):
            some = self._left_at(listing).removeprefix("There").lstrip(" ,")
            return f"{some[:1].upper()}{some[1:]} is left. {self._terms(listing)}, which does not pay."
        return "Those who still want some take a least quantity or nothing, which does not pay."

    def _lot(self) -> str:
        rest = say.amount(self.quantity - self.done, self.unit)
        return f"{self.goods[:1].upper()}{self.goods[1:]} goes in whole lots, and {rest} do not make up one."

    # What would have changed it.

    def _advice(self) -> list[str]:
        first, whole = (
            (int(prices[self.index]), int(kinds[self.index]))
            for prices, kinds in (
                (self.thresholds.first, self.thresholds.first_kind),
                (self.thresholds.whole, self.thresholds.whole_kind),
            )
        )
        if self.cause in NO_ADVICE:
            return []
        if first[1] == NONE:
            return ["No price would have changed that."]
        if UNKNOWN in (first[1], whole[1]) and first[0] == NO_PRICE:
            return ["What price would have changed that, only a new clearing can tell."]
        return [self._prices(first, whole)]

    def _prices(self, first: tuple[int, int], whole: tuple[int, int]) -> str:
        """One sentence on the prices that would have been awarded."""
        all_of_it = "all of it" if self.done == 0 else "all of the rest"
        if ABOUT in (first[1], whole[1]):
            best = whole[0] if whole[0] != NO_PRICE else first[0]
            return (
                f"About {self._shown(best)} {self.per_unit} might have been enough ({self._now()}); whole loads, lots"
                " or fixed costs are involved, so only a new clearing can tell."
            )
        if whole[1] == EXACT and whole[0] == first[0] and first[1] == EXACT:
            return f"{self._beyond(whole[0])} {self._would_have(all_of_it)} ({self._now()})."
        part = f"{self._beyond(first[0], first[1])} {self._would_have('a first part')}"
        if whole[1] == EXACT:
            return f"{part}, and {self._beyond(whole[0]).lower()} {all_of_it} ({self._now()})."
        if whole[1] in (AT_LEAST, AT_MOST):
            bound = "at least" if self.is_need else "at most"
            return f"{part}; for {all_of_it}, {bound} {self._shown(whole[0])} ({self._now()})."
        reach = say.amount(int(self.thresholds.reachable[self.index]), self.unit)
        verb = "reach it" if self.is_need else "be taken"
        return f"{part} ({self._now()}). Whatever the price, no more than {reach} of the rest could {verb}."

    def _beyond(self, price: int, kind: int = EXACT) -> str:
        """Above 1.31 GBP per kg"""
        if kind in (AT_LEAST, AT_MOST):
            edge = "no less than" if self.is_need else "no more than"
            return f"At {edge} {self._shown(price)} {self.per_unit}"
        if self.is_need:
            return f"Above {self._shown(price)} {self.per_unit}"
        if price <= 0 and self.now <= 0:
            return (
                f"Had it put more than {say.price(-price, upwards=True)} {self.per_unit} towards the haulage,"
            )
        return f"Below {self._shown(price)} {self.per_unit}"

    def _shown(self, price: int) -> str:
        return say.price(price, upwards=self.is_need)

    def _would_have(self, what: str) -> str:
        verb = "got" if self.is_need else "given"
        return f"it would have {verb} {what}"

    def _now(self) -> str:
        now = say.price(self.now, upwards=False)
        if not self.is_need:
            return f"it asks {now}"
        return f"it is worth {now}" if self.market.needs.sponsor[self.index] >= 0 else f"it pays {now}"


def _because(why: str) -> str:
    """dates -> because of dates; requirements as they are."""
    return f"because {why}" if why == "dates do not overlap" else f"({why})"
