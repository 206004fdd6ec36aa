"""Who may not serve whom, and why: counted for one listing when somebody asks."""

from __future__ import annotations

from collections import Counter
from functools import cached_property

import numpy as np

from fourflow.book import TALENT, UNLIMITED, Market
from fourflow.book._market import Attribute, Requirement
from fourflow.matching import Side, meets, read_sides
from fourflow.reasons._phrases import exact

SHOWN_VALUES = 3
Answer = tuple[Attribute, ...]


class Exclusions:
    """Counts, per listing, what excluded each counterpart of an accepted category."""

    def __init__(self, market: Market) -> None:
        self.market = market

    @cached_property
    def _sides(self) -> tuple[Side, Side]:
        return read_sides(self.market)

    def of_need(self, need: int) -> Counter[str]:
        """What keeps each offer of an accepted category from this need, in words -> number of offers."""
        offers, needs = self.market.offers, self.market.needs
        accepted = np.isin(offers.category, needs.categories[need]) & (offers.quantity > 0)
        return Counter(self._why(int(offer), need, "offer") for offer in np.flatnonzero(accepted))

    def of_offer(self, offer: int) -> Counter[str]:
        """What keeps each need that accepts this category from this offer, in words -> number of needs."""
        needs = self.market.needs
        owner = np.repeat(np.arange(len(needs)), np.diff(needs.categories.indptr))
        hit = owner[needs.categories.index == self.market.offers.category[offer]]
        hit = np.unique(hit[needs.quantity[hit] > 0])
        return Counter(self._why(offer, int(need), "need") for need in hit)

    def _why(self, offer: int, need: int, other: str) -> str:
        """The first reason why this pair is not eligible, told about the other side."""
        return next(iter(self.obstacles(offer, need, other)), "")

    def obstacles(self, offer: int, need: int, other: str) -> list[str]:
        """All that keeps this pair apart, told about the other side."""
        found = [self._dates(offer, need), self._capital(offer, need, other), self._reach(offer, need)]
        found += self._requirements(offer, need, other)
        if self.market.offers.participant[offer] == self.market.needs.participant[need]:
            found.append("belongs to the same participant")
        return [because for because in found if because]

    def _capital(self, offer: int, need: int, other: str) -> str:
        """A loan meets a need with a term that is not longer than its own, a grant one without."""
        offers, term = self.market.offers, int(self.market.needs.term_months[need])
        if not offers.form[offer]:
            return ""
        form, asked = str(offers.form[offer]), "loan" if term > 0 else "grant"
        if form != asked:
            return f"is a {form}, and a {asked} is asked for" if other == "offer" else f"asks for a {asked}"
        longest = int(offers.term_months[offer])
        if 0 < longest < term:
            return f"lent for {longest} months at most" if other == "offer" else f"asks for {term} months"
        return ""

    def _reach(self, offer: int, need: int) -> str:
        """Talent that neither works remotely nor names a cost of moving stays at its place."""
        offers = self.market.offers
        category = int(offers.category[offer])
        if int(self.market.categories.kind[category]) != TALENT or offers.remote[offer]:
            return ""
        away = offers.place[offer] != self.market.needs.place[need]
        return "at another place, not remote, no cost of moving named" * bool(
            away and offers.move_cost[offer] == UNLIMITED
        )

    def _dates(self, offer: int, need: int) -> str:
        """Windows that do not overlap; with time steps goods are stored, and lateness is told elsewhere."""
        offers, needs = self.market.offers, self.market.needs
        if offers.until_day[offer] < needs.from_day[need] or offers.from_day[offer] > needs.until_day[need]:
            return "open on other dates"
        if offers.use_by_day[offer] < needs.from_day[need]:
            return "use-by date passes before it is wanted"
        return ""

    def _requirements(self, offer: int, need: int, other: str) -> list[str]:
        """The requirements that the other side does not meet."""
        offers_side, needs_side = self._sides
        by_need = _failed(needs_side.ask_sets[needs_side.asks[need]], offers_side, offer)
        by_offer = _failed(offers_side.ask_sets[offers_side.asks[offer]], needs_side, need)
        mine, theirs = (by_need, by_offer) if other == "offer" else (by_offer, by_need)
        return [f"{says(ask)} is asked for" for ask in mine] + [f"asks for {says(ask)}" for ask in theirs]

    def asked_of(self, offer: int, need: int, is_need: bool) -> list[Requirement]:
        """What the other side asks of this one (the need if `is_need`) and it lacks; empty where anything
        else keeps them apart."""
        offers_side, needs_side = self._sides
        theirs, mine, profile = (
            (offers_side, needs_side, need) if is_need else (needs_side, offers_side, offer)
        )
        other = offer if is_need else need
        found = _failed(theirs.ask_sets[theirs.asks[other]], mine, profile)
        everything = self.obstacles(offer, need, "offer" if is_need else "need")
        return found if len(found) == len(everything) else []

    def answer(self, row: int, is_need: bool, attribute: str) -> Answer:
        """The values of an attribute that the other side sees in a listing."""
        side = self._sides[1 if is_need else 0]
        found: Answer = side.profiles[side.profile[row]][side.names.index(attribute)]
        return found


def _failed(asks: tuple[Requirement, ...], side: Side, listing: int) -> list[Requirement]:
    """The requirements that a listing does not meet."""
    profile = side.profiles[side.profile[listing]]
    return [ask for ask in asks if not meets(ask, profile[side.names.index(ask.attribute)])]


def says(requirement: Requirement) -> str:
    """A requirement as people say it: `region = Wales`; what is measured in its base unit."""
    values = ", ".join(requirement.values[:SHOWN_VALUES])
    if requirement.number is not None and requirement.unit:
        values = f"{exact(requirement.number):f}"
    more = ", ..." if len(requirement.values) > SHOWN_VALUES else ""
    unit = f" {requirement.unit}" if requirement.unit else ""
    return f"{requirement.attribute} {requirement.comparison.replace('_', ' ')} {values}{more}{unit}"
