"""What `import fourflow` gives, and what it does not load."""

from __future__ import annotations

import subprocess
import sys

import pytest

import fourflow

HEAVY = {"numpy", "scipy", "polars", "numba", "highspy", "typer", "rich", "pyarrow"}


def loaded_after(code: str) -> set[str]:
    """Top-level modules in a fresh interpreter after `code`."""
    script = f"import sys\n{code}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_import_loads_nothing_heavy() -> None:
    """`import fourflow` loads no package that it does not need yet."""
    assert loaded_after("import fourflow") & HEAVY == set()


def test_help_loads_no_arrays_and_no_engine() -> None:
    """The command can answer --help without numpy, polars, numba or a solver."""
    assert loaded_after("import fourflow.cli") & HEAVY <= {"typer", "rich"}


@pytest.mark.parametrize("name", fourflow.__all__)
def test_every_public_name_loads(name: str) -> None:
    """Each name in __all__ is there when asked for."""
    assert getattr(fourflow, name) is not None


def test_public_list_is_complete() -> None:
    """__all__ and the table of homes name the same things, and dir() shows them."""
    assert set(fourflow.__all__) == set(fourflow._HOME)
    assert set(fourflow.__all__) <= set(dir(fourflow))


def test_unknown_name_is_an_attribute_error() -> None:
    """A misspelt name fails as it does in any module."""
    with pytest.raises(AttributeError, match="has no attribute 'claer'"):
        _ = fourflow.claer
