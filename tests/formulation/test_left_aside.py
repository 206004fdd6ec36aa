"""What this release does not clear is said, never dropped in silence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from builders import market
from fourflow.errors import ProblemError
from fourflow.formulation import check_supported, left_aside

OFFERS = [{"id": "o1", "at": "Leeds"}, {"id": "o2", "at": "Leeds", "category": "driver"}]
NEEDS = [
    {"id": "n1", "at": "Leeds", "price": 1},
    {"id": "n2", "at": "Leeds", "price": 1, "category": "driver"},
]


def test_listings_that_are_not_goods_are_named_in_a_warning() -> None:
    """One offer and one need of talent are left aside, and each table says so once."""
    goods = market(OFFERS, NEEDS, categories={"goods": {}, "driver": {}})
    mixed = replace(goods, categories=replace(goods.categories, kind=np.array([0, 2], np.int32)))
    assert left_aside(goods) == ()
    said = [str(finding) for finding in left_aside(mixed)]
    assert [text.partition(" (")[0] for text in said] == ["offers: 1 of 2", "needs: 1 of 2"]
    assert "o2" in said[0]
    assert "n2" in said[1]


def test_a_rule_that_is_no_budget_is_refused_by_name() -> None:
    """A budget passes; the same row with another measure is named."""
    book = market(OFFERS, NEEDS, categories={"goods": {}, "driver": {}}, budgets={"fund": 5})
    check_supported(book)
    other = replace(book, rules=(replace(book.rules[0], measure="tonnes"),))
    with pytest.raises(ProblemError, match="budget-fund"):
        check_supported(other)
