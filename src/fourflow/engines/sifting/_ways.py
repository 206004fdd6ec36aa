"""Who would take what at given prices of the sources: the best way to every node."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fourflow.engines._model import F64, I64, as_float
from fourflow.engines.kernels import FAR, best_ways, mark_ways
from fourflow.problem import ClearingProblem

LONGEST = 100
"""Arcs of a way, and sweeps in search of it; what is not found by then only widens the gap."""
THROUGH = 0.25
"""Share of the arcs that leave a hub: where ways have one arc each, there is nothing to sift."""


@dataclass(frozen=True)
class Ways:
    """A problem with its arcs as ways from sources (no inflow) to sinks (no outflow).

    tail, head : int64[num_arcs]; worth : float64[num_arcs] value per unit of flow, loops FAR
    is_source : bool[num_nodes]; sinks : int64 nodes that may get something
    supply : float64[num_nodes] the most that leaves a source, inf if unlimited; demand : the most into a sink
    bundle : int64[num_nodes] a bundle that takes from the node, -1 if none does
    """

    problem: ClearingProblem
    tail: I64
    head: I64
    worth: F64
    is_source: NDArray[np.bool_]
    sinks: I64
    supply: F64
    demand: F64
    bundle: I64

    def prices(self, source_price: F64, charge: F64) -> tuple[F64, I64]:
        """(price of every node, the arc that brings it) at prices of the sources and charges of the arcs."""
        price = np.where(self.is_source, source_price, FAR)
        into = np.full(len(price), -1, np.int64)
        best_ways(self.tail, self.head, self.worth - charge, self.is_source, price, into, LONGEST)
        return price, into

    def mark(self, into: I64, ends: I64, marked: NDArray[np.bool_]) -> I64:
        """Mark (in place) the best ways to some nodes; the sources where they begin, -1 if there is none."""
        origin = np.empty(len(ends), np.int64)
        mark_ways(self.tail, into, ends, LONGEST, marked, origin)
        return origin


def ways_in(problem: ClearingProblem) -> Ways | None:
    """The ways of a problem with whole decisions, None where there is nothing to sift."""
    if not problem.num_arcs or not problem.num_bundles or not problem.has_whole:
        return None
    tail, head = problem.tail.astype(np.int64), problem.head.astype(np.int64)
    nodes, proper = problem.num_nodes, tail != head
    entered = np.bincount(head[proper], minlength=nodes) > 0
    left = np.bincount(tail[proper], minlength=nodes) > 0
    if not proper.any() or (entered & left)[tail[proper]].mean() < THROUGH:
        return None
    lines = problem.bundle_lines
    d = as_float(lines.coefficient)
    taken, given = (np.bincount(lines.index, np.maximum(s * d, 0), nodes) for s in (1, -1))
    bundle = np.full(nodes, -1, np.int64)
    bundle[lines.index[d > 0]] = lines.row_of_entry()[d > 0]
    demand = np.where(taken > 0, taken, as_float(problem.node_upper))
    demand = np.where(np.isfinite(demand), demand, 0.0)
    return Ways(
        problem=problem,
        tail=tail,
        head=head,
        worth=np.where(proper, as_float(problem.value), FAR),
        is_source=~entered,
        sinks=np.flatnonzero(entered & ~left & (demand > 0)),
        supply=np.maximum(given - as_float(problem.node_lower), 0.0),
        demand=demand,
        bundle=bundle,
    )
