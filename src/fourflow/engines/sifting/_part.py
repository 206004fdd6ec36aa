"""The problem of some arcs alone, and its answers continued over all arcs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fourflow.engines._bound import Box, row_charges, transposed_product, worst
from fourflow.engines._duals import round_prices
from fourflow.engines._model import F64, I64, as_float, gate_rows
from fourflow.engines._parts import Piece, restrict
from fourflow.engines.kernels import FAR
from fourflow.engines.sifting._descend import Charges
from fourflow.engines.sifting._ways import Ways
from fourflow.problem import ClearingProblem, Duals


@dataclass(frozen=True)
class Part:
    """problem : of the arcs in `piece`, with all rows and bundles but the gates of arcs left out: rows that
    let an arc pass while a bundle is on, and bundles that are there for such rows alone."""

    ways: Ways
    piece: Piece
    problem: ClearingProblem

    @staticmethod
    def of(ways: Ways, marked: NDArray[np.bool_], gates: bool = True) -> Part:
        """The part of the marked arcs; without `gates` a relaxation of it, whose program is smaller."""
        piece = _piece(ways.problem, marked, marked if gates else np.zeros_like(marked))
        return Part(ways, piece, restrict(ways.problem, piece))

    def whole(self, flow: I64, bundle: I64) -> tuple[I64, I64]:
        """(flow, bundle) of the whole problem: nothing on the arcs left out."""
        problem = self.ways.problem
        all_flow, all_bundle = np.zeros(problem.num_arcs, np.int64), np.zeros(problem.num_bundles, np.int64)
        all_flow[self.piece.arcs], all_bundle[self.piece.bundles] = flow, bundle
        return all_flow, all_bundle

    def known(self, duals: Duals) -> F64:
        """The part's price of every node in stored value, 0 of those that it does not have."""
        price = np.zeros(self.ways.problem.num_nodes)
        price[self.piece.nodes] = as_float(duals.node) * float(duals.node_scale / self.problem.scales.value)
        return price

    def continued(self, duals: Duals, box: Box, known: F64 | None = None) -> Duals:
        """The part's duals over the whole problem: sources and rows keep theirs, every other node has the
        price of the best way to it, so that no arc but one into a sink could be worth more than it costs.

        known : prices of the sources in stored value, if they are not to be the part's own
        """
        ways, problem = self.ways, self.ways.problem
        row = np.zeros(problem.num_coupling)
        row[self.piece.rows] = as_float(duals.row) * float(duals.row_scale)
        known = self.known(duals) if known is None else known
        price, _ = ways.prices(known, self.charges(duals).arc)
        price[price <= FAR / 2] = 0.0
        # A sink that may be left without anything, and that no bundle needs, pays 0 at least.
        price[ways.sinks] = np.where(
            ways.bundle[ways.sinks] < 0, np.maximum(price[ways.sinks], 0.0), price[ways.sinks]
        )
        return round_prices(
            problem, price * float(problem.scales.value), row, np.arange(problem.num_nodes), box
        )

    def charges(self, duals: Duals) -> Charges:
        """What the part's rows charge all arcs and bundles of the whole problem, and in all."""
        problem, scales = self.ways.problem, self.ways.problem.scales
        assert problem.bundle_coupling is not None
        row = np.zeros(problem.num_coupling)
        row[self.piece.rows] = as_float(duals.row) * float(duals.row_scale)
        per_bundle = transposed_product(problem.bundle_coupling, row, problem.num_bundles)
        rest = worst(as_float(problem.coupling_lower), as_float(problem.coupling_upper), row).sum()
        return Charges(
            row_charges(problem, row, Fraction(1), scales.value),
            per_bundle * float(scales.bundle_coefficient),
            float(rest) * float(scales.limit),
        )


def _piece(problem: ClearingProblem, marked: NDArray[np.bool_], gated: NDArray[np.bool_]) -> Piece:
    bundled, coupling, lines = problem.bundle_coupling, problem.coupling, problem.bundle_lines
    assert bundled is not None
    arcs, nodes = np.flatnonzero(marked), np.zeros(problem.num_nodes, np.bool_)
    for ends in (problem.tail[arcs], problem.head[arcs], lines.index):
        nodes[ends] = True
    nodes |= (as_float(problem.node_lower) > 0) | (as_float(problem.node_upper) < 0)
    gate = gate_rows(problem)
    of_entry = coupling.row_of_entry()
    rows = ~gate | (np.bincount(of_entry, gated[coupling.index], problem.num_coupling) > 0)
    row_of = bundled.row_of_entry()
    idle = np.zeros(problem.num_bundles, np.bool_)
    idle[bundled.index[gate[row_of]]] = True
    idle &= (np.diff(lines.indptr) == 0) & (as_float(problem.bundle_value) <= 0)
    idle[bundled.index[gate[row_of] & rows[row_of]]] = False
    return Piece(np.flatnonzero(nodes), np.flatnonzero(rows), arcs, np.flatnonzero(~idle))
