"""The network simplex against a slow obvious method, and its odd cases."""

from __future__ import annotations

import numpy as np
import pytest

from fourflow.engines import solve
from fourflow.engines.kernels import NO_LIMIT, OPTIMAL, UNBOUNDED, UNFINISHED, NetworkSimplex
from fourflow.problem import ClearingProblem
from fourflow.proof import certify


def slow_network_simplex(
    tail: np.ndarray, head: np.ndarray, cost: np.ndarray, capacity: np.ndarray, num_nodes: int
) -> int:
    """The least cost by cancelling the cheapest of all residual cycles found by Bellman and Ford, one by one.

    The root's balance is the others' sum, so all nodes conserve flow: a circulation.
    """
    flow = np.zeros(len(tail), np.int64)
    while True:
        free, used = np.flatnonzero(flow < capacity).tolist(), np.flatnonzero(flow > 0).tolist()
        residual = [(int(tail[a]), int(head[a]), int(cost[a]), a, 1) for a in free]
        residual += [(int(head[a]), int(tail[a]), -int(cost[a]), a, -1) for a in used]
        cycle = _negative_cycle(residual, num_nodes)
        if not cycle:
            return int((cost * flow).sum())
        room = min(int(capacity[a] - flow[a]) if way > 0 else int(flow[a]) for *_, a, way in cycle)
        for *_, a, way in cycle:
            flow[a] += way * room


def _negative_cycle(
    arcs: list[tuple[int, int, int, int, int]], num_nodes: int
) -> list[tuple[int, int, int, int, int]]:
    distance, came_by = [0] * num_nodes, [-1] * num_nodes
    last = -1
    for _ in range(num_nodes + 1):
        last = -1
        for e, (t, h, c, *_) in enumerate(arcs):
            if distance[t] + c < distance[h]:
                distance[h], came_by[h], last = distance[t] + c, e, h
    if last < 0:
        return []
    for _ in range(num_nodes):
        last = arcs[came_by[last]][0]
    cycle, node = [], last
    while not cycle or node != last:
        cycle.append(arcs[came_by[node]])
        node = cycle[-1][0]
    return cycle


def network(
    tail: np.ndarray, head: np.ndarray, cost: np.ndarray, capacity: np.ndarray, nodes: int
) -> NetworkSimplex:
    big = (int(np.abs(cost).max(initial=0)) + 1) * nodes
    return NetworkSimplex(tail, head, cost, capacity, nodes, big)


@pytest.mark.parametrize("seed", range(40))
def test_least_cost_flows_match_cycle_cancelling(seed: int) -> None:
    """Random networks with ties, zero caps, parallel arcs and loops at the root: cost, balance, prices."""
    rng = np.random.default_rng(seed)
    nodes, arcs = int(rng.integers(1, 12)), int(rng.integers(1, 40))
    tail, head = rng.integers(0, nodes, arcs), rng.integers(0, nodes, arcs)
    loop = tail == head
    tail[loop] = head[loop] = nodes - 1
    cost, capacity = rng.integers(-6, 7, arcs), rng.integers(0, 9, arcs)
    simplex = network(tail, head, cost, capacity, nodes)
    assert simplex.run(10**6) == OPTIMAL
    flow, state, price = simplex.flow[:arcs], simplex.state[:arcs], simplex.price
    assert ((flow >= 0) & (flow <= capacity)).all()
    balance = np.bincount(head, flow, nodes) - np.bincount(tail, flow, nodes)
    assert not balance[:-1].any()
    assert int((cost * flow).sum()) == slow_network_simplex(tail, head, cost, capacity, nodes)
    reduced = cost + price[tail] - price[head]
    assert (reduced[flow < capacity] >= 0).all()
    assert (reduced[flow > 0] <= 0).all()
    assert (reduced[state == 0] == 0).all()


def test_a_profitable_cycle_without_a_limit_is_reported() -> None:
    """Two arcs there and back that pay and have no cap."""
    tail, head = np.array([0, 1]), np.array([1, 0])
    assert network(tail, head, np.array([-2, 1]), np.full(2, NO_LIMIT), 3).run(100) == UNBOUNDED


def test_a_network_without_arcs_is_solved() -> None:
    """Nothing to do."""
    none = np.zeros(0, np.int64)
    assert network(none, none, none, none, 4).run(100) == OPTIMAL


def test_a_run_goes_on_where_it_stopped() -> None:
    """One pivot at a time: every flow on the way is feasible, and the end is that of a run in one go."""
    rng = np.random.default_rng(50)
    tail, head = rng.integers(0, 9, 60), rng.integers(0, 8, 60)
    head[tail == head] = 8
    cost, capacity = rng.integers(-9, 9, 60), rng.integers(1, 9, 60)
    whole, stepwise = (network(tail, head, cost, capacity, 9) for _ in range(2))
    assert whole.run(10**6) == OPTIMAL
    while (status := stepwise.run(1)) == UNFINISHED:
        balance = np.bincount(head, stepwise.flow[:60], 9) - np.bincount(tail, stepwise.flow[:60], 9)
        assert not balance[:-1].any()
    assert status == OPTIMAL
    assert np.array_equal(whole.flow, stepwise.flow)


def half_reached_network(seed: int) -> ClearingProblem:
    """Two offers, two needs and eight hubs joined at random: to some hubs nothing can flow."""
    rng = np.random.default_rng(seed)
    hubs = 8
    tail = np.concatenate([[hubs, hubs + 1], rng.integers(0, hubs, 14), rng.integers(0, hubs, 4)])
    head = np.concatenate(
        [rng.integers(0, hubs, 2), rng.integers(0, hubs, 14), rng.integers(hubs + 2, hubs + 4, 4)]
    )
    tail, head = tail[tail != head], head[tail != head]
    worth, cost = rng.integers(3, 12, len(tail)), rng.integers(0, 4, len(tail))
    lower, upper = np.zeros(hubs + 4, np.int64), np.zeros(hubs + 4, np.int64)
    lower[hubs : hubs + 2], upper[hubs + 2 :] = -5 * 10**6, 4 * 10**6
    return ClearingProblem(
        tail=tail.astype(np.uint32), head=head.astype(np.uint32),
        value=np.where(head >= hubs, worth, -cost) * 10**9, capacity=np.full(len(tail), 10**7),
        node_lower=lower, node_upper=upper,
    )  # fmt: skip


def test_hubs_that_nothing_reaches_do_not_spoil_the_bound() -> None:
    """Their prices are free, and must be high enough for what leaves them: the gap of 200 networks is 0."""
    for seed in range(200):
        problem = half_reached_network(seed)
        assert certify(problem, solve(problem)).relative_gap == 0, seed
