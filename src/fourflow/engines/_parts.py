"""Independent components: each open one gets a tree of its own, so that leaves add up instead of multiply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fourflow.engines._model import I64
from fourflow.problem import ClearingProblem, DerivedRow, Duals, Leaf, ProofTree, Sparse, Split

LARGEST = 2**61


@dataclass(frozen=True)
class Piece:
    """One part of a problem: nodes, rows, arcs and bundles as numbered in the whole, ascending."""

    nodes: I64
    rows: I64
    arcs: I64
    bundles: I64


def components(problem: ClearingProblem) -> tuple[I64, I64, I64, I64]:
    """The component of every node, row, arc and bundle. Loops count as touching their node."""
    nodes, rows, arcs = problem.num_nodes, problem.num_coupling, problem.num_arcs
    bundles, bundled = problem.num_bundles, problem.bundle_coupling
    assert bundled is not None
    first_row, first_arc, first_bundle = nodes, nodes + rows, nodes + rows + arcs
    arc, lines = np.arange(arcs) + first_arc, problem.bundle_lines
    ends = [
        (arc, problem.tail), (arc, problem.head),
        (problem.coupling.index + first_arc, problem.coupling.row_of_entry() + first_row),
        (lines.row_of_entry() + first_bundle, lines.index),
        (bundled.index + first_bundle, bundled.row_of_entry() + first_row),
    ]  # fmt: skip
    left = np.concatenate([np.asarray(a, np.int64) for a, _ in ends])
    right = np.concatenate([np.asarray(b, np.int64) for _, b in ends])
    size = first_bundle + bundles
    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    label = label.astype(np.int64)
    return label[:first_row], label[first_row:first_arc], label[first_arc:first_bundle], label[first_bundle:]


def part_around(problem: ClearingProblem, nodes: I64, bundles: I64) -> Piece:
    """The components of these nodes and bundles: what else there is cannot change what is best for them."""
    labels = components(problem)
    chosen = np.unique(np.concatenate([labels[0][nodes], labels[3][bundles]]))
    of_node, of_row, of_arc, of_bundle = (np.flatnonzero(np.isin(label, chosen)) for label in labels)
    return Piece(of_node, of_row, of_arc, of_bundle)


def pieces(problem: ClearingProblem, fractional: NDArray[np.bool_]) -> list[Piece]:
    """The rest first, then one piece for each component with a fractional whole column.

    fractional : bool[num_arcs + num_bundles]. An empty list where there is but one component.
    """
    labels = components(problem)
    of_columns = np.concatenate(labels[2:])
    is_open = np.unique(of_columns[fractional])
    # A column that touches nothing belongs to the first part, whatever it is.
    touched = np.unique(np.concatenate(labels[:2]))
    is_open = is_open[np.isin(is_open, touched)]
    if len(is_open) == 0 or len(touched) <= 1:
        return []
    part_of = np.zeros(int(of_columns.max(initial=0)) + int(touched.max(initial=0)) + 2, np.int64)
    part_of[is_open] = np.arange(1, len(is_open) + 1)
    grouped = [_grouped(part_of[label], len(is_open) + 1) for label in labels]
    return [Piece(*members) for members in zip(*grouped, strict=True)]


def _grouped(part: I64, num_parts: int) -> list[I64]:
    order = np.argsort(part, kind="stable")
    return list(np.split(order, np.searchsorted(part[order], np.arange(1, num_parts))))


def restrict(problem: ClearingProblem, piece: Piece) -> ClearingProblem:
    """The problem of one piece alone, without offset and what its rows and bundles hold of other pieces."""
    new_node = _numbering(piece.nodes, problem.num_nodes)
    new_arc = _numbering(piece.arcs, problem.num_arcs)
    new_bundle = _numbering(piece.bundles, problem.num_bundles)
    assert problem.bundle_coupling is not None
    return replace(
        problem,
        tail=new_node[problem.tail[piece.arcs]].astype(np.uint32),
        head=new_node[problem.head[piece.arcs]].astype(np.uint32),
        value=problem.value[piece.arcs],
        capacity=problem.capacity[piece.arcs],
        node_lower=problem.node_lower[piece.nodes],
        node_upper=problem.node_upper[piece.nodes],
        coupling=_take(problem.coupling, piece.rows, new_arc),
        coupling_lower=problem.coupling_lower[piece.rows],
        coupling_upper=problem.coupling_upper[piece.rows],
        bundle_value=problem.bundle_value[piece.bundles],
        bundle_lines=_take(problem.bundle_lines, piece.bundles, new_node),
        bundle_coupling=_take(problem.bundle_coupling, piece.rows, new_bundle),
        bundle_whole=problem.bundle_whole[piece.bundles],
        step=None if problem.step is None else problem.step[piece.arcs],
        objective_offset=Fraction(0),
        origin=None,
    )


def restrict_duals(duals: Duals, piece: Piece) -> Duals:
    """The duals of one piece."""
    return replace(duals, node=duals.node[piece.nodes], row=duals.row[piece.rows])


def renumber_derived(
    rows: tuple[DerivedRow, ...], piece: Piece, problem: ClearingProblem
) -> list[DerivedRow]:
    """The derived rows of a piece with rows and columns as numbered in the whole problem."""
    sources = np.concatenate([piece.nodes, problem.num_nodes + piece.rows])
    columns = np.concatenate([piece.arcs, problem.num_arcs + piece.bundles])
    return [replace(row, row=sources[row.row], column=columns[row.column]) for row in rows]


def renumber(
    tree: ProofTree, piece: Piece, num_arcs: int, with_duals: Callable[[Duals], Duals] = lambda duals: duals
) -> ProofTree:
    """The tree of a piece with its columns as numbered in the whole problem of `num_arcs` arcs.

    with_duals : what becomes of the duals of each leaf
    """
    columns = np.concatenate([piece.arcs, num_arcs + piece.bundles]).tolist()
    done: dict[int, ProofTree] = {}
    todo = [tree]
    while todo:
        node = todo[-1]
        if isinstance(node, Leaf):
            done[id(todo.pop())] = Leaf(with_duals(node.duals))
        elif id(node.left) in done and id(node.right) in done:
            left, right = done[id(node.left)], done[id(node.right)]
            done[id(todo.pop())] = Split(columns[node.column], node.k, left, right)
        else:
            todo += [node.left, node.right]
    return done[id(tree)]


def merge_duals(problem: ClearingProblem, found: list[tuple[Piece, Duals]]) -> Duals:
    """Prices of all pieces in one scale each: the finest that holds them."""
    node_scale = _common([duals.node_scale for _, duals in found], [duals.node for _, duals in found])
    row_scale = _common([duals.row_scale for _, duals in found], [duals.row for _, duals in found])
    node, row = np.zeros(problem.num_nodes, np.int64), np.zeros(problem.num_coupling, np.int64)
    for piece, duals in found:
        node[piece.nodes] = _scaled(duals.node, duals.node_scale / node_scale)
        row[piece.rows] = _scaled(duals.row, duals.row_scale / row_scale)
    return Duals(node, row, node_scale, row_scale)


def _common(scales: list[Fraction], arrays: list[NDArray[np.int64] | NDArray[np.float64]]) -> Fraction:
    largest = max(
        int(np.abs(array).max(initial=0)) * scale for array, scale in zip(arrays, scales, strict=True)
    )
    fitting = [scale for scale in scales if largest / scale < LARGEST]
    return min(fitting, default=max(scales))


def _scaled(array: NDArray[np.int64] | NDArray[np.float64], factor: Fraction) -> I64:
    if factor.denominator == 1:
        return np.asarray(array * int(factor), np.int64)
    return np.rint(array * float(factor)).astype(np.int64)


def _numbering(kept: I64, length: int) -> I64:
    new = np.full(length, -1)
    new[kept] = np.arange(len(kept))
    return new


def _take(matrix: Sparse, rows: I64, new_column: I64) -> Sparse:
    """The rows asked for, with columns renumbered, less entries of columns that are not there (-1)."""
    lengths = np.diff(matrix.indptr)[rows]
    first = np.cumsum(lengths) - lengths
    entries = np.arange(lengths.sum()) + np.repeat(matrix.indptr[rows] - first, lengths)
    column, row = new_column[matrix.index[entries]], np.repeat(np.arange(len(rows)), lengths)
    there = column >= 0
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row[there], minlength=len(rows)))])
    return Sparse(
        indptr.astype(np.int64), column[there].astype(np.uint32), matrix.coefficient[entries][there]
    )
