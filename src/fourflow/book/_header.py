"""RawTable -> Sheet: headers are read, units in them spread over their cells, and unknown columns named.

A header may carry its unit: `quantity [kg]`, `limit_price [GBP/kg]`, `fixed_cost [GBP]`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import polars as pl

from fourflow.book._fields import FIELDS, Field, names
from fourflow.book._raw_table import RawTable
from fourflow.book._sheet import Sheet, join_words
from fourflow.units import CURRENCIES, find_unit, suggest_currency, suggest_unit

_HEADER = re.compile(r"^\s*([^\[\]]*?)\s*(?:\[\s*([^\[\]]*?)\s*\])?\s*$")
_WORDS = {
    "id": "ref reference key code number_id nr no nummer kennung",
    "participant": "who owner name seller buyer supplier donor giver receiver recipient customer company firm"
    " organisation organization anbieter geber spender empfänger einrichtung firma unternehmen teilnehmer"
    " fournisseur donateur bénéficiaire organisme proveedor donante beneficiario empresa",
    "participants": "who owner owners organisation organization applicant lead partner partners company firm"
    " träger antragsteller porteur solicitante",
    "category": "what item product goods good material commodity resource type ware artikel produkt"
    " gut bezeichnung produit marchandise article producto bien",
    "kind": "type",
    "name": "title project",
    "purpose": "description summary aim",
    "quantity": "qty amount number volume weight how_much how_many available needed"
    " menge anzahl quantité cantidad",
    "unit": "uom units einheit unité unidad",
    "limit_price": "price min_price max_price unit_price ask bid cost rate interest"
    " preis höchstpreis mindestpreis zins prix precio",
    "value": "worth benefit wert nutzen valeur valor",
    "own_money": "own_funds own_contribution own_means equity eigenmittel eigenanteil",
    "term_months": "months term duration laufzeit durée plazo",
    "currency": "ccy money währung devise monnaie moneda",
    "place": "where location site city town address ort stadt standort lieu ville lugar ciudad",
    "latitude": "lat breite breitengrad",
    "longitude": "lon lng long länge längengrad",
    "from": "start valid_from available_from von ab début desde",
    "until": "end valid_until available_until to deadline bis frist fin hasta",
    "use_by": "best_before expires expiry expiry_date haltbar_bis mhd",
    "from_place": "origin",
    "to_place": "destination",
}
OFTEN_MEANT: dict[str, list[str]] = {}
"""Headings that people write, and the fields that they may mean, likeliest first."""
for _name, _words in _WORDS.items():
    for _word in _words.split():
        OFTEN_MEANT.setdefault(_word, []).append(_name)
_NOTES = ("note", "notes", "comment", "comments", "remark", "remarks", "contact", "email", "e_mail", "mail",
          "phone", "telephone", "tel", "website", "url")  # fmt: skip
"""Headings of what people keep for themselves."""


@dataclass(frozen=True)
class _Header:
    """One header as written, the field it names and the unit in brackets (empty if none)."""

    text: str
    field: Field
    unit: str


def read_sheet(table: RawTable, extra: tuple[str, ...] = ()) -> Sheet:
    """The sheet of a raw table: cells stripped, blank lines skipped, one column for every field.

    `extra` are columns that are accepted beside the fields (a newcomer's region).
    """
    filled = _strip(table.frame)
    kept = filled.select(~pl.all_horizontal(pl.all().is_null())).to_series().to_numpy().copy()
    kept[list(table.refused_rows)] = True
    index = np.flatnonzero(kept)
    raw, filled = table.frame[index], filled[index]
    row = (index + table.header_row + 1).astype(np.int32)
    sheet = Sheet(table.noun, table.file, table.header_row, raw, row, pl.DataFrame(), frozenset())
    headers = _read_headers(sheet, filled.columns, extra)
    extras = [name for name in filled.columns if _fold(name) in extra]
    empty = pl.Series([None] * len(sheet), dtype=pl.String)
    columns = {name: filled[headers[name].text] if name in headers else empty for name in names(table.noun)}
    sheet.cells = pl.DataFrame(columns | {_fold(name): filled[name] for name in extras})
    sheet.columns = frozenset([*headers, *(_fold(name) for name in extras)])
    _refuse_rows_of_reader(sheet, table, index)
    _refuse_repeated_headers(sheet, headers)
    _spread_units(sheet, headers)
    return sheet


def _strip(frame: pl.DataFrame) -> pl.DataFrame:
    stripped = frame.with_columns(pl.all().str.strip_chars())
    return stripped.with_columns(
        pl.when(pl.col(name) == "").then(None).otherwise(pl.col(name)).alias(name) for name in frame.columns
    )


def _fold(text: str) -> str:
    """A header without what does not matter: case, blanks and dashes."""
    return re.sub(r"[\s\-]+", "_", text.strip().casefold())


def _read_headers(sheet: Sheet, columns: list[str], extra: tuple[str, ...]) -> dict[str, _Header]:
    known = {entry.name: entry for entry in FIELDS[sheet.noun]}
    headers: dict[str, _Header] = {}
    unknown: list[tuple[str, str, str]] = []
    for text in columns:
        matched = _HEADER.match(text)
        name, unit = (_fold(matched[1]), matched[2] or "") if matched else (_fold(text), "")
        if name in extra:
            continue
        if name not in known:
            unknown.append((text, name, unit))
        elif name in headers:
            rule = f"must not name the field {name} that {headers[name].text!r} names already"
            sheet.refuse_file(name, "column_twice", text, rule, "remove or rename one of the two")
        else:
            headers[name] = _Header(text, known[name], unit)
    for text, name, unit in unknown:
        missing = [entry for entry in (*known, *extra) if entry not in headers]
        _unknown_column(sheet, text, name, unit, missing)
    return headers


def _unknown_column(sheet: Sheet, text: str, name: str, unit: str, missing: list[str]) -> None:
    """Near a field it is a slip that would lose data, so refused; far from all it is the owner's note."""
    known = names(sheet.noun)
    bare = re.sub(r"_(per|je|pro|par|por)_.*$", "", re.sub(r"\(.*\)", "", name).strip("_"))
    inside = re.search(r"\((.*)\)", text)
    often = [field for field in OFTEN_MEANT.get(bare, ()) if field in missing]
    near = often[:1] or get_close_matches(bare, known, n=1, cutoff=0.7)
    if bare in _NOTES:
        sheet.note("column", "own_note", text, "is kept for yourself: it is not used", "", "note")
    elif near:
        stated = inside[1] if inside else unit
        sheet.meant |= {near[0], *(("unit", "currency") if stated else ())} & set(missing)
        maybe = f"{near[0]} [{stated}] is meant" if stated else f"{near[0]} is meant"
        sheet.note("column", "unknown", text, f"is no field of {sheet.noun}", maybe, "refused")
    else:
        rule = f"is no field of {sheet.noun} and is not used"
        maybe = f"it belongs in attributes; the fields are {join_words(known, 24)}"
        sheet.note("column", "unknown", text, rule, maybe, "warning")


def _refuse_rows_of_reader(sheet: Sheet, table: RawTable, index: np.ndarray) -> None:
    sheet.silence(np.isin(index, np.asarray(table.refused_rows, dtype=np.int64)), keep=("id",))


def _refuse_repeated_headers(sheet: Sheet, headers: dict[str, _Header]) -> None:
    """A data row that repeats the header, as pasted files have it."""
    if len(headers) < 2 or len(sheet) == 0:
        return
    first = next(iter(headers))
    if not sheet.cells[first].str.to_lowercase().is_in([headers[first].text.lower(), first]).any():
        return
    same = [
        pl.col(name).str.to_lowercase().is_in([header.text.strip().lower(), name]) | pl.col(name).is_null()
        for name, header in headers.items()
    ]
    filled = sum(pl.col(name).is_not_null().cast(pl.UInt32) for name in headers)
    rows = sheet.cells.select(pl.all_horizontal(same) & (filled >= 2)).to_series().to_numpy()
    sheet.flag(rows, first, "header_again", "must not repeat the header", "two files were pasted together")
    sheet.silence(rows)


def _spread_units(sheet: Sheet, headers: dict[str, _Header]) -> None:
    """Fill the columns `unit` and `currency` from the headers; refuse what contradicts itself."""
    said: dict[str, dict[str, str]] = {"unit": {}, "currency": {}}
    for name, header in headers.items():
        if header.unit:
            for column, text in _header_units(sheet, header).items():
                said[column][name] = text
    for column, by_field in said.items():
        if not by_field:
            continue
        texts = sorted(set(by_field.values()))
        if len(texts) > 1:
            rule = f"must be the same {column} in every header of the file, but they say {join_words(texts)}"
            sheet.refuse_file(column, "header_differs", "; ".join(texts), rule, f"use one {column} per file")
        else:
            _fill(sheet, column, texts[0], headers[next(iter(by_field))].text)


def _header_units(sheet: Sheet, header: _Header) -> dict[str, str]:
    """Which unit and currency one header states; a finding where it states something else."""
    entry = header.field
    if not entry.measure:
        if header.unit != entry.unit:
            rule = f"must be in {entry.unit}" if entry.unit else "has no unit"
            sheet.refuse_file(entry.name, "header_unit", header.text, rule, f"write {entry.name}")
        return {}
    money, _, per = header.unit.partition("/")
    stated: dict[str, str] = {}
    if entry.measure != "quantity":
        stated["currency"] = money.strip()
        if stated["currency"] not in CURRENCIES:
            near = suggest_currency(money)
            code, comma, more = near.partition(",")
            maybe = f"{entry.name} [{code}]{comma}{more}" if near else "GBP, EUR or another ISO 4217 code"
            sheet.refuse_file(entry.name, "header_currency", header.text, "has no known currency", maybe)
            return {}
    if entry.measure == "quantity" or (entry.measure == "price" and per):
        stated["unit"] = per.strip() if entry.measure == "price" else header.unit
        text = stated["unit"]
        unit = find_unit(text)
        if unit is None and text not in CURRENCIES:
            near = suggest_unit(text)
            sheet.refuse_file(entry.name, "header_unit", header.text, "has no known unit", near)
            return {}
        stated["unit"] = unit.symbol if unit else text
    return stated


def _fill(sheet: Sheet, column: str, text: str, header: str) -> None:
    cell = pl.col(column)
    if column == "unit":
        own = sheet.cells[column]
        aliases = [name for name in own.drop_nulls().unique().to_list() if _symbol(name) == text]
        differs = (own.is_not_null() & ~own.is_in([*aliases, text])).to_numpy()
    else:
        differs = (sheet.cells[column].is_not_null() & (sheet.cells[column] != text)).to_numpy()
    maybe = f"remove the column {column} or the unit in the header"
    sheet.flag(differs, column, "header_differs", f"must agree with the header {header!r}", maybe)
    sheet.cells = sheet.cells.with_columns(cell.fill_null(text))
    sheet.columns |= {column}


def _symbol(text: str) -> str:
    unit = find_unit(text)
    return unit.symbol if unit else text
