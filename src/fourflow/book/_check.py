"""Raw tables -> Inspected: the whole of validation, in the order in which one step needs another."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from fourflow.book._advice import advise
from fourflow.book._alike import warn_of_names_alike
from fourflow.book._assume import assume, blank_sheet
from fourflow.book._assume_kinds import KIND
from fourflow.book._assume_travel import COORDINATES
from fourflow.book._cells import check_hygiene, parse
from fourflow.book._fields import FIELDS, NOUNS
from fourflow.book._header import read_sheet
from fourflow.book._raw_table import RawTable
from fourflow.book._references import check_references
from fourflow.book._rules import check_rows, currency_of, rates_of
from fourflow.book._sheet import Sheet
from fourflow.book._taxonomy import check_categories, check_listings
from fourflow.errors import Finding


@dataclass(frozen=True)
class Inspected:
    """settings : typed values of book.toml; tables : noun -> admitted rows, typed, with `_row`;
    findings : everything found; refused : noun -> refused rows as read."""

    settings: dict[str, Any]
    tables: dict[str, pl.DataFrame]
    findings: tuple[Finding, ...]
    refused: dict[str, pl.DataFrame]


def inspect(
    raw: list[RawTable], settings: Mapping[str, str], findings: list[Finding], title: str, settings_file: str
) -> Inspected:
    """Validate raw tables: `findings` are the reader's, `title` names the book where nothing else does."""
    sheets = _sheets(raw, settings, settings_file)
    for sheet in sheets.values():
        check_hygiene(sheet)
    lost = _lost(findings)
    said = assume(sheets, title, lost)
    for sheet in sheets.values():
        parse(sheet)
    check_rows(sheets)
    rates = rates_of(sheets["fx"].typed, currency_of(sheets))
    check_categories(sheets, rates)
    check_listings(sheets, rates)
    check_references(sheets)
    advise(sheets)
    warn_of_names_alike(sheets)
    if raw or not findings:
        said += [_none(noun) for noun in ("offers", "needs") if not len(sheets[noun]) and noun not in lost]
    found = [*findings, *said, *(finding for sheet in sheets.values() for finding in sheet.findings())]
    refused = {noun: rows for noun in NOUNS if len(rows := sheets[noun].refused_rows())}
    tables = {noun: _admitted(sheets[noun]) for noun in NOUNS}
    return Inspected(_settings(sheets, title), tables, tuple(found), refused)


def _lost(findings: list[Finding]) -> set[str]:
    """The tables of which the reader refused something: they were given, so nothing is assumed for them."""
    words = {
        word for entry in findings if entry.severity == "refused" for word in re.split(r"[ ./]", entry.file)
    }
    return words & set(FIELDS)


def _none(noun: str) -> Finding:
    rule = f"there are no {noun}, so nothing can be awarded"
    return Finding(f"book.{noun}.none", noun, 0, "", "", rule, f"add {noun}.csv", "", "warning")


def _sheets(raw: list[RawTable], settings: Mapping[str, str], settings_file: str) -> dict[str, Sheet]:
    by_noun = {table.noun: table for table in raw}
    assert len(by_noun) == len(raw), "the reader gives one table per noun"
    no_places = "places" not in by_noun
    allowed: tuple[str, ...] = COORDINATES if no_places else ()
    if no_places and "participants" not in by_noun:
        allowed += ("region",)
    if "categories" not in by_noun:
        allowed += (KIND,)
    sheets = {"book": _settings_sheet(settings, settings_file)}
    for noun in NOUNS:
        extra = allowed if noun in ("offers", "needs") else ()
        sheets[noun] = read_sheet(by_noun[noun], extra) if noun in by_noun else blank_sheet(noun)
    return sheets


def _settings_sheet(settings: Mapping[str, str], file: str) -> Sheet:
    if not settings:
        return blank_sheet("book", file)
    frame = pl.DataFrame(
        {key: [value] for key, value in settings.items()}, schema=dict.fromkeys(settings, pl.String)
    )
    sheet = read_sheet(RawTable("book", file, frame, -1))
    sheet.header_row = 0
    return sheet


def _settings(sheets: Mapping[str, Sheet], title: str) -> dict[str, Any]:
    """The settings with something in the place of what is wrong: then the book is refused anyway."""
    rows = sheets["book"].typed.to_dicts()
    said: dict[str, Any] = rows[0] if rows else {}
    return {
        "name": said.get("name") or title,
        "currency": currency_of(sheets),
        "as_of": said.get("as_of") or datetime.datetime.now(datetime.UTC).date(),
        "settlement": said.get("settlement") or "priced",
        "bids": said.get("bids") or "sealed",
        "time_step_days": said.get("time_step_days") or 0,
        "sources": _lines(said.get("sources")),
        "assumptions": _lines(said.get("assumptions")),
    }


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(line.strip() for line in (text or "").splitlines() if line.strip())


def _admitted(sheet: Sheet) -> pl.DataFrame:
    kept = np.flatnonzero(~sheet.refused)
    frame = sheet.typed.with_columns(pl.Series("_row", sheet.row))[kept]
    assert len(frame) + int(sheet.refused.sum()) == len(sheet) == len(sheet.raw), sheet.noun
    return frame
