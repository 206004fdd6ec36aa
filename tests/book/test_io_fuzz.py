"""Twenty thousand damaged files: the readers answer each with tables or findings, never with an exception.

The long form, with other seeds, is tests/long/test_fuzz_book.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mutations import FORMS, mutants, probe, seeds

CASES = {"csv": 8000, "toml": 2000, "json": 4000, "parquet": 2000, "xlsx": 2000, "xml": 2000}


@pytest.mark.parametrize("form", FORMS)
def test_damaged_files_give_findings_and_never_a_crash(form: str, tmp_path: Path) -> None:
    """Flipped bits, cuts, copies, hostile tokens; and some of them must be found out."""
    (tmp_path / "seeds").mkdir()
    (tmp_path / "trial").mkdir()
    files = seeds(tmp_path / "seeds")[form]
    assert not any(probe(name, data, tmp_path / "trial") for name, data in files)
    trials = mutants(form, files, CASES[form], seed=1)
    found = [probe(name, data, tmp_path / "trial") for name, data in trials]
    assert len(found) == CASES[form]
    assert sum(found) > CASES[form] // 10
