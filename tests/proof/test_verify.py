"""The stand-alone verifier accepts what is true and refuses what is not, hashes forged or not."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fourflow.engines import solve
from fourflow.errors import CertificateError
from fourflow.problem import ClearingProblem, Duals, Leaf, Solution, Status
from fourflow.proof import certify, verify, write_certificate
from fourflow.proof._folder import PROVED
from proof_problems import random_point
from proof_tampering import (
    check_case,
    claim,
    forge_manifest,
    nudge_claim,
    random_case,
    read,
    set_claim,
    verdict,
    write,
)  # fmt: skip

SCRIPT = Path(verify.__file__)


def test_true_certificates_are_accepted_and_tampered_ones_refused(tmp_path: Path) -> None:
    """100 random problems with leaves, trees and forests: accepted. Changed in one number each time with the
    hashes made anew: refused, unless the very same certificate follows from what was changed."""
    assert sum(check_case(seed, tmp_path / "c", 6) for seed in range(100)) > 300


def test_claims_that_do_not_follow_are_refused(tmp_path: Path) -> None:
    """Objective, bound, gaps and violation, off by as little as a billionth."""
    rng = np.random.default_rng(1)
    for seed in range(60):
        problem, solution = random_case(seed)
        shutil.rmtree(tmp_path / "c", ignore_errors=True)
        write_certificate(tmp_path / "c", problem, solution)
        key = nudge_claim(rng, tmp_path / "c")
        assert not verdict(tmp_path / "c"), (seed, key)


@pytest.mark.parametrize("status", [*Status, "PERFECT"])
def test_a_status_that_does_not_follow_is_refused(tmp_path: Path, status: str) -> None:
    """Only the status that was proved is accepted."""
    _problem, _solution = worked()
    proved = write(tmp_path, "x.csv", []) or write_worked(tmp_path)
    set_claim(tmp_path, "status", status)
    assert verdict(tmp_path) == (status == proved)


def worked() -> tuple[ClearingProblem, Solution]:
    """One offer of 3 and one need of 2, worth 5: two are awarded, and the surplus of 10 is all there is."""
    problem = ClearingProblem.bipartite(
        np.array([3]), np.array([2]), np.array([0], np.uint32), np.array([0], np.uint32), np.array([5])
    )
    duals = Duals(np.array([0, 5]), np.zeros(0, np.int64))
    none = np.zeros(0, np.int64)
    return problem, Solution(np.array([2]), none, duals, Leaf(duals), Status.OPTIMAL_WITHIN_GAP, 0.0)


def write_worked(folder: Path) -> Status:
    problem, solution = worked()
    for path in folder.glob("*.csv"):
        path.unlink()
    certificate = certify(problem, solution)
    write_certificate(folder, problem, solution, certificate)
    return certificate.status


def test_any_byte_changed_is_found_by_the_hashes(tmp_path: Path) -> None:
    """A byte flipped, dropped or added in any file, or a root that is not the one published."""
    write_worked(tmp_path)
    assert verdict(tmp_path)
    rng = np.random.default_rng(2)
    for path in sorted(tmp_path.rglob("*.csv")):
        before = path.read_bytes()
        for _ in range(20):
            place = int(rng.integers(0, len(before)))
            for after in (
                before[:place] + bytes([before[place] ^ 1]) + before[place + 1 :],
                before[:place] + before[place + 1 :],
                before[:place] + b"1" + before[place:],
            ):
                path.write_bytes(after)
                assert after == before or not verdict(tmp_path), (path.name, place)
        path.write_bytes(before)
    with pytest.raises(verify.Refuted, match="root"):
        verify.verify(tmp_path, "0" * 64)


BROKEN_CELLS = [
    "",
    "x",
    "1.5",
    "1e9",
    "+1",
    "01",
    "0x1",
    "1_0",
    "nan",
    "inf",
    "-",
    "--1",
    "9" * 5000,
    "1 ",
    '"1"',
    "\u0663",
]


@pytest.mark.parametrize("cell", [*BROKEN_CELLS, "9" * 5000])
@pytest.mark.parametrize("name", ["columns.csv", "rows.csv", "duals.csv", "tree.csv"])
def test_cells_that_are_no_numbers_are_refused_with_a_reason(tmp_path: Path, name: str, cell: str) -> None:
    """Empty, text, fractions, exponents, signs, spaces, quotes, other digits, or 5,000 digits."""
    write_worked(tmp_path)
    rows = read(tmp_path, name)
    rows[1][-1] = cell
    write(tmp_path, name, rows)
    with pytest.raises(verify.Refuted, match=name):
        verify.verify(tmp_path, None)


@pytest.mark.parametrize("text", ["", "x", "1/0", "1e5", "1.5", "9" * 9000, "nan", "infinity", "1/-2", "--1"])
@pytest.mark.parametrize("key", ["objective", "unit", "node_factor", "num_nodes", "gap", "row_tolerance"])
def test_claims_that_are_no_numbers_are_refused_with_a_reason(tmp_path: Path, key: str, text: str) -> None:
    """Claims are whole numbers or fractions of two."""
    write_worked(tmp_path)
    set_claim(tmp_path, key, text)
    with pytest.raises(verify.Refuted, match=key):
        verify.verify(tmp_path, None)


def test_indices_outside_their_file_are_refused(tmp_path: Path) -> None:
    """An arc to a node that is not there, a dual of no row, a limit open on no side."""
    for name, column in (("columns.csv", 0), ("columns.csv", 1), ("duals.csv", 1), ("rows.csv", 2)):
        for index in ("-1", "7", str(2**62), str(10**30)):
            write_worked(tmp_path)
            rows = read(tmp_path, name)
            rows[1][column] = index
            write(tmp_path, name, rows)
            assert not verdict(tmp_path), (name, column, index)


def test_missing_added_and_truncated_files_are_refused(tmp_path: Path) -> None:
    """Every file must be there, be listed, begin with its header and have whole rows."""
    write_worked(tmp_path)
    names = [path.name for path in sorted(tmp_path.glob("*.csv"))]
    for name in names:
        write_worked(tmp_path)
        (tmp_path / name).unlink()
        if name != "manifest.csv":
            forge_manifest(tmp_path)
        assert not verdict(tmp_path), name
        write_worked(tmp_path)
        if name != "manifest.csv":
            write(tmp_path, name, read(tmp_path, name)[1:])
            assert not verdict(tmp_path), name
        write_worked(tmp_path)
        (tmp_path / "more.csv").write_text("a\n1\n", encoding="utf-8")
        assert not verdict(tmp_path)


def test_a_tree_that_stops_short_is_refused(tmp_path: Path) -> None:
    """A split without both of its sides, or rows after the last leaf."""
    write_worked(tmp_path)
    header, leaf = read(tmp_path, "tree.csv")
    for rows in (
        [],
        [["0", "0", "0", "0"], leaf],
        [leaf, leaf],
        [["1", *leaf[1:]]],
        [["0", "99", "0", "0"], leaf, leaf],
    ):
        write(tmp_path, "tree.csv", [header, *rows])
        assert not verdict(tmp_path), rows


def test_a_dual_of_another_part_is_refused(tmp_path: Path) -> None:
    """A part's bound may not borrow from a row that it does not hold."""
    problem, solution = random_case(0)
    write_certificate(tmp_path, problem, solution)
    assert verdict(tmp_path)
    rows = read(tmp_path, "parts.csv")
    write(tmp_path, "parts.csv", [rows[0], *([str(1 - int(part)), row] for part, row in rows[1:])])
    assert not verdict(tmp_path)


def test_infeasibility_is_verified(tmp_path: Path) -> None:
    """A folder may prove that nothing is feasible; with other duals it does not."""
    problem = ClearingProblem(
        tail=np.array([0], np.uint32), head=np.array([1], np.uint32), value=np.array([5]),
        capacity=np.array([9]), node_lower=np.array([-3, 0]), node_upper=np.array([-3, 2]),
    )  # fmt: skip
    ray = Duals(np.array([1, 1]), np.zeros(0, np.int64))
    none = np.zeros(0, np.int64)
    solution = Solution(np.array([0]), none, ray, Leaf(ray), Status.INFEASIBLE, 1.0)
    write_certificate(tmp_path, problem, solution)
    assert claim(tmp_path, "status") == "INFEASIBLE"
    assert verdict(tmp_path)
    set_claim(tmp_path, "bound", "-2")
    assert not verdict(tmp_path)


def test_nothing_proved_is_not_published(tmp_path: Path) -> None:
    """An infeasible flow has no certificate, and a folder with other files is left alone."""
    problem, solution = worked()
    with pytest.raises(CertificateError, match="NOT_PROVED"):
        write_certificate(tmp_path / "c", problem, replace(solution, flow=np.array([9])))
    empty = replace(problem, capacity=np.array([-1]))
    with pytest.raises(CertificateError, match="capacity below 0"):
        write_certificate(tmp_path / "d", empty, solution, certify(problem, solution))
    (tmp_path / "mine.csv").write_text("a\n", encoding="utf-8")
    with pytest.raises(CertificateError, match=r"mine\.csv"):
        write_certificate(tmp_path, problem, solution)
    assert (tmp_path / "mine.csv").is_file()


def test_what_engines_prove_is_verified(tmp_path: Path) -> None:
    """Random problems with whole columns, solved, certified, written and verified; no claim too high."""
    verified = 0
    for seed in range(1000, 1040):
        problem = random_point(np.random.default_rng(seed)).problem
        solution = solve(problem, gap=1e-6, time_limit_s=20)
        certificate = certify(problem, solution, gap=1e-6)
        claimed = solution.status in (Status.OPTIMAL_WITHIN_GAP, Status.INFEASIBLE, Status.UNBOUNDED)
        assert not claimed or certificate.status == solution.status, seed
        if certificate.status in PROVED:
            shutil.rmtree(tmp_path / "c", ignore_errors=True)
            write_certificate(tmp_path / "c", problem, solution, certificate)
            assert verdict(tmp_path / "c"), seed
            verified += 1
    assert verified >= 25


def run(*arguments: str, script: Path = SCRIPT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(script), *arguments], capture_output=True, text=True, check=False
    )


def test_a_lone_copy_verifies_and_exits_with_0_1_or_2(tmp_path: Path) -> None:
    """Copied alone and run isolated: 0 verified, 1 not, 2 usage; never a traceback; --root and --json."""
    folder, lone = tmp_path / "c", tmp_path / "lone.py"
    folder.mkdir()
    write_worked(folder)
    shutil.copy(SCRIPT, lone)
    good = run(str(folder), "--json", script=lone)
    told = json.loads(good.stdout)
    assert (good.returncode, told["verified"], told["status"]) == (0, True, "OPTIMAL_WITHIN_GAP")
    assert run(str(folder), "--root", told["root"], script=lone).returncode == 0
    assert run(str(folder), "--root", "0" * 64, script=lone).returncode == 1
    set_claim(folder, "objective", 11)
    bad = run(str(folder), script=lone)
    assert bad.returncode == 1
    assert "NOT verified" in bad.stdout
    assert "objective" in bad.stdout
    nothing, usage = run(str(tmp_path / "nowhere"), script=lone), run(script=lone)
    assert (nothing.returncode, usage.returncode) == (2, 2)
    (folder / "claims.csv").write_bytes(b"\xff\xfe\x00")
    forge_manifest(folder)
    broken = run(str(folder), "--json", script=lone)
    assert (broken.returncode, json.loads(broken.stdout)["verified"]) == (1, False)
    assert all("Traceback" not in result.stderr for result in (bad, nothing, usage, broken))


def test_the_verifier_needs_the_standard_library_only() -> None:
    """Its imports are all of Python itself."""
    lines = SCRIPT.read_text(encoding="utf-8").splitlines()
    imported = {line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))}
    assert imported <= sys.stdlib_module_names
