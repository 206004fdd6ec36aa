"""`fourflow clear`: clear a book and write the result folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fourflow.cli._parameters import AcceptPartial, BookArgument, Gap, JsonFlag, TimeLimit
from fourflow.cli._program import clear_program, is_program, program_name
from fourflow.cli._run import clear_book, read_book, tell, write_out
from fourflow.cli._say import Code, command
from fourflow.settings import Settings, read_settings


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
    if is_program(book):
        return clear_program(book, _folder(settings, program_name(book)), settings, as_json=as_json)
    folder = _folder(settings, book.resolve().stem)
    admission = read_book(book, accept_partial=settings.accept_partial)
    clearing, code = clear_book(admission, settings, quiet=as_json)
    tell(write_out(clearing, admission, folder), folder, code, as_json=as_json)
    return code


def _folder(settings: Settings, name: str) -> Path:
    return Path(settings.out) if settings.out else Path("out") / name
