"""Files that promise far more than they hold are refused before they are unpacked.

Each bomb is read in one child process, whose peak memory is looked at in the end.
"""

from __future__ import annotations

import gzip
import itertools
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fourflow.book._raw import read_raw
from fourflow.book._raw_parquet import _Thrift, read_parquet
from workbooks import sheet, workbook

MAX_PEAK_KIB = 250 * 1024
BIG = 60_000_000
READ_ALL = """
import json, sys
from fourflow.book._raw import read_raw
seen = {}
for path in sys.argv[1:]:
    tables, _, findings = read_raw(path)
    seen[path] = [len(tables), [[finding.code, str(finding)] for finding in findings]]
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps([int(status["VmHWM"].split()[0]), seen]))
"""


def _zip_of_zips() -> bytes:
    inner = BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("0", b"\0" * BIG)
    outer = BytesIO()
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as file:
        for i in range(10):
            file.writestr(f"{i}.zip", inner.getvalue())
    return outer.getvalue()


def _entities() -> bytes:
    names = "abcdefgh"
    lines = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in itertools.pairwise(names))
    row = '<row><c t="str"><v>&h;</v></c></row>'
    return workbook(f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{lines}]>' + sheet(row))


def _long_text() -> bytes:
    text = "<sst><si><t>" + "A" * 60_000 + "</t></si></sst>"
    return workbook(sheet('<row><c t="s"><v>0</v></c></row>' * 100_000), {"xl/sharedStrings.xml": text})


WORKBOOKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "padding": (lambda: workbook(sheet(" " * BIG)), "file.workbook"),
    "unread part": (lambda: workbook(sheet(""), {"xl/media/x.png": " " * BIG}), "file.workbook"),
    "cells": (lambda: workbook(sheet("<row>" + "<c><v>1</v></c>" * 5_000_000 + "</row>")), "file.workbook"),
    "one long row": (lambda: workbook(sheet("<row>" + "<c><v>1</v></c>" * 600 + "</row>")), "file.workbook"),
    "corner": (
        lambda: workbook(sheet('<row r="1048576"><c r="RZ1048576"><v>1</v></c></row>')), "row.far"
    ),
    "shared text": (_long_text, "file.workbook"),
    "entities": (_entities, "file.workbook"),
    "comment": (lambda: workbook("<!--" + "x" * 20_000_000 + "-->" + sheet("")), "file.workbook"),
    "attribute": (lambda: workbook('<worksheet a="' + "x" * 20_000_000 + '"/>'), "file.workbook"),
    "zip of zips": (_zip_of_zips, "file.workbook"),
}  # fmt: skip


def _plain_pages(file: Path) -> None:
    """Each text is another, so nothing is shared: 100 MB in 100 kB."""
    table = pa.table({"id": ["A" * 8000 + str(i) for i in range(12_500)]})
    pq.write_table(table, file, compression="zstd", use_dictionary=False)


def _lying_footer(file: Path) -> None:
    """As above, but the footer says 5 kB; its pages still tell."""
    _plain_pages(file)
    column = pq.read_metadata(file).row_group(0).column(0)
    honest = _varint(column.total_uncompressed_size)
    file.write_bytes(file.read_bytes().replace(honest, _varint(5000, len(honest))))


def _lying_pages(file: Path) -> None:
    """Footer and pages agree on sizes that the compressed text exceeds."""
    _plain_pages(file)
    column = pq.read_metadata(file).row_group(0).column(0)
    data, at = file.read_bytes(), column.data_page_offset
    stop = at + column.total_compressed_size
    honest = _varint(column.total_uncompressed_size)
    while at < stop:
        thrift = _Thrift(data[at : at + 2**16])
        page = thrift.struct()
        size = _varint(page[2])
        head = data[at : at + thrift.at].replace(size, _varint(10, len(size)), 1)
        data = data[:at] + head + data[at + thrift.at :]
        at += thrift.at + page[3]
    file.write_bytes(data.replace(honest, _varint(500_000, len(honest))))


def _varint(value: int, width: int = 0) -> bytes:
    """A count as Thrift's compact protocol writes it, padded to `width` bytes."""
    value <<= 1
    digits = [value >> 7 * i & 127 for i in range(max(width, (value.bit_length() + 6) // 7))]
    return bytes([*(digit | 128 for digit in digits[:-1]), digits[-1]])


def _one_text(file: Path) -> None:
    """A dictionary of one long text and 50,000 rows that point at it: 3 GB in 2 kB."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 50_000), ["A" * 60_000])
    pq.write_table(pa.table({"id": texts}), file)


def _delta(file: Path) -> None:
    table = pa.table({"id": [f"{'A' * 8000}{i}" for i in range(1000)]})
    pq.write_table(table, file, use_dictionary=False, column_encoding={"id": "DELTA_BYTE_ARRAY"})


TABLES: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "rows of one value": (
        "offers.parquet", lambda file: pl.select(id=pl.repeat("x", BIG)).write_parquet(file), "file.parquet"
    ),
    "one text many times": (
        "offers.parquet", _one_text, "file.parquet"
    ),
    "pages": ("offers.parquet", _plain_pages, "file.parquet"),
    "a lying footer": ("offers.parquet", _lying_footer, "file.parquet"),
    "lying pages": ("offers.parquet", _lying_pages, "file.unreadable"),
    "shared beginnings": ("offers.parquet", _delta, "file.parquet"),
    "columns": (
        "offers.parquet", lambda file: pl.DataFrame({f"c{i}": [1] for i in range(9999)}).write_parquet(file),
        "file.parquet",
    ),
    "gzip as csv": (
        "offers.csv", lambda file: file.write_bytes(gzip.compress(b"id\n" + b"a\n" * 5_000_000)),
        "file.compressed",
    ),
    "columns of csv": ("offers.csv", lambda file: file.write_bytes(b"id," * 5_000_000), "file.columns"),
    "gzip as book.toml": ("book.toml", lambda file: file.write_bytes(gzip.compress(b"#" * 10**7)), "file."),
}  # fmt: skip


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_bombs_are_refused_within_250_megabytes(tmp_path: Path) -> None:
    """Parquet, workbooks, CSV: every one a finding of less than 500 characters, none unpacked."""
    expected: dict[str, str] = {}
    for name, (make, code) in WORKBOOKS.items():
        file = tmp_path / f"{name}.xlsx"
        file.write_bytes(make())
        expected[str(file)] = code
    for name, (file_name, write, code) in TABLES.items():
        folder = tmp_path / name
        folder.mkdir()
        write(folder / file_name)
        expected[str(folder)] = code
    run = subprocess.run(
        [sys.executable, "-c", READ_ALL, *expected], capture_output=True, text=True, timeout=120, check=True
    )
    peak, seen = json.loads(run.stdout)
    for path, code in expected.items():
        num_tables, findings = seen[path]
        assert num_tables == 0, path
        assert findings[0][0].startswith(f"book.{code}"), findings
        assert len(findings[0][1]) < 500
    assert peak < MAX_PEAK_KIB
    assert run.stderr == ""


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "snappy", "row_group_size": 7},
        {"compression": "uncompressed"},
        {"use_pyarrow": True, "pyarrow_options": {"data_page_version": "2.0"}},
        {"use_pyarrow": True, "pyarrow_options": {"use_dictionary": False, "version": "1.0"}},
    ],
)
def test_honest_parquet_of_every_make_is_read(options: dict[str, object], tmp_path: Path) -> None:
    """Compression, versions, dictionaries, many row groups: the limits stop none of them."""
    frame = pl.DataFrame(
        {"id": [f"o{i}" for i in range(50)], "quantity": range(50), "name": ["same"] * 49 + [None]}
    )
    frame.write_parquet(tmp_path / "offers.parquet", **options)
    part = read_parquet(tmp_path / "offers.parquet", "offers")
    assert part.findings == []
    assert part.table is not None
    assert part.table.frame.equals(frame.cast(pl.String))


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (lambda data: b"", "empty"),
        (lambda data: b"PAR1PAR1", "only a part"),
        (lambda data: data[:-1], "only a part"),
        (lambda data: data[: len(data) // 2] + b"PAR1", "claims"),
        (lambda data: data[:-8] + b"\xff\xff\xff\x7fPAR1", "claims"),
        (lambda data: data[:4] + b"\0" * 20 + data[24:], "."),
    ],
)
def test_damaged_parquet_is_refused(damage: Callable[[bytes], bytes], word: str, tmp_path: Path) -> None:
    """Cut off, emptied, overwritten: a finding, not a panic."""
    file = tmp_path / "offers.parquet"
    pl.DataFrame({"id": ["a", "b"], "quantity": [1, 2]}).write_parquet(file)
    file.write_bytes(damage(file.read_bytes()))
    tables, _, findings = read_raw(tmp_path)
    assert tables == []
    assert len(findings) == 1
    assert word in str(findings[0])
