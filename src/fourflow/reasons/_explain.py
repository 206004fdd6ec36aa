"""From an id to an Explanation."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from fourflow.book import Market
from fourflow.clearing import Awards
from fourflow.formulation import usable
from fourflow.reasons import _phrases as say
from fourflow.reasons._advice import advice, prices
from fourflow.reasons._case import Case
from fourflow.reasons._cause import Cause
from fourflow.reasons._causes import Landscape
from fourflow.reasons._change import Change
from fourflow.reasons._excluded import Excluded, Exclusions
from fourflow.reasons._explanation import Explanation, Share, Threshold
from fourflow.reasons._graph import I64
from fourflow.reasons._terms import NO_PRICE
from fourflow.reasons._thresholds import (
    ABOUT,
    AT_LEAST,
    AT_MOST,
    EXACT,
    NONE,
    UNKNOWN,
    Finder,
    Thresholds,
)  # fmt: skip
from fourflow.reasons._why import crumb, misfits, what, who, why

KINDS = {
    NONE: "none", EXACT: "exact", AT_LEAST: "bound", AT_MOST: "bound", ABOUT: "estimate", UNKNOWN: "unknown",
}  # fmt: skip
Beside = tuple[Change, ...]


@dataclass(frozen=True)
class Explainer:
    """Writes an Explanation when somebody asks for one; nothing is worked out before."""

    finder: Finder
    supply: Landscape
    demand: Landscape
    exclusions: Exclusions
    awards: Awards

    @property
    def market(self) -> Market:
        return self.finder.situation.allocation.market

    def need(self, index: int, cause: int, thresholds: Thresholds, beside: Beside = ()) -> Explanation:
        return self._told(self.case(True, index, cause, thresholds), beside)

    def offer(self, index: int, cause: int, thresholds: Thresholds, beside: Beside = ()) -> Explanation:
        return self._told(self.case(False, index, cause, thresholds), beside)

    def _told(self, case: Case, beside: Beside) -> Explanation:
        return _tell(case, self.exclusions, self._shares(case), beside)

    def case(self, is_need: bool, index: int, cause: int, thresholds: Thresholds) -> Case:
        """What is looked up to tell about one listing."""
        return (self._need if is_need else self._offer)(index, Cause(cause), thresholds)

    def _need(self, index: int, cause: Cause, thresholds: Thresholds) -> Case:
        market, needs = self.market, self.market.needs
        accepted = [int(c) for c in needs.categories[index]]
        names = [say.category(market, c) for c in say.broadest(market, accepted)]
        value, limit = int(needs.value[index]), int(needs.limit_price[index])
        return Case(
            self.finder, self.supply, thresholds, cause, True, index, str(needs.id[index]),
            say.either(names, "or"), str(market.categories.unit[accepted[0]]) if accepted else "",
            int(needs.quantity[index]), int(self.finder.situation.allocation.awarded[index]),
            value if needs.sponsor[index] >= 0 else min(value, limit), int(needs.place[index]),
            *self._lot(True, index, accepted),
        )  # fmt: skip

    def _offer(self, index: int, cause: Cause, thresholds: Thresholds) -> Case:
        market, offers = self.market, self.market.offers
        category = int(offers.category[index])
        return Case(
            self.finder, self.demand, thresholds, cause, False, index, str(offers.id[index]),
            say.category(market, category), str(market.categories.unit[category]),
            int(offers.quantity[index]), int(self.finder.situation.allocation.offered[index]),
            int(offers.limit_price[index]), int(offers.place[index]), *self._lot(False, index, [category]),
        )  # fmt: skip

    def _shares(self, case: Case) -> tuple[Share, ...]:
        """Who gives a need what, or gets what from an offer; the largest first."""
        mine, others = (self.awards.need, self.awards.offer)[:: 1 if case.is_need else -1]
        ids = (self.market.offers if case.is_need else self.market.needs).id
        found: Counter[str] = Counter()
        for at in np.flatnonzero(mine == case.index).tolist():
            found[str(ids[others[at]])] += int(self.awards.quantity[at])
        return tuple(Share(name, say.exact(quantity)) for name, quantity in found.most_common())

    def _lot(self, is_need: bool, index: int, accepted: list[int]) -> tuple[int, int]:
        """(the lot that a listing goes in, what of it whole lots cannot make up)."""
        found = {int(self.lots[category]) for category in accepted}
        listings = self.market.needs if is_need else self.market.offers
        crumb = int(listings.quantity[index] - self.usable[is_need][index])
        return found.pop() if len(found) == 1 else 0, crumb

    @cached_property
    def lots(self) -> I64:
        return self.market.categories.step

    @cached_property
    def usable(self) -> tuple[I64, I64]:
        """What of each offer, and of each need, can be traded in whole lots."""
        return usable(self.market)


def _tell(case: Case, exclusions: Exclusions, shares: tuple[Share, ...], beside: Beside) -> Explanation:
    at, thresholds = case.index, case.thresholds
    excluded = Excluded(0, 0, {})
    if case.cause not in (Cause.DONE, Cause.NOT_CLEARED):
        excluded = exclusions.of(case.is_need, at)
    source = int(thresholds.source[at])
    sentences: tuple[str, ...] = (
        what(case),
        who(case, shares),
        why(case, excluded),
        crumb(case),
        misfits(case, excluded),
        advice(case),
    )
    sentences += tuple(change.sentence for change in beside if change.found != "residual")
    return Explanation(
        listing=case.listing,
        side="need" if case.is_need else "offer",
        cause=case.cause.name.lower(),
        asked=say.exact(case.quantity),
        got=say.exact(case.done),
        unit=case.unit,
        currency=case.market.currency,
        price=say.exact(case.now),
        first=_threshold(thresholds.first[at], thresholds.first_kind[at], case.is_need),
        whole=_threshold(thresholds.whole[at], thresholds.whole_kind[at], case.is_need),
        reachable=say.exact(thresholds.reachable[at]),
        gives_way=case.identity(source) if source >= 0 else "",
        excluded=excluded.because,
        alternatives=case.alternatives(),
        awards=shares,
        changes=(*prices(case), *beside),
        displaced=_lost(int(thresholds.lost[at])),
        sentences=tuple(sentence for sentence in sentences if sentence),
    )


def _lost(millionths: int) -> Decimal | None:
    return say.exact(millionths) if millionths not in (NO_PRICE, 0) else None


def _threshold(price: Any, kind: Any, is_need: bool) -> Threshold:
    known = int(price) != NO_PRICE and int(kind) not in (NONE, UNKNOWN)
    enough = int(kind) == (AT_MOST if is_need else AT_LEAST)
    return Threshold(say.exact(int(price)) if known else None, "enough" if enough else KINDS[int(kind)])
