"""`fourflow import`: a file of another form or another world becomes a book folder to look at and change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fourflow.cli._parameters import JsonFlag
from fourflow.cli._say import Code, command, plain, say, show, show_findings, show_json
from fourflow.errors import BookError


@command
def import_(
    source: Annotated[
        Path,
        typer.Argument(metavar="SOURCE", help="Pabulib .pb, Valueflows .jsonld, PyPSA folder, or any book."),
    ],
    folder: Annotated[Path, typer.Argument(metavar="BOOK", help="New or empty folder for the book.")],
    snapshot: Annotated[
        str, typer.Option(metavar="HOUR", help="Of a PyPSA folder: the snapshot, by its text or number.")
    ] = "",
    as_json: JsonFlag = False,
) -> Code:
    """Turn an election, a network or another book into a folder of CSV, and say what it could not hold."""
    from fourflow.book import check

    admission = check(source, snapshot)
    if not admission.is_clean:
        raise BookError(admission.findings)
    admission.book.write(folder)
    counts = {noun: len(rows) for noun, rows in admission.book.tables.items() if len(rows)}
    if as_json:
        findings = [plain(finding) for finding in admission.findings]
        show_json({"ok": True, "folder": str(folder), "rows": counts, "findings": findings})
        return Code.GOOD
    show_findings(admission.findings)
    for noun, count in counts.items():
        show(f"{folder / noun}.csv: {count:,} row{'s' if count != 1 else ''}")
    say(f"Clear it: fourflow clear {folder}")
    return Code.GOOD
