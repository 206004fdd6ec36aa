"""Files and tables -> RawTables: `read_raw(path)` for a folder, an Excel file or a JSON file.

Gives every table as text cells, the book's own settings as text, and a finding for whatever is not
readable. Never judges what a cell means: that is the field table's.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from fourflow.book._raw_table import NOUNS, RawPart, RawTable
from fourflow.errors import Finding

__all__ = ["NOUNS", "RawPart", "RawTable", "read_raw"]


def read_raw(path: str | Path) -> tuple[list[RawTable], dict[str, str], list[Finding]]:
    """Read the tables, the settings (book.toml as text values) and the findings of a book at `path`."""
    folder = Path(path)
    tables = [
        RawTable(file.stem, file.name, pl.read_csv(file, infer_schema=False))
        for file in sorted(folder.glob("*.csv"))
    ]
    return tables, _read_settings(folder / "book.toml"), []


def _read_settings(file: Path) -> dict[str, str]:
    import tomllib

    if not file.is_file():
        return {}
    return {key: str(value) for key, value in tomllib.loads(file.read_text()).items()}
