"""A need that accepts two kinds of goods: places differ by haulage for both, with nothing in between."""

from __future__ import annotations

from builders import market
from fourflow.pipeline import clear_market
from fourflow.pricing import price, settle


def test_kinds_that_meet_in_one_need_leave_nothing_with_the_operator() -> None:
    """All 400 bananas (ask 0.01) and 100 of 1,500 apples (ask 0.05) go by van at 0.04 to a need that
    pays 0.15. Apples are left, so a delivered unit costs 0.09, and bananas fetch 0.05 where they start."""
    cleared = clear_market(
        market(
            offers=[
                {"id": "a", "at": "Utrecht", "quantity": 1500, "price": "0.05", "category": "apples"},
                {"id": "b", "at": "Utrecht", "quantity": 400, "price": "0.01", "category": "bananas"},
            ],
            needs=[
                {
                    "id": "n",
                    "at": "Arnhem",
                    "quantity": 500,
                    "price": "0.15",
                    "accepts": ["apples", "bananas"],
                }
            ],
            lanes=[{"start": "Utrecht", "end": "Arnhem", "cost": "0.04"}],
            categories={"apples": {}, "bananas": {}},
        )
    )
    ledger = settle(cleared, price(cleared))
    amounts = sorted(ledger.amount.tolist())
    assert amounts == [-45_000_000, 0, 5_000_000, 20_000_000, 20_000_000]
