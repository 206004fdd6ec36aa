"""Who may serve whom: categories, windows, requirements on both sides, and the classes that follow."""

from __future__ import annotations

import polars as pl
import pytest

import fourflow as ff
from builders import market
from fourflow import Book
from fourflow.matching import match

OFFER = {"id": "o1", "at": "Leeds"}
NEED = {"id": "n1", "at": "Leeds", "price": 1}


def serves(offers: list[dict], needs: list[dict], **more: object) -> set[tuple[str, str]]:
    """The eligible (offer, need) pairs by id."""
    m = market(offers, needs, **more)  # type: ignore[arg-type]
    matching = match(m)
    return {
        (str(m.offers.id[o]), str(m.needs.id[n]))
        for o, klass in enumerate(matching.offer_class)
        if klass >= 0
        for n in matching.class_needs[int(klass)]
    }


def test_equal_offers_are_one_class_however_many() -> None:
    """A hundred offers of one category at many places and prices are one class."""
    offers = [{"id": f"o{i}", "at": f"p{i % 7}", "price": i} for i in range(100)]
    assert match(market(offers, [NEED])).num_classes == 1


def test_a_category_that_nobody_needs_has_no_class() -> None:
    """An offer without any need of its category is in no class."""
    matching = match(market([{**OFFER, "category": "soap"}], [NEED], categories={"goods": {}, "soap": {}}))
    assert matching.offer_class.tolist() == [-1]


@pytest.mark.parametrize(
    ("offer", "need", "meet"),
    [
        ({"until_day": 3}, {"from_day": 3}, True),
        ({"until_day": 3}, {"from_day": 4}, False),
        ({"from_day": 5}, {"until_day": 5}, True),
        ({"from_day": 6}, {"until_day": 5}, False),
        ({"until_day": 9, "use_by_day": 3}, {"from_day": 4}, False),
        ({"until_day": 9, "use_by_day": 4}, {"from_day": 4}, True),
    ],
)
def test_windows_must_share_a_day(offer: dict, need: dict, meet: bool) -> None:
    """Both ends are inclusive, and goods past their use-by day serve nobody."""
    assert bool(serves([{**OFFER, **offer}], [{**NEED, **need}])) == meet


@pytest.mark.parametrize(
    ("comparison", "value", "meet"),
    [
        ("=", "halal", True), ("=", "vegan", False), ("!=", "vegan", True), ("!=", "halal", False),
        ("in", "vegan;halal", True), ("in", "vegan;plain", False), ("has_all", "halal;organic", True),
        ("has_all", "halal;vegan", False), ("has_any", "vegan;organic", True), ("has_any", "vegan", False),
    ],
)  # fmt: skip
def test_a_need_requires_labels_of_the_offer(comparison: str, value: str, meet: bool) -> None:
    """The offer is labelled halal and organic: several rows with one name make a set."""
    attributes = [("o1", "label", "halal"), ("o1", "label", "organic")]
    found = serves([OFFER], [NEED], attributes=attributes, requirements=[("n1", "label", comparison, value)])
    assert bool(found) == meet


@pytest.mark.parametrize(
    ("comparison", "value", "meet"),
    [
        ("<", "4", False), ("<", "4.5", True), ("<=", "4", True), (">", "3.9", True), (">=", "4.1", False),
        ("=", "4.0", True),
    ],
)  # fmt: skip
def test_numbers_compare_as_numbers(comparison: str, value: str, meet: bool) -> None:
    """The offer is kept at 4 degrees; 4.0 is the same number."""
    found = serves(
        [OFFER],
        [NEED],
        attributes=[("o1", "celsius", "4")],
        requirements=[("n1", "celsius", comparison, value)],
    )
    assert bool(found) == meet


def test_the_same_number_in_another_unit_is_another_requirement() -> None:
    """A box of 3 kg is too heavy for who takes 2000 g, not for who takes 2000 kg."""
    place = {"category": "apples", "unit": "kg", "place": "Leeds", "currency": "GBP"}
    book = Book.from_tables(
        {
            "offers": pl.DataFrame(
                [{"id": "o1", "participant": "farm", "quantity": 2, "limit_price": 0, **place}]
            ),
            "needs": pl.DataFrame(
                [{"id": i, "participant": i, "quantity": 1, "limit_price": 1, **place} for i in ("n1", "n2")]
            ),
            "attributes": pl.DataFrame([{"owner": "o1", "name": "size", "value": "3", "unit": "kg"}]),
            "requirements": pl.DataFrame(
                [
                    {"listing": i, "attribute": "size", "comparison": "<=", "value": "2000", "unit": unit}
                    for i, unit in (("n1", "g"), ("n2", "kg"))
                ]
            ),
        },
        name="test", currency="GBP", as_of="2026-01-01", settlement="priced",
    )  # fmt: skip
    assert ff.clear(book).awards["need"].to_list() == ["n2"]


def test_an_offer_may_require_something_of_the_need() -> None:
    """Only the charity gets it: the attribute is found on the participant behind the need."""
    needs = [{**NEED, "who": "shop"}, {**NEED, "id": "n2", "who": "church"}]
    found = serves(
        [OFFER],
        needs,
        attributes=[("church", "status", "charity")],
        requirements=[("o1", "status", "=", "charity")],
    )
    assert found == {("o1", "n2")}


def test_the_listing_answers_before_its_participant_and_its_place() -> None:
    """The listing says cold, its owner warm, its place hot: cold counts."""
    attributes = [("o1", "store", "cold"), ("o1-owner", "store", "warm"), ("Leeds", "store", "hot")]
    for value, meet in (("cold", True), ("warm", False), ("hot", False)):
        found = serves([OFFER], [NEED], attributes=attributes, requirements=[("n1", "store", "=", value)])
        assert bool(found) == meet


def test_a_missing_attribute_fails_even_an_unequal() -> None:
    """Nobody said which grade: `grade != 2` is not met."""
    assert not serves([OFFER], [NEED], requirements=[("n1", "grade", "!=", "2")])


def test_participants_set_apart_do_not_serve_themselves() -> None:
    """Two traders with an offer and a need each: set apart, each may serve only the other."""
    offers = [{**OFFER, "id": f"o{i}", "who": f"w{i}"} for i in range(2)]
    needs = [{**NEED, "id": f"n{i}", "who": f"w{i}"} for i in range(2)]
    m = market(offers, needs)
    matching = match(m, apart=range(len(m.participants)))
    pairs = [(o, n) for o in range(2) for n in matching.class_needs[int(matching.offer_class[o])].tolist()]
    assert pairs == [(0, 1), (1, 0)]


def test_an_offer_with_a_switch_is_a_class_of_its_own() -> None:
    """A fixed cost or a least quantity makes an offer a class of one."""
    offers = [
        OFFER,
        {**OFFER, "id": "o2", "fixed": 1},
        {**OFFER, "id": "o3", "least": 1},
        {**OFFER, "id": "o4"},
    ]
    matching = match(market(offers, [NEED]))
    assert matching.offer_class[0] == matching.offer_class[3]
    assert matching.num_classes == 3
    assert matching.class_single.sum() == 2
