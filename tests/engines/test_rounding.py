"""Rounding keeps every row exactly, whatever the floats say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fourflow.engines.rounding import is_feasible, round_flow
from fourflow.problem import INF, ClearingProblem, Sparse

NO_BUNDLES = np.zeros(0, np.int64)


def lane_market(seed: int, hubs: int = 12, listings: int = 200) -> ClearingProblem:
    """Offers and needs at hubs on a ring of lanes, both ways, that share coupling rows in pairs."""
    rng = np.random.default_rng(seed)
    ring = np.arange(hubs)
    offer_hub, need_hub = rng.integers(0, hubs, listings), rng.integers(0, hubs, listings)
    offers, needs = hubs + np.arange(listings), hubs + listings + np.arange(listings)
    tail = np.concatenate([offers, ring, np.roll(ring, -1), need_hub])
    head = np.concatenate([offer_hub, np.roll(ring, -1), ring, needs])
    lanes = listings + np.arange(2 * hubs).reshape(2, hubs)
    zeros, limits = np.zeros(listings, np.int64), rng.integers(1, 50, (2, listings)) * 100
    return ClearingProblem(
        tail=tail.astype(np.uint32), head=head.astype(np.uint32), value=rng.integers(-9, 9, len(tail)),
        capacity=np.full(len(tail), INF),
        node_lower=np.concatenate([np.zeros(hubs, np.int64), -limits[0], zeros]),
        node_upper=np.concatenate([np.zeros(hubs, np.int64), zeros, limits[1]]),
        coupling=Sparse(
            np.arange(0, 2 * hubs + 1, 2), lanes.T.ravel().astype(np.uint32), rng.integers(1, 9, 2 * hubs)
        ),
        coupling_lower=np.full(hubs, -INF), coupling_upper=rng.integers(1000, 9000, hubs),
    )  # fmt: skip


def interior_flow(problem: ClearingProblem, seed: int) -> np.ndarray:
    """A feasible flow that is nowhere whole: random cycles of offer, lanes and need, scaled into the rows."""
    rng = np.random.default_rng(seed)
    hubs, listings = problem.num_coupling, (problem.num_nodes - problem.num_coupling) // 2
    flow = np.zeros(problem.num_arcs)
    for _ in range(300):
        offer, need = rng.integers(0, listings, 2)
        at, goal = int(problem.head[offer]), int(problem.tail[listings + 2 * hubs + need])
        path = [int(offer)]
        while at != goal:
            path.append(listings + at)
            at = (at + 1) % hubs
        path.append(listings + 2 * hubs + int(need))
        flow[path] += rng.random() * 10
    row = np.repeat(np.arange(hubs), 2)
    used = np.bincount(row, problem.coupling.coefficient * flow[problem.coupling.index])
    limits = np.concatenate(
        [-problem.node_lower[hubs : hubs + listings], problem.node_upper[hubs + listings :]]
    )
    listed = np.concatenate([flow[:listings], flow[listings + 2 * hubs :]])
    return flow * min(1.0, (problem.coupling_upper / used).min(), (limits / np.maximum(listed, 1e-9)).min())


@pytest.mark.parametrize("seed", range(10))
def test_flows_that_fill_a_row_round_to_whole_ones_that_keep_it(seed: int) -> None:
    """An interior flow with a full lane becomes integers with violation 0 and next to nothing lost."""
    problem = lane_market(seed)
    flow = interior_flow(problem, seed)
    rounded = round_flow(problem, flow, NO_BUNDLES)
    assert rounded is not None
    assert is_feasible(problem, rounded, NO_BUNDLES)
    assert np.abs(rounded - flow).max() <= 40


def test_rows_whose_sums_pass_two_to_the_53_are_kept_exactly() -> None:
    """Coefficients of 1e9 and quantities of 1e13: floats cannot tell, the check in integers can."""
    base = lane_market(1)
    g = base.coupling.coefficient.astype(np.int64) * 10**9 + np.arange(len(base.coupling.index))
    problem = replace(
        base,
        node_lower=base.node_lower * 10**9, node_upper=base.node_upper * 10**9,
        coupling=replace(base.coupling, coefficient=g), coupling_upper=base.coupling_upper * 10**9,
        scales=replace(base.scales, limit=base.scales.limit * 10**9),
    )  # fmt: skip
    rounded = round_flow(problem, interior_flow(base, 1) * 1e9, NO_BUNDLES)
    assert rounded is not None
    used = [int(a) * int(rounded[arc]) for a, arc in zip(g, base.coupling.index, strict=True)]
    total = [used[2 * k] + used[2 * k + 1] for k in range(base.num_coupling)]
    assert all(t <= int(u) * 10**18 for t, u in zip(total, base.coupling_upper.tolist(), strict=True))


def test_lots_stay_whole() -> None:
    """An arc with a step is rounded to a multiple of it and left alone; the others make up for it."""
    problem = ClearingProblem(
        np.array([0, 1, 1], np.uint32), np.array([1, 2, 3], np.uint32), np.array([0, 5, 5]), np.full(3, INF),
        np.array([-100, 0, 0, 0]), np.array([0, 0, 50, 60]), step=np.array([0, 20, 0]),
    )  # fmt: skip
    rounded = round_flow(problem, np.array([79.6, 39.7, 39.9]), NO_BUNDLES)
    assert rounded is not None
    assert rounded[1] == 40
    assert is_feasible(problem, rounded, NO_BUNDLES)


def test_a_point_that_cannot_be_mended_is_refused() -> None:
    """A need of exactly 5 that nothing can reach: None, not a flow that misses it."""
    problem = ClearingProblem(
        np.array([0], np.uint32), np.array([1], np.uint32), np.array([1]), np.array([2]), np.array([-9, 5]),
        np.array([0, 5]),
    )  # fmt: skip
    assert round_flow(problem, np.array([2.0]), NO_BUNDLES) is None
