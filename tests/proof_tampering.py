"""Ways to tamper with a problem, its solution and a written certificate; and what must come of it."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from fourflow.errors import CertificateError, ProblemError
from fourflow.problem import (
    INF,
    ClearingProblem,
    DerivedRow,
    Duals,
    Forest,
    Leaf,
    Proof,
    ProofTree,
    Solution,
    Sparse,
    Split,
    Status,
    Strengthened,
    strengthened,
)  # fmt: skip
from fourflow.proof import Certificate, certify, verify, write_certificate
from fourflow.proof._folder import write_manifest, write_problem
from proof_problems import (
    Point,
    joined,
    joined_forest,
    random_duals,
    random_point,
    random_tree,
    solution_of,
    with_derived,
)  # fmt: skip

Case = tuple[ClearingProblem, Solution]


def bounded(point: Point) -> ClearingProblem:
    """The problem with every cap finite, so that any duals of the right signs prove some bound."""
    problem = point.problem
    return replace(problem, capacity=np.where(problem.capacity >= INF, point.flow + 17, problem.capacity))


def tampered(rng: np.random.Generator, problem: ClearingProblem, solution: Solution) -> Case | None:
    """The case with one thing changed; None where there was nothing of the kind to change."""
    kind = int(rng.integers(0, 9))
    if kind < 3:
        return _other_flow(rng, problem, solution)
    if kind < 5:
        proof = _other_duals(rng, problem, solution.proof)
        return None if proof is None else (problem, replace(solution, proof=proof))
    if kind == 5:
        proof = _other_tree(rng, solution.proof)
        return None if proof is None else (problem, replace(solution, proof=proof))
    names = [
        "value", "capacity", "node_lower", "node_upper", "coupling_lower", "coupling_upper", "bundle_value"
    ]  # fmt: skip
    if kind < 8:
        name = str(rng.choice(names))
        changed = _nudged(rng, getattr(problem, name))
        if changed is None or (name == "capacity" and changed.min() < 0):
            return None
        return replace(problem, **{name: changed}), solution
    name = str(rng.choice(["coupling", "bundle_lines", "bundle_coupling"]))
    matrix: Sparse = getattr(problem, name)
    coefficient = _nudged(rng, matrix.coefficient)
    if coefficient is None:
        return None
    return replace(problem, **{name: Sparse(matrix.indptr, matrix.index, coefficient)}), solution


def _nudged(rng: np.random.Generator, array: Any) -> Any:
    """One number changed a little; limits that are infinite stay so."""
    finite = np.flatnonzero(np.abs(array) < INF)
    if not len(finite):
        return None
    changed = array.copy()
    changed[rng.choice(finite)] += int(rng.choice([-7, -1, 1, 2, 1000]))
    return changed


def _other_flow(rng: np.random.Generator, problem: ClearingProblem, solution: Solution) -> Case | None:
    flow, bundle = _nudged(rng, solution.flow), _nudged(rng, solution.bundle)
    if flow is not None and (bundle is None or rng.random() < 0.7):
        return problem, replace(solution, flow=flow)
    return None if bundle is None else (problem, replace(solution, bundle=bundle))


def _other_duals(rng: np.random.Generator, problem: ClearingProblem, proof: Proof) -> Proof | None:
    """One dual of one leaf nudged, or of a single leaf all of them drawn anew; or a derived row forged."""
    if isinstance(proof, Strengthened):
        if proof.derived and rng.random() < 0.6:
            derived = _other_row(rng, proof.derived)
            return replace(proof, derived=derived) if _has_form(problem, derived) else None
        inner = _other_duals(rng, strengthened(problem, proof.derived), proof.proof)
        return None if inner is None else replace(proof, proof=inner)
    if isinstance(proof, Leaf):
        return Leaf(_other_leaf(rng, proof.duals) or random_duals(rng, problem))
    if isinstance(proof, Split):
        side = "left" if rng.random() < 0.5 else "right"
        changed = _other_duals(rng, problem, getattr(proof, side))
        return replace(proof, **{side: changed})
    return None


def _other_row(rng: np.random.Generator, derived: tuple[DerivedRow, ...]) -> tuple[DerivedRow, ...]:
    """One number of one derived row changed: its limit, a multiple, a coefficient, or what it names."""
    at = int(rng.integers(0, len(derived)))
    row = derived[at]
    name = str(rng.choice(["limit", "limit", "multiple", "coefficient", "column", "row"]))
    changed = row.limit + int(rng.choice([-1, 1])) if name == "limit" else _nudged(rng, getattr(row, name))
    return (*derived[:at], replace(row, **{name: changed}), *derived[at + 1 :])


def _has_form(problem: ClearingProblem, derived: tuple[DerivedRow, ...]) -> bool:
    """Whether the rows could be written at all."""
    try:
        strengthened(problem, derived)
    except ProblemError:
        return False
    return True


def _other_leaf(rng: np.random.Generator, duals: Duals) -> Duals | None:
    name = "node" if rng.random() < 0.6 else "row"
    changed = _nudged(rng, getattr(duals, name))
    return None if changed is None else replace(duals, **{name: changed})


def _other_tree(rng: np.random.Generator, proof: Proof) -> Proof | None:
    """A split moved, its sides swapped, or one of them standing for both."""
    if isinstance(proof, Strengthened):
        inner = _other_tree(rng, proof.proof)
        return None if inner is None else replace(proof, proof=inner)
    if isinstance(proof, Leaf | Forest):
        return None
    side = "left" if rng.random() < 0.5 else "right"
    if isinstance(getattr(proof, side), Split) and rng.random() < 0.5:
        return replace(proof, **{side: _other_tree(rng, getattr(proof, side))})
    changes: list[ProofTree] = [
        replace(proof, k=proof.k + int(rng.choice([-1, 1]))),
        replace(proof, column=proof.column + int(rng.choice([-1, 1]))),
        replace(proof, left=proof.right, right=proof.left),
        proof.left,
        proof.right,
    ]
    return changes[int(rng.integers(0, len(changes)))]


def read(folder: Path, name: str) -> list[list[str]]:
    """The rows of a file of a certificate, its header first."""
    return [line.split(",") for line in (folder / name).read_text(encoding="utf-8").splitlines()]


def write(folder: Path, name: str, rows: list[list[str]]) -> None:
    """Replace a file and forge the manifest, as a careful forger would."""
    (folder / name).write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    forge_manifest(folder)


def forge_manifest(folder: Path) -> None:
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.csv"))
    lines = [
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()},{name}\n"
        for name in names
        if name != "manifest.csv"
    ]
    (folder / "manifest.csv").write_text("sha256,file\n" + "".join(lines), encoding="utf-8")


def forge_payments(folder: Path) -> None:
    """Prices and payments anew from the price duals of a certificate, worked out as the verifier does."""
    forge_manifest(folder)
    files = verify.Folder(folder, None)
    claims = verify.Claims(files)
    money = verify.Money(files, verify.Layout(files, verify.Problem(files, claims), claims))
    prices = [
        ["kind", "ref", "price"],
        *([*map(str, (*key, x))] for key, x in sorted(money.prices().items())),
    ]
    write(folder, "prices.csv", prices)
    header = read(folder, "ledger.csv")[0]
    place = header.index("account")
    rows = [[*map(str, row)] for row in verify.Settlement(verify.Dues(money)).rows]
    write(folder, "ledger.csv", [header, *([*row[:place], "0", *row[place:]] for row in rows)])


def claim(folder: Path, key: str) -> str:
    return {row[0]: row[1] for row in read(folder, "claims.csv")}[key]


def set_claim(folder: Path, key: str, value: Any) -> None:
    rows = read(folder, "claims.csv")
    write(folder, "claims.csv", [[k, str(value) if k == key else v] for k, v in rows])


def nudge_claim(rng: np.random.Generator, folder: Path) -> str:
    """Change one claim to a figure that does not follow; returns its key."""
    key = str(rng.choice(["objective", "bound", "relative_gap", "absolute_gap", "max_violation"]))
    step = Fraction(int(rng.choice([-1, 1])), int(rng.choice([1, 10**3, 10**9])))
    set_claim(folder, key, Fraction(claim(folder, key)) + step)
    return key


def verdict(folder: Path) -> bool:
    """Whether the verifier is convinced; any exception but its own would fail the test."""
    try:
        return bool(verify.verify(folder, None)["verified"])
    except verify.Refuted:
        return False


def refusal(folder: Path) -> str:
    """Why the verifier refuses a folder; empty if it is convinced."""
    try:
        verify.verify(folder, None)
    except verify.Refuted as refused:
        return str(refused)
    return ""


def random_case(seed: int) -> tuple[ClearingProblem, Solution]:
    """A random problem with a feasible point, and a random proof of some bound: leaf, tree or forest."""
    rng = np.random.default_rng(seed)
    point = random_point(rng)
    problem = bounded(point)
    tree, duals = random_tree(rng, problem), random_duals(rng, problem)
    if seed % 5:
        proof = with_derived(rng, problem) if seed % 5 < 3 else tree
        return problem, solution_of(replace(point, problem=problem), proof, duals)
    other = random_point(rng)
    second = bounded(other)
    both = joined(problem, second)
    flow, bundle = np.concatenate([point.flow, other.flow]), np.concatenate([point.bundle, other.bundle])
    forest = joined_forest(problem, second, tree, random_tree(rng, second))
    return both, Solution(flow, bundle, duals, forest, Status.NOT_PROVED, 1.0)


def forged(folder: Path, problem: ClearingProblem, solution: Solution, certificate: Certificate) -> None:
    """A folder that holds this problem and solution, but the claims of `certificate`."""
    shutil.rmtree(folder, ignore_errors=True)
    write_problem(folder, problem, solution, certificate, {})
    write_manifest(folder)


def follows(problem: ClearingProblem, solution: Solution, certificate: Certificate) -> bool:
    """Whether the certificate is just what `certify` finds."""
    try:
        return certify(problem, solution, certificate.gap) == certificate
    except CertificateError:
        return False


def check_case(seed: int, folder: Path, num_tampered: int) -> int:
    """Accept the case, refuse it tampered with; returns how often the tampering was wrong indeed."""
    problem, solution = random_case(seed)
    certificate = certify(problem, solution, gap=Fraction(1, 2))
    shutil.rmtree(folder, ignore_errors=True)
    write_certificate(folder, problem, solution, certificate)
    assert verdict(folder), seed
    rng, num_false = np.random.default_rng(seed), 0
    for _ in range(num_tampered):
        case = tampered(rng, problem, solution)
        if case is None:
            continue
        forged(folder, *case, certificate)
        true = follows(*case, certificate)
        assert verdict(folder) == true, (seed, case)
        num_false += not true
    return num_false
