"""Recognise a market of pairs in the arrays: every arc from a giver to a taker, one unit each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.engines.kernels import group, survey
from fourflow.problem import INF, ClearingProblem

I64 = NDArray[np.int64]
Array = NDArray[Any]


@dataclass(frozen=True)
class Rows:
    """The arcs by the node at one end: those of node n stand at start[n]:start[n + 1].

    start : int64[num_nodes + 1]; other : the node at the other end, value : int64, [num_arcs]
    arc : place in the problem's arrays, None where it is the same
    """

    start: I64
    other: Array
    value: Array
    arc: Array | None

    def degree(self) -> I64:
        return np.diff(self.start)


@dataclass(frozen=True)
class Pairs:
    """A market of pairs.

    gives, takes : bool[num_nodes], who has a unit to give or to take; unit : its quanta
    """

    problem: ClearingProblem
    gives: NDArray[np.bool_]
    takes: NDArray[np.bool_]
    unit: int
    out_start: I64
    in_start: I64
    by_tail: bool
    by_head: bool

    def rows_of_givers(self) -> Rows:
        return _rows(self.problem, self.problem.tail, self.problem.head, self.out_start, self.by_tail)

    def rows_of_takers(self) -> Rows:
        return _rows(self.problem, self.problem.head, self.problem.tail, self.in_start, self.by_head)


def pairs_in(problem: ClearingProblem) -> Pairs | None:
    """The problem as a market of pairs, None if it is none: coupling rows, hubs, quantities, forced flows."""
    if problem.num_coupling or problem.num_bundles or not problem.num_arcs:
        return None
    lower, upper = problem.node_lower, problem.node_upper
    if (lower > 0).any() or (upper < 0).any():
        return None
    nodes = problem.num_nodes
    out_start, in_start = np.zeros(nodes + 1, np.int64), np.zeros(nodes + 1, np.int64)
    by_tail, by_head, least = survey(
        problem.tail, problem.head, problem.capacity, out_start[1:], in_start[1:]
    )
    giver, taker = out_start[1:] > 0, in_start[1:] > 0
    supply, demand = np.where(giver, -lower, 0), np.where(taker, upper, 0)
    unit = int(max(supply.max(), demand.max()))
    if (giver & taker).any() or unit <= 0 or unit >= INF or unit > least:
        return None
    if not (_all_or_nothing(supply, unit) and _all_or_nothing(demand, unit) and _steps_fit(problem, unit)):
        return None
    np.cumsum(out_start, out=out_start)
    np.cumsum(in_start, out=in_start)
    return Pairs(problem, supply > 0, demand > 0, unit, out_start, in_start, by_tail, by_head)


def _all_or_nothing(limit: I64, unit: int) -> bool:
    return bool(((limit == 0) | (limit == unit)).all())


def _steps_fit(problem: ClearingProblem, unit: int) -> bool:
    """Whether a whole unit is a whole number of every arc's steps."""
    step = problem.step
    return step is None or not (unit % np.where(step > 0, step, 1)).any()


def _rows(problem: ClearingProblem, node: Array, other: Array, start: I64, in_order: bool) -> Rows:
    if in_order:
        return Rows(start, other, problem.value, None)
    arcs = problem.num_arcs
    arc = np.empty(arcs, np.uint32 if arcs < 2**32 else np.int64)
    new_other, new_value = np.empty_like(other), np.empty_like(problem.value)
    group(node, other, problem.value, start, np.empty(problem.num_nodes, np.int64), new_other, new_value, arc)
    return Rows(start, new_other, new_value, arc)
