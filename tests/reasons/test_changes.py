"""What else would have been awarded: one small book per lever, each change as a person would say it."""

from __future__ import annotations

import pytest

from small_books import VAN, cleared, line, listing, project, rule

FOOD = listing("o", "food", 10, 1)


def change(clearing, name, lever):
    """The only change of one lever that an id is told."""
    (found,) = (c for c in clearing.explain(name).changes if c.lever == lever and c.found == "re-cleared")
    return found


def test_more_room_on_a_full_lane():
    """4 t are wanted in Dover, and the van takes 1."""
    clearing = cleared(
        [FOOD], [listing("n", "food", 4, 9, at="dover")], lanes=[{**VAN, "capacity_t": 1}]
    )  # fmt: skip
    told = change(clearing, "n", "capacity")
    assert (told.about, told.now, told.to, told.whole) == ("van", "1", "4", True)
    assert told.sentence == (
        "With 3 t more room on the van from leeds to dover (now 1 t), it would have got all of it."
    )


def test_a_looser_rule():
    """No more than 3 t of food, of which 4 are wanted."""
    rules = [rule("enough", "tonnes", "<=", 3, unit="t", category="food")]
    clearing = cleared([FOOD], [listing("n", "food", 4, 5)], rules=rules)
    told = change(clearing, "n", "rule")
    assert (told.about, told.now, told.to, told.awarded) == ("enough", "3", "4", 4)
    assert "Had the rule 'enough' (at most 3 tonnes) said 4, it would have got all of it." in str(
        clearing.explain("n")
    )


def test_a_longer_window():
    """It is wanted until February and there from March; 4 t would go."""
    offer = FOOD | {"from": "2026-03-01"}
    clearing = cleared([offer], [listing("n", "food", 4, 5, until="2026-02-01")])
    need, given = change(clearing, "n", "date"), change(clearing, "o", "date")
    assert (need.about, need.now, need.to) == ("n until", "2026-02-01", "2026-03-01")
    assert (given.about, given.now, given.to, given.awarded) == ("o from", "2026-03-01", "2026-02-01", 4)


def test_a_lower_level_a_dropped_requirement_and_one_that_is_met():
    """Below 5 degrees and organic, offered at 8 degrees, and only to charities."""
    ask = {"listing": "n", "comparison": "=", "attribute": "organic", "value": "yes"}
    cold = {"listing": "n", "comparison": "<=", "attribute": "temp", "value": "5"}
    charity = {"listing": "o", "comparison": "=", "attribute": "sort", "value": "charity"}
    at = {"owner": "o", "name": "temp", "value": "8"}
    need = [listing("n", "food", 4, 5)]
    lower = change(cleared([FOOD], need, requirements=[cold], attributes=[at]), "n", "requirement")
    assert (lower.now, lower.to, lower.awarded) == ("5", "8", 4)
    dropped = change(cleared([FOOD], need, requirements=[ask]), "n", "requirement")
    assert dropped.sentence == "Had it not asked for organic = yes, it would have got all of it."
    met = change(cleared([FOOD], need, requirements=[charity]), "n", "requirement")
    assert met.sentence == "Had it met sort = charity, as 1 offer asks, it would have got all of it."


def test_a_larger_quantity_and_a_smaller_least_quantity():
    """Given only from 6 t on; 4 are wanted."""
    clearing = cleared([FOOD | {"min_quantity": 6}], [listing("n", "food", 4, 5)])
    assert change(clearing, "n", "quantity").to == "6"
    assert change(clearing, "o", "quantity").to == "4"


def test_what_is_awarded_in_full_at_the_present_price_needs_no_clearing():
    """3 t are there for 4."""
    clearing = cleared([FOOD | {"quantity": 3}], [listing("n", "food", 4, 5)])
    (found,) = clearing.explain("n").changes
    assert (found.lever, found.now, found.to, found.found) == ("quantity", "4", "3", "residual")


def test_a_price_is_a_change_too():
    """Another pays 9; this one 5."""
    clearing = cleared([FOOD], [listing("n", "food", 4, 5), listing("m", "food", 10, 9)])
    assert [(c.lever, c.now, c.to) for c in clearing.explain("n").changes] == [("price", "5", "9")] * 2


@pytest.mark.parametrize(
    ("lever", "to", "tables"),
    [
        ("money", "1", {"more": [line("m", "p", "money", 1)]}),
        ("rule", "2", {"rules": [rule("r", "tonnes", "<=", 1, unit="t", category="food")]}),
    ],
)
def test_a_project_is_told_how_much_more_money_or_a_rule_would_do(lever, to, tables):
    """2 t at 1 for a project worth 8, with a grant of 1, or under a rule of 1 t."""
    more = tables.pop("more", [])
    offers = [FOOD, listing("f", "money", 1, 0, form="grant")]
    clearing = cleared(offers, [line("l", "p", "food", 2), *more], projects=[project("p", 8)], **tables)
    told = change(clearing, "p", lever)
    assert (told.to, told.awarded) == (to, 1)


def test_the_page_tells_what_else_would_have_been_enough(tmp_path):
    """The same sentence under the unmet needs."""
    clearing = cleared([FOOD | {"min_quantity": 6}], [listing("n", "food", 4, 5)])
    page = clearing.report(tmp_path / "page.html").read_text("utf-8")
    assert "Had it asked for 6 t instead of 4 t, it would have got 6 t." in page


def test_what_displaces_more_than_it_brings_says_by_how_much():
    """3 t go to one need as a whole: to a, which gains 14 from 2 t of it; b would gain 9."""
    offers = [listing("o", "food", 3, 1, whole="true")]
    told = cleared(offers, [listing("a", "food", 2, 8), listing("b", "food", 1, 10)]).explain("b")
    assert (told.cause, told.displaced) == ("displaces", 5)
    assert "taking all of it would displace 5.00 GBP more than it brings" in str(told)
