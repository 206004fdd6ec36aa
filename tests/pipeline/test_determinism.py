"""The same book in any order of rows, and in any form, gives the same result to the last byte."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fourflow.book import Book, normalise
from fourflow.engines import solve
from fourflow.formulation import formulate
from fourflow.matching import match
from fourflow.pipeline import Clearing, clear
from fourflow.proof import Binding, write_certificate
from random_books import Draft, draw_book

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


def tables_of(clearing: Clearing) -> dict[str, pl.DataFrame]:
    names = ("awards", "flows", "prices", "settlement", "unmet", "unsold", "bottlenecks")
    return {name: getattr(clearing, name) for name in names}


def same_result(draft: Draft, folder: Path, orders: range) -> None:
    """Every order of the rows gives one root hash and the same tables."""
    first = clear(draft.book(), gap=1e-6)
    root, tables = root_of(first, folder / "first"), tables_of(first)
    for order in orders:
        again = clear(draft.book(shuffle=order), gap=1e-6)
        shutil.rmtree(folder / "again", ignore_errors=True)
        assert root_of(again, folder / "again") == root, order
        for name, table in tables_of(again).items():
            assert table.equals(tables[name]), (order, name)


@pytest.mark.parametrize("seed", range(6))
def test_random_books_in_another_order_have_the_same_result(seed: int, tmp_path: Path) -> None:
    """Three orders of the rows of random books with many features: hash and tables are the same."""
    same_result(draw_book(seed, share=0.5), tmp_path, range(3))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(12))
def test_a_hundred_orders_of_random_books_have_the_same_result(seed: int, tmp_path: Path) -> None:
    """A hundred orders of the rows of each of twelve books."""
    same_result(draw_book(700 + seed, share=0.5), tmp_path, range(100))


@pytest.mark.long
def test_a_hundred_orders_of_the_food_banks_have_the_same_certificate(tmp_path: Path) -> None:
    """A hundred orders of the example have one root hash. A search that the clock stops may stop anywhere, so
    it is given time enough."""
    book = Book.read(ROOT / "examples" / "uk-food-aid")
    root = root_of(clear(book, time_limit_s=3600), tmp_path / "first")
    for order in range(100):
        shutil.rmtree(tmp_path / "again", ignore_errors=True)
        again = clear(shuffled(book, order), time_limit_s=3600)
        assert root_of(again, tmp_path / "again") == root, order


@pytest.mark.parametrize("seed", range(8))
def test_any_number_of_threads_gives_the_same_solution(seed: int) -> None:
    """One, two and sixteen threads find the same flows, decisions and prices, byte for byte."""
    market = normalise(draw_book(seed, share=0.5).book())
    problem, _ = formulate(market, match(market))
    solutions = [solve(problem, gap=1e-6, threads=threads) for threads in (1, 2, 16)]
    for other in solutions[1:]:
        assert np.asarray(other.flow).tobytes() == np.asarray(solutions[0].flow).tobytes()
        assert other.bundle.tobytes() == solutions[0].bundle.tobytes()
        assert other.price_duals.node.tobytes() == solutions[0].price_duals.node.tobytes()


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
