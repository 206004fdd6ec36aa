"""docs/formats.md names every finding of the readers and writers, and none that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = r"(?:cell|column|encoding|file|folder|json|path|row|settings|table|write)\.[a-z0-9_]+"


def test_the_page_on_forms_names_every_code_of_the_readers_and_writers() -> None:
    """A code is stable between releases, so it is documented."""
    rooms = sorted((ROOT / "src" / "fourflow" / "book").glob("_[rw][ar][wi]*.py"))
    said = {code for file in rooms for code in re.findall(f'"({CODE})"', file.read_text(encoding="utf-8"))}
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    assert len(said) > 30
    assert said == set(re.findall(f"`book\\.({CODE})`", page))
