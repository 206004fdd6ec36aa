"""Where the shipped examples lie: inside an installed package, or in the folder of a checkout."""

from __future__ import annotations

from pathlib import Path

from fourflow.errors import FourflowError

_PACKAGE = Path(__file__).resolve().parent.parent


def example(name: str) -> Path:
    """The folder of the example `name`."""
    for folder in (_PACKAGE / "_examples" / name, _PACKAGE.parent.parent / "examples" / name):
        if folder.is_dir():
            return folder
    raise FourflowError(
        f"the example {name!r} is not installed. Maybe install fourflow again.", code="cli.example.missing"
    )
