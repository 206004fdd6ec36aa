"""Why a project is not carried out, one small book per reason, and what other ids are told."""

from __future__ import annotations

import pytest

from fourflow.errors import SettingsError
from fourflow.pipeline import clear_market
from fourflow.reasons._again import with_price
from fourflow.reasons._graph import WHOLE
from small_books import cleared, line, listing, project, rule

FOOD = listing("o", "food", 2, 1)
LINE = line("l", "p", "food", 2)


def test_a_project_that_displaces_more_than_it_brings_says_by_how_much():
    """2 t cost 2 and are worth 8, but one of them is worth 9 to another: from 10 on it would be done."""
    clearing = cleared([FOOD], [LINE, listing("a", "food", 1, 9)], projects=[project("p", 8)])
    told = clearing.explain("p")
    assert (told.cause, told.size, told.displaced) == ("displaces", 0, 2)
    assert (told.whole.price, told.whole.kind) == (10, "exact")
    assert "less than its value; yet it is better left out: to take them all would displace 2.00" in str(told)
    assert _size(clearing, 10_000_001) == WHOLE
    assert _size(clearing, 9_999_999) == 0


def _size(clearing, value):
    market = clearing.story.cleared.allocation.market
    again = clear_market(with_price(market, "project", 0, value), gap=1e-9)
    return int(again.allocation.size[0])


def test_a_line_that_nobody_offers_is_named():
    """Food is there, a driver is not."""
    told = cleared([FOOD], [LINE, line("m", "p", "driver", 1)], projects=[project("p", 8)]).explain("p")
    assert told.cause == "line"
    assert "Nobody can serve its line m (Driver, 1 item" in str(told)
    assert [row.fails != "" for row in told.lines] == [False, True]


def test_a_line_that_offers_do_not_fit_is_told_with_what_excludes_them():
    """The only driver is in Dover and stays there."""
    offers = [FOOD, listing("d", "driver", 1, 1, at="dover")]
    told = cleared(offers, [LINE, line("m", "p", "driver", 1)], projects=[project("p", 8)]).explain("p")
    assert "Of 1 offer none fits: at another place, not remote, no cost of moving named (1)." in str(told)


def test_a_line_of_which_there_is_too_little_is_named():
    """1 t of food for 2; the driver is there."""
    offers = [FOOD | {"quantity": 1}, listing("d", "driver", 1, 1)]
    told = cleared(offers, [LINE, line("m", "p", "driver", 1)], projects=[project("p", 8)]).explain("p")
    assert told.cause == "line"
    assert "There is not enough for its line l (Food, 2 t in leeds)" in str(told)


def test_a_purse_that_is_too_small_is_told():
    """A grant of 1 does not buy 2 t at 1."""
    offers = [FOOD, listing("f", "money", 1, 0, form="grant")]
    told = cleared(offers, [LINE, line("m", "p", "money", 1)], projects=[project("p", 8)]).explain("p")
    assert told.cause == "money"


def test_a_rule_that_forbids_it_is_named():
    """No more than 1 t of food may go anywhere."""
    rules = [rule("r", "tonnes", "<=", 1, unit="t", category="food")]
    told = cleared([FOOD], [LINE], projects=[project("p", 8)], rules=rules).explain("p")
    assert told.cause == "rule"
    assert "only without the rule 'r' (at most 1 tonnes)" in str(told)


def test_a_project_carried_out_in_part_says_how_far():
    """Half of what it needs is there."""
    told = cleared([FOOD | {"quantity": 1}], [LINE], projects=[project("p", 8, "proportional")]).explain("p")
    assert float(told.size) == pytest.approx(0.5)
    assert "carried out at 50 %" in str(told)


def test_a_project_in_full_has_nothing_to_explain():
    """Everything is there."""
    told = cleared([FOOD], [LINE], projects=[project("p", 8)]).explain("p")
    assert (told.cause, told.size) == ("done", 1)


def test_a_participant_is_told_about_its_listings_and_others_get_a_suggestion():
    """`a-owner` lists one need; `a-ownr` is nobody."""
    clearing = cleared([FOOD], [listing("a", "food", 1, 9)])
    assert "a-owner is a participant with 1 listing. a asked for 1 t" in str(clearing.explain("a-owner"))
    with pytest.raises(SettingsError, match="Maybe 'a-owner' is meant"):
        clearing.explain("a-ownr")


def test_answers_turn_into_plain_values():
    """Nothing but text, lists and dictionaries."""
    told = cleared([FOOD], [LINE], projects=[project("p", 8)]).explain("p").to_dict()
    assert told["lines"][0]["listing"] == "l"
    assert isinstance(told["value"], str)


def test_an_id_of_a_need_and_a_project_is_answered_for_both():
    """Both are called mill: each is told, on a line of its own."""
    need = listing("mill", "food", 9, 3)
    told = cleared([FOOD], [need, line("l", "mill", "food", 1)], projects=[project("mill", 8)]).explain(
        "mill"
    )
    first, second = str(told).splitlines()
    assert first.startswith("mill asked for 9 t of Food")
    assert second.startswith("mill is a project")
    assert [answer["side"] for answer in told.to_dict()["answers"]] == ["need", "project"]
