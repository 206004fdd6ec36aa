"""Recognise a two-sided market in the arrays: every arc from a giver to a taker, and nothing else.

A giver is a node that no arc enters, a taker one that no arc leaves. Quantities are counted in the largest
unit that divides them all, so flows found in whole units are whole multiples of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.engines.kernels import count, group, survey
from fourflow.problem import INF, ClearingProblem

I64 = NDArray[np.int64]
Array = NDArray[Any]
LARGEST_TOTAL = 2.0**60
"""Sums of quantities stay below it."""


@dataclass(frozen=True)
class Rows:
    """The arcs by the node at one end: those of node n stand at start[n]:start[n + 1].

    start : int64[num_nodes + 1]; node, other : the nodes at this and the other end, value : int64, [num_arcs]
    arc : place in the problem's arrays, None where it is the same
    """

    start: I64
    node: Array
    other: Array
    value: Array
    arc: Array | None


@dataclass(frozen=True)
class Market:
    """A two-sided market.

    supply, demand : int64[num_nodes] in units, 0 for nodes of the other side; unit : its quanta
    is_giver : bool[num_nodes]; unlimited : bool[num_nodes], whose supply or demand has no limit (it
        stands as one unit more than the others have)
    """

    problem: ClearingProblem
    supply: I64
    demand: I64
    unlimited: NDArray[np.bool_]
    unit: int
    is_giver: NDArray[np.bool_]
    by_tail: bool
    by_head: bool

    @cached_property
    def out_start(self) -> I64:
        """Where the arcs of each giver begin, sorted by giver: int64[num_nodes + 1]."""
        return _starts(self.problem.tail, self.problem.num_nodes)

    @cached_property
    def in_start(self) -> I64:
        return _starts(self.problem.head, self.problem.num_nodes)

    @cached_property
    def of_pairs(self) -> bool:
        """Whether everybody gives or takes one unit or none."""
        return max(int(self.supply.max()), int(self.demand.max())) <= 1 and not self.unlimited.any()

    @property
    def of_ones(self) -> bool:
        """Whether everybody on one side gives or takes one unit or none."""
        return min(int(self.supply.max()), int(self.demand.max())) <= 1

    def part(self, arcs: I64) -> Market:
        """The same nodes with some of the arcs only, given in ascending order."""
        whole = self.problem
        problem = ClearingProblem(
            tail=whole.tail[arcs], head=whole.head[arcs], value=whole.value[arcs],
            capacity=whole.capacity[arcs], node_lower=whole.node_lower, node_upper=whole.node_upper,
            scales=whole.scales,
        )  # fmt: skip
        return replace(self, problem=problem)

    def rows_of_givers(self) -> Rows:
        return _rows(self.problem, self.problem.tail, self.problem.head, self.out_start, self.by_tail)

    def rows_of_takers(self) -> Rows:
        return _rows(self.problem, self.problem.head, self.problem.tail, self.in_start, self.by_head)


def market_in(problem: ClearingProblem) -> Market | None:
    """The problem as a two-sided market; None with rows, bundles, hubs, forced flows, caps that bind."""
    if problem.num_coupling or problem.num_bundles or not problem.num_arcs:
        return None
    if (problem.node_lower > 0).any() or (problem.node_upper < 0).any():
        return None
    nodes = problem.num_nodes
    giver, taker = np.zeros(nodes, np.bool_), np.zeros(nodes, np.bool_)
    by_tail, by_head, least = survey(problem.tail, problem.head, problem.capacity, giver, taker)
    if (giver & taker).any():
        return None
    limit = np.where(giver, -problem.node_lower, np.where(taker, problem.node_upper, 0)).astype(np.int64)
    unlimited = limit >= INF
    finite = np.where(unlimited, 0, limit)
    unit = 1 if (finite == 1).any() else int(np.gcd.reduce(finite)) or 1
    finite //= unit
    totals = [float(finite[side].astype(np.float64).sum()) for side in (giver, taker)]
    if max(totals) > LARGEST_TOTAL or (unlimited[giver].any() and unlimited[taker].any()):
        return None
    if least < INF and not _caps_are_loose(problem, np.where(unlimited, INF, limit)):
        return None
    if not _steps_fit(problem, unit):
        return None
    most = [int(finite[side].sum()) + 1 for side in (taker, giver)]  # never used up, so never priced
    finite[unlimited & giver], finite[unlimited & taker] = most
    return Market(
        problem, np.where(giver, finite, 0), np.where(taker, finite, 0), unlimited, unit,
        giver, by_tail, by_head,
    )  # fmt: skip


def _starts(node: Array, num_nodes: int) -> I64:
    start = np.zeros(num_nodes + 1, np.int64)
    count(node, start[1:])
    return np.cumsum(start, out=start)


def _caps_are_loose(problem: ClearingProblem, limit: I64) -> bool:
    """Whether no arc's capacity is below what its ends allow anyway."""
    return bool((problem.capacity >= np.minimum(limit[problem.tail], limit[problem.head])).all())


def _steps_fit(problem: ClearingProblem, unit: int) -> bool:
    """Whether a unit is a whole number of every arc's steps."""
    step = problem.step
    return step is None or not (unit % np.where(step > 0, step, 1)).any()


def _rows(problem: ClearingProblem, node: Array, other: Array, start: I64, in_order: bool) -> Rows:
    if in_order:
        return Rows(start, node, other, problem.value, None)
    arcs = problem.num_arcs
    arc = np.empty(arcs, np.uint32 if arcs < 2**32 else np.int64)
    new_other, new_value = np.empty_like(other), np.empty_like(problem.value)
    group(node, other, problem.value, start, np.empty(problem.num_nodes, np.int64), new_other, new_value, arc)
    return Rows(start, node[arc], new_other, new_value, arc)
