"""A linear program from near its answer: held columns are let go where they were held wrongly."""

from __future__ import annotations

import numpy as np
import pytest
from test_multiflow import shared_lanes

import fourflow as ff
import fourflow.engines._linear as linear_module
from fourflow.engines._linear import Linear


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("gap", [1e-1, 1e-4])
def test_from_near_the_answer_is_the_same(seed: int, gap: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """From rough prices, by which many columns are held wrongly, and from fine ones: the same best worth."""
    monkeypatch.setattr(linear_module, "STAGED_ROWS", 1)
    monkeypatch.setattr("fourflow.engines._sift.NEAR", 1.0)
    problem = shared_lanes(seed, places=10, listings=150)
    best = ff.certify(problem, ff.solve(problem, gap=0.0, engine="exact"))
    start = ff.solve(problem, gap=gap, engine="multiflow")
    near = Linear(problem).first(20.0, near=(start.flow, start.price_duals))
    assert near.status == "optimal"
    assert near.bound == pytest.approx(float(best.bound), rel=1e-9)
    solution = ff.solve(problem, gap=1e-9, engine="exact", start=start)
    assert ff.certify(problem, solution).objective == best.objective


def test_prices_far_from_the_answer_are_not_begun_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices of 0 prove nothing near: the program is solved from nothing, to the same worth."""
    monkeypatch.setattr(linear_module, "STAGED_ROWS", 1)
    monkeypatch.setattr(linear_module, "sift", lambda *_: pytest.fail("begun from"))
    problem = shared_lanes(3)
    first = Linear(problem).first(20.0)
    assert first.duals is not None
    nothing = np.zeros(problem.num_arcs, np.int64)
    again = Linear(problem).first(20.0, near=(nothing, first.duals))
    assert again.bound == pytest.approx(first.bound, rel=1e-9)
