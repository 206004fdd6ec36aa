"""`make` names what a fresh machine lacks."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def make_with(python: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """`make test` with another Python, in a folder without a virtual environment."""
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return subprocess.run(
        ["make", "test", f"PYTHON={python}"], cwd=folder, capture_output=True, text=True, check=False
    )


def pretend(folder: Path, script: str) -> str:
    """A program that stands in for Python."""
    program = folder / "python-of-this-test"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


def test_no_python_is_named(tmp_path: Path) -> None:
    """Without any Python, make says which version and packages it needs."""
    run = make_with("/nowhere/python3", tmp_path)
    assert run.returncode != 0
    assert "needs Python 3.11 or later" in run.stderr
    assert "apt-get install python3 python3-venv" in run.stderr


def test_an_old_python_is_named_with_its_version(tmp_path: Path) -> None:
    """With Python 3.9, make says so and how to name another."""
    old = pretend(tmp_path, 'case "$1" in -V) echo Python 3.9.2;; *) exit 1;; esac')
    run = make_with(old, tmp_path)
    assert run.returncode != 0
    assert "is Python 3.9.2" in run.stderr
    assert "make PYTHON=python3.11" in run.stderr


def test_a_missing_python3_venv_is_named(tmp_path: Path) -> None:
    """Debian's Python without ensurepip lacks the package python3-venv."""
    bare = pretend(tmp_path, 'case "$2" in *ensurepip*) exit 1;; *) exit 0;; esac')
    run = make_with(bare, tmp_path)
    assert run.returncode != 0
    assert "apt-get install python3-venv" in run.stderr
    assert not (tmp_path / ".venv").exists()
