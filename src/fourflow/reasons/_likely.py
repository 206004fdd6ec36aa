"""What might have been enough, read off without clearing again: an estimate, with what was not looked at.

The way that would be best if some limit were not there names that limit (`Landscape`). How much of it would
do is reckoned as if nobody else made use of it; that others may, is what is not checked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from fourflow.book import MICRO, UNLIMITED
from fourflow.reasons import _phrases as say
from fourflow.reasons._case import Case
from fourflow.reasons._cause import Cause
from fourflow.reasons._change import Change, Lever
from fourflow.reasons._excluded import may_meet
from fourflow.reasons._levers import weigh
from fourflow.reasons._nowhere import nearest_in_time
from fourflow.reasons._reasons import Reasons
from fourflow.reasons._rules import Rules
from fourflow.reasons._thresholds import NONE, UNKNOWN

Found = TypeVar("Found")
MOST_PAIRS = 200_000
"""Pairs of listings whose requirements are compared, for all estimates together."""
MOST_SEARCHES = 200
"""Listings for which dates or rules are looked up one by one."""
UNCHECKED = "that was not tried, and others may want it too"


class Likely:
    """Estimates for one market, each worked out when asked for."""

    def __init__(self, reasons: Reasons) -> None:
        self.reasons = reasons
        self.market = reasons.explainer.market
        self.pairs, self.searches = MOST_PAIRS, MOST_SEARCHES
        self.known: dict[tuple[Hashable, ...], Any] = {}

    def change(self, is_need: bool, row: int) -> Change | None:
        """What might have been enough beside another price; None where nothing is known to stand there."""
        reasons = self.reasons
        cause = Cause(int((reasons.need_cause if is_need else reasons.offer_cause)[row]))
        tell = _TELL.get(cause)
        if tell is None:
            return None
        thresholds = reasons.needs if is_need else reasons.offers
        if cause == Cause.OUTBID and thresholds.first_kind[row] not in (NONE, UNKNOWN):
            return None  # a price says it
        return tell(self, reasons.explainer.case(is_need, row, cause, thresholds))

    def sentence(self, is_need: bool, row: int) -> str:
        """The same in words, empty where there is none."""
        change = self.change(is_need, row)
        return change.sentence if change is not None else ""

    def _cached(self, what: str, key: tuple[Hashable, ...], find: Callable[[], Found]) -> Found:
        """What is the same for all listings at a place is found once."""
        if (what, *key) not in self.known:
            self.known[what, *key] = find()
        found: Found = self.known[what, *key]
        return found

    @cached_property
    def rules(self) -> Rules:
        return Rules(self.reasons.explainer.finder)

    def may_search(self) -> bool:
        self.searches -= 1
        return self.searches >= 0

    def lane_full(self, case: Case) -> Change | None:
        lanes = self._cached("lanes", (case.is_need, *case.hubs()), case.full_lanes)
        if not lanes:
            return None
        market, rest = self.market, self._rest_t(case)
        names = say.either([say.lane(market, lane) for lane in lanes])
        about, now = str(market.lanes.id[lanes[0]]), int(market.lanes.capacity_t[lanes[0]])
        words = f"{say.amount(rest, 't')} more room on {names}"
        to = None if now == UNLIMITED else now + rest
        return self._told("capacity", about, now, to, "t", words)

    def budget(self, case: Case) -> Change | None:
        market = self.market
        listing = case.best(case.landscape.reachable)[1]
        need = case.index if case.is_need else listing - len(market.offers)
        sponsor = int(market.needs.sponsor[need]) if need >= 0 else -1
        found = next((r for r in market.rules if r.sponsor == sponsor and r.measure == "bid_value"), None)
        if sponsor < 0 or found is None:
            return None
        drawn = self._drawn(case, need)
        more = f"{say.price(drawn, upwards=True)} {market.currency} more" if drawn > 0 else "More"
        words = f"{more} in the budget of {say.person(market, sponsor)}"
        return self._told("rule", found.id, found.limit, found.limit + drawn, market.currency, words)

    def _drawn(self, case: Case, need: int) -> int:
        """Millionths of money that the rest would draw on the budget, at the cheapest way that is left."""
        cost, _ = case.best(case.landscape.reachable)
        per_unit = cost if case.is_need else case.now * 1000 + max(0, self._haul(case))
        paid = per_unit - int(self.market.needs.limit_price[need]) * 1000
        return max(0, paid) * self._rest(case) // (1000 * MICRO)

    def _haul(self, case: Case) -> int:
        """Billionths of money per unit that the best way from an offer to a need costs."""
        graph = case.landscape.reachable
        return sum(int(graph.arcs["cost"][arc]) for arc in case.arcs_on_the_way(graph))

    def rule(self, case: Case) -> Change | None:
        if not self.may_search():
            return self._told("rule", "", None, None, "", "A looser rule")
        row = self.rules.between(case.landscape.reachable, case.is_need, case.index)
        if row < 0:
            return None
        found = self.market.rules[row]
        words = f"{'A higher' if found.sense == '<=' else 'A lower'} limit of {say.rule(self.market, row)}"
        return self._told("rule", found.id, found.limit, None, "", words)

    def least(self, case: Case) -> Change | None:
        side = self.market.needs if case.is_need else self.market.offers
        least = int(side.min_quantity[case.index])
        if least <= 0:
            return None
        words = f"Taking {'less' if case.is_need else 'orders for less'} than {say.amount(least, case.unit)}"
        return self._told("quantity", f"{case.listing} min_quantity", least, None, case.unit, words)

    def switch(self, case: Case) -> Change | None:
        words = "Asking for more" if case.is_need else "Offering more"
        return self._told(
            "quantity", case.listing, case.quantity, None, case.unit, f"{words}, to share what is paid once,"
        )

    def trip(self, case: Case) -> Change | None:
        words = "More to load on the same way"
        return self._told("quantity", case.listing, case.quantity, None, case.unit, words)

    def too_late(self, case: Case) -> Change | None:
        pair = nearest_in_time(self.market, case.is_need, case.index) if self.may_search() else None
        if pair is None:
            return self._told("date", case.listing, None, None, "", "Other days")
        need = case.index if case.is_need else pair.other
        first, until = int(self.market.needs.from_day[need]), int(self.market.needs.until_day[need])
        wanted = "it" if case.is_need else str(self.market.needs.id[need])
        if pair.arrival > until:
            return self._told(
                "date", f"{self.market.needs.id[need]} until", None, None, "",
                f"Taking {wanted} until {say.day(pair.arrival)}" if case.is_need
                else f"If {wanted} were open until {say.day(pair.arrival)}, that",
            )  # fmt: skip
        if pair.last < first:
            days = f"from {say.day(pair.last)} on"
            about = f"{self.market.needs.id[need]} from"
            words = f"Taking it {days}" if case.is_need else f"If {wanted} were open {days}, that"
            return self._told("date", about, None, None, "", words)
        return self._told("date", case.listing, None, None, "", "A faster way")

    def no_route(self, case: Case) -> Change | None:
        """A lane to where most of it is left, or asked for, nearest first."""
        if say.nowhere(self.market, case.place):
            return self._told("capacity", case.listing, None, None, "", "A place")
        where = (case.is_need, case.goods, case.place)
        other = self._cached("nearest", where, lambda: self._nearest_left(case))
        if other is None:
            return None
        place, left = other
        name = str(self.market.places.name[place] or self.market.places.id[place])
        ends = (name, "here") if case.is_need else ("here", name)
        what = "left there" if case.is_need else "still asked for there"
        carries = " that carries it" if case.cause == Cause.NOT_CARRIED else ""
        words = f"A lane from {ends[0]} to {ends[1]}{carries} ({say.amount(left, case.unit)} {what})"
        return self._told("capacity", "", None, None, "", words)

    def _nearest_left(self, case: Case) -> tuple[int, int] | None:
        """(place, millionths left there) of the nearest counterpart that has, or wants, something more."""
        market, allocation = self.market, case.allocation
        rows = may_meet(market, case.is_need, case.index)
        side = market.offers if case.is_need else market.needs
        done = allocation.offered if case.is_need else allocation.awarded
        left = side.quantity[rows] - done[rows]
        place = side.place[rows]
        fits = (left > 0) & (side.quantity[rows] != UNLIMITED) & (place >= 0)
        if not fits.any():
            return None
        rows, left, place = rows[fits], left[fits], place[fits]
        places = market.places
        dx = (places.longitude[place] - places.longitude[case.place]) * np.cos(
            np.radians(places.latitude[case.place])
        )
        far = np.hypot(dx, places.latitude[place] - places.latitude[case.place])
        nearest = int(place[np.argmin(np.nan_to_num(far, nan=np.inf))])
        return nearest, int(left[place == nearest].sum())

    def not_eligible(self, case: Case) -> Change | None:
        """What alone keeps most counterparts out."""
        others = may_meet(self.market, case.is_need, case.index)
        self.pairs -= len(others)
        if self.pairs <= 0:
            return self._told("requirement", "", None, None, "", "Other dates or requirements")
        found = self.reasons.explainer.exclusions.obstacles(case.is_need, case.index, others)
        several = np.sum([obstacle.keeps_out for obstacle in found], axis=0) > 1
        alone, together = (
            +Counter({obstacle.because: int((obstacle.keeps_out & mask).sum()) for obstacle in found})
            for mask in (~several, several)
        )
        noun = "offer" if case.is_need else "need"
        if not alone:
            why = "; ".join(f"{because}: {number:,}" for because, number in together.most_common(3))
            words = f"Several things keep each {noun} from it ({why}): without all of them, it"
            return self._told("requirement", "", None, None, "", words, "might have been awarded")
        ((because, number),) = alone.most_common(1)
        words = f"One thing alone keeps {say.count(number, noun)} from it ({because}): without that, it"
        return self._told("requirement", because, None, None, "", words, "might have been awarded")

    def outbid(self, case: Case) -> Change | None:
        """Where no price helps, only more of what the other side has would."""
        words = f"More {'supply of' if case.is_need else 'demand for'} {case.goods}"
        where = " within reach" if case.is_goods else " that fits"
        return self._told("quantity", "", None, None, case.unit, f"{words}{where}")

    def _rest(self, case: Case) -> int:
        return int(case.thresholds.wanted[case.index])

    def _rest_t(self, case: Case) -> int:
        """What is missing, in millionths of a tonne."""
        needs, offers = self.market.needs, self.market.offers
        category = int(needs.categories[case.index][0] if case.is_need else offers.category[case.index])
        return weigh(self.market, category, self._rest(case))

    def _told(
        self, lever: Lever, about: str, now: int | None, to: int | None, unit: str, words: str,
        then: str = "might have been enough",
    ) -> Change:  # fmt: skip
        shown = [None if n is None else f"{say.exact(n):f}" for n in (now, to)]
        sentence = f"{words} {then}; {UNCHECKED}."
        return Change(lever, about, shown[0] or "", shown[1], unit, "estimate", None, False, sentence)


_TELL: dict[Cause, Callable[[Likely, Case], Change | None]] = {
    Cause.LANE_FULL: Likely.lane_full, Cause.BUDGET: Likely.budget, Cause.RULE: Likely.rule,
    Cause.LEAST: Likely.least, Cause.SWITCH: Likely.switch, Cause.TRIP: Likely.trip,
    Cause.TOO_LATE: Likely.too_late, Cause.NO_ROUTE: Likely.no_route, Cause.NOT_CARRIED: Likely.no_route,
    Cause.NOT_ELIGIBLE: Likely.not_eligible, Cause.OUTBID: Likely.outbid,
}  # fmt: skip
