"""Reading files: a folder is just what its manifest lists, and cells are words or exact integers."""

from __future__ import annotations

import hashlib
import json
import math
import re
from array import array
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from verifier.kinds import across

FORMAT = "fourflow-certificate-1"
CHUNK, MOST_FILES, MOST_BYTES, MOST_TEXT_ROWS = 1 << 22, 100, 1 << 35, 10**7
WORDS = {"id", "role", "region", "mode", "unit"}
SETS = {"categories", "carries"}
FLAGS = {"whole", "loan", "remote", "all_or_nothing"}
SIGNED = {"limit_price", "value", "from_day", "until_day", "use_by_day"}
MAY_BE_NONE = {
    "parent",
    "participant",
    "place",
    "sponsor",
    "carrier",
    "capacity_t",
    "quantity",
    "project",
    "move_cost",
}
SAFE = " :/()"  # what words keep beside letters and digits when they are percent-encoded


class Refuted(Exception):
    """The certificate does not hold, and this is why."""


def need(holds: object, message: str) -> None:
    if not holds:
        raise Refuted(message)


def within(indices: Sequence[int], size: int, what: str) -> None:
    need(not indices or (min(indices) >= 0 and max(indices) < size), f"{what} points outside its file")


class Folder:
    """The files of a certificate, each as its manifest says."""

    def __init__(self, path: Path, root: str | None) -> None:
        nested = path / "certificate"
        self.path = nested if nested.is_dir() and not (path / "manifest.csv").is_file() else path
        self.root = self._digest("manifest.csv")
        need(root in (None, self.root), f"the root is {self.root}, not {root}")
        listed = self.text("manifest.csv", "sha256,file")
        self.names = {p.relative_to(self.path).as_posix() for p in self.path.rglob("*.csv")} - {
            "manifest.csv"
        }
        need(len(listed) <= MOST_FILES, "the manifest lists too many files")
        need(
            {name for _, name in listed} == self.names, "the folder holds other files than the manifest lists"
        )
        for sha256, name in listed:
            need(self._digest(name) == sha256, f"{name} is not the file that the manifest lists")

    def _digest(self, name: str) -> str:
        need((self.path / name).is_file(), f"{name} is missing in {self.path}")
        need((self.path / name).stat().st_size <= MOST_BYTES, f"{name} is too large")
        with (self.path / name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _chunks(self, name: str, header: str) -> Iterator[bytes]:
        need((self.path / name).is_file(), f"{name} is missing in {self.path}")
        with (self.path / name).open("rb") as file:
            first = file.readline(10_000).decode("utf-8", "replace").rstrip("\n")
            need(first == header, f"{name} starts with {first[:99]!r} but must start with {header!r}")
            while chunk := file.read(CHUNK):
                yield chunk + file.readline(CHUNK)

    def text(self, name: str, header: str) -> list[list[str]]:
        """Rows of text cells; no cell holds a comma or a line break."""
        rows: list[list[str]] = []
        for chunk in self._chunks(name, header):
            rows += [line.split(",") for line in chunk.decode("utf-8").split("\n") if line]
            need(len(rows) <= MOST_TEXT_ROWS, f"{name} is too large")
        need(
            {len(row) for row in rows} <= {header.count(",") + 1},
            f"a row of {name} has too many or few cells",
        )
        return rows

    def table(self, name: str, header: str) -> dict[str, list[Any]]:
        """Columns by name: WORDS are text, SETS are sets of numbers, the rest whole numbers."""
        table: dict[str, list[Any]] = {}
        rows = self.text(name, header)
        for i, field in enumerate(header.split(",")):
            cells = [row[i] for row in rows]
            if field in WORDS:
                need(field != "id" or len({*cells}) == len(cells), f"{name} has an id twice")
                table[field] = cells
            elif field in SETS:
                table[field] = [{*map(int, filter(None, cell.split(";")))} for cell in cells]
            else:
                table[field] = numbers = [*map(int, cells)]
                least = -math.inf if field in SIGNED else -1 if field in MAY_BE_NONE else 0
                most = 1 if field in FLAGS else math.inf
                need(all(least <= x <= most for x in numbers), f"{name} has a {field} that cannot be")
        return table

    def numbers(self, name: str, header: str) -> list[Any]:
        """Columns of whole numbers: 64-bit arrays, or lists where a number is longer."""
        columns: list[Any] = [array("q") for _ in header.split(",")]
        for chunk in self._chunks(name, header):
            odd = chunk.translate(None, b"0123456789-,\n")
            need(not odd, f"{name} holds {odd[:20]!r} where only whole numbers belong")
            try:
                rows = json.loads(b"[[" + chunk.rstrip(b"\n").replace(b"\n", b"],[") + b"]]")
            except ValueError:
                raise Refuted(f"{name} has a cell that is no whole number of at most 4,300 digits") from None
            need({*map(len, rows)} == {len(columns)}, f"a row of {name} has too many or few cells")
            for i, cells in enumerate(across(*rows)):
                before = len(columns[i])
                try:
                    columns[i].extend(cells)
                except OverflowError:
                    columns[i] = [*columns[i][:before], *cells]
        return columns


class Claims:
    """What the certificate says of itself, by key."""

    def __init__(self, folder: Folder) -> None:
        rows = folder.text("claims.csv", "key,value")
        self.values = dict(rows)
        need(len(self.values) == len(rows), "claims.csv says a key twice")
        need(self.text("format") == FORMAT, f"the format is not {FORMAT}")

    def text(self, key: str) -> str:
        need(key in self.values, f"claims.csv does not say {key}")
        return self.values[key]

    def number(self, key: str, above: int | None = None) -> Fraction:
        text = self.text(key)
        need(
            re.fullmatch(r"-?[0-9]{1,4000}(/0*[1-9][0-9]{0,4000})?", text),
            f"{key} {text[:40]!r} is no number",
        )
        need(above is None or Fraction(text) > above, f"{key} must be above {above}")
        return Fraction(text)

    def says(self, key: str, value: Any) -> None:
        claimed: Any = float(self.text(key)) if self.text(key) in ("inf", "-inf") else self.number(key)
        need(claimed == value, f"the claimed {key} is {self.text(key)[:99]} but {str(value)[:99]} follows")
