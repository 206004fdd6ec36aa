"""One Parquet file -> RawTable, after a look at what its header and its pages would unpack to.

A few hundred bytes of Parquet can promise millions of rows or gigabytes of text, and Polars allocates
what is promised. So the footer (Thrift compact protocol; parquet.thrift, FileMetaData) and the header
of every page are read first, which costs some microseconds a page; both must promise the same, and no
more than `MAX_RATIO` times the size of the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from fourflow.book._raw_table import MAX_COLUMNS, MAX_ROWS, RawPart, refuse
from fourflow.book._raw_typed import check_types, to_table
from fourflow.errors import Finding

MAGIC = b"PAR1"
MAX_FOOTER = 2 * 2**20
MAX_RATIO = 20  # tables of listings shrink 3 to 10 times
FREE_BYTES = 32 * 2**20  # may be unpacked whatever the ratio
FREE_CELLS = 4_000_000
CELLS_PER_BYTE = 8
MAX_DEPTH = 12
_DELTA_BYTE_ARRAY = 7


class Malformed(Exception):
    """The file breaks the Parquet format, or promises too much; the text says how."""


def read_parquet(file: Path, noun: str) -> RawPart:
    """The table of a Parquet file, or the findings that say why there is none."""
    data = file.read_bytes()
    if not data:
        return RawPart(None, [refuse("file.empty", file.name, "is empty", "the export stopped")])
    try:
        check_promises(data)
    except Malformed as error:
        maybe = (
            "it is damaged, or was made to harm; write it again, with Polars or pandas and default settings"
        )
        return RawPart(None, [refuse("file.parquet", file.name, str(error), maybe)])
    faults = check_types(file.name, pl.Schema(pl.read_parquet_schema(data)))
    if faults:
        return RawPart(None, faults)
    frame = pl.read_parquet(data, hive_partitioning=False)
    faults = _check_text_size(file.name, frame, len(data))
    return RawPart(None, faults) if faults else to_table(file.name, noun, frame)


def _check_text_size(name: str, frame: pl.DataFrame, size: int) -> list[Finding]:
    """A dictionary holds a long text once, however many rows point at it."""
    total = sum(int(_lengths(column).cast(pl.UInt64).sum()) for column in frame)
    if total <= MAX_RATIO * size + 2 * FREE_BYTES:
        return []
    rule = f"has {size} bytes but its text would be {total} bytes"
    return [refuse("file.parquet", name, rule, "the same long text was written over and over")]


def _lengths(column: pl.Series) -> pl.Series:
    """The bytes of each cell of text, without writing categories out; nothing for other types."""
    if column.dtype == pl.String:
        return column.str.len_bytes()
    if column.dtype in (pl.Categorical, pl.Enum):
        return column.cat.len_bytes()
    return pl.Series([0])


def check_promises(data: bytes) -> None:
    """Raise Malformed unless footer and pages agree and promise a sane multiple of the file."""
    footer = _read_footer(data)
    groups = _structs(footer, 4)
    width = len(_structs(footer, 2)) - 1
    rows = _int(footer, 3)
    if width > MAX_COLUMNS:
        raise Malformed(f"has {width} columns, the most is {MAX_COLUMNS}")
    if rows > MAX_ROWS or rows * width > FREE_CELLS + CELLS_PER_BYTE * len(data):
        raise Malformed(f"has {len(data)} bytes but promises {rows} rows of {width} columns")
    if sum(_int(group, 3) for group in groups) != rows:
        raise Malformed("its row groups do not have the rows that its footer promises")
    chunks = [(_int(group, 3), _struct(chunk, 3)) for group in groups for chunk in _structs(group, 1)]
    total = sum(_int(chunk, 6) for _, chunk in chunks)
    if total > FREE_BYTES + MAX_RATIO * len(data):
        raise Malformed(f"has {len(data)} bytes but promises {total} bytes of columns")
    for num_rows, chunk in chunks:
        _check_pages(data, chunk, num_rows)


def _read_footer(data: bytes) -> dict[int, Any]:
    if len(data) < 12 or data[:4] != MAGIC or data[-4:] != MAGIC:
        raise Malformed("is not a Parquet file, or only a part of one")
    size = int.from_bytes(data[-8:-4], "little")
    if size > min(len(data) - 12, MAX_FOOTER):
        raise Malformed(f"its footer claims {size} bytes")
    return _Thrift(data[-8 - size : -8]).struct()


def _check_pages(data: bytes, chunk: dict[int, Any], num_rows: int) -> None:
    """Walk the pages of one column chunk by their headers."""
    offsets = [_int(chunk, field) for field in (9, 11) if field in chunk]
    at = min((offset for offset in offsets if offset > 0), default=0)
    stop = at + _int(chunk, 7)
    if not 4 <= at <= stop <= len(data):
        raise Malformed("a column lies outside of the file")
    values = unpacked = 0
    while at < stop:
        thrift = _Thrift(data[at : min(stop, at + 2**16)])
        page = thrift.struct()
        size, packed = _int(page, 2), _int(page, 3)
        unpacked += size + thrift.at
        at += thrift.at + packed
        kind = next((field for field in (5, 8) if field in page), None)
        if kind is not None:
            header = _struct(page, kind)
            values += _int(header, 1)
            if header.get(2 if kind == 5 else 4) == _DELTA_BYTE_ARRAY:
                raise Malformed("a column is encoded as DELTA_BYTE_ARRAY, whose size cannot be foretold")
        if size < 0 or packed < 0 or unpacked > _int(chunk, 6) + 64 or values > num_rows:
            raise Malformed("a page promises more than the footer")
    if values != num_rows or at != stop:
        raise Malformed("the pages of a column do not have the rows that the footer promises")


def _int(struct: dict[int, Any], field: int) -> int:
    value = struct.get(field, 0)
    if not isinstance(value, int) or value < 0:
        raise Malformed(f"a header holds no count where one belongs (field {field})")
    return value


def _struct(struct: dict[int, Any], field: int) -> dict[int, Any]:
    value = struct.get(field)
    if not isinstance(value, dict):
        raise Malformed(f"a header lacks a structure (field {field})")
    return value


def _structs(struct: dict[int, Any], field: int) -> list[dict[int, Any]]:
    value = struct.get(field, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Malformed(f"a header lacks a list of structures (field {field})")
    return value


class _Thrift:
    """Reads one structure of the Thrift compact protocol as {field number: value}."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        fields: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            step, kind = head >> 4, head & 15
            number = number + step if step else self._zigzag()
            fields[number] = kind == 1 if kind in (1, 2) else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise Malformed("a header is nested too deeply")
        if kind in (1, 2, 3):
            return self._byte()
        if kind in (4, 5, 6):
            return self._zigzag()
        if kind == 7:
            return self._take(8)
        if kind == 8:
            return self._take(self._varint())
        if kind in (9, 10):
            return self._items(depth)
        if kind == 12:
            return self.struct(depth + 1)
        raise Malformed(f"a header has a value of unknown type {kind}")

    def _items(self, depth: int) -> list[Any]:
        head = self._byte()
        size = head >> 4 if head >> 4 != 15 else self._varint()
        if size > len(self.data) - self.at:
            raise Malformed("a header holds a list longer than itself")
        return [self._value(head & 15, depth + 1) for _ in range(size)]

    def _byte(self) -> int:
        if self.at >= len(self.data):
            raise Malformed("a header stops in the middle")
        self.at += 1
        return self.data[self.at - 1]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
            if shift > 63:
                raise Malformed("a header holds a number without end")

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _take(self, size: int) -> bytes:
        if size > len(self.data) - self.at:
            raise Malformed("a header holds text longer than itself")
        self.at += size
        return self.data[self.at - size : self.at]
