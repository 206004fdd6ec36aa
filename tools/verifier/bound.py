"""The bound: weak duality at the leaves of a proof tree, summed over independent parts."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from operator import le
from typing import Any

from verifier.derived import read_derived
from verifier.files import Claims, Folder, need, within
from verifier.kinds import across
from verifier.problem import Problem

MOST_SPLITS = 10**6
Box = dict[int, tuple[int, Any]]  # whole column -> the least and most that it may be at a leaf


class Bound:
    """The proof: duals for every leaf, and the weak-duality bound that follows from them."""

    def __init__(self, folder: Folder, p: Problem, claims: Claims, with_value: bool) -> None:
        self.p, self.caps = p, p.caps
        keys = ("arc_value", "bundle_value", "node_dual", "row_dual")
        factors = [int(claims.number(key, 0)) for key in keys]
        self.value_factors, self.dual_factors = [f * with_value for f in factors[:2]], factors[2:]
        need(claims.text("rounds_down") in "01", "rounds_down must be 0 or 1")
        self.rounds_down = with_value and claims.text("rounds_down") == "1"
        self.rows, self.columns, self.coefficients = p.row, p.column, p.coefficient
        self.lower, self.upper = p.lower, p.upper
        if derived := read_derived(folder, p, self.caps, int(claims.number("derived_unit", 0))):
            entries = [
                (p.num_rows + number, j, a)
                for number, (sums, _) in enumerate(derived)
                for j, a in sums.items()
            ]
            more = zip(*entries, strict=True) if entries else ((), (), ())
            self.rows, self.columns, self.coefficients = (
                [*old, *new] for old, new in across((p.row, p.column, p.coefficient), more)
            )
            self.lower = [*p.lower, *[None] * len(derived)]
            self.upper = [*p.upper, *(limit for _, limit in derived)]
        self.part, targets = folder.numbers("parts.csv", "part,row")
        need(
            not self.part or list(targets) == [*range(len(self.upper))],
            "parts.csv must list every row in order",
        )
        self.tree = folder.numbers("tree.csv", "part,column,k,leaf")
        self.leaf, self.target, self.dual = folder.numbers("duals.csv", "leaf,row,value")
        within(self.target, len(self.upper), "duals.csv: row")
        need(all(map(le, self.leaf, self.leaf[1:])), "duals.csv is not sorted by leaf")
        need(len(self.tree[0]) <= MOST_SPLITS, "tree.csv is too large")

    def total(self) -> Any:
        """The sum over independent parts; -inf where one of them has no feasible point at all."""
        rows = across(*self.tree)
        bounds = [
            self.walk(number, columns, entries, rows)
            for number, (columns, entries) in enumerate(self.parts())
        ]
        need(next(rows, None) is None, "tree.csv has rows that belong to no tree")
        return -math.inf if -math.inf in bounds else sum(bounds)

    def parts(self) -> list[tuple[Sequence[int], Sequence[int]]]:
        """Columns and entries of each part; a column that touches two parts is refused. A loop does not touch
        its node, but belongs to it where it has no entries; a bundle without any is in the first part."""
        p, part = self.p, self.part
        if not part:
            return [(range(p.num_columns), range(len(self.rows)))]
        within(part, len(part), "parts.csv: part")
        of_column = [part[t] if t != h else -1 for t, h in across(p.tail, p.head)]
        need(all(t == h or part[h] == part[t] for t, h in across(p.tail, p.head)), "an arc is in two parts")
        for row, column in across(self.rows, self.columns):
            of_column[column] = part[row] if of_column[column] < 0 else of_column[column]
            need(of_column[column] == part[row], f"column {column} is in two parts")
        found: list[tuple[list[int], list[int]]] = [([], []) for _ in range(max(part) + 1)]
        for column, number in enumerate(of_column):
            home = part[p.tail[column]] if 0 <= p.tail[column] < p.num_nodes else 0
            found[number if number >= 0 else home][0].append(column)
        for entry, row in enumerate(self.rows):
            found[part[row]][1].append(entry)
        return [*found]

    def walk(self, number: int, columns: Sequence[int], entries: Sequence[int], rows: Iterator[Any]) -> Any:
        """The largest bound of the leaves of one tree, whose rows come in preorder."""
        best: Any = -math.inf
        box: Box = {}
        todo: list[Any] = [None]
        while todo:
            task = todo.pop()
            if task is not None:
                box[task[0]] = task[1]
                continue
            part, column, k, leaf = next(rows, (-1, 0, 0, 0))
            need(part == number, "tree.csv does not hold one whole tree for each part in turn")
            if column < 0:
                if all(low <= high for low, high in box.values()):
                    best = max(best, self.leaf_bound(number, leaf, columns, entries, box))
                continue
            at = bisect_left(columns, column)
            need(
                at < len(columns) and columns[at] == column,
                f"the proof splits column {column} of another part",
            )
            step, cap = self.p.step[column], self.caps[column]
            need(step > 0, f"the proof splits column {column}, which need not be whole")
            low, high = box.get(column, (0, cap if cap >= 0 else math.inf))
            todo += [
                (column, (low, high)),
                None,
                (column, (max(low, (k + 1) * step), high)),
                None,
                (column, (low, min(high, k * step))),
            ]
        grain = self.grain(columns) if self.rounds_down else 0
        return best // grain * grain if grain and best != -math.inf and best != math.inf else best

    def grain(self, columns: Sequence[int]) -> int:
        """What the worth of any choice is a whole multiple of; 0: it need not be of anything."""
        p, factors = self.p, self.value_factors
        worth = [(p.value[j] * factors[j >= p.num_arcs], p.step[j]) for j in columns if p.value[j]]
        return math.gcd(*(value * step for value, step in worth)) if all(step for _, step in worth) else 0

    def leaf_bound(
        self, number: int, leaf: int, columns: Sequence[int], entries: Sequence[int], box: Box
    ) -> Any:
        """sum max(lower y, upper y) over rows + sum max(lower r, upper r) over columns; r: reduced values."""
        p, caps, span = self.p, self.caps, slice(bisect_left(self.leaf, leaf), bisect_right(self.leaf, leaf))
        y: dict[int, int] = {}
        for row, value in across(self.target[span], self.dual[span]):
            need(not self.part or self.part[row] == number, f"leaf {leaf} has a dual of another part")
            y[row] = value * self.dual_factors[row >= p.num_nodes]
        total = 0
        for row, value in y.items():
            limit = (self.upper if value > 0 else self.lower)[row] if value else 0
            if limit is None:
                return math.inf
            total += limit * value
        charge: dict[int, int] = defaultdict(int)
        for entry in entries if y else ():
            if dual := y.get(self.rows[entry]):
                charge[self.columns[entry]] += self.coefficients[entry] * dual
        arc_value, bundle_value = self.value_factors
        for j in columns:
            tail, head = p.tail[j], p.head[j]
            r = p.value[j] * (arc_value if j < p.num_arcs else bundle_value)
            if tail != head:
                r += (y.get(tail, 0) - y.get(head, 0)) * p.factor
            if charge:
                r -= charge.get(j, 0)
            if r > 0 or (r and j in box):
                best = box[j][r > 0] if j in box else caps[j] if caps[j] >= 0 else math.inf
                if best == math.inf:
                    return math.inf
                total += best * r
        return total
