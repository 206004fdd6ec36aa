"""What is missing to a least quantity that sponsors want is not given to others at a loss: who would pay?"""

from __future__ import annotations

from typing import Any

import pytest

from builders import market
from four_kinds import four_kinds
from fourflow.book import Market
from fourflow.formulation import RowKind, formulate
from fourflow.matching import match
from fourflow.pipeline import clear_market
from fourflow.pricing import audit, price, settle
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
