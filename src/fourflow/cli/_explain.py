"""`fourflow explain`: why one need is not met, or one offer not sold, and what would change it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fourflow.cli._parameters import JsonFlag
from fourflow.cli._run import clear_book, read_book
from fourflow.cli._say import Code, command, show, show_json
from fourflow.settings import read_settings

if TYPE_CHECKING:
    from fourflow.reasons import Answer


@command
def explain(
    source: Annotated[
        Path, typer.Argument(metavar="DIR-or-BOOK", help="Result folder, or a book to clear first.")
    ],
    listing: Annotated[
        str,
        typer.Argument(metavar="ID", help="Id of a need or offer, id or name of a project or participant."),
    ],
    as_json: JsonFlag = False,
) -> Code:
    """Say what happened to one need, offer or project, and the smallest change that would be awarded."""
    answer = _answer(source, listing, quiet=as_json)
    if as_json:
        show_json({"ok": True, "text": str(answer), **answer.to_dict()})
    else:
        show(str(answer))
    return Code.GOOD


def _answer(source: Path, listing: str, *, quiet: bool) -> Answer:
    """From a result folder as it was cleared; a book is cleared first."""
    from fourflow.inquiry import read_inquiry

    settings = read_settings()
    if (source / "clearing.json").is_file():
        return read_inquiry(source, settings.time_limit_s).explain(listing)
    admission = read_book(source, accept_partial=settings.accept_partial)
    return clear_book(admission, settings, quiet=quiet)[0].explain(listing)
