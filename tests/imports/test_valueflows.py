"""Valueflows documents become books: providers offer, receivers need, the return asked is the price."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from _foreign import NETWORK_LD

import fourflow as ff
from fourflow.book import Admission


def read(tmp_path: Path, document: object, name: str = "net.jsonld") -> Admission:
    file = tmp_path / name
    file.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return ff.check(file)


def codes(admission: Admission, severity: str = "warning") -> set[str]:
    return {finding.code for finding in admission.findings if finding.severity == severity}


def intent(**changed: object) -> dict[str, Any]:
    """An offer of 3 kg of soil by Ann as an open graph of one node."""
    quantity = {"hasUnit": "om2:kilogram", "hasNumericalValue": 3}
    node = {"@id": "i:1", "@type": "Intent", "action": "transfer", "provider": "urn:ann",
            "resourceConformsTo": "urn:soil", "resourceQuantity": quantity}  # fmt: skip
    return {"@graph": [{key: value for key, value in (node | changed).items() if value is not None}]}


def test_a_network_clears_across_places(tmp_path: Path) -> None:
    """12 kg for 18 euro against 10 euro for 5,000 g: 5 kg move from Hill to Town, worth 2.50."""
    book = read(tmp_path, NETWORK_LD).book
    assert book.offers.select("quantity", "unit", "limit_price").rows() == [(12.0, "kg", 1.5)]
    assert book.needs.select("quantity", "unit", "limit_price").rows() == [(5000.0, "g", 0.002)]
    assert book.offers.select("from", "until").row(0) == (date(2026, 3, 1), date(2026, 3, 31))
    clearing = ff.clear(book)
    assert clearing.awards.select("offer", "need", "quantity").rows() == [("i:1", "i:2", Decimal(5))]
    assert float(clearing.certificate.objective) == 2.5


def test_agents_and_places_keep_their_names(tmp_path: Path) -> None:
    """Agents are participants with their type as role; spatial things are places with coordinates."""
    book = read(tmp_path, NETWORK_LD).book
    assert book.participants.select("id", "name", "role", "place").rows() == [
        ("https://farm.example/", "Hill Farm", "Organization", "place:hill"),
        ("urn:school", "school", None, None),
    ]  # fmt: skip
    assert dict(book.places.select("id", "latitude").rows()) == pytest.approx(
        {"place:hill": 52.0, "place:town": 52.1}
    )


def test_json_with_a_context_is_linked_data(tmp_path: Path) -> None:
    """The ending .json does not hide it: a document with @graph is no book of tables."""
    assert read(tmp_path, NETWORK_LD, "net.json").book.offers["id"].to_list() == ["i:1"]


def test_full_and_prefixed_names_are_one(tmp_path: Path) -> None:
    """`vf:provider` and its full address are read as `provider`."""
    document = intent()
    node = document["@graph"][0]
    node["https://w3id.org/valueflows/ont/vf#action"] = node.pop("action")
    node["vf:provider"] = node.pop("provider")
    assert read(tmp_path, document).book.offers["participant"].to_list() == ["urn:ann"]


def test_proposed_intents_of_older_versions_tell_the_price(tmp_path: Path) -> None:
    """A ProposedIntent with reciprocal true: 18 for a quantity of 3, so 6 each."""
    document = intent()
    money = {"hasUnit": "GBP", "hasNumericalValue": 18}
    document["@graph"] += [
        {"@id": "p:1", "@type": "Proposal"},
        {
            "@id": "i:2",
            "@type": "Intent",
            "action": "transfer",
            "receiver": "urn:ann",
            "resourceQuantity": money,
        },
        {"@type": "ProposedIntent", "publishedIn": "p:1", "publishes": "i:1", "reciprocal": False},
        {"@type": "ProposedIntent", "publishedIn": "p:1", "publishes": "i:2", "reciprocal": True},
    ]
    assert read(tmp_path, document).book.offers.select("limit_price", "currency").rows() == [(6.0, "GBP")]


@pytest.mark.parametrize(
    ("action", "measure", "kind"),
    [
        ("work", {"effortQuantity": {"hasUnit": "om2:hour", "hasNumericalValue": 4}}, "talent"),
        ("cite", {"resourceQuantity": None}, "technology"),
        ("transfer", {}, "goods"),
    ],
)
def test_the_action_says_the_kind(tmp_path: Path, action: str, measure: dict[str, Any], kind: str) -> None:
    """Work is talent in its effort, cite is a design that serves any number, a transfer is goods."""
    book = read(tmp_path, intent(action=action, **measure)).book
    assert book.categories["kind"].to_list() == [kind]


def test_where_nobody_asks_for_money_all_is_given(tmp_path: Path) -> None:
    """Without prices the book is a donated one, in which a unit of any need is worth 1."""
    document = intent()
    document["@graph"] += intent(**{"@id": "i:2", "provider": None, "receiver": "urn:bob"})["@graph"]
    book = read(tmp_path, document).book
    assert (book.settlement, book.needs["limit_price"].to_list()) == ("donated", [1.0])
    assert ff.clear(book).awards["quantity"].to_list() == [Decimal(3)]


LEFT_OUT: dict[str, tuple[dict[str, Any], str]] = {
    "both sides": ({"receiver": "urn:bob"}, "direction"),
    "no side": ({"provider": None}, "direction"),
    "no quantity": ({"resourceQuantity": None}, "quantity"),
    "strange unit": ({"resourceQuantity": {"hasUnit": "om2:parsec", "hasNumericalValue": 3}}, "unit"),
    "a machine's use": ({"action": "use"}, "kind"),
    "money itself": ({"resourceConformsTo": "wd:Q4916"}, "kind"),
    "of nothing": ({"resourceConformsTo": None}, "resource"),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_an_intent_that_a_book_cannot_say_is_named(tmp_path: Path, name: str) -> None:
    """It is left out with a warning and its code, and its neighbour is read."""
    changed, code = LEFT_OUT[name]
    document = intent(**changed)
    document["@graph"] += intent(**{"@id": "i:2"})["@graph"]
    admission = read(tmp_path, document)
    assert admission.is_clean
    assert admission.book.offers["id"].to_list() == ["i:2"]
    assert f"book.import.valueflows.{code}" in codes(admission)


def test_barter_and_bundles_are_named(tmp_path: Path) -> None:
    """Two primary intents under one price, and goods for goods, have no price per unit."""
    money = {"@type": "Intent", "resourceQuantity": {"hasUnit": "EUR", "hasNumericalValue": 1}}
    goods = intent(**{"@id": "i:9"})["@graph"][0]
    for publishes, reciprocal, code in ((["i:1", "i:2"], [money], "bundle"), (["i:1"], [goods], "barter")):
        document = intent()
        document["@graph"] += intent(**{"@id": "i:2"})["@graph"]
        document["@graph"] += [{"@type": "Proposal", "publishes": publishes, "reciprocal": reciprocal}]
        assert f"book.import.valueflows.{code}" in codes(read(tmp_path, document))


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("", "book.file.empty"),
        ("[]", "book.json.shape"),
        ('{"@graph": []}', "book.import.valueflows.none"),
        ('{"@graph": [{"@type": "EconomicEvent"}]}', "book.import.valueflows.none"),
        ('{"@graph": ' + "[" * 100_000, "book.json.deep"),
        ('{"@graph": [{"@id": "a", "@id": "b"}]}', "book.json.malformed"),
        ('{"@graph": [{"@type": "Intent", "provider": NaN}]}', "book.json.malformed"),
    ],
)
def test_what_is_no_network_is_refused(tmp_path: Path, document: str, code: str) -> None:
    """Each fault is a finding with its code, and never an exception."""
    assert code in codes(read(tmp_path, document), "refused")


def test_deeply_nested_nodes_are_read_without_recursion(tmp_path: Path) -> None:
    """400 agents inside of each other are 400 nodes."""
    nested: dict[str, Any] = intent()["@graph"][0]
    for number in range(400):
        nested = {"@id": f"a:{number}", "@type": "Organization", "knows": nested}
    assert read(tmp_path, {"@graph": [nested]}).book.offers["id"].to_list() == ["i:1"]


@pytest.mark.parametrize(("unit_based", "price"), [(None, "0.5"), ("false", "0.5"), ("true", "25")])
def test_a_price_is_for_what_is_available_unless_it_is_for_a_unit(
    tmp_path: Path, unit_based: str | None, price: str
) -> None:
    """25 euro for 50 kg of soil that are available: 0.50 a kilogram, unless the proposal is by the unit."""
    nodes = intent(
        resourceQuantity=None, availableQuantity={"hasUnit": "om2:kilogram", "hasNumericalValue": 50}
    )["@graph"]
    asked = {"@id": "i:2", "@type": "Intent", "action": "transfer", "receiver": "urn:ann",
             "resourceQuantity": {"hasUnit": "EUR", "hasNumericalValue": 25}}  # fmt: skip
    proposal = {"@id": "p:1", "@type": "Proposal", "publishes": ["i:1"], "reciprocal": ["i:2"]}
    proposal |= {"unitBased": unit_based} if unit_based else {}
    book = read(tmp_path, {"@graph": [*nodes, asked, proposal]}).book
    assert book.offers.select("quantity", "limit_price").rows() == [(50.0, float(price))]
