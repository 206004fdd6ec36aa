"""Who may not serve whom, and why: counted for one listing when somebody asks."""

from __future__ import annotations

from collections import Counter
from functools import cached_property

import numpy as np

from fourflow.book import Market
from fourflow.book._market import Requirement
from fourflow.matching import Side, meets, read_sides

SHOWN_VALUES = 3


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
        hit = np.unique(hit[(needs.quantity[hit] > 0) & (needs.project[hit] < 0)])
        return Counter(self._why(offer, int(need), "need") for need in hit)

    def _why(self, offer: int, need: int, other: str) -> str:
        """The first reason why this pair is not eligible, told about the other side."""
        offers, needs = self.market.offers, self.market.needs
        if offers.until_day[offer] < needs.from_day[need] or offers.from_day[offer] > needs.until_day[need]:
            return "dates do not overlap"
        if offers.use_by_day[offer] < needs.from_day[need]:
            return "use-by date passes before it is wanted"
        offers_side, needs_side = self._sides
        asked_by_need = needs_side.ask_sets[needs_side.asks[need]]
        failed = _failed(asked_by_need, offers_side, offer)
        if failed is not None:
            return f"{_says(failed)} is asked for" if other == "offer" else f"asks for {_says(failed)}"
        asked_by_offer = offers_side.ask_sets[offers_side.asks[offer]]
        failed = _failed(asked_by_offer, needs_side, need)
        if failed is not None:
            return f"asks for {_says(failed)}" if other == "offer" else f"{_says(failed)} is asked for"
        if offers.participant[offer] == needs.participant[need]:
            return "belongs to the same participant"
        return ""


def _failed(asks: tuple[Requirement, ...], side: Side, listing: int) -> Requirement | None:
    """The first requirement that a listing does not meet."""
    profile = side.profiles[side.profile[listing]]
    for ask in asks:
        if not meets(ask, profile[side.names.index(ask.attribute)]):
            return ask
    return None


def _says(requirement: Requirement) -> str:
    """A requirement as people say it: `region = Wales`."""
    values = ", ".join(requirement.values[:SHOWN_VALUES])
    more = ", ..." if len(requirement.values) > SHOWN_VALUES else ""
    unit = f" {requirement.unit}" if requirement.unit else ""
    return f"{requirement.attribute} {requirement.comparison.replace('_', ' ')} {values}{more}{unit}"
