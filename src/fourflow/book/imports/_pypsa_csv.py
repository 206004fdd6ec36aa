"""The CSV files of a PyPSA folder: components with their attributes, and series by snapshot.

A component file has a row for each component; a series file `loads-p_set.csv` has a column for each
component and a row for each snapshot. Empty cells have the component's default.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from fourflow.book._raw_csv import check_text
from fourflow.book.imports._made import MAX_IMPORT_BYTES, Made, number

_MAYBE = "it was not written by export_to_csv_folder, or is damaged; export the network again"
_NO = ("false", "0", "0.0", "no")
INFINITE = Decimal("Infinity")


@dataclass
class Component:
    """One row of a component file, with the values of its series at the chosen snapshot."""

    file: str
    name: str
    row: int
    cells: Mapping[str, str]
    series: Mapping[str, str] = field(default_factory=dict)

    def text(self, attribute: str) -> str:
        return self.series.get(attribute) or self.cells.get(attribute, "")

    def value(self, attribute: str, default: str = "0") -> Decimal | None:
        """The number, Infinity where the file says inf, `default` where it says nothing; None if neither."""
        text = self.text(attribute).strip() or default
        return INFINITE if text.lower() in ("inf", "infinity", "+inf") else number(text)

    @property
    def is_active(self) -> bool:
        return self.cells.get("active", "").strip().lower() not in _NO


def read_rows(folder: Path, name: str, made: Made) -> list[list[str]]:
    """The rows of a file of the folder as texts, header first; none if it is not there or not sound."""
    file = folder / name
    if not file.is_file():
        return []
    if not file.resolve().is_relative_to(folder.resolve()):
        made.refuse("pypsa.link", "is a link out of the folder", "copy the file itself into it", part=name)
        return []
    size = file.stat().st_size
    if size > MAX_IMPORT_BYTES:
        rule = f"has {size} bytes, the most is {MAX_IMPORT_BYTES}"
        made.refuse("pypsa.size", rule, "export fewer snapshots", part=name)
        return []
    data = file.read_bytes()
    faults = check_text(name, data)
    if faults:
        made.findings += faults
        return []
    try:
        return [row for row in csv.reader(io.StringIO(data.decode(), newline=""), strict=True) if row]
    except csv.Error as error:
        made.refuse("pypsa.broken", f"cannot be split into cells: {error}", _MAYBE, part=name)
        return []


def read_components(
    folder: Path, kind: str, at: int, attributes: tuple[str, ...], made: Made
) -> list[Component]:
    """The active components of a kind, with `attributes` from their series at snapshot number `at`."""
    file = f"{kind}.csv"
    rows = read_rows(folder, file, made)
    if not rows:
        return []
    header, seen = rows[0], set()
    series = {name: _series(folder, f"{kind}-{name}.csv", at, made) for name in attributes}
    found = []
    for line, row in enumerate(rows[1:], 2):
        if not row[0] or row[0] in seen or len(row) > len(header):
            rule = "has no name, a name that came before, or too many cells"
            made.refuse("pypsa.component", rule, _MAYBE, line, file)
            continue
        seen.add(row[0])
        own = {name: values[row[0]] for name, values in series.items() if row[0] in values}
        component = Component(file, row[0], line, dict(zip(header, row, strict=False)), own)
        found += [component] if component.is_active else []
    return found


def _series(folder: Path, name: str, at: int, made: Made) -> dict[str, str]:
    """The row of snapshot number `at`: component -> text."""
    rows = read_rows(folder, name, made)
    if not rows:
        return {}
    if at + 1 >= len(rows) or len(rows[at + 1]) != len(rows[0]):
        rule = f"has no whole row for snapshot number {at}"
        made.refuse("pypsa.series", rule, _MAYBE, part=name)
        return {}
    return dict(zip(rows[0][1:], rows[at + 1][1:], strict=True))
