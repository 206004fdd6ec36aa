"""What a listing counts for in the arrays: worth, quantity that can be traded, budget of its sponsor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fourflow.book import CAPITAL, MICRO, UNLIMITED, Market
from fourflow.errors import ProblemError
from fourflow.matching import is_budget

I64 = NDArray[np.int64]
PRICE = 1000
"""From millionths of money (the market) to billionths (arc values)."""


def pays(market: Market) -> I64:
    """The most each need pays for a unit, in millionths; a line pays nothing, its project does."""
    return np.where(market.needs.project >= 0, 0, market.needs.limit_price)


def effective_value(market: Market) -> I64:
    """What a unit counts for each need, in millionths: its value where a sponsor stands behind it, else at
    most what it pays itself, since nobody would pay the difference. A line counts through its project."""
    needs = market.needs
    own = np.minimum(needs.value, needs.limit_price)
    return np.where(needs.project >= 0, 0, np.where(needs.sponsor >= 0, needs.value, own))


def project_value(market: Market) -> I64:
    """What each project counts for at full size, in millionths of money, by the same rule."""
    projects = market.projects
    own = np.minimum(projects.value, projects.limit_price)
    return np.where(projects.sponsor >= 0, projects.value, own)


def is_capital(market: Market) -> NDArray[np.bool_]:
    """bool[num_needs]: asks for capital; what a need accepts is all of one kind."""
    first = market.needs.categories.index[market.needs.categories.indptr[:-1]]
    capital: NDArray[np.bool_] = market.categories.kind[first] == CAPITAL
    return capital


def is_funded(market: Market) -> NDArray[np.bool_]:
    """bool[num_projects]: has a line of capital, so that what it buys is paid from that and its own money."""
    needs = market.needs
    funded = np.zeros(len(market.projects) + 1, np.bool_)
    funded[needs.project[is_capital(market) & (needs.project >= 0)]] = True
    return funded[:-1]


def usable(market: Market) -> tuple[I64, I64]:
    """What of each offer and need can be traded at all: in lots, whole multiples of them.

    A need that accepts several categories is cut to what their lots have in common, and left as it is
    where one of them comes loose. Cutting loses no allocation, and keeps the bound from counting on it. A
    line is not cut: its project needs all of it, and takes what is left over from the last lot.
    """
    step, needs, offers = market.categories.step, market.needs, market.offers
    flat, starts = step[needs.categories.index], needs.categories.indptr[:-1]
    if len(starts):
        loose = np.minimum.reduceat(flat, starts) == 0
        common = np.where(loose | (needs.project >= 0), 0, np.gcd.reduceat(flat, starts))
    else:
        common = flat
    supply = _cut(offers.quantity, step[offers.category])
    return np.where(offers.quantity == UNLIMITED, UNLIMITED, supply), _cut(needs.quantity, common)


def _cut(quantity: I64, lot: I64) -> I64:
    return quantity - np.where(lot > 0, quantity % np.maximum(lot, 1), 0)


def left_over(market: Market) -> I64:
    """What each line may get beyond its quantity, in millionths: the rest of its last lot, or one quantum.
    int64[num_needs], 0 for needs that are no line."""
    needs = market.needs
    found = np.zeros(len(needs), np.int64)
    for need in np.flatnonzero(needs.project >= 0).tolist():
        step = market.categories.step[needs.categories[need]]
        found[need] = (-needs.quantity[need] % np.maximum(step, 1)).max() if step.any() else 1
    return found


def size_step(made: I64) -> I64:
    """What one step of a project's size makes of an output, rounded up to whole millionths.

    A third of a size is no whole number of steps, and what comes of it no whole number of millionths: so much
    more may be given where somebody asks for a least quantity, who asks for just that and would get nothing.
    It shows in the gap, so nobody else is given that room, nor is what makes less than one unit.
    made : at full size.
    """
    return np.where(made >= MICRO, -(-made // 10**9), 0)


def over_term(money: I64, months: int, up: bool) -> I64:
    """A charge per money and year (millionths) as billionths per money over a loan's months; 0 = no term."""
    if months == 0:
        return money * PRICE
    sign = -1 if up else 1
    exact = [sign * (sign * int(m) * PRICE * months // 12) for m in money]
    if exact and max(abs(value) for value in exact) >= 2**62:
        raise ProblemError(
            f"a charge over {months} months is above 4e9 per unit of money. Maybe a limit_price of a loan is"
            " written as money instead of money per money and year (5 % is 0.05).",
            code="formulation.capital.too_dear",
        )
    return np.array(exact, np.int64)


def budget_of(market: Market) -> dict[int, int]:
    """Each sponsor's budget in millionths of money: the tightest of the budget rules that name it."""
    budgets: dict[int, int] = {}
    for rule in market.rules:
        if is_budget(rule):
            budgets[rule.sponsor] = min(rule.limit, budgets.get(rule.sponsor, rule.limit))
    return budgets
