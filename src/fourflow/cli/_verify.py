"""`fourflow verify`: run the stand-alone verifier on a result folder, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from fourflow.cli._parameters import JsonFlag
from fourflow.cli._say import Code, command, say, show, show_json, shown
from fourflow.errors import CertificateError


@command
def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Result folder, or its certificate folder.")],
    root: Annotated[
        str | None, typer.Option(metavar="HASH", help="The published root hash it must have.")
    ] = None,
    as_json: JsonFlag = False,
) -> Code:
    """Recompute a result from the book's own rows, trusting nothing but the Python standard library."""
    if not folder.is_dir():
        raise CertificateError(f"{shown(folder)}: is not a folder. Maybe it was cleared to another --out.")
    script = files("fourflow.proof") / "verify.py"
    arguments = [sys.executable, "-I", str(script), str(folder), *(["--root", root] if root else [])]
    run = subprocess.run(
        [*arguments, *(["--json"] if as_json else [])], capture_output=True, text=True, check=False
    )
    if as_json and run.stdout:
        show_json({"ok": run.returncode == 0, **json.loads(run.stdout)})
    elif run.stdout:
        show(run.stdout.rstrip())
    if run.stderr:
        say(run.stderr.rstrip())
    return Code.GOOD if run.returncode == 0 else Code.PROBLEM
