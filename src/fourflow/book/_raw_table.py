"""What every reader gives: one table of text cells per noun, and the findings about its form.

Cells are text exactly as written (numbers are never rounded on the way in), `null` is an empty cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from fourflow.errors import Finding

NOUNS = (
    "fx",
    "participants",
    "places",
    "lanes",
    "modes",
    "categories",
    "offers",
    "needs",
    "projects",
    "attributes",
    "requirements",
    "rules",
)


@dataclass(frozen=True)
class RawTable:
    """The cells of one noun.

    `frame` has only String columns, null = empty cell. Data row i is shown to the user as row
    i + header_row + 1. A row in which every cell is null is a blank line: it is no listing and is
    skipped without a finding. `refused_rows` are data rows (ascending) that the reader has refused
    already, each with a finding of its own; they count as refused listings and are read no further.
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
    findings: tuple[Finding, ...] = ()
