"""The zip container of a workbook: refused where it promises more than a table needs, then read in pieces.

Only the parts that a workbook names are unpacked, each no further than the directory says it is long.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from xml.parsers import expat

MAX_PARTS = 1000
MAX_DIRECTORY = 2**20
FREE_BYTES = 32 * 2**20  # may be unpacked whatever the ratio
MAX_RATIO = 40  # sheets of repeated rows shrink 10 to 25 times
PIECE = 1 << 20
MAX_TOKEN = 1 << 22


class BadWorkbook(Exception):
    """The workbook cannot be read; the text says why, `maybe` what to try."""

    def __init__(self, rule: str, maybe: str = "it is damaged; save it again as .xlsx") -> None:
        super().__init__(rule)
        self.maybe = maybe


class Parts:
    """The parts of a workbook by name."""

    def __init__(self, data: bytes) -> None:
        _check_directory(data)
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise BadWorkbook(f"is not a workbook: {error}") from None
        infos = self._zip.infolist()
        self._names = {info.filename.lower(): info for info in infos}
        self.unpacked = sum(info.file_size for info in infos)
        if len(infos) > MAX_PARTS or self.unpacked > FREE_BYTES + MAX_RATIO * len(data):
            rule = f"has {len(data)} bytes but would unpack to {self.unpacked} bytes in {len(infos)} parts"
            raise BadWorkbook(
                rule, "it was made to harm, or holds far more than a book; save the tables as Parquet"
            )

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._names

    def parse(self, name: str, parser: expat.XMLParserType) -> None:
        """Feed the part `name` to `parser`, which refuses documents that define entities."""
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.buffer_text = True
        try:
            fed = 0
            for piece in self._pieces(name):
                fed += len(piece)
                parser.Parse(piece)
                if fed - parser.CurrentByteIndex > MAX_TOKEN:  # expat reads an open tag again with each piece
                    raise BadWorkbook(
                        f"its part {name[:60]!r} has a tag or comment of megabytes", "it was made to harm"
                    )
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise BadWorkbook(f"its part {name[:60]!r} is not XML: {error}") from None
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            RuntimeError,
            NotImplementedError,
        ) as error:
            raise BadWorkbook(f"its part {name[:60]!r} cannot be unpacked: {error}") from None

    def _pieces(self, name: str) -> Iterator[bytes]:
        info = self._names.get(name.lower())
        if info is None:
            raise BadWorkbook(f"has no part {name[:60]!r}")
        with self._zip.open(info) as part:
            while piece := part.read(PIECE):
                yield piece


def _check_directory(data: bytes) -> None:
    """The directory must be small before it is read, since each entry becomes an object."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadWorkbook(
            "is locked with a password, or is an old .xls", "save it as .xlsx without a password"
        )
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 2**16 - 22))
    if not data.startswith(b"PK\x03\x04") or end < 0 or len(data) < end + 22:
        raise BadWorkbook("is not a workbook, or only a part of one")
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    if size > MAX_DIRECTORY or data[max(0, end - 20) : end].startswith(b"PK\x06\x07"):
        raise BadWorkbook("holds more parts than any workbook", "it was made to harm")


def _refuse_doctype(*_: object) -> None:
    raise BadWorkbook("defines its own XML entities", "it was made to harm; save it again as .xlsx")
