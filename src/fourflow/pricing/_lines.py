"""Lines: what each listing, lane, project and rule gets or pays in one account, before what is shared.

A line is the sum over the arcs of one of them in one account. Its amounts are Python integers of
tariff.unit x quantity, far finer than a millionth of money; where a budget's factor would break them,
receivers are rounded down and payers up, so that nothing is promised that nobody pays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.clearing import Allocation
from fourflow.formulation import effective_value
from fourflow.pricing._tariff import Tariff

I64 = NDArray[np.int64]
Ints = NDArray[np.object_]
PRICE = 1000
"""Arc values are billionths of money, the market's prices millionths."""


@dataclass(frozen=True)
class Lines:
    """account, ref : int64[n]; quantity : Python integers (millionths of a unit, of a tonne on lanes; a
    project's size in billionths).

    Receivers (offers, lanes, rules): base is the least they accept, top what clearing prices give them.
    Payers (needs, projects, floors): base is what they pay at clearing prices, top the most they pay.
    """

    account: I64
    ref: I64
    quantity: Ints
    base: Ints
    top: Ints

    def total(self, amounts: Ints, num_accounts: int) -> Ints:
        """Sum of the amounts in each account."""
        return sum_by(amounts, self.account, num_accounts)

    def only(self, chosen: NDArray[Any]) -> Lines:
        """Some of these lines."""
        return Lines(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def plus(self, base: Ints, top: Ints) -> Lines:
        """The same lines with more at base and top."""
        return replace(self, base=self.base + base, top=self.top + top)

    def of(self, refs: I64) -> dict[int, list[int]]:
        """The lines of each of the given refs."""
        found: dict[int, list[int]] = {}
        for i in np.flatnonzero(np.isin(self.ref, refs)).tolist():
            found.setdefault(int(self.ref[i]), []).append(i)
        return found


@dataclass(frozen=True)
class Traded:
    """Arcs with a flow of one kind: their ref, pool, account and flow; their pool's factor as a fraction."""

    arc: I64
    ref: I64
    pool: I64
    account: I64
    flow: Ints
    numerator: Ints
    denominator: Ints

    @staticmethod
    def of(allocation: Allocation, tariff: Tariff, arcs: I64, account: I64) -> Traded:
        layout = allocation.layout
        pool = layout.arc_pool[arcs].astype(np.int64)
        numerator = np.array([f.numerator for f in tariff.factor] or [1], object)[pool]
        denominator = np.array([f.denominator for f in tariff.factor] or [1], object)[pool]
        ref, flow = layout.arc_ref[arcs].astype(np.int64), allocation.flow[arcs].astype(object)
        return Traded(arcs, ref, pool, account, flow, numerator, denominator)

    def down(self, price: Ints) -> Ints:
        """What this price comes to in money, rounded down: for receivers."""
        return np.asarray(price * self.flow * self.numerator // self.denominator, object)

    def up(self, price: Ints) -> Ints:
        """Rounded up: for payers."""
        return np.asarray(-(-price * self.flow * self.numerator // self.denominator), object)

    def only(self, chosen: NDArray[Any]) -> Traded:
        """Some of these arcs."""
        return Traded(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Trade:
    """All lines, also of purses: what a project with capital buys is a line of its own.

    rules : what each rule takes, as base and top; bought : what projects pay for their lines at clearing
    prices, likewise.
    """

    offers: Lines
    lanes: Lines
    rules: Lines
    needs: Lines
    bought: Lines


@dataclass(frozen=True)
class Numbering:
    """Accounts: sponsors first, then the parts without one; after these come purses, which end up in the
    part of their project.

    sponsor : int64[num_accounts], -1 for a part; home : int64[num_projects], the account in which a project
    that is carried out pays; purse : int64[num_purses], the project of each purse.
    """

    sponsor: I64
    home: I64
    purse: I64

    @property
    def count(self) -> int:
        return len(self.sponsor)

    def proper(self, account: I64) -> I64:
        """The accounts, purses replaced by the part that they are in."""
        own = np.append(np.arange(self.count), self.home[self.purse])
        return np.asarray(own[account], np.int64)


def sum_by(amounts: Ints, group: I64, num_groups: int) -> Ints:
    """Sum of the amounts of each group."""
    total = np.zeros(num_groups, object)
    np.add.at(total, group, amounts)
    return total


def gather(account: I64, ref: I64, quantity: Ints, base: Ints, top: Ints) -> Lines:
    """One line per (account, ref)."""
    width = int(ref.max(initial=0)) + 1
    key, group = np.unique(account * width + ref, return_inverse=True)
    quantity, base, top = (sum_by(column, group, len(key)) for column in (quantity, base, top))
    return Lines(key // width, key % width, quantity, base, top)


def hub_prices(tariff: Tariff, hub: NDArray[np.uint32]) -> Ints:
    """Before the factor of whoever pays."""
    return np.asarray(-tariff.node_dual[hub].astype(object) * tariff.per_node, object)


def values(allocation: Allocation, tariff: Tariff, arcs: I64) -> Ints:
    """The arcs' values in fine units."""
    return np.asarray(allocation.problem.value[arcs].astype(object) * tariff.per_value, object)


def offer_lines(allocation: Allocation, tariff: Tariff, offers: Traded, needs: Traded) -> Lines:
    """Base: the ask. Top: the price of the hub less what rules take, and what needs pay for switches."""
    ask = -values(allocation, tariff, offers.arc) * offers.flow
    price = hub_prices(tariff, allocation.problem.head[offers.arc]) - tariff.charge[offers.arc]
    # A pool with such a switch has one offer (it is a class of its own).
    offer_of_pool = np.zeros(len(allocation.layout.pool_sponsor), np.int64)
    offer_of_pool[offers.pool] = offers.ref
    link = needs.only(np.flatnonzero(tariff.rent[needs.arc] > 0))
    nothing = np.zeros(len(link.arc), object)
    return gather(
        np.concatenate([offers.account, link.account]),
        np.concatenate([offers.ref, offer_of_pool[link.pool]]),
        np.concatenate([offers.flow, nothing]),
        np.concatenate([ask, nothing]),
        np.concatenate([offers.down(price), link.down(tariff.rent[link.arc])]),
    )


def lane_lines(allocation: Allocation, tariff: Tariff, lanes: Traded) -> Lines:
    """Base: haulage. Top: haulage and what scarcity adds."""
    weight = allocation.market.categories.tonnes_per_unit[allocation.layout.pool_category[lanes.pool]]
    haulage = -values(allocation, tariff, lanes.arc) * lanes.flow
    top = haulage + lanes.down(tariff.rent[lanes.arc])
    lines = gather(lanes.account, lanes.ref, lanes.flow * weight, haulage, top)
    return replace(lines, quantity=lines.quantity // 10**6)


def need_lines(allocation: Allocation, tariff: Tariff, needs: Traded) -> Lines:
    """Base: the price of the hub (and of switches and rules), at most the limit. Top: the limit.

    With a sponsor the limit is `limit_price`, without one the smaller of that and `value`, which is the
    value of the arc. What is paid for a loan is its charge over the whole term.
    """
    market, layout = allocation.market, allocation.layout
    most = values(allocation, tariff, needs.arc) * needs.flow
    sponsored = np.flatnonzero(layout.pool_sponsor[needs.pool] >= 0)
    differ = sponsored[
        effective_value(market)[needs.ref[sponsored]] != market.needs.limit_price[needs.ref[sponsored]]
    ]
    term = layout.pool_term_months[needs.pool[differ]]
    limit = over_terms(market.needs.limit_price[needs.ref[differ]], term)
    most[differ] = limit * tariff.per_value * needs.flow[differ]
    price = hub_prices(tariff, allocation.problem.tail[needs.arc]) + tariff.need_rent(needs.arc)
    return gather(needs.account, needs.ref, needs.flow, np.minimum(needs.up(price), most), most)


def over_terms(limit: I64, term_months: NDArray[np.int32]) -> Ints:
    """What needs pay at most for a unit, in billionths: over the whole term of a loan, rounded down."""
    months = np.where(term_months > 0, term_months, 12).astype(object)
    return np.asarray(limit.astype(object) * PRICE * months // 12, object)


def bought_by_projects(allocation: Allocation, tariff: Tariff, lines: Traded) -> Lines:
    """What each project's lines cost at clearing prices: base and top alike."""
    project = allocation.market.needs.project[lines.ref].astype(np.int64)
    price = hub_prices(tariff, allocation.problem.tail[lines.arc]) + tariff.need_rent(lines.arc)
    paid = lines.up(price)
    return gather(lines.account, project, np.zeros(len(paid), object), paid, paid)


def rule_lines(tariff: Tariff, arcs: Traded) -> Lines:
    """What each rule takes from the arcs that it charges (below 0: gives to them), as base and top."""
    charges, position = tariff.charges, {int(arc): i for i, arc in enumerate(arcs.arc)}
    used = [(i, position[arc]) for i, arc in enumerate(charges.arc.tolist()) if arc in position]
    entry = np.array([i for i, _ in used], np.int64)
    at = arcs.only(np.array([j for _, j in used], np.int64))
    taken = at.down(charges.amount[entry])
    return gather(at.account, charges.rule[entry], np.zeros(len(entry), object), taken, taken)


def per_millionth(tariff: Tariff) -> int:
    """Fine units in a millionth of money."""
    number = Fraction(1, 10**6) / (tariff.unit * Fraction(1, 10**6))
    assert number.denominator == 1
    return int(number)
