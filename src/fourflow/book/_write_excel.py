"""Tables of canonical text -> one workbook with a sheet for each noun, for people to work on.

Text is stored as text, so nothing in it runs as a formula; numbers of up to 15 digits are numbers, days
are dates. What a spreadsheet could not hold exactly stays text.
"""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import polars as pl

from fourflow.book._fields import FIELDS
from fourflow.book._raw_table import refuse
from fourflow.errors import BookError, DependencyError

MAX_ROWS = 1_048_575
_EXACT_NUMBER = re.compile(r"-?(?=[0-9.]{1,16}$)[0-9]+(\.[0-9]+)?")
_FIRST_DAY = "1900-03-01"  # spreadsheets count a 29 February 1900


def write_excel(settings: dict[str, Any], tables: dict[str, pl.DataFrame], path: Path) -> None:
    """Write settings (if any) and tables to `path`; needs the extra `excel`."""
    try:
        import xlsxwriter  # an optional package
    except ImportError as error:
        message = "writing a workbook needs XlsxWriter. Maybe install it: pip install 'fourflow[excel]'"
        raise DependencyError(message) from error
    for noun, table in tables.items():
        if table.height > MAX_ROWS:
            rule = f"{noun} has {table.height} rows, a sheet holds {MAX_ROWS}"
            raise BookError(
                [refuse("write.too_many_rows", path.name, rule, "Parquet should be written instead")]
            )
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as workbook:
        workbook.set_properties({"created": datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)})
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        bold = workbook.add_format({"bold": True})
        if settings:
            _write_settings(workbook.add_worksheet("book"), settings, bold)
        for noun, table in tables.items():
            _write_table(workbook.add_worksheet(noun), noun, table, bold, day)


def _write_settings(sheet: Any, settings: dict[str, Any], bold: Any) -> None:
    rows = [
        (key, str(item))
        for key, value in settings.items()
        for item in (value if isinstance(value, list) else [value])
    ]
    for number, (key, text) in enumerate(rows):
        sheet.write_string(number, 0, key, bold)
        sheet.write_string(number, 1, text)
    sheet.set_column(0, 1, 24)


def _write_table(sheet: Any, noun: str, table: pl.DataFrame, bold: Any, day: Any) -> None:
    kinds = {field.name: field.type for field in FIELDS[noun]}
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, table.width - 1, 16)
    for column, name in enumerate(table.columns):
        sheet.write_string(0, column, name, bold)
        kind = kinds.get(name.partition(" [")[0])  # a unit may stand in the header
        for row, text in enumerate(table.get_column(name).to_list(), start=1):
            if text is None:
                continue
            if kind in ("decimal", "integer") and _EXACT_NUMBER.fullmatch(text):
                sheet.write_number(row, column, float(text))
            elif kind == "date" and text >= _FIRST_DAY:
                sheet.write_datetime(row, column, datetime.datetime.fromisoformat(text), day)
            else:
                sheet.write_string(row, column, text)
