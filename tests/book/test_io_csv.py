"""CSV: each hostile file is refused with a finding that names the fault, its nearest good file is read."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourflow.book import _raw_scan
from fourflow.book._raw import read_raw
from fourflow.book._raw_csv import read_csv
from fourflow.book._raw_table import RawPart

GOOD = b"id,name\no1,wheat\no2,rye\n"


def read(tmp_path: Path, data: bytes) -> RawPart:
    file = tmp_path / "offers.csv"
    file.write_bytes(data)
    return read_csv(file, "offers")


def rows(part: RawPart) -> list[tuple[str | None, ...]]:
    assert part.table is not None, part.findings
    return part.table.frame.rows()


WHOLE_FILE = {
    "byte order mark": (codecs.BOM_UTF8 + GOOD, GOOD, "book.encoding.byte_order_mark", 0),
    "UTF-16 with a mark": (GOOD.decode().encode("utf-16"), GOOD, "book.encoding.utf16", 0),
    "UTF-16 without a mark": (GOOD.decode().encode("utf-16-le") * 4, GOOD, "book.encoding.utf16", 0),
    "Latin-1": (b"id,name\n1,2\n2,bl\xe9\n", "id,name\n1,2\n2,blé\n".encode(), "book.encoding.not_utf8", 3),
    "cut in a character": (GOOD + b"o3,\xc3", GOOD + b"o3,\xc3\xa9", "book.encoding.not_utf8", 4),
    "a surrogate": (b"id,name\n1,\xed\xa0\x80\n", b"id,name\n1,\xee\x80\x80\n", "book.encoding.not_utf8", 2),
    "empty": (b"", b"id,name\n", "book.file.empty", 0),
    "only blank lines": (b"\n \r\n\n", b"\n\r\n\nid,name\n", "book.file.empty", 0),
    "only commas": (b",,,\n,,\n", b",,,\nid,name\n", "book.file.empty", 0),
    "gzip": (gzip.compress(GOOD), GOOD, "book.file.compressed", 0),
    "zlib": (zlib.compress(GOOD), GOOD, "book.encoding.not_utf8", 1),
    "zstd": (b"\x28\xb5\x2f\xfd" + GOOD, GOOD, "book.file.compressed", 0),
    "zip": (b"PK\x03\x04" + GOOD, GOOD, "book.file.compressed", 0),
    "Parquet": (b"PAR1" + GOOD, GOOD, "book.file.kind", 0),
    "old Excel": (b"\xd0\xcf\x11\xe0" + GOOD, GOOD, "book.file.kind", 0),
    "semicolons": (b"id;name\no1;rye\n", b"id\no1;rye\n", "book.file.separator", 1),
    "tabs": (b"id\tname\no1\trye\n", b"id\no1\trye\n", "book.file.separator", 1),
    "the same column twice": (b"id,name,ID\n1,2,3\n", b"id,name,id2\n1,2,3\n", "book.column.twice", 1),
    "the same column with a unit": (b"id,a [kg],a\n1,2,3\n", b"id,a [kg],b\n1,2,3\n", "book.column.twice", 1),
    "cells without a name": (b"id,\n1,\n2,3\n", b"id,\n1,\n2,\n", "book.column.nameless", 3),
    "NUL in the header": (b"id,na\0me\n1,2\n", b"id,name\n1,2\n", "book.column.unprintable", 1),
    "513 columns": (
        b",".join(b"c%d" % i for i in range(513)) + b"\n",
        b",".join(b"c%d" % i for i in range(512)) + b"\n",
        "book.file.columns",
        1,
    ),
    "a million columns": (b"id," * 10**6, b"id", "book.file.columns", 1),
    "one endless header": (b"a" * 200_000, b"a" * 60_000, "book.file.columns", 1),
    "one endless quoted header": (b'"' + b"a" * 200_000 + b'"', b'"a"', "book.file.columns", 1),
    "quote never closed": (b'id,name\n1,2\n2,"rye\n3,4\n', b'id,name\n1,2\n2,"rye"\n', "book.row.broken", 3),
    "closing quote lost": (
        b'id,name\n1,"rye\n2,"oats"\n3,x\n', b'id,name\n1,"rye"\n2,"oats"\n', "book.row.broken", 2
    ),
    "quote inside a cell": (b'id,name\n1,6" nails\n', b'id,name\n1,"6"" nails"\n', "book.row.broken", 2),
    "text after the quote": (b'id,name\n1,"rye"x\n', b'id,name\n1,"ryex"\n', "book.row.broken", 2),
    "space before the quote": (b'id,name\n1, "rye"\n', b'id,name\n1,"rye"\n', "book.row.broken", 2),
    "line ends of old Macs": (b"id,name\r1,2\r", b"id,name\r\n1,2\r\n", "book.row.broken", 1),
    "one lone carriage return": (b"id,name\n1,2\n3,\r4\n", b'id,name\n1,2\n3,"\r4"\n', "book.row.broken", 3),
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE_FILE)
def test_a_file_that_is_no_csv_is_refused_and_its_nearest_good_file_is_read(
    name: str, tmp_path: Path
) -> None:
    """Byte order mark, wrong encoding, another format, broken quotes: one finding, with code and row."""
    bad, good, code, row = WHOLE_FILE[name]
    part = read(tmp_path, bad)
    assert part.table is None
    assert [(finding.code, finding.row) for finding in part.findings] == [(code, row)]
    assert "Maybe" in str(part.findings[0])
    assert len(str(part.findings[0])) < 400
    assert rows(read(tmp_path, good)) is not None


@pytest.mark.parametrize(
    ("data", "refused", "shown"),
    [
        (b"id,name\n1,2\n1,2,3\n4,5\n", (1,), 3),
        (b"id,name\n1,2\n1\n4,5\n", (1,), 3),
        (b"\n\nid,name\n\n1,2\n3\n", (2,), 6),
        (b'id,name\n"1\n1",2\n3\n', (1,), 3),
        (b"id,name\r\n1,2\r\n1,2,\r\n", (1,), 3),
    ],
)
def test_a_ragged_row_is_refused_by_its_number_and_the_others_are_kept(
    data: bytes, refused: tuple[int, ...], shown: int, tmp_path: Path
) -> None:
    """Polars fills short rows and cuts long ones without a word; here the row is named and not read."""
    part = read(tmp_path, data)
    assert part.table is not None
    assert part.table.refused_rows == refused
    assert [(finding.code, finding.row) for finding in part.findings] == [("book.row.ragged", shown)]


def test_many_ragged_rows_are_all_refused_and_answered_briefly(tmp_path: Path) -> None:
    """Twenty are named one by one, the rest are counted: a reply does not grow with its input."""
    part = read(tmp_path, b"id,name\n" + b"1\n" * 5000)
    assert part.table is not None
    assert len(part.table.refused_rows) == 5000
    assert len(part.findings) == 21
    assert "4980 more rows, the last of them row 5001" in str(part.findings[-1])


def test_blank_rows_stay_so_that_rows_keep_their_numbers(tmp_path: Path) -> None:
    """Blank lines and lines of commas are rows without cells; those at the end are dropped."""
    part = read(tmp_path, b"\nid,name\n\n1,2\n,\n3,4\n,,,\n\n")
    assert rows(part) == [(None, None), ("1", "2"), (None, None), ("3", "4")]
    assert part.table is not None
    assert part.table.header_row == 2
    assert part.table.shown_row(3) == 6
    assert part.findings == []


def test_headers_as_people_write_them_are_read(tmp_path: Path) -> None:
    """Capitals, spaces, hyphens and units in round brackets do not matter."""
    part = read(tmp_path, b'ID,"Limit price (GBP/kg)", Quantity [kg] ,listed-at\n1,2,3,4\n')
    assert part.table is not None
    assert part.table.frame.columns == ["id", "limit_price [GBP/kg]", "quantity [kg]", "listed_at"]


def test_an_apostrophe_before_a_formula_is_taken_off(tmp_path: Path) -> None:
    """As spreadsheets do; other apostrophes are text."""
    part = read(tmp_path, b"id,name\n1,'=1+1\n2,'-5\n3,O'Neil\n4,'quoted'\n5,''=x\n")
    assert [row[1] for row in rows(part)] == ["=1+1", "-5", "O'Neil", "'quoted'", "'=x"]


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)


@settings(max_examples=150, deadline=None)
@given(
    cells=st.lists(st.tuples(texts, texts, texts), min_size=1, max_size=8),
    line_end=st.sampled_from(["\n", "\r\n"]),
    chunk=st.integers(1, 40),
)
def test_what_the_csv_module_writes_is_read_back_whatever_the_chunk(
    cells: list[tuple[str, str, str]], line_end: str, chunk: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The rows found by the scan, cut anywhere, are those of Python's own reader."""
    text = io.StringIO()
    csv.writer(text, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows([("a", "b", "c"), *cells])
    data = text.getvalue().encode()
    original = _raw_scan.CHUNK
    _raw_scan.CHUNK = chunk
    try:
        found = _raw_scan.scan(data, 512)
        part = read(tmp_path_factory.mktemp("csv"), data)
    finally:
        _raw_scan.CHUNK = original
    assert found.fault is None
    assert found.ragged == []
    assert found.rows == len(cells)
    expected = [tuple(cell or None for cell in row) for row in cells]
    while expected and not any(expected[-1]):
        expected.pop()
    got = rows(part)
    assert [tuple(_formula_free(cell) for cell in row) for row in expected] == got


def _formula_free(cell: str | None) -> str | None:
    if cell and len(cell) > 1 and cell[0] == "'" and cell.lstrip("'")[:1] in tuple("=+-@\t\r＝＋－＠"):
        return cell[1:]
    return cell


def test_a_folder_names_unknown_double_and_foreign_files(tmp_path: Path) -> None:
    """A slip in a name is refused with 'you meant', notes are passed over, links do not lead out."""
    (tmp_path / "secret").write_text("id\n1\n")
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "offers.csv").write_text("id\no1\n")
    (folder / "Offers.CSV").write_text("id\no1\n")
    (folder / "neds.csv").write_text("id\no1\n")
    (folder / "prices.csv").write_text("id\no1\n")
    (folder / "lanes.csv").symlink_to(tmp_path / "secret")
    (folder / "places.csv").mkdir()
    for name in ("README.md", ".DS_Store", "make.py", "~$book.xlsx", "SOURCES.md"):
        (folder / name).write_text("x")
    tables, _, findings = read_raw(folder)
    assert [table.noun for table in tables] == ["offers"]
    said = {(finding.file, finding.code, finding.severity) for finding in findings}
    assert said == {
        ("offers.csv", "book.table.twice", "refused"),
        ("neds.csv", "book.table.unknown", "refused"),
        ("prices.csv", "book.table.unknown", "warning"),
        ("lanes.csv", "book.file.link", "refused"),
        ("places.csv", "book.file.kind", "refused"),
    }
    assert "you meant needs.csv" in "".join(map(str, findings))


@pytest.mark.parametrize(
    ("path", "code", "word"),
    [
        ("offers.csv", "book.path.single_table", "a book is a folder"),
        ("nothing", "book.file.missing", "lies in another folder"),
        ("boook", "book.file.missing", "you meant"),
        ("notes.pdf", "book.path.kind", "a book is a folder"),
        ("empty", "book.folder.empty", "a book is a folder"),
        ("a\0b", "book.file.", "Maybe"),
    ],
)
def test_a_path_that_is_no_book_says_what_a_book_is(path: str, code: str, word: str, tmp_path: Path) -> None:
    """A single table, a wrong path, another kind of file."""
    (tmp_path / "offers.csv").write_bytes(GOOD)
    (tmp_path / "notes.pdf").write_bytes(b"%PDF")
    (tmp_path / "book").mkdir()
    (tmp_path / "empty").mkdir()
    tables, _, findings = read_raw(tmp_path / path)
    assert tables == []
    assert len(findings) == 1
    assert findings[0].code.startswith(code)
    assert word in str(findings[0])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("name = 'a'\nname = 'b'\n", "book.settings.malformed"),
        ("name = \n", "book.settings.malformed"),
        ("x = " + "9" * 5000, "book.settings.malformed"),
        ("x = " + "[" * 20000, "book.settings.malformed"),
        ("[name]\nx = 1\n", "book.settings.type"),
        ("﻿name = 'a'\n", "book.encoding.byte_order_mark"),
        ("# " + "x" * 70000, "book.file.size"),
        ("", "book.file.empty"),
    ],
)
def test_settings_that_cannot_be_read_are_refused(text: str, code: str, tmp_path: Path) -> None:
    """book.toml: doubled keys, digits without end, nesting, other encodings."""
    (tmp_path / "offers.csv").write_bytes(GOOD)
    (tmp_path / "book.toml").write_text(text, encoding="utf-8")
    _, _, findings = read_raw(tmp_path)
    assert [finding.code for finding in findings] == [code]
    (tmp_path / "book.toml").write_text(
        "name = 'a'\nas_of = 2026-01-02\nsources = ['x', 'y']\ntime_step_days = 1\n"
    )
    _, read, findings = read_raw(tmp_path)
    assert findings == []
    assert read == {"name": "a", "as_of": "2026-01-02", "sources": "x\ny", "time_step_days": "1"}
