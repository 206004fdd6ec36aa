"""What every settlement is held to, checked on every run and printed with its figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fourflow.clearing import Allocation, Cleared
from fourflow.formulation import ArcKind, BundleKind, RowKind, project_value
from fourflow.pricing._ledger import CARRIER, OFFER, ROUNDING, RULE, SPONSOR, Ledger
from fourflow.pricing._lines import over_terms
from fourflow.problem import Leaf
from fourflow.proof import Losses, certify, room_for_rounding

Ints = NDArray[np.object_]
MICRO, BILLION = 10**6, 10**9


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
        _projects(ledger, allocation),
        _carriers(ledger, allocation),
        _sponsors(ledger, allocation),
        _operator(ledger, allocation),
        _uplift(ledger, allocation, losses),
        _identity(cleared, losses),
        _support(cleared, losses),
    )
    failed = [f"{check.claim}: {check.figure}" for check in checks if not check.holds]
    assert not failed, f"the settlement breaks its own rules: {'; '.join(failed)}"
    return checks


def _money(millionths: int | Fraction, allocation: Allocation) -> str:
    return f"{float(Fraction(millionths) / MICRO):,.2f} {allocation.market.currency}"


def _balance(ledger: Ledger, allocation: Allocation) -> Check:
    total, lent = sum(ledger.amount.tolist()), sum(ledger.principal.tolist())
    return Check(
        "what is paid is what is received, to the last millionth, and what is lent is what is borrowed",
        total == lent == 0, _money(abs(total) + abs(lent), allocation),
    )  # fmt: skip


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


def _costs(allocation: Allocation, kind: ArcKind, count: int) -> Ints:
    """What each listing asked for what it gave, or bid for what it got, arc by arc (millionths squared).

    A loan's price is that of its whole term, and one unit of talent that moves asks its move cost with it.
    """
    layout, total = allocation.layout, np.zeros(count, object)
    arcs = layout.arcs(kind)
    arcs = arcs[allocation.flow[arcs] > 0]
    np.add.at(
        total, layout.arc_ref[arcs], allocation.problem.value[arcs].astype(object) * allocation.flow[arcs]
    )
    return total


def _offers(ledger: Ledger, allocation: Allocation) -> Check:
    offers, given, layout = allocation.market.offers, allocation.offered, allocation.layout
    once = np.where(given > 0, offers.fixed_cost, 0).astype(object)
    moves = layout.bundle_ref[(layout.bundle_kind == BundleKind.MOVE) & (allocation.bundle > 0)]
    once[moves] += offers.move_cost[moves]
    least = -_costs(allocation, ArcKind.OFFER, len(given)) + once * BILLION
    margin = _by_ref(ledger, ledger.offer, len(given)) * BILLION - least
    figures = _least_margin(margin // 1000, given > 0, allocation)
    return Check("no offer receives less than its limit price and fixed cost", *figures)


def _needs(ledger: Ledger, allocation: Allocation) -> Check:
    """Without a sponsor the arc's value is the most that is paid; with one the limit over the term is."""
    market, layout = allocation.market, allocation.layout
    bids = _costs(allocation, ArcKind.NEED, len(market.needs))
    arcs = layout.arcs(ArcKind.NEED)
    arcs = arcs[(allocation.flow[arcs] > 0) & (market.needs.sponsor[layout.arc_ref[arcs]] >= 0)]
    need = layout.arc_ref[arcs]
    bids[need] = 0
    term = layout.pool_term_months[layout.arc_pool[arcs]]
    np.add.at(
        bids, need, over_terms(market.needs.limit_price[need], term) * allocation.flow[arcs].astype(object)
    )
    margin = bids + _by_ref(ledger, ledger.need, len(bids)) * BILLION
    figures = _least_margin(margin // 1000, allocation.awarded > 0, allocation)
    return Check("no need pays more than its limit price", *figures)


def _projects(ledger: Ledger, allocation: Allocation) -> Check:
    """Less what its outputs earn, where no sponsor stands behind it."""
    market, count = allocation.market, len(allocation.size)
    limit = np.where(market.projects.sponsor >= 0, market.projects.limit_price, project_value(market))
    paid = -_by_ref(ledger, ledger.project, count)
    out = np.flatnonzero(market.offers.project >= 0)
    out = out[market.projects.sponsor[market.offers.project[out]] < 0]
    earned = _by_ref(ledger, ledger.offer, len(market.offers))[out]
    np.subtract.at(paid, market.offers.project[out], earned)
    margin = limit.astype(object) * allocation.size - paid * BILLION
    figures = _least_margin(margin // 1000, allocation.size > 0, allocation)
    return Check("no project pays more than its limit price and what its outputs earn", *figures)


def _carriers(ledger: Ledger, allocation: Allocation) -> Check:
    layout, value = allocation.layout, allocation.problem.value
    arcs = np.flatnonzero(np.isin(layout.arc_kind, (ArcKind.LANE, ArcKind.TRIP)) & (allocation.flow > 0))
    cost = np.zeros(len(allocation.lane_t), object)
    np.add.at(cost, layout.arc_ref[arcs], -value[arcs].astype(object) * allocation.flow[arcs])
    lane = np.where(ledger.role == CARRIER, ledger.lane, -1)
    margin = _by_ref(ledger, lane, len(cost)) * BILLION - cost
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
    figure = (
        f"{_money(ledger.uplift * MICRO, allocation)} of at most {_money(losses.total * MICRO, allocation)}"
    )
    holds = ledger.uplift <= losses.total or _cross_accounts(ledger, allocation)
    return Check("uplift is at most the gap of the clearing prices", holds, figure)


def _cross_accounts(ledger: Ledger, allocation: Allocation) -> bool:
    """An offer with a switch that trades in several accounts may lose in one what it earns in another; what a
    project makes, or a rule takes, may bring less in a sponsor's account whose budget runs out, or from a
    purse that does not hold the price, and lack in the project's own. Only then can uplift exceed the gap."""
    offers, layout = allocation.market.offers, allocation.layout
    rows = np.flatnonzero(ledger.role == OFFER)
    offer = ledger.offer[rows]
    moved = np.isin(np.arange(len(offers)), layout.bundle_ref[layout.bundle_kind == BundleKind.MOVE])
    switched = ((offers.fixed_cost + offers.min_quantity)[offer] > 0) | moved[offer]
    several = len(np.unique(offer[switched])) < int(switched.sum())
    rows = np.flatnonzero(((ledger.role == OFFER) | (ledger.role == RULE)) & (ledger.account >= 0))
    rows = rows[ledger.account_sponsor[ledger.account[rows]] >= 0]
    made = np.append(offers.project, -1)[ledger.offer[rows]] >= 0
    sold = layout.arcs(ArcKind.OFFER)
    sold = sold[(allocation.flow[sold] > 0) & (layout.pool_project[layout.arc_pool[sold]] >= 0)]
    from_purses = (offers.project[layout.arc_ref[sold]] >= 0).any() or (
        len(sold) and (ledger.rule >= 0).any()
    )
    return bool(several or made.any() or (ledger.rule[rows] >= 0).any() or from_purses)


def _identity(cleared: Cleared, losses: Losses) -> Check:
    """The bound of the price duals, worked out apart from the losses, exceeds the objective by their sum."""
    solution = replace(cleared.solution, proof=Leaf(cleared.solution.price_duals))
    gap = Fraction(certify(cleared.allocation.problem, solution).absolute_gap)
    figure = _money(gap * MICRO, cleared.allocation)
    return Check(
        "bound less objective is the sum of everyone's losses at these prices", gap == losses.total, figure
    )


def _support(cleared: Cleared, losses: Losses) -> Check:
    most = room_for_rounding(cleared.certificate)
    gained, room = (_money(x * MICRO, cleared.allocation) for x in (losses.in_parts, most))
    return Check(
        "with whole decisions as they are, nobody could gain more elsewhere at these prices than the gap",
        losses.in_parts <= most, f"{gained} of at most {room}",
    )  # fmt: skip
