"""The long form of tests/book/test_io_fuzz.py: FOURFLOW_FUZZ_CASES per form (200,000), another seed."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest

from fourflow.book import check, normalise
from fourflow.errors import FourflowError
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


@pytest.mark.parametrize("form", ["csv", "json", "xml"])
def test_damaged_books_are_checked_and_normalised_without_a_crash(form: str, tmp_path: Path) -> None:
    """Behind the readers: whatever is admitted of a damaged book becomes a market, or a fourflow error."""
    (tmp_path / "seeds").mkdir()
    files = seeds(tmp_path / "seeds")
    sound = dict([*files["csv"], *files["toml"]])
    for name, data in mutants(form, files[form], CASES // 100, SEED):
        trial = tmp_path / "trial"
        trial.mkdir(exist_ok=True)
        for other, content in ({**sound, name: data} if form == "csv" else {name: data}).items():
            (trial / other).write_bytes(content)
        admission = check(trial if form == "csv" else trial / name)
        assert all("\n" not in str(finding) for finding in admission.findings)
        with suppress(FourflowError):
            normalise(admission.book)
