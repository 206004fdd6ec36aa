"""The network inside a problem: coupling rows and bundles left out, solved by the network simplex.

A pure network is done with that, in exact integers. For others its tree is the basis from which the
dual simplex puts the coupling rows in: with 100,000 + 100,000 listings and 3,000 shared lanes this
replaces 11 s of simplex from nothing by 1 s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fourflow.engines._highs import now
from fourflow.engines._model import I64, Model
from fourflow.engines.kernels import NO_LIMIT, OPTIMAL, UNBOUNDED, NetworkSimplex
from fourflow.problem import INF, ClearingProblem

LARGEST = 2**61
PIVOTS_AT_A_TIME = 20_000
"""Pivots between two looks at the clock: about 0.1 s on 100,000 nodes."""


@dataclass(frozen=True)
class Tree:
    """A basis of the network, optimal unless the time was up (`finished`); its flow is feasible.

    flow : int64[num_arcs] quanta; price : int64[num_kept] in units of value (pi = -price)
    column_state, row_state : 0 basic, 1 at the lower limit, -1 at the upper limit; for arcs and kept nodes
    """

    flow: I64
    price: I64
    column_state: I64
    row_state: I64
    pivots: int
    finished: bool


@dataclass(frozen=True)
class _Arcs:
    """The arcs of the network simplex: those of the problem, then nodes' own (node, sign +1 out, -1 in)."""

    tail: I64
    head: I64
    cost: I64
    capacity: I64
    node: I64
    sign: I64


def solve_network(
    problem: ClearingProblem, model: Model, deadline: float, waiting: Callable[[], None]
) -> Tree | None:
    """The best flows where coupling rows and bundles ask nothing; None where this method does not apply.

    It starts from no flow, which must be feasible at the nodes, and needs sums that fit in int64.
    """
    kept = model.kept
    lower, upper = problem.node_lower[kept].astype(np.int64), problem.node_upper[kept].astype(np.int64)
    if (lower > 0).any() or (upper < 0).any() or (model.lower[: problem.num_arcs] > 0).any():
        return None
    net = _arcs(problem, model)
    big = (int(np.abs(problem.value).max(initial=0)) + 1) * (len(kept) + 1)
    if big > LARGEST // 4 or float(net.capacity[net.capacity < NO_LIMIT].astype(np.float64).sum()) > LARGEST:
        return None
    simplex = NetworkSimplex(net.tail, net.head, net.cost, net.capacity, len(kept) + 1, big)
    status = simplex.run(PIVOTS_AT_A_TIME)
    while status not in (OPTIMAL, UNBOUNDED) and now() < deadline:
        waiting()
        status = simplex.run(PIVOTS_AT_A_TIME)
    if status == UNBOUNDED:
        return None
    arcs, num_own = problem.num_arcs, len(net.tail)
    slack, artificial = simplex.state[arcs:num_own], simplex.state[num_own : num_own + len(kept)]
    return Tree(
        flow=simplex.flow[:arcs],
        price=_bounded_prices(net, simplex.flow, simplex.price[:-1], big),
        column_state=simplex.state[:arcs],
        row_state=_row_states(net, slack, artificial, lower, upper),
        pivots=simplex.pivots,
        finished=status == OPTIMAL,
    )


def _arcs(problem: ClearingProblem, model: Model) -> _Arcs:
    """Single-arc nodes are the root, their limits caps; the slack of a kept node is an arc to the root."""
    kept, root = model.kept, len(model.kept)
    place = np.full(problem.num_nodes, root)
    place[kept] = np.arange(root)
    capacity = np.where(problem.capacity >= INF, NO_LIMIT, problem.capacity)
    for node, limit in ((problem.head, problem.node_upper), (problem.tail, -problem.node_lower)):
        single = (place[node] == root) & (limit[node] < INF) & (problem.tail != problem.head)
        capacity = np.where(single, np.minimum(capacity, limit[node]), capacity)
    capped = np.flatnonzero(model.capped_by >= 0)
    capacity[capped] = np.minimum(capacity[capped], np.ceil(model.upper[capped] * model.column_unit[capped]))
    out, into = np.flatnonzero(problem.node_upper[kept] > 0), np.flatnonzero(problem.node_lower[kept] < 0)
    tail, head = place[problem.tail], place[problem.head]
    loop = problem.tail == problem.head  # seen by nobody: they flow from the root to the root
    tail[loop], head[loop] = root, root
    rooted = np.full(len(out) + len(into), root)
    limits = np.concatenate([problem.node_upper[kept][out], -problem.node_lower[kept][into]])
    return _Arcs(
        tail=np.concatenate([tail, out, rooted[: len(into)]]),
        head=np.concatenate([head, rooted[: len(out)], into]),
        cost=np.concatenate([-problem.value, np.zeros(len(rooted), np.int64)]),
        capacity=np.concatenate([capacity, limits]).astype(np.int64),
        node=np.concatenate([out, into]),
        sign=np.concatenate([np.ones(len(out), np.int64), np.full(len(into), -1)]),
    )


def _row_states(net: _Arcs, slack: I64, artificial: I64, lower: I64, upper: I64) -> I64:
    """Of every kept node: basic if its own arc is in the tree, else at the limit its balance is at."""
    states = np.where(lower == 0, 1, -1)
    outward = net.sign > 0
    full_out, full_in = (slack == -1) & outward, (slack == -1) & ~outward
    states[net.node[full_out]] = -1
    states[net.node[full_in]] = 1
    states[net.node[slack == 0]] = 0
    states[artificial == 0] = 0
    # Neither limit is 0 and no flow on either side: nothing for a simplex basis but to call it basic.
    open_node = (lower < 0) & (upper > 0)
    idle = np.ones(len(states), np.bool_)
    idle[net.node[slack != 1]] = False
    states[open_node & idle] = 0
    return states


def _bounded_prices(net: _Arcs, flow: I64, price: I64, big: int) -> I64:
    """Prices of nodes that only an artificial arc holds: as high as residual arcs allow, not minus `big`."""
    loose = price < -big // 2
    if not loose.any():
        return price
    old, price = price, np.append(np.where(loose, LARGEST, price), 0)
    num_arcs = len(net.tail)
    flow = flow[:num_arcs]
    free, used = np.flatnonzero(flow < net.capacity), np.flatnonzero(flow > 0)
    tail = np.concatenate([net.tail[free], net.head[used]])
    head = np.concatenate([net.head[free], net.tail[used]])
    cost = np.concatenate([net.cost[free], -net.cost[used]])
    inner = np.flatnonzero(np.append(loose, False)[head])
    for _ in range(len(old) + 1):
        most = np.where(price[tail[inner]] < LARGEST // 2, price[tail[inner]] + cost[inner], LARGEST)
        if not (most < price[head[inner]]).any():
            break
        np.minimum.at(price, head[inner], most)
    unheld = price > LARGEST // 2
    if unheld.any():
        # Nothing flows to them, so they may stand as high as what flows from them asks.
        away = np.flatnonzero(unheld[tail] & ~unheld[head])
        least = price[head[away]] - cost[away] - old[tail[away]]
        price[unheld] = old[unheld[:-1]] + least.max(initial=-old[unheld[:-1]].max())
    return price[:-1]


def basis_of(problem: ClearingProblem, tree: Tree) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """States of all columns and rows of the LP: bundles at 0, coupling rows basic."""
    columns = np.concatenate([tree.column_state, np.ones(problem.num_bundles, np.int64)])
    rows = np.concatenate([tree.row_state, np.zeros(problem.num_coupling, np.int64)])
    return columns, rows
