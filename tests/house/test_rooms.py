"""House rules: every room has its sign, files stay readable, imports run one way."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

import join_verifier
import verifier

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "fourflow"
FILES = sorted(PACKAGE.rglob("*.py"))
ROOMS = sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))
MAX_LINES = 400
VERIFIER = PACKAGE / "proof" / "verify.py"
"""Copied alone, so it is one file: joined from small sources, which are what is read."""
SOURCES = sorted((ROOT / "tools" / "verifier").glob("*.py"))
MAX_SOURCE_LINES = 300


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(PACKAGE)) for path in paths]


@pytest.mark.parametrize("path", FILES, ids=names(FILES))
def test_file_says_what_it_is_for_and_can_be_read_in_one_go(path: Path) -> None:
    """A module has a docstring and at most 400 lines; only the joined verifier has more."""
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "a module begins with a docstring"
    assert text.count("\n") <= MAX_LINES or path == VERIFIER


@pytest.mark.parametrize("path", SOURCES, ids=[path.stem for path in SOURCES])
def test_source_of_the_verifier_says_what_it_is_for_and_is_short(path: Path) -> None:
    """A source of the verifier has a docstring and at most 300 lines, and is one that is joined."""
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "a source begins with a docstring"
    assert text.count("\n") <= MAX_SOURCE_LINES
    assert path.stem == "__init__" or path.stem in verifier.SOURCES


def test_the_verifier_is_joined_from_its_sources() -> None:
    """verify.py is just what `make verifier` writes."""
    assert VERIFIER.read_text(encoding="utf-8") == join_verifier.join(), "run `make verifier`"


def test_the_verifier_imports_the_standard_library_alone() -> None:
    """Whoever checks a result needs verify.py and Python, nothing else."""
    tree = ast.parse(VERIFIER.read_text(encoding="utf-8"))
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    parts = {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in plain | parts} <= sys.stdlib_module_names


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
