"""Leaves of a network become part of what feeds them: a smaller problem, and the way back.

Where one arc leads into a node from which only whole bundles take, its flow is what they take, no more and
no less. So the arc is no decision: the bundles may take from its tail and pay what it costs. Of a pool that
only projects use its offers are left, and of jobs for people with limited hours the bare assignment. Whatever
is proved of the smaller problem holds for the whole: a leaf's price is that of its tail and the arc's value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fourflow.engines._bound import root_box
from fourflow.engines._incumbent import Start
from fourflow.engines._model import I64
from fourflow.engines._parts import Piece, renumber, restrict
from fourflow.problem import (
    INF,
    ClearingProblem,
    DerivedRow,
    Duals,
    Forest,
    Part,
    Proof,
    ProofTree,
    Solution,
    Sparse,
    Status,
    Strengthened,
    measure,
    taken_apart,
)  # fmt: skip

Bools = NDArray[np.bool_]
LARGEST = 2**61


@dataclass(frozen=True)
class Contraction:
    """A problem and what is left of it.

    piece : of the whole; root : int64[whole nodes], the node of the smaller problem that each is part of
    rise : int64[whole nodes], its price above that node's, in `scales.value`
    levels : arcs that were taken out, from the leaves inwards
    """

    whole: ClearingProblem
    problem: ClearingProblem
    piece: Piece
    root: I64
    rise: I64
    levels: tuple[I64, ...]

    def start(self, start: Start) -> Start:
        """A point of the whole as one of the smaller problem."""
        if start is None:
            return None
        flow, bundle = (start.flow, start.bundle) if isinstance(start, Solution) else start
        return np.asarray(flow)[self.piece.arcs], bundle

    def solution(self, found: Solution) -> Solution:
        """A solution of the smaller problem as one of the whole."""
        # Where there is no point, prices prove it with all values at 0.
        rise = np.zeros_like(self.rise) if found.status == Status.INFEASIBLE else self.rise
        grown = _Grown(self, rise)
        flow = self.flow(np.asarray(found.flow, np.int64), found.bundle)
        prices, proof = grown.duals(found.price_duals), grown.proof(found.proof)
        return replace(found, flow=flow, price_duals=prices, proof=proof)

    def flow(self, flow: I64, bundle: I64) -> I64:
        """Flows of all arcs, beside those that are left."""
        whole, lines = self.whole, self.whole.bundle_lines
        found = np.zeros(whole.num_arcs, np.int64)
        found[self.piece.arcs] = flow
        taken = np.zeros(whole.num_nodes, np.int64)
        on = np.asarray(bundle, np.int64) // whole.scales.bundle.denominator
        np.add.at(taken, lines.index, lines.coefficient * on[lines.row_of_entry()])
        for arcs in self.levels:
            found[arcs] = taken[whole.head[arcs]]
            np.add.at(taken, whole.tail[arcs], found[arcs])
        return found


@dataclass(frozen=True)
class _Grown:
    """Prices and proofs of a smaller problem as those of the whole, at some `rise` of the leaves."""

    made: Contraction
    rise: I64

    def duals(self, duals: Duals, nodes: I64 | None = None) -> Duals:
        """nodes : of the smaller problem, of which there are duals; None for all of them"""
        made = self.made
        own = np.arange(made.problem.num_nodes) if nodes is None else nodes
        place = np.full(made.problem.num_nodes, -1)
        place[own] = np.arange(len(own))
        at = place[made.root]
        node, rise = np.asarray(duals.node)[at[at >= 0]], self.rise[at >= 0]
        scale, largest = duals.node_scale, int(np.abs(rise).max(initial=0))
        # Coarser prices, rounded alike, leave every reduced value of an arc on its side of 0.
        while largest * (made.whole.scales.value / scale) + int(np.abs(node).max(initial=0)) > LARGEST:
            node, scale = node // 10, scale * 10
        return replace(duals, node=node + rise * int(made.whole.scales.value / scale), node_scale=scale)

    def proof(self, proof: Proof) -> Proof:
        derived, rest = taken_apart(proof)
        if isinstance(rest, Forest):
            rest = Forest(tuple(self._part(part) for part in rest.parts))
        else:
            rest = self._tree(rest, None)
        if not isinstance(proof, Strengthened):
            return rest
        return Strengthened(self._rows(derived), rest)

    def _part(self, part: Part) -> Part:
        nodes = np.flatnonzero(np.isin(self.made.root, part.nodes))
        return Part(nodes, part.rows, self._tree(part.tree, part.nodes))

    def _tree(self, tree: ProofTree, nodes: I64 | None) -> ProofTree:
        piece, arcs = self.made.piece, self.made.whole.num_arcs
        return renumber(tree, piece, arcs, lambda duals: self.duals(duals, nodes))

    def _rows(self, rows: tuple[DerivedRow, ...]) -> tuple[DerivedRow, ...]:
        """A node's row is the sum of the rows of all that is part of it: what flows between them cancels."""
        made = self.made
        order, nodes = np.argsort(made.root, kind="stable"), made.problem.num_nodes
        sources = [*np.split(order, np.searchsorted(made.root[order], np.arange(1, nodes)))]
        sources += [np.array([made.whole.num_nodes + k]) for k in range(made.problem.num_coupling)]
        columns = np.concatenate([made.piece.arcs, made.whole.num_arcs + made.piece.bundles])
        return tuple(
            replace(
                row,
                row=np.concatenate([sources[at] for at in row.row.tolist()]),
                multiple=np.repeat(row.multiple, [len(sources[at]) for at in row.row.tolist()]),
                column=columns[row.column],
            )
            for row in rows
        )


def contract(problem: ClearingProblem) -> Contraction | None:
    """The problem without its leaves from which only whole bundles take; None where nothing is gained."""
    blocked = np.zeros(problem.num_nodes, np.bool_)
    while problem.bundle_whole.any():
        made = _without_leaves(problem, blocked)
        if made is None or measure(made.problem) != measure(problem):
            return None
        # Whatever limits an arc in the smaller problem must be a limit in the whole.
        arcs = made.piece.arcs
        caps, own = root_box(problem).upper[arcs], root_box(made.problem).upper[: len(arcs)]
        new = arcs[np.isinf(caps) & np.isfinite(own)]
        if not len(new):
            return made
        blocked[problem.head[new]] = True
    return None


def _without_leaves(problem: ClearingProblem, blocked: Bools) -> Contraction | None:
    """blocked : bool[num_nodes], nodes of which nothing becomes a part"""
    leaves = _Leaves(problem, blocked)
    parent, rise, levels = np.arange(problem.num_nodes), np.zeros(problem.num_nodes, np.int64), []
    while len(arcs := leaves.next()):
        levels.append(arcs)
        parent[problem.head[arcs]] = problem.tail[arcs]
        rise[problem.head[arcs]] = problem.value[arcs]
    for arcs in reversed(levels):
        leaf, tail = problem.head[arcs], problem.tail[arcs]
        rise[leaf] += rise[tail]
        parent[leaf] = parent[tail]
    value = _values(problem, rise)
    if not levels or value is None:
        return None
    left, inside = np.ones(problem.num_arcs, np.bool_), np.flatnonzero(parent == np.arange(len(parent)))
    left[np.concatenate(levels)] = False
    rows, bundles = np.arange(problem.num_coupling), np.arange(problem.num_bundles)
    piece = Piece(inside, rows, np.flatnonzero(left), bundles)
    moved = replace(problem, bundle_lines=_moved(problem.bundle_lines, parent), bundle_value=value)
    smaller = replace(restrict(moved, piece), objective_offset=problem.objective_offset)
    return Contraction(problem, smaller, piece, np.searchsorted(inside, parent), rise, tuple(levels))


class _Leaves:
    """Finds the leaves of a network that loses them level by level."""

    def __init__(self, problem: ClearingProblem, blocked: Bools) -> None:
        self.problem, nodes, lines = problem, problem.num_nodes, problem.bundle_lines
        self.open = (problem.tail != problem.head) & (problem.capacity == INF) & ~blocked[problem.tail]
        self.open[problem.coupling.index] = False
        self.left = problem.tail != problem.head
        self.step = np.zeros(problem.num_arcs, np.int64) if problem.step is None else problem.step
        takes = problem.bundle_whole[lines.row_of_entry()] & (lines.coefficient >= 0)
        self.is_free = (problem.node_lower == 0) & (problem.node_upper == 0)
        self.is_free[lines.index[~takes]] = False
        self.shared = np.zeros(nodes, np.int64)
        np.gcd.at(self.shared, lines.index, np.asarray(lines.coefficient, np.int64))
        scales = problem.scales
        self.unit = Fraction(scales.bundle_value / (scales.value * scales.quantity))

    def next(self) -> I64:
        """The arcs into the leaves there are now, which are leaves no longer."""
        tail, head, nodes = self.problem.tail, self.problem.head, self.problem.num_nodes
        left = np.flatnonzero(self.left)
        degree = np.bincount(tail[left], minlength=nodes) + np.bincount(head[left], minlength=nodes)
        arcs: I64 = left[self.open[left] & (degree[head[left]] == 1) & self.is_free[head[left]]]
        whole = self.shared[head[arcs]] % np.maximum(self.step[arcs], 1) == 0
        arcs = arcs[whole & self._is_exact(arcs)]
        self.left[arcs] = False
        np.gcd.at(self.shared, tail[arcs], self.shared[head[arcs]])
        return arcs

    def _is_exact(self, arcs: I64) -> Bools:
        """Whether what arcs are worth to each bundle behind them is a whole number of units of its value."""
        exact: Bools = np.asarray(self.problem.value[arcs] == 0)
        at = np.flatnonzero(~exact)
        shared = self.shared[self.problem.head[arcs[at]]].tolist()
        worth = zip(self.problem.value[arcs[at]].tolist(), shared, strict=True)
        exact[at] = [w * d % self.unit == 0 for w, d in worth]
        return exact


def _values(problem: ClearingProblem, rise: I64) -> I64 | None:
    """What bundles are worth where they pay for the ways taken out; None where that does not fit."""
    lines, scales = problem.bundle_lines, problem.scales
    unit = Fraction(scales.bundle_value / (scales.value * scales.quantity))
    value = problem.bundle_value.astype(object)
    at = np.flatnonzero(rise[lines.index])
    paid = [int(d) * int(r) / unit for d, r in zip(lines.coefficient[at], rise[lines.index[at]], strict=True)]
    np.add.at(value, lines.row_of_entry()[at], np.array([int(x) for x in paid], object))
    return value.astype(np.int64) if np.abs(value).max(initial=0) < LARGEST else None


def _moved(lines: Sparse, parent: I64) -> Sparse:
    """The lines of bundles where leaves became part of others, one for each bundle and node."""
    bundle, node = lines.row_of_entry(), parent[lines.index]
    key, at = np.unique(bundle * len(parent) + node, return_inverse=True)
    taken = np.zeros(len(key), np.int64)
    np.add.at(taken, at, np.asarray(lines.coefficient, np.int64))
    indptr = np.searchsorted(key // max(len(parent), 1), np.arange(lines.num_rows + 1)).astype(np.int64)
    return Sparse(indptr, (key % max(len(parent), 1)).astype(np.uint32), taken)
