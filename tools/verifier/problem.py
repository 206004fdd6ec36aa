"""The problem in exact integers: limits, violations and caps."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from operator import mul
from typing import Any

from verifier.files import Claims, Folder, need, within
from verifier.kinds import across


class Problem:
    """Rows (nodes, then coupling rows), columns (arcs, then bundles), their entries, the amounts chosen."""

    def __init__(self, folder: Folder, claims: Claims) -> None:
        columns = folder.numbers("columns.csv", "tail,head,value,capacity,step,amount")
        self.tail, self.head, self.value, self.capacity, self.step, self.amount = columns
        lower, upper, is_open = folder.numbers("rows.csv", "lower,upper,open")
        within(is_open, 4, "rows.csv: open")
        self.lower = [None if o & 1 else x for x, o in across(lower, is_open)]
        self.upper = [None if o & 2 else x for x, o in across(upper, is_open)]
        self.row, self.column, self.coefficient = folder.numbers("entries.csv", "row,column,coefficient")
        self.num_rows, self.num_columns = len(self.lower), len(self.tail)
        self.num_nodes, self.num_arcs = (
            int(claims.number("num_nodes", -1)),
            int(claims.number("num_arcs", -1)),
        )
        self.factor = int(claims.number("node_factor", 0))
        need(
            self.num_nodes <= self.num_rows and self.num_arcs <= self.num_columns,
            "more nodes than rows or arcs",
        )
        within(self.row, self.num_rows, "entries.csv: row")
        within(self.column, self.num_columns, "entries.csv: column")
        within([t for t, h in across(self.tail, self.head) if t != h], self.num_nodes, "columns.csv: tail")
        within([h for t, h in across(self.tail, self.head) if t != h], self.num_nodes, "columns.csv: head")
        need(
            min(self.capacity, default=0) >= -1 and min(self.step, default=0) >= 0,
            "a capacity or step below 0",
        )
        bundles = slice(self.num_arcs, None)
        need(self.tail[bundles] == self.head[bundles], "columns.csv has a bundle with ends")
        need(min(self.capacity[bundles], default=0) >= 0, "columns.csv has a bundle without a capacity")

    def entries(self) -> Iterator[tuple[int, int, int]]:
        return across(self.row, self.column, self.coefficient)

    def activity(self) -> list[int]:
        """What flows into each node less what flows out, and what each coupling row adds up to."""
        net = [0] * self.num_rows
        for tail, head, x in across(self.tail, self.head, self.amount):
            if x and tail != head:
                net[tail] -= x * self.factor
                net[head] += x * self.factor
        for row, column, a in self.entries():
            net[row] += a * self.amount[column]
        return net

    def violation(self, claims: Claims) -> tuple[Any, Any]:
        """The most by which any row, and any column, is missed, in real units."""
        miss = [
            max(0, 0 if low is None else low - x, 0 if high is None else x - high)
            for x, low, high in across(self.activity(), self.lower, self.upper)
        ]
        off = [
            max(-x, x - cap if cap >= 0 else 0, min(x % s, -x % s) if s else 0) if x else max(0, -1 - cap)
            for x, cap, s in across(self.amount, self.capacity, self.step)
        ]
        n, a = self.num_nodes, self.num_arcs
        worst = [max(part, default=0) for part in (miss[:n], miss[n:], off[:a], off[a:])]
        units = [claims.number(key, 0) for key in ("node_unit", "row_unit", "arc_quantum", "bundle_quantum")]
        nodes, rows, arcs, bundles = map(mul, worst, units)
        return max(nodes, rows), max(arcs, bundles)

    @cached_property
    def caps(self) -> Any:
        """Every column's cap: its own, or what its tail's, head's or a coupling row implies; -1: none."""
        if min(self.capacity, default=0) >= 0:
            return self.capacity
        signs, most, fewest = [0] * self.num_rows, [0] * self.num_rows, [0] * self.num_rows
        for tail, head in across(self.tail, self.head):
            if tail != head:
                signs[tail] |= 1
                signs[head] |= 2
        for row, column, a in self.entries():
            if column < self.num_arcs:
                signs[row] |= 0 if a == 0 else 2 if a > 0 else 1
            else:  # a bundle may add to a row, or take from it, up to its capacity
                most[row] += max(0, a) * self.capacity[column]
                fewest[row] += min(0, a) * self.capacity[column]
        room: list[Any] = [None] * self.num_rows
        for i, (low, high) in enumerate(across(self.lower, self.upper)):
            limit = high - fewest[i] if signs[i] == 2 and high is not None else None
            room[i] = most[i] - low if signs[i] == 1 and low is not None else limit
        caps = list(self.capacity)
        flow_room = [None if x is None else max(0, -(-x // self.factor)) for x in room[: self.num_nodes]]
        for j, (tail, head, cap) in enumerate(across(self.tail, self.head, self.capacity)):
            if cap < 0 and tail != head:
                out, into = flow_room[tail], flow_room[head]
                if out is not None or into is not None:
                    caps[j] = into if out is None else out if into is None or out < into else into
        still_open = {j for j, cap in enumerate(caps) if cap < 0}
        for row, j, a in self.entries() if still_open else ():
            if j in still_open and row >= self.num_nodes and room[row] is not None and a:
                cap = max(0, room[row] // abs(a) if self.step[j] else -(-room[row] // abs(a)))
                caps[j] = cap if caps[j] < 0 else min(cap, caps[j])
        return caps
