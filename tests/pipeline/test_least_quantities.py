"""What is missing to a least quantity that sponsors want is not given to others at a loss: who would pay?"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from builders import market
from four_kinds import four_kinds
from fourflow.book import Market
from fourflow.formulation import RowKind, formulate
from fourflow.matching import match
from fourflow.pipeline import clear_market
from fourflow.pricing import ROLES, audit, price, settle
from fourflow.problem import Status
from fourflow.proof import losses

FARM = {"id": "farm", "at": "A", "quantity": 3, "price": 3, "least": 3}
SCHOOL = {"id": "school", "at": "A", "quantity": 2, "price": 0, "value": 9, "sponsor": "fund"}


def worth(book: Market) -> float:
    """What the market is worth, cleared and settled with every check."""
    cleared = clear_market(book, gap=1e-9)
    assert cleared.certificate.status == Status.OPTIMAL_WITHIN_GAP
    ledger = settle(cleared, price(cleared))
    audit(cleared, ledger, losses(cleared.allocation.problem, cleared.solution))
    return float(cleared.certificate.objective)


def shop(name: str, limit: Any) -> dict[str, Any]:
    return {"id": name, "at": "A", "quantity": 1, "price": limit}


@pytest.mark.parametrize(("limit", "best"), [(0, 0), (2, 0), (3, 12), (5, 14)])
def test_a_shop_does_not_take_at_a_loss_what_a_school_wants_taken(limit: int, best: int) -> None:
    """3 t at 3, all or nothing: the fund pays 6 for 2 t, so a shop must be worth 3 for the third."""
    assert worth(market([FARM], [SCHOOL, shop("shop", limit)], budgets={"fund": 6})) == best


@pytest.mark.parametrize(("limits", "best"), [((5, 1), 6), ((4, 1), 0)])
def test_shops_may_help_each_other(limits: tuple[int, int], best: int) -> None:
    """A school takes 1 t, two shops 2 t, which are worth 5 and 1 to them: the 6 that they cost. With 4 and 1
    nothing goes."""
    shops = [shop(f"shop-{i}", limit) for i, limit in enumerate(limits)]
    assert worth(market([FARM], [SCHOOL | {"quantity": 1}, *shops], budgets={"fund": 9})) == best


@pytest.mark.parametrize(("value", "best"), [(2, 0), (4, 13)])
def test_a_project_counts_with_what_it_is_worth(value: int, best: int) -> None:
    """The third tonne is for a project: worth 4 it takes it at 3, worth 2 it would have to be paid."""
    book = four_kinds(
        offers=[{"id": "farm", "category": "rice", "quantity": 3, "limit_price": 3, "min_quantity": 3}],
        needs=[
            {"id": "school", "category": "rice", "quantity": 2, "limit_price": 0, "value": 9,
             "sponsor": "fund"},
            {"id": "works-rice", "category": "rice", "quantity": 1, "project": "works"},
        ],
        projects=[{"id": "works", "value": value}],
        budgets={"fund": 6},
    )  # fmt: skip
    assert worth(book) == best


FOUR = FARM | {"quantity": 4, "least": 4}
SCHOOL_AT_B = {"id": "school", "at": "B", "quantity": 2, "price": 0, "value": 20, "sponsor": "fund"}
VAN = {"start": "A", "end": "B", "cost": 0, "trip_cost": 6}


@pytest.mark.parametrize(
    ("trip_t", "budget", "best"),
    [(4, 11, 0), (4, 12, 32), (2, 12, 0), (2, 17, 0), (2, 18, 26), (1, 29, 0), (1, 30, 14)],
)
def test_what_is_missing_is_worth_its_trips_too(trip_t: int, budget: int, best: int) -> None:
    """4 t at 3, all or nothing: the school's 2 t are worth 20 each, the shop's 4 more than they cost: less
    than a trip of 6. In a van of 4 t they go with the school's, whose sponsor pays 6 for these and 6 for
    the van: 32 are won. In vans of 2 t a second one must go, of which the shop can pay 4: only if the budget
    can pay for both and the goods, 18, are 26 won. With vans of 1 t that is 30, and 14 are won."""
    needs = [SCHOOL_AT_B, shop("shop", 5) | {"at": "B", "quantity": 2}]
    assert worth(market([FOUR], needs, [VAN | {"trip_t": trip_t}], budgets={"fund": budget})) == best


def test_a_sponsor_pays_for_the_trips_of_others_only_what_they_cannot() -> None:
    """Two vans of 2 t at 6 are needed. The shop can pay 4 beyond its goods; the fund, rich as it is, 8."""
    needs = [SCHOOL_AT_B, shop("shop", 5) | {"at": "B", "quantity": 2}]
    book = market([FOUR], needs, [VAN | {"trip_t": 2}], budgets={"fund": 99}, settlement="donated")
    cleared = clear_market(book, gap=1e-9)
    ledger = settle(cleared, price(cleared))
    paid: Counter[bool] = Counter()
    for role, account, amount in zip(ledger.role, ledger.account, ledger.amount.tolist(), strict=True):
        if ROLES[int(role)] == "carrier":
            paid[bool(ledger.account_sponsor[account] >= 0)] += amount // 10**6
    assert paid == {True: 8, False: 4}


@pytest.mark.parametrize(("at", "best"), [("A", 10), ("B", 42)])
def test_only_who_wants_a_least_quantity_filled_pays_for_the_trips_of_others(at: str, best: int) -> None:
    """Aid's van of 4 t takes 2 t of salt. With the school at A, the shop's goods would need a trip of their
    own, which they are not worth: aid is not charged for them, and 18 - 2 - 6 are won. With the school at B
    its fund's van takes both: 40 + 18 + 10 - 12 - 2 - 12."""
    clinic = {"id": "clinic", "at": "B", "quantity": 2, "price": 0, "value": 9, "sponsor": "aid"}
    mine = {"id": "mine", "at": "A", "quantity": 2, "price": 1, "category": "salt"}
    needs = [
        SCHOOL_AT_B | {"at": at}, shop("shop", 5) | {"at": "B", "quantity": 2},
        clinic | {"category": "salt"},
    ]  # fmt: skip
    book = market(
        [FOUR, mine], needs, [VAN | {"trip_t": 4}], {"rice": {}, "salt": {}}, budgets={"fund": 99, "aid": 99}
    )
    assert worth(book) == best


def test_a_sponsor_pays_for_a_trip_on_which_it_has_nothing_itself() -> None:
    """The farm gives 3 t at 1 or none. The school beside it takes 1 t, worth 9; the shop's 2 t must go to B,
    worth 4 each: 2 less than they and their trip of 8 cost. The fund pays these 2: 8 + 6 - 8 are won."""
    farm = FARM | {"quantity": 4, "price": 1}
    school = SCHOOL_AT_B | {"at": "A", "quantity": 1, "price": 1, "value": 9}
    vans = [VAN | way | {"trip_t": 3, "trip_cost": 8} for way in ({}, {"start": "B", "end": "A"})]
    needs = [school, shop("shop", 4) | {"at": "B", "quantity": 2}]
    for budget, best in ((7, 0), (8, 6)):
        book = market([farm], needs, vans, budgets={"fund": budget})
        assert worth(book) == best
    cleared = clear_market(book, gap=1e-9)
    ledger = settle(cleared, price(cleared))
    by_fund = (ledger.role == ROLES.index("carrier")) & (ledger.account_sponsor[ledger.account] >= 0)
    assert (ledger.quantity[by_fund].tolist(), ledger.amount[by_fund].tolist()) == ([0], [2 * 10**6])


def test_what_nobody_would_pay_is_left_out_even_where_no_row_forbids_it() -> None:
    """The shop takes 3 t or none; the farm can spare 2, a mill has the third at 10. So the shop would lose 1
    by what fills up the farm's 4 t for the school: 33 in all, but nobody would pay. The school gets the tonne
    of the mill, 10 are won, and 33 is told as the bound. With the mill at 9 the shop loses nothing: 34."""
    needs = [SCHOOL_AT_B | {"at": "A"}, shop("shop", 5) | {"quantity": 3, "least": 3}]
    mill = {"id": "mill", "at": "A", "quantity": 1, "price": 10}
    cleared = clear_market(market([FOUR, mill], needs, budgets={"fund": 12}), gap=1e-9)
    audit(cleared, settle(cleared, price(cleared)), losses(cleared.allocation.problem, cleared.solution))
    assert cleared.certificate.status == Status.GAP_NOT_REACHED
    assert (float(cleared.certificate.objective), float(cleared.certificate.bound)) == (10, 33)
    assert worth(market([FOUR, mill | {"price": 9}], needs, budgets={"fund": 12})) == 34


def test_where_no_sponsor_or_only_sponsors_buy_no_row_is_needed() -> None:
    """The row is there for an offer with a least quantity that may go to both, and for no other."""
    other = SCHOOL | {"id": "clinic"}
    for least, needs, rows in (
        (3, [SCHOOL, shop("shop", 1)], 1), (0, [SCHOOL, shop("shop", 1)], 0), (3, [SCHOOL, other], 0),
        (3, [shop("shop", 1)], 0),
    ):  # fmt: skip
        book = market([FARM | {"least": least}], needs, budgets={"fund": 6})
        _, layout = formulate(book, match(book))
        assert int((layout.row_kind == RowKind.UNAIDED).sum()) == rows
