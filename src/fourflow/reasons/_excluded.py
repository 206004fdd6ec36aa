"""Who may not serve whom, and why: counted for one listing when somebody asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fourflow.book import GOODS, TALENT, UNLIMITED, Market
from fourflow.book._market import Attribute, Requirement
from fourflow.matching import Side, is_unbacked, meets, read_sides
from fourflow.reasons._phrases import exact

SHOWN_VALUES = 3
Answer = tuple[Attribute, ...]
Mask = NDArray[np.bool_]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Excluded:
    """The counterparts of one listing that trade in an accepted category.

    total : how many there are; out : how many of them are kept out; because : what keeps them out, in words
    about the other side -> how many. Whoever is kept out by several things counts at each of them.
    """

    total: int
    out: int
    because: dict[str, int]

    def said(self, most: int = 4) -> str:
        """halal = yes is asked for (2); open on other dates (1)"""
        ranked = Counter(self.because).most_common(most)
        return "; ".join(f"{because} ({number:,})" for because, number in ranked)


@dataclass(frozen=True)
class Obstacle:
    """because : in words about the other side; keeps_out : bool, of each counterpart; asked : what these
    ask of the listing, if it is that."""

    because: str
    keeps_out: Mask
    asked: Requirement | None = None


class Exclusions:
    """Counts, per listing, what excluded each counterpart of an accepted category."""

    def __init__(self, market: Market) -> None:
        self.market = market

    @cached_property
    def _sides(self) -> tuple[Side, Side]:
        return read_sides(self.market)

    @cached_property
    def _unbacked(self) -> Mask:
        return is_unbacked(self.market)

    def of(self, is_need: bool, row: int) -> Excluded:
        """What keeps the offers of an accepted category from a need, or the needs from an offer."""
        others = may_meet(self.market, is_need, row)
        found = self.obstacles(is_need, row, others)
        out = np.zeros(len(others), np.bool_)
        for obstacle in found:
            out |= obstacle.keeps_out
        because = {obstacle.because: int(obstacle.keeps_out.sum()) for obstacle in found}
        return Excluded(len(others), int(out.sum()), because)

    def obstacles(self, is_need: bool, row: int, others: I64) -> list[Obstacle]:
        """All that keeps any of these counterparts apart from a listing, each thing once."""
        found: dict[str, Obstacle] = {}
        for obstacle in self._all(is_need, row, others):
            if obstacle.because in found:
                keeps_out = found[obstacle.because].keeps_out | obstacle.keeps_out
                obstacle = replace(obstacle, keeps_out=keeps_out)
            if obstacle.keeps_out.any():
                found[obstacle.because] = obstacle
        return list(found.values())

    def _all(self, is_need: bool, row: int, others: I64) -> Iterator[Obstacle]:
        mine = np.full(len(others), row)
        offer, need = (others, mine) if is_need else (mine, others)
        yield from self._dates(offer, need)
        yield from self._capital(offer, need, is_need)
        yield from self._reach(offer, need)
        yield from self._backed(offer, need, is_need)
        yield from self._requirements(is_need, row, others)
        own = self.market.offers.participant[offer] == self.market.needs.participant[need]
        yield Obstacle("belongs to the same participant", own)

    def _dates(self, offer: I64, need: I64) -> Iterator[Obstacle]:
        """Windows that do not overlap; with time steps goods are stored, and lateness is told elsewhere."""
        market, offers, needs = self.market, self.market.offers, self.market.needs
        stored = (market.categories.kind[offers.category[offer]] == GOODS) & (market.time_step_days > 0)
        first, last = needs.from_day[need], needs.until_day[need]
        apart = (offers.until_day[offer] < first) | (offers.from_day[offer] > last)
        yield Obstacle("open on other dates", apart & ~stored)
        spoiled = offers.use_by_day[offer] < first
        yield Obstacle("use-by date passes before it is wanted", spoiled & ~stored)

    def _capital(self, offer: I64, need: I64, is_need: bool) -> Iterator[Obstacle]:
        """A loan meets a need with a term that is not longer than its own, a grant one without."""
        offers, term = self.market.offers, self.market.needs.term_months[need]
        loan, longest = offers.form[offer] == "loan", offers.term_months[offer]
        grant = (offers.form[offer] != "") & ~loan
        for wrong, form, asked in (
            (loan & (term == 0), "loan", "grant"), (grant & (term > 0), "grant", "loan"),
        ):  # fmt: skip
            words = f"is a {form}, and a {asked} is asked for" if is_need else f"asks for a {asked}"
            yield Obstacle(words, wrong)
        short = loan & (longest > 0) & (longest < term)
        said = longest if is_need else term
        for months in np.unique(said[short]).tolist():
            words = f"lent for {months} months at most" if is_need else f"asks for {months} months"
            yield Obstacle(words, short & (said == months))

    def _reach(self, offer: I64, need: I64) -> Iterator[Obstacle]:
        """Talent that neither works remotely nor names a cost of moving stays at its place."""
        offers = self.market.offers
        talent = self.market.categories.kind[offers.category[offer]] == TALENT
        stays = talent & ~offers.remote[offer] & (offers.move_cost[offer] == UNLIMITED)
        away = offers.place[offer] != self.market.needs.place[need]
        yield Obstacle("at another place, not remote, no cost of moving named", stays & away)

    def _backed(self, offer: I64, need: I64, is_need: bool) -> Iterator[Obstacle]:
        """No sponsor buys what a project makes that has none."""
        sponsored = self.market.needs.sponsor[need] >= 0
        words = ("made by a project without a sponsor, and a sponsor pays here" if is_need
                 else "paid by a sponsor, and the project that makes this has none")  # fmt: skip
        yield Obstacle(words, self._unbacked[offer] & sponsored)

    def _requirements(self, is_need: bool, row: int, others: I64) -> Iterator[Obstacle]:
        """What it asks of others, and what others ask of it."""
        theirs, mine = self._sides if is_need else self._sides[::-1]
        for ask in mine.ask_sets[mine.asks[row]]:
            yield Obstacle(f"{says(ask)} is asked for", _lacks(ask, theirs, theirs.profile[others]))
        asks = theirs.asks[others]
        for ask_set in np.unique(asks).tolist():
            for ask in theirs.ask_sets[ask_set]:
                if _lacks(ask, mine, mine.profile[row : row + 1]).all():
                    yield Obstacle(f"asks for {says(ask)}", asks == ask_set, ask)

    def answer(self, row: int, is_need: bool, attribute: str) -> Answer:
        """The values of an attribute that the other side sees in a listing."""
        side = self._sides[1 if is_need else 0]
        found: Answer = side.profiles[side.profile[row]][side.names.index(attribute)]
        return found


def may_meet(market: Market, is_need: bool, row: int) -> I64:
    """The listings of the other side of an accepted category."""
    offers, needs = market.offers, market.needs
    if is_need:
        accepted = np.isin(offers.category, needs.categories[row]) & (offers.quantity > 0)
        return np.flatnonzero(accepted)
    owner = np.repeat(np.arange(len(needs)), np.diff(needs.categories.indptr))
    hit = np.unique(owner[needs.categories.index == offers.category[row]])
    found: I64 = hit[needs.quantity[hit] > 0]
    return found


def _lacks(ask: Requirement, side: Side, profile: NDArray[np.int32]) -> Mask:
    """Which of these profiles do not meet a requirement."""
    at = side.names.index(ask.attribute)
    distinct, inverse = np.unique(profile, return_inverse=True)
    met = [meets(ask, side.profiles[which][at]) for which in distinct.tolist()]
    return ~np.array(met, np.bool_)[inverse]


def says(requirement: Requirement) -> str:
    """A requirement as people say it: `region = Wales`; what is measured in its base unit."""
    values = ", ".join(requirement.values[:SHOWN_VALUES])
    if requirement.number is not None and requirement.unit:
        values = f"{exact(requirement.number):f}"
    more = ", ..." if len(requirement.values) > SHOWN_VALUES else ""
    unit = f" {requirement.unit}" if requirement.unit else ""
    return f"{requirement.attribute} {requirement.comparison.replace('_', ' ')} {values}{more}{unit}"
