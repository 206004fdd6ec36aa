"""Prices that would have been awarded, found by clearing again: for whole decisions and shared limits.

What a market is worth, as a function of one listing's price, is the upper envelope of straight lines, one for
each allocation, whose slope is what the listing gets. Between two known lines the next price to try is where
they cross: there either nothing is better, and the crossing is a corner, or a new line is found (Eisner and
Severance 1976, J. ACM 23). Each step is one clearing, and few are needed. A sponsor's budget also counts
what its offers ask, so there the lines bend, and prices are found by halving.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fourflow.book import MICRO, UNLIMITED, Market
from fourflow.book._market import Needs, Projects
from fourflow.clearing import Allocation
from fourflow.errors import ProblemError
from fourflow.formulation import ArcKind
from fourflow.matching import is_budget
from fourflow.reasons._graph import TINY

Side = Literal["need", "offer", "project"]
"""What a price belongs to; of a project it is the value of all of it."""
Again = Callable[[Market, Side, int], Allocation | None]
"""Clears a changed market to the end, or as much of it as one listing depends on: the best allocation of
that, or None where it could not be found in time."""
MOST_STEPS = 60
QUANTA = 10**9
"""Quanta of value x quantity in a millionth of money."""
SLACK = Fraction(1, 10**9)
"""Part of what the market is worth within which two allocations count as equally good."""


@dataclass(frozen=True)
class Edges:
    """first, whole : the prices (millionths) beyond which a first unit, and the whole quantity, is awarded;
    None where no price would do. reachable : millionths beyond the present that could be had at any. lost :
    millionths of money by which the whole, at the present price, displaces more than it brings; None where
    there is no whole, or that is not known."""

    first: int | None
    whole: int | None
    reachable: int
    lost: int | None = None


def edges(again: Again, now: Allocation, side: Side, listing: int, wanted: int) -> Edges | None:
    """Clear again until both prices are known; None where that was not possible in time.

    wanted : millionths (of a project: billionths of its size) beyond what it has that make up the whole.
    """
    search = _Search(again, now.market, side, listing)
    try:
        start = search.point(now, search.sign * search.now)
        return search.bent(start, wanted) if search.bends(now) else search.straight(start, wanted)
    except _Unknown:
        return None


def with_any_value(market: Market, project: int) -> Market:
    """The market with a project worth more than all else together."""
    return with_price(market, "project", project, _Search(lambda *_: None, market, "project", project).far)


class _Unknown(Exception):
    """A clearing did not come to its end."""


@dataclass(frozen=True)
class _Point:
    """One allocation: what the listing gets, what that counts for per millionth of its price, and what all is
    worth but for that."""

    quantity: int
    slope: Fraction
    others: Fraction

    def worth(self, eagerness: Fraction | int) -> Fraction:
        """In quanta, at one price of the listing."""
        return self.others + eagerness * self.slope


def _crossing(low: _Point, high: _Point) -> Fraction:
    """The eagerness at which both are worth the same."""
    return (low.others - high.others) / (high.slope - low.slope)


@dataclass
class _Search:
    """Eagerness is the price for a need and minus the price for an offer: more of it never brings less."""

    again: Again
    market: Market
    side: Side
    listing: int
    known: dict[int, _Point] = field(default_factory=dict)

    @property
    def sign(self) -> int:
        return -1 if self.side == "offer" else 1

    @property
    def now(self) -> int:
        """The price today."""
        return present_price(self.market, self.side, self.listing)

    def bends(self, now: Allocation) -> bool:
        """Whether the price also changes what can be bought: from a budget or own money, or as a bid."""
        bids = any(rule.measure == "bid_value" and not is_budget(rule) for rule in self.market.rules)
        if self.side != "offer":
            return bids
        pools = now.layout.arc_pool[self._arcs(now)]
        paid = (now.layout.pool_sponsor[pools] >= 0) | (now.layout.pool_project[pools] >= 0)
        return bool(paid.any())

    def _arcs(self, allocation: Allocation) -> NDArray[np.int64]:
        kind = ArcKind.OFFER if self.side == "offer" else ArcKind.NEED
        layout = allocation.layout
        return np.flatnonzero((layout.arc_kind == kind) & (layout.arc_ref == self.listing))

    def point(self, allocation: Allocation, eagerness: int) -> _Point:
        if self.side == "project":
            quantity = int(allocation.size[self.listing])
            slope = Fraction(quantity)
        else:
            given = allocation.awarded if self.side == "need" else allocation.offered
            quantity, arcs = int(given[self.listing]), self._arcs(allocation)
            months = allocation.layout.pool_term_months[allocation.layout.arc_pool[arcs]].tolist()
            flows = zip(allocation.flow[arcs].tolist(), months, strict=True)
            slope = 1000 * sum((Fraction(f * (m or 12), 12) for f, m in flows), Fraction(0))
        return _Point(quantity, slope, worth(allocation) - eagerness * slope)

    def at(self, eagerness: int) -> _Point:
        """What is best at one price."""
        if eagerness not in self.known:
            changed = with_price(self.market, self.side, self.listing, self.sign * eagerness)
            try:
                allocation = self.again(changed, self.side, self.listing)
            except ProblemError:  # a price that no book can hold
                allocation = None
            if allocation is None:
                raise _Unknown
            self.known[eagerness] = self.point(allocation, eagerness)
        return self.known[eagerness]

    @property
    def far(self) -> int:
        """Beyond every price that could matter: more than all else in the book is worth, per unit."""
        offers, needs, lanes = self.market.offers, self.market.needs, self.market.lanes
        prices = np.concatenate([needs.value, needs.limit_price, offers.limit_price])
        fixed = int(offers.fixed_cost.sum()) + int(lanes.cost_per_trip.sum())
        fixed += int(np.abs(self.market.projects.value).sum())
        fixed += int(offers.move_cost[offers.move_cost != UNLIMITED].sum())
        if self.side == "project":
            return self.now + 20 * fixed + 2 * self._at_stake()
        quantity = int((needs if self.side == "need" else offers).quantity[self.listing])
        dearest = int(np.abs(prices).max(initial=MICRO)) + int(lanes.cost_per_t.max(initial=0))
        return int(self.sign * self.now + 20 * dearest + 10 * fixed * MICRO // max(quantity, 1))

    def _at_stake(self) -> int:
        """No less than what all needs are worth, and what the project's lines could cost with haulage."""
        market, needs, offers = self.market, self.market.needs, self.market.offers
        worth = np.maximum(np.abs(needs.value), np.abs(needs.limit_price)).astype(object)
        years = np.maximum(needs.term_months, 12).astype(object)
        total = int((worth * needs.quantity * years).sum()) // (12 * MICRO)
        way = int(market.lanes.cost_per_t.max(initial=0)) * len(market.places)
        for line in np.flatnonzero(needs.project == self.listing).tolist():
            accepted = np.isin(offers.category, needs.categories[line])
            dearest = int(np.abs(offers.limit_price[accepted]).max(initial=MICRO))
            tonnes = int(market.categories.tonnes_per_unit[needs.categories[line]].max(initial=0))
            each = dearest * int(years[line]) // 12 + way * tonnes // MICRO
            total += abs(int(needs.quantity[line])) * each // MICRO
        return total

    def straight(self, start: _Point, wanted: int) -> Edges:
        most = self.at(self.far)
        if most.quantity <= start.quantity + TINY or most.slope <= start.slope:
            return Edges(None, None, 0)
        first, reached = self._corner(start, most, nearest=True)
        whole = most.quantity >= start.quantity + wanted
        last, point = self._corner(start, most, nearest=False) if reached != most else (first, most)
        if first < self.sign * self.now:
            raise _Unknown  # the allocation was not the best to begin with: a remaining gap
        now = self.sign * self.now
        lost = int((start.worth(now) - point.worth(now)) / QUANTA) if whole else None
        return Edges(
            self._price(first), self._price(last) if whole else None, most.quantity - start.quantity, lost
        )

    def _corner(self, low: _Point, high: _Point, nearest: bool) -> tuple[Fraction, _Point]:
        """The first corner after `low`, or the last before `high`; with the point beyond it."""
        for _ in range(MOST_STEPS):
            edge = _crossing(low, high)
            found = self.at(_ceil(edge))
            slack = SLACK * abs(low.worth(edge)) + 1
            if found.worth(edge) <= low.worth(edge) + slack:
                return edge, high
            if found.quantity <= low.quantity + TINY:
                low = found
            elif found.quantity >= high.quantity:
                high = found
            else:
                low, high = (low, found) if nearest else (found, high)
            if low.slope >= high.slope:
                break
        raise _Unknown

    def bent(self, start: _Point, wanted: int) -> Edges:
        most = self.at(self.far)
        if most.quantity <= start.quantity + TINY:
            return Edges(None, None, 0)
        first = self._halve(start.quantity + TINY)
        whole = most.quantity >= start.quantity + wanted
        last = self._halve(start.quantity + wanted - 1) if whole else 0
        reachable = most.quantity - start.quantity
        return Edges(self._price(Fraction(first)), self._price(Fraction(last)) if whole else None, reachable)

    def _halve(self, quantity: int) -> int:
        """The greatest known eagerness at which no more than `quantity` is awarded."""
        low, high = self.sign * self.now, self.far
        for eagerness, point in self.known.items():
            if point.quantity > quantity:
                high = min(high, eagerness)
            elif eagerness < high:
                low = max(low, eagerness)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.at(middle).quantity > quantity else (middle, high)
        return low

    def _price(self, eagerness: Fraction) -> int:
        return self.sign * _ceil(eagerness)


def _ceil(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)


def worth(allocation: Allocation) -> int:
    """What an allocation is worth in quanta of value x quantity, exactly."""
    problem = allocation.problem
    scale = (
        problem.scales.bundle_value * problem.scales.bundle / (problem.scales.value * problem.scales.quantity)
    )
    arcs, bundles = np.flatnonzero(allocation.flow), np.flatnonzero(allocation.bundle)
    assert problem.bundle_value is not None
    total = int((problem.value[arcs].astype(object) * allocation.flow[arcs]).sum())
    more = scale * int((problem.bundle_value[bundles].astype(object) * allocation.bundle[bundles]).sum())
    assert more.denominator == 1
    return total + int(more)


def present_price(market: Market, side: Side, row: int) -> int:
    """The price in millionths: what counts of a need's or a project's value."""
    if side == "offer":
        return int(market.offers.limit_price[row])
    listings = market.needs if side == "need" else market.projects
    value, limit = int(listings.value[row]), int(listings.limit_price[row])
    return value if listings.sponsor[row] >= 0 else min(value, limit)


def with_price(market: Market, side: Side, row: int, price: int) -> Market:
    """The market with one price changed: of a need or project the value, without a sponsor the limit too."""
    if side == "offer":
        limit = _put(market.offers.limit_price, row, price)
        return replace(market, offers=replace(market.offers, limit_price=limit))
    if side == "need":
        return replace(market, needs=replace(market.needs, **_worth_to(market.needs, row, price)))
    return replace(market, projects=replace(market.projects, **_worth_to(market.projects, row, price)))


def _worth_to(listings: Needs | Projects, row: int, price: int) -> dict[str, Any]:
    value = {"value": _put(listings.value, row, price)}
    alone = listings.sponsor[row] < 0
    return value | ({"limit_price": _put(listings.limit_price, row, price)} if alone else {})


def _put(column: NDArray[np.int64], row: int, value: int) -> NDArray[np.int64]:
    changed = column.copy()
    changed[row] = value
    return changed
