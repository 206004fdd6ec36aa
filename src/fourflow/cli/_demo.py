"""`fourflow demo`: clear the shipped example and say what came of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from fourflow.cli._examples import example
from fourflow.cli._parameters import JsonFlag
from fourflow.cli._run import clear_book, read_book, tell, write_out
from fourflow.cli._say import Code, command, say, shown
from fourflow.settings import read_settings

PATIENCE_S = 600.0
"""The demo takes seconds; on a slow or busy machine it still runs to its end."""


@command
def demo(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Result folder.")] = Path("out/demo"),
    as_json: JsonFlag = False,
) -> Code:
    """Clear food, money, people and tools among 80 UK food banks, and say what moved."""
    given = read_settings()
    settings = replace(given, time_limit_s=max(given.time_limit_s, PATIENCE_S))
    folder = example("uk-food-aid")
    say(f"Clearing {shown(folder)}: what 80 UK food banks asked for and had too much of in January 2026,")
    say("and 34 projects of theirs that need money, people and tools besides.")
    admission = read_book(folder, accept_partial=False)
    clearing, code = clear_book(admission, settings, quiet=as_json)
    tell(write_out(clearing, admission, out), out, code, as_json=as_json)
    return code
