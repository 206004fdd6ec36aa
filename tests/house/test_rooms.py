"""House rules: every room has its sign, files stay readable, imports run one way."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "fourflow"
FILES = sorted(PACKAGE.rglob("*.py"))
ROOMS = sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))
MAX_LINES = 400
ONE_FILE = {"proof/verify.py": 2000}
"""The verifier is copied alone, so it cannot be split."""


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(PACKAGE)) for path in paths]


@pytest.mark.parametrize("path", FILES, ids=names(FILES))
def test_file_says_what_it_is_for_and_can_be_read_in_one_go(path: Path) -> None:
    """A module has a docstring and at most 400 lines; the stand-alone verifier may have more."""
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "a module begins with a docstring"
    assert text.count("\n") <= ONE_FILE.get(path.relative_to(PACKAGE).as_posix(), MAX_LINES)


@pytest.mark.parametrize("room", ROOMS, ids=names(ROOMS))
def test_room_has_a_public_list(room: Path) -> None:
    """A room's __init__ has __all__; everything else in it is private or a program of its own."""
    text = (room / "__init__.py").read_text(encoding="utf-8")
    assert "__all__" in text
    others = {path.stem for path in room.glob("*.py")} - {"__init__", "verify"}
    assert all(name.startswith("_") for name in others), sorted(others)


def test_imports_run_one_way() -> None:
    """The import contracts of pyproject.toml hold."""
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0
