"""Local search over projects: curves say what programs say, and small markets are searched to the best."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from test_derived_rows import projects_over_hubs

from fourflow.engines._incumbent import complete
from fourflow.engines._linear import Linear
from fourflow.engines._swaps import has_curves, supply_curves, swap_search
from fourflow.engines.kernels._flips import row_cost

NEVER = np.inf


@pytest.mark.parametrize("seed", range(6))
def test_curves_cost_what_the_program_says(seed: int) -> None:
    """Curves cost what the program costs for any choice, and where rows lack supply both say so."""
    linear = Linear(projects_over_hubs(seed, 12, 3))
    linear.first(60)
    model, random = linear.model, np.random.default_rng(seed)
    rows = supply_curves(model)
    assert has_curves(model)
    for _ in range(10):
        z = (random.random(len(linear.whole)) < 0.25).astype(np.float64)
        activity = model.matrix[:, linear.whole] @ z
        costs = [row_cost(rows, i, w) for i, w in enumerate(activity.tolist())]
        worth = linear.worth_within(z, z, 60) / linear.money_unit
        if max(lack for _, lack in costs) > 1e-6:
            assert worth == -np.inf
        else:
            assert worth == pytest.approx(model.cost[linear.whole] @ z - sum(cost for cost, _ in costs))


@pytest.mark.parametrize("seed", range(6))
def test_small_markets_are_searched_to_the_best(seed: int) -> None:
    """Over eight projects the search finds the best of all 256 choices."""
    linear = Linear(projects_over_hubs(seed, 8, 2))
    relaxed = linear.first(60)
    found = swap_search(linear, relaxed, NEVER)
    choices = itertools.product((0.0, 1.0), repeat=len(linear.whole))
    points = [complete(linear, np.array(choice), NEVER) for choice in choices]
    assert found is not None
    assert found.objective == max(point.objective for point in points if point is not None)
