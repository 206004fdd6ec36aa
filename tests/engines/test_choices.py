"""Local search over choices: what it keeps track of is so, and small markets are searched to the best."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from _published import sparse
from scipy.sparse import csr_array
from test_derived_rows import projects_over_hubs

from fourflow.engines._choices import choice_rows, choice_search, has_choices
from fourflow.engines._linear import Linear
from fourflow.problem import INF, ClearingProblem

NEVER = np.inf


def jobs_for_agents(seed: int, agents: int = 3, jobs: int = 6) -> tuple[ClearingProblem, float | None]:
    """Whole jobs at agents with few hours, and the least cost of all ways; None if there is no way."""
    random = np.random.default_rng(seed)
    hours, cost = random.integers(5, 26, (agents, jobs)), random.integers(10, 51, (agents, jobs))
    limit = hours.sum(axis=1) * 8 // (10 * agents) + 4
    agent, job = np.repeat(np.arange(agents), jobs), np.tile(np.arange(jobs), agents)
    problem = ClearingProblem(
        tail=agent.astype(np.uint32), head=(agents + job).astype(np.uint32), value=-cost.ravel(),
        capacity=np.full(len(job), 2),
        node_lower=np.concatenate([np.full(agents, -INF), np.full(jobs, 2)]),
        node_upper=np.concatenate([np.zeros(agents, np.int64), np.full(jobs, 2)]),
        coupling=sparse(agent, np.arange(len(job)), hours.ravel(), agents),
        coupling_lower=np.full(agents, -INF), coupling_upper=2 * limit, step=np.full(len(job), 2),
    )  # fmt: skip
    every = np.arange(jobs)
    ways = [
        float(2 * cost[way, every].sum())
        for way in map(np.array, itertools.product(range(agents), repeat=jobs))
        if (np.bincount(way, hours[way, every], agents) <= limit).all()
    ]
    return problem, min(ways, default=None)


@pytest.mark.parametrize("seed", range(20))
def test_few_jobs_are_given_away_at_least_cost(seed: int) -> None:
    """Six jobs and three agents: the search finds the best of all 729 ways, and none if there is none."""
    problem, least = jobs_for_agents(seed)
    linear = Linear(problem)
    relaxed = linear.first(60)
    assert has_choices(linear.model)
    found = choice_search(linear, relaxed, 0.0, NEVER, None)
    assert (None if found is None else -found.objective) == least


@pytest.mark.parametrize("seed", range(10))
def test_few_jobs_that_may_be_left_undone_are_given_away_at_most_gain(seed: int) -> None:
    """The same jobs, each worth 40 and none of them asked for, as whole bundles that take an agent's hours:
    the search finds the best of all 4,096 ways."""
    random = np.random.default_rng(seed)
    agents, jobs = 3, 6
    hours, cost = random.integers(5, 26, (agents, jobs)), random.integers(10, 51, (agents, jobs))
    limit = hours.sum(axis=1) * 6 // (10 * agents)
    agent, job = np.repeat(np.arange(agents), jobs), np.tile(np.arange(jobs), agents)
    bundle, none = np.arange(len(job)), np.zeros(0, np.int64)
    problem = ClearingProblem(
        tail=none.astype(np.uint32), head=none.astype(np.uint32), value=none, capacity=none,
        node_lower=-np.concatenate([limit, np.ones(jobs, np.int64)]), node_upper=np.zeros(agents + jobs, int),
        bundle_value=40 - cost.ravel(), bundle_whole=np.ones(len(job), np.bool_),
        bundle_lines=sparse(np.repeat(bundle, 2), np.stack([agent, agents + job]).T.ravel(),
                            np.stack([hours.ravel(), np.ones_like(job)]).T.ravel(), len(job)),
    )  # fmt: skip
    linear = Linear(problem)
    assert not choice_rows(csr_array(linear.model.matrix), linear.model)[1].any()
    found = choice_search(linear, linear.first(60), 0.0, NEVER, None)
    every, gain = np.arange(jobs), np.vstack([40 - cost, np.zeros((1, jobs), np.int64)])
    taken = np.vstack([hours, np.zeros((1, jobs), np.int64)])
    most = max(
        gain[way, every].sum()
        for way in map(np.array, itertools.product(range(agents + 1), repeat=jobs))
        if (np.bincount(way, taken[way, every], agents + 1)[:agents] <= limit).all()
    )
    assert found is not None
    assert found.objective == pytest.approx(most)


def test_jobs_are_choices_and_hours_are_not() -> None:
    """Rows that ask for just one of their columns, without a column in common."""
    model = Linear(jobs_for_agents(1)[0]).model
    matrix = model.matrix.toarray()
    rows, asked = choice_rows(csr_array(model.matrix), model)
    assert len(rows) == 6
    assert asked.all()
    assert ((matrix[rows] > 0).sum(axis=0) == 1).all()


def test_projects_with_supply_in_parts_are_no_choices() -> None:
    """Where flows may be parts of a step, another search is asked for."""
    assert not has_choices(Linear(projects_over_hubs(1)).model)


def test_a_better_point_is_never_given_up() -> None:
    """What is at hand is handed back where the search finds nothing better."""
    problem, least = jobs_for_agents(3)
    linear = Linear(problem)
    relaxed = linear.first(60)
    best = choice_search(linear, relaxed, 0.0, NEVER, None)
    assert best is not None
    assert -best.objective == least
    assert choice_search(linear, relaxed, 0.0, NEVER, best) is best
