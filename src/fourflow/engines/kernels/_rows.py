"""Arcs seen from the nodes: which are whose, and what limits them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

I64 = NDArray[np.int64]
Array = NDArray[Any]


@njit(cache=True, nogil=True)
def survey(
    tail: Array, head: Array, capacity: Array, out_degree: I64, in_degree: I64
) -> tuple[bool, bool, int]:
    """Count arcs at both ends (in place). (by tail?, by head?: already in that order; least capacity)"""
    by_tail, by_head = True, True
    least = np.iinfo(np.int64).max
    for a in range(len(tail)):
        out_degree[tail[a]] += 1
        in_degree[head[a]] += 1
        if a > 0:
            by_tail &= tail[a - 1] <= tail[a]
            by_head &= head[a - 1] <= head[a]
        least = min(least, capacity[a])
    return by_tail, by_head, least


@njit(cache=True, nogil=True)
def group(
    node: Array,
    other: Array,
    value: Array,
    start: I64,
    place: I64,
    new_other: Array,
    new_value: Array,
    arc: Array,
) -> None:
    """Sort arcs by `node` (counting sort, stable): start gives each node's first place; place is scratch."""
    place[:] = start[:-1]
    for a in range(len(node)):
        at = place[node[a]]
        place[node[a]] = at + 1
        new_other[at], new_value[at], arc[at] = other[a], value[a], a


@njit(cache=True, nogil=True)
def row_most(start: I64, value: Array, nodes: I64) -> I64:
    """The largest value in the rows of some nodes, at least 0."""
    most = np.zeros(len(nodes), np.int64)
    for k in range(len(nodes)):
        for a in range(start[nodes[k]], start[nodes[k] + 1]):
            most[k] = max(most[k], value[a])
    return most
