"""Random damage all over a book: no crash, nothing lost, and what is admitted clears by itself."""

from __future__ import annotations

import random

import pytest
from _book_samples import SETTINGS, Tables, check, sample

from fourflow.book import FIELDS, NOUNS, check_tables, normalise

VALUES = [
    None, "", "0", "-1", "1", "2.5", "1e9", "NaN", "1000000000", "0.000001", "x", "o1", "n1", "farm",
    "bank", "leeds", "york", "food", "potato", "milk", "milk;food", "skill", "patent", "money", "kitchen",
    "fund", "budget", "cap", "van", "l1", "kg", "t", "l", "lb", "GBP", "EUR", "USD", "licence",
    "person_month", "goods", "talent", "technology", "capital", "true", "false", "2026-01-15",
    "2026-12-31", "1999-01-01", "<=", ">=", "in", "has_all", "bid_value", "units", "tonnes",
    "all_or_nothing", "loan", "grant", "5;7", ";", "90", "-180", "\u202e", "a" * 200,
]  # fmt: skip


def damage(seed: int) -> Tables:
    """The sample with copied and dropped rows, some cells overwritten, and now and then a table gone."""
    draw = random.Random(seed)
    rate = draw.choice([0.02, 0.1, 0.25])
    tables = sample()
    for noun in NOUNS:
        rows = tables[noun]
        for row in list(rows):
            if draw.random() < 0.5:
                copy = dict(row)
                if "id" in copy and draw.random() < 0.9:
                    copy["id"] = f"{copy['id']}-{draw.randrange(3)}"
                rows.append(copy)
        if draw.random() < 0.1:
            rows.pop(draw.randrange(len(rows)))
        for row in rows:
            while draw.random() < rate:
                row[draw.choice(FIELDS[noun]).name] = draw.choice(VALUES)
    for noun in draw.sample(NOUNS, 2):
        if draw.random() < 0.2:
            del tables[noun]
    return tables


def survive(seed: int) -> int:
    """Check one damaged book; how many of its rows were refused."""
    tables = damage(seed)
    admission = check(tables)
    for noun, rows in tables.items():
        given = [row for row in rows if any((cell or "").strip() for cell in row.values())]
        refused = len(admission.refused.get(noun, ()))
        assert refused + len(admission.book.tables[noun]) == len(given), (seed, noun)
    if any(len(rows) for rows in admission.refused.values()):
        assert not admission.is_clean, seed
    again = check_tables(admission.book.text_tables(), **admission.book.settings())
    assert again.book.canonical_json() == admission.book.canonical_json(), seed
    assert again.is_clean, (seed, [str(f) for f in again.findings if f.severity == "refused"])
    market = normalise(admission.book)
    assert len(market.offers) == len(admission.book.offers)
    assert market.currency == SETTINGS["currency"]
    return sum(len(rows) for rows in admission.refused.values())


def test_damaged_books_are_refused_in_part_and_never_crash() -> None:
    """25 books with some or dozens of wrong cells and lost rows; part of most of them is refused."""
    refused = [survive(seed) for seed in range(25)]
    assert sum(count > 0 for count in refused) >= 15


@pytest.mark.long
def test_a_thousand_damaged_books() -> None:
    """The same at length."""
    for seed in range(1_000, 2_000):
        survive(seed)
