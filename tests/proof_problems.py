"""Random problems for the tests of the proof: each comes with a point that is feasible by construction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.errors import CertificateError
from fourflow.problem import (
    INF,
    ClearingProblem,
    DerivedRow,
    Duals,
    Forest,
    Leaf,
    Part,
    Proof,
    ProofTree,
    Scales,
    Solution,
    Sparse,
    Split,
    Status,
    Strengthened,
    strengthened,
)  # fmt: skip
from fourflow.proof._caps import inferred_caps
from fourflow.proof._derived import check_derived
from fourflow.proof._exact import exact_problem

I64 = NDArray[np.int64]
ONE = 10**3
SCALES = Scales(
    quantity=Fraction(1, 10), value=Fraction(1, 100), bundle_value=Fraction(1, 10), bundle=Fraction(1, ONE),
    coefficient=Fraction(1, 4), bundle_coefficient=Fraction(1, 2), limit=Fraction(1, 1000),
)  # fmt: skip


@dataclass(frozen=True)
class Point:
    """A problem and a feasible point of it."""

    problem: ClearingProblem
    flow: I64
    bundle: I64


def random_sparse(rng: np.random.Generator, rows: int, columns: int, size: int, least: int = 0) -> Sparse:
    """Rows of one sign or mixed; each holds the first `least` columns."""
    if columns == 0:
        return Sparse.empty(rows)
    chosen = [np.flatnonzero((rng.random(columns) < 0.4) | (np.arange(columns) < least)) for _ in range(rows)]
    indptr = np.concatenate([[0], np.cumsum([len(c) for c in chosen])]).astype(np.int64)
    index = np.concatenate([*chosen, np.zeros(0, np.int64)]).astype(np.uint32)
    one_sign = np.repeat(rng.choice([1, 1, -1, 0], rows), np.diff(indptr))
    coefficient = rng.integers(-size, size + 1, len(index))
    return Sparse(indptr, index, np.where(one_sign == 0, coefficient, np.abs(coefficient) * one_sign))


def random_point(rng: np.random.Generator, size: int = 20, whole: float = 0.4) -> Point:
    """A small problem with loops, lots, coupling rows and bundles, and a point within all its limits."""
    nodes, arcs, rows, bundles = (int(rng.integers(*ends)) for ends in ((1, 7), (0, 12), (0, 4), (0, 4)))
    tail, head = rng.integers(0, nodes, arcs), rng.integers(0, nodes, arcs)
    step = np.where(rng.random(arcs) < whole, rng.integers(1, 6, arcs), 0)
    flow = rng.integers(0, size + 1, arcs) * np.maximum(step, 1)
    capacity = np.where(rng.random(arcs) < 0.4, INF, flow + rng.integers(0, size, arcs))
    bundle_whole = rng.random(bundles) < 0.7
    bundle = np.where(bundle_whole, rng.integers(0, 2, bundles) * ONE, rng.integers(0, ONE + 1, bundles))
    problem = ClearingProblem(
        tail=tail.astype(np.uint32), head=head.astype(np.uint32),
        value=rng.integers(-size, 2 * size + 1, arcs), capacity=capacity,
        node_lower=np.zeros(nodes, np.int64), node_upper=np.zeros(nodes, np.int64),
        coupling=random_sparse(rng, rows, arcs, size),
        coupling_lower=np.zeros(rows, np.int64), coupling_upper=np.zeros(rows, np.int64),
        bundle_value=rng.integers(-size, size + 1, bundles), bundle_whole=bundle_whole,
        bundle_lines=random_sparse(rng, bundles, nodes, size, least=1),
        bundle_coupling=random_sparse(rng, rows, bundles, size),
        step=step, scales=SCALES, objective_offset=Fraction(int(rng.integers(-5, 6)), 3),
        sense="min" if rng.random() < 0.3 else "max",
    )  # fmt: skip
    node, row = activities(problem, flow, bundle)
    problem = replace(
        problem,
        node_lower=around(rng, node, SCALES.quantity, size, -1),
        node_upper=around(rng, node, SCALES.quantity, size, 1),
        coupling_lower=around(rng, row, SCALES.limit, 100 * size, -1),
        coupling_upper=around(rng, row, SCALES.limit, 100 * size, 1),
    )
    return Point(problem, flow, bundle)


def around(rng: np.random.Generator, activity: list[Fraction], scale: Fraction, slack: int, side: int) -> I64:
    """A limit on one side of each activity: tight, loose or none."""
    limits = []
    for value in activity:
        tight = -(-value // scale) if side > 0 else value // scale
        limits.append(rng.choice([side * INF, tight, tight + side * int(rng.integers(0, slack + 1))]))
    return np.array(limits, np.int64)


def activities(
    problem: ClearingProblem, flow: NDArray[Any], bundle: I64
) -> tuple[list[Fraction], list[Fraction]]:
    """Node and row activities in real units, by the formulas of the problem, in Fractions."""
    scales = problem.scales
    node = [Fraction(0)] * problem.num_nodes
    for tail, head, x in zip(problem.tail, problem.head, flow, strict=True):
        node[tail] -= Fraction(x) * scales.quantity
        node[head] += Fraction(x) * scales.quantity
    for p in range(problem.num_bundles):
        for n, d in entries(problem.bundle_lines, p):
            node[n] -= d * scales.quantity * int(bundle[p]) * scales.bundle
    row = [Fraction(0)] * problem.num_coupling
    assert problem.bundle_coupling is not None
    for k in range(problem.num_coupling):
        for a, g in entries(problem.coupling, k):
            row[k] += g * scales.coefficient * Fraction(flow[a]) * scales.quantity
        for p, h in entries(problem.bundle_coupling, k):
            row[k] += h * scales.bundle_coefficient * int(bundle[p]) * scales.bundle
    return node, row


def entries(matrix: Sparse, row: int) -> list[tuple[int, Fraction]]:
    span = slice(matrix.indptr[row], matrix.indptr[row + 1])
    columns, coefficients = matrix.index[span].tolist(), matrix.coefficient[span].tolist()
    return [(column, Fraction(c)) for column, c in zip(columns, coefficients, strict=True)]


def random_duals(rng: np.random.Generator, problem: ClearingProblem, size: int = 60) -> Duals:
    """Duals of the signs that the infinite limits ask for."""
    node = clipped(rng.integers(-size, size + 1, problem.num_nodes), problem.node_lower, problem.node_upper)
    row = clipped(
        rng.integers(-size, size + 1, problem.num_coupling), problem.coupling_lower, problem.coupling_upper
    )
    return Duals(node, row, Fraction(1, 100), Fraction(1, 16))


def clipped(price: I64, lower: I64, upper: I64) -> I64:
    price = np.where(lower <= -INF, np.maximum(price, 0), price)
    return np.where(upper >= INF, np.minimum(price, 0), price)


def random_tree(rng: np.random.Generator, problem: ClearingProblem, depth: int = 3) -> ProofTree:
    """A tree of random splits of whole columns, with random duals at its leaves."""
    steps = problem.step if problem.step is not None else np.zeros(problem.num_arcs, np.int64)
    columns = [*np.flatnonzero(steps), *(np.flatnonzero(problem.bundle_whole) + problem.num_arcs)]
    if not columns or depth == 0 or rng.random() < 0.3:
        return Leaf(random_duals(rng, problem))
    column = int(rng.choice(columns))
    k = int(rng.integers(0, 10)) if column < problem.num_arcs else 0
    return Split(column, k, random_tree(rng, problem, depth - 1), random_tree(rng, problem, depth - 1))


def random_derived(rng: np.random.Generator, problem: ClearingProblem) -> DerivedRow | None:
    """A row with random coefficients on whole columns and the least limit that follows from random rows."""
    exact = exact_problem(problem, np.zeros(problem.num_arcs, np.int64))[0]
    whole = [*np.flatnonzero(exact.step), *(np.flatnonzero(problem.bundle_whole) + problem.num_arcs)]
    lower = np.concatenate([problem.node_lower, problem.coupling_lower])
    upper = np.concatenate([problem.node_upper, problem.coupling_upper])
    multiple = rng.integers(-2, 3, len(lower)) * (rng.random(len(lower)) < 0.7)
    rows = np.flatnonzero((multiple > 0) & (upper < INF) | (multiple < 0) & (lower > -INF))
    if not whole or not len(rows):
        return None
    column = np.sort(rng.choice(whole, rng.integers(1, min(len(whole), 4) + 1), replace=False))
    coefficient = rng.choice([-2, -1, 1, 1, 2, 3], len(column))
    row = DerivedRow(rows, multiple[rows], column, coefficient, 0)
    caps = inferred_caps(exact)
    for limit in range(-60, 60):
        try:
            check_derived(exact, caps, [replace(row, limit=limit)])
        except CertificateError:
            continue
        return replace(row, limit=limit)
    return None


def with_derived(rng: np.random.Generator, problem: ClearingProblem) -> Proof:
    """A random proof, with derived rows where some can be made."""
    found = [random_derived(rng, problem) for _ in range(2)]
    derived = tuple(row for row in found if row is not None)
    tree = random_tree(rng, strengthened(problem, derived))
    return Strengthened(derived, tree) if derived or rng.random() < 0.5 else tree


def solution_of(point: Point, proof: Proof, duals: Duals) -> Solution:
    return Solution(point.flow, point.bundle, duals, proof, Status.NOT_PROVED, 1.0)


def joined(first: ClearingProblem, second: ClearingProblem) -> ClearingProblem:
    """Two problems side by side that share no node and no row."""
    assert first.bundle_coupling is not None
    assert second.bundle_coupling is not None
    both = {
        name: np.concatenate([getattr(first, name), getattr(second, name)])
        for name in ("value", "capacity", "node_lower", "node_upper", "coupling_lower", "coupling_upper",
                     "bundle_value", "bundle_whole", "step")
    }  # fmt: skip
    shift = np.uint32(first.num_nodes)
    return replace(
        first,
        tail=np.concatenate([first.tail, second.tail + shift]),
        head=np.concatenate([first.head, second.head + shift]),
        coupling=_stacked(first.coupling, second.coupling, first.num_arcs),
        bundle_lines=_stacked(first.bundle_lines, second.bundle_lines, first.num_nodes),
        bundle_coupling=_stacked(first.bundle_coupling, second.bundle_coupling, first.num_bundles),
        **both,
    )


def _stacked(first: Sparse, second: Sparse, shift: int) -> Sparse:
    return Sparse(
        np.concatenate([first.indptr, second.indptr[1:] + first.indptr[-1]]),
        np.concatenate([first.index, second.index + np.uint32(shift)]),
        np.concatenate([first.coefficient, second.coefficient]),
    )


def joined_forest(
    first: ClearingProblem, second: ClearingProblem, first_tree: ProofTree, second_tree: ProofTree
) -> Forest:
    """The forest of `joined`: columns of the second problem's tree are renumbered."""
    nodes, rows = first.num_nodes, first.num_coupling
    return Forest((
        Part(np.arange(nodes), np.arange(rows), _renumbered(first_tree, first, 0, 0, second.num_arcs)),
        Part(
            nodes + np.arange(second.num_nodes), rows + np.arange(second.num_coupling),
            _renumbered(second_tree, second, first.num_arcs, first.num_arcs + first.num_bundles, 0),
        ),
    ))  # fmt: skip


def _renumbered(tree: ProofTree, own: ClearingProblem, arc: int, bundle: int, more_arcs: int) -> ProofTree:
    if isinstance(tree, Leaf):
        return tree
    column = tree.column + (arc if tree.column < own.num_arcs else bundle + more_arcs)
    sides = (_renumbered(side, own, arc, bundle, more_arcs) for side in (tree.left, tree.right))
    return Split(column, tree.k, *sides)
