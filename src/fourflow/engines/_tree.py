"""A proof tree of our own: best bound first with dives, every leaf an LP with integer duals.

HiGHS solves the leaves (warm, by changing column limits) and its MIP may find the incumbent; what proves
the bound are the splits and the duals of the leaves, which anybody can add up again. Branching follows
pseudo-costs that are made reliable by strong branching (Achterberg, Koch and Martin 2005).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from fourflow.engines._claims import bound_within, just_below_next, rounded_down
from fourflow.engines._highs import now
from fourflow.engines._incumbent import Incumbent, complete
from fourflow.engines._infeasible import below, infeasibility
from fourflow.engines._linear import INTEGRAL, Linear, Relaxation
from fourflow.engines._model import F64
from fourflow.problem import Duals, Leaf, ProofTree, Split

RELIABLE = 4
CANDIDATES = 10
LOOK_AHEAD = 4
"""Columns tried in a row without a better one before the best so far is taken."""
MOST_NODES = 200_000


@dataclass
class Node:
    """One subproblem: limits of the whole columns, its bound, and what proves it.

    `ray` with its bound (below 0 at w = V = 0) where there is no point at all; `split` is
    (index into the whole columns, k) once branched.
    """

    lower: F64
    upper: F64
    bound: float
    duals: Duals | None
    depth: int = 0
    ray: Duals | None = None
    ray_bound: float = 0.0
    split: tuple[int, float] | None = None
    children: list[Node] = field(default_factory=list)


class Tree:
    """The search; `root` can be read off as a proof at any time. last : the last program with an answer"""

    def __init__(
        self, linear: Linear, relaxed: Relaxation, incumbent: Incumbent | None, gap: float, grain: float
    ) -> None:
        lower, upper = linear.root_limits()
        self.linear, self.gap, self.grain, self.incumbent = linear, gap, grain, incumbent
        self.root, self.last = Node(lower, upper, relaxed.bound, relaxed.duals), relaxed
        self.open: list[tuple[float, int, Node]] = [(-relaxed.bound, 0, self.root)]
        self.num_nodes = 1
        count = len(linear.whole)
        self.cost, self.seen = np.zeros((2, count)), np.zeros((2, count))

    @property
    def target(self) -> float:
        """A bound that is good enough."""
        if self.incumbent is None:
            return -np.inf
        return just_below_next(
            bound_within(self.linear.given, self.incumbent.objective, self.gap), self.grain
        )

    @property
    def bound(self) -> float:
        """The bound proved so far: the largest over the open nodes and the leaves."""
        largest = max((leaf.bound for leaf in self.leaves() if leaf.ray is None), default=-np.inf)
        return rounded_down(largest, self.grain)

    def leaves(self) -> list[Node]:
        found, todo = [], [self.root]
        while todo:
            node = todo.pop()
            if node.children:
                todo.extend(node.children)
            else:
                found.append(node)
        return found

    def search(
        self, deadline: float, progress: Callable[[float], None], most_nodes: int = MOST_NODES
    ) -> bool:
        """Branch until every open node is within the gap (True), or time or nodes are used up (False)."""
        while self.open:
            bound, number, node = heapq.heappop(self.open)
            if -bound <= self.target:
                return True
            progress(-bound)
            dive: Node | None = node
            while dive is not None:
                if now() > deadline or self.num_nodes > most_nodes:
                    heapq.heappush(self.open, (-dive.bound, number, dive))
                    return False
                dive = self.expand(dive, deadline)
        return True

    def expand(self, node: Node, deadline: float) -> Node | None:
        """Solve a node, split it if need be, and return the child to dive into."""
        relaxed = self.linear.within(node.lower, node.upper, deadline - now())
        if relaxed.status.startswith("infeasible"):
            self.show_infeasible(node, deadline)
            return None
        if relaxed.flow is None or relaxed.y is None or relaxed.status != "optimal":
            return None
        if relaxed.bound < node.bound:
            node.bound, node.duals = relaxed.bound, relaxed.duals
        if node.bound <= self.target:
            return None
        self.last = relaxed
        values = self.linear.whole_values(relaxed.flow, relaxed.y)
        fractional = np.flatnonzero(np.abs(values - np.rint(values)) > INTEGRAL)
        if not len(fractional):
            self.offer(np.rint(values), deadline)
            if (node.upper > node.lower).any() and node.bound > self.target:
                return self.split_off(node, values)
            return None
        return self.split(node, values, fractional, deadline)

    def offer(self, values: F64, deadline: float) -> None:
        """Take the point with these whole values as incumbent if it is better."""
        found = complete(self.linear, values, deadline)
        if found is not None and (self.incumbent is None or found.objective > self.incumbent.objective):
            self.incumbent = found

    def show_infeasible(self, node: Node, deadline: float) -> None:
        box = self.linear.box(node.lower, node.upper)
        if (box.lower > box.upper).any():
            node.ray, node.bound = node.duals, -np.inf
            return
        found = infeasibility(self.linear.problem, box, max(deadline - now(), 1.0))
        if found is not None:
            node.ray, node.ray_bound = found
            node.bound = -np.inf

    def split_off(self, node: Node, values: F64) -> Node | None:
        """An integral node whose bound is short of its point only by rounding: fix one more column, the one
        whose rounding is worth most."""
        free = np.flatnonzero(node.upper > node.lower)
        off = np.abs(values - np.rint(values)) * np.abs(self.linear.model.cost[self.linear.whole])
        column, values = int(free[np.argmax(off[free])]), np.rint(values)
        k = values[column] if values[column] < node.upper[column] else values[column] - 1
        return self.branch(node, column, float(k), values[column] > k)

    def split(self, node: Node, values: F64, fractional: np.ndarray, deadline: float) -> Node:
        column = self.choose(node, values, fractional, deadline)
        k = float(np.floor(values[column]))
        return self.branch(node, column, k, values[column] - k > 0.5)

    def branch(self, node: Node, column: int, k: float, up_first: bool) -> Node:
        node.split = (column, k)
        for side in (0, 1):
            lower, upper = node.lower.copy(), node.upper.copy()
            if side == 0:
                upper[column] = min(upper[column], k)
            else:
                lower[column] = max(lower[column], k + 1)
            node.children.append(Node(lower, upper, node.bound, node.duals, node.depth + 1))
        self.num_nodes += 2
        near, far = node.children[1 if up_first else 0], node.children[0 if up_first else 1]
        heapq.heappush(self.open, (-far.bound, self.num_nodes, far))
        return near

    def choose(self, node: Node, values: F64, fractional: np.ndarray, deadline: float) -> int:
        """The column whose two sides fall most (product rule), by pseudo-costs or by trying."""
        share = values - np.floor(values)
        middle = np.minimum(share, 1 - share)[fractional]
        order = fractional[np.argsort(-middle, kind="stable")]
        known = (self.seen[:, order] >= RELIABLE).all(axis=0)
        best, best_score, idle = int(order[0]), -1.0, 0
        tried = [int(c) for c in order[~known][:CANDIDATES]]
        for column in [int(c) for c in order[known]] + tried:
            try_it = column in tried
            if idle >= LOOK_AHEAD:
                break
            falls = self.falls(node, column, values, share, try_it, deadline)
            score = max(falls[0], 1e-9) * max(falls[1], 1e-9)
            idle += try_it
            if score > best_score:
                best, best_score, idle = column, score, 0
        return best

    def falls(
        self, node: Node, column: int, values: F64, share: F64, try_it: bool, deadline: float
    ) -> tuple[float, float]:
        """By how much the bound falls on either side, tried or estimated."""
        results = []
        for side, distance in ((0, share[column]), (1, 1 - share[column])):
            if not try_it:
                results.append(self.cost[side, column] / self.seen[side, column] * distance)
                continue
            lower, upper = node.lower.copy(), node.upper.copy()
            if side == 0:
                upper[column] = np.floor(values[column])
            else:
                lower[column] = np.floor(values[column]) + 1
            worth = self.linear.worth_within(lower, upper, deadline - now())
            fall = max(node.bound - worth, 0.0) if np.isfinite(worth) else abs(node.bound) + 1.0
            if np.isfinite(worth):
                self.cost[side, column] += fall / distance
                self.seen[side, column] += 1
            results.append(
                min(fall, max(node.bound - self.target, 0.0)) if np.isfinite(self.target) else fall
            )
        return results[0], results[1]

    def proved(self) -> tuple[ProofTree, float] | None:
        """The tree as a proof, and its bound; None while a leaf has no duals at all."""
        proof = self.proof()
        return None if proof is None else (proof, self.bound)

    def proof(self) -> ProofTree | None:
        done: dict[int, ProofTree] = {}
        todo = [self.root]
        while todo:
            node = todo[-1]
            waiting = [child for child in node.children if id(child) not in done]
            if waiting:
                todo.extend(waiting)
                continue
            todo.pop()
            if node.split is not None:
                column = int(self.linear.whole[node.split[0]])
                left, right = node.children
                done[id(node)] = Split(column, int(node.split[1]), done[id(left)], done[id(right)])
                continue
            duals = self.leaf_duals(node)
            if duals is None:
                return None
            done[id(node)] = Leaf(duals)
        return done[id(self.root)]

    def leaf_duals(self, node: Node) -> Duals | None:
        if node.ray is None or node.ray_bound == 0.0:
            return node.duals
        if self.incumbent is None or node.duals is None:
            return node.ray
        linear, box = self.linear, self.linear.box(node.lower, node.upper)
        return below(
            linear.problem,
            node.duals,
            node.ray,
            node.ray_bound,
            self.incumbent.objective,
            linear.model.kept,
            box,
        )
