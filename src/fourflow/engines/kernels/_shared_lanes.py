"""The half steps of a primal-dual method for flows that share the room of lanes, and what prices prove.

    minimise over prices p, maximise over flows x   sum_n curve_n(p_n) + sum_a x_a (p_head - p_tail - cost_a)

where the flows of each lane keep 0 <= x_a and sum of its x_a <= room, and curve_n says what the listings of
a hub earn at a price: convex, piecewise linear, its slope the net supply. Flow counts in units of room; `per`
of a unit of room reaches the hubs. Steps are those of Chambolle and Pock (2011) in the diagonal metric of
Pock and Chambolle (2011): `width` for flows, `pace` for prices. Both are reflected and drawn to an anchor
(Halpern; Lu and Yang, arXiv 2407.16144): new = weight (2 step - old) + (1 - weight) anchor.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
NEWTON_STEPS = 60


@njit(cache=True, nogil=True)
def toll(wish: F64, width: F64, room: float) -> float:
    """The t >= 0 with sum max(wish - t width, 0) = room, where the wishes above 0 are more: Newton's method
    from below, which is monotone because the sum is convex in t (Michelot 1986)."""
    found = 0.0
    for _ in range(NEWTON_STEPS):
        total, breadth = -room, 0.0
        for i in range(len(wish)):
            if wish[i] > found * width[i]:
                total += wish[i]
                breadth += width[i]
        if breadth == 0.0 or total <= found * breadth * (1 + 1e-14):
            break
        found = total / breadth
    return found


@njit(cache=True, nogil=True)
def step_flows(
    row: I32, ptr: I64, tail: I32, head: I32, cost: F64, per: F64, width: F64, pull: float, room: F64,
    price: F64, flow: F64, anchor: F64, weight: float, step: F64, balance: F64, wish: F64,
) -> float:  # fmt: skip
    """One step of all flows at these prices, from `flow`, which becomes the next point; `balance` gets what
    the hubs would see at 2 step - flow. Returns how far the step went, squared, in its metric.

    row : int32[num_rows] which room; ptr : the arcs of each row; pull : factor of all step sizes
    """
    moved = 0.0
    for k in range(len(row)):
        low, high, total = ptr[k], ptr[k + 1], 0.0
        for a in range(low, high):
            to = flow[a] + pull * width[a] * per[a] * (price[head[a]] - price[tail[a]] - cost[a])
            wish[a] = to
            total += max(to, 0.0)
        left = room[row[k]]
        t = toll(wish[low:high], width[low:high], left) if total > left else 0.0
        for a in range(low, high):
            old, new = flow[a], max(wish[a] - t * width[a], 0.0)
            if old == 0.0 and new == 0.0 and anchor[a] == 0.0:
                step[a] = 0.0
                continue
            step[a] = new
            seen = (2 * new - old) * per[a]
            balance[head[a]] += seen
            balance[tail[a]] -= seen
            moved += (new - old) * (new - old) / width[a]
            flow[a] = weight * (2 * new - old) + (1 - weight) * anchor[a]
    return moved / pull


@njit(cache=True, nogil=True)
def step_prices(
    ptr: I64, ask: F64, above: F64, below: F64, pace: F64, push: float, balance: F64, price: F64,
    anchor: F64, weight: float, step: F64, at: I64,
) -> float:  # fmt: skip
    """One step of all prices: the p with p + pace S(p) = price - pace balance, S the hub's net supply.

    ptr, ask : the prices at which each hub's supply steps up, in order; below : float64[num_hubs] supply
    under the first, above : supply over each; at : how many lay below the last price, where the search
    begins. `price` becomes the next point, `balance` 0. Returns how far the step went, squared.
    """
    moved = 0.0
    for n in range(len(pace)):
        low, count, j = ptr[n], ptr[n + 1] - ptr[n], min(at[n], ptr[n + 1] - ptr[n])
        s = pace[n] * push
        goal = price[n] - s * balance[n]
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
        at[n], balance[n], step[n] = j, 0.0, to
        old = price[n]
        moved += (to - old) * (to - old) / s
        price[n] = weight * (2 * to - old) + (1 - weight) * anchor[n]
    return moved


@njit(cache=True, nogil=True)
def best_tolls(ptr: I64, tail: I32, head: I32, cost: F64, per: F64, price: F64, tolls: F64) -> None:
    """The least toll of each row (in place) at which none of its arcs earns more than it pays."""
    for k in range(len(tolls)):
        most = 0.0
        for a in range(ptr[k], ptr[k + 1]):
            most = max(most, (price[head[a]] - price[tail[a]] - cost[a]) * per[a])
        tolls[k] = most


@njit(cache=True, nogil=True)
def earned(ptr: I64, ask: F64, quantity: F64, is_need: NDArray[np.bool_], price: F64) -> float:
    """What all listings earn at these prices: sum of curve_n(p_n)."""
    total = 0.0
    for n in range(len(price)):
        for j in range(ptr[n], ptr[n + 1]):
            gain = ask[j] - price[n] if is_need[j] else price[n] - ask[j]
            total += quantity[j] * max(gain, 0.0)
    return total
