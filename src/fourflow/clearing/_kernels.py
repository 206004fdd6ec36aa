"""Loops over flows in Numba: cycles taken out, paths peeled off.

The graph of one call holds all hubs of all pools: pools share no hub, so they do not meet.
Arcs of a node stand together (`start`), already in canonical order.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,type-arg"

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def cancel(start, head, flow):
    """Reduce `flow` in place until no directed cycle carries anything. O(arcs x longest cycle).

    start : int64[num_nodes + 1]; head : int64[num_arcs]; flow : int64[num_arcs].
    Depth-first: a node on the stack that is met again closes a cycle; its smallest flow is taken off
    and the walk goes back to the first arc that became empty.
    """
    num_nodes = len(start) - 1
    state = np.zeros(num_nodes, np.uint8)  # 0 new, 1 on the stack, 2 done
    cursor = start[:-1].copy()
    depth_of = np.zeros(num_nodes, np.int64)
    stack = np.empty(num_nodes + 1, np.int64)
    taken = np.empty(num_nodes + 1, np.int64)  # taken[d] : arc from stack[d] to stack[d + 1]
    for root in range(num_nodes):
        if state[root] != 0:
            continue
        depth = 0
        stack[0] = root
        state[root] = 1
        depth_of[root] = 0
        while depth >= 0:
            node = stack[depth]
            while cursor[node] < start[node + 1] and flow[cursor[node]] == 0:
                cursor[node] += 1
            if cursor[node] == start[node + 1]:
                state[node] = 2
                depth -= 1
                if depth >= 0:
                    cursor[stack[depth]] += 1
                continue
            arc = cursor[node]
            target = head[arc]
            if state[target] == 2:
                cursor[node] += 1
            elif state[target] == 0:
                taken[depth] = arc
                depth += 1
                stack[depth] = target
                state[target] = 1
                depth_of[target] = depth
            else:
                taken[depth] = arc
                first = depth_of[target]
                least = flow[arc]
                for d in range(first, depth):
                    least = min(least, flow[taken[d]])
                back = depth
                for d in range(depth, first - 1, -1):
                    flow[taken[d]] -= least
                    if flow[taken[d]] == 0:
                        back = d
                for d in range(back + 1, depth + 1):
                    state[stack[d]] = 0
                depth = back


@njit(cache=True)
def _next_need(hub, owner, start, first, left, need_owner):
    """The first need at `hub` that still wants something and is not the giver's own, else -1."""
    while first[hub] < start[hub + 1] and left[first[hub]] == 0:
        first[hub] += 1
    for need in range(first[hub], start[hub + 1]):
        if left[need] > 0 and need_owner[need] != owner:
            return need
    return -1


@njit(cache=True)
def peel(giver_hub, giver_left, giver_owner, need_start, need_left, need_owner, start, head, flow, path_arc):
    """Peel paths off a flow without cycles: first what stays at its hub, then the rest, giver by giver.

    giver_* : [num_givers] in canonical order; need_* : needs of a hub together, need_start[hub];
    start, head, flow : arcs between hubs. The arrays *_left and flow are used up.
    path_arc : room for the arcs of all paths; what does not fit is counted, but not written.
    Returns giver, need, quantity : [num_paths]; path_start : [num_paths + 1], into path_arc.
    A giver meets its own participant's need only where nothing else is left at the end of its way.
    Each path empties a giver, a need or an arc, so there are at most that many.
    """
    most = len(giver_left) + len(need_left) + len(flow) + 1
    giver = np.empty(most, np.int64)
    need_of = np.empty(most, np.int64)
    quantity = np.empty(most, np.int64)
    path_start = np.zeros(most + 1, np.int64)
    first = need_start[:-1].copy()
    cursor = start[:-1].copy()
    walk = np.empty(len(start), np.int64)
    count = 0
    used = 0
    for far in range(2):
        for g in range(len(giver_left)):
            while giver_left[g] > 0:
                hub = giver_hub[g]
                length = 0
                need = _next_need(hub, giver_owner[g], need_start, first, need_left, need_owner)
                if need < 0 and far == 0:
                    break
                while need < 0:
                    while cursor[hub] < start[hub + 1] and flow[cursor[hub]] == 0:
                        cursor[hub] += 1
                    if cursor[hub] == start[hub + 1]:
                        need = _next_need(hub, -2, need_start, first, need_left, need_owner)
                        assert need >= 0  # else the flow is not balanced at every hub
                        break
                    walk[length] = cursor[hub]
                    length += 1
                    hub = head[cursor[hub]]
                    need = _next_need(hub, giver_owner[g], need_start, first, need_left, need_owner)
                amount = min(giver_left[g], need_left[need])
                for i in range(length):
                    amount = min(amount, flow[walk[i]])
                giver_left[g] -= amount
                need_left[need] -= amount
                for i in range(length):
                    flow[walk[i]] -= amount
                    if used + i < len(path_arc):
                        path_arc[used + i] = walk[i]
                used += length
                giver[count] = g
                need_of[count] = need
                quantity[count] = amount
                count += 1
                path_start[count] = used
    return giver[:count], need_of[:count], quantity[:count], path_start[: count + 1]
