"""Workbooks: read as people type them and as openpyxl and XlsxWriter write them; hostile ones are refused."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from fourflow.book._raw import read_raw
from fourflow.book._raw_excel import column_number
from fourflow.book._raw_table import RawTable, letters
from fourflow.errors import Finding
from workbooks import HEADER, INDEX, crc, sheet, workbook


def read(tmp_path: Path, data: bytes) -> tuple[list[RawTable], dict[str, str], list[Finding]]:
    file = tmp_path / "book.xlsx"
    file.write_bytes(data)
    return read_raw(file)


def test_a_workbook_as_people_type_it_is_read(tmp_path: Path) -> None:
    """A title, an empty row, capitals and units in the header, dates, trailing blanks, a note sheet."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = " Offers "
    for row in [
        ["Our surplus, January"],
        [],
        ["ID", "Limit price (GBP/kg)", "Quantity (kg)", "From", "Whole", "Name"],
        ["o1", 0.1, 10, datetime.date(2026, 1, 2), True, "=literal"],
        [1001, "0.25", 10.5, datetime.datetime(2026, 1, 2, 3, 4), False, "é <&>"],
        [None, "  "],
        ["o3", 1.1, 3],
    ]:
        page.append(row)
    page["F4"].data_type = "s"
    page["A40"] = " "
    book.create_sheet("Sheet2")
    book.create_sheet("Notes").append(["anything"])
    settings = book.create_sheet("Book")
    for line in [
        ["Setting", "Value"],
        ["name", "Mine"],
        ["As of", datetime.date(2026, 1, 2)],
        ["sources", "a"],
        ["sources", "b"],
    ]:
        settings.append(line)
    book.save(tmp_path / "book.xlsx")
    tables, read_settings, findings = read_raw(tmp_path / "book.xlsx")
    assert findings == []
    assert read_settings == {"name": "Mine", "as_of": "2026-01-02", "sources": "a\nb"}
    assert tables[0].frame.columns == ["id", "limit_price [GBP/kg]", "quantity [kg]", "from", "whole", "name"]
    assert tables[0].frame.rows() == [
        ("o1", "0.1", "10", "2026-01-02", "true", "=literal"),
        ("1001", "0.25", "10.5", "2026-01-02T03:04:00", "false", "é <&>"),
        (None, None, None, None, None, None),
        ("o3", "1.1", "3", None, None, None),
    ]
    assert tables[0].shown_row(0) == 4


def test_every_kind_of_cell_of_xlsxwriter_is_read(tmp_path: Path) -> None:
    """Shared, rich and inline text, dates in any format, computed formulas, booleans, errors."""
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        page = book.add_worksheet("needs")
        page.write_row(0, 0, ["id", "quantity", "from"])
        page.write_string(1, 0, "=1+1")
        page.write_number(1, 1, 1.1)
        page.write_datetime(
            1, 2, datetime.datetime(2026, 3, 1), book.add_format({"num_format": 'd "of" mmm yy'})
        )
        page.write_rich_string(2, 0, "a", book.add_format({"bold": True}), "b", "c")
        page.write_formula(2, 1, "=1+1", None, 2)
        page.write_number(2, 2, 46024, book.add_format({"num_format": '"days" 0'}))
        page.write_boolean(3, 0, True)
        page.write_formula(4, 1, "=1/0", None, "#DIV/0!")
    tables, _, findings = read_raw(tmp_path / "book.xlsx")
    assert tables[0].frame.rows() == [
        ("=1+1", "1.1", "2026-03-01"),
        ("abc", "2", "46024"),
        ("true", None, None),
        (None, "#DIV/0!", None),
    ]
    assert tables[0].refused_rows == (3,)
    assert [(finding.code, finding.row) for finding in findings] == [("book.cell.formula", 5)]
    assert "#DIV/0!" in str(findings[0])


def test_characters_that_a_workbook_spells_out_are_read_as_themselves(tmp_path: Path) -> None:
    """A carriage return is _x000D_ there, and that text itself _x005F_x000D_, shared or in the cell."""
    told = ["a\rb", "_x000D_", "one\r\ntwo", "a_x005F_b", "nul\0", "plain_x", "_xD83D_"]
    meant = ["a\rb", "_x000D_", "one\ntwo", "a_x005F_b", "nul\0", "plain_x", "_xD83D_"]
    for options in ({}, {"in_memory": True, "constant_memory": True}):
        with xlsxwriter.Workbook(tmp_path / "book.xlsx", options) as book:
            page = book.add_worksheet("offers")
            page.write_row(0, 0, ["id", "category"])
            for row, text in enumerate(told):
                page.write_row(row + 1, 0, [f"o{row}", text])
        assert read_raw(tmp_path / "book.xlsx")[0][0].frame["category"].to_list() == meant


def test_dates_from_1904_on_are_shifted(tmp_path: Path) -> None:
    """Workbooks of old Macs count from 1904."""
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    page = book.active
    page.title = "offers"
    page.append(["id", "from"])
    page.append(["a", datetime.date(2026, 1, 2)])
    book.save(tmp_path / "book.xlsx")
    assert read_raw(tmp_path / "book.xlsx")[0][0].frame.rows() == [("a", "2026-01-02")]


def test_a_formula_that_was_never_computed_is_refused(tmp_path: Path) -> None:
    """openpyxl writes formulas without results; to take them for empty cells would change the book."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = "offers"
    for row in [["id", "quantity"], ["a", "=1+1"], ["b", 2]]:
        page.append(row)
    book.save(tmp_path / "book.xlsx")
    tables, _, findings = read_raw(tmp_path / "book.xlsx")
    assert tables[0].refused_rows == (0,)
    assert "quantity is '=...' but must have a result, but this formula has none" in str(findings[0])


ROW = '<row r="2"><c><v>1</v></c></row>'
GOOD = workbook(sheet(ROW))
BAD: dict[str, tuple[bytes, str, str]] = {
    "no zip": (b"id,quantity\n1,2\n", "file.workbook", "is not a workbook"),
    "empty": (b"", "file.workbook", "is not a workbook"),
    "locked": (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "file.workbook", "password"),
    "cut short": (GOOD[:300], "file.workbook", "only a part of one"),
    "another zip": (GOOD.replace(b"xl/", b"yl/"), "file.workbook", "has no part"),
    "no checksum": (GOOD.replace(crc(sheet(ROW)), b"abcd"), "file.workbook", "cannot be unpacked"),
    "encrypted": (
        GOOD.replace(b"\x14\x00\x00\x00\x08", b"\x14\x00\x01\x00\x08"),
        "file.workbook",
        "unpacked",
    ),
    "entities": (workbook('<!DOCTYPE a [<!ENTITY b "cc">]>' + sheet(ROW)), "file.workbook", "entities"),
    "no xml": (workbook("<worksheet>"), "file.workbook", "is not XML"),
    "lost text": (workbook(sheet('<row><c t="s"><v>7</v></c></row>')), "file.workbook", "a text that is not"),
    "last column": (workbook(sheet('<row><c r="XFD2"><v>1</v></c></row>')), "file.workbook", "column 16384"),
    "row too far": (workbook(sheet('<row r="9999999"/>')), "file.workbook", "row 9999999"),
    "last row": (workbook(sheet('<row r="1048576"><c><v>1</v></c></row>')), "row.far", "far below the table"),
    "no name above": (workbook(sheet('<row><c r="D2"><v>1</v></c></row>')), "column.nameless", "column D"),
    "many parts": (
        workbook(sheet(ROW), {f"x{i}": "" for i in range(2000)}),
        "file.workbook",
        "2003 parts",
    ),
    "endless parts": (
        workbook(sheet(ROW), {f"x{i}": "" for i in range(25000)}),
        "file.workbook",
        "any",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_workbook_that_is_none_or_was_made_to_harm_is_refused(name: str, tmp_path: Path) -> None:
    """One finding with its code and a word on the cause."""
    data, code, word = BAD[name]
    tables, _, findings = read(tmp_path, data)
    assert tables == []
    assert [finding.code for finding in findings] == [f"book.{code}"]
    assert word in str(findings[0])
    assert len(str(findings[0])) < 500


def test_the_nearest_good_workbook_is_read(tmp_path: Path) -> None:
    """The frame of the cases above is sound: without its fault it is read."""
    tables, _, findings = read(tmp_path, workbook(sheet(ROW)))
    assert findings == []
    assert tables[0].frame.rows() == [("1", None)]


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_prefixes_comments_and_sections_of_xml_make_no_difference(prefix: str, tmp_path: Path) -> None:
    """Strict writers give elements a prefix; text may come in CDATA or references."""
    text = '<worksheet><sheetData>' + HEADER + (
        '<row><!-- c --><c t="inlineStr"><is><r><t>a</t></r><r><t><![CDATA[<b>]]></t></r></is></c>'
        '<c><f>1+1</f><v>&#50;</v></c></row></sheetData></worksheet>'
    )  # fmt: skip
    if prefix:
        for name in ("worksheet", "sheetData", "row", "c ", "c>", "is", "r>", "t>", "v>", "f>"):
            text = text.replace(f"<{name}", f"<{prefix}{name}").replace(f"</{name}", f"</{prefix}{name}")
    tables, _, findings = read(tmp_path, workbook(text))
    assert findings == []
    assert tables[0].frame.rows() == [("a<b>", "2")]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["offers", "needs"], []),
        (["Offers", "ofers"], [("book.table.unknown", "refused")]),
        (["offers", "Analysis"], [("book.table.unknown", "warning")]),
        (["offers", "README", "Sources", "notes 2"], []),
    ],
)
def test_sheets_with_unknown_names_are_named(names: list[str], said: list[Any], tmp_path: Path) -> None:
    """A slip is refused with 'you meant', the owner's own sheets are said to be unread."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in names:
        page = book.create_sheet(name)
        page.append(["id", "quantity"])
    book.save(tmp_path / "book.xlsx")
    _, _, findings = read_raw(tmp_path / "book.xlsx")
    assert [(finding.code, finding.severity) for finding in findings] == said


def test_columns_have_the_letters_of_a_spreadsheet() -> None:
    """A, Z, AA, ..., XFD; there and back."""
    assert [letters(i) for i in (0, 25, 26, 701, 702, 16383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
    assert all(column_number(letters(i)) == i for i in range(20_000))


def test_sheets_without_a_proper_name_do_not_stop_the_reader(tmp_path: Path) -> None:
    """A blank name is an unknown one; two sheets of one name are refused."""
    blank = workbook(sheet(ROW), {"xl/workbook.xml": INDEX.replace('"offers"', '" "')})
    assert [finding.code for finding in read(tmp_path, blank)[2]] == [
        "book.table.unknown",
        "book.file.no_table",
    ]
    entry = '<sheet name="offers" r:id="r1"/>'
    double = workbook(sheet(ROW), {"xl/workbook.xml": INDEX.replace(entry, entry * 2)})
    assert "two sheets of one name" in str(read(tmp_path, double)[2][0])
