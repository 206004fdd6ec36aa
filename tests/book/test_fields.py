"""The field table is the one source: docs list it, tables have it, and every part of it means something."""

from __future__ import annotations

from pathlib import Path

from _book_samples import SAMPLE, check, sample

from fourflow.book import FIELDS, NOUNS
from fourflow.book._page import field_reference, renewed
from fourflow.units import CURRENCIES

ROOT = Path(__file__).resolve().parents[2]


def test_the_reference_page_is_the_field_table() -> None:
    """docs/book.md is up to date: `python -m fourflow.book._page docs/book.md` changes nothing."""
    page = (ROOT / "docs" / "book.md").read_text(encoding="utf-8")
    assert renewed(page) == page


def test_the_reference_names_every_field_and_choice() -> None:
    """Each field stands in a row of its noun, with its choices."""
    page = field_reference()
    for noun, fields in FIELDS.items():
        part = page.partition(f"### {noun}")[2].partition("\n###")[0]
        for entry in fields:
            assert f"| `{entry.name}` |" in part
            assert all(f"`{choice}`" in part for choice in entry.choices)


def test_each_field_is_named_once_and_points_at_nouns_that_are_there() -> None:
    """No field twice in a noun; references point at nouns with ids; defaults are no requirement."""
    for noun, fields in FIELDS.items():
        names = [entry.name for entry in fields]
        assert len(set(names)) == len(names)
        for entry in fields:
            assert entry.noun == noun
            assert entry.about
            assert not (entry.default and entry.required == "yes")
            assert bool(entry.nouns) == (entry.type in ("ref", "refs"))
            assert all(any(other.name == "id" for other in FIELDS[target]) for target in entry.nouns)


def test_whoever_asks_for_units_and_currencies_has_the_columns() -> None:
    """A field measured in `unit` or `currency` stands in a noun that has these columns."""
    for fields in FIELDS.values():
        names = {entry.name for entry in fields}
        for entry in fields:
            assert entry.measure not in ("quantity", "price") or "unit" in names
            assert entry.measure not in ("price", "money") or "currency" in names


def test_the_sample_of_the_tests_has_every_field() -> None:
    """So that a field added later is tested too."""
    for noun in NOUNS:
        named = {name for row in SAMPLE[noun] for name in row}
        assert named == {entry.name for entry in FIELDS[noun]}


def test_a_book_has_a_typed_column_for_every_field() -> None:
    """Typed tables carry every field in order and the row they came from, empty tables too."""
    book = check({noun: rows for noun, rows in sample().items() if noun != "modes"}).book
    for noun in NOUNS:
        assert book.tables[noun].columns == [*(entry.name for entry in FIELDS[noun]), "_row"]
        assert getattr(book, noun).columns == [entry.name for entry in FIELDS[noun]]


def test_frames_for_people_show_decimals_as_numbers() -> None:
    """2.5 t is 2.5 in `book.offers` and 2,500,000 millionths inside."""
    book = check(sample()).book
    assert book.offers["quantity"].to_list() == [2.5]
    assert book.tables["offers"]["quantity"].to_list() == [2_500_000]
    assert repr(book).startswith("Book('Sample', GBP, 2026-01-31: 1 fx, 3 participants")


def test_a_budget_is_the_rule_that_docs_say_it_is() -> None:
    """measure bid_value, sense <=, and a sponsor."""
    rules = check(sample()).book.tables["rules"]
    budget = rules.filter((rules["measure"] == "bid_value") & rules["sponsor"].is_not_null())
    assert budget["id"].to_list() == ["budget"]


def test_currencies_are_three_capital_letters() -> None:
    """ISO 4217 alphabetic codes, without XXX (no currency) and XTS (tests)."""
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCIES)
    assert {"GBP", "EUR", "USD", "JPY", "KWD"} <= CURRENCIES
    assert not {"XXX", "XTS", "BTC"} & CURRENCIES
