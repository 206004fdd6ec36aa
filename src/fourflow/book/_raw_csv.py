"""One CSV file -> RawTable. UTF-8 without a byte order mark, RFC 4180; every cell stays text.

`_raw_scan` finds the rows first, since Polars fills short rows with nulls, inflates compressed files
and renames double columns without a word; Polars then only splits what is known to be sound.
"""

from __future__ import annotations

import codecs
import csv
from pathlib import Path

import polars as pl

from fourflow.book._raw_scan import Scan, scan
from fourflow.book._raw_table import (
    MAX_COLUMNS,
    MAX_NAMED_ROWS,
    MAX_ROWS,
    Fault,
    RawPart,
    RawTable,
    drop_last_blank,
    drop_unnamed,
    name_columns,
    refuse,
    refuse_rows,
)
from fourflow.errors import Finding

MAX_HEADER_BYTES = 64 * 2**10
# What a spreadsheet would run; our writer puts one more apostrophe before it, and the reader takes it off.
FORMULA_START = r"^'*[=+\-@\t\r\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]"
_UTF8_MAYBE = "hand in the workbook itself (.xlsx), or save it as UTF-8 without a byte order mark"
_MARKS = (
    (codecs.BOM_UTF8, "encoding.byte_order_mark", "begins with a UTF-8 byte order mark", _UTF8_MAYBE),
    (codecs.BOM_UTF16_LE, "encoding.utf16", "is UTF-16 text, not UTF-8", _UTF8_MAYBE),
    (codecs.BOM_UTF16_BE, "encoding.utf16", "is UTF-16 text, not UTF-8", _UTF8_MAYBE),
    (b"\x1f\x8b", "file.compressed", "is a gzip file", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "file.compressed", "is a zstd file", "unpack it first"),
    (b"BZh", "file.compressed", "is a bzip2 file", "unpack it first"),
    (b"\xfd7zXZ", "file.compressed", "is an xz file", "unpack it first"),
    (b"PK\x03\x04", "file.compressed", "is a zip file", "it is a workbook and its name should end in .xlsx"),
    (b"PAR1", "file.kind", "is a Parquet file", "its name should end in .parquet"),
    (b"ARROW1", "file.kind", "is an Arrow file", "save it as Parquet"),
    (b"\xd0\xcf\x11\xe0", "file.kind", "is an old Excel file", "save it as .xlsx or as CSV"),
)


def read_csv(file: Path, noun: str) -> RawPart:
    """The table of a CSV file, or the findings that say why there is none."""
    data = file.read_bytes()
    faults = check_text(file.name, data)
    if faults:
        return RawPart(None, faults)
    found = scan(data, MAX_COLUMNS)
    faults = _check_form(file.name, data, found)
    if faults:
        return RawPart(None, faults)
    start, stop = found.header
    names, faults = name_columns(file.name, next(csv.reader([data[start:stop].decode()], strict=True)))
    if faults:
        return RawPart(None, faults)
    return _split(file.name, noun, data, found, names)


def check_text(name: str, data: bytes) -> list[Finding]:
    """One finding where `data` is empty, another kind of file, or not UTF-8."""
    if not data.strip():
        return [
            refuse("file.empty", name, "is empty", "the export stopped, or the file was saved unfinished")
        ]
    for mark, code, rule, maybe in _MARKS:
        if data.startswith(mark):
            return [refuse(code, name, rule, maybe)]
    wide = data[:200].count(0)
    if wide > 40:
        rule = "is not UTF-8 text: every other byte is zero"
        return [
            refuse("encoding.utf16", name, rule, "it was saved as UTF-16 ('Unicode text'); save it as UTF-8")
        ]
    return _check_utf8(name, data)


def _check_utf8(name: str, data: bytes) -> list[Finding]:
    decoder, step = codecs.getincrementaldecoder("utf-8")(), 1 << 22
    for low in range(0, len(data), step):
        piece = data[low : low + step]
        try:
            decoder.decode(piece, final=low + step >= len(data))
        except UnicodeDecodeError as error:
            at = low + len(piece) - len(error.object) + error.start
            row = data.count(b"\n", 0, max(at, 0)) + 1
            rule = f"byte 0x{error.object[error.start]:02X} is not UTF-8 text"
            return [refuse("encoding.not_utf8", name, rule, _UTF8_MAYBE, row=row)]
    return []


def _check_form(name: str, data: bytes, found: Scan) -> list[Finding]:
    if found.width > MAX_COLUMNS:
        rule = f"has more than {MAX_COLUMNS} columns"
        return [refuse("file.columns", name, rule, "this is not a table of listings", row=found.first + 1)]
    if found.fault:
        row, rule = found.fault
        maybe = 'a " inside a cell should be doubled ("") and the cell put in quotation marks'
        if "carriage" in rule:
            maybe = "it was saved with the line ends of old Macs; save it with LF or CR LF"
        return [refuse("row.broken", name, rule, maybe, row=row)]
    if found.first < 0:
        return [refuse("file.empty", name, "has no header", "its first row should name the columns")]
    if found.header[1] - found.header[0] > MAX_HEADER_BYTES:
        rule = f"its header has more than {MAX_HEADER_BYTES // 1024} KiB"
        return [refuse("file.columns", name, rule, "line ends are missing", row=found.first + 1)]
    if found.rows > MAX_ROWS:
        rule = f"has {found.rows} rows, the most is {MAX_ROWS}"
        return [refuse("file.rows", name, rule, "the same rows were written over and over")]
    header = data[slice(*found.header)]
    if found.width == 1 and (b";" in header or b"\t" in header):
        mark = "semicolons" if b";" in header else "tabs"
        rule = f"its columns are separated by {mark}, not by commas"
        return [
            refuse(
                "file.separator",
                name,
                rule,
                "it was saved with other regional settings; save with commas, or hand in the workbook itself",
                row=1,
            )
        ]
    return []


def _split(name: str, noun: str, data: bytes, found: Scan, names: list[str]) -> RawPart:
    header = ",".join(f"c{i}" for i in range(found.width)).encode()
    plain = b"".join([header, memoryview(data)[found.header[1] :]])
    frame = pl.read_csv(plain, infer_schema=False, truncate_ragged_lines=True)
    if frame.height != found.rows:
        rule = f"has {found.rows} rows by its line ends but {frame.height} by its quotation marks"
        return RawPart(None, [refuse("row.broken", name, rule, "a quotation mark is missing")])
    if found.quoted:
        frame = frame.with_columns(pl.all().replace("", None))
    if b"'" in data:
        frame = frame.with_columns(pl.all().str.replace(f"^'({FORMULA_START[1:]})", "$1"))
    frame, faults = drop_unnamed(name, frame, names, found.first + 1)
    if faults:
        return RawPart(None, faults)
    table = drop_last_blank(
        RawTable(noun, name, frame, found.first + 1, tuple(row for row, _ in found.ragged))
    )
    rules = [
        f"the row has {fields} cell{'s' * (fields != 1)} but the header has {found.width}"
        for _, fields in found.ragged[:MAX_NAMED_ROWS]
    ]
    shown = [table.shown_row(row) for row in table.refused_rows]
    maybe = "a comma inside a cell is not in quotation marks, or commas are missing at the end of the row"
    return RawPart(table, refuse_rows("row.ragged", name, shown, [*map(Fault, rules)], maybe))
