"""What an importer gathers: rows of a book as texts, its settings, and what it has to say about them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation

from fourflow.book._cells import slug
from fourflow.book._raw_json import rows_to_table
from fourflow.book._raw_table import RawTable, refuse
from fourflow.errors import Finding

MAX_IMPORT_BYTES = 256 * 2**20
MAX_PLACES = 6
Cells = dict[str, str | None]


@dataclass
class Made:
    """The book that comes of the file or folder `file`."""

    file: str
    rows: dict[str, list[Cells]] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)

    def add(self, noun: str, **cells: str | None) -> None:
        """One row; a trailing underscore keeps Python's words apart (`from_`)."""
        self.rows.setdefault(noun, []).append({name.rstrip("_"): text for name, text in cells.items()})

    def warn(self, code: str, rule: str, maybe: str, row: int = 0, part: str = "") -> None:
        """What the book cannot say, or had to be guessed. part : the file of a folder that it stands in."""
        found = refuse(f"import.{code}", part or self.file, rule, maybe, row=row)
        self.findings.append(replace(found, severity="warning"))

    def refuse(self, code: str, rule: str, maybe: str, row: int = 0, part: str = "") -> None:
        """What cannot be used at all."""
        self.findings.append(refuse(f"import.{code}", part or self.file, rule, maybe, row=row))

    def done(self) -> tuple[list[RawTable], dict[str, str], list[Finding]]:
        """Raw tables, settings and findings, as every reader gives them."""
        tables = []
        for noun, rows in self.rows.items():
            part = rows_to_table(f"{self.file} {noun}", noun, rows)
            self.findings += part.findings
            tables += [part.table] if part.table is not None else []
        settings = dict(self.settings)
        if self.assumptions:
            settings["assumptions"] = "\n".join(self.assumptions)
        return tables, settings, self.findings


class Ids:
    """Names as ids of a book: what an id may not hold becomes `-`, and no two names share one."""

    def __init__(self) -> None:
        self._of: dict[str, str] = {}
        self._used: set[str] = set()
        self._copies: Counter[str] = Counter()

    def __getitem__(self, name: str) -> str:
        return self.name(name, name)

    def __contains__(self, name: str) -> bool:
        return name in self._of

    def name(self, name: str, readable: str) -> str:
        """The id of `name`, made of `readable` the first time."""
        if name not in self._of:
            self._of[name] = self._fresh(slug(readable) or "x")
        return self._of[name]

    def _fresh(self, base: str) -> str:
        wanted = base
        while wanted in self._used:
            self._copies[base] += 1
            wanted = f"{base[:120]}-{self._copies[base] + 1}"
        self._used.add(wanted)
        return wanted


def number(text: str | None) -> Decimal | None:
    """The finite number that `text` is, between 1e-12 and 1e15 in size or 0; None for anything else."""
    try:
        value = Decimal((text or "").strip())
    except InvalidOperation:
        return None
    if not value.is_finite():
        return None
    if value == 0 or value.adjusted() < -12:
        return Decimal(0)
    return value if value.adjusted() <= 15 else None


def cell(value: Decimal, up: bool = False) -> str:
    """`value` as a book writes it: six decimals at most, no exponent; rounded down, an ask up."""
    text = format(value.quantize(Decimal("0.000001"), ROUND_CEILING if up else ROUND_FLOOR), "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def some(names: list[str]) -> str:
    """The first few of `names`, and how many more there are."""
    shown = ", ".join(repr(name[:40]) for name in names[:MAX_PLACES])
    return shown + (f" and {len(names) - MAX_PLACES} more" if len(names) > MAX_PLACES else "")
