"""What has been given so far, on any clearing problem of a market, and taking it back.

Every coupling row is one of three things here. It *limits* (a lane, a budget, a rule, a purse): what is
used of it counts up. It is a *gate*: nothing passes an arc, or no project begins, before a switch is
turned on. Or it asks for *at least* something, which nobody who serves needs one by one looks at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from math import lcm

import numpy as np
from numpy.typing import NDArray

from fourflow.baseline._network import row_unit
from fourflow.formulation import ArcKind, BundleKind, Layout, NodeKind, RowKind
from fourflow.problem import INF, ClearingProblem, Sparse

I64 = NDArray[np.int64]
GATES = (RowKind.LINK, RowKind.MOST, RowKind.COUNT, RowKind.PART)
BEGUN = (BundleKind.PROJECT, BundleKind.LINES)
"""Switches that only the project itself turns on."""
Entries = list[tuple[int, int]]


class State:
    """flow, left (of each node), on (of each bundle), room (of each limiting row); all whole numbers.

    Everything that changes is noted in a journal, so that `back_to` can undo it.
    """

    def __init__(self, layout: Layout, problem: ClearingProblem) -> None:
        assert problem.bundle_coupling is not None
        self.layout, self.problem = layout, problem
        self.tail, self.head = problem.tail.tolist(), problem.head.tolist()
        self.value = problem.value.tolist()
        self.step = [1] * problem.num_arcs if problem.step is None else np.maximum(problem.step, 1).tolist()
        self.flow = [0] * problem.num_arcs
        self.capacity = problem.capacity.tolist()
        lower, upper = problem.node_lower, problem.node_upper
        self.left = np.maximum(np.where(lower <= -INF, INF, -lower), upper).tolist()
        self.on = [False] * problem.num_bundles
        self.journal: list[tuple[str, int, int]] = []
        self._rows(problem, problem.bundle_coupling)
        self._switched_offers()
        scales = problem.scales
        self.worth = [int(v * scales.bundle_value / (scales.value * scales.quantity))
                      for v in problem.bundle_value.tolist()]  # fmt: skip

    def _rows(self, problem: ClearingProblem, bundles: Sparse) -> None:
        """Limits with what draws on them, and gates; rows that ask for at least something are left out."""
        scales, unit = problem.scales, row_unit(problem)
        per_flow = int(scales.coefficient * scales.quantity / unit)
        per_bundle = int(scales.bundle_coefficient / unit)
        kind, upper = self.layout.row_kind, np.asarray(problem.coupling_upper, np.int64)
        gate = np.isin(kind, GATES) & (upper < INF)
        limits = ~np.isin(kind, GATES) & (upper < INF)
        per_limit = scales.limit / unit
        self.room = {row: int(int(upper[row]) * per_limit) for row in np.flatnonzero(limits).tolist()}
        self.uses = _by_column(problem.coupling, limits, problem.num_arcs, per_flow)
        self.draws = _by_column(bundles, limits, problem.num_bundles, per_bundle)
        closes = np.isin(kind, (RowKind.LANE_CAPACITY, RowKind.RULE))
        self.closing = set(np.flatnonzero(limits & closes).tolist())
        self.trips: dict[int, tuple[int, int]] = {}
        for arc in self.layout.arcs(ArcKind.TRIP).tolist():
            for row, g in self.uses(arc):
                if kind[row] in (RowKind.TRIPS, RowKind.OWN_TRIPS):
                    self.trips[row] = arc, -g
        self.gates: dict[int, list[int]] = defaultdict(list)
        self.after: dict[int, list[int]] = defaultdict(list)
        arcs_of, bundles_of = _by_row(problem.coupling, gate), _by_row(bundles, gate)
        for row in np.flatnonzero(gate).tolist():
            self._gate(arcs_of[row], bundles_of[row])

    def _gate(self, arcs: Entries, bundles: Entries) -> None:
        behind = [bundle for bundle, h in bundles if h < 0]
        for arc, _ in arcs:
            self.gates[arc] += behind
        for bundle, h in bundles:
            if h > 0:
                self.after[bundle] += behind

    def _switched_offers(self) -> None:
        """Nothing leaves an offer before its switch is on, or the project whose output it is."""
        kind = self.layout.node_kind
        every = np.ones(self.problem.num_bundles, np.bool_)
        switch = {node: bundle for bundle, lines in _by_row(self.problem.bundle_lines, every).items()
                  for node, d in lines if d < 0}  # fmt: skip
        for arc in self.layout.arcs(ArcKind.OFFER).tolist():
            if self.tail[arc] in switch and kind[self.tail[arc]] == NodeKind.OFFER:
                self.gates[arc].append(switch[self.tail[arc]])

    def back_to(self, mark: int) -> None:
        """Undo everything since the journal had `mark` lines."""
        while len(self.journal) > mark:
            what, which, amount = self.journal.pop()
            if what == "flow":
                self._pass(which, -amount)
            elif what == "left":
                self.left[which] += amount
            else:
                self.on[which] = False
                self._draw(which, -1)

    def send(self, path: list[int], quantity: int) -> None:
        """Let a quantity flow from an offer to a need."""
        for node in (self.tail[path[0]], self.head[path[-1]]):
            if self.left[node] < INF:
                self.left[node] -= quantity
                self.journal.append(("left", node, quantity))
        for arc in path:
            self.carry(arc, quantity)

    def grant(self, node: int, quantity: int) -> None:
        """A project has begun: this line of it may get so much more."""
        self.left[node] += quantity
        self.journal.append(("left", node, -quantity))

    def carry(self, arc: int, quantity: int) -> None:
        """Let a quantity pass one arc."""
        self._pass(arc, quantity)
        self.journal.append(("flow", arc, quantity))

    def _pass(self, arc: int, quantity: int) -> None:
        self.flow[arc] += quantity
        self.capacity[arc] -= quantity if self.capacity[arc] < INF else 0
        for row, g in self.uses(arc):
            self.room[row] -= g * quantity

    def _draw(self, bundle: int, sign: int) -> None:
        for row, h in self.draws(bundle):
            self.room[row] -= sign * h

    def turn_on(self, bundle: int) -> int | None:
        """Turn a switch on, and those it waits for: what that costs once; None where a row forbids it."""
        if self.on[bundle]:
            return 0
        cost = -self.worth[bundle] if self._kind(bundle) not in BEGUN else 0
        self.on[bundle] = True
        self._draw(bundle, 1)
        self.journal.append(("on", bundle, 0))
        if any(self.room[row] < 0 for row, h in self.draws(bundle) if h > 0):
            return None
        for other in self.after[bundle]:
            more = self.turn_on(other)
            if more is None:
                return None
            cost += more
        return cost

    def _kind(self, bundle: int) -> int:
        return int(self.layout.bundle_kind[bundle])

    def open_gates(self, path: list[int]) -> int | None:
        """Turn on every switch along a path: the cost; None where one may not be turned on."""
        cost = 0
        for bundle in (b for arc in path for b in self.gates.get(arc, ())):
            if not self.on[bundle] and self._kind(bundle) in BEGUN:
                return None
            more = self.turn_on(bundle)
            if more is None:
                return None
            cost += more
        return cost

    def is_full(self, arc: int) -> bool:
        """Whether nothing more can pass an arc, whoever pays."""
        step = self.step[arc]
        return self.capacity[arc] < step or any(
            row in self.closing and 0 < g * step > self.room[row] for row, g in self.uses(arc)
        )

    def most(self, path: list[int], free_trips: bool) -> int:
        """The largest quantity that can flow along a path, in whole steps; as if trips could be had."""
        quantity = min(self.left[self.tail[path[0]]], self.left[self.head[path[-1]]])
        quantity = min(quantity, *(self.capacity[arc] for arc in path))
        for row, g in self.used_by(path).items():
            if g > 0 and not (free_trips and row in self.trips):
                quantity = min(quantity, max(self.room[row], 0) // g)
        return int(quantity) - int(quantity) % lcm(*(self.step[arc] for arc in path))

    def used_by(self, path: list[int]) -> dict[int, int]:
        """What one unit along a path takes from each row."""
        totals: dict[int, int] = defaultdict(int)
        for arc in path:
            for row, g in self.uses(arc):
                totals[row] += g
        return totals

    def hire(self, path: list[int], quantity: int) -> int | None:
        """Hire the whole trips that a quantity still lacks: their cost; None where they cannot be had."""
        cost = 0
        for row, g in self.used_by(path).items():
            if row not in self.trips or g <= 0:
                continue
            loop, each = self.trips[row]
            step = self.step[loop]
            hired = -(-max(0, g * quantity - self.room[row]) // (each * step)) * step
            if hired > self.capacity[loop]:
                return None
            if hired:
                self.carry(loop, hired)
                cost -= self.value[loop] * hired
                if any(self.room[other] < 0 for other, h in self.uses(loop) if h > 0):
                    return None
        return cost


def _by_row(matrix: Sparse, rows: NDArray[np.bool_]) -> dict[int, Entries]:
    """row -> its entries as (column, coefficient), for the rows in the mask."""
    found: dict[int, Entries] = defaultdict(list)
    keep = rows[matrix.row_of_entry()]
    parts = (matrix.row_of_entry(), matrix.index, np.asarray(matrix.coefficient))
    for row, column, g in zip(*(part[keep].tolist() for part in parts), strict=True):
        found[row].append((column, g))
    return found


def _by_column(
    matrix: Sparse, rows: NDArray[np.bool_], num_columns: int, unit: int
) -> Callable[[int], Entries]:
    """column -> its entries as (row, coefficient in row units), for the rows in the mask."""
    row = matrix.row_of_entry()
    keep = np.flatnonzero(rows[row])
    column = matrix.index.astype(np.int64)[keep]
    order = np.argsort(column, kind="stable")
    starts = np.searchsorted(column[order], np.arange(num_columns + 1)).tolist()
    chosen = row[keep][order].tolist()
    amount = np.asarray(matrix.coefficient, np.int64)[keep][order].tolist()

    def entries(which: int) -> Entries:
        return [(chosen[i], amount[i] * unit) for i in range(starts[which], starts[which + 1])]

    return entries
