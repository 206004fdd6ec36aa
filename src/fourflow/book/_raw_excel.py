"""One workbook (.xlsx) -> cells by sheet, with the standard library.

A number is what the cell holds, not what its format shows: a whole number is taken digit by digit, a
fraction with 15 digits, since a spreadsheet shows no more (it stores 1.1 as 1.1000000000000001). Cells
with a date format become ISO dates. A cell with an error, or with a formula that was never computed,
is refused with its row, where common libraries give an empty cell.

Source: ECMA-376 part 1, sections 18.3 (sheets), 18.4 (shared strings), 18.8 (styles), 18.17.4 (dates),
22.9.2.19 (characters written as _x000D_).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from xml.parsers import expat

from fourflow.book._raw_zip import BadWorkbook, Parts

MAX_SHEETS = 200
MAX_SHEET_COLUMNS = 512
MAX_SHEET_ROWS = 1_048_576
MAX_DIGITS = 400
_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)})
_FORMAT_TEXT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_ROW_NUMBER = re.compile("[1-9][0-9]{0,6}")
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]{1,3})?")

Attributes = dict[str, str]
Start = Callable[[str, Attributes], None]


@dataclass
class SheetCells:
    """The cells that hold something: rows[number][column], both counted from 0; faults by row number: the
    column, what is there, and what must be."""

    name: str
    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    faults: dict[int, tuple[int, str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Style:
    """Which cell formats show dates, and the day that has number 0."""

    dates: frozenset[str]
    epoch: datetime


def read_workbook(data: bytes) -> list[SheetCells]:
    """Every sheet of a workbook; BadWorkbook where it cannot be read."""
    parts = Parts(data)
    sheets, epoch = _read_index(parts)
    strings = _read_strings(parts) if "xl/sharedStrings.xml" in parts else []
    dates = _read_date_formats(parts) if "xl/styles.xml" in parts else frozenset()
    budget = [4 * parts.unpacked + 2**26]
    return [_Reader(name, strings, _Style(dates, epoch), budget).read(parts, part) for name, part in sheets]


def _parser(start: Start, end: Callable[[str], None] | None = None) -> expat.XMLParserType:
    """A parser for the small parts; handlers see names without prefix."""
    parser = expat.ParserCreate("UTF-8")
    parser.StartElementHandler = lambda name, attributes: start(_local(name), attributes)
    if end is not None:
        parser.EndElementHandler = lambda name: end(_local(name))
    return parser


def _local(name: str) -> str:
    return name[name.find(":") + 1 :]


def _read_index(parts: Parts) -> tuple[list[tuple[str, str]], datetime]:
    """(sheet name, part name) in order, and the day with number 0."""
    targets: dict[str, str] = {}
    sheets: list[tuple[str, str]] = []
    epoch = datetime(1899, 12, 30)

    def relation(name: str, attributes: Attributes) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def entry(name: str, attributes: Attributes) -> None:
        nonlocal epoch
        if name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            epoch = datetime(1904, 1, 1)
        if name == "sheet":
            link = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            if link in targets:
                part = posixpath.normpath(posixpath.join("/xl", targets[link])).lstrip("/")
                sheets.append((attributes.get("name", ""), part))

    parts.parse("xl/_rels/workbook.xml.rels", _parser(relation))
    parts.parse("xl/workbook.xml", _parser(entry))
    if len(sheets) > MAX_SHEETS:
        raise BadWorkbook(f"has {len(sheets)} sheets, the most is {MAX_SHEETS}")
    if len({name for name, _ in sheets}) < len(sheets):
        raise BadWorkbook("has two sheets of one name")
    return sheets, epoch


def _read_strings(parts: Parts) -> list[str]:
    """The shared strings; phonetic hints are left out, runs of rich text are joined."""
    strings: list[str] = []
    pieces: list[str] = []
    state = {"text": False, "hint": False}

    def start(name: str, _: Attributes) -> None:
        if name == "si":
            pieces.clear()
        state["text"] = name == "t" and not state["hint"]
        state["hint"] = state["hint"] or name == "rPh"

    def end(name: str) -> None:
        state["text"] = False
        if name == "rPh":
            state["hint"] = False
        if name == "si":
            strings.append(unescaped("".join(pieces)))

    parser = _parser(start, end)
    parser.CharacterDataHandler = lambda text: pieces.append(text) if state["text"] else None
    parts.parse("xl/sharedStrings.xml", parser)
    return strings


def _read_date_formats(parts: Parts) -> frozenset[str]:
    """The numbers of the cell formats (cellXfs) that show a date or time."""
    custom: dict[str, str] = {}
    formats: list[str] = []
    inside = [False]

    def start(name: str, attributes: Attributes) -> None:
        if name == "numFmt":
            custom[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            inside[0] = True
        elif name == "xf" and inside[0]:
            formats.append(attributes.get("numFmtId", ""))

    def end(name: str) -> None:
        if name == "cellXfs":
            inside[0] = False

    parts.parse("xl/styles.xml", _parser(start, end))
    return frozenset(str(i) for i, number in enumerate(formats) if _is_date(number, custom))


def _is_date(number: str, custom: dict[str, str]) -> bool:
    if number in custom:
        code = _FORMAT_TEXT.sub("", custom[number].split(";")[0]).lower()
        return "general" not in code and any(letter in code for letter in "dmyhs")
    return number.isascii() and number.isdigit() and len(number) < 9 and int(number) in _BUILT_IN_DATES


class _Reader:
    """Reads one sheet; `budget` is the text that the whole workbook may still give, in characters."""

    def __init__(self, name: str, strings: list[str], style: _Style, budget: list[int]) -> None:
        self.cells = SheetCells(name)
        self.strings, self.style, self.budget = strings, style, budget
        self.row, self.column = -1, -1
        self.in_row: dict[int, str] = {}
        self.cell: Attributes = {}
        self.pieces: list[str] = []
        self.in_value = self.has_formula = False

    def read(self, parts: Parts, part: str) -> SheetCells:
        parser = expat.ParserCreate("UTF-8")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parts.parse(part, parser)
        return self.cells

    def _start(self, name: str, attributes: Attributes) -> None:
        if ":" in name:
            name = _local(name)
        if name == "c":
            self.cell, self.pieces, self.has_formula = attributes, [], False
            self.column += 1
        elif name == "v" or name == "t":
            self.in_value = True
        elif name == "row":
            number = attributes.get("r", "")
            self._start_row(int(number) - 1 if _ROW_NUMBER.fullmatch(number) else self.row + 1)
        elif name == "f":
            self.has_formula = True

    def _start_row(self, row: int) -> None:
        if row >= MAX_SHEET_ROWS:
            raise BadWorkbook(f"sheet {self.cells.name[:40]!r} has a row {row + 1}", "it is damaged")
        self.row, self.column = row, -1
        self.in_row = self.cells.rows.get(row, {})

    def _text(self, text: str) -> None:
        if self.in_value:
            self.pieces.append(text)

    def _end(self, name: str) -> None:
        if ":" in name:
            name = _local(name)
        if name == "v" or name == "t":
            self.in_value = False
        elif name == "c":
            self._end_cell("".join(self.pieces))

    def _end_cell(self, raw: str) -> None:
        match = _REFERENCE.fullmatch(self.cell.get("r", ""))
        if match:
            self.column = column_number(match[1])
            if int(match[2]) - 1 != self.row:
                self._start_row(int(match[2]) - 1)
        if self.has_formula and not raw and self.cell.get("t") != "str":
            self._fault("=...", "must have a result, but this formula has none")
        text = self._convert(raw) if raw else ""
        if not text or text.isspace():
            return
        self.budget[0] -= len(text)
        if self.budget[0] < 0:
            raise BadWorkbook("repeats long texts over and over", "it was made to harm")
        if self.column >= MAX_SHEET_COLUMNS or self.row < 0:
            where = f"row {self.row + 1}, column {self.column + 1}"
            raise BadWorkbook(
                f"sheet {self.cells.name[:40]!r} has a cell at {where}", "it is left over; clear it"
            )
        if not self.in_row:
            self.cells.rows[self.row] = self.in_row
        self.in_row[self.column] = text

    def _convert(self, raw: str) -> str:
        kind = self.cell.get("t", "n")
        if kind == "s":
            if raw.isascii() and raw.isdigit() and len(raw) < 9 and int(raw) < len(self.strings):
                return self.strings[int(raw)]
            raise BadWorkbook("a cell points at a text that is not there")
        if kind == "n":
            plain = plain_number(raw)
            return as_date(plain, self.style.epoch) if self.cell.get("s", "") in self.style.dates else plain
        if kind == "b":
            return {"1": "true", "0": "false"}.get(raw, raw)
        if kind == "e":
            self._fault(raw[:20], "must not be an error")
        return raw.removesuffix("T00:00:00") if kind == "d" else unescaped(raw)

    def _fault(self, value: str, rule: str) -> None:
        if self.row >= 0:
            self.cells.faults.setdefault(self.row, (self.column, value, rule))


def unescaped(text: str) -> str:
    """The text of a cell: `_x0009_` stands for a tab, `_x005F_` for the mark itself, and a line break of
    two characters is one. Half a character stays as it is written."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: _character(found[0], int(found[1], 16)), text).replace("\r\n", "\n")


def _character(written: str, code: int) -> str:
    return written if 0xD800 <= code < 0xE000 else chr(code)


def plain_number(raw: str) -> str:
    """The number of a cell without exponent; text that is no number stays as it is."""
    if not _NUMBER.fullmatch(raw):
        return raw
    if raw.lstrip("-").isdigit():
        return raw
    try:
        number = Decimal(raw)
    except InvalidOperation:
        return raw
    if len(number.as_tuple().digits) in (16, 17):  # a double as it is stored
        number = Decimal(f"{number:.15g}")
    if abs(number.adjusted()) > MAX_DIGITS or len(raw) > MAX_DIGITS:
        return raw
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def as_date(serial: str, epoch: datetime) -> str:
    """Days since the epoch as an ISO date, with a time of day where there is one."""
    try:
        days = Decimal(serial)
        if not 1 <= days < 2_958_466:  # the year 9999 ends there
            return serial
        if epoch.year == 1899 and days < 60:  # Excel counts a 29 February 1900
            days += 1
        moment = epoch + timedelta(seconds=round(days * 86400))
    except (InvalidOperation, OverflowError):
        return serial
    return moment.isoformat().removesuffix("T00:00:00")


@cache
def column_number(letters: str) -> int:
    """'A' is 0, 'Z' is 25, 'AA' is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
