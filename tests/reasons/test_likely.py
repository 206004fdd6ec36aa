"""What might have been enough, where the market is not cleared again: an estimate that says so."""

from __future__ import annotations

import pytest

from fourflow.reasons import Likely
from small_books import VAN, cleared, line, listing, project, rule

FOOD = listing("o", "food", 10, 1)
CARRY = {**VAN, "capacity_t": 1}
LITTLE = rule("r", "tonnes", "<=", 3, unit="t", category="food")


def likely(clearing, name):
    """The estimate for one listing of a cleared book."""
    market, reasons = clearing.story.cleared.allocation.market, clearing.story.reasons
    is_need = name in market.needs.id
    rows = (market.needs if is_need else market.offers).id.tolist()
    return Likely(reasons).change(is_need, rows.index(name))


def test_more_room_is_reckoned_as_if_nobody_else_used_it():
    """4 t are wanted in Dover, and the van takes 1: 3 t more, for the need and for the offer."""
    clearing = cleared([FOOD], [listing("n", "food", 4, 9, at="dover")], lanes=[CARRY])
    told = likely(clearing, "n")
    assert (told.lever, told.about, told.now, told.to, told.found) == (
        "capacity",
        "van",
        "1",
        "4",
        "estimate",
    )
    assert told.sentence == (
        "3 t more room on the van from leeds to dover might have been enough; that was not tried, and"
        " others may want it too."
    )
    assert likely(clearing, "o").about == "van"


def test_a_larger_budget_by_what_the_rest_would_draw():
    """The sponsor pays 3 of each of 4 t in Dover and has 6: 2 t more draw 6."""
    need = listing("n", "food", 4, 0, at="dover", value=9, sponsor="fund")
    budget = rule("budget", "bid_value", "<=", 6, unit="GBP", sponsor="fund")
    told = likely(cleared([FOOD], [need], rules=[budget]), "n")
    assert (told.lever, told.about, told.now, told.to) == ("rule", "budget", "6", "12")


def test_what_alone_keeps_most_counterparts_out_is_counted():
    """Two offers are not organic, a third is neither organic nor open by then."""
    ask = {"listing": "n", "attribute": "organic", "comparison": "=", "value": "yes"}
    late = listing("o3", "food", 10, 1, **{"from": "2026-03-01"})
    need = listing("n", "food", 4, 5, until="2026-02-01")
    clearing = cleared([FOOD, listing("o2", "food", 5, 1), late], [need], requirements=[ask])
    told = likely(clearing, "n")
    assert told.lever == "requirement"
    assert told.sentence.startswith("One thing alone keeps 2 offers from it (organic = yes is asked for)")


def test_a_lane_from_the_nearest_place_where_some_is_left():
    """No lane leads from Leeds to Dover."""
    back = {**VAN, "id": "back", "from_place": "dover", "to_place": "leeds"}
    clearing = cleared([FOOD], [listing("n", "food", 4, 9, at="dover")], lanes=[back])
    assert likely(clearing, "n").sentence.startswith(
        "A lane from leeds to here (10 t left there) might have been enough"
    )
    assert likely(clearing, "o").sentence.startswith("A lane from here to dover (4 t still asked for there)")


@pytest.mark.parametrize(
    ("offer", "need", "more", "start"),
    [
        ({"min_quantity": 6}, {}, {}, "Asking for more"),
        ({}, {"quantity": 40}, {}, "More supply of Food within reach"),
        ({}, {}, {"rules": [LITTLE]}, "A higher limit of the rule 'r'"),
    ],
)
def test_each_cause_has_its_estimate(offer, need, more, start):
    """A least quantity, nothing left, a rule."""
    clearing = cleared([FOOD | offer], [listing("n", "food", 4, 5) | need], **more)
    assert likely(clearing, "n").sentence.startswith(start)


def test_nothing_is_estimated_where_nothing_is_missing_or_a_price_says_it():
    """Met in full, and outbid by one who pays more."""
    clearing = cleared([FOOD], [listing("n", "food", 4, 5), listing("m", "food", 10, 9)])
    assert likely(clearing, "m") is None
    assert likely(clearing, "n") is None


def test_without_time_explain_tells_the_estimate():
    """Where clearing again has not a round left the sentence is there, and says that it is not checked."""
    clearing = cleared([FOOD], [listing("n", "food", 4, 9, at="dover")], lanes=[CARRY])
    told = Likely(clearing.story.reasons).sentence(True, 0)
    assert "that was not tried" in told
    assert clearing.unmet["might_help"].to_list() == [told]
    assert told not in str(clearing.explain("n"))  # there is time: it is cleared again instead


def test_the_page_tells_for_offers_and_projects_too_what_was_cleared_again(tmp_path):
    """More room on the van for an offer; a larger purse for a project."""
    need, lanes = listing("n", "food", 4, 9, at="dover"), [CARRY]
    page = cleared([FOOD], [need], lanes=lanes).report(tmp_path / "page.html").read_text("utf-8")
    unsold = page[page.index('id="unsold"') :]
    assert "What else would have been enough" in unsold
    assert "it would have given 4 t" in unsold
    lines = [listing("l", "food", 2, None, project="p")]
    rules = [rule("r", "tonnes", "<=", 1, unit="t", category="food")]
    clearing = cleared([FOOD], lines, projects=[project("p", 8)], rules=rules)
    page = clearing.report(tmp_path / "page.html").read_text("utf-8")
    assert "said 2, it would have been carried out in full" in page[page.index('id="projects"') :]


def test_letters_say_what_an_owner_would_have_had_to_add():
    """Nobody pays for 6 of 10 t in Dover, worth 1 there and 2 to bring: the owner would add 1 a tonne."""
    needs = [listing("n", "food", 4, 9), listing("m", "food", 6, 1, at="dover")]
    clearing = cleared([FOOD | {"limit_price": 0}], needs)
    (told,) = clearing.unsold["would_help"].to_list()
    assert told == (
        "Adding £1.00 per t for it to be taken (now it asks £0.00) would have found a taker for all of it."
    )


def test_a_project_that_cannot_pay_for_its_lines_says_so():
    """A driver asks 50; the project asks for a grant of 30 and has 5 of its own. A grant of 20 is there."""
    offers = [listing("d", "driver", 1, 50), listing("g", "money", 20, 0, form="grant")]
    lines = [line("l", "p", "driver", 1), line("m", "p", "money", 30)]
    table = cleared(offers, lines, projects=[project("p", 80, own_money=5)]).view.projects
    (told,) = table["in_the_way"].to_list()
    assert told.startswith(
        "what it needs costs at least £50, and it has and asks for £35 only and what is left falls short"
    )


def test_a_project_without_a_fitting_offer_says_how_many_were_kept_out_by_what():
    """One driver, who stays in Leeds; the line is in Dover."""
    driver = listing("d", "driver", 1, 1)
    lines = [listing("l", "driver", 1, None, at="dover", project="p")]
    table = cleared([driver], lines, projects=[project("p", 8)]).view.projects
    assert table["in_the_way"].to_list() == [
        "no offer of Driver fits: at another place, not remote, no cost of moving named (1)"
    ]
