"""The smallest change of each kind that would have been awarded, found by clearing again.

Each lever is first turned as far as it goes. Where that brings nothing more, it is not told. Else the
smallest turn that brings as much (all that is wanted, or what can be had) is searched by halving, to within a
hundredth.
Every change that is told was cleared just so, with the listing's price made a trice worse, so that a tie does
not count. More of a lever never costs welfare, but it may help others more; so *smaller turns do not do* is
proved at the turns that were tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import isqrt

import numpy as np

from fourflow.book import UNLIMITED, Market
from fourflow.clearing import Allocation
from fourflow.errors import FourflowError
from fourflow.formulation import ArcKind
from fourflow.reasons import _phrases as say
from fourflow.reasons._again import Again, Side, present_price, with_price
from fourflow.reasons._asks import asks
from fourflow.reasons._cause import Cause
from fourflow.reasons._change import Change
from fourflow.reasons._graph import TINY, WHOLE
from fourflow.reasons._levers import (
    Knob,
    capacities,
    dates,
    purses,
    quantities,
    rules,
    smaller_lines,
    weigh,
    with_listing,
)  # fmt: skip
from fourflow.reasons._likely import Likely
from fourflow.reasons._reasons import Reasons

FINE = 100
"""A change is found to within this part of itself."""
TRICE = 100
"""Millionths by which a price is made worse, at least: solvers count less as equally good."""


class _Unknown(Exception):
    """A clearing did not come to its end."""


def find_changes(reasons: Reasons, again: Again, side: Side, row: int) -> tuple[Change, ...]:
    """What would have been awarded beside another price, for one need, offer or project."""
    return _Search(reasons, again, side, row).changes()


@dataclass(frozen=True)
class _Search:
    reasons: Reasons
    again: Again
    side: Side
    row: int

    @property
    def now(self) -> Allocation:
        return self.reasons.explainer.finder.situation.allocation

    @property
    def market(self) -> Market:
        return self.now.market

    def changes(self) -> tuple[Change, ...]:
        found, part = list[Change](), self._part()
        for knob in self._knobs():
            if any(knob.about == change.about for change in found):
                continue  # a lower level of a requirement does already
            try:
                change = self._change(knob)
            except _Unknown:
                return (*part, *found, *self._likely(found))
            if change is not None:
                found.append(change)
        return (*part, *found)

    def _likely(self, found: list[Change]) -> list[Change]:
        """Where time ends the search: what is read off without it, unless something is known of that."""
        if self.side == "project":
            return []
        change = Likely(self.reasons).change(self.side == "need", self.row)
        return [change] if change and all(known.lever != change.lever for known in found) else []

    def _knobs(self) -> Iterator[Knob]:
        market, exclusions = self.market, self.reasons.explainer.exclusions
        finder = self.reasons.explainer.finder
        full = finder.situation.slack <= finder.situation.tiny
        if self.side == "project":
            lines = np.flatnonzero(market.needs.project == self.row).tolist()
            yield from purses(market, self.row)
            for line in lines:
                yield from dates(market, True, line)
                yield from asks(market, exclusions, True, line)
            yield from capacities(finder, self._pools(lines), 0)
            yield from rules(self.now, np.ones_like(full), 0, 0)
            for line in lines:
                yield from smaller_lines(market, line)
            return
        is_need = self.side == "need"
        rest, category = self.full - self.done, self._category()
        weight = weigh(market, category, rest)
        vague = bool(finder.vague(is_need)[self.row])
        yield from dates(market, is_need, self.row)
        yield from asks(market, exclusions, is_need, self.row)
        yield from capacities(finder, self._pools([self.row]), weight)
        yield from rules(self.now, full | vague, rest, weight)
        yield from quantities(market, is_need, self.row, vague)

    def _category(self) -> int:
        needs, offers = self.market.needs, self.market.offers
        return int(needs.categories[self.row][0] if self.side == "need" else offers.category[self.row])

    def _pools(self, rows: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        layout = self.now.layout
        kind = ArcKind.OFFER if self.side == "offer" else ArcKind.NEED
        return np.unique(layout.arc_pool[(layout.arc_kind == kind) & np.isin(layout.arc_ref, rows)])

    @property
    def full(self) -> int:
        """All that is wanted, or there to give; of a project its size."""
        if self.side == "project":
            return WHOLE
        is_need = self.side == "need"
        found = self.reasons.needs if is_need else self.reasons.offers
        cause = (self.reasons.need_cause if is_need else self.reasons.offer_cause)[self.row]
        outside = cause in (Cause.NOBODY, Cause.NOT_ELIGIBLE)  # not in the network: all of it is wanted
        return self.done + int((found.rest if outside else found.wanted)[self.row])

    @property
    def done(self) -> int:
        return self._got(self.now)

    def _got(self, allocation: Allocation) -> int:
        columns = {"need": allocation.awarded, "offer": allocation.offered, "project": allocation.size}
        return int(columns[self.side][self.row])

    def got(self, market: Market) -> int:
        """What it would get in another market, were its price a trice worse."""
        price = present_price(market, self.side, self.row)
        trice = max(TRICE, abs(price) // 10**5)
        worse = price + trice if self.side == "offer" else price - trice
        try:
            allocation = self.again(with_price(market, self.side, self.row, worse), self.side, self.row)
        except FourflowError:  # rules that cannot all hold, or a number that no book can hold
            return 0
        if allocation is None:
            raise _Unknown
        return self._got(allocation)

    def _change(self, knob: Knob) -> Change | None:
        """The smallest turn that helps; None where none does."""
        most = self.got(knob.market(knob.far))
        if most <= self.done + TINY:
            return None
        enough = self.done + TINY + 1 if knob.whatever else min(most, self.full) - TINY
        known = {knob.far: most}

        def works(setting: int) -> bool:
            if setting not in known:
                known[setting] = self.got(knob.market(setting))
            return known[setting] >= enough

        try:
            to = _first_step(knob.steps, works) if knob.steps else _least_turn(knob, works)
        except _Unknown:
            return self._told(knob, None, most) if knob.freely else self._told(knob, knob.far, most)
        return self._told(knob, to, known[to])

    def _told(self, knob: Knob, to: int | None, awarded: int) -> Change:
        after = knob.market(knob.far if to is None else to)
        whole = self._is_whole(after, awarded)
        size = Decimal(awarded).scaleb(-9).normalize() if self.side == "project" else say.exact(awarded)
        if to is None:
            sentence = f"{knob.freely}, {self._result(awarded, whole)}; how little would do, only a new"
            sentence += " clearing can tell."
        else:
            sentence = f"{knob.if_it(to)}, {self._result(awarded, whole)}.".replace(",,", ",")
        shown = None if to is None else knob.show(to)
        now = knob.show(knob.now)
        return Change(knob.lever, knob.about, now, shown, knob.unit, "re-cleared", size, whole, sentence)

    def _is_whole(self, market: Market, awarded: int) -> bool:
        if self.side == "project":
            return awarded == WHOLE
        listings = market.needs if self.side == "need" else market.offers
        return awarded >= min(self.full, int(listings.quantity[self.row])) - TINY

    def _result(self, awarded: int, whole: bool) -> str:
        if self.side == "project":
            return f"it would have been carried out {'in full' if whole else f'at {say.share(awarded)}'}"
        verb = "got" if self.side == "need" else "given"
        if whole and awarded <= self.full:
            return f"it would have {verb} all of it"
        unit = str(self.market.categories.unit[self._category()])
        return f"it would have {verb} {say.amount(awarded, unit)}"

    def _part(self) -> tuple[Change, ...]:
        """What it has is the most that is awarded in full at its price: that needs no clearing, but where
        another would do as well. As long as there is time for it, that is seen to."""
        done = self.done
        if self.side == "project" or done <= TINY or self.full - done <= TINY or self.full == UNLIMITED:
            return ()
        is_need = self.side == "need"
        try:
            if self.got(with_listing(self.market, is_need, self.row, quantity=done)) < done - TINY:
                return ()
        except _Unknown:
            pass
        listings = self.market.needs if is_need else self.market.offers
        unit = str(self.market.categories.unit[self._category()])
        quantity, size = int(listings.quantity[self.row]), say.exact(done)
        verbs = ("asked for", "got") if is_need else ("offered", "given")
        sentence = (
            f"Had it {verbs[0]} no more than {say.amount(done, unit)}, it would have {verbs[1]} all of it."
        )
        return (
            Change("quantity", str(listings.id[self.row]), f"{say.exact(quantity):f}", f"{size:f}", unit,
                   "residual", size, True, sentence),
        )  # fmt: skip


def _first_step(steps: tuple[int, ...], works: Callable[[int], bool]) -> int:
    """The weakest of the settings that works, the last of which is known to."""
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if works(steps[middle]) else (middle + 1, high)
    return steps[high]


def _least_turn(knob: Knob, works: Callable[[int], bool]) -> int:
    """The setting nearest to today's that works, to within a hundredth of the way."""
    sign, low, high = (1 if knob.far > knob.now else -1), 0, abs(knob.far - knob.now)
    if knob.hint is not None and 0 < knob.hint - knob.now < high and works(knob.hint):
        high = knob.hint - knob.now
        if not works(knob.now + high - max(1, high // FINE)):
            return knob.hint
        high -= max(1, high // FINE)
    while high - low > max(1, high // FINE):
        middle = (low + high) // 2 if high <= 16 * max(low, 1) else isqrt(max(low, 1) * high)
        low, high = (low, middle) if works(knob.now + sign * middle) else (middle, high)
    for step in (10**digits for digits in range(15, 0, -1)):  # people say round numbers
        to = (knob.now + sign * low) // step * step + (step if sign > 0 else 0)
        to -= step if sign < 0 and to >= knob.now - low else 0
        if low < sign * (to - knob.now) <= high:
            return to if works(to) else knob.now + sign * high
    return knob.now + sign * high


def with_changes(
    reasons: Reasons, again: Again, listings: Sequence[tuple[bool, int]], projects: Sequence[int] = ()
) -> Reasons:
    """The reasons with what would have been awarded beside another price, for these (is_need, row) and
    projects."""
    found, of_projects = dict(reasons.changes), dict(reasons.project_changes)
    for is_need, row in listings:
        found[is_need, row] = find_changes(reasons, again, "need" if is_need else "offer", row)
    for row in projects:
        of_projects[row] = find_changes(reasons, again, "project", row)
    return replace(reasons, changes=found, project_changes=of_projects)
