"""Causes that are easily mistaken for each other, each in a market of its own, and bottlenecks by name."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from test_sentences import LEEDS, ROAD, YORK

from builders import market, ragged
from feasible import objective
from four_kinds import four_kinds
from fourflow.pipeline import clear_market
from fourflow.reasons import give_reasons

VAN = ROAD | {"cost": 0, "trip_t": 10, "trip_cost": 20}
WHOLE = {"goods": {"whole": True}}


def reasons(*args, **kwargs):
    return of(market(*args, **kwargs))


def of(book):
    return give_reasons(clear_market(book, gap=1e-9))


def test_a_trip_that_does_not_pay_is_told_with_its_cost_and_load():
    """4 t at a surplus of 3 do not pay for a trip of 20: the lane is not full, the trip is not worth it."""
    found = reasons([LEEDS], [YORK], [VAN])
    for listing, other in (
        ("n1", "In Leeds there is 10 t left (o1)"),
        ("o1", "In York 4 t more is wanted (n1)"),
    ):
        told = found.explain(listing)
        assert told.cause == "trip"
        assert other in str(told)
        assert "the van from Leeds to York goes in whole trips, 20.00 GBP for each of up to 10 t" in str(told)


def test_too_dear_even_in_a_full_van_says_so():
    """A trip of 20 for 10 t is 2 a tonne at least: 4 with the ask, and it pays 3.5."""
    told = reasons([LEEDS], [YORK | {"price": "3.5"}], [VAN]).explain("n1")
    assert told.cause == "price"
    assert "costs 4.00 GBP per t with haulage in full loads, more than the 3.50 that it pays" in str(told)


def test_a_van_that_goes_anyway_has_room_at_no_cost():
    """One need pays for the trip; the other, worth less than the trip's share, rides along."""
    found = reasons([LEEDS], [YORK | {"price": 9}, YORK | {"id": "n2", "quantity": 1, "price": 3}], [VAN])
    assert found.explain("n2").cause == "done"


def test_a_lane_that_carries_other_goods_only_is_not_no_lane():
    """The only road carries soap; rice waits at the other end of it."""
    book = market([LEEDS | {"category": "rice"}], [YORK | {"category": "rice"}], [ROAD],
                  categories={"rice": {}, "soap": {}})  # fmt: skip
    found = of(replace(book, lanes=replace(book.lanes, carries=ragged([[1]]))))
    for listing in ("n1", "o1"):
        assert found.explain(listing).cause == "not_carried"
        assert "do not carry it all the way" in str(found.explain(listing))


def test_a_way_that_takes_too_long_is_told_with_both_days():
    """On offer on day 5 and four days on the road; wanted until day 6. Day 20,000 is 4 October 2024."""
    found = reasons(
        [LEEDS | {"from_day": 5}], [YORK | {"until_day": 6}], [ROAD | {"days": 4}], time_step_days=1
    )
    told = found.explain("n1")
    assert told.cause == "too_late"
    assert "(o1 in Leeds) could not be there before 13 October 2024" in str(told)
    assert "wanted only until 10 October 2024" in str(told)
    assert found.explain("o1").cause == "too_late"


@pytest.mark.parametrize(
    ("ends", "words"),
    [({"use_by_day": 3}, "its use-by date"), ({"until_day": 3}, "since the offer ends")],
)
def test_what_may_not_be_used_any_more_names_the_day_that_ends_it(ends, words):
    """Wanted from day 5; it is there until day 3."""
    told = reasons([LEEDS | ends], [YORK | {"from_day": 5}], [ROAD], time_step_days=1).explain("n1")
    assert told.cause == "too_late"
    assert f"only until 7 October 2024 ({words}), and it is wanted only from 9 October 2024" in str(told)


def test_no_lane_at_all_is_still_said():
    """A place that no lane leads to."""
    found = reasons([LEEDS, {"id": "o2", "at": "Far", "quantity": 5, "price": 1}], [YORK], [ROAD])
    assert "no lane leads from here to there" in str(found.explain("o2"))


def test_what_is_left_of_whole_units_is_told():
    """2.5 asked for, 2 there and had: half a unit is less than one; with 1 there, one more could be had."""
    all_there = reasons([LEEDS], [YORK | {"quantity": "2.5"}], [ROAD], categories=WHOLE).explain("n1")
    assert all_there.cause == "lot"
    assert "only in whole units (t), and the missing 0.5 t is less than one" in str(all_there)
    one_there = reasons([LEEDS | {"quantity": 1}], [YORK | {"quantity": "2.5"}], [ROAD], categories=WHOLE)
    told = str(one_there.explain("n1"))
    assert "There is no more of it within reach." in told
    assert "only in whole units (t), so no more than 2 t of the 2.5 t could be had" in told


def test_lots_are_told_by_their_size():
    """7 t in lots of 4."""
    told = reasons([LEEDS], [YORK | {"quantity": 7}], [ROAD], categories={"rice": {"lot": 4}}).explain("n1")
    assert "only in lots of 4 t, and the missing 3 t is less than one" in str(told)


def test_an_offer_that_nobody_wants_more_of_is_not_said_to_be_outbid():
    """Its only need is met in full."""
    told = reasons([LEEDS], [YORK], [ROAD]).explain("o1")
    assert str(told).endswith("Nobody within reach wants more.")


def test_one_offer_used_up_is_named_with_its_giver_while_others_have_some_left():
    """2 t in Leeds are gone, 50 t in Far cannot travel: goods are not used up, o1 is."""
    offers = [LEEDS | {"quantity": 2, "price": 1}, {"id": "o2", "at": "Far", "quantity": 50, "price": 1}]
    book = market(offers, [YORK], [ROAD])
    (found,) = of(book).bottlenecks
    assert (found.kind, found.name) == ("offer", "goods from o1-owner (o1)")
    assert found.exact
    assert worth_of_more(book, 0) == pytest.approx(found.worth) == pytest.approx(3)


def test_a_category_is_called_used_up_where_nothing_of_it_is_left():
    """Both offers are gone; a unit more in York, asked 1 for and worth 5, brings most."""
    offers = [LEEDS | {"quantity": 2, "price": 1}, {"id": "o2", "at": "York", "quantity": 1, "price": 1}]
    book = market(offers, [YORK], [ROAD])
    (found,) = of(book).bottlenecks
    assert (found.kind, found.name, found.exact) == ("goods", "goods", True)
    assert worth_of_more(book, 1) == pytest.approx(found.worth) == pytest.approx(4)


CALL = {"offers": [{"id": "grant", "category": "money", "quantity": 90, "form": "grant", "limit_price": 0},
                   {"id": "cook", "category": "cook", "quantity": 1, "limit_price": 5}],
        "projects": [{"id": "a", "value": 50}, {"id": "b", "value": 40}, {"id": "c", "value": 30}],
        "needs": [{"id": "a-m", "category": "money", "quantity": 60, "project": "a"},
                  {"id": "b-m", "category": "money", "quantity": 50, "project": "b"},
                  {"id": "c-m", "category": "money", "quantity": 70, "project": "c"},
                  {"id": "c-t", "category": "cook", "quantity": 2, "project": "c"}]}  # fmt: skip


def test_what_projects_lack_is_a_bottleneck():
    """60 of 90 go to a. For want of 20 more b waits, worth 40, and c too, which also wants a second cook: the
    grant is worth 40 / 20 a unit, if all 20 come, and a cook alone nothing."""
    book = four_kinds(**CALL)
    found = {b.name: b for b in of(book).bottlenecks}
    grant, cook = found["money: 20 GBP more for b and 1 other project"], found["cook: 1 day more for c"]
    assert (grant.kind, grant.worth, grant.at_stake, grant.exact) == ("project", 2.0, 70.0, False)
    assert (cook.kind, cook.worth, cook.at_stake) == ("project", 0.0, 30.0)
    wider = {**CALL, "offers": [{**CALL["offers"][0], "quantity": 110}, CALL["offers"][1]]}
    gained = worth(clear_market(four_kinds(**wider), gap=1e-9)) - worth(clear_market(book, gap=1e-9))
    assert gained == pytest.approx(40)


def worth_of_more(book, offer):
    """What a thousandth more of one offer brings, per unit: cleared with and without."""
    quantity = book.offers.quantity.copy()
    quantity[offer] += 1000
    more = clear_market(replace(book, offers=replace(book.offers, quantity=quantity)), gap=1e-9)
    return float((worth(more) - worth(clear_market(book, gap=1e-9))) * 1000)


def worth(cleared) -> Fraction:
    a = cleared.allocation
    return objective(a.problem, a.flow, a.bundle)
