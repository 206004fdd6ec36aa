"""Repair of a nearly feasible integer flow: few quanta are moved along short residual paths.

A vertex of a network is whole once rounded; a vertex with coupling rows, or an interior point, is
out of balance by a few quanta here and there. Rows over their limit give quanta back first; then each
node out of balance sends its excess along the shortest residual path (fewest arcs) to a node with
room. Every step keeps caps and coupling rows, so the flow is feasible once no node is left over.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Flags = NDArray[np.bool_]

NO_LIMIT = np.iinfo(np.int64).max
MOST_TRIES = 50
"""Paths tried from one node before it is given up."""


@njit(cache=True)
def room_in_rows(
    arc: int, sign: int, arc_ptr: I64, arc_row: I64, arc_g: F64, activity: F64, row_lower: F64, row_upper: F64
) -> int:
    """Quanta by which `arc` may change in the direction `sign` before a coupling row is hit."""
    room = 1e18
    for e in range(arc_ptr[arc], arc_ptr[arc + 1]):
        step, k = sign * arc_g[e], arc_row[e]
        if step > 0.0:
            room = min(room, np.floor((row_upper[k] - activity[k]) / step))
        elif step < 0.0:
            room = min(room, np.floor((row_lower[k] - activity[k]) / step))
    return int(max(room, 0.0))


@njit(cache=True)
def move(
    arc: int,
    quanta: int,
    flow: I64,
    balance: I64,
    tail: I64,
    head: I64,
    arc_ptr: I64,
    arc_row: I64,
    arc_g: F64,
    activity: F64,
) -> None:
    """Change the flow on `arc` by `quanta`, and what nodes and rows see of it."""
    flow[arc] += quanta
    balance[head[arc]] += quanta
    balance[tail[arc]] -= quanta
    for e in range(arc_ptr[arc], arc_ptr[arc + 1]):
        activity[arc_row[e]] += arc_g[e] * quanta


@njit(cache=True)
def relieve_rows(
    flow: I64,
    balance: I64,
    activity: F64,
    tail: I64,
    head: I64,
    capacity: I64,
    fixed: Flags,
    row_ptr: I64,
    row_arc: I64,
    row_g: F64,
    row_lower: F64,
    row_upper: F64,
    arc_ptr: I64,
    arc_row: I64,
    arc_g: F64,
) -> int:
    """Give back quanta until no coupling row is beyond its limits; the number of rows still beyond."""
    beyond = 0
    for k in range(len(row_lower)):
        for e in range(row_ptr[k], row_ptr[k + 1]):
            over, under = activity[k] - row_upper[k], row_lower[k] - activity[k]
            excess = over if over > 0.0 else -under if under > 0.0 else 0.0
            arc, g = row_arc[e], row_g[e]
            if excess == 0.0:
                break
            if fixed[arc] or g == 0.0:
                continue
            sign = -1 if (excess > 0.0) == (g > 0.0) else 1
            room = flow[arc] if sign < 0 else capacity[arc] - flow[arc]
            quanta = min(np.int64(min(np.ceil(abs(excess) / abs(g)), 1e18)), room)
            if quanta > 0:
                move(arc, sign * quanta, flow, balance, tail, head, arc_ptr, arc_row, arc_g, activity)
        if activity[k] > row_upper[k] or activity[k] < row_lower[k]:
            beyond += 1
    return beyond


@njit(cache=True)
def find_path(
    start: int,
    sign: int,
    came_by: I64,
    queue: I64,
    banned: Flags,
    flow: I64,
    balance: I64,
    activity: F64,
    tail: I64,
    head: I64,
    capacity: I64,
    fixed: Flags,
    lower: I64,
    upper: I64,
    arc_ptr: I64,
    arc_row: I64,
    arc_g: F64,
    row_lower: F64,
    row_upper: F64,
    node_ptr: I64,
    node_arc: I64,
) -> tuple[int, int]:
    """Breadth first over residual arcs to the nearest node with room; (that node or -1, nodes reached).

    sign +1 sends an excess out of `start`, -1 fetches a lack. `came_by[node]` is the arc that reached it.
    """
    queue[0], filled, read = start, 1, 0
    came_by[start] = -2
    while read < filled:
        node = queue[read]
        read += 1
        for e in range(node_ptr[node], node_ptr[node + 1]):
            arc = node_arc[e]
            outward = tail[arc] == node
            other = head[arc] if outward else tail[arc]
            change = sign if outward else -sign
            if came_by[other] != -1 or fixed[arc] or banned[arc]:
                continue
            room = capacity[arc] - flow[arc] if change > 0 else flow[arc]
            if room <= 0:
                continue
            if room_in_rows(arc, change, arc_ptr, arc_row, arc_g, activity, row_lower, row_upper) <= 0:
                continue
            came_by[other] = arc
            queue[filled] = other
            filled += 1
            if (sign > 0 and balance[other] < upper[other]) or (sign < 0 and balance[other] > lower[other]):
                return other, filled
    return -1, filled


@njit(cache=True)
def push_path(
    start: int,
    end: int,
    sign: int,
    amount: int,
    came_by: I64,
    flow: I64,
    balance: I64,
    activity: F64,
    tail: I64,
    head: I64,
    capacity: I64,
    arc_ptr: I64,
    arc_row: I64,
    arc_g: F64,
    row_lower: F64,
    row_upper: F64,
) -> int:
    """Move `amount` along the path found, -1; on an arc without the room undo it all and return that arc."""
    node = end
    while node != start:
        arc = came_by[node]
        inward = head[arc] == node
        change = sign if inward else -sign
        room = capacity[arc] - flow[arc] if change > 0 else flow[arc]
        rows = room_in_rows(arc, change, arc_ptr, arc_row, arc_g, activity, row_lower, row_upper)
        if min(room, rows) < amount:
            back = end
            while back != node:
                undo = came_by[back]
                in_back = head[undo] == back
                step = -amount * (sign if in_back else -sign)
                move(undo, step, flow, balance, tail, head, arc_ptr, arc_row, arc_g, activity)
                back = tail[undo] if in_back else head[undo]
            return int(arc)
        move(arc, change * amount, flow, balance, tail, head, arc_ptr, arc_row, arc_g, activity)
        node = tail[arc] if inward else head[arc]
    return -1


@njit(cache=True)
def balance_nodes(
    flow: I64,
    balance: I64,
    activity: F64,
    tail: I64,
    head: I64,
    capacity: I64,
    fixed: Flags,
    lower: I64,
    upper: I64,
    arc_ptr: I64,
    arc_row: I64,
    arc_g: F64,
    row_lower: F64,
    row_upper: F64,
    node_ptr: I64,
    node_arc: I64,
) -> int:
    """Send the excess (or fetch the lack) of every unbalanced node; the number of nodes given up."""
    nodes = len(lower)
    came_by = np.full(nodes, -1, np.int64)
    queue = np.empty(nodes, np.int64)
    banned = np.zeros(len(tail), np.bool_)
    given_up = 0
    for start in range(nodes):
        for _ in range(MOST_TRIES):
            # Compared before subtracted: a limit of INF less a balance would not fit.
            excess = balance[start] - upper[start] if balance[start] > upper[start] else 0
            lack = lower[start] - balance[start] if balance[start] < lower[start] else 0
            if excess == 0 and lack == 0:
                break
            sign = 1 if excess > 0 else -1
            end, reached = find_path(
                start, sign, came_by, queue, banned, flow, balance, activity, tail, head, capacity, fixed,
                lower, upper, arc_ptr, arc_row, arc_g, row_lower, row_upper, node_ptr, node_arc,
            )  # fmt: skip
            if end >= 0:
                amount = excess if sign > 0 else lack
                limit = upper[end] if sign > 0 else lower[end]
                if abs(limit) < NO_LIMIT:
                    amount = min(amount, abs(limit - balance[end]))
                blocked = 0
                while amount > 0 and blocked >= 0:
                    blocked = push_path(
                        start, end, sign, amount, came_by, flow, balance, activity, tail, head, capacity,
                        arc_ptr, arc_row, arc_g, row_lower, row_upper,
                    )  # fmt: skip
                    banned[blocked] = banned[blocked] or (blocked >= 0 and amount == 1)
                    amount //= 2
            for i in range(reached):
                came_by[queue[i]] = -1
            if end < 0:
                break
        if balance[start] > upper[start] or balance[start] < lower[start]:
            given_up += 1
    return given_up
