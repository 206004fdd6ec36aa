"""Parts of a Forest: independent components of one problem, each with columns of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fourflow.errors import CertificateError
from fourflow.problem import Forest, Part, Sparse
from fourflow.proof._exact import Exact

I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Columns:
    """The arcs and bundles of one part, ascending, as numbered in the whole problem."""

    arcs: I64
    bundles: I64
    num_arcs_in_all: int

    @staticmethod
    def all(exact: Exact) -> Columns:
        return Columns(np.arange(exact.num_arcs), np.arange(exact.num_bundles), exact.num_arcs)

    def local_arc(self, column: int) -> int | None:
        return _position(self.arcs, column) if column < self.num_arcs_in_all else None

    def local_bundle(self, column: int) -> int | None:
        return _position(self.bundles, column - self.num_arcs_in_all)


def _position(numbers: I64, wanted: int) -> int | None:
    place = int(np.searchsorted(numbers, wanted))
    return place if place < len(numbers) and numbers[place] == wanted else None


def columns_by_part(exact: Exact, forest: Forest) -> list[Columns]:
    """The columns of every part: a loop without rows is in that of its node, a bundle that touches nothing
    in the first.

    Raises CertificateError unless each node and row is in one part, and each column touches one part only.
    """
    node_part = _part_of([part.nodes for part in forest.parts], len(exact.node_lower), "node")
    row_part = _part_of([part.rows for part in forest.parts], len(exact.row_lower), "coupling row")
    arc_part = _arc_parts(exact, node_part, row_part)
    bundle_part = _bundle_parts(exact, node_part, row_part)
    num_parts = len(forest.parts)
    return [
        Columns(arcs, bundles, exact.num_arcs)
        for arcs, bundles in zip(_grouped(arc_part, num_parts), _grouped(bundle_part, num_parts), strict=True)
    ]


def _part_of(members: list[I64], length: int, noun: str) -> I64:
    part = np.full(length, -1)
    everyone = (
        np.concatenate([np.asarray(m, np.int64) for m in members]) if members else np.zeros(0, np.int64)
    )
    if len(everyone) != length or len(np.unique(everyone)) != length:
        raise CertificateError(f"the parts of the proof must hold each {noun} exactly once.")
    if length and (everyone.min() < 0 or everyone.max() >= length):
        raise CertificateError(f"a part of the proof names a {noun} that the problem does not have.")
    part[everyone] = np.repeat(np.arange(len(members)), [len(m) for m in members])
    return part


def _arc_parts(exact: Exact, node_part: I64, row_part: I64) -> I64:
    """A loop does not touch its node; every other arc touches both ends."""
    part = node_part[exact.tail] if exact.num_arcs else np.zeros(0, np.int64)
    loop = exact.tail == exact.head
    rows, arcs = row_part[exact.coupling.row_of_entry()], exact.coupling.index
    on_loop = loop[arcs]
    part[arcs[on_loop]] = rows[on_loop]
    ends_differ = ~loop & (node_part[exact.head] != part) if exact.num_arcs else loop
    if ends_differ.any() or (part[arcs] != rows).any():
        raise CertificateError("an arc touches two parts of the proof.")
    return part


def _bundle_parts(exact: Exact, node_part: I64, row_part: I64) -> I64:
    part = np.zeros(exact.num_bundles, np.int64)
    touched_by_line = node_part[exact.lines.index]
    touched_by_row = row_part[exact.bundle_coupling.row_of_entry()]
    part[exact.lines.row_of_entry()] = touched_by_line
    part[exact.bundle_coupling.index] = touched_by_row
    strays = (part[exact.lines.row_of_entry()] != touched_by_line).any()
    if strays or (part[exact.bundle_coupling.index] != touched_by_row).any():
        raise CertificateError("a bundle touches two parts of the proof.")
    return part


def _grouped(part: I64, num_parts: int) -> list[I64]:
    order = np.argsort(part, kind="stable")
    return np.split(order, np.searchsorted(part[order], np.arange(1, num_parts)))


def restrict(exact: Exact, part: Part, columns: Columns) -> Exact:
    """The problem of one part: its nodes and rows in the order that the part gives them."""
    nodes, rows = np.asarray(part.nodes, np.int64), np.asarray(part.rows, np.int64)
    new_node, new_arc = _numbering(nodes, len(exact.node_lower)), _numbering(columns.arcs, exact.num_arcs)
    new_bundle = _numbering(columns.bundles, exact.num_bundles)
    tail, head = exact.tail[columns.arcs], exact.head[columns.arcs]
    loop = tail == head
    return replace(
        exact,
        tail=np.where(loop, 0, new_node[tail]).astype(np.uint32),
        head=np.where(loop, 0, new_node[head]).astype(np.uint32),
        value=exact.value[columns.arcs], capacity=exact.capacity[columns.arcs], step=exact.step[columns.arcs],
        node_lower=exact.node_lower[nodes], node_upper=exact.node_upper[nodes],
        coupling=_take(exact.coupling, rows, new_arc),
        row_lower=exact.row_lower[rows], row_upper=exact.row_upper[rows],
        bundle_value=exact.bundle_value[columns.bundles], bundle_whole=exact.bundle_whole[columns.bundles],
        lines=_take(exact.lines, columns.bundles, new_node),
        bundle_coupling=_take(exact.bundle_coupling, rows, new_bundle),
    )  # fmt: skip


def _numbering(kept: I64, length: int) -> I64:
    new = np.full(length, -1)
    new[kept] = np.arange(len(kept))
    return new


def _take(matrix: Sparse, rows: I64, new_column: I64) -> Sparse:
    """The rows asked for, with columns renumbered."""
    lengths = np.diff(matrix.indptr)[rows]
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    entries = np.arange(indptr[-1]) + np.repeat(matrix.indptr[rows] - indptr[:-1], lengths)
    return Sparse(indptr, new_column[matrix.index[entries]].astype(np.uint32), matrix.coefficient[entries])
