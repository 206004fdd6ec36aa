"""Best ways through a network at given prices of its sources: max-plus sweeps over all arcs."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
FAR = -1e300
"""The price of a node that nothing reaches."""


@njit(cache=True, nogil=True)
def best_ways(
    tail: I64, head: I64, worth: F64, is_source: NDArray[np.bool_], price: F64, into: I64, sweeps: int
) -> int:
    """Raise prices (in place) to the best that any way from a source brings: price[head] is the largest
    price[tail] + worth. `into` : the last arc of that way, -1 where there is none.

    price : float64[num_nodes], given for sources, FAR elsewhere. Arcs in the order in which goods pass need
    few sweeps (Bellman and Ford). Returns how many were made; `sweeps` if it was stopped.
    """
    for sweep in range(sweeps):
        changed = False
        for arc in range(len(tail)):
            reached, node = price[tail[arc]] + worth[arc], head[arc]
            if reached > price[node] and reached > FAR / 2 and not is_source[node]:
                price[node], into[node] = reached, arc
                changed = True
        if not changed:
            return sweep
    return sweeps


@njit(cache=True, nogil=True)
def mark_ways(tail: I64, into: I64, ends: I64, longest: int, marked: NDArray[np.bool_], origin: I64) -> None:
    """Mark (in place) the arcs of the best way to each of `ends`, and note where it begins.

    origin : int64[len(ends)], -1 where no way leads; no way is followed beyond `longest` arcs
    """
    for i in range(len(ends)):
        node, length = ends[i], 0
        while into[node] >= 0 and length < longest:
            marked[into[node]] = True
            node = tail[into[node]]
            length += 1
        origin[i] = node if 0 < length < longest else -1
