"""The same book in any order of rows, and in any form, gives the same result to the last byte."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fourflow.book import Book
from fourflow.pipeline import Clearing, clear
from fourflow.proof import Binding, write_certificate

ROOT = Path(__file__).resolve().parents[2]


def root_of(clearing: Clearing, folder: Path) -> str:
    """The hash over everything that the certificate of a clearing holds."""
    story, cleared = clearing.story, clearing.story.cleared
    allocation = cleared.allocation
    binding = Binding(allocation.market, allocation.layout, cleared.awards, story.prices, story.ledger)
    return write_certificate(folder, allocation.problem, cleared.solution, cleared.certificate, binding)


def shuffled(book: Book, seed: int) -> Book:
    """The same book with the rows of every table in another order."""
    rng = np.random.default_rng(seed)
    tables = {
        noun: table[rng.permutation(len(table))] for noun, table in book.text_tables().items() if len(table)
    }
    return Book.from_tables(tables, **book.settings())


@pytest.mark.parametrize("seed", range(10))
def test_a_small_book_in_another_order_has_the_same_certificate(seed: int, tmp_path: Path) -> None:
    """Ten orders of the grain book have one root hash."""
    book = Book.read(ROOT / "examples" / "grain")
    again = shuffled(book, seed)
    assert again.canonical_json() == book.canonical_json()
    assert root_of(clear(again), tmp_path / "b") == root_of(clear(book), tmp_path / "a")


def test_the_food_banks_in_another_order_have_the_same_certificate(tmp_path: Path) -> None:
    """Two orders of the example have one root hash."""
    book = Book.read(ROOT / "examples" / "uk-food-aid")
    assert root_of(clear(shuffled(book, 1)), tmp_path / "b") == root_of(clear(book), tmp_path / "a")


def test_clearing_twice_gives_the_same_tables() -> None:
    """Awards, prices and ledger of two runs are equal."""
    book = Book.read(ROOT / "examples" / "grain")
    first, second = clear(book), clear(book)
    for name in ("awards", "prices", "settlement", "flows"):
        ours: pl.DataFrame = getattr(first, name)
        assert ours.equals(getattr(second, name)), name
