"""Numbers and lists as people read them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from fourflow.report._words import (
    carbon,
    change,
    gap,
    least_money,
    listed,
    money,
    number,
    of_amount,
    percent,
    price_places,
    weight,
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"), (1, "1"), (12345.6, "12,346"), (12.34, "12.3"), (9.999, "10"), (0.01234, "0.0123"),
        (-3.5, "\u22123.5"), (0.1, "0.1"), (999.6, "1,000"),
    ],
)  # fmt: skip
def test_numbers_have_three_significant_digits(value: float, shown: str) -> None:
    """Whole numbers keep all their digits; trailing zeros go."""
    assert number(value) == shown


@pytest.mark.parametrize(
    ("tonnes", "shown"), [(0.25, "250\u00a0kg"), (1, "1\u00a0tonne"), (21.41, "21.4\u00a0tonnes")]
)
def test_weights_below_a_tonne_are_kilograms(tonnes: float, shown: str) -> None:
    assert weight(tonnes) == shown


def test_two_weights_share_a_unit() -> None:
    """The unit is that of the whole; litres stay litres, people are people, money has its sign."""
    assert of_amount(0.5, 10.4, "t") == "0.5 of 10.4\u00a0t"
    assert of_amount(0.5, 0.75, "t") == "500 of 750\u00a0kg"
    assert of_amount(2, 5, "l") == "2 of 5\u00a0l"
    assert of_amount(1, 3, "person") == "1 of 3\u00a0people"
    assert of_amount(1, 1, "licence") == "1 of 1\u00a0licence"
    assert of_amount(20, 60, "GBP") == "£20 of £60"


@pytest.mark.parametrize(
    ("value", "currency", "shown"),
    [
        (31117.76, "GBP", "£31,118"), (-2.5, "EUR", "\u2212€2.50"), (3e6, "USD", "$3\u00a0million"),
        (7, "PLN", "PLN\u00a07"), (127.35, "EUR", "€127.35"), (96.3, "EUR", "€96.30"),
        (0.0042, "EUR", "€0.0042"),
    ],
)  # fmt: skip
def test_money_carries_its_currency(value: float, currency: str, shown: str) -> None:
    assert money(value, currency) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0, "0"), (0.0001, "under 0.1"), (0.004, "0.4"), (0.27, "27"), (0.9999, "over 99.9"), (1, "100")],
)
def test_shares_are_never_rounded_to_none_or_all(share: float, shown: str) -> None:
    assert percent(share) == f"{shown}\u202f%"


def test_a_gap_is_rounded_up() -> None:
    """A proof may claim less than was proved, never more."""
    assert gap(Fraction(12341, 10**6)) == "1.3\u202f%"
    assert gap(Fraction(1, 10**12)) == "0.0001\u202f%"
    assert gap(float("inf")) == "an unknown share"


def test_changes_read_as_comparisons() -> None:
    assert change(123, 100) == "23\u202f% more than"
    assert change(77, 100) == "23\u202f% less than"
    assert change(300, 100) == "3 times as much as"
    assert change(5, 5) == "the same as"


def test_small_things() -> None:
    """Lists, carbon, limits of money and decimals of prices."""
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert carbon(1138) == "1.14\u00a0t"
    assert least_money(0.0001, "GBP") == "under £0.01"
    assert weight(0.9999) == "1\u00a0tonne"
    assert [price_places([size]) for size in (0, 4500, 45.123, 1.5, 0.125, 0.0212)] == [2, 0, 2, 2, 3, 4]
