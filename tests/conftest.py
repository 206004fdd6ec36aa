"""Shared fixtures: where the test data lies, and a skip with the reason where it is absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The shared data: FOURFLOW_TEST_DATA, else ../shared/data beside the project."""
    folder = Path(os.environ.get("FOURFLOW_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no test data at {folder}; set FOURFLOW_TEST_DATA to run this test")
    return folder
