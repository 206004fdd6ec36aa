"""The rest of a program falls into blocks, once those bundles are settled that hold it together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fourflow.engines._highs import Answer, Solver
from fourflow.engines._linear import Linear
from fourflow.engines._model import F64, I64, Model, gate_rows
from fourflow.engines._windows import restricted
from fourflow.engines.sifting._dive import Dive
from fourflow.problem import ClearingProblem

WAYS = ((0.15, 0.1), (0.08, 0.05), (0.15, 0.25), (0.05, 0.25), (0.03, 0.05))
"""Shares settled in a step and what counts as small, tried one after the other for each block."""


def leading(problem: ClearingProblem) -> NDArray[np.bool_]:
    """bool[num_bundles]: those that take something or are worth something, others follow them."""
    return np.asarray((np.diff(problem.bundle_lines.indptr) > 0) | (problem.bundle_value > 0))


def blocks(linear: Linear, is_open: NDArray[np.bool_]) -> list[I64]:
    """The columns of each network of nodes with an open column, small ones first: arcs, and bundles that let
    one of them pass. Other bundles and what rows hold of several networks are to stay as they are.

    is_open : bool[num_columns]
    """
    problem = linear.given
    ends, size = (problem.tail, problem.head), (problem.num_nodes, problem.num_nodes)
    arcs = coo_array((np.ones(problem.num_arcs, np.int8), ends), shape=size)
    _, network = connected_components(arcs, directed=False)
    of_arc, of_bundle = network[problem.tail], np.full(problem.num_bundles, -1)
    coupling, bundled, gate = problem.coupling, problem.bundle_coupling, gate_rows(problem)
    assert bundled is not None
    of_row = np.full(problem.num_coupling, -1)
    of_row[coupling.row_of_entry()] = of_arc[coupling.index]
    at = gate[bundled.row_of_entry()]
    of_bundle[bundled.index[at]] = of_row[bundled.row_of_entry()[at]]
    of_bundle[leading(problem)] = -1
    of_column = np.concatenate([of_arc, of_bundle])
    opened = np.unique(of_column[is_open & (of_column >= 0)])
    return sorted((np.flatnonzero(of_column == k) for k in opened), key=len)


def rows_of(model: Model, columns: I64) -> I64:
    """The rows in which some columns stand."""
    return np.unique(model.matrix[:, columns].indices)


class Block:
    """A program of some columns, all others as in a point, and the best whole point found."""

    def __init__(self, model: Model, columns: I64, point: F64, rank: I64, sharers: I64) -> None:
        """rank : int64[num_columns] of the whole program; sharers : int64[num_rows] blocks that a row is in,
        each of which gets an equal share of what is left of it"""
        self.columns, self.start = columns, point[columns]
        part, _ = restricted(model, columns, point)
        at, by = part.matrix @ self.start, sharers[rows_of(model, columns)]
        # What rounding left of rows that are full may not shut out the point itself.
        self.model = replace(
            part,
            row_lower=at + np.minimum(part.row_lower - at, 0.0) / by,
            row_upper=at + np.maximum(part.row_upper - at, 0.0) / by,
        )
        self.whole = np.flatnonzero(part.whole)
        self.rank = rank[columns[self.whole]]
        self.solver = Solver(self.model, 1)
        self.solver.option("presolve", "off")
        self.ways = iter(WAYS)
        self.best: F64 | None = None
        self.worth = -np.inf

    def search(self, deadline: float) -> bool:
        """Make it whole in the next way that does; whether it is whole."""
        for share, small in self.ways:
            dive = Dive(self.model, self._again, self.start, deadline)
            if dive.leave_out(self.rank, small, share):
                if dive.worth > self.worth:
                    self.best, self.worth = dive.point, dive.worth
                break
        return self.best is not None

    def _again(self, lower: F64, upper: F64, time_limit_s: float) -> Answer | None:
        return self.solver.within(self.whole, lower, upper, time_limit_s)
