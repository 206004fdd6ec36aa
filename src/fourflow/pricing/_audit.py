"""What every settlement is held to, checked on every run and printed with its figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fourflow.clearing import Allocation, Cleared
from fourflow.formulation import ArcKind, RowKind, effective_value
from fourflow.pricing._ledger import CARRIER, OFFER, ROUNDING, SPONSOR, Ledger
from fourflow.problem import Leaf
from fourflow.proof import Losses, certify

Ints = NDArray[np.object_]
MICRO = 10**6


@dataclass(frozen=True)
class Check:
    """One claim about the settlement, whether it holds, and the figure that shows it."""

    claim: str
    holds: bool
    figure: str


def audit(cleared: Cleared, ledger: Ledger, losses: Losses) -> tuple[Check, ...]:
    """Check what section 7 of DESIGN promises. A claim that fails is a programmer's mistake, so it is
    asserted; `losses` are those of `proof.losses` at the solution's price duals."""
    allocation = cleared.allocation
    checks = (
        _balance(ledger, allocation),
        _offers(ledger, allocation),
        _needs(ledger, allocation),
        _carriers(ledger, allocation),
        _sponsors(ledger, allocation),
        _operator(ledger, allocation),
        _uplift(ledger, allocation, losses),
        _identity(cleared, losses),
    )
    failed = [f"{check.claim}: {check.figure}" for check in checks if not check.holds]
    assert not failed, f"the settlement breaks its own rules: {'; '.join(failed)}"
    return checks


def _money(millionths: int | Fraction, allocation: Allocation) -> str:
    return f"{float(Fraction(millionths) / MICRO):,.2f} {allocation.market.currency}"


def _balance(ledger: Ledger, allocation: Allocation) -> Check:
    total = sum(ledger.amount.tolist())
    return Check(
        "what is paid is what is received, to the last millionth", total == 0, _money(total, allocation)
    )


def _by_ref(ledger: Ledger, ref: NDArray[np.int64], count: int) -> Ints:
    """Sum of the amounts of each listing or lane: Python integers [count]."""
    total = np.zeros(count, object)
    rows = np.flatnonzero(ref >= 0)
    np.add.at(total, ref[rows], ledger.amount[rows].astype(object))
    return total


def _least_margin(margin: Ints, traded: NDArray[np.bool_], allocation: Allocation) -> tuple[bool, str]:
    """Whether no margin (in millionths squared) is negative, and the least of those who traded."""
    least = min(margin[traded], default=0)
    return least >= 0, f"least margin {_money(Fraction(least, MICRO), allocation)}"


def _offers(ledger: Ledger, allocation: Allocation) -> Check:
    offers, given = allocation.market.offers, allocation.offered.astype(object)
    least = offers.limit_price * given + np.where(given > 0, offers.fixed_cost.astype(object) * MICRO, 0)
    margin = _by_ref(ledger, ledger.offer, len(given)) * MICRO - least
    figures = _least_margin(margin, allocation.offered > 0, allocation)
    return Check("no offer receives less than its limit price and fixed cost", *figures)


def _needs(ledger: Ledger, allocation: Allocation) -> Check:
    market, got = allocation.market, allocation.awarded.astype(object)
    limit = np.where(market.needs.sponsor >= 0, market.needs.limit_price, effective_value(market))
    margin = limit * got + _by_ref(ledger, ledger.need, len(got)) * MICRO
    figures = _least_margin(margin, allocation.awarded > 0, allocation)
    return Check("no need pays more than its limit price", *figures)


def _carriers(ledger: Ledger, allocation: Allocation) -> Check:
    layout, value = allocation.layout, allocation.problem.value
    arcs = np.flatnonzero(np.isin(layout.arc_kind, (ArcKind.LANE, ArcKind.TRIP)) & (allocation.flow > 0))
    cost = np.zeros(len(allocation.lane_t), object)
    np.add.at(cost, layout.arc_ref[arcs], -value[arcs].astype(object) * allocation.flow[arcs])
    lane = np.where(ledger.role == CARRIER, ledger.lane, -1)
    margin = _by_ref(ledger, lane, len(cost)) * 10**9 - cost
    figures = _least_margin(margin // 1000, allocation.lane_t > 0, allocation)
    return Check("no carrier receives less than haulage and trips cost", *figures)


def _sponsors(ledger: Ledger, allocation: Allocation) -> Check:
    layout = allocation.layout
    paid = {
        int(ledger.participant[i]): -int(ledger.amount[i]) for i in np.flatnonzero(ledger.role == SPONSOR)
    }
    rows = np.flatnonzero(layout.row_kind == RowKind.BUDGET)
    budget = {int(layout.row_ref[k]): int(allocation.problem.coupling_upper[k]) for k in rows}
    holds = all(spent <= budget[who] for who, spent in paid.items())
    spent, have = sum(paid.values()), sum(budget.values())
    return Check(
        "no sponsor pays more than its budget", holds,
        f"{_money(spent, allocation)} of {_money(have, allocation)}",
    )  # fmt: skip


def _operator(ledger: Ledger, allocation: Allocation) -> Check:
    rest = int(ledger.amount[ledger.role == ROUNDING].sum())
    return Check(
        "the operator loses at most a millionth per trade", rest >= -len(ledger), _money(rest, allocation)
    )


def _uplift(ledger: Ledger, allocation: Allocation, losses: Losses) -> Check:
    """An offer with a switch that trades in several accounts may lose in one what it earns in another:
    only then can uplift exceed the gap."""
    offers = allocation.market.offers
    rows = np.flatnonzero(ledger.role == OFFER)
    switched = (offers.fixed_cost + offers.min_quantity)[ledger.offer[rows]] > 0
    several = len(np.unique(ledger.offer[rows][switched])) < int(switched.sum())
    figure = (
        f"{_money(ledger.uplift * MICRO, allocation)} of at most {_money(losses.total * MICRO, allocation)}"
    )
    holds = several or ledger.uplift <= losses.total
    return Check("uplift is at most the gap of the clearing prices", holds, figure)


def _identity(cleared: Cleared, losses: Losses) -> Check:
    """The bound of the price duals, worked out apart from the losses, exceeds the objective by their sum."""
    solution = replace(cleared.solution, proof=Leaf(cleared.solution.price_duals))
    gap = Fraction(certify(cleared.allocation.problem, solution).absolute_gap)
    figure = _money(gap * MICRO, cleared.allocation)
    return Check(
        "bound less objective is the sum of everyone's losses at these prices", gap == losses.total, figure
    )
