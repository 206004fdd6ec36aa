"""Arguments and flags that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

BookArgument = Annotated[
    Path, typer.Argument(metavar="BOOK", help="Folder of CSV or Parquet, Excel file, or JSON file.")
]
Gap = Annotated[
    float | None,
    typer.Option(metavar="SHARE", help="Stop when no other result can be better by more. [default: 0.0001]"),
]
TimeLimit = Annotated[
    float | None,
    typer.Option("--time-limit", metavar="SECONDS", help="Stop searching after this long. [default: 60]"),
]
AcceptPartial = Annotated[
    bool | None,
    typer.Option("--accept-partial", help="Clear the good rows; set refused ones aside, with reasons."),
]
JsonFlag = Annotated[
    bool, typer.Option("--json", help="Print the answer as JSON on stdout, and nothing else there.")
]
