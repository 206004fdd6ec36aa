"""Shortest paths in a residual graph: labels for every node, and ladders of successive paths.

A ladder brings more and more to one set of hubs, each step by the cheapest way that is left (successive
shortest paths; Ahuja, Magnanti and Orlin, Network Flows, 1993, section 9.7), so its k-th cost is what the
k-th unit costs everybody else. Labels serve as potentials, which keeps every search local.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from fourflow.reasons._graph import Graph

SLIP = 20
"""Billionths of money by which rounded duals may make a circle look profitable: no gain."""

inner: Any = njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)  # type: ignore[call-overload]
"""For kernels that only kernels call: without a way in from Python they compile in half the time."""


@njit(cache=True)
def label(net: Graph) -> bool:
    """Give each node the cost of the cheapest way to bring one more unit there, from any source.

    Label correcting with a heap: costs of arcs may be negative (giving back), circles may not. False if a
    circle gains more than SLIP, which an optimal allocation does not have: labels then come from each other
    in a circle, which is looked for now and then (Tarjan 1981).
    """
    size, pops = 0, 0
    for node in range(len(net.nodes)):
        first = net.nodes[node].sources_from
        if first < net.nodes[node].sources_to:
            net.nodes[node].cost = net.sources[first].cost
            size = push(net, size, net.sources[first].cost, node)
    limit = 60 * len(net.nodes) + 1000
    look = len(net.nodes) + 1000
    while size > 0:
        cost, node = net.heap[0, 0], net.heap[0, 1]
        size = pop(net, size)
        if cost > net.nodes[node].cost:
            continue
        pops += 1
        if pops > limit or (pops % look == 0 and _has_circle(net)):
            return False
        for i in range(net.nodes[node].arcs_from, net.nodes[node].arcs_to):
            code = net.around[i]
            arc = code // 2
            leaving = code % 2 == 0
            if (net.arcs[arc].ahead if leaving else net.arcs[arc].back) <= 0:
                continue
            other = net.arcs[arc].head if leaving else net.arcs[arc].tail
            through = cost + net.arcs[arc].cost if leaving else cost - net.arcs[arc].cost
            if through < net.nodes[other].cost - SLIP:
                if size == len(net.heap):
                    return False
                net.nodes[other].cost, net.nodes[other].parent = through, code
                size = push(net, size, through, other)
    return True


@inner
def _has_circle(net: Graph) -> bool:
    """Whether the labels of some nodes come from each other."""
    walk = np.zeros(len(net.nodes), np.int64)
    for start in range(len(net.nodes)):
        node = start
        while walk[node] == 0:
            walk[node] = start + 1
            code = net.nodes[node].parent
            if code < 0:
                break
            node = net.arcs[code // 2].tail if code % 2 == 0 else net.arcs[code // 2].head
            if walk[node] == start + 1:
                return True
    return False


@inner
def push(net: Graph, size: int, cost: int, node: int) -> int:
    i = size
    while i > 0:
        up = (i - 1) // 2
        if net.heap[up, 0] <= cost:
            break
        net.heap[i, 0], net.heap[i, 1] = net.heap[up, 0], net.heap[up, 1]
        i = up
    net.heap[i, 0], net.heap[i, 1] = cost, node
    return size + 1


@inner
def pop(net: Graph, size: int) -> int:
    """Remove the root; returns the new size."""
    size -= 1
    cost, node = net.heap[size, 0], net.heap[size, 1]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and net.heap[child + 1, 0] < net.heap[child, 0]:
            child += 1
        if cost <= net.heap[child, 0]:
            break
        net.heap[i, 0], net.heap[i, 1] = net.heap[child, 0], net.heap[child, 1]
        i = child
    net.heap[i, 0], net.heap[i, 1] = cost, node
    return size
