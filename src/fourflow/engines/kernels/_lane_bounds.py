"""What prices of hubs prove where flows share the room of lanes, and which flows may matter at them."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fourflow.engines.kernels._shared_lanes import F64, I32, I64, U32, U64


@njit(cache=True, nogil=True)
def rents(
    begin: int, end: int, ptr: I64, tail: I32, head: I32, cost: F64, per: F64, price: F64, room: F64
) -> float:
    """What the rooms of rows begin..end earn, at the least tolls at which no arc gains more than it pays."""
    total = 0.0
    for k in range(begin, end):
        most = 0.0
        for a in range(ptr[k], ptr[k + 1]):
            most = max(most, (price[head[a]] - price[tail[a]] - cost[a]) * per[a])
        total += most * room[k]
    return total


@njit(cache=True, nogil=True)
def earned(
    begin: int, end: int, ptr: I64, ask: F64, quantity: F64, is_need: NDArray[np.bool_], price: F64
) -> float:
    """What the listings of hubs begin..end earn at these prices: sum of curve_n(p_n)."""
    total = 0.0
    for n in range(begin, end):
        for j in range(ptr[n], ptr[n + 1]):
            gain = ask[j] - price[n] if is_need[j] else price[n] - ask[j]
            total += quantity[j] * max(gain, 0.0)
    return total


@njit(cache=True, nogil=True)
def choose(
    begin: int, end: int, ptr: I64, tail: I32, head: I32, cost: F64, per: F64, breadth: F64, share: float,
    flow: F64, price: F64, margin: float, touched: F64, row: I32, low: U64, high: U64, arc: I64,
    tails: U32, heads: U32, costs: F64, pers: F64, width: F64, step: F64,
) -> int:  # fmt: skip
    """The arcs of rows begin..end that carry something, or would gain if prices moved by `margin`: their
    rows, ends, costs, widths and flows one after the other from ptr[begin] on; how many rows they are in.
    Rows without room have none.

    breadth : what counts as wide, an arc is `share` of that and what it carries; touched : float64[num_hubs]
    gets what all arcs, chosen or not, may move at their ends
    """
    rows, place = 0, ptr[begin]
    for k in range(begin, end):
        first = place
        for a in range(ptr[k], ptr[k + 1]):
            wide = 0.5 / (1 + share) * (share * breadth[a] + flow[a]) / per[a]
            touched[tail[a]] += 2 * wide * per[a] * per[a]
            touched[head[a]] += 2 * wide * per[a] * per[a]
            matters = flow[a] > 0.0 or price[head[a]] - price[tail[a]] - cost[a] > -margin
            if matters and wide > 0.0:
                arc[place], tails[place], heads[place] = a, tail[a], head[a]
                costs[place], pers[place], width[place], step[place] = cost[a], per[a], wide, flow[a]
                place += 1
        if place > first:
            row[begin + rows], low[begin + rows], high[begin + rows] = k, first, place
            rows += 1
    return rows
