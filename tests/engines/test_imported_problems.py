"""Any small program that an MPS file may hold: free columns, equations no decimal fits, whole columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

import fourflow as ff
from fourflow.problem import Status

INFINITE = np.inf


def drawn(seed: int) -> dict[str, np.ndarray]:
    """A program with a known point, its columns with and without ends, its rows of every sort."""
    rng = np.random.default_rng(seed)
    rows, columns = int(rng.integers(1, 12)), int(rng.integers(1, 15))
    matrix = rng.integers(-4, 6, (rows, columns)) * (rng.random((rows, columns)) < 0.5)
    matrix = matrix * (rng.choice([0.1, 0.5, 0.25, 1.7], matrix.shape) if seed % 3 == 0 else 1.0)
    point = rng.integers(0, 5, columns)
    whole = (rng.random(columns) < 0.4) & (seed % 2 == 0)
    lower = np.minimum(np.where(rng.random(columns) < 0.7, 0.0, -2.5), point)
    upper = np.where(rng.random(columns) < 0.6, point + rng.integers(0, 6, columns), INFINITE)
    free = np.flatnonzero((rng.random(columns) < 0.15) & ~whole)
    lower[free], upper[free] = -INFINITE, INFINITE
    at, spare, sort = matrix @ point, rng.integers(0, 4, rows), rng.integers(0, 4, rows)
    low = np.choose(sort, [np.full(rows, -INFINITE), at - spare, at, at - spare])
    high = np.choose(sort, [at + spare, np.full(rows, INFINITE), at, at + spare])
    cost = rng.integers(-9, 10, columns).astype(float)
    return {"A": matrix, "low": low, "high": high, "l": lower, "u": upper, "c": cost, "whole": whole}


def as_mps(p: dict[str, np.ndarray]) -> str:
    """The program in free MPS."""
    rows, columns = p["A"].shape
    kinds = [
        "E" if lo == hi else "G" if hi == INFINITE else "L"
        for lo, hi in zip(p["low"], p["high"], strict=True)
    ]
    text = ["NAME drawn", "ROWS", " N cost", *(f" {kind} r{i}" for i, kind in enumerate(kinds)), "COLUMNS"]
    for j in range(columns):
        mark = [f" M{j} 'MARKER' 'INTORG'"], [f" N{j} 'MARKER' 'INTEND'"]
        entries = [f" x{j} cost {p['c'][j]:.15g}"]
        entries += [f" x{j} r{i} {p['A'][i, j]:.15g}" for i in range(rows) if p["A"][i, j]]
        text += mark[0] + entries + mark[1] if p["whole"][j] else entries
    text.append("RHS")
    ends = [low if kind == "G" else high for kind, low, high in zip(kinds, p["low"], p["high"], strict=True)]
    text += [f" rhs r{i} {end:.15g}" for i, end in enumerate(ends)]
    both = [i for i in range(rows) if kinds[i] == "L" and np.isfinite(p["low"][i])]
    text += ["RANGES", *(f" rng r{i} {p['high'][i] - p['low'][i]:.15g}" for i in both), "BOUNDS"]
    for j in range(columns):
        low, high = p["l"][j], p["u"][j]
        if low == -INFINITE:
            text.append(f" FR b x{j}")
            continue
        text.append(f" LO b x{j} {low:.15g}")
        text.append(f" PL b x{j}" if high == INFINITE else f" UP b x{j} {high:.15g}")
    return "\n".join([*text, "ENDATA", ""])


def reference(p: dict[str, np.ndarray]) -> float | None:
    """The optimum that another solver finds; None where there is none."""
    found = milp(
        p["c"], integrality=p["whole"].astype(int), bounds=Bounds(p["l"], p["u"]),
        constraints=LinearConstraint(p["A"], p["low"], p["high"]), options={"mip_rel_gap": 0.0},
    )  # fmt: skip
    return float(found.fun) if found.status == 0 else None


@pytest.mark.parametrize("block", range(12))
def test_any_imported_program_is_proved_to_its_optimum(block: int, tmp_path: Path) -> None:
    """Flows keep rows within the tolerance, and duals prove a bound even where columns have no end."""
    compared = 0
    for seed in range(20 * block, 20 * block + 20):
        program = drawn(seed)
        best = reference(program)
        if best is None:
            continue
        path = tmp_path / f"{seed}.mps"
        path.write_text(as_mps(program))
        problem = ff.from_mps(path)
        solution = ff.solve(problem, gap=1e-6)
        certificate = ff.certify(problem, solution, 1e-6)
        assert certificate.is_settled or certificate.status == Status.OPTIMAL_WITHIN_GAP, (seed, certificate)
        assert float(certificate.objective) == pytest.approx(best, rel=2e-6, abs=1e-5), seed
        assert float(certificate.bound) == pytest.approx(best, rel=2e-6, abs=1e-5), seed
        compared += 1
    assert compared >= 8
