"""The primal network simplex method in exact integers.

    minimise  sum cost x  subject to  inflow = outflow at every node but the root,  0 <= x <= capacity

A basis is a spanning tree. An arc whose reduced cost (cost + price[tail] - price[head]) is wrong for the
bound it lies at enters; flow is sent round the cycle that it closes until an arc of the tree is at a
bound; that arc leaves, and the subtree cut off is hung up again with new prices. Candidates are looked
for in blocks of sqrt(arcs) (Kiraly and Kovacs 2012); of the arcs that block, the last one along the
cycle from its top leaves, which keeps the tree strongly feasible and so forbids cycling (Cunningham
1976). Time is about (pivots) x (block + cycle + subtree).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

I64 = NDArray[np.int64]

NO_LIMIT = np.iinfo(np.int64).max
OPTIMAL, UNBOUNDED, UNFINISHED = 0, 1, 2
TREE, LOWER, UPPER = 0, 1, -1


@njit(cache=True)
def entering(
    start: int, block: int, tail: I64, head: I64, cost: I64, price: I64, state: I64
) -> tuple[int, int]:
    """The arc of the next block with the worst reduced cost, -1 if no arc is wrong; where to go on."""
    num_arcs = len(tail)
    worst, chosen, seen = 0, -1, 0
    arc = start
    while seen < num_arcs:
        for _ in range(min(block, num_arcs - seen)):
            reduced = state[arc] * (cost[arc] + price[tail[arc]] - price[head[arc]])
            if reduced < worst:
                worst, chosen = reduced, arc
            arc = arc + 1 if arc + 1 < num_arcs else 0
        seen += block
        if chosen >= 0:
            break
    return chosen, arc


@njit(cache=True)
def detach(node: int, parent: I64, first_child: I64, next_sibling: I64, previous_sibling: I64) -> None:
    before, after = previous_sibling[node], next_sibling[node]
    if before >= 0:
        next_sibling[before] = after
    else:
        first_child[parent[node]] = after
    if after >= 0:
        previous_sibling[after] = before


@njit(cache=True)
def attach(
    node: int, to: int, parent: I64, first_child: I64, next_sibling: I64, previous_sibling: I64
) -> None:
    after = first_child[to]
    parent[node], first_child[to] = to, node
    next_sibling[node], previous_sibling[node] = after, -1
    if after >= 0:
        previous_sibling[after] = node


@njit(cache=True)
def hang(
    top: int,
    cut: int,
    anchor: int,
    arc: int,
    parent: I64,
    above: I64,
    first_child: I64,
    next_sibling: I64,
    previous_sibling: I64,
) -> None:
    """Make `top` the root of the subtree cut off above `cut`, and hang it under `anchor` by `arc`."""
    node, new_parent, new_arc = top, anchor, arc
    while True:
        old_parent, old_arc = parent[node], above[node]
        detach(node, parent, first_child, next_sibling, previous_sibling)
        attach(node, new_parent, parent, first_child, next_sibling, previous_sibling)
        above[node] = new_arc
        if node == cut:
            return
        node, new_parent, new_arc = old_parent, node, old_arc


@njit(cache=True)
def lift(
    top: int, change: int, price: I64, depth: I64, parent: I64, first_child: I64, next_sibling: I64
) -> None:
    """Add `change` to the prices of the subtree of `top`, and count its depths anew."""
    node = top
    while True:
        price[node] += change
        depth[node] = depth[parent[node]] + 1
        if first_child[node] >= 0:
            node = first_child[node]
            continue
        while node != top and next_sibling[node] < 0:
            node = parent[node]
        if node == top:
            return
        node = next_sibling[node]


@njit(cache=True)
def pivot_on(
    num_real: int, tail: I64, head: I64, cost: I64, capacity: I64, flow: I64, state: I64, price: I64,
    parent: I64, above: I64, depth: I64, first_child: I64, next_sibling: I64, previous_sibling: I64,
    block: int, at: int, most_pivots: int,
) -> tuple[int, int, int]:  # fmt: skip
    """Pivot (all arrays in place) until optimal, or `most_pivots` times: (status, where to go on, pivots)."""
    pivots = 0
    while pivots < most_pivots:
        arc, at = entering(at, block, tail[:num_real], head[:num_real], cost, price, state)
        if arc < 0:
            return OPTIMAL, at, pivots
        pivots += 1
        first, second = (tail[arc], head[arc]) if state[arc] == LOWER else (head[arc], tail[arc])
        left, right = first, second
        while left != right:
            if depth[left] >= depth[right]:
                left = parent[left]
            else:
                right = parent[right]
        join = left
        room, cut, on_first = capacity[arc], -1, False
        node = first
        while node != join:
            tree_arc = above[node]
            upward = tail[tree_arc] == node
            free = flow[tree_arc] if upward else capacity[tree_arc] - flow[tree_arc]
            if free < room and (upward or capacity[tree_arc] < NO_LIMIT):
                room, cut, on_first = free, node, True
            node = parent[node]
        node = second
        while node != join:
            tree_arc = above[node]
            upward = tail[tree_arc] == node
            free = capacity[tree_arc] - flow[tree_arc] if upward else flow[tree_arc]
            if free <= room and (not upward or capacity[tree_arc] < NO_LIMIT):
                room, cut, on_first = free, node, False
            node = parent[node]
        if cut < 0 and room == NO_LIMIT:
            return UNBOUNDED, at, pivots
        if room > 0:
            flow[arc] += state[arc] * room
            node = first
            while node != join:
                flow[above[node]] += -room if tail[above[node]] == node else room
                node = parent[node]
            node = second
            while node != join:
                flow[above[node]] += room if tail[above[node]] == node else -room
                node = parent[node]
        if cut < 0:
            state[arc] = -state[arc]
            continue
        leaving = above[cut]
        state[leaving] = LOWER if flow[leaving] == 0 else UPPER
        reduced = cost[arc] + price[tail[arc]] - price[head[arc]]
        state[arc] = TREE
        top, anchor = (first, second) if on_first else (second, first)
        hang(top, cut, anchor, arc, parent, above, first_child, next_sibling, previous_sibling)
        lift(top, reduced if head[arc] == top else -reduced, price, depth, parent, first_child, next_sibling)
    return UNFINISHED, at, pivots


class NetworkSimplex:
    """A network and its basis, which starts from x = 0 with every node on an artificial arc to the root.

    tail, head : int64[num_arcs]; cost, capacity : int64[num_arcs], capacity NO_LIMIT = none
    num_nodes : the last one is the root; big : cost of an artificial arc, above the cost of any path
    flow, state (0 in the tree, 1 at 0, -1 at capacity) : of the arcs, then of the artificial arcs, one
    per node; price : int64[num_nodes]. The flow is feasible at any time.
    """

    def __init__(self, tail: I64, head: I64, cost: I64, capacity: I64, num_nodes: int, big: int) -> None:
        self.num_arcs, root, nodes = len(tail), num_nodes - 1, np.arange(num_nodes)
        self.tail = np.concatenate([tail, nodes])
        self.head = np.concatenate([head, np.full(num_nodes, root)])
        self.cost = np.concatenate([cost, np.full(num_nodes, big)])
        self.capacity = np.concatenate([capacity, np.full(num_nodes, NO_LIMIT)])
        self.flow = np.zeros(len(self.tail), np.int64)
        self.state = np.full(len(self.tail), LOWER, np.int64)
        self.state[self.num_arcs :] = TREE
        self.price = np.full(num_nodes, -big)
        self.price[root] = 0
        parent, above, depth = np.full(num_nodes, root), self.num_arcs + nodes, np.ones(num_nodes, np.int64)
        parent[root], above[root], depth[root] = -1, -1, 0
        first_child, next_sibling, previous_sibling = np.full(num_nodes, -1), nodes + 1, nodes - 1
        if root > 0:
            first_child[root], next_sibling[root - 1] = 0, -1
        next_sibling[root] = previous_sibling[root] = -1
        self._tree = (parent, above, depth, first_child, next_sibling, previous_sibling)
        self._block = max(20, int(np.sqrt(self.num_arcs)))
        self._at = 0
        self.pivots = 0

    def run(self, most_pivots: int) -> int:
        """Pivot at most so often; OPTIMAL, UNBOUNDED, or UNFINISHED."""
        status, self._at, pivots = pivot_on(
            self.num_arcs, self.tail, self.head, self.cost, self.capacity, self.flow, self.state, self.price,
            *self._tree, self._block, self._at, most_pivots,
        )  # fmt: skip
        self.pivots += pivots
        return int(status)
