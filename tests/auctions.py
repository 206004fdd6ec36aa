"""Markets solved by auction, and what has to hold of every one of them."""

from __future__ import annotations

import pytest

import fourflow as ff
from fourflow.problem import ClearingProblem, Solution


def proved(problem: ClearingProblem, gap: float = 1e-4, threads: int = 1) -> Solution:
    """Solve by auction; the certificate must say what the engine claims."""
    solution = ff.solve(problem, gap=gap, engine="auction", threads=threads)
    certificate = ff.certify(problem, solution, gap=gap)
    assert certificate.status == ff.Status.OPTIMAL_WITHIN_GAP
    assert certificate.max_violation == 0
    assert float(certificate.relative_gap) == pytest.approx(solution.claimed_gap, abs=1e-9)
    return solution
