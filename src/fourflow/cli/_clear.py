"""`fourflow clear`: clear a book and write the result folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fourflow.cli._parameters import AcceptPartial, BookArgument, Gap, JsonFlag, TimeLimit
from fourflow.cli._run import clear_book, read_book, tell, write_out
from fourflow.cli._say import Code, command
from fourflow.settings import read_settings


@command
def clear(
    book: BookArgument,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Result folder. [default: out/NAME]")
    ] = None,
    gap: Gap = None,
    time_limit: TimeLimit = None,
    accept_partial: AcceptPartial = None,
    as_json: JsonFlag = False,
) -> Code:
    """Find out who gives what to whom, by which route, at what price, why, and prove it."""
    flags = {"out": out, "gap": gap, "time_limit_s": time_limit, "accept_partial": accept_partial}
    settings = read_settings(flags)
    folder = Path(settings.out) if settings.out else Path("out") / book.resolve().stem
    admission = read_book(book, accept_partial=settings.accept_partial)
    clearing, code = clear_book(admission, settings, quiet=as_json)
    tell(write_out(clearing, admission, folder), folder, code, as_json=as_json)
    return code
