"""Book -> files: a folder of CSV or Parquet, one workbook, one JSON file; and Arrow tables in memory.

Every form reads back to the same book, cell by cell. A spreadsheet runs a cell that begins with
= + - or @ as a formula, so in CSV a text that begins so gets an apostrophe in front, which our reader
takes off again; in a workbook, text is stored as text.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from json.encoder import encode_basestring
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from fourflow.book._fields import FIELDS, ID_PATTERN, NOUNS
from fourflow.book._raw_csv import FORMULA_START
from fourflow.book._raw_table import refuse
from fourflow.book._write_excel import write_excel
from fourflow.errors import BookError

if TYPE_CHECKING:
    from fourflow.book._book import Book

Form = Literal["csv", "parquet"]
_NUMBERS: dict[str, Any] = {"decimal": pl.Decimal(38, 6), "integer": pl.Int64}


def write_book(book: Book, path: str | Path) -> None:
    """Write `book` in the form that the ending of `path` names: .xlsx, .json, or a folder of CSV."""
    path = Path(path)
    if path.suffix.lower() == ".xlsx":
        write_excel(book.settings(), filled_tables(book), path)
    elif path.suffix.lower() == ".json":
        write_json(book, path)
    else:
        write_folder(book, path)


def write_folder(book: Book, folder: str | Path, form: Form = "csv") -> None:
    """Write book.toml and a file for each noun that has rows into `folder`, which holds no book yet."""
    folder = Path(folder)
    _check_free(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "book.toml").write_text(toml_of(book.settings()), encoding="utf-8", newline="\n")
    for noun, table in filled_tables(book).items():
        if form == "csv":
            harmless(table).write_csv(folder / f"{noun}.csv")
        else:
            typed(noun, table).write_parquet(folder / f"{noun}.parquet")


def write_json(book: Book, path: str | Path) -> None:
    """Write one JSON file with a line for each row; numbers are numbers, with all their digits."""
    parts = [f'"book": {json.dumps(book.settings(), ensure_ascii=False, indent=1)}']
    for noun, table in filled_tables(book).items():
        rows = ",\n".join(_json_rows(noun, table))
        parts.append(f'"{noun}": [\n{rows}\n]')
    Path(path).write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8", newline="\n")


def to_arrow(book: Book) -> dict[str, pl.DataFrame]:
    """noun -> a typed table with `__arrow_c_stream__`; decimals are exact, with six places."""
    return {noun: typed(noun, table) for noun, table in filled_tables(book).items()}


def filled_tables(book: Book) -> dict[str, pl.DataFrame]:
    """The canonical text of every table that has rows, without the columns that are empty throughout."""
    tables = book.text_tables()
    return {
        noun: table.select(column for column in table if column.null_count() < table.height)
        for noun, table in tables.items()
    }


def typed(noun: str, table: pl.DataFrame) -> pl.DataFrame:
    """Canonical text as exact types."""
    kinds = {field.name: field.type for field in FIELDS[noun]}
    columns = []
    for name in table.columns:
        kind = kinds[name]
        cell = pl.col(name)
        if kind == "bool":
            columns.append((cell == "true").alias(name))
        elif kind == "date":
            columns.append(cell.str.to_date("%Y-%m-%d"))
        elif kind == "datetime":
            columns.append(cell.str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", time_zone="UTC"))
        else:
            columns.append(cell.cast(_NUMBERS.get(kind, pl.String)))
    return table.select(columns)


def harmless(table: pl.DataFrame) -> pl.DataFrame:
    """`table` with an apostrophe before each text that a spreadsheet would run as a formula.

    Plain numbers and ids (letters, digits and . _ : / -) cannot call anything and stay as they are.
    """
    texts = pl.col(pl.String)
    risky = texts.str.contains(FORMULA_START) & ~texts.str.contains(ID_PATTERN)
    return table.with_columns(pl.when(risky).then(pl.lit("'") + texts).otherwise(texts).name.keep())


def toml_of(settings: dict[str, Any]) -> str:
    """The text of book.toml."""
    lines = []
    for key, value in settings.items():
        if isinstance(value, list):
            items = "".join(f"  {_quoted(item)},\n" for item in value)
            lines.append(f"{key} = [\n{items}]\n")
        else:
            bare = key == "as_of" or isinstance(value, int)
            lines.append(f"{key} = {value if bare else _quoted(value)}\n")
    return "".join(lines)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _json_rows(noun: str, table: pl.DataFrame) -> Iterator[str]:
    """A line for each row; written column by column, which takes a third of the time."""
    bare = {field.name for field in FIELDS[noun] if field.type in ("decimal", "integer", "bool")}
    columns = []
    for column in table:
        written = str if column.name in bare else encode_basestring
        key = f"{encode_basestring(column.name)}: "
        columns.append(["" if cell is None else key + written(cell) for cell in column.to_list()])
    for cells in zip(*columns, strict=True):
        yield f" {{{', '.join(filter(None, cells))}}}"


def _check_free(folder: Path) -> None:
    """A second book in one folder would leave tables of the first between its own."""
    if folder.is_dir():
        there = sorted(name for name in os.listdir(folder) if name.split(".")[0].lower() in (*NOUNS, "book"))
        if there:
            rule = f"the folder holds a book already ({there[0]})"
            raise BookError([refuse("write.not_empty", folder.name, rule, "a new folder should be named")])
