"""JSON and rows in memory: what the standard forbids or leaves open is refused, numbers keep their digits."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fourflow.book._raw import from_tables, read_raw
from fourflow.book._raw_table import RawTable
from fourflow.errors import BookError, Finding


def read(tmp_path: Path, text: str | bytes) -> tuple[list[RawTable], dict[str, str], list[Finding]]:
    file = tmp_path / "book.json"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_raw(file)


def test_numbers_are_taken_digit_by_digit(tmp_path: Path) -> None:
    """No float is made on the way, so thirty digits, 1e999 and -0 arrive as they were written."""
    row = '{"id": 1, "a": 0.1000000000000000000000000000001, "b": 1e999, "c": -0, "d": 9223372036854775808}'
    tables, _, findings = read(tmp_path, f'{{"offers": [{row}]}}')
    assert findings == []
    assert tables[0].frame.rows() == [
        ("1", "0.1000000000000000000000000000001", "1e999", "-0", "9223372036854775808")
    ]


def test_each_type_of_json_has_its_text(tmp_path: Path) -> None:
    """Text, true and false, null, missing fields, and lists joined by semicolons."""
    tables, settings, findings = read(
        tmp_path,
        '{"book": {"name": "x", "sources": ["a", "b"], "time_step_days": 1, "bids": null},'
        ' "Offers": [{"id": "a", "whole": true, "list": ["x", "y"]}, {"id": "", "other": null}, {}]}',
    )
    assert findings == []
    assert settings == {"name": "x", "sources": "a\nb", "time_step_days": "1"}
    assert tables[0].frame.columns == ["id", "whole", "list", "other"]
    assert tables[0].frame.rows() == [("a", "true", "x;y", None), (None,) * 4, (None,) * 4]


WHOLE: dict[str, tuple[str | bytes, str, str]] = {
    "NaN": ('{"offers": [{"id": NaN}]}', "cell.type", "id is 'NaN' but must be a finite number"),
    "Infinity": ('{"offers": [{"id": -Infinity}]}', "cell.type", "id is '-Infinity' but must be"),
    "a key twice": ('{"offers": [{"id": "a", "id": "b"}]}', "json.malformed", "'id' twice"),
    "a table twice": ('{"offers": [], "offers": []}', "json.malformed", "'offers' twice"),
    "cut short": ('{"offers": [{"id": "a"}', "json.malformed", "line 1"),
    "a comma too many": ('{"offers": [],\n}', "json.malformed", "line 2"),
    "two objects": ("{}{}", "json.malformed", "Extra data"),
    "a list": ("[]", "json.shape", "no object"),
    "a number": ("1", "json.shape", "no object"),
    "deep lists": ("[" * 200_000, "json.deep", "deeper"),
    "deep objects": ('{"a":' * 200_000, "json.deep", "deeper"),
    "byte order mark": (b"\xef\xbb\xbf{}", "encoding.byte_order_mark", "mark"),
    "UTF-16": ("{}".encode("utf-16"), "encoding.utf16", "UTF-16"),
    "Latin-1": (b'{"offers": [{"id": "\xe9"}]}', "encoding.not_utf8", "0xE9"),
    "empty": (b"", "file.empty", "empty"),
    "gzip": (b"\x1f\x8b{}", "file.compressed", "gzip"),
    "settings in a list": ('{"book": [], "offers": []}', "json.shape", "'book'"),
    "a table in an object": ('{"offers": {"a": 1}}', "json.shape", "list of rows"),
    "an unknown table": ('{"ofers": []}', "table.unknown", "you meant offers"),
    "a table in two cases": ('{"offers": [], "OFFERS": []}', "table.twice", "offers' too"),
    "NUL in a field name": ('{"offers": [{"i\\u0000d": 1}]}', "column.unprintable", "NUL"),
    "half a character in a field name": ('{"offers": [{"\\ud800": 1}]}', "column.unprintable", "U+D800"),
    "100,000 fields": (
        '{"offers": [{' + ",".join(f'"k{i}": 1' for i in range(100_000)) + "}]}", "file.columns", "512"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_json_that_means_nothing_or_two_things_is_refused(name: str, tmp_path: Path) -> None:
    """One finding with its code and a word on the cause; never a RecursionError or a silent choice."""
    text, code, word = WHOLE[name]
    _, _, findings = read(tmp_path, text)
    assert [finding.code for finding in findings] == [f"book.{code}"]
    assert word in str(findings[0])
    assert len(str(findings[0])) < 500


def test_100000_unknown_tables_are_answered_in_8_kilobytes(tmp_path: Path) -> None:
    """Twenty are named, the others counted."""
    _, _, findings = read(tmp_path, "{" + ",".join(f'"offer{i}": []' for i in range(100_000)) + "}")
    assert len(findings) == 21
    assert len(str(BookError(findings)).encode()) <= 8192


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ('"text"', '{"id": "text"}'),
        ("7", '{"id": 7}'),
        ("null", "{}"),
        ('{"id": {"a": 1}}', '{"id": "a"}'),
        ('{"id": [["a"]]}', '{"id": ["a"]}'),
        ('{"id": ["a;b"]}', '{"id": ["a", "b"]}'),
        ('{"id": ["a", null]}', '{"id": "a"}'),
        ('{"id": "\\ud800"}', '{"id": "\\ud83d\\ude00"}'),
    ],
)
def test_a_row_that_is_no_row_is_refused_and_the_others_are_kept(bad: str, good: str, tmp_path: Path) -> None:
    """A bad row beside its nearest good one: the bad one is named by its number."""
    tables, _, findings = read(tmp_path, f'{{"offers": [{{"id": "a"}}, {bad}, {good}]}}')
    assert tables[0].refused_rows == (1,)
    assert tables[0].frame.height == 3
    assert [(finding.code, finding.row) for finding in findings] == [("book.cell.type", 3)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (1e22, "10000000000000000000000"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
        (Decimal("1.50"), "1.50"),
        (Decimal("1E+3"), "1000"),
        (True, "true"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (datetime.datetime(2026, 1, 2), "2026-01-02"),
        (datetime.datetime(2026, 1, 2, 3, 4), "2026-01-02T03:04:00"),
        (("a", "b"), "a;b"),
    ],
)
def test_values_of_python_have_one_text(value: Any, text: str) -> None:
    """Rows in memory may hold Python's own types."""
    tables, _, findings = from_tables({"offers": [{"id": value}]}, {})
    assert findings == []
    assert tables[0].frame.item() == text


@pytest.mark.parametrize("value", ["10**5000", Decimal("1e9999"), b"bytes", object(), {1}, 1j, [["a"]]])
def test_values_without_a_text_are_refused(value: Any) -> None:
    """Not turned into their representation, and not a crash."""
    value = 10**5000 if value == "10**5000" else value
    tables, _, findings = from_tables({"offers": [{"id": value}]}, {})
    assert tables[0].refused_rows == (0,)
    assert [finding.code for finding in findings] == ["book.cell.type"]


def test_settings_without_a_text_are_refused() -> None:
    """A setting is one value or a list of lines."""
    _, settings, findings = from_tables(
        {}, {"name": "x", "currency": {"a": 1}, "as_of": datetime.date(2026, 1, 2)}
    )
    assert settings == {"name": "x", "as_of": "2026-01-02"}
    assert [finding.code for finding in findings] == ["book.settings.type"]
