"""Files and tables -> RawTables: `read_raw(path)` for a folder, a workbook or a JSON file.

Gives every table as text cells, the book's own settings as text, and a finding for whatever is not
readable. Never judges what a cell means (that is the field table's) and never raises for what a file
holds.

    folder      <noun>.csv or <noun>.parquet for each noun, and book.toml
    workbook    .xlsx: a sheet for each noun, and a sheet `book` with a setting and its value in each row
    JSON        {"book": {...}, "offers": [{...}], ...}
    in memory   {"offers": anything with __arrow_c_stream__ or a list of mappings}
    imported    Pabulib `.pb`, Valueflows `.jsonld`, a PyPSA folder (see `imports`)
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from fourflow.book._fields import NOUNS
from fourflow.book._raw_csv import check_text, read_csv
from fourflow.book._raw_excel import read_workbook
from fourflow.book._raw_json import read_json, rows_to_table, text_of
from fourflow.book._raw_parquet import read_parquet
from fourflow.book._raw_sheet import settings_of, sheet_to_table
from fourflow.book._raw_table import MAX_FILE_BYTES, RawPart, RawTable, refuse
from fourflow.book._raw_typed import to_table
from fourflow.book._raw_zip import BadWorkbook
from fourflow.book.imports import is_linked, read_import, recognise
from fourflow.errors import Finding

__all__ = ["RawTable", "from_tables", "read_raw"]

SETTINGS = "book"
MAX_SETTINGS_BYTES = 64 * 2**10
MAX_ENTRIES = 1000
MAX_NAMED_TABLES = 20
_READERS: dict[str, Callable[[Path, str], RawPart]] = {".csv": read_csv, ".parquet": read_parquet}
_LIKE_TABLES = frozenset(
    [".tsv", ".gz", ".zip", ".xls", ".xlsx", ".ods", ".json", ".jsonl", ".arrow", ".feather"]
)
_PROGRAMS = (".mps", ".mps.gz")
_APART = ("readme", "sources", "notes", "license", "fourflow")  # for people, not read
_OTHER_WORDS = {
    word: noun
    for noun, words in {
        "offers": "supply supplies surplus angebot angebote offre offres oferta ofertas",
        "needs": "demand demands requests wanted bedarf bedarfe gesuche besoin besoins necesidades demandas",
        "projects": "projekt projekte vorhaben projet projets proyecto proyectos",
        "places": "orte standorte lieux lugares",
        "participants": "teilnehmer akteure acteurs participantes",
    }.items()
    for word in words.split()
}
"""What people call the sheets of a book."""
_A_SETTING = "it should be a text, a number, a day or a list of texts"
_WHAT = "a book is a folder of CSV or Parquet files (offers.csv, needs.csv, ...), one .xlsx or one .json file"

Raw = tuple[list[RawTable], dict[str, str], list[Finding]]


@dataclass
class _Gathered:
    """What has been read so far."""

    tables: list[RawTable] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add(self, part: RawPart) -> None:
        if part.table is not None:
            self.tables.append(part.table)
        self.findings += part.findings

    def add_settings(self, file: str, settings: Mapping[str, object]) -> None:
        """Setting values as text, a list of texts as lines; an object has no text."""
        for key, value in settings.items():
            try:
                lines = value if isinstance(value, (list, tuple)) else [value]
                text = "\n".join(filter(None, map(text_of, lines)))
            except ValueError as error:
                self.findings.append(refuse("settings.type", file, f"{key[:80]!r} {error}", _A_SETTING))
                continue
            if text:
                self.settings["_".join(key.lower().split())] = text

    def add_all(self, raw: Raw) -> None:
        """Everything that an importer gives."""
        tables, settings, findings = raw
        self.tables += tables
        self.settings |= settings
        self.findings += findings

    def done(self) -> Raw:
        order = {noun: i for i, noun in enumerate(NOUNS)}
        return sorted(self.tables, key=lambda table: order[table.noun]), self.settings, self.findings


def read_raw(path: str | Path, snapshot: str = "") -> Raw:
    """The tables (in the order of NOUNS), the settings and the findings of the book at `path`.

    snapshot : the hour to read of a network folder; nothing else has hours.
    """
    gathered, path = _Gathered(), Path(path)
    form = recognise(path)
    try:
        if path.is_dir() and not form:
            _read_folder(path, gathered)
        elif not path.is_dir() and (fault := _check_file(path)):
            gathered.findings.append(fault)
        elif form:
            gathered.add_all(read_import(path, form, snapshot))
        elif path.suffix.lower() == ".json":
            _read_json_book(path, gathered)
        elif path.suffix.lower() in (".xlsx", ".xlsm"):
            _read_workbook(path, gathered)
        else:
            gathered.findings.append(_not_a_book(path))
        if not gathered.tables and not any(entry.severity == "refused" for entry in gathered.findings):
            gathered.findings.append(_empty(path))
    except (OSError, ValueError) as error:
        rule = f"cannot be read: {error.strerror if isinstance(error, OSError) else error}"
        gathered.findings.append(
            refuse("file.unreadable", path.name, rule, "its name or its permissions are wrong")
        )
    return gathered.done()


def from_tables(tables: Mapping[str, object], settings: Mapping[str, object]) -> Raw:
    """The same for tables in memory: Polars, pandas, PyArrow, DuckDB, or lists of {field: value}."""
    gathered = _Gathered()
    gathered.add_settings(SETTINGS, settings)
    for name, content, noun in _by_noun(tables, "", gathered):
        if hasattr(content, "__arrow_c_stream__"):
            gathered.add(_guarded(name, partial(_arrow_table, name, noun, content)))
        else:
            gathered.add(rows_to_table(name, noun, content))
    return gathered.done()


def _arrow_table(name: str, noun: str, content: Any) -> RawPart:
    return to_table(name, noun, pl.DataFrame(content))


def _read_folder(folder: Path, gathered: _Gathered) -> None:
    entries = sorted(folder.iterdir())
    if len(entries) > MAX_ENTRIES:
        rule = f"the folder holds {len(entries)} files, the most is {MAX_ENTRIES}"
        gathered.findings.append(refuse("folder.files", folder.name, rule, f"it is another folder: {_WHAT}"))
        return
    seen: dict[str, str] = {}
    for entry in entries:
        noun, suffix = entry.name.split(".")[0].lower(), entry.suffix.lower()
        known = entry.name.count(".") == 1 and suffix in _READERS and noun in NOUNS
        if not known and entry.name.lower() != "book.toml":
            gathered.findings += _name_unknown(entry)
        elif noun in seen:
            rule = f"there is {seen[noun]} too"
            gathered.findings.append(refuse("table.twice", entry.name, rule, "one of the two is out of date"))
        elif fault := _check_file(entry, folder):
            gathered.findings.append(fault)
        elif known:
            gathered.add(_guarded(entry.name, partial(_READERS[suffix], entry, noun)))
        else:
            _read_settings(entry, gathered)
        if known:
            seen[noun] = entry.name


def _name_unknown(entry: Path) -> list[Finding]:
    """A finding for a file that looks like a table; notes, pictures and programs are passed over."""
    name = entry.name
    stem, suffix = name.split(".")[0].lower(), entry.suffix.lower()
    near = _near(stem, 0.8)
    if name.startswith((".", "~")) or stem in _APART:
        return []
    if not (near or suffix in _READERS or suffix in _LIKE_TABLES) or (entry.is_dir() and not near):
        return []
    maybe = f"it should be one of {', '.join(NOUNS)}"
    if near:
        maybe = f"you meant {near[0]}{'.toml' if near[0] == SETTINGS else '.csv'}"
    elif suffix in (".xlsx", ".json"):
        maybe = "it is a book by itself and should be named instead of the folder"
    return [_unknown(name, maybe, refused=bool(near))]


def _near(name: str, cutoff: float) -> list[str]:
    """The noun that a name is another word for, or a slip of."""
    other = _OTHER_WORDS.get(name)
    return [other] if other else difflib.get_close_matches(name, (*NOUNS, SETTINGS), 1, cutoff)


def _unknown(name: str, maybe: str, *, refused: bool) -> Finding:
    """Near a noun it is a slip that would lose data, so refused; far from all it is the owner's own."""
    if refused:
        return refuse("table.unknown", name, "no table of a book has this name", maybe)
    rule = "no table of a book has this name, so it is not read"
    return replace(refuse("table.unknown", name, rule, maybe), severity="warning")


def _check_file(file: Path, folder: Path | None = None) -> Finding | None:
    """A finding unless `file` is a plain file, of a size that can be read, and inside of `folder`."""
    if not file.exists():
        return refuse("file.missing", file.name, "does not exist", _nearest(file))
    if folder is not None and not file.resolve().is_relative_to(folder.resolve()):
        return refuse("file.link", file.name, "is a link out of the folder", "copy the file itself into it")
    if not file.is_file():
        return refuse("file.kind", file.name, "is not a plain file", _WHAT)
    size = file.stat().st_size
    if size > MAX_FILE_BYTES:
        rule = f"has {size} bytes, the most is {MAX_FILE_BYTES}"
        return refuse("file.size", file.name, rule, "the same rows were written over and over")
    return None


def _nearest(path: Path) -> str:
    if not path.parent.is_dir():
        return "the folder above it is misspelt too"
    near = difflib.get_close_matches(
        path.name, [entry.name for entry in path.parent.iterdir()][:MAX_ENTRIES], 1
    )
    return f"you meant {str(path.parent / near[0])!r}" if near else "it lies in another folder"


def _empty(path: Path) -> Finding:
    if path.is_dir():
        return refuse("folder.empty", path.name or str(path), "the folder holds no table", _WHAT)
    what, maybe = (
        ("table", "name the lists") if path.suffix.lower() == ".json" else ("sheet", "name the sheets")
    )
    return refuse("file.no_table", path.name, f"holds no {what} of a book", f"{maybe} offers and needs")


def _not_a_book(path: Path) -> Finding:
    if path.suffix.lower() in _READERS:
        return refuse(
            "path.single_table", path.name, "is one table, not a book", f"name its folder instead: {_WHAT}"
        )
    if path.name.lower().endswith(_PROGRAMS):
        rule = "is a linear or integer program: it has no offers and needs, so no book comes of it"
        maybe = f"solve it as it stands: fourflow clear {path.name} (in Python: fourflow.from_mps)"
        return refuse("path.linear_program", path.name, rule, maybe)
    return refuse("path.kind", path.name, f"ends in '{path.suffix[:20]}', which is no form of a book", _WHAT)


def _guarded(name: str, read: Callable[[], RawPart]) -> RawPart:
    """What `read` gives, or a finding where Polars or the system refuse the file."""
    try:
        return read()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, MemoryError) as error:
        rule = f"cannot be read: {str(error).splitlines()[0][:200] if str(error) else type(error).__name__}"
        return RawPart(None, [refuse("file.unreadable", name, rule, "it is damaged; write it again")])


def _read_settings(file: Path, gathered: _Gathered) -> None:
    data = file.read_bytes()[: MAX_SETTINGS_BYTES + 1]
    faults = check_text(file.name, data)
    if len(data) > MAX_SETTINGS_BYTES:
        rule = f"has more than {MAX_SETTINGS_BYTES // 1024} KiB"
        faults = [refuse("file.size", file.name, rule, "it is another file")]
    if faults:
        gathered.findings += faults
        return
    try:
        gathered.add_settings(file.name, tomllib.loads(data.decode(), parse_float=str))
    except (ValueError, RecursionError) as error:
        rule = f"is not TOML: {str(error)[:200] or 'nested too deeply'}"
        maybe = 'it should have lines like currency = "GBP" and as_of = 2026-01-31'
        gathered.findings.append(refuse("settings.malformed", file.name, rule, maybe))


def _read_json_book(file: Path, gathered: _Gathered) -> None:
    content, faults = read_json(file, by_cell=True)
    if is_linked(content):
        gathered.add_all(read_import(file, "valueflows"))
        return
    gathered.findings += faults
    settings = content.pop(SETTINGS, {})
    if isinstance(settings, dict):
        gathered.add_settings(f"{file.name} {SETTINGS}", settings)
    else:
        maybe = 'it should be {"name": ..., "currency": ...}'
        gathered.findings.append(refuse("json.shape", file.name, "its 'book' is no object", maybe))
    for name, rows, noun in _by_noun(content, f"{file.name} ", gathered):
        gathered.add(rows_to_table(name, noun, rows))


def _read_workbook(file: Path, gathered: _Gathered) -> None:
    try:
        sheets = {sheet.name: sheet for sheet in read_workbook(file.read_bytes())}
    except BadWorkbook as error:
        gathered.findings.append(refuse("file.workbook", file.name, str(error), error.maybe))
        return
    for name in [name for name in sheets if name.strip().lower() == SETTINGS]:
        gathered.add_settings(f"{file.name} {name}", settings_of(sheets.pop(name)))
    filled = {
        name: sheet
        for name, sheet in sheets.items()
        if sheet.rows and not name.strip().lower().startswith(_APART)
    }
    for name, sheet, noun in _by_noun(filled, f"{file.name} ", gathered):
        gathered.add(sheet_to_table(name, noun, sheet))


def _by_noun(tables: Mapping[str, Any], prefix: str, gathered: _Gathered) -> list[tuple[str, Any, str]]:
    """(shown name, content, noun) of the tables whose names are nouns; findings for the others."""
    found: dict[str, tuple[str, Any, str]] = {}
    unknown: list[str] = []
    for name, content in tables.items():
        noun = name.strip().lower()
        if noun not in NOUNS:
            unknown.append(name)
        elif noun in found:
            rule = f"there is a table {found[noun][0]!r} too"
            gathered.findings.append(
                refuse("table.twice", f"{prefix}{name}", rule, "one of the two is out of date")
            )
        else:
            found[noun] = (f"{prefix}{name}", content, noun)
    for name in unknown[:MAX_NAMED_TABLES]:
        near = _near(name[:80].strip().lower(), 0.6)
        maybe = f"you meant {near[0]}" if near else f"it should be one of {', '.join(NOUNS)}"
        gathered.findings.append(_unknown(f"{prefix}{name[:80]}", maybe, refused=bool(near)))
    if len(unknown) > MAX_NAMED_TABLES:
        rule = f"{len(unknown) - MAX_NAMED_TABLES} more tables have unknown names"
        gathered.findings.append(refuse("table.unknown", prefix.strip(), rule, _WHAT))
    return list(found.values())
