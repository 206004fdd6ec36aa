"""Lowest and highest potentials under difference constraints, by shortest paths (Dijkstra 1959).

The vectors p with  low_a <= p[head_a] - p[tail_a] <= high_a  and  floor_n <= p_n <= ceiling_n  form a
lattice (Murota, Discrete Convex Analysis, 2003, section 5.1: L-natural-convex sets): they have a lowest
and a highest one, and the middle of two, rounded down, is again one of them. A known one turns every
constraint into an arc of length >= 0.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,type-arg"

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fourflow.problem import INF

I64 = NDArray[np.int64]
FAR = 2**62
"""Distances from here on count as no limit."""


@dataclass(frozen=True)
class Constraints:
    """tail, head, low, high : int64[num_arcs]; floor, ceiling : int64[num_nodes]; -INF and INF are none.

    `point` : int64[num_nodes] satisfies all of them.
    """

    tail: I64
    head: I64
    low: I64
    high: I64
    floor: I64
    ceiling: I64
    point: I64


class Lattice:
    """The potentials that satisfy some constraints."""

    def __init__(self, constraints: Constraints) -> None:
        self.point = constraints.point
        source, target, length = _slacks(constraints)
        assert length.min(initial=0) >= 0, "the given potentials miss a constraint"
        num = len(self.point) + 1
        self._up = _adjacency(source, target, length, num)
        self._down = _adjacency(target, source, length, num)

    def lowest(self, fixed: I64 | None = None) -> I64:
        """The lowest potentials, -INF where nothing holds them; fixed : where not INF, the value to keep."""
        shift = self._shifts(fixed)
        top = int(shift[shift < INF].max())
        distance = _shortest(*self._down, np.where(shift < INF, top - shift, INF))[:-1]
        return np.where(distance < FAR, self.point + top - distance, -INF)

    def highest(self, fixed: I64 | None = None) -> I64:
        """The highest potentials, INF where nothing holds them."""
        shift = self._shifts(fixed)
        base = int(shift.min())
        distance = _shortest(*self._up, np.where(shift < INF, shift - base, INF))[:-1]
        return np.where(distance < FAR, self.point + base + distance, INF)

    def middle(self, lowest: I64, highest: I64) -> I64:
        """Halfway between; where only one side is held, next to it; where neither is, the known point.

        What is fixed next to one side may in turn hold others, so that step is repeated until it ends.
        """
        held = (lowest > -INF) & (highest < INF)
        safe_low, safe_high = np.where(held, lowest, 0), np.where(held, highest, 0)
        chosen = np.where(held, safe_low + (safe_high - safe_low) // 2, INF)
        before = -1
        while (left := int((chosen == INF).sum())) not in (0, before):
            before = left
            for extend in (self.lowest, self.highest):
                value = extend(chosen)
                chosen = np.where((chosen == INF) & (np.abs(value) < INF), value, chosen)
        return np.where(chosen == INF, self.point, chosen)

    def _shifts(self, fixed: I64 | None) -> I64:
        """How far each fixed node lies from the known point, and the ground (last), which stays at 0."""
        if fixed is None:
            return np.append(np.full(len(self.point), INF), 0)
        return np.append(np.where(fixed < INF, fixed - self.point, INF), 0)


def _slacks(c: Constraints) -> tuple[I64, I64, I64]:
    """Arcs (source, target, length): target may rise by `length` over the known point if source stays."""
    ground = len(c.point)
    node = np.arange(ground, dtype=np.int64)
    difference = c.point[c.head] - c.point[c.tail]
    parts = []
    for source, target, limited, length in (
        (c.tail, c.head, c.high < INF, c.high - difference),
        (c.head, c.tail, c.low > -INF, difference - c.low),
        (np.full(ground, ground), node, c.ceiling < INF, c.ceiling - c.point),
        (node, np.full(ground, ground), c.floor > -INF, c.point - c.floor),
    ):
        parts.append((source[limited], target[limited], length[limited]))
    source, target, length = (np.concatenate(part) for part in zip(*parts, strict=True))
    return source, target, length


def _adjacency(source: I64, target: I64, length: I64, num_nodes: int) -> tuple[I64, I64, I64]:
    order = np.argsort(source, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=num_nodes))]).astype(np.int64)
    return start, target[order], length[order]


@njit(cache=True)
def _shortest(start, target, length, initial):
    """Least of initial[s] + distance from s, for every node; INF where none. int64, binary heap.

    start : int64[num_nodes + 1]; target, length : int64[num_arcs], length >= 0; initial : int64[num_nodes].
    """
    best = initial.copy()
    heap = np.empty(len(initial) + len(target) + 1, np.int64)
    key = np.empty(len(heap), np.int64)
    size = 0
    for node in range(len(initial)):
        if initial[node] < INF:
            size = _push(heap, key, size, node, initial[node])
    while size > 0:
        node, near = heap[0], key[0]
        size = _pop(heap, key, size)
        if near > best[node]:
            continue
        for arc in range(start[node], start[node + 1]):
            other = target[arc]
            if length[arc] < FAR - near and near + length[arc] < best[other]:
                best[other] = near + length[arc]
                size = _push(heap, key, size, other, best[other])
    return best


@njit(cache=True)
def _push(heap, key, size, node, distance):
    at = size
    while at > 0 and key[(at - 1) // 2] > distance:
        heap[at], key[at] = heap[(at - 1) // 2], key[(at - 1) // 2]
        at = (at - 1) // 2
    heap[at], key[at] = node, distance
    return size + 1


@njit(cache=True)
def _pop(heap, key, size):
    size -= 1
    node, distance = heap[size], key[size]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and key[child + 1] < key[child]:
            child += 1
        if key[child] >= distance:
            break
        heap[at], key[at] = heap[child], key[child]
        at = child
    heap[at], key[at] = node, distance
    return size
