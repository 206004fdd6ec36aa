"""The ways by which tables of a book come in: files of each form, Arrow tables, Python."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl

from fourflow.book import Admission, check, check_tables

Tables = Mapping[str, pl.DataFrame]
Settings = Mapping[str, Any]


def toml_of(settings: Settings) -> str:
    """book.toml; JSON's way of writing text, numbers and lists is TOML's too."""
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in settings.items())


def as_csv(settings: Settings, tables: Tables, folder: Path) -> Admission:
    for noun, table in tables.items():
        table.write_csv(folder / f"{noun}.csv")
    (folder / "book.toml").write_text(toml_of(settings))
    return check(folder)


def as_parquet(settings: Settings, tables: Tables, folder: Path) -> Admission:
    for noun, table in tables.items():
        table.write_parquet(folder / f"{noun}.parquet")
    (folder / "book.toml").write_text(toml_of(settings))
    return check(folder)


def as_arrow(settings: Settings, tables: Tables, folder: Path) -> Admission:
    return check_tables({noun: table.to_arrow() for noun, table in tables.items()}, **settings)


def as_python(settings: Settings, tables: Tables, folder: Path) -> Admission:
    return check_tables(dict(tables), **settings)


def as_json(settings: Settings, tables: Tables, folder: Path) -> Admission:
    """Values are written as bare JSON numbers where JSON allows that."""
    whole: dict[str, Any] = {
        "book": dict(settings),
        **{noun: table.to_dicts() for noun, table in tables.items()},
    }
    (folder / "book.json").write_text(json.dumps(whole))
    return check(folder / "book.json")


def as_excel(settings: Settings, tables: Tables, folder: Path) -> Admission:
    book = openpyxl.Workbook()
    for noun, table in tables.items():
        sheet = book.create_sheet(noun)
        for row in [table.columns, *table.rows()]:
            sheet.append(list(row))
    sheet = book.create_sheet("book")
    for key, value in settings.items():
        if isinstance(value, (str, int)):
            sheet.append([key, value])
    book.save(folder / "book.xlsx")
    return check(folder / "book.xlsx")


PATHS: dict[str, Callable[[Settings, Tables, Path], Admission]] = {
    "csv": as_csv, "parquet": as_parquet, "arrow": as_arrow, "python": as_python, "json": as_json,
    "excel": as_excel,
}  # fmt: skip
