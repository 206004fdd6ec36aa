"""Every form reads back to the same book, and no spreadsheet finds a formula in what is written."""

from __future__ import annotations

import datetime
import sys
import tomllib
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from _book_samples import SETTINGS, sample
from hypothesis import given, settings
from hypothesis import strategies as st

from fourflow.book import NOUNS
from fourflow.book._book import Book, check
from fourflow.book._raw_csv import read_csv
from fourflow.book._write import filled_tables, harmless, to_arrow, toml_of, write_book, write_folder
from fourflow.errors import BookError, DependencyError

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = (
    *("=1+1", "+1", "-1+2", "@SUM(A1)", '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0", "'=1", "''=1"),
    *("＝1+1", "＋1", "－1", "＠x", "O'Neil", "'quoted'", 'say "hi"', "a,b", "a;b"),
    *("line\nbreak", "<b>&amp;", "é漢😀", "-farm", "- farm", "#N/A", "TRUE"),
    *("1e5", "007", "2026-01-02", "null", "None"),
)  # fmt: skip


def write(book: Book, form: str, folder: Path) -> Path:
    """Write `book` in one form; where it is."""
    if form in ("csv", "parquet"):
        write_folder(book, folder / form, form)  # type: ignore[arg-type]
        return folder / form
    write_book(book, folder / f"book.{form}")
    return folder / f"book.{form}"


def read_again(book: Book, form: str, folder: Path) -> Book:
    if form == "arrow":
        return Book.from_tables(to_arrow(book), **book.settings())
    return Book.read(write(book, form, folder))


def with_hostile_texts() -> Book:
    """A small book whose names are everything that breaks spreadsheets, and whose numbers are extreme."""
    today = datetime.date(2026, 1, 2)
    ids = [f"-p{i}" for i in range(len(NAMES))]
    return Book.from_tables(
        {
            "participants": pl.DataFrame({"id": ids, "name": NAMES, "region": "r", "place": "x"}),
            "places": [{"id": "x", "name": "=X", "region": "r", "latitude": "51.5", "longitude": "-0.1"}],
            "categories": [
                {"id": "c", "name": "+C", "kind": "goods", "unit": "kg", "tonnes_per_unit": "0.001"}
            ],
            "offers": pl.DataFrame(
                {
                    "id": [f"-o{i}" for i in range(6)],
                    "participant": ids[:6],
                    "category": "c",
                    "quantity [kg]": ["0.000001", "999999999.999999", "1000000000", "0.1", "12345.6789", "7"],
                    "limit_price [GBP/kg]": ["-0.000001", "0", "-1000000000", "0.30", "1", "-7.5"],
                    "listed_at": ["2026-01-01T00:00:00.000001Z", "2026-01-01", None, None, None, None],
                    "from": ["1900-01-01", "2026-01-01", None, None, "1900-03-01", None],
                    "whole": ["true", "false", None, None, None, None],
                }
            ),
            "needs": [
                {
                    "id": "n", "participant": ids[7], "category": "c", "quantity": "1", "unit": "kg",
                    "limit_price": "1", "currency": "GBP",
                }
            ],
        },
        name='=a "name"\\', currency="GBP", as_of=today, settlement="priced", sources=["one", "=two"],
    )  # fmt: skip


FORMS = ("csv", "parquet", "xlsx", "json", "arrow")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["grain", "uk-food-aid"])
def test_an_example_goes_through_each_form_and_back(name: str, form: str, tmp_path: Path) -> None:
    """The canonical JSON is the same to the last byte."""
    book = Book.read(EXAMPLES / name)
    assert read_again(book, form, tmp_path).canonical_json() == book.canonical_json()


@pytest.mark.parametrize("form", FORMS)
def test_hostile_texts_and_extreme_numbers_go_through_each_form_and_back(form: str, tmp_path: Path) -> None:
    """Formulas, quotes, line ends, other scripts, words that look like numbers; the limits of numbers."""
    book = with_hostile_texts()
    assert read_again(book, form, tmp_path).canonical_json() == book.canonical_json()


@pytest.mark.parametrize("form", FORMS)
def test_every_noun_goes_through_each_form_and_back(form: str, tmp_path: Path) -> None:
    """The sample book has a row of each noun and fills nearly every field."""
    book = Book.from_tables(sample(), **SETTINGS)
    assert set(filled_tables(book)) == set(NOUNS)
    assert read_again(book, form, tmp_path).canonical_json() == book.canonical_json()


def test_two_forms_of_one_book_are_the_same_bytes_twice(tmp_path: Path) -> None:
    """Writing is deterministic: same book, same bytes."""
    book = with_hostile_texts()
    for form in ("csv", "parquet", "xlsx", "json"):
        (tmp_path / "a" / form).mkdir(parents=True)
        (tmp_path / "b" / form).mkdir(parents=True)
        first, second = write(book, form, tmp_path / "a" / form), write(book, form, tmp_path / "b" / form)
        files = sorted(first.iterdir()) if first.is_dir() else [first]
        for file in files:
            other = second / file.name if second.is_dir() else second
            assert file.read_bytes() == other.read_bytes(), file.name


def test_no_cell_of_a_written_csv_begins_like_a_formula(tmp_path: Path) -> None:
    """But for plain numbers and ids, which can call nothing."""
    folder = write(with_hostile_texts(), "csv", tmp_path)
    names = pl.read_csv(folder / "participants.csv", infer_schema=False)["name"].to_list()
    assert len(names) == len(NAMES)
    assert not [name for name in names if name[0] in "=+@＝＋－＠" or name.startswith("- ")]
    assert sorted(cell.lstrip("'") for cell in names) == sorted(name.lstrip("'") for name in NAMES)
    assert "'=1+1" in names
    assert "-farm" in names
    ids = pl.read_csv(folder / "offers.csv", infer_schema=False)
    assert ids["id"].str.starts_with("-o").all()
    assert "-0.000001" in ids["limit_price"].to_list()


def test_a_written_workbook_holds_text_numbers_and_days_but_no_formula(tmp_path: Path) -> None:
    """openpyxl, which reads formulas as formulas, finds none."""
    book = openpyxl.load_workbook(write(with_hostile_texts(), "xlsx", tmp_path))
    kinds = {
        cell.data_type for page in book for row in page.iter_rows() for cell in row if cell.value is not None
    }
    assert kinds == {"s", "n", "d"}
    cells = [cell for row in book["offers"].iter_rows() for cell in row]
    assert {cell.value for cell in cells if cell.data_type == "n"} >= {0.1, -0.000001, 999999999.999999}
    assert datetime.datetime(1900, 3, 1) in {cell.value for cell in cells if cell.data_type == "d"}
    assert all(cell.hyperlink is None for cell in cells)


RISKY = st.text(st.sampled_from("'=+-@\t＝＠a1 \"\n,é"), min_size=1, max_size=5)


@settings(max_examples=200, deadline=None)
@given(
    cells=st.lists(
        st.text(st.sampled_from("'=+-@\t＝＠a1 \"\n,é"), min_size=1, max_size=5), min_size=1, max_size=6
    )
)
def test_apostrophes_are_put_before_formulas_and_taken_off_again(
    cells: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Exactly, whatever the text: the pair of writer and reader changes nothing."""
    file = tmp_path_factory.mktemp("csv") / "offers.csv"
    harmless(pl.DataFrame({"id": cells, "end": "x"})).write_csv(file)
    part = read_csv(file, "offers")
    assert part.table is not None, part.findings
    assert part.table.frame["id"].to_list() == cells


def test_settings_of_every_kind_go_through_toml() -> None:
    """Quotes, backslashes, line ends, days, counts and lists."""
    written: dict[str, Any] = {
        "name": 'a "b" \\ \n\x7f é',
        "as_of": "2026-01-02",
        "time_step_days": 7,
        "sources": ["x", '"'],
    }
    assert tomllib.loads(toml_of(written)) == {**written, "as_of": datetime.date(2026, 1, 2)}


def test_a_folder_that_holds_a_book_is_not_written_over(tmp_path: Path) -> None:
    """Tables of the old book would stay between those of the new one."""
    book = Book.read(EXAMPLES / "grain")
    write_folder(book, tmp_path / "out")
    before = check(tmp_path / "out").book.canonical_json()
    with pytest.raises(BookError, match="holds a book already"):
        write_folder(with_hostile_texts(), tmp_path / "out", "parquet")
    assert check(tmp_path / "out").book.canonical_json() == before


def test_a_workbook_without_its_package_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XlsxWriter is an extra; reading needs nothing."""
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(DependencyError, match=r"fourflow\[excel\]"):
        write_book(Book.read(EXAMPLES / "grain"), tmp_path / "book.xlsx")
