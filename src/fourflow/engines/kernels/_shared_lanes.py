"""The half steps of a primal-dual method for flows that share the room of lanes, and what prices prove.

    minimise over prices p, maximise over flows x   sum_n curve_n(p_n) + sum_a x_a (p_head - p_tail - cost_a)

where the flows of each lane keep 0 <= x_a and sum of its x_a <= room, and curve_n says what the listings of
a hub earn at a price: convex, piecewise linear, its slope the net supply. Flow counts in units of room; `per`
of a unit of room reaches the hubs. Steps are those of Chambolle and Pock (2011) in the diagonal metric of
Pock and Chambolle (2011): `width` for flows, `pace` for prices. Both are reflected and drawn to an anchor
(Halpern; Lu and Yang, arXiv 2407.16144): new = weight (2 step - old) + (1 - weight) anchor.

Threads walk together: each has rows and hubs of its own, steps the flows of its rows into a balance of its
own, and meets the others before and after the prices. As many threads give the same answer again.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
NEWTON_STEPS = 60


@njit(cache=True, nogil=True, error_model="numpy")
def toll(wish: F64, width: F64, low: int, high: int, room: float, guess: float) -> float:
    """The t >= 0 with sum max(wish - t width, 0) = room over arcs low..high, where wishes above 0 are more:
    Newton's method (Michelot 1986). The sum is convex in t: from any guess all steps but one lead up."""
    found = guess
    for i in range(NEWTON_STEPS):
        total, breadth = -room, 0.0
        for a in range(low, high):
            if wish[a] > found * width[a]:
                total += wish[a]
                breadth += width[a]
        if total <= 0.0:  # so far up that all wishes fit: from the bottom, then
            if found == 0.0:
                break
            found = 0.0
            continue
        new = total / breadth
        if new == found or (i > 0 and new <= found * (1 + 1e-14)):
            break
        found = new
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def step_flows(
    row: I32, low: U64, high: U64, tail: U32, head: U32, cost: F64, per: F64, width: F64, pull: float,
    room: F64, price: F64, flow: F64, anchor: F64, weight: float, step: F64, balance: F64, wish: F64,
    paid: F64,
) -> float:  # fmt: skip
    """One step of all flows at these prices, from `flow`, which becomes the next point; `balance` gets what
    the hubs would see at 2 step - flow. Returns how far the step went, squared, in its metric.

    row : int32[num_rows] which room, low, high : its arcs; pull : factor of all step sizes; paid : float64
    [num_rows] the tolls of the last step, from which those of this one are looked for. Indices without a
    sign are half as dear: Numba asks of others whether they count from the end.
    """
    moved = 0.0
    for k in range(len(row)):
        total = 0.0
        for a in range(low[k], high[k]):
            to = flow[a] + pull * width[a] * per[a] * (price[head[a]] - price[tail[a]] - cost[a])
            wish[a] = to
            total += max(to, 0.0)
        left, t = room[row[k]], 0.0
        if total > left:
            t = paid[k] = toll(wish, width, low[k], high[k], left, paid[k])
        for a in range(low[k], high[k]):
            old, new = flow[a], max(wish[a] - t * width[a], 0.0)
            step[a], twice = new, 2 * new - old
            balance[head[a]] += twice * per[a]
            balance[tail[a]] -= twice * per[a]
            moved += (new - old) * (new - old) / width[a]
            flow[a] = weight * twice + (1 - weight) * anchor[a]
    return moved / pull


@njit(cache=True, nogil=True)
def step_prices(
    begin: int, end: int, ptr: I64, ask: F64, above: F64, below: F64, pace: F64, push: float, balance: F64,
    price: F64, anchor: F64, weight: float, step: F64, at: I64,
) -> float:  # fmt: skip
    """One step of the prices of hubs begin..end: the p with p + pace S(p) = price - pace balance, S the hub's
    net supply.

    ptr, ask : the prices at which each hub's supply steps up, in order; below : float64[num_hubs] supply
    under the first, above : supply over each; at : how many lay below the last price, where the search
    begins; balance : float64[threads, num_hubs], which becomes 0; `price` becomes the next point. Returns
    how far the step went, squared.
    """
    moved = 0.0
    for n in range(begin, end):
        seen = 0.0
        for part in range(len(balance)):
            seen += balance[part, n]
            balance[part, n] = 0.0
        low, count, j = ptr[n], ptr[n + 1] - ptr[n], min(at[n], ptr[n + 1] - ptr[n])
        s = pace[n] * push
        goal = price[n] - s * seen
        while True:
            supply = above[low + j - 1] if j > 0 else below[n]
            to = goal - s * supply
            if j > 0 and to < ask[low + j - 1]:
                j -= 1
                if goal - s * (above[low + j - 1] if j > 0 else below[n]) >= ask[low + j]:
                    to = ask[low + j]
                    break
            elif j < count and to > ask[low + j]:
                if goal - s * above[low + j] <= ask[low + j]:
                    to = ask[low + j]
                    break
                j += 1
            else:
                break
        at[n], step[n] = j, to
        old = price[n]
        moved += (to - old) * (to - old) / s
        price[n] = weight * (2 * to - old) + (1 - weight) * anchor[n]
    return moved
