"""Reasons for a whole market: causes and thresholds as columns, sentences when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np

from fourflow.clearing import Allocation, Awards, Cleared
from fourflow.errors import SettingsError
from fourflow.problem import Duals
from fourflow.reasons._bottlenecks import Bottleneck, bottlenecks
from fourflow.reasons._cause import Cause
from fourflow.reasons._causes import Causes, Landscape, causes
from fourflow.reasons._change import Change
from fourflow.reasons._excluded import Exclusions
from fourflow.reasons._explain import Explainer
from fourflow.reasons._explanation import Explanation
from fourflow.reasons._graph import look_at
from fourflow.reasons._thresholds import NONE, Finder, Thresholds


@dataclass(frozen=True)
class Reasons:
    """Why each listing got, or gave, what it did.

    need_cause : int8[num_needs], offer_cause : int8[num_offers], see `Cause`;
    needs, offers : the price at which each would have been awarded (Thresholds);
    bottlenecks : the ten limits with most at stake;
    changes : (is_need, row) -> what else would have been awarded, of those for which that was looked for;
    project_changes : the same by row of projects.
    """

    need_cause: Causes
    offer_cause: Causes
    needs: Thresholds
    offers: Thresholds
    bottlenecks: tuple[Bottleneck, ...]
    explainer: Explainer
    changes: Mapping[tuple[bool, int], tuple[Change, ...]]
    project_changes: Mapping[int, tuple[Change, ...]]

    def explain(self, listing: str) -> Explanation:
        """What happened to one need or offer: prints as sentences, holds the numbers.

        Raises SettingsError where no listing has that id.
        """
        market = self.explainer.market
        for ids, is_need in ((market.needs.id, True), (market.offers.id, False)):
            found = (ids == listing).nonzero()[0]
            if len(found):
                return self.need(int(found[0])) if is_need else self.offer(int(found[0]))
        raise SettingsError(
            f"no need or offer has the id {listing!r}." + _maybe(listing, market.needs.id, market.offers.id),
            code="reasons.listing.unknown",
        )

    def need(self, index: int) -> Explanation:
        """What happened to the need in row `index` of the market."""
        return self.explainer.need(index, int(self.need_cause[index]), self.needs, self._beside(True, index))

    def offer(self, index: int) -> Explanation:
        """What happened to the offer in row `index` of the market."""
        return self.explainer.offer(
            index, int(self.offer_cause[index]), self.offers, self._beside(False, index)
        )

    def _beside(self, is_need: bool, row: int) -> tuple[Change, ...]:
        return self.changes.get((is_need, row), ())


def give_reasons(cleared: Cleared) -> Reasons:
    """Find for every listing what was binding and which price would have been awarded."""
    return reasons_of(cleared.allocation, cleared.solution.price_duals, cleared.awards)


def reasons_of(allocation: Allocation, duals: Duals, awards: Awards) -> Reasons:
    """The same from an allocation, the duals that support its prices, and who ships to whom."""
    finder = Finder(look_at(allocation, duals))
    needs, offers = finder.needs(), finder.offers()
    supply, demand = Landscape(finder, mirrored=False), Landscape(finder, mirrored=True)
    need_cause = causes(finder, supply, needs, is_need=True)
    offer_cause = causes(finder, demand, offers, is_need=False)
    return Reasons(
        need_cause=need_cause,
        offer_cause=offer_cause,
        needs=_without_hope(needs, need_cause),
        offers=_without_hope(offers, offer_cause),
        bottlenecks=bottlenecks(finder, duals),
        explainer=Explainer(finder, supply, demand, Exclusions(allocation.market), awards),
        changes={},
        project_changes={},
    )


def _without_hope(thresholds: Thresholds, cause: Causes) -> Thresholds:
    """Where nothing can get there whatever the decisions, no price helps: that much is known."""
    hopeless = np.isin(cause, (Cause.NO_ROUTE, Cause.NOT_CARRIED, Cause.TOO_LATE))
    kinds = (
        np.where(hopeless, NONE, kind).astype(np.int8)
        for kind in (thresholds.first_kind, thresholds.whole_kind)
    )
    first, whole = kinds
    return replace(thresholds, first_kind=first, whole_kind=whole)


def _maybe(listing: str, *ids: object) -> str:
    """The closest id, if one is close."""
    known = [str(i) for column in ids for i in column]  # type: ignore[attr-defined]
    close = get_close_matches(listing, known[:200_000], n=1)
    return f" Maybe {close[0]!r} is meant." if close else ""
