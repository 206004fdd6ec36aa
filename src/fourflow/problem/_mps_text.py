"""The text of an MPS file, free or fixed, as exact decimals: a parser that knows no solver.

Conventions where files differ: a negative upper bound on a column with lower bound 0 makes the lower
bound -inf; a whole column without any bound is 0 or 1; an RHS on the objective is minus its constant
(IBM MPSX, and the readers of today's solvers). A file that cannot be read by its blanks is read by the
columns of the fixed form, where names may hold blanks.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from math import ceil, floor
from pathlib import Path

from fourflow.errors import ProblemError

LONGEST_LINE = 100_000
SECTIONS = {"NAME", "OBJSENSE", "OBJNAME", "ROWS", "COLUMNS", "RHS", "RANGES", "BOUNDS", "ENDATA"}
FIXED_FIELDS = ((1, 3), (4, 12), (14, 22), (24, 36), (39, 47), (49, 61))
SENSES = ("MAX", "MAXIMIZE", "MAXIMISE", "MIN", "MINIMIZE", "MINIMISE")
INFINITE = Decimal(10) ** 20
"""From here on a bound is no bound, as all readers have it."""
MOST_EXPONENT = 60
"""Numbers beyond 10 to this power, either way, are slips: an array has 18 digits."""


@dataclass
class Column:
    """One column: (row name, coefficient) entries, bounds (None = infinite), whether it is whole."""

    entries: dict[str, Decimal] = field(default_factory=dict)
    lower: Decimal | None = Decimal(0)
    upper: Decimal | None = None
    whole: bool = False
    bounded: bool = False


@dataclass
class Row:
    """One row: lower <= activity <= upper, None = infinite; both from its right-hand side and range."""

    kind: str
    right: Decimal = Decimal(0)
    range: Decimal | None = None

    @property
    def lower(self) -> Decimal | None:
        if self.range is not None and self.kind != "G":
            return (
                self.right - abs(self.range) if self.kind == "L" else self.right + min(self.range, Decimal(0))
            )
        return None if self.kind == "L" else self.right

    @property
    def upper(self) -> Decimal | None:
        if self.range is not None and self.kind != "L":
            return (
                self.right + abs(self.range) if self.kind == "G" else self.right + max(self.range, Decimal(0))
            )
        return None if self.kind == "G" else self.right


@dataclass
class Text:
    """An MPS file as it stands: minimise or maximise `objective` + constant."""

    name: str = ""
    maximise: bool = False
    objective: str = ""
    constant: Decimal = Decimal(0)
    costs: dict[str, Decimal] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)
    ignored: set[str] = field(default_factory=set)


def read_text(path: str | Path) -> Text:
    """Parse an MPS file, gzipped if its name ends in .gz; ProblemError names line and rule."""
    path = Path(path)
    by_blanks, by_columns = _Parser(path.name), _Parser(path.name, fixed=True)
    try:
        return _parse(path, by_blanks)
    except ProblemError as error:
        try:
            return _parse(path, by_columns)
        except ProblemError as other:
            raise (other if by_columns.number > by_blanks.number else error) from None


def _parse(path: Path, parser: _Parser) -> Text:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8", errors="strict") as file:
            return parser.parse(iter(lambda: file.readline(LONGEST_LINE + 2), ""))
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise ProblemError(f"{path}: cannot be read as an MPS file: {error}.", code="problem.mps") from error


class _Parser:
    def __init__(self, file: str, *, fixed: bool = False) -> None:
        self.file, self.number, self.section = file, 0, ""
        self.text = Text()
        self.whole = False
        self.fixed = fixed
        self.named: set[str] = set()

    def parse(self, lines: Iterator[str]) -> Text:
        for self.number, line in enumerate(lines, 1):
            if len(line) > LONGEST_LINE:
                raise self.error("a line is longer than 100,000 characters")
            if not line.strip() or line.startswith("*"):
                continue
            if line[0].isspace() or (self.section == "OBJSENSE" and line.strip().upper() in SENSES):
                self.data(line)
            else:
                self.header(line.split())
            if self.section == "ENDATA":
                break
        if self.section != "ENDATA":
            raise self.error("the file ends without ENDATA", "it was cut off")
        if self.text.objective not in self.named:
            raise self.error("there is no objective row (type N)")
        self.finish()
        return self.text

    def error(self, rule: str, maybe: str = "") -> ProblemError:
        hint = f" Maybe {maybe}." if maybe else ""
        return ProblemError(f"{self.file} line {self.number}: {rule}.{hint}", code="problem.mps")

    def header(self, words: list[str]) -> None:
        self.section = words[0].upper()
        if self.section not in SECTIONS:
            raise self.error(
                f"section {words[0]!r} is not known", "it needs a reader with quadratic or conic parts"
            )
        if self.section == "NAME":
            self.text.name = words[1] if len(words) > 1 else ""
        elif self.section == "OBJSENSE" and len(words) > 1:
            self.sense(words[1])

    def data(self, line: str) -> None:
        if self.section == "OBJSENSE":
            self.sense(line.split()[0])
            return
        if self.section == "OBJNAME":
            self.text.objective = line.strip()
            return
        words = self.fields(line) if self.fixed else line.split()
        handler = {"ROWS": self.row, "COLUMNS": self.column, "RHS": self.right, "RANGES": self.range,
                   "BOUNDS": self.bound}  # fmt: skip
        if self.section not in handler:
            raise self.error("a data line stands outside of any section")
        handler[self.section](words)

    def fields(self, line: str) -> list[str]:
        """The fields of the fixed form, where names may hold blanks."""
        ends = [0, *(end for pair in FIXED_FIELDS for end in pair)]
        if "\t" in line or any(line[a:b].strip() for a, b in zip(ends[::2], ends[1::2], strict=False)):
            raise self.error("it reads neither by blanks nor by the columns of the fixed form")
        cut = [line[a:b].strip() for a, b in FIXED_FIELDS]
        return [word for word in cut if word]

    def sense(self, word: str) -> None:
        if word.upper() not in SENSES:
            raise self.error(f"OBJSENSE is {word!r} but must be MAX or MIN")
        self.text.maximise = word.upper().startswith("MAX")

    def row(self, words: list[str]) -> None:
        if len(words) != 2:
            raise self.error("a row needs a type and a name")
        kind, name = words[0].upper(), words[1]
        if kind not in ("N", "E", "L", "G"):
            raise self.error(f"row type is {words[0]!r} but must be N, E, L or G")
        if name in self.named:
            raise self.error(f"row {name!r} appears twice")
        self.named.add(name)
        if kind == "N":
            if self.text.objective in ("", name):
                self.text.objective = name
            else:
                self.text.ignored.add(name)
            return
        self.text.rows[name] = Row(kind)

    def number_of(self, word: str) -> Decimal:
        try:
            value = Decimal(word.replace("D", "E").replace("d", "e"))
        except InvalidOperation:
            raise self.error(f"{word!r} is not a number", "a decimal point is missing") from None
        if value.is_nan() or not word.isascii() or "_" in word:
            raise self.error(f"{word!r} is not a number")
        if value and value.is_finite() and value.adjusted() < -MOST_EXPONENT:
            raise self.error(f"{word!r} is too small to be meant", "it is 0")
        return value

    def finite(self, word: str) -> Decimal:
        value = self.number_of(word)
        if not value.is_finite():
            raise self.error(f"{word!r} must be finite here")
        if value and value.adjusted() > MOST_EXPONENT:
            raise self.error(f"{word!r} is too large to be meant", "it stands for no limit")
        return value

    def column(self, words: list[str]) -> None:
        if len(words) >= 3 and words[1].strip("'\"").upper() == "MARKER":
            self.whole = words[2].strip("'\"").upper() == "INTORG"
            return
        if len(words) not in (3, 5):
            raise self.error("a column line needs a name and one or two pairs of row and number")
        column = self.text.columns.setdefault(words[0], Column(whole=self.whole))
        for name, word in zip(words[1::2], words[2::2], strict=True):
            value = self.finite(word)
            if name == self.text.objective:
                self.text.costs[words[0]] = self.text.costs.get(words[0], Decimal(0)) + value
            elif name not in self.text.ignored:
                self.known(name)
                if name in column.entries:
                    raise self.error(f"column {words[0]!r} has two entries in row {name!r}")
                column.entries[name] = value

    def known(self, name: str) -> Row:
        if name not in self.text.rows:
            raise self.error(f"row {name!r} is not declared in ROWS", "the name is misspelt")
        return self.text.rows[name]

    def pairs(self, words: list[str]) -> Iterator[tuple[str, Decimal]]:
        """(row, number) pairs of an RHS or RANGES line; the name of the set may be missing."""
        pairs = words[1:] if len(words) % 2 else words
        if not pairs:
            raise self.error("a line needs pairs of row and number")
        for name, word in zip(pairs[::2], pairs[1::2], strict=True):
            yield name, self.finite(word)

    def right(self, words: list[str]) -> None:
        for name, value in self.pairs(words):
            if name == self.text.objective:
                self.text.constant = -value
            elif name not in self.text.ignored:
                self.known(name).right = value

    def range(self, words: list[str]) -> None:
        for name, value in self.pairs(words):
            if name != self.text.objective and name not in self.text.ignored:
                self.known(name).range = value

    def bound(self, words: list[str]) -> None:
        kind = words[0].upper()
        takes_number = kind in ("UP", "LO", "FX", "LI", "UI")
        if kind not in ("FR", "MI", "PL", "BV") and not takes_number:
            raise self.error(f"bound type {words[0]!r} is not known", "it is a semi-continuous bound (SC)")
        rest = words[1:]
        if takes_number and len(rest) in (2, 3):
            name, value = rest[-2], self.number_of(rest[-1])
        elif not takes_number and 1 <= len(rest) <= 3:
            name, value = rest[0] if len(rest) == 1 else rest[1], Decimal(0)
        else:
            raise self.error("a bound line has too few or too many fields")
        if name not in self.text.columns:
            raise self.error(f"column {name!r} of a bound is not declared in COLUMNS", "the name is misspelt")
        self.apply(kind, self.text.columns[name], value)

    def apply(self, kind: str, column: Column, value: Decimal) -> None:
        column.whole = column.whole or kind in ("BV", "LI", "UI")
        column.bounded = True
        limit = None if abs(value) >= INFINITE else value
        if limit is None and (kind == "FX" or (value > 0) == (kind in ("LO", "LI"))):
            raise self.error(f"a bound {kind} of {value} leaves the column no value")
        if kind in ("UP", "UI"):
            column.upper = limit
            if value < 0 and column.lower == 0:
                column.lower = None
        elif kind in ("LO", "LI"):
            column.lower = limit
        elif kind == "FX":
            column.lower = column.upper = value
        elif kind == "FR":
            column.lower = column.upper = None
        elif kind == "MI":
            column.lower = None
        elif kind == "BV":
            column.lower, column.upper = Decimal(0), Decimal(1)

    def finish(self) -> None:
        for name, column in self.text.columns.items():
            if column.whole and not column.bounded:
                column.upper = Decimal(1)
            if column.lower is None or column.upper is None:
                continue
            if column.lower > column.upper:
                raise ProblemError(
                    f"{self.file}: column {name!r} has lower bound {column.lower} above its upper bound "
                    f"{column.upper}. Maybe the bounds are swapped.",
                    code="problem.mps",
                )
            if column.whole and ceil(column.lower) > floor(column.upper):
                raise ProblemError(
                    f"{self.file}: column {name!r} is whole, but no whole number lies between its bounds "
                    f"{column.lower} and {column.upper}. Maybe it need not be whole.",
                    code="problem.mps",
                )
