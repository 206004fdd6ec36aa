"""JSON, and rows of Python values -> RawTables.

One file: {"book": {...settings...}, "offers": [{...}, ...], "needs": [...], ...}. Numbers are kept as
they are written, so nothing is rounded; a list of texts is joined by `;`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from fourflow.book._raw_csv import check_text
from fourflow.book._raw_table import (
    MAX_COLUMNS,
    Fault,
    RawPart,
    RawTable,
    drop_unnamed,
    name_columns,
    plain_name,
    refuse,
    refuse_rows,
    visible,
)
from fourflow.errors import Finding

MAX_JSON_BYTES = 256 * 2**20  # becomes some ten times as much in memory
_SURROGATE = re.compile("[\ud800-\udfff]")


class _NotJson(Exception):
    """JSON that the standard forbids, or that means two things; the text says what."""


class _Constant(str):
    """NaN, Infinity or -Infinity where the standard has no such word: refused in its cell."""


def read_json(file: Path, by_cell: bool = False) -> tuple[dict[str, Any], list[Finding]]:
    """The object in a JSON file, numbers as text; or nothing, and the finding that says why.

    by_cell : leave NaN and Infinity to whoever reads the cells, who can name the row and the field.
    """
    name, data = file.name, file.read_bytes()
    if len(data) > MAX_JSON_BYTES:
        rule = f"has {len(data)} bytes, the most for JSON is {MAX_JSON_BYTES}"
        return {}, [refuse("file.size", name, rule, "save the tables as Parquet")]
    faults = check_text(name, data)
    if faults:
        return {}, faults
    try:
        content = json.loads(
            data.decode(),
            object_pairs_hook=_unique,
            parse_float=str,
            parse_int=str,
            parse_constant=_Constant if by_cell else _refuse_constant,
        )
    except json.JSONDecodeError as error:
        rule = f"is not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        return {}, [
            refuse("json.malformed", name, rule, "a comma, bracket or quotation mark is missing there")
        ]
    except _NotJson as error:
        return {}, [
            refuse("json.malformed", name, str(error), "it was written by hand or by a loose program")
        ]
    except RecursionError:
        rule = "is nested deeper than any book"
        return {}, [refuse("json.deep", name, rule, "it is damaged, or was made to harm")]
    if not isinstance(content, dict):
        rule = "holds no object of tables"
        return {}, [refuse("json.shape", name, rule, 'it should be {"book": {...}, "offers": [{...}], ...}')]
    return content, []


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        names = [key for key, _ in pairs]
        twice = next(key for key in unique if names.count(key) > 1)
        who = f" in the object with id {unique['id']!r}" if isinstance(unique.get("id"), str) else ""
        raise _NotJson(f"has the key {twice[:80]!r} twice{who[:120]}")
    return unique


def _refuse_constant(word: str) -> Any:
    raise _NotJson(f"holds {word}, which is no number")


def rows_to_table(file: str, noun: str, rows: Sequence[Any]) -> RawPart:
    """Rows given as mappings {field: value}, as a table of text; the first row is shown as row 2."""
    if not isinstance(rows, Sequence) or isinstance(rows, (str, bytes)):
        rule = f"holds {type(rows).__name__} where a list of rows belongs"
        return RawPart(None, [refuse("json.shape", file, rule, 'it should be [{"id": ...}, ...]')])
    keys = _keys(rows)
    if len(keys) > MAX_COLUMNS:
        rule = f"has more than {MAX_COLUMNS} different fields"
        return RawPart(None, [refuse("file.columns", file, rule, "ids were written as field names")])
    names, faults = name_columns(file, keys)
    if faults:
        return RawPart(None, faults)
    cells, wrong = _fill(rows, keys)
    frame = pl.DataFrame(cells, schema={str(i): pl.String for i in range(len(keys))})
    frame, faults = drop_unnamed(file, frame, names, header_row=1)
    if faults:
        return RawPart(None, faults)
    table = RawTable(noun, file, frame, refused_rows=tuple(wrong))
    shown = [row + 2 for row in wrong]
    maybe = "a table cell holds one text, number, date or true/false"
    return RawPart(table, refuse_rows("cell.type", file, shown, list(wrong.values()), maybe))


def _keys(rows: Sequence[Any]) -> list[str]:
    """The fields of all rows, in the order of their first appearance; stops beyond the limit."""
    keys: dict[str, None] = {}
    for row in rows:
        if isinstance(row, Mapping) and not keys.keys() >= row.keys():
            keys.update(dict.fromkeys(str(key) for key in row))
            if len(keys) > MAX_COLUMNS:
                break
    return list(keys)


def _fill(rows: Sequence[Any], keys: list[str]) -> tuple[list[list[str | None]], dict[int, Fault]]:
    """The columns, and {row: what is wrong with it}; a wrong cell is left empty."""
    wrong: dict[int, Fault] = {}
    columns: list[list[str | None]] = [[None] * len(rows) for _ in keys]
    places = dict(zip(keys, columns, strict=True))
    for i, row in enumerate(rows):
        if not isinstance(row, Mapping):
            wrong[i] = Fault(f"the row is {_describe(row)}, not an object of fields")
            continue
        for key, value in row.items():
            try:
                places[key][i] = text_of(value)
            except ValueError as error:
                shown = visible(value[:80]) if isinstance(value, str) else _describe(value)
                wrong.setdefault(i, Fault(str(error), plain_name(str(key)[:80]), shown))
    return columns, wrong


def text_of(value: object) -> str | None:
    """The text of a cell; ValueError for what has none, which says what must be."""
    if isinstance(value, _Constant):
        raise ValueError("must be a finite number, or a text in quotation marks")
    if isinstance(value, str):
        if not value.isascii() and _SURROGATE.search(value):
            raise ValueError("must not hold half a character (a lone surrogate)")
        return value or None
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return _number_text(value)
    if isinstance(value, float):
        return _number_text(Decimal(repr(value)))
    if isinstance(value, datetime):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return _list_text(value)
    raise ValueError(f"must be a text, a number, a date or true/false, not {_describe(value)}")


def _number_text(value: int | Decimal) -> str:
    if isinstance(value, int):
        if value.bit_length() > 4096:
            raise ValueError("must be a number of at most a thousand digits")
        return str(value)
    if not value.is_finite():
        return str(value)
    if abs(value.adjusted()) > 1000:
        raise ValueError("must be a number of at most a thousand digits")
    return format(value, "f").removesuffix(".0")


def _list_text(items: Sequence[object]) -> str | None:
    texts = [text_of(item) for item in items if not isinstance(item, (list, tuple))]
    if len(texts) < len(items) or any(text is None or ";" in text for text in texts):
        raise ValueError("must be a list without empty or nested items, and without semicolons in them")
    return ";".join(text for text in texts if text) or None


def _describe(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", bytes: "bytes", bool: "true or false"}
    return kinds.get(type(value), f"of type {type(value).__name__}"[:60])
