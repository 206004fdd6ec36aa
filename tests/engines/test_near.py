"""Solving once more near known prices: the same answer and proof as solving all at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fourflow.engines import _near, part_around, restrict, solve, solve_near
from fourflow.formulation import formulate
from fourflow.matching import match
from fourflow.problem import Duals, Leaf
from fourflow.proof import certify
from random_markets import random_market

GAP = 1e-9


def problem_of(seed):
    book, _ = random_market(seed, features=frozenset())
    return formulate(book, match(book))[0]


@pytest.mark.parametrize("seed", range(12))
def test_known_prices_lead_to_a_proved_answer(seed, monkeypatch):
    """Values a tenth off, and a handful of arcs looked at first: worth as much, and certified."""
    problem = problem_of(seed)
    before = replace(problem, value=problem.value + problem.value // 10)
    known = solve(before, gap=GAP).price_duals
    monkeypatch.setattr(_near, "LOOKED_AT", 5)
    found = solve_near(problem, known, GAP, 60.0)
    certificate = certify(problem, found, GAP)
    assert certificate.max_violation == 0
    assert certificate.relative_gap <= GAP or certificate.is_settled
    assert certificate.objective == certify(problem, solve(problem, gap=GAP), GAP).objective


def test_poor_prices_cost_time_not_the_proof(monkeypatch):
    """No price at all."""
    problem = problem_of(3)
    zeros = (np.zeros(count, np.int64) for count in (problem.num_nodes, problem.num_coupling))
    nothing = Duals(*zeros, problem.scales.value, problem.scales.value)
    monkeypatch.setattr(_near, "LOOKED_AT", 3)
    found = solve_near(problem, nothing, GAP, 60.0)
    assert isinstance(found.proof, Leaf)
    assert certify(problem, found, GAP).relative_gap <= GAP


def test_a_part_is_all_that_a_node_depends_on():
    """Parts around each node add up to the whole."""
    problem = problem_of(5)
    labels, left = [], np.arange(problem.num_nodes)
    while len(left):
        piece = part_around(problem, left[:1], np.zeros(0, np.int64))
        labels.append(float(certify(part := restrict(problem, piece), solve(part, gap=GAP), GAP).objective))
        left = np.setdiff1d(left, piece.nodes)
    whole = float(certify(problem, solve(problem, gap=GAP), GAP).objective)
    assert sum(labels) == pytest.approx(whole, rel=1e-9)
