"""How rules stand: worked by hand, three participants at a time."""

from __future__ import annotations

from typing import Any

import pytest

from four_kinds import four_kinds
from fourflow.pipeline import clear_market
from fourflow.pricing import Standing, price, settle, standings
from fourflow.report._rule_section import in_words

FARM = {"id": "farm", "category": "rice", "quantity": 10, "limit_price": 1}
INN = {"id": "inn", "category": "rice", "quantity": 10, "limit_price": 5}


def standing(**tables: Any) -> tuple[Standing, str]:
    """The only rule of a market of one farm and one inn: how it stands, and what it says."""
    market = four_kinds(offers=[FARM], needs=[INN], **tables)
    cleared = clear_market(market, gap=1e-9)
    (found,) = standings(cleared, settle(cleared, price(cleared)))
    return found, in_words(market, market.rules[0])


def test_a_limit_that_binds_is_worth_what_one_tonne_more_would_bring() -> None:
    """The farm asks 1, the inn pays 5, of 10 t only 4 may be given: a fifth tonne would bring 4."""
    rule = {"id": "cap", "measure": "tonnes", "sense": "<=", "limit": 4, "unit": "t", "category": "rice"}
    found, words = standing(rules=[rule])
    assert (found.used, found.binds) == (pytest.approx(4), True)
    assert found.worth == pytest.approx(4)
    assert words == "at most 4\u00a0tonnes of rice"


def test_a_limit_with_room_costs_nothing() -> None:
    """All 10 t are given, 12 may be."""
    rule = {"id": "cap", "measure": "tonnes", "sense": "<=", "limit": 12, "unit": "t", "need_place": "A"}
    found, words = standing(rules=[rule])
    assert found == Standing(0, pytest.approx(10), False, 0.0, ())  # type: ignore[arg-type]
    assert words == "at most 12\u00a0tonnes for A"


def test_the_rent_of_a_limit_is_its_owners() -> None:
    """Who names an owner pays it what the limit is worth: 4 a tonne on 4 t."""
    rule = {"id": "cap", "measure": "units", "sense": "<=", "limit": 4, "unit": "t", "category": "rice"}
    found, _ = standing(rules=[rule | {"owner": "farm-owner"}])
    assert found.paid == ((0, pytest.approx(16)),)


def test_a_budget_says_what_its_sponsor_pays() -> None:
    """The inn pays nothing itself, the fund has 6: at 1 a tonne 6 t are given."""
    free = INN | {"limit_price": 0, "value": 5, "sponsor": "fund"}
    market = four_kinds(offers=[FARM], needs=[free], budgets={"fund": 6})
    cleared = clear_market(market, gap=1e-9)
    (found,) = standings(cleared, settle(cleared, price(cleared)))
    assert found.used == pytest.approx(6)
    assert found.binds
    assert found.worth == pytest.approx(4)  # a pound more buys a tonne worth 5
    assert [money for _, money in found.paid] == [pytest.approx(-6)]
    assert in_words(market, market.rules[0]) == "at most £6 from the budget of fund"
