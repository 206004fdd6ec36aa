"""`fourflow explain`: why one need is not met, or one offer not sold, and what would change it."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer

from fourflow.cli._parameters import JsonFlag
from fourflow.cli._run import clear_book, read_book
from fourflow.cli._say import Code, command, show, show_json
from fourflow.errors import FourflowError
from fourflow.settings import read_settings

ID_CODE = "cli.explain.unknown"


@command
def explain(
    source: Annotated[
        Path, typer.Argument(metavar="DIR-or-BOOK", help="Result folder, or a book to clear first.")
    ],
    listing: Annotated[str, typer.Argument(metavar="ID", help="Id of a need or an offer.")],
    as_json: JsonFlag = False,
) -> Code:
    """Say what happened to one need or offer, and the smallest change of price that would be awarded."""
    if (source / "clearing.json").is_file():
        answer = _from_result(source, listing)
    else:
        answer = _from_book(source, listing, quiet=as_json)
    if as_json:
        show_json({"ok": True, **answer})
    else:
        show(answer["text"])
    return Code.GOOD


def _from_book(path: Path, listing: str, *, quiet: bool) -> dict[str, Any]:
    settings = read_settings()
    clearing, _ = clear_book(read_book(path, accept_partial=settings.accept_partial), settings, quiet=quiet)
    explanation = clearing.explain(listing)
    return {"text": str(explanation), **explanation.to_dict()}


def _from_result(folder: Path, listing: str) -> dict[str, Any]:
    """From the tables of a result: open listings have their reasons there, the others got all they asked."""
    import polars as pl

    try:
        tables = {name: pl.read_parquet(folder / f"{name}.parquet") for name in ("unmet", "unsold", "awards")}
    except pl.exceptions.PolarsError as error:
        raise FourflowError(
            f"a table of {folder} cannot be read. Maybe the folder is damaged: clear the book again.",
            code="result.damaged",
        ) from error
    for name, side in (("unmet", "need"), ("unsold", "offer")):
        for row in tables[name].filter(pl.col(side) == listing).to_dicts():
            return {"text": _open(row, side), "listing": listing, "side": side, **row}
    for side, did in (("need", "got"), ("offer", "gave")):
        given = tables["awards"].filter(pl.col(side) == listing)
        if len(given):
            text = f"{listing} {did} all of its {_plain(given['quantity'].sum())} {given['unit'][0]}."
            return {"text": text, "listing": listing, "side": side, "awards": given.to_dicts()}
    known = [*tables["unmet"]["need"], *tables["unsold"]["offer"], *tables["awards"]["need"]]
    close = get_close_matches(listing, known, n=1)
    maybe = f" Maybe {close[0]!r} is meant." if close else ""
    raise FourflowError(f"{folder}: no need or offer has the id {listing!r}.{maybe}", code=ID_CODE)


def _open(row: dict[str, Any], side: str) -> str:
    """One sentence on what happened, one on why, one on what would help."""
    verb, asked, past, done = {
        "need": ("asked for", row.get("asked"), "got", row.get("received")),
        "offer": ("offered", row.get("offered"), "gave", row.get("given")),
    }[side]
    part = f"{_plain(done)} {row['unit']}" if done else "nothing"
    what = f"{_plain(asked)} {row['unit']} of {row['category_name']}"
    remedy = str(row["would_help"])
    help_word = "" if remedy.endswith("would help.") else "What would help: "
    return f"{row[side]} {verb} {what} and {past} {part}. {row['cause']}. {help_word}{remedy}"


def _plain(value: Any) -> str:
    """A decimal without trailing zeros."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
