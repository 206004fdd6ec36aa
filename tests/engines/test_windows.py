"""Windows: a large program searched part by part finds what is better, and keeps every limit."""

from __future__ import annotations

import numpy as np
import pytest
from test_derived_rows import projects_over_hubs

import fourflow as ff
from fourflow.engines import _incumbent
from fourflow.engines._highs import now
from fourflow.engines._incumbent import given, near_bound
from fourflow.engines._linear import Linear
from fourflow.engines._windows import Windows, reduced_costs, restricted, search_beside

ALL = np.inf


def windows_of(seed: int, enough: float = ALL) -> tuple[Linear, Windows]:
    linear = Linear(projects_over_hubs(seed, 60, 6))
    return linear, Windows(linear, linear.first(60), enough)


@pytest.mark.parametrize("seed", range(4))
def test_every_point_is_one_of_the_program_and_worth_what_it_says(seed: int) -> None:
    """With its whole columns fixed the program is worth what the windows say, never less than before."""
    linear, windows = windows_of(seed)
    windows.first(5)
    before = windows.worth
    for _ in range(5):
        windows.look(5)
    values = windows.values()
    assert values is not None
    assert windows.worth >= before
    assert linear.worth_within(values, values, 60) >= windows.worth * linear.money_unit - 1e-6


def test_the_relaxation_has_no_better_column_than_its_reduced_costs_say() -> None:
    """At the optimum a positive reduced cost is only at an upper limit, a negative one only at a lower."""
    linear = Linear(projects_over_hubs(1, 60, 6))
    relaxed = linear.first(60)
    assert relaxed.flow is not None
    assert relaxed.y is not None
    assert relaxed.duals is not None
    point, model = linear.in_steps(relaxed.flow, relaxed.y), linear.model
    cost = reduced_costs(linear, relaxed.duals)
    assert cost[point < model.upper - 1e-6].max() < 1e-4
    assert cost[point > model.lower + 1e-6].min() > -1e-4


def test_a_program_of_some_columns_is_the_rest_of_the_whole_one() -> None:
    """What the others take is taken off the limits of the rows that are left."""
    linear = Linear(projects_over_hubs(2, 20, 4))
    model, random = linear.model, np.random.default_rng(2)
    columns = np.sort(random.choice(model.num_columns, 12, replace=False))
    point = random.uniform(0, 1, model.num_columns)
    part, rest = restricted(model, columns, point)
    rows = np.unique(model.matrix[:, columns].indices)
    assert part.matrix.shape == (len(rows), 12)
    room = model.row_upper[rows] - (model.matrix @ point)[rows]
    assert part.row_upper - part.matrix @ point[columns] == pytest.approx(room)
    assert rest + part.cost @ point[columns] == pytest.approx(model.cost @ point)


def test_the_search_beside_a_proof_ends_with_it() -> None:
    """However long the search may take, it stops when the proof is done, and the proof's word is returned."""
    _, windows = windows_of(3)
    assert search_beside(windows, ALL, lambda: True)
    with pytest.raises(ZeroDivisionError):
        search_beside(windows, ALL, lambda: bool(1 // 0))


def test_only_near_the_bound_a_program_of_all_open_columns_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """From doing nothing, far from the bound, nothing is tried; where that is near, the best is found."""
    linear = Linear(projects_over_hubs(3, 60, 6))
    problem, relaxed = linear.given, linear.first(60)
    nothing = given(problem, (np.zeros(problem.num_arcs, np.int64), np.zeros(problem.num_bundles, np.int64)))
    assert nothing is not None
    assert near_bound(linear, relaxed, nothing, 1e-6, now() + 60) is nothing
    monkeypatch.setattr(_incumbent, "NEAR_BOUND", 1.0)
    found = near_bound(linear, relaxed, nothing, 1e-6, now() + 60)
    assert found is not None
    best = ff.certify(problem, ff.solve(problem, gap=1e-6))
    assert found.objective == pytest.approx(float(best.objective), rel=1e-6)
