"""Solving once more near known prices: only the arcs that these prices leave worth looking at.

An arc whose reduced value is far below zero is idle in every good answer, so it is left out at first
(column generation; Dantzig and Wolfe 1960, Operations Research 8). Where nothing flows the small problem has
many prices; those of all arcs follow by longest paths. If they prove the answer it is that of the whole;
else the arcs on those paths come in.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fourflow.engines._bound import Box, bound_of, reduced_values, root_box
from fourflow.engines._claims import objective_of, relative_gap
from fourflow.engines._duals import round_prices
from fourflow.engines._exact import Run
from fourflow.engines._parts import Piece, restrict
from fourflow.problem import ClearingProblem, Duals, Leaf, Solution
from fourflow.progress import ignore

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]
LOOKED_AT = 10_000
"""Arcs that are looked at to begin with, beside loops and those that come in lots."""
MOST_ROUNDS, MOST_HOPS = 6, 200
GAIN, SLIP = 1.0, 1e-3
"""Units of value: less is no gain; less than that is rounding."""
FAR = 4.0
"""A hub that nothing can reach is so many times dearer than any arc is worth."""


def solve_near(problem: ClearingProblem, duals: Duals, gap: float, time_limit_s: float) -> Solution:
    """Solve a problem of integers to a relative gap, given duals that are near the right ones.

    duals : one for every node and row; poor ones cost time, never the proof. What takes a tree to prove, or
    what the known prices do not lead to, is left to the exact engine.
    """
    deadline = time.monotonic() + time_limit_s
    box = root_box(problem)
    looked_at = _looked_at(problem, duals)
    for _ in range(MOST_ROUNDS):
        found = _solve_part(problem, looked_at, gap, max(0.0, deadline - time.monotonic()))
        if not isinstance(found.proof, Leaf) or found.claimed_gap > gap:
            break
        closed = _close(problem, found, box)
        bound = bound_of(problem, closed, box)
        if (
            relative_gap(
                problem, objective_of(problem, np.asarray(found.flow, np.int64), found.bundle), bound
            )
            <= gap
        ):
            return replace(found, proof=Leaf(closed))
        tight = ~looked_at & (_gains(problem, closed) > -GAIN)
        if not tight.any():
            break
        looked_at |= tight
    return Run(problem, gap, max(0.0, deadline - time.monotonic()), None, ignore).solve(None)


def _gains(problem: ClearingProblem, duals: Duals) -> F64:
    """float64[num_arcs]: the reduced value of each arc in units of value."""
    return reduced_values(problem, duals)[0] * float(duals.node_scale / problem.scales.value)


def _looked_at(problem: ClearingProblem, duals: Duals) -> Bools:
    """bool[num_arcs]: loops, arcs that come in lots, and the most promising of the others."""
    chosen: Bools = np.asarray(problem.tail == problem.head)
    if problem.step is not None:
        chosen |= problem.step > 1
    others = np.flatnonzero(~chosen)
    reduced = _gains(problem, duals)[others]
    chosen[others[np.argsort(-reduced, kind="stable")[:LOOKED_AT]]] = True
    return chosen


def _solve_part(problem: ClearingProblem, chosen: Bools, gap: float, time_limit_s: float) -> Solution:
    """The answer of the problem without the arcs that are not chosen, with their flow of 0."""
    nodes, rows, bundles = (
        np.arange(size) for size in (problem.num_nodes, problem.num_coupling, problem.num_bundles)
    )
    arcs = np.flatnonzero(chosen)
    part = restrict(problem, Piece(nodes, rows, arcs, bundles))
    found = Run(part, gap, time_limit_s, None, ignore).solve(None)
    flow = np.zeros(problem.num_arcs, np.int64)
    flow[arcs] = found.flow
    return replace(found, flow=flow)


def _close(problem: ClearingProblem, found: Solution, box: Box) -> Duals:
    """Duals at which no arc with room gains: what one more unit costs at each node.

    A node's dual is the least that arcs with room into it and arcs with flow out of it allow: a longest path
    in the residual graph, at the row duals as they are. It ends where something could be given up: dual 0.
    """
    assert isinstance(found.proof, Leaf)
    duals, unit = found.proof.duals, float(problem.scales.value)
    node = np.asarray(duals.node, np.float64) * float(duals.node_scale) / unit
    tail, head = problem.tail.astype(np.int64), problem.head.astype(np.int64)
    lines = np.asarray(problem.bundle_lines.index, np.int64)
    degree = np.bincount(np.concatenate([tail, head, lines, lines]), minlength=problem.num_nodes)
    moves = degree > 1
    moves[lines] = False
    # What an arc brings along, charges deducted: its reduced value without the duals of its ends.
    brings = _gains(problem, duals) + node[head] - node[tail]
    ahead = np.flatnonzero(moves[head] & (tail != head) & (found.flow < box.upper[: problem.num_arcs]))
    back = np.flatnonzero(moves[tail] & (tail != head) & (found.flow > 0))
    start = np.concatenate([tail[ahead], head[back]])
    end = np.concatenate([head[ahead], tail[back]])
    length = np.concatenate([brings[ahead], -brings[back]])
    net = np.zeros(problem.num_nodes, np.int64)
    np.add.at(net, head, found.flow)
    np.subtract.at(net, tail, found.flow)
    node[degree == 1] = 0.0
    far = -FAR * max(1.0, float(np.abs(brings).max(initial=0.0)))
    node[moves] = np.where((net > problem.node_lower)[moves], 0.0, far)
    _raise(node, start, end, length)
    row = np.asarray(duals.row, np.float64) * float(duals.row_scale)
    return round_prices(problem, node * unit, row, np.flatnonzero(degree > 1), box)


def _raise(node: F64, start: I64, end: I64, length: F64) -> None:
    """Raise the ends (in place) to the longest paths (Bellman and Ford), from where something was raised."""
    at = np.arange(len(start))
    for _ in range(MOST_HOPS):
        through = node[start[at]] + length[at]
        gains = through > node[end[at]] + SLIP
        raised = np.zeros(len(node), np.bool_)
        raised[end[at[gains]]] = True
        np.maximum.at(node, end[at[gains]], through[gains])
        at = np.flatnonzero(raised[start])
        if not len(at):
            return
