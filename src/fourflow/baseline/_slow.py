"""First come, first served in plain sight: every route is searched afresh for every take.

The obvious version that the fast one is tested against. No switches and no trips.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fourflow.baseline._network import FAR, Network, build_network
from fourflow.book import Market
from fourflow.formulation import Layout
from fourflow.problem import ClearingProblem


def slow_first_come(market: Market, layout: Layout, problem: ClearingProblem) -> NDArray[np.int64]:
    """The flow of `first_come_first_served` for a market without switches and trips."""
    net = build_network(market, layout, problem)
    used = [0] * problem.num_coupling
    for node in net.order.tolist():
        while net.nodes["left"][node] > 0:
            path = _best_path(net, used, node)
            quantity = _fits(net, used, path) if path else 0
            if quantity <= 0:
                break
            for arc in path:
                net.arcs["flow"][arc] += quantity
                net.arcs["capacity"][arc] -= quantity
                for row, coefficient in _entries(net, arc):
                    used[row] += coefficient * quantity
            net.nodes["left"][net.arcs["tail"][path[0]]] -= quantity
            net.nodes["left"][node] -= quantity
    flow: NDArray[np.int64] = net.arcs["flow"].copy()
    return flow


def _entries(net: Network, arc: int) -> list[tuple[int, int]]:
    first, last = net.arcs["rows_from"][arc], net.arcs["rows_to"][arc]
    return [(int(e["row"]), int(e["coefficient"])) for e in net.entries[first:last]]


def _room(net: Network, used: list[int], row: int) -> int:
    return (int(net.rows["high"][row]) << 31) + int(net.rows["low"][row]) - used[row]


def _open(net: Network, used: list[int], arc: int) -> bool:
    """Whether at least one step more can pass the arc, whoever pays."""
    step = int(net.arcs["step"][arc])
    rows = [(row, c) for row, c in _entries(net, arc) if net.rows["closes"][row] and c > 0]
    return net.arcs["capacity"][arc] >= step and all(_room(net, used, r) >= c * step for r, c in rows)


def _best_path(net: Network, used: list[int], need: int) -> list[int]:
    """Bellman-Ford from all offers that have something left; the path of highest surplus, [] if below 0."""
    arcs = [a for a in range(len(net.arcs)) if _open(net, used, a)]
    cost = [
        0 if net.nodes["offers_to"][n] >= 0 and _is_supply(net, n) else FAR for n in range(len(net.nodes))
    ]
    back = [-1] * len(net.nodes)
    for _ in range(len(net.nodes)):
        for a in arcs:
            tail, head = int(net.arcs["tail"][a]), int(net.arcs["head"][a])
            through = cost[tail] - int(net.arcs["value"][a])
            if cost[tail] < FAR and through < cost[head] and (head == need or not _is_need(net, head)):
                cost[head], back[head] = through, a
    if cost[need] > 0:
        return []
    path, node = [], need
    while back[node] >= 0:
        path.append(back[node])
        node = int(net.arcs["tail"][back[node]])
    return path[::-1]


def _is_need(net: Network, node: int) -> bool:
    return bool(net.nodes["needs_to"][node] > net.nodes["needs_from"][node])


def _is_supply(net: Network, node: int) -> bool:
    """An offer with at least one step left."""
    is_offer = node in net.arcs["tail"][net.offer_arc]
    return is_offer and bool(net.nodes["left"][node] >= net.arcs["step"].max(initial=1))


def _fits(net: Network, used: list[int], path: list[int]) -> int:
    """The largest quantity, in whole steps, that the ends, capacities and rows along the path allow."""
    ends = (net.arcs["tail"][path[0]], net.arcs["head"][path[-1]])
    most = min(*(int(net.nodes["left"][n]) for n in ends), *(int(net.arcs["capacity"][a]) for a in path))
    totals: dict[int, int] = {}
    for arc in path:
        for row, coefficient in _entries(net, arc):
            totals[row] = totals.get(row, 0) + coefficient
    for row, total in totals.items():
        if total > 0:
            most = min(most, _room(net, used, row) // total)
    step = int(max(net.arcs["step"][a] for a in path))
    return most - most % step
