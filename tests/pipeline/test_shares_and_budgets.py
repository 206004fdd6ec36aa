"""Rules on shares where a sponsor's budget runs out: the books balance all the same."""

from __future__ import annotations

from typing import Any

import pytest

from four_kinds import four_kinds_book
from fourflow.pipeline import clear

OFFERS = [
    {"id": "a", "category": "rice", "quantity": 10, "limit_price": 1},
    {"id": "b", "category": "rice", "quantity": 10, "limit_price": 3},
]
SCHOOL = {
    "id": "school",
    "category": "rice",
    "quantity": 10,
    "limit_price": 0,
    "value": 10,
    "sponsor": "fund",
}
SHOP = {"id": "shop", "category": "rice", "quantity": 4, "limit_price": 2}
CAP = {"id": "cap-a", "measure": "units", "sense": "<=", "limit": "0.5", "share_of_total": "true",
       "offer_participant": "a-owner", "category": "rice"}  # fmt: skip
FLOOR = CAP | {
    "id": "floor-b",
    "sense": ">=",
    "limit": "0.3",
    "offer_participant": "b-owner",
    "sponsor": "green",
}


def won(needs: list[dict[str, Any]], rule: dict[str, Any], budget: int) -> float:
    """What is won, with every check of the settlement."""
    book = four_kinds_book(offers=OFFERS, needs=needs, rules=[rule], budgets={"fund": budget})
    clearing = clear(book, gap=1e-9)
    assert all(check.holds for check in clearing.story.checks)
    return float(clearing.certificate.objective)


@pytest.mark.parametrize(("budget", "best"), [(20, 80), (12, 48), (3, 12), (0, 0)])
def test_a_cap_on_a_share_and_a_budget(budget: int, best: int) -> None:
    """As much from a at 1 as from b at 3, worth 10 each: a budget of 4 buys one of both, and wins 16."""
    assert won([SCHOOL], CAP, budget) == best


@pytest.mark.parametrize(("budget", "best"), [(20, 84), (5, 26.25)])
def test_a_floor_on_a_share_and_a_budget(budget: int, best: float) -> None:
    """3 of 10 from b: a budget of 1.6 buys one tonne."""
    assert won([SCHOOL], FLOOR, budget) == best


def test_a_floor_whose_sponsor_gets_nothing_from_a_budget_that_is_spent() -> None:
    """The school's 3 buy 3 t from a. The shop, to whom a tonne is worth 2, takes 4 t if 2.1 of them come from
    b, which the floor's sponsor makes up for: 27 + 1.9 - 2.1. It would be paid for every tonne of the school
    from a, but the fund has nothing left to pay it with."""
    assert won([SCHOOL, SHOP], FLOOR, 3) == pytest.approx(26.8)


def test_a_loss_for_the_sake_of_a_rule_that_nobody_would_pay_is_left_out() -> None:
    """The shop would take b's rice at a loss of 1 a tonne, so that the school may have more of a's; but the
    fund's 6 are spent, and nobody would pay the shop for it. Without the shop the 6 buy 1.5 t of each: 24."""
    assert won([SCHOOL, SHOP], CAP, 6) == pytest.approx(24)
