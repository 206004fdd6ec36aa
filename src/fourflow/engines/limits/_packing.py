"""Recognise in the arrays a two-sided market whose further limits only ever ask for less.

The takers are the nodes that arcs enter; all other limits, those of givers and of coupling rows, become rows.
Everything is in floats here: prices may round, whole flows are counted in floats that stay whole below 2^52,
and the certificate recomputes all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.engines.kernels import best_ratios, count, survey, transpose
from fourflow.engines.limits._rows import whole_limits
from fourflow.problem import INF, ClearingProblem

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Array = NDArray[Any]


@dataclass(frozen=True)
class Packing:
    """Arcs by taker, rows by arc, in the problem's own integers as floats.

    takers : nodes, int64[n]; start : int64[n + 1]; order : the arcs of the problem in this order, None where
    it is the same; taker : uint32 of every arc; demand : float64[n] in quanta
    first : int64[num_arcs + 1]; row : uint32, use : float64, [entries], of one quantum; givers : the nodes
    whose supply is a row, which come first; limit : float64[num_rows], whole
    worth : float64[num_arcs], of a quantum, in units of value
    dearest : float64[num_rows], in units of value by what a quantum uses: at such prices no arc gains; 0 for
    rows without limit
    """

    problem: ClearingProblem
    takers: I64
    start: I64
    order: I64 | None
    taker: Array
    demand: F64
    first: I64
    row: Array
    use: F64
    givers: I64
    limit: F64
    worth: F64
    dearest: F64

    @property
    def num_rows(self) -> int:
        return len(self.limit)

    @property
    def money(self) -> float:
        """What a unit of value and one quantum are in money."""
        return float(self.problem.scales.value * self.problem.scales.quantity)

    def paid(self, price: F64) -> float:
        """What all that limited rows have costs at these prices."""
        return dot(price, np.where(self.dearest > 0, self.limit, 0.0))


def packing_in(problem: ClearingProblem) -> Packing | None:
    """The problem as a packing; None with bundles, hubs, lots, forced flows, caps that bind, g < 0."""
    if not problem.num_coupling or problem.num_bundles or not problem.num_arcs or not _rows_fit(problem):
        return None
    if (problem.node_lower > 0).any() or (problem.node_upper < 0).any():
        return None
    if problem.step is not None and (problem.step > 1).any():
        return None
    nodes = problem.num_nodes
    giver, taker = np.zeros(nodes, np.bool_), np.zeros(nodes, np.bool_)
    _, by_head, least = survey(problem.tail, problem.head, problem.capacity, giver, taker)
    if (taker & giver).any() or (problem.node_upper[taker] >= INF).any():
        return None
    limit = np.where(taker, problem.node_upper, -problem.node_lower)
    if least < INF and (problem.capacity < np.minimum(limit[problem.tail], limit[problem.head])).any():
        return None
    return _packing(problem, np.flatnonzero(taker), giver, by_head)


def _rows_fit(problem: ClearingProblem) -> bool:
    """Whether every coupling row only says that a sum of what is used, g >= 0, is at most some U >= 0."""
    return bool(
        (problem.coupling.coefficient >= 0).all()
        and (problem.coupling_lower <= 0).all()
        and (problem.coupling_upper >= 0).all()
    )


def _packing(problem: ClearingProblem, takers: I64, is_giver: NDArray[np.bool_], by_head: bool) -> Packing:
    order = None if by_head else np.argsort(problem.head, kind="stable")
    degree, number = np.zeros(problem.num_nodes, np.int64), np.zeros(problem.num_nodes, np.uint32)
    count(problem.head, degree)
    number[takers] = np.arange(len(takers))
    taker = number[problem.head if order is None else problem.head[order]]
    demand = problem.node_upper[takers].astype(np.float64)
    givers = np.flatnonzero(is_giver & (problem.node_lower > -INF))
    first, row, use = _by_arc(problem, givers, order)
    limit = whole_limits(problem, givers)
    worth = (problem.value if order is None else problem.value[order]).astype(np.float64)
    dearest = np.zeros(len(limit))
    best_ratios(first, row, use, worth, taker, demand, dearest)
    dearest[np.isinf(limit)] = 0.0
    return Packing(
        problem, takers, np.concatenate([[0], np.cumsum(degree[takers])]), order, taker, demand, first,
        row, use, givers, limit, worth, dearest,
    )  # fmt: skip


def _by_arc(problem: ClearingProblem, givers: I64, order: I64 | None) -> tuple[I64, Array, F64]:
    """first, row, use of a Packing: the giver's row, then the coupling rows."""
    arcs, coupling = problem.num_arcs, problem.coupling
    index: Array = coupling.index
    if order is not None:
        place = np.empty(arcs, np.int64)
        place[order] = np.arange(arcs)
        index = place[index]
    used = coupling.coefficient != 0
    count = np.bincount(index if used.all() else index[used], minlength=arcs)
    number = np.full(problem.num_nodes, -1)
    number[givers] = np.arange(len(givers))
    if len(givers):
        its_giver = number[problem.tail if order is None else problem.tail[order]]
        count += its_giver >= 0
    first = np.concatenate([[0], np.cumsum(count)])
    row, use, at = np.empty(first[-1], np.uint32), np.empty(first[-1]), first[:-1].copy()
    if len(givers):
        mine = np.flatnonzero(its_giver >= 0)
        row[at[mine]], use[at[mine]] = its_giver[mine], 1.0
        at[mine] += 1
    transpose(coupling.indptr, index, coupling.coefficient, at, row, use, len(givers))
    return first, row, use


def price_scale(problem: ClearingProblem) -> Fraction:
    """Money per unit of a coupling row's measure, for 1 unit of value per unit of g."""
    return Fraction(problem.scales.value) / problem.scales.coefficient


def dot(one: F64, two: F64) -> float:
    """The sum of products, without the threads that BLAS starts from 10,000 numbers on: beside other work
    they wait for each other ten times as long as they add."""
    return float(np.einsum("i,i->", one, two))
