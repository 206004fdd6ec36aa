"""The cells of a workbook's sheet -> RawTable, or settings.

People put titles above a table, leave rows empty and set notes below. The header is the first row that
names at least two fields of the noun; titles above it are passed over, rows keep the numbers that the
workbook shows.
"""

from __future__ import annotations

import polars as pl

from fourflow.book._fields import FIELDS
from fourflow.book._header import OFTEN_MEANT
from fourflow.book._raw_excel import SheetCells
from fourflow.book._raw_table import (
    Fault,
    RawPart,
    RawTable,
    drop_unnamed,
    name_columns,
    plain_name,
    refuse,
    refuse_rows,
)

MAX_TITLE_ROWS = 20
MAX_GAP = 10_000


def sheet_to_table(file: str, noun: str, sheet: SheetCells) -> RawPart:
    """The table of a sheet that has cells."""
    header = _find_header(noun, sheet)
    rows = {number: cells for number, cells in sheet.rows.items() if number > header}
    height = max(rows, default=header) - header
    if height > MAX_GAP + 10 * len(rows):
        rule = f"row {header + height + 1} has a cell, far below the table"
        return RawPart(
            None, [refuse("row.far", file, rule, "it is left over; delete the row", row=header + height + 1)]
        )
    width = max(max(cells) for cells in [sheet.rows[header], *rows.values()]) + 1
    names, faults = name_columns(file, [sheet.rows[header].get(column) for column in range(width)])
    if faults:
        return RawPart(None, faults)
    columns: list[list[str | None]] = [[None] * height for _ in range(width)]
    for number, cells in rows.items():
        for column, text in cells.items():
            columns[column][number - header - 1] = text
    frame = pl.DataFrame(columns, schema={str(i): pl.String for i in range(width)})
    frame, faults = drop_unnamed(file, frame, names, header + 1)
    if faults:
        return RawPart(None, faults)
    wrong = {
        number: Fault(rule, names[column].split(" [")[0] if column < width else "", value)
        for number, (column, value, rule) in sorted(sheet.faults.items())
        if header < number <= header + height
    }
    refused = tuple(number - header - 1 for number in wrong)
    maybe = "the workbook should be computed and saved by a spreadsheet, or the value typed in"
    shown = [number + 1 for number in wrong]
    findings = refuse_rows("cell.formula", file, shown, list(wrong.values()), maybe)
    return RawPart(RawTable(noun, file, frame, header + 1, refused), findings)


def _find_header(noun: str, sheet: SheetCells) -> int:
    """The first of the top rows that names two fields, or else in other words what fields are called; without
    one, the first row that has a cell."""
    known = {field.name for field in FIELDS[noun]}
    for words in (known, known | OFTEN_MEANT.keys()):
        for number in sorted(sheet.rows)[:MAX_TITLE_ROWS]:
            cells = sheet.rows[number].values()
            named = {plain_name(cell).split(" [")[0] for cell in cells if len(cell) < 200}
            if len(named & words) >= 2:
                return number
    return min(sheet.rows)


def settings_of(sheet: SheetCells) -> dict[str, object]:
    """The sheet `book`: a setting and its value in each row; a setting that comes again adds a line."""
    known = {field.name for field in FIELDS["book"]}
    values: dict[str, list[str]] = {}
    for number in sorted(sheet.rows):
        cells = sheet.rows[number]
        key, value = plain_name(cells.get(0, "")[:200]), cells.get(1)
        if value is not None and (key in known or key not in ("key", "setting", "field", "name")):
            values.setdefault(key, []).append(value)
    return dict(values)
