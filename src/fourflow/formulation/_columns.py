"""Columns and rows while they are being written: chunks of arrays, joined once at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fourflow.formulation._layout import ArcKind, BundleKind, NodeKind, RowKind
from fourflow.problem import INF, Sparse

I64 = NDArray[np.int64]
Switch = tuple[BundleKind, int, int]
"""A bundle in a row: which, and its coefficient h in millionths."""
Line = tuple[int, int]
"""What a bundle takes from a node: (node, quantity)."""
NO_ARCS = np.zeros(0, np.int64)
Chunk = tuple[int, tuple[Any, ...]]
"""Nodes or arcs added at once: how many, and each of their columns as an array, or one number for all."""


class Columns:
    """Nodes, arcs and bundles in the order in which they were added."""

    def __init__(self) -> None:
        self._nodes: list[Chunk] = []
        self._arcs: list[Chunk] = []
        self._meaning: tuple[int, tuple[I64, I64, I64]] = (-1, (NO_ARCS, NO_ARCS, NO_ARCS))
        self._bundles: dict[tuple[BundleKind, int], int] = {}
        self._bundle_values: list[int] = []
        self._bundle_whole: list[bool] = []
        self._bundle_lines: list[list[tuple[int, int]]] = []
        self._tails = NO_ARCS
        self.num_nodes = 0
        self.num_arcs = 0

    def add_nodes(self, kind: NodeKind | I64, ref: I64, lower: I64, upper: I64) -> I64:
        """Append nodes (of one kind, or of one each) and return their indices."""
        self._nodes.append((len(ref), (kind, ref, lower, upper)))
        self.num_nodes += len(ref)
        return np.arange(self.num_nodes - len(ref), self.num_nodes)

    def add_arcs(
        self,
        kind: ArcKind,
        ref: I64,
        pool: int,
        tail: I64,
        head: I64,
        value: I64,
        capacity: int | I64,
        step: int,
    ) -> I64:
        """Append arcs of one kind and pool and return their indices."""
        count = len(ref)
        self._arcs.append((count, (kind, ref, pool, tail, head, value, capacity, step)))
        self.num_arcs += count
        return np.arange(self.num_arcs - count, self.num_arcs)

    def add_bundle(
        self, kind: BundleKind, ref: int, value: int = 0, lines: Sequence[Line] = (), whole: bool = True
    ) -> None:
        """A decision worth `value` millionths of money at full size; `lines` are (node, quantity)."""
        self._bundles[kind, ref] = len(self._bundle_values)
        self._bundle_values.append(value)
        self._bundle_whole.append(whole)
        self._bundle_lines.append(list(lines))

    def bundle_at(self, kind: BundleKind, ref: int) -> int:
        return self._bundles[kind, ref]

    def tail_of(self, arcs: I64) -> I64:
        """The tails of some arcs."""
        if arcs.max(initial=-1) >= len(self._tails):
            self._tails = self._joined(self._arcs, 3)
        return self._tails[arcs]

    def arcs_by_meaning(self) -> tuple[I64, I64, I64]:
        """kind, ref and pool of every arc so far."""
        if self._meaning[0] != self.num_arcs:
            kind, ref, pool = (self._joined(self._arcs, at) for at in range(3))
            self._meaning = self.num_arcs, (kind, ref, pool)
        return self._meaning[1]

    def arc_values(self) -> I64:
        """The value of every arc so far."""
        return self._joined(self._arcs, 5)

    def arcs_of(self, kind: ArcKind, refs: I64) -> dict[int, list[int]]:
        """The arcs of one kind of some offers or needs."""
        kinds, ref, _ = self.arcs_by_meaning()
        arcs = np.flatnonzero(kinds == kind)
        arcs = arcs[np.isin(ref[arcs], refs)]
        found: dict[int, list[int]] = {int(one): [] for one in refs}
        for arc, one in zip(arcs.tolist(), ref[arcs].tolist(), strict=True):
            found[one].append(arc)
        return found

    def arrays(self) -> dict[str, Any]:
        """The arguments of ClearingProblem that concern nodes, arcs and bundles."""
        lower, upper = (self._joined(self._nodes, at) for at in (2, 3))
        tail, head, value, capacity, step = (self._joined(self._arcs, at) for at in range(3, 8))
        flat = [(node, d) for lines in self._bundle_lines for node, d in lines]
        lengths = [len(lines) for lines in self._bundle_lines]
        return {
            "tail": tail.astype(np.uint32), "head": head.astype(np.uint32),
            "value": value, "capacity": capacity, "step": step if step.any() else None,
            "node_lower": lower, "node_upper": upper,
            "bundle_value": np.array(self._bundle_values, np.int64),
            "bundle_whole": np.array(self._bundle_whole, np.bool_),
            "bundle_lines": _sparse(lengths, [node for node, _ in flat], [d for _, d in flat]),
        }  # fmt: skip

    def layout(self) -> dict[str, Any]:
        node_kind, node_ref = (self._joined(self._nodes, at) for at in (0, 1))
        kind, ref, pool = self.arcs_by_meaning()
        return {
            "node_kind": node_kind.astype(np.uint8), "node_ref": node_ref.astype(np.int32),
            "arc_kind": kind.astype(np.uint8), "arc_ref": ref.astype(np.int32),
            "arc_pool": pool.astype(np.int32),
            "bundle_kind": np.array([k for k, _ in self._bundles], np.uint8),
            "bundle_ref": np.array([r for _, r in self._bundles], np.int32),
        }  # fmt: skip

    @staticmethod
    def _joined(chunks: list[Chunk], column: int) -> I64:
        """One column of all chunks, int64."""
        parts = [columns[column] for _, columns in chunks]
        counts = np.array([count for count, _ in chunks], np.int64)
        given = np.array([isinstance(part, np.ndarray) for part in parts], np.bool_)
        if not given.any():
            return np.repeat(np.array(parts, np.int64), counts)
        joined = np.empty(counts.sum(), np.int64)
        joined[np.repeat(given, counts)] = np.concatenate([p for p in parts if isinstance(p, np.ndarray)])
        once = [int(part) for part in parts if not isinstance(part, np.ndarray)]
        joined[np.repeat(~given, counts)] = np.repeat(np.array(once, np.int64), counts[~given])
        return joined


class Rows:
    """Coupling rows in the order in which they were added."""

    def __init__(self) -> None:
        self._rows: list[tuple[RowKind, int, int]] = []
        self._lengths: list[int] = []
        self._entries: list[tuple[I64, I64]] = []
        self._limits: list[tuple[int, int]] = []
        self._switches: list[list[Switch]] = []
        self._charges: dict[tuple[RowKind, int], list[Switch]] = defaultdict(list)

    def add(
        self,
        kind: RowKind,
        ref: int,
        period: int,
        arcs: ArrayLike,
        coefficients: ArrayLike,
        lower: int,
        upper: int,
        *switches: Switch,
    ) -> None:
        """lower <= sum coefficient x + h y <= upper."""
        self._rows.append((kind, ref, period))
        entries = np.asarray(arcs, np.int64), np.asarray(coefficients, np.int64)
        self._lengths.append(len(entries[0]))
        self._entries.append(entries)
        self._limits.append((lower, upper))
        self._switches.append([*switches, *self._charges.get((kind, ref), ())])

    def add_links(self, arcs: I64, unit: int, switches: list[Switch]) -> None:
        """A row of its own for each arc: unit x + h y <= 0."""
        self._rows.extend((RowKind.LINK, arc, 0) for arc in arcs.tolist())
        self._lengths.extend([1] * len(arcs))
        self._entries.append((arcs, np.full(len(arcs), unit)))
        self._limits.extend([(-INF, 0)] * len(arcs))
        self._switches.extend([switch] for switch in switches)

    def charge(self, kind: RowKind, ref: int, switch: Switch) -> None:
        """A fixed cost, or what a project pays (below 0), that a BUDGET or FUNDING row will carry."""
        self._charges[kind, ref].append(switch)

    def arrays(self, columns: Columns) -> dict[str, Any]:
        """The arguments of ClearingProblem that concern coupling rows."""
        index = np.concatenate([arcs for arcs, _ in self._entries] or [np.zeros(0, np.int64)])
        coefficient = np.concatenate([c for _, c in self._entries] or [np.zeros(0, np.int64)])
        switches = [(columns.bundle_at(k, ref), h) for row in self._switches for k, ref, h in row]
        return {
            "coupling": _sparse(self._lengths, index, coefficient),
            "coupling_lower": np.array([low for low, _ in self._limits], np.int64),
            "coupling_upper": np.array([up for _, up in self._limits], np.int64),
            "bundle_coupling": _sparse(
                [len(row) for row in self._switches], [b for b, _ in switches], [h for _, h in switches]
            ),
        }

    def layout(self) -> dict[str, Any]:
        return {
            "row_kind": np.array([kind for kind, _, _ in self._rows], np.uint8),
            "row_ref": np.array([ref for _, ref, _ in self._rows], np.int32),
            "row_period": np.array([period for _, _, period in self._rows], np.int32),
        }


def _sparse(lengths: list[int], index: ArrayLike, coefficient: ArrayLike) -> Sparse:
    indptr = np.concatenate([[0], np.cumsum(np.array(lengths, np.int64))]).astype(np.int64)
    return Sparse(indptr, np.asarray(index, np.uint32), np.asarray(coefficient, np.int64))


assert np.iinfo(np.int64).max == INF
