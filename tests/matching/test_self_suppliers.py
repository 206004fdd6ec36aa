"""Who might supply itself is found from classes, and set apart at once only where that is cheap."""

from __future__ import annotations

from builders import market
from fourflow.matching import match, self_suppliers

OFFERS = [{"id": f"o-{who}", "at": "Leeds", "who": who} for who in ("ann", "bo", "cy")]
NEEDS = [{"id": f"n-{who}", "at": "Leeds", "price": 1, "who": who} for who in ("ann", "cy", "dee")]


def test_those_with_an_offer_and_a_need_of_one_class_might_supply_themselves() -> None:
    """Ann and Cy list both; Bo only offers."""
    both = market(OFFERS, NEEDS)
    found = self_suppliers(both, match(both), most=10.0)
    assert {str(both.participants.id[i]) for i in found} == {"ann", "cy"}


def test_nobody_is_set_apart_where_that_would_add_too_much() -> None:
    """Two classes of their own with three needs each are more than there was."""
    both = market(OFFERS, NEEDS)
    assert self_suppliers(both, match(both), most=1.0) == set()
