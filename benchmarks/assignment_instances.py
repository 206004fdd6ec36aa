"""Seeded generalised assignment: each of n jobs to one of m agents, whose hours are limited, at least cost.

The types of Chu and Beasley (1997) and of Yagiura, Ibaraki and Glover (2004), a = hours, c = cost, b = limit:

    a   a ~ U[5, 25], c ~ U[10, 50], b = 0.6 (n / m) 15 + 0.4 R; R: the most hours of an agent if each job
        goes where it costs least
    b   as a, with 0.7 of its b
    c   as a, with b = 0.8 (sum of a over all jobs) / m
    d   a ~ U[1, 100], c = 111 - a + U[-10, 10], b as c
    e   a = 1 - 10 ln U(0, 1], c = 1000 / a - 10 U[0, 1], b as c
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fourflow.problem import INF, ClearingProblem, Scales, Sparse

I64 = NDArray[np.int64]
LOT = 10
"""Quanta in a job, so that a fraction of one could be written down."""


def assignment(kind: str, agents: int, jobs: int, seed: int = 1) -> ClearingProblem:
    """Jobs are needs for one lot, agents have a row of hours, flows come in whole lots."""
    hours, cost, limit = drawn(kind, agents, jobs, np.random.default_rng(seed))
    agent, job = np.repeat(np.arange(agents), jobs), np.tile(np.arange(jobs), agents)
    arcs = np.arange(agents * jobs)
    return ClearingProblem(
        tail=agent.astype(np.uint32), head=(agents + job).astype(np.uint32), value=-cost.ravel(),
        capacity=np.full(len(arcs), LOT),
        node_lower=np.concatenate([np.full(agents, -INF), np.full(jobs, LOT)]),
        node_upper=np.concatenate([np.zeros(agents, np.int64), np.full(jobs, LOT)]),
        coupling=Sparse(
            np.arange(0, len(arcs) + 1, jobs).astype(np.int64), arcs.astype(np.uint32), hours.ravel()
        ),
        coupling_lower=np.full(agents, -INF), coupling_upper=limit, step=np.full(len(arcs), LOT),
        scales=Scales(quantity=Fraction(1, LOT)), sense="min",
    )  # fmt: skip


def drawn(kind: str, agents: int, jobs: int, random: np.random.Generator) -> tuple[I64, I64, I64]:
    """Hours and cost, int64[agents, jobs], and the limit of each agent, int64[agents]."""
    shape = (agents, jobs)
    if kind == "d":
        hours = random.integers(1, 101, shape)
        cost = 111 - hours + random.integers(-10, 11, shape)
    elif kind == "e":
        exact = 1 - 10 * np.log(1 - random.random(shape))
        hours, cost = np.rint(exact), np.rint(1000 / exact - 10 * random.random(shape))
    else:
        hours, cost = random.integers(5, 26, shape), random.integers(10, 51, shape)
    limit = np.floor(0.8 * hours.sum(axis=1) / agents)
    if kind in "ab":
        cheapest = np.argmin(cost, axis=0)
        most = np.bincount(cheapest, hours[cheapest, np.arange(jobs)], agents).max()
        limit = np.full(
            agents, np.floor((0.6 * jobs / agents * 15 + 0.4 * most) * (0.7 if kind == "b" else 1))
        )
    return hours.astype(np.int64), cost.astype(np.int64), limit.astype(np.int64)
