"""Why not, for capital, talent, technology, rules and lines of projects."""

from __future__ import annotations

from decimal import Decimal

from small_books import cleared, line, listing, project, rule


def test_forms_and_terms_that_do_not_fit_are_counted():
    """Two loans, one too short, and a grant; a loan over 24 months is asked for."""
    offers = [
        listing("short", "money", 100, "0.02", form="loan", term_months=12),
        listing("gift", "money", 100, 0, form="grant"),
    ]
    told = cleared(offers, [listing("n", "money", 50, "0.05", term_months=24)]).explain("n")
    assert told.cause == "not_eligible"
    assert told.excluded == {"lent for 12 months at most": 1, "is a grant, and a loan is asked for": 1}


def test_talent_that_stays_at_its_place_is_counted():
    """A driver in Leeds who is not remote and names no cost of moving; the need is in Dover."""
    told = cleared([listing("d", "driver", 1, 10)], [listing("n", "driver", 1, 50, at="dover")]).explain("n")
    assert told.excluded == {"at another place, not remote, no cost of moving named": 1}


def test_nothing_is_hauled_but_goods():
    """A driver who asks more than is paid: no word of haulage."""
    told = cleared([listing("d", "driver", 1, 60)], [listing("n", "driver", 1, 50)]).explain("n")
    assert told.cause == "price"
    assert "haulage" not in str(told)


def test_a_rule_that_leaves_no_room_is_named_with_its_limit():
    """No more than 3 t of food; 4 t are asked for and 10 t are there."""
    clearing = cleared(
        [listing("o", "food", 10, 1)], [listing("n", "food", 4, 5)],
        rules=[rule("enough", "tonnes", "<=", 3, unit="t", category="food")],
    )  # fmt: skip
    told = clearing.explain("n")
    assert (told.cause, told.got) == ("rule", 3)
    assert "the rule 'enough' (at most 3 tonnes) leaves no room" in str(told)


def test_a_licence_without_limit_is_never_left_over():
    """One licence is taken, any number is there."""
    told = cleared([listing("t", "tool", None, 5)], [listing("n", "tool", 1, 9)]).explain("t")
    assert told.cause == "done"


def test_a_line_points_to_its_project_and_offers_say_that_only_projects_ask():
    """A project worth 5 whose only line costs 10."""
    clearing = cleared([listing("o", "food", 1, 10)], [line("l", "p", "food", 1)], projects=[project("p", 5)])
    assert "ask about p to see why" in str(clearing.explain("l"))
    assert clearing.explain("l").cause == clearing.explain("o").cause == "project"


def test_a_loan_is_priced_by_the_year():
    """Lent at 10 % a year; for 18 months 15 % is paid in all, and 10 % is what would be enough."""
    offer = listing("o", "money", 50, "0.1", form="loan")
    told = cleared([offer], [listing("n", "money", 33, "0.06", term_months=18)]).explain("n")
    assert (told.first.price, told.whole.price, told.whole.kind) == (Decimal("0.1"), Decimal("0.1"), "exact")
    assert "Even the cheapest that can serve it costs 10 % a year, more than the 6 % that it pays." in str(
        told
    )
    assert "Had it paid more than 10 % a year (now 6 %), it would have got all of it." in str(told)
