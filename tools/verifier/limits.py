"""Limits that the awards set to prices: on differences along arcs, and on the dual of each node."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

from verifier.files import need
from verifier.kinds import across
from verifier.losses import Scale
from verifier.problem import Problem


class Limits:
    """low <= pi_head - pi_tail <= high of every arc between two nodes, floor <= pi <= ceiling of every node,
    in integers of the node duals; None is no limit. Those of the program: no arc, node or switch may lose
    more than it does at the price duals. Rows that limit one arc alone are caps of it (`solo`: row by arc);
    the lines of a bundle with several lines keep their duals (`fixed`)."""

    def __init__(self, p: Problem, scale: Scale, dual: dict[int, int]) -> None:
        self.p, self.scale = p, scale
        self.point = [dual.get(i, 0) for i in range(p.num_nodes)]
        self.unit = scale.per_node * p.factor  # of reduced values, in one integer of node dual
        need(scale.per_arc % self.unit == 0, "the price duals are coarser than what arcs are worth")
        self.dual, self.activity = dual, p.activity()
        self.solo = self.find_solo()
        self.low, self.high, self.net = self.arc_limits()
        self.floor, self.ceiling = self.node_limits()
        self.fixed = self.bundle_limits()

    def find_solo(self) -> dict[int, int]:
        """arc -> its row: the first  g x <= U  with g > 0 that holds nothing else, and is no looser than the
        arc's own cap. Those are left out whose rent no decimal fraction can say."""
        p, count, only = self.p, defaultdict[int, int](int), dict[int, tuple[int, int]]()
        for i, j, g in p.entries():
            if i >= p.num_nodes and g:
                count[i] += 1
                only[i] = j, g
        first: dict[int, int] = {}
        for i, (j, _) in sorted(only.items()):
            if count[i] == 1 and j < p.num_arcs and p.lower[i] is None and p.upper[i] is not None:
                first.setdefault(j, i)
        found: dict[int, int] = {}
        for j, i in first.items():
            g, most = only[i][1], p.upper[i] or 0
            tight = p.capacity[j] < 0 or most <= g * p.capacity[j]
            if g > 0 and p.tail[j] != p.head[j] and tight and self.is_decimal(g * self.scale.per_row):
                found[j] = i
        self.per_rent = {j: only[i][1] * self.scale.per_row for j, i in found.items()}
        charge = self.charges({*found.values()})
        return {j: i for j, i in found.items() if charge.get(j, 0) % self.unit == 0}

    def is_decimal(self, divisor: int) -> bool:
        """Whether a node dual's integer, divided by this, ends after some decimals."""
        divisor //= math.gcd(self.unit, divisor)
        for prime in (2, 5):
            while divisor % prime == 0:
                divisor //= prime
        return divisor == 1

    def charges(self, without: set[int]) -> dict[int, int]:
        """What the prices of coupling rows come to on each column."""
        charge: dict[int, int] = defaultdict(int)
        for i, j, a in self.p.entries():
            price = self.dual.get(i, 0)
            if price and i >= self.p.num_nodes and i not in without:
                charge[j] += a * price * self.scale.per_row
        return charge

    def arc_limits(self) -> tuple[list[Any], list[Any], dict[int, int]]:
        """low, high; and w - charge of the arcs with a row of their own, before that row's price."""
        p, unit, worth, point = self.p, self.unit, self.scale.per_arc // self.unit, self.point
        charge = self.charges({*self.solo.values()})
        low: list[Any] = [None] * p.num_arcs
        high: list[Any] = [None] * p.num_arcs
        for j in range(p.num_arcs):
            tail, head, x, cap = p.tail[j], p.head[j], p.amount[j], p.capacity[j]
            if tail != head:
                now, w, paid = point[head] - point[tail], p.value[j] * worth, charge.get(j, 0)
                if cap < 0 or x < cap:
                    low[j] = min(now, w - paid // unit)
                if x > 0:
                    high[j] = max(now, w + -paid // unit)
        for j, i in self.solo.items():
            if self.activity[i] >= (p.upper[i] or 0):
                low[j] = None
        return low, high, {j: p.value[j] * worth - charge.get(j, 0) // unit for j in self.solo}

    def node_limits(self) -> tuple[list[Any], list[Any]]:
        """Above 0 only at the upper limit, below 0 only at the lower; a listing that only gives is not above
        0, one that only takes not below. A divisible line among several takes nothing of what they gain."""
        p, n = self.p, self.p.num_nodes
        out, into = bytearray(n), bytearray(n)
        for tail, head in across(p.tail, p.head):
            if tail != head:
                out[tail] = into[head] = 1
        lines = [0] * n
        for i, _, a in p.entries():
            if i < n and a:
                lines[i] += 1
        floor, ceiling = [*map(min, self.point, [0] * n)], [*map(max, self.point, [0] * n)]
        limits: tuple[list[Any], list[Any]] = (floor, ceiling)
        for i in range(n):
            low, high, net = p.lower[i], p.upper[i], self.activity[i]
            listing = not lines[i] and (low is None or high is None or low < high)
            if low is not None and net <= low and not (listing and into[i] and not out[i]):
                limits[0][i] = None
            if high is not None and net >= high and not (listing and out[i] and not into[i]):
                limits[1][i] = None
        return limits

    def bundle_limits(self) -> set[int]:
        """No bundle with one line loses more than it does; lines of those with several stay as they are."""
        p, one = self.p, self.p.capacity
        charge, lines = self.charges(set()), defaultdict[int, list[tuple[int, int]]](list)
        fixed: set[int] = set()
        for i, j, a in p.entries():
            if i < p.num_nodes and a:
                lines[j].append((i, a * self.scale.per_node))
        for j, pairs in lines.items():
            if len(pairs) > 1:
                fixed |= {i for i, _ in pairs}
                continue
            ((i, a),) = pairs
            gain = p.value[j] * self.scale.per_bundle - charge.get(j, 0) - a * self.point[i]
            loses = max(0, gain // abs(a)) if p.amount[j] > 0 else None
            gains = max(0, -gain // abs(a)) if p.amount[j] < one[j] else None
            down, up = (loses, gains) if a < 0 else (gains, loses)
            now = self.point[i]
            if down is not None:
                self.floor[i] = now - down if self.floor[i] is None else max(self.floor[i], now - down)
            if up is not None:
                self.ceiling[i] = now + up if self.ceiling[i] is None else min(self.ceiling[i], now + up)
        for i in fixed:
            self.floor[i] = self.ceiling[i] = self.point[i]
        return fixed
