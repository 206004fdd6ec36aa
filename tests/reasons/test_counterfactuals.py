"""Changes that reasons claim, made in the rows of random books of every kind, which are then cleared anew."""

from __future__ import annotations

import pytest
from counterfactuals import Tally, judge

NUM_SHORT, NUM_LONG = 20, 1_000
PRICE_AND_QUANTITY = (
    "first price", "first price, before", "whole price", "whole price, before", "quantity",
)  # fmt: skip


def test_claims_hold_when_the_changed_book_is_cleared() -> None:
    """20 books: beyond each exact price it is awarded and before it not; with each other quantity, date, room
    or limit it gets at least what was said."""
    tally = Tally()
    for seed in range(600, 600 + NUM_SHORT):
        judge(seed, tally)
    assert tally.claims.total() > 60
    assert tally.broken == []
    assert tally.unjudged <= 0.05 * tally.claims.total()


@pytest.mark.long
def test_claims_about_a_thousand_books_hold_99_times_in_100() -> None:
    """The same in bulk: prices and quantities 99 %, and all levers together."""
    tally = Tally()
    for seed in range(300_000, 300_000 + NUM_LONG):
        judge(seed, tally)
    assert tally.share(*PRICE_AND_QUANTITY) >= 0.99, tally.broken
    assert tally.share() >= 0.99, tally.broken
