"""The long form of tests/book/test_io_fuzz.py: FOURFLOW_FUZZ_CASES per form (200,000), another seed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mutations import FORMS, mutants, probe, seeds

pytestmark = pytest.mark.long
CASES = int(os.environ.get("FOURFLOW_FUZZ_CASES", "200000"))
SEED = int(os.environ.get("FOURFLOW_FUZZ_SEED", "2"))


@pytest.mark.parametrize("form", FORMS)
def test_a_million_damaged_files_give_findings_and_never_a_crash(form: str, tmp_path: Path) -> None:
    """As in the short form."""
    (tmp_path / "seeds").mkdir()
    (tmp_path / "trial").mkdir()
    files = seeds(tmp_path / "seeds")[form]
    found = sum(probe(name, data, tmp_path / "trial") for name, data in mutants(form, files, CASES, SEED))
    assert found > CASES // 10
