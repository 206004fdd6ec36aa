"""Published instances as clearing problems, by their own readers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from fourflow.problem import INF, ClearingProblem, Scales, Sparse
from published_files import read_auction, read_jobs


def numbers(path: Path) -> list[str]:
    return path.read_text().split()


def sparse(row_of: np.ndarray, column: np.ndarray, entry: np.ndarray, num_rows: int) -> Sparse:
    """Sparse of triples."""
    order = np.lexsort((column, row_of))
    counts = np.bincount(row_of, minlength=num_rows)
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Sparse(indptr, column[order].astype(np.uint32), entry[order].astype(np.int64))


def auction(path: Path) -> ClearingProblem:
    """CATS: bids are whole bundles, goods are nodes that hold one unit."""
    goods, bids = read_auction(path)
    bid_of = np.repeat(np.arange(len(bids)), [len(wanted) for _, wanted in bids])
    good = np.array([g for _, wanted in bids for g in wanted])
    none, no_arc = np.zeros(0, np.int64), np.zeros(0, np.uint32)
    return ClearingProblem(
        tail=no_arc, head=no_arc, value=none, capacity=none,
        node_lower=np.full(goods, -1), node_upper=np.zeros(goods, np.int64),
        bundle_value=np.array([int(Fraction(price) * 10**8) for price, _ in bids]),
        bundle_lines=sparse(bid_of, good, np.ones_like(good), len(bids)),
        bundle_whole=np.ones(len(bids), np.bool_),
        scales=Scales(bundle_value=Fraction(1, 10**8)),
    )  # fmt: skip


def warehouses(path: Path) -> ClearingProblem:
    """OR-Library cap: offers with a fixed cost, needs that must be met, pair rows x <= demand y."""
    words = numbers(path)
    m, n = int(words[0]), int(words[1])
    capacity = [int(words[2 + 2 * i]) for i in range(m)]
    fixed = [Fraction(words[3 + 2 * i]) for i in range(m)]
    rest, demand, costs = words[2 + 2 * m :], [], []
    for j in range(n):
        block = rest[j * (m + 1) : (j + 1) * (m + 1)]
        demand.append(int(block[0]))
        costs.append([Fraction(word) for word in block[1:]])
    offer, need = (grid.ravel() for grid in np.meshgrid(np.arange(m), np.arange(n), indexing="ij"))
    arcs = np.arange(m * n)
    value = [-round(costs[j][i] / demand[j] * 10**9) for i, j in zip(offer, need, strict=True)]
    supply, wanted = np.array(capacity), np.array(demand)
    return ClearingProblem(
        tail=offer.astype(np.uint32), head=(m + need).astype(np.uint32), value=np.array(value),
        capacity=np.full(m * n, INF),
        node_lower=np.concatenate([np.zeros(m, np.int64), wanted]),
        node_upper=np.concatenate([supply, wanted]),
        coupling=sparse(arcs, arcs, np.ones_like(arcs), m * n),
        coupling_lower=np.full(m * n, -INF), coupling_upper=np.zeros(m * n, np.int64),
        bundle_value=np.array([-int(cost * 1000) for cost in fixed]),
        bundle_lines=sparse(np.arange(m), np.arange(m), -supply, m),
        bundle_coupling=sparse(arcs, offer, -wanted[need], m * n),
        bundle_whole=np.ones(m, np.bool_),
        scales=Scales(value=Fraction(1, 10**9), bundle_value=Fraction(1, 1000)),
        sense="min",
    )  # fmt: skip


def assignment(path: Path) -> ClearingProblem:
    """OR-Library assign: n agents, n tasks, every task done once at least cost (costs below 100 + 1)."""
    words = [int(word) for word in numbers(path)]
    n, cost = words[0], np.array(words[1:])
    one = np.ones(n, np.int64)
    offer, need = np.repeat(np.arange(n), n), np.tile(np.arange(n), n)
    # Each pair is worth more than any detour saves, so that all are served.
    return ClearingProblem.bipartite(one, one, offer.astype(np.uint32), need.astype(np.uint32), 10_000 - cost)


def generalised_assignments(path: Path) -> list[ClearingProblem]:
    """OR-Library gap: jobs are needs for one unit, agents have a resource row, flows are whole."""
    problems = []
    for jobs in read_jobs(path):
        m, n = np.shape(jobs.cost)
        cost, resource = np.ravel(jobs.cost), np.ravel(jobs.resource)
        agent, job, arcs = np.repeat(np.arange(m), n), np.tile(np.arange(n), m), np.arange(m * n)
        # A lot of 10 quanta is one job, so that a fraction of a job could be written down.
        problems.append(
            ClearingProblem(
                tail=agent.astype(np.uint32), head=(m + job).astype(np.uint32), value=-cost,
                capacity=np.full(m * n, 10),
                node_lower=np.concatenate([np.full(m, -INF), np.full(n, 10)]),
                node_upper=np.concatenate([np.zeros(m, np.int64), np.full(n, 10)]),
                coupling=sparse(agent, arcs, resource, m),
                coupling_lower=np.full(m, -INF), coupling_upper=np.array(jobs.limit), step=np.full(m * n, 10),
                scales=Scales(quantity=Fraction(1, 10)), sense="min",
            )
        )  # fmt: skip
    return problems
