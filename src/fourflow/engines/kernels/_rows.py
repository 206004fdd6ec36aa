"""Arcs seen from the nodes: which are whose, and what limits them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

I64 = NDArray[np.int64]
Array = NDArray[Any]


@njit(cache=True, nogil=True)
def survey(tail: Array, head: Array, capacity: Array, gives: Array, takes: Array) -> tuple[bool, bool, int]:
    """Mark who gives and who takes (in place). (by tail?, by head?: already in that order; least capacity)"""
    by_tail, by_head = True, True
    least, last_tail, last_head = np.iinfo(np.int64).max, tail[0], head[0]
    for a in range(len(tail)):
        giver, taker = tail[a], head[a]
        gives[giver] = takes[taker] = True
        by_tail &= last_tail <= giver
        by_head &= last_head <= taker
        last_tail, last_head = giver, taker
        least = min(least, capacity[a])
    return by_tail, by_head, least


@njit(cache=True, nogil=True)
def count(node: Array, degree: I64) -> None:
    """degree[n] = the number of arcs whose `node` is n, in place; runs of the same node are counted aside."""
    degree[:] = 0
    run = 0
    for a in range(len(node)):
        run += 1
        if a + 1 == len(node) or node[a + 1] != node[a]:
            degree[node[a]] += run
            run = 0


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
