"""What every reader gives: one table of text cells per noun, and the findings about its form.

Cells are text exactly as written (numbers are never rounded on the way in), `null` is an empty cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from fourflow.errors import Finding

MAX_FILE_BYTES = 2 * 2**30
MAX_COLUMNS = 512
MAX_ROWS = 50_000_000
MAX_NAMED_ROWS = 20  # rows with one and the same fault that get a finding each; the rest share one


@dataclass(frozen=True)
class RawTable:
    """The cells of one noun.

    `frame` has only String columns, null = empty cell. Data row i is shown to the user as row
    i + header_row + 1. A row in which every cell is null is a blank line: it is no listing and is
    skipped without a finding. `refused_rows` are data rows (ascending) that the reader has refused
    already, with findings; they count as refused listings, blank or not, and are read no further.
    """

    noun: str
    file: str
    frame: pl.DataFrame
    header_row: int = 1
    refused_rows: tuple[int, ...] = ()

    def shown_row(self, row: int) -> int:
        """The number that a spreadsheet shows for data row `row`."""
        return row + self.header_row + 1


@dataclass(frozen=True)
class RawPart:
    """What one file or sheet gives: its table (None if the whole of it is refused) and its findings."""

    table: RawTable | None
    findings: list[Finding] = field(default_factory=list)


def refuse(
    code: str, file: str, rule: str, maybe: str, *, row: int = 0, cell: tuple[str, str] = ("", "")
) -> Finding:
    """A finding of the readers; `cell` is (field, value) where one is meant."""
    name, value = cell
    what = shorten(visible(rule), 300)
    return Finding(
        f"book.{code}", shorten(visible(file)), row, shorten(visible(name)), shorten(value), what, maybe
    )


def visible(text: str) -> str:
    """`text` with everything that is not printable as an escape, since it goes to a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shorten(value: str, width: int = 80) -> str:
    """`value` cut to `width` characters, so that no reply grows with its input."""
    return value if len(value) <= width else value[: width - 3] + "..."


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell, and where: `field` is its header, '' for the row as a whole."""

    rule: str
    field: str = ""
    value: str = ""


def refuse_rows(
    code: str, file: str, rows: Sequence[int], faults: Sequence[Fault], maybe: str
) -> list[Finding]:
    """One finding for each of the first shown rows, by its fault, and one that counts the other rows."""
    first = list(zip(rows, faults, strict=False))[:MAX_NAMED_ROWS]
    found = [
        refuse(code, file, fault.rule, maybe, row=row, cell=(fault.field, fault.value))
        for row, fault in first
    ]
    if len(rows) > len(first):
        rule = f"{len(rows) - len(first)} more rows, the last of them row {rows[-1]}, have the same fault"
        found.append(refuse(code, file, rule, maybe))
    return found


def name_columns(file: str, cells: Iterable[str | None]) -> tuple[list[str], list[Finding]]:
    """The column names of a header: 'Limit price (GBP/kg)' is read as 'limit_price [GBP/kg]'.

    A header cell that is empty gives the name ''. Findings: too many columns, a name that comes twice.
    """
    names = [plain_name(cell or "") for cell in cells]
    findings: list[Finding] = []
    if len(names) > MAX_COLUMNS:
        rule = f"has {len(names)} columns, the most is {MAX_COLUMNS}"
        return names, [refuse("file.columns", file, rule, "this is not a table of listings", row=1)]
    unseen = next((c for name in names for c in name if not c.isprintable()), None)
    if unseen:
        rule = f"a header cell must not hold {_name_character(unseen)}"
        return names, [refuse("column.unprintable", file, rule, "the file is not UTF-8 text", row=1)]
    seen: dict[str, int] = {}
    for number, name in enumerate(names):
        base = name.split(" [")[0]
        if base and base in seen:
            here, there = letters(number), letters(seen[base])
            rule = f"column {here} has the name {shorten(name)!r} of column {there}"
            findings.append(
                refuse("column.twice", file, rule, "one of the two should go or be renamed", row=1)
            )
        seen.setdefault(base, number)
    return names, findings


def plain_name(cell: str) -> str:
    """'Limit price (GBP/kg)' as 'limit_price [GBP/kg]'."""
    text = " ".join(cell.split())
    match = re.fullmatch(r"(.{1,200}?) ?[\[(]([^\[\]()]{1,40})[\])]", text)
    name, unit = (match[1], match[2]) if match else (text, "")
    plain = re.sub(r"[ -]", "_", name.lower())
    return f"{plain} [{unit.strip()}]" if unit else plain


def drop_unnamed(
    file: str, frame: pl.DataFrame, names: Sequence[str], header_row: int
) -> tuple[pl.DataFrame, list[Finding]]:
    """`frame` under its `names`, without its nameless empty columns."""
    nameless = [i for i, name in enumerate(names) if not name]
    full = [i for i in nameless if frame.to_series(i).null_count() < frame.height]
    if full:
        row = int((~frame.to_series(full[0]).is_null()).arg_true()[0]) + header_row + 1
        rule = f"column {letters(full[0])} has cells but no name in the header"
        return frame, [
            refuse("column.nameless", file, rule, "a comma too many, or a header cell is empty", row=row)
        ]
    kept = frame.select(pl.nth([i for i, name in enumerate(names) if name]))
    kept.columns = [name for name in names if name]
    return kept, []


def letters(column: int) -> str:
    """The name that a spreadsheet gives to column 0, 1, ...: A, B, ..., Z, AA."""
    name = ""
    while column >= 0:
        name, column = chr(65 + column % 26) + name, column // 26 - 1
    return name


def drop_last_blank(table: RawTable) -> RawTable:
    """`table` up to its last row that is not blank or was refused."""
    last = table.frame.select(pl.any_horizontal(pl.all().is_not_null()).arg_true().last()).item()
    rows = max(-1 if last is None else int(last), *table.refused_rows[-1:], -1) + 1
    return replace(table, frame=table.frame.head(rows))


def _name_character(character: str) -> str:
    name = "NUL" if character == "\0" else "a character that nobody can see"
    return f"{name} (U+{ord(character):04X})"
