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

import numpy as np

from fourflow.book import MICRO, Market
from fourflow.clearing import Allocation
from fourflow.formulation import NodeKind

Again = Callable[[Market], Allocation | None]
"""Clears a changed market to the end: the best allocation, or None where that could not be found in time."""
MOST_STEPS = 60
SLACK = Fraction(1, 10**9)
"""Part of what the market is worth within which two allocations count as equally good."""


@dataclass(frozen=True)
class Edges:
    """first, whole : the prices (millionths) beyond which a first unit, and the whole quantity, is awarded;
    None where no price would do. reachable : millionths beyond the present that could be had at any."""

    first: int | None
    whole: int | None
    reachable: int


def edges(again: Again, now: Allocation, is_need: bool, listing: int, wanted: int) -> Edges | None:
    """Clear again until both prices are known; None where that was not possible in time.

    wanted : millionths beyond what it has that make up the whole.
    """
    search = _Search(again, now.market, is_need, listing)
    try:
        start = search.point(now, search.sign * search.now)
        return search.bent(start, wanted) if search.draws_on_budget(now) else search.straight(start, wanted)
    except _Unknown:
        return None


class _Unknown(Exception):
    """A clearing did not come to its end."""


@dataclass(frozen=True)
class _Point:
    """One allocation: what the listing gets, and what all is worth but for what the listing asks or pays."""

    quantity: int
    others: int

    def worth(self, eagerness: Fraction | int) -> Fraction:
        """In quanta, at one price of the listing."""
        return Fraction(self.others) + 1000 * eagerness * self.quantity


def _crossing(low: _Point, high: _Point) -> Fraction:
    """The eagerness at which both are worth the same."""
    return Fraction(low.others - high.others, 1000 * (high.quantity - low.quantity))


@dataclass
class _Search:
    """Eagerness is the price for a need and minus the price for an offer: more of it never brings less."""

    again: Again
    market: Market
    is_need: bool
    listing: int
    known: dict[int, _Point] = field(default_factory=dict)

    @property
    def sign(self) -> int:
        return 1 if self.is_need else -1

    @property
    def now(self) -> int:
        """The listing's price today in millionths: what counts of a need's value."""
        if not self.is_need:
            return int(self.market.offers.limit_price[self.listing])
        value, limit = (
            int(a[self.listing]) for a in (self.market.needs.value, self.market.needs.limit_price)
        )
        return value if self.market.needs.sponsor[self.listing] >= 0 else min(value, limit)

    def draws_on_budget(self, now: Allocation) -> bool:
        """Whether a sponsor pays what the listing asks: its price then also changes what can be bought."""
        layout = now.layout
        node = np.flatnonzero((layout.node_kind == NodeKind.OFFER) & (layout.node_ref == self.listing))
        pools = layout.arc_pool[np.isin(now.problem.tail, node)]
        return not self.is_need and bool((layout.pool_sponsor[pools[pools >= 0]] >= 0).any())

    def point(self, allocation: Allocation, eagerness: int) -> _Point:
        given = allocation.awarded if self.is_need else allocation.offered
        quantity = int(given[self.listing])
        return _Point(quantity, worth(allocation) - 1000 * eagerness * quantity)

    def at(self, eagerness: int) -> _Point:
        """What is best at one price."""
        if eagerness not in self.known:
            allocation = self.again(
                with_price(self.market, self.is_need, self.listing, self.sign * eagerness)
            )
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
        quantity = int((needs if self.is_need else offers).quantity[self.listing])
        dearest = int(np.abs(prices).max(initial=MICRO)) + int(lanes.cost_per_t.max(initial=0))
        return self.sign * self.now + 20 * dearest + 10 * fixed * MICRO // max(quantity, 1)

    def straight(self, start: _Point, wanted: int) -> Edges:
        most = self.at(self.far)
        if most.quantity <= start.quantity:
            return Edges(None, None, 0)
        first, reached = self._corner(start, most, nearest=True)
        whole = most.quantity >= start.quantity + wanted
        last = self._corner(start, most, nearest=False)[0] if reached != most else first
        if first < self.sign * self.now:
            raise _Unknown  # the allocation was not the best to begin with: a remaining gap
        return Edges(self._price(first), self._price(last) if whole else None, most.quantity - start.quantity)

    def _corner(self, low: _Point, high: _Point, nearest: bool) -> tuple[Fraction, _Point]:
        """The first corner after `low`, or the last before `high`; with the point beyond it."""
        for _ in range(MOST_STEPS):
            edge = _crossing(low, high)
            found = self.at(_ceil(edge))
            slack = SLACK * abs(low.worth(edge)) + 1
            if found.worth(edge) <= low.worth(edge) + slack:
                return edge, high
            if found.quantity <= low.quantity:
                low = found
            elif found.quantity >= high.quantity:
                high = found
            else:
                low, high = (low, found) if nearest else (found, high)
            if low.quantity >= high.quantity:
                break
        raise _Unknown

    def bent(self, start: _Point, wanted: int) -> Edges:
        most = self.at(self.far)
        if most.quantity <= start.quantity:
            return Edges(None, None, 0)
        first = self._halve(start.quantity)
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


def with_price(market: Market, is_need: bool, listing: int, price: int) -> Market:
    """The market with one price changed: of a need the value, and without a sponsor the limit too."""
    if not is_need:
        limit = market.offers.limit_price.copy()
        limit[listing] = price
        return replace(market, offers=replace(market.offers, limit_price=limit))
    needs = market.needs
    value, limit = needs.value.copy(), needs.limit_price.copy()
    value[listing] = price
    if needs.sponsor[listing] < 0:
        limit[listing] = price
    return replace(market, needs=replace(needs, value=value, limit_price=limit))
