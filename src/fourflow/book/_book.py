"""`Book`: what participants publish, admitted and typed; read from and written to any of its forms.

`Admission` is what `check` gives: the book of the admitted rows, every finding, and the refused rows
as they were read. Admitted + refused = input, for every table.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from fourflow.book._cells import cell_texts
from fourflow.book._check import Inspected, inspect
from fourflow.book._fields import FIELDS, NOUNS
from fourflow.book._market import MICRO
from fourflow.book._raw import from_tables, read_raw
from fourflow.book._write import write_book
from fourflow.errors import BookError, Finding


class _Frame:
    """A noun's table as a person reads it: decimals as numbers, without the row numbers of the file."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.noun = name

    def __get__(self, book: Book | None, owner: type | None = None) -> pl.DataFrame:
        if book is None:
            return pl.DataFrame()
        numbers = [entry.name for entry in FIELDS[self.noun] if entry.type == "decimal"]
        return book.tables[self.noun].drop("_row").with_columns(pl.col(numbers).cast(pl.Float64) / MICRO)


@dataclass(frozen=True, eq=False)
class Book:
    """One market's offers, needs and everything about them.

    tables : noun -> typed frame: decimals as Int64 millionths, `_row` the row in the file it came from.
    Attributes such as `book.offers` give the same frames with decimals as numbers, to read and plot.
    """

    name: str
    currency: str
    as_of: datetime.date
    settlement: str
    bids: str
    time_step_days: int
    sources: tuple[str, ...]
    assumptions: tuple[str, ...]
    tables: Mapping[str, pl.DataFrame]

    fx = _Frame()
    participants = _Frame()
    places = _Frame()
    lanes = _Frame()
    modes = _Frame()
    categories = _Frame()
    offers = _Frame()
    needs = _Frame()
    projects = _Frame()
    attributes = _Frame()
    requirements = _Frame()
    rules = _Frame()

    @classmethod
    def read(cls, path: str | Path, accept_partial: bool = False) -> Book:
        """The book at `path`: a folder of CSV or Parquet, an Excel file or a JSON file.

        Raises BookError with every finding if a row is refused, unless `accept_partial`.
        """
        return _admit(check(path), accept_partial)

    @classmethod
    def from_tables(cls, tables: Mapping[str, Any], accept_partial: bool = False, **settings: Any) -> Book:
        """A book of tables in memory: noun -> anything with `__arrow_c_stream__`; settings as keywords."""
        return _admit(check_tables(tables, **settings), accept_partial)

    def settings(self) -> dict[str, Any]:
        """What book.toml holds; unset settings are left out."""
        values: dict[str, Any] = {
            "name": self.name,
            "currency": self.currency,
            "as_of": self.as_of.isoformat(),
            "settlement": self.settlement,
            "bids": self.bids,
            "time_step_days": self.time_step_days or None,
            "sources": list(self.sources) or None,
            "assumptions": list(self.assumptions) or None,
        }
        return {key: value for key, value in values.items() if value is not None}

    def text_tables(self) -> dict[str, pl.DataFrame]:
        """Every table that has rows, as canonical text cells in canonical order; null = empty."""
        return {noun: self._text_table(noun) for noun in NOUNS if len(self.tables[noun])}

    def _text_table(self, noun: str) -> pl.DataFrame:
        text = self.tables[noun].select(cell_texts(entry) for entry in FIELDS[noun])
        has_ids = "id" in text.columns and text["id"].null_count() == 0
        return text.sort("id" if has_ids else text.columns, nulls_last=False)

    def canonical_json(self) -> bytes:
        """The same bytes for the same book, whatever its form and row order."""
        parts = {noun: _json_rows(table) for noun, table in self.text_tables().items()}
        parts["book"] = json.dumps(self.settings(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return ("{" + ",".join(f'"{noun}":{parts[noun]}' for noun in sorted(parts)) + "}").encode()

    def write(self, path: str | Path) -> None:
        """Write the book: a folder of CSV, or the form that the ending of `path` names."""
        write_book(self, path)

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(self.tables[noun]):,} {noun}" for noun in NOUNS if len(self.tables[noun]))
        return f"Book({self.name!r}, {self.currency}, {self.as_of}: {counts or 'empty'})"


def _json_rows(table: pl.DataFrame) -> str:
    """A JSON array of objects with sorted keys and without empty cells, made column by column."""
    cells = [
        pl.when(pl.col(name).is_not_null()).then(pl.format('"{}":"{}"', pl.lit(name), _escaped(table[name])))
        for name in sorted(table.columns)
    ]
    rows = table.select(pl.concat_str(cells, separator=",", ignore_nulls=True)).to_series()
    return "[{" + "},{".join(rows.to_list()) + "}]"


def _escaped(cells: pl.Series) -> pl.Series:
    """Text as it stands between the quotes of JSON; almost none has anything to escape."""
    odd = cells.filter(cells.str.contains(r'["\\\x00-\x1f]').fill_null(False)).unique().to_list()
    return cells.replace({text: json.dumps(text, ensure_ascii=False)[1:-1] for text in odd}) if odd else cells


@dataclass(frozen=True, eq=False)
class Admission:
    """book : the admitted rows; findings : refusals and warnings; refused : noun -> the refused rows as
    read, with `_row` and `_reasons` in front."""

    book: Book
    findings: tuple[Finding, ...]
    refused: Mapping[str, pl.DataFrame]
    settings_file: str

    @property
    def has_settings(self) -> bool:
        """Whether the book's own settings stand; without them not even a part of it can be used."""
        return not any(f.severity == "refused" and f.file == self.settings_file for f in self.findings)

    @property
    def assumed(self) -> tuple[str, ...]:
        """What was assumed where the book says nothing, a sentence each."""
        rules = (finding.rule for finding in self.findings if finding.code.endswith(".assumed"))
        return tuple(f"{rule[:1].upper()}{rule[1:]}." for rule in rules)

    @property
    def is_clean(self) -> bool:
        """Whether nothing at all was refused (warnings may stand)."""
        return not any(finding.severity == "refused" for finding in self.findings)


def check(path: str | Path, snapshot: str = "") -> Admission:
    """Read and validate the book at `path`; nothing is raised for what its rows hold.

    snapshot : of a network folder (PyPSA), the hour to read, by its text or number; "" is the first.
    """
    raw, settings, findings = read_raw(path, snapshot)
    file = "book.toml" if Path(path).is_dir() else f"{Path(path).name} book"
    return _admission(inspect(raw, settings, findings, Path(path).resolve().stem or "book", file), file)


def check_tables(tables: Mapping[str, Any], **settings: Any) -> Admission:
    """Validate tables in memory: noun -> anything with `__arrow_c_stream__`."""
    raw, texts, findings = from_tables(tables, settings)
    return _admission(inspect(raw, texts, findings, "book", "book"), "book")


def _admission(seen: Inspected, settings_file: str) -> Admission:
    book = Book(**seen.settings, tables=seen.tables)
    return Admission(book, seen.findings, seen.refused, settings_file)


def _admit(admission: Admission, accept_partial: bool) -> Book:
    if not admission.has_settings or not (accept_partial or admission.is_clean):
        raise BookError(admission.findings)
    return admission.book
