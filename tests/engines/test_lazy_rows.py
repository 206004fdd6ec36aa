"""Rows that are put in once they are broken: the answer is that of all rows at once."""

from __future__ import annotations

import numpy as np
import pytest

import fourflow.engines._linear as linear
from builders import market
from fourflow.engines import _highs, solve
from fourflow.formulation import formulate
from fourflow.matching import match
from fourflow.problem import ClearingProblem
from fourflow.proof import certify


@pytest.mark.parametrize("seed", range(8))
def test_rows_put_in_late_change_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random warehouses: the same optimum, proved, whether links of arcs to switches wait, wait for one
    round only, or do not wait."""
    problem = warehouses(seed)
    assert problem.bundle_coupling is not None
    assert (np.diff(problem.bundle_coupling.indptr) == 1).sum() >= 70
    found = []
    for least, rounds in ((1, 100), (1, 1), (10**9, 100)):
        monkeypatch.setattr(linear, "LAZY_ROWS", least)
        monkeypatch.setattr(_highs, "MOST_ROUNDS", rounds)
        solution = solve(problem, gap=0)
        certificate = certify(problem, solution)
        assert certificate.relative_gap <= 1e-9
        found.append(float(certificate.objective))
    assert found[1:] == pytest.approx([found[0]] * 2, rel=1e-9)


def warehouses(seed: int) -> ClearingProblem:
    """Six warehouses with a cost of opening and a capacity, twelve customers, a lane for each pair."""
    draw = np.random.default_rng(seed)
    offers = [
        {
            "id": f"w{i}",
            "at": f"W{i}",
            "quantity": int(draw.integers(20, 60)),
            "fixed": int(draw.integers(50, 150)),
        }
        for i in range(6)
    ]
    needs = [
        {
            "id": f"c{j}",
            "at": f"C{j}",
            "quantity": int(draw.integers(2, 20)),
            "price": int(draw.integers(8, 30)),
        }
        for j in range(12)
    ]
    lanes = [
        {"start": f"W{i}", "end": f"C{j}", "cost": int(draw.integers(1, 12))}
        for i in range(6)
        for j in range(12)
    ]
    book = market(offers, needs, lanes)
    return formulate(book, match(book))[0]
