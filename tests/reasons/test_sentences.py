"""One worked market per cause: what was binding, the price that would have changed it, and the words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from builders import market
from fourflow.errors import SettingsError
from fourflow.pipeline import clear_market
from fourflow.reasons import NEED_WORDS, OFFER_WORDS, Cause, give_reasons

LEEDS = {"id": "o1", "at": "Leeds", "quantity": 10, "price": 2}
ROAD = {"start": "Leeds", "end": "York", "cost": 1}
YORK = {"id": "n1", "at": "York", "quantity": 4, "price": 5}


def reasons(*args, **kwargs):
    return give_reasons(clear_market(market(*args, **kwargs), gap=1e-9))


def test_a_need_met_in_full_says_only_that():
    """No cause and no advice where nothing is missing."""
    told = reasons([LEEDS], [YORK], [ROAD]).explain("n1")
    assert (
        str(told) == "n1 asked for 4 t of goods in York and got all of it. It comes from o1-owner (o1, 4 t)."
    )
    assert (told.cause, told.asked, told.got) == ("done", 4, 4)


def test_outbid_names_the_price_that_would_have_been_enough():
    """All 10 t go to the need that pays 9: the other would have had to pay more, for a part and for all."""
    needs = [YORK, {"id": "n2", "at": "York", "quantity": 10, "price": 9}]
    told = reasons([LEEDS], needs, [ROAD]).explain("n1")
    assert told.cause == "outbid"
    assert (told.first.price, told.whole.price) == (9, 9)
    assert (told.first.kind, told.whole.kind) == ("exact", "exact")
    assert told.gives_way == "n2"
    assert "Had it paid more than 9.00 GBP per t (now 5.00), it would have got all of it." in str(told)


def test_a_first_part_can_be_cheaper_than_all_of_it():
    """2 t are left over at 7 delivered, the other 2 t would have to be taken from a need that pays 9."""
    offers = [LEEDS, {"id": "o2", "at": "Leeds", "quantity": 2, "price": 6}]
    needs = [YORK, {"id": "n2", "at": "York", "quantity": 10, "price": 9}]
    told = reasons(offers, needs, [ROAD]).explain("n1")
    assert (told.first.price, told.whole.price) == (7, 9)
    assert (
        "more than 7.00 GBP per t (now 5.00), it would have got a first part; above 9.00, all of it"
        in str(told)
    )


def test_a_full_lane_is_named_and_so_is_what_is_left_behind_it():
    """3 t fit on the road; 7 t wait in Leeds; more than the road carries is out of reach at any price."""
    told = reasons([LEEDS], [YORK | {"quantity": 8}], [ROAD | {"capacity": 3}]).explain("n1")
    assert told.cause == "lane_full"
    assert "In Leeds there is 7 t left (o1)" in str(told)
    assert "the van from Leeds to York is full" in str(told)
    assert "No price would have changed that." in str(told)


def test_a_spent_budget_is_named():
    """Each unit costs the fund 3: 6 buys two of the four."""
    needs = [YORK | {"price": 0, "value": 5, "sponsor": "fund"}]
    told = reasons([LEEDS], needs, [ROAD], budgets={"fund": 6}).explain("n1")
    assert (told.cause, told.got) == ("budget", 2)
    assert "the budget of fund is spent" in str(told)


def test_too_dear_even_alone():
    """Ask and haulage come to 3, it pays 2.5; alone on the market it would still get nothing."""
    told = reasons([LEEDS], [YORK | {"price": "2.5"}], [ROAD]).explain("n1")
    assert told.cause == "price"
    assert "costs 3.00 GBP per t with haulage, more than the 2.50 that it pays" in str(told)
    assert told.whole.price == 3


def test_value_without_a_sponsor_does_not_count_and_says_so():
    """It is worth 9 to the need, which can pay 2; nobody pays the difference."""
    told = reasons([LEEDS], [YORK | {"price": 2, "value": 9}], [ROAD]).explain("n1")
    assert told.cause == "price"
    assert "no sponsor pays the rest" in str(told)


def test_no_route():
    """The only road leads the other way."""
    found = reasons([LEEDS], [YORK], [{"start": "York", "end": "Leeds", "cost": 1}])
    assert found.explain("n1").cause == "no_route"
    assert "no lane leads from there to here" in str(found.explain("n1"))
    assert found.explain("o1").cause == "no_route"


def test_nobody_offers_it():
    """A category that no offer is of."""
    categories = {"rice": {}, "soap": {}}
    found = reasons([LEEDS], [YORK | {"category": "soap"}], [ROAD], categories=categories)
    assert str(found.explain("n1")).endswith("and got nothing. Nobody offers soap.")
    assert found.explain("o1").cause == "nobody"


def test_requirements_dates_and_ownership_are_counted():
    """Four offers, none eligible: three miss halal, one of them ends too early, one is its own."""
    offers = [
        LEEDS, LEEDS | {"id": "o2"}, LEEDS | {"id": "o3", "until_day": 1},
        LEEDS | {"id": "o4", "who": "us"},
    ]  # fmt: skip
    needs = [YORK | {"from_day": 5, "who": "us"}]
    found = reasons(
        offers, needs, [ROAD], attributes=[("o4", "halal", "yes")], requirements=[("n1", "halal", "=", "yes")]
    )
    told = found.explain("n1")
    if told.cause == "not_eligible":
        assert told.excluded["open on other dates"] == 1
        assert told.excluded["halal = yes is asked for"] == 3
        assert told.excluded["belongs to the same participant"] == 1
        assert "There are 4 offers of goods, but none fits" in str(told)


def test_a_least_quantity_of_the_need_is_named():
    """It wants 12 or nothing; 10 are there."""
    told = reasons([LEEDS], [YORK | {"quantity": 12, "least": 12}], [ROAD]).explain("n1")
    assert told.cause == "least"
    assert "at least 12 t or nothing" in str(told)


def test_a_fixed_cost_that_is_not_covered_is_named_on_both_sides():
    """4 t at a surplus of 2 do not cover a fixed cost of 20."""
    found = reasons([LEEDS | {"fixed": 20}], [YORK], [ROAD])
    assert found.explain("n1").cause == "switch"
    assert "only if a further 20.00 GBP is covered once" in str(found.explain("n1"))
    assert found.explain("o1").cause == "least"


def test_less_than_a_lot():
    """7 t in lots of 4: the last 3 are less than a lot."""
    told = reasons([LEEDS], [YORK | {"quantity": 7}], [ROAD], categories={"rice": {"lot": 4}}).explain("n1")
    assert (told.cause, told.got) == ("lot", 4)


def test_an_unsold_offer_names_the_price_at_which_it_would_have_been_taken():
    """York wants 4, a cheaper offer serves it; below 2 delivered the same, the dearer one would."""
    offers = [LEEDS, {"id": "o2", "at": "Leeds", "quantity": 4, "price": 3}]
    told = reasons(offers, [YORK], [ROAD]).explain("o2")
    assert told.cause == "outbid"
    assert told.whole.price == 2
    assert "Had it asked less than 2.00 GBP per t (now 3.00), it would have given all of it." in str(told)


def test_an_offer_that_would_have_to_add_money_says_so():
    """Bringing it costs 6 and it is worth 5: even for nothing nobody takes it."""
    told = reasons([LEEDS | {"price": 0}], [YORK], [ROAD | {"cost": 6}]).explain("o1")
    assert told.whole.price is None
    assert told.first.price == -1
    assert "Had it added more than 1.00 GBP per t towards the haulage" in str(told)


def test_alternatives_are_the_cheapest_delivered():
    """From Leeds at 3 with haulage, from York itself at 4."""
    offers = [LEEDS, {"id": "o2", "at": "York", "quantity": 1, "price": 4}]
    told = reasons(offers, [YORK], [ROAD]).explain("n1")
    assert [(a.listing, a.price) for a in told.alternatives] == [("o1", 3), ("o2", 4)]


def test_an_unknown_id_is_an_error_with_a_suggestion():
    """n11 is not there, n1 is."""
    with pytest.raises(SettingsError, match="Maybe 'n1' is meant"):
        reasons([LEEDS], [YORK], [ROAD]).explain("n11")


def test_an_explanation_turns_into_plain_values():
    """Decimals become text, records become dictionaries."""
    told = reasons([LEEDS], [YORK], [ROAD]).explain("o1").to_dict()
    assert told["got"] == "4"
    assert told["first"]["kind"] in {"exact", "none"}
    assert all(not isinstance(value, Decimal) for value in told.values())


def test_every_cause_has_words():
    """The tables of words are as long as the causes."""
    assert len(NEED_WORDS) == len(OFFER_WORDS) == len(Cause)


def test_bottlenecks_say_what_one_more_unit_is_worth():
    """One more tonne on the road brings 9 - 3 = 6: 2 t wait behind it."""
    found = reasons([LEEDS], [YORK | {"quantity": 8, "price": 9}], [ROAD | {"capacity": 3}])
    lane = next(b for b in found.bottlenecks if b.kind == "lane")
    assert lane.name == "Leeds to York"
    assert lane.worth == pytest.approx(6)


def test_a_spent_budget_is_a_bottleneck():
    """A unit worth 5 costs the fund 3: one more pound brings two thirds beyond itself."""
    needs = [YORK | {"price": 0, "value": 5, "sponsor": "fund"}]
    found = reasons([LEEDS], needs, [ROAD], budgets={"fund": 6})
    budget = next(b for b in found.bottlenecks if b.kind == "budget")
    assert budget.worth == pytest.approx(2 / 3)
    assert budget.exact
