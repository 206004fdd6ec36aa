"""Derived rows: every row the engine finds follows exactly, and cuts off the point it was made for."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from _published import generalised_assignments, sparse

from fourflow.engines import solve
from fourflow.engines._knapsacks import cut_off, facet, knapsacks
from fourflow.engines._linear import Linear
from fourflow.problem import ClearingProblem, Status, taken_apart
from fourflow.proof import certify
from fourflow.proof._caps import inferred_caps
from fourflow.proof._derived import check_derived
from fourflow.proof._exact import exact_problem

NEVER = np.inf


def projects_over_hubs(seed: int, num_projects: int = 30, num_hubs: int = 5) -> ClearingProblem:
    """All-or-nothing projects take from hubs that offers with asks of their own supply."""
    random = np.random.default_rng(seed)
    wanted = random.random((num_projects, num_hubs)) < 0.6
    wanted[:, 0] = True
    project, hub = np.nonzero(wanted)
    quantity = random.integers(5, 40, len(hub))
    offers = np.arange(4 * num_hubs)
    supply = random.integers(10, 60, len(offers))
    worth = np.bincount(project, quantity, num_projects) * random.uniform(3, 6, num_projects)
    return ClearingProblem(
        tail=(num_hubs + offers).astype(np.uint32), head=(offers % num_hubs).astype(np.uint32),
        value=-random.integers(1, 4, len(offers)), capacity=supply.copy(),
        node_lower=np.concatenate([np.zeros(num_hubs, np.int64), -supply]),
        node_upper=np.zeros(num_hubs + len(offers), np.int64),
        bundle_value=np.rint(worth).astype(np.int64),
        bundle_lines=sparse(project, hub, quantity, num_projects),
        bundle_whole=np.ones(num_projects, np.bool_),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(10))
def test_every_row_found_follows_and_cuts_off_the_point(seed: int) -> None:
    """Rows found at the first relaxation pass the exact check, and the relaxation does not keep them."""
    problem = projects_over_hubs(seed)
    linear = Linear(problem)
    relaxed = linear.first(60)
    assert relaxed.flow is not None
    assert relaxed.y is not None
    point = linear.in_steps(relaxed.flow, relaxed.y)
    rows = cut_off(knapsacks(problem, linear.root), point, NEVER)
    assert rows
    assert all(row.coefficient @ point[row.column] > row.limit for row in rows)
    exact = exact_problem(problem, np.zeros(problem.num_arcs, np.int64))[0]
    check_derived(exact, inferred_caps(exact), rows)


@pytest.mark.parametrize("seed", range(10))
def test_the_optimum_is_proved_with_derived_rows(seed: int) -> None:
    """Random projects are cleared to a millionth, and certified with rows derived anew."""
    problem = projects_over_hubs(seed)
    solution = solve(problem, gap=1e-6)
    assert certify(problem, solution, gap=1e-6).status == Status.OPTIMAL_WITHIN_GAP


@pytest.mark.parametrize("seed", range(20))
def test_a_facet_is_kept_by_every_choice_that_fits(seed: int) -> None:
    """No subset within the room gains more than those that the facet is made of, and the point gains more."""
    random = np.random.default_rng(seed)
    weight = random.integers(3, 20, 6)
    room = int(weight.sum() * 0.55)
    z = np.minimum(1.0, room / weight.sum() * random.uniform(0.9, 1.2, 6))
    gain = facet(weight, z, room)
    if gain is None:
        return
    most = max(
        gain @ np.array(choice)
        for choice in itertools.product((0, 1), repeat=6)
        if weight @ np.array(choice) <= room
    )
    assert gain @ z > most


def proved_to_be_best(data_dir: Path, number: int, best: int, time_limit_s: float) -> None:
    problem = generalised_assignments(data_dir / "bench" / "gap" / "gapc.txt")[number]
    solution = solve(problem, gap=1e-4, time_limit_s=time_limit_s)
    certificate = certify(problem, solution)
    assert certificate.status == Status.OPTIMAL_WITHIN_GAP
    assert certificate.objective == certificate.bound == best
    assert taken_apart(solution.proof)[0]


@pytest.mark.parametrize(("number", "best"), [(0, 1931), (2, 1402), (4, 1243)])
def test_generalised_assignments_of_type_c_are_proved(data_dir: Path, number: int, best: int) -> None:
    """Rows of the agents' hours, added as knapsacks, close what a tree alone does not in minutes."""
    proved_to_be_best(data_dir, number, best, 60.0)


@pytest.mark.long
@pytest.mark.parametrize(("number", "best"), [(1, 3456), (3, 2806), (5, 2391)])
def test_assignments_of_200_jobs_are_proved(data_dir: Path, number: int, best: int) -> None:
    """The same of 200 jobs, with time for trees of some thousand leaves."""
    proved_to_be_best(data_dir, number, best, 600.0)
