"""Leaves that only whole bundles take from become part of what feeds them, and all comes back from there."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from _random_problems import oracle

from fourflow.engines import solve
from fourflow.engines._bound import bound_of, root_box
from fourflow.engines._contract import contract
from fourflow.engines._linear import Linear
from fourflow.problem import INF, ClearingProblem, Scales, Sparse, Status
from fourflow.proof import certify

NO_GAP = 1e-7
FINE = 10**6
"""Quanta in a unit, so that rounding costs next to nothing where a project may be carried out in parts."""


def pools_and_projects(seed: int) -> ClearingProblem:
    """Pools that one offer or two fill, a pool behind some pool, needs beside, and projects each of whose
    lines is a node of its own; by chance in whole lots, without a limit, and with a shared row."""
    random = np.random.default_rng(seed)
    pools, projects = int(random.integers(2, 6)), int(random.integers(4, 12))
    arcs: list[tuple[int, int, int]] = []
    limits: list[tuple[int, int]] = [(0, 0)] * pools
    lot, in_parts = FINE * int(random.choice([1, 2, 5])), random.random() < 0.5

    def node(lower: int, upper: int) -> int:
        limits.append((lower, upper))
        return len(limits) - 1

    for pool in range(pools):
        for _ in range(random.integers(1, 3)):
            supply = -INF if random.random() < 0.2 else -lot * int(random.integers(4, 30))
            arcs.append((node(supply, 0), pool, -int(random.integers(0, 9))))
        if random.random() < 0.4:
            arcs.append((pool, node(0, lot * int(random.integers(1, 6))), int(random.integers(5, 20))))
    behind = node(0, 0)
    arcs.append((0, behind, -2))
    lines: list[tuple[int, int, int]] = []
    for project in range(projects):
        for pool in random.permutation([*range(pools), behind])[:2].tolist():
            quantity = lot * int(random.integers(1, 9))
            if random.random() < 0.8:
                line = node(0, 0)
                arcs.append((pool, line, -int(random.integers(0, 3))))
                lines.append((project, line, quantity))
            else:
                lines.append((project, pool, quantity))
    if random.random() < 0.3 and (0, 1) not in {(p, n) for p, n, _ in lines}:
        lines.append((0, 1, -lot))
    index, size = np.array([n for _, n, _ in lines]), np.array([d for *_, d in lines])
    lower, upper = (np.array(side) for side in zip(*limits, strict=True))
    worth = np.bincount([p for p, *_ in lines], size / FINE, projects) * random.uniform(5, 15, projects)
    counts = np.bincount([p for p, *_ in lines], minlength=projects)
    order = np.argsort([p for p, *_ in lines], kind="stable")
    tail, head, value = (np.array(side) for side in zip(*arcs, strict=True))
    some = np.flatnonzero(random.random(len(tail)) < 0.2)
    return ClearingProblem(
        tail=tail.astype(np.uint32), head=head.astype(np.uint32), value=value,
        capacity=np.where(random.random(len(tail)) < 0.1, 3 * lot, INF), node_lower=lower, node_upper=upper,
        coupling=Sparse(np.array([0, len(some)]), some.astype(np.uint32), np.ones(len(some), np.int64)),
        coupling_lower=np.array([-INF]), coupling_upper=np.array([lot * 12]),
        bundle_value=np.rint(worth).astype(np.int64),
        bundle_lines=Sparse(
            np.concatenate([[0], np.cumsum(counts)]), index[order].astype(np.uint32), size[order]
        ),
        bundle_whole=random.random(projects) < (0.9 if in_parts else 1),
        step=None if in_parts else np.full(len(tail), lot),
        scales=Scales(quantity=Fraction(1, FINE), limit=Fraction(1, FINE), bundle=Fraction(1, 10**12)),
    )  # fmt: skip


@pytest.mark.parametrize("block", range(4))
def test_the_optimum_is_that_of_an_independent_model_and_proved_for_the_whole(block: int) -> None:
    """150 markets of pools and projects: HiGHS, given every row, finds what is proved without leaves."""
    taken_in = 0
    for seed in range(block, 150, 4):
        problem = pools_and_projects(seed)
        made = contract(problem)
        taken_in += made is not None
        solution = solve(problem, gap=NO_GAP)
        certificate = certify(problem, solution, gap=NO_GAP)
        assert certificate.status == Status.OPTIMAL_WITHIN_GAP, seed
        assert certificate.max_violation == 0, seed
        assert float(certificate.objective) == pytest.approx(oracle(problem)[1], rel=1e-6), seed
    assert taken_in > 25


@pytest.mark.parametrize("seed", range(20))
def test_prices_prove_the_same_of_the_whole(seed: int) -> None:
    """Any prices of the smaller problem give the whole the same bound, apart from what rounding moves."""
    problem = pools_and_projects(seed)
    made = contract(problem)
    assert made is not None
    relaxed = Linear(made.problem).first(60)
    assert relaxed.duals is not None
    assert made.problem.num_nodes + sum(len(arcs) for arcs in made.levels) == problem.num_nodes
    whole = Linear(problem).first(60)
    grown = made.solution(solve(made.problem, gap=1.0)).price_duals
    assert len(grown.node) == problem.num_nodes
    assert np.isfinite(bound_of(problem, grown, root_box(problem)))
    assert relaxed.bound == pytest.approx(whole.bound, rel=1e-9)


def jobs_behind_pools(**changes: object) -> ClearingProblem:
    """An offer of 10 at 3 each, its pool, and two projects with a line each of 4 and 8, worth 20 and 30."""
    problem = ClearingProblem(
        tail=np.array([0, 1, 1], np.uint32), head=np.array([1, 2, 3], np.uint32), value=np.array([-3, 0, 0]),
        capacity=np.full(3, INF), node_lower=np.array([-10, 0, 0, 0]), node_upper=np.zeros(4, np.int64),
        bundle_value=np.array([20, 30]),
        bundle_lines=Sparse(np.array([0, 1, 2]), np.array([2, 3], np.uint32), np.array([4, 8])),
        bundle_whole=np.ones(2, np.bool_),
    )  # fmt: skip
    return replace(problem, **changes)


def test_a_pool_that_only_projects_use_is_its_offer() -> None:
    """What is left is one node with a supply of 10; projects are worth 20 - 4 x 3 and 30 - 8 x 3."""
    made = contract(jobs_behind_pools())
    assert made is not None
    assert (made.problem.num_nodes, made.problem.num_arcs) == (1, 0)
    assert made.problem.bundle_value.tolist() == [8, 6]
    assert made.problem.bundle_lines.coefficient.tolist() == [4, 8]
    assert made.flow(np.zeros(0, np.int64), np.array([10**9, 0])).tolist() == [4, 4, 0]


@pytest.mark.parametrize(
    ("changes", "arcs"),
    [
        ({"capacity": np.array([INF, 2, INF])}, 2),
        ({"bundle_whole": np.array([True, False])}, 2),
        ({"step": np.array([3, 3, 3])}, 3),
        ({"node_upper": np.array([0, 0, 0, 1])}, 2),
        ({"scales": Scales(bundle_value=Fraction(16))}, 1),
    ],
)
def test_what_is_not_the_same_without_its_leaf_keeps_it(changes: dict[str, object], arcs: int) -> None:
    """An arc with a capacity, one whose bundle may be taken in parts, lots that lines do not fill, a leaf
    with room, and values that cannot be said in the bundles' unit stay as they are."""
    problem = jobs_behind_pools(**changes)
    made = contract(problem)
    assert (problem.num_arcs if made is None else made.problem.num_arcs) == arcs


def test_what_has_no_limit_gets_none_from_what_hangs_on_it() -> None:
    """Two licences without limit fill a pool: neither may be thought limited by what projects take there."""
    problem = jobs_behind_pools(
        tail=np.array([0, 1, 1, 4], np.uint32), head=np.array([1, 2, 3, 1], np.uint32),
        value=np.array([-3, 0, 0, -4]), capacity=np.full(4, INF), node_upper=np.zeros(5, np.int64),
        node_lower=np.array([-INF, 0, 0, 0, -INF]),
    )  # fmt: skip
    assert contract(problem) is None
    certificate = certify(problem, solve(problem, gap=NO_GAP), gap=NO_GAP)
    assert certificate.status == Status.OPTIMAL_WITHIN_GAP
    assert certificate.objective == 14


def test_that_nothing_is_allowed_is_proved_for_the_whole() -> None:
    """A floor below which the offer's supply ends leaves no point, whatever arcs are worth."""
    problem = jobs_behind_pools(
        tail=np.array([0, 1, 1, 0], np.uint32), head=np.array([1, 2, 3, 4], np.uint32),
        value=np.array([-3, 0, 0, 0]), capacity=np.full(4, INF),
        node_lower=np.array([-10, 0, 0, 0, 11]), node_upper=np.array([0, 0, 0, 0, 11]),
    )  # fmt: skip
    assert contract(problem) is not None
    assert certify(problem, solve(problem)).status == Status.INFEASIBLE
