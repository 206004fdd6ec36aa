"""write_certificate: publish what was proved as a folder of plain files."""

from __future__ import annotations

from pathlib import Path

from fourflow.errors import CertificateError
from fourflow.problem import ClearingProblem, Solution
from fourflow.proof._binding import Binding, market_claims, write_binding
from fourflow.proof._certificate import Certificate
from fourflow.proof._certify import certify
from fourflow.proof._folder import MANIFEST, write_manifest, write_problem


def write_certificate(
    folder: Path | str,
    problem: ClearingProblem,
    solution: Solution,
    certificate: Certificate | None = None,
    binding: Binding | None = None,
) -> str:
    """Write the certificate of a problem; returns its root, the SHA-256 of manifest.csv.

    With a `binding` it is the certificate of a market: the book, the meaning of rows and columns, awards,
    prices and payments are written too, and verified with the rest.
    The folder is made if it is not there; the files of an earlier certificate in it are replaced.
    Raises CertificateError where nothing was proved, or where the folder holds CSV files of something else.
    """
    folder = Path(folder)
    _make_room(folder)
    certificate = certificate or certify(problem, solution)
    more = market_claims(solution, certificate) if binding else {}
    write_problem(folder, problem, solution, certificate, more)
    if binding:
        write_binding(folder, binding, solution)
    return write_manifest(folder)


def _make_room(folder: Path) -> None:
    """An empty folder, or one with nothing but an earlier certificate, whose files are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / MANIFEST
    listed = manifest.read_text(encoding="utf-8").splitlines()[1:] if manifest.is_file() else []
    ours = {folder / line.partition(",")[2] for line in listed} | {manifest}
    there = set(folder.rglob("*.csv"))
    if strangers := sorted(path.name for path in there - ours):
        raise CertificateError(
            f"{folder} holds {strangers[0]}, which is of no certificate, and all CSV files there would have"
            " to be listed. Maybe choose a folder of its own."
        )
    for path in there:
        path.unlink()
