"""Which form a file has, and the importer for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fourflow.book._raw_table import RawTable
from fourflow.book.imports._made import Made
from fourflow.book.imports._pabulib import read_pabulib
from fourflow.book.imports._pypsa import read_pypsa
from fourflow.book.imports._valueflows import read_valueflows
from fourflow.errors import Finding

_FILES = {".pb": "pabulib", ".jsonld": "valueflows"}
_BESIDE_BUSES = ("network.csv", "snapshots.csv", "generators.csv", "loads.csv", "lines.csv", "links.csv")


def recognise(path: Path) -> str:
    """The form of the file or folder at `path`, "" if it is none of another world."""
    if path.is_dir():
        beside = any((path / name).is_file() for name in _BESIDE_BUSES)
        own = any((path / f"{noun}.csv").is_file() for noun in ("offers", "needs"))
        return "pypsa" if (path / "buses.csv").is_file() and beside and not own else ""
    return _FILES.get(path.suffix.lower(), "")


def is_linked(content: Mapping[str, object]) -> bool:
    """Whether a JSON document is linked data and so no book of ours."""
    return "@graph" in content or "@context" in content


def read_import(
    path: Path, form: str, snapshot: str = ""
) -> tuple[list[RawTable], dict[str, str], list[Finding]]:
    """Tables, settings and findings of the file at `path`.

    snapshot : of a network folder, the hour to read: as snapshots.csv writes it, or its number from 0.
    """
    made = Made(path.name)
    if form == "pypsa":
        read_pypsa(path, snapshot, made)
    elif form == "pabulib":
        read_pabulib(path, made)
    else:
        read_valueflows(path, made)
    return made.done()
