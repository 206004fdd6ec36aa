"""Coupling rows that limit one arc only: a lane that carries one kind of goods. They are caps in disguise.

At given node duals the best price of such a row is max(0, r) / g, where r is the reduced value of its arc
before the row's charge. So these rents need not stay what the solver's vertex happened to make them: they
follow from the middle of the band.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.problem import INF, ClearingProblem, Duals, Solution

I64 = NDArray[np.int64]
FINEST = 15
"""Row duals may become finer by up to 10^15, so that the rents of all such rows are whole numbers."""
LARGEST = 2**61


@dataclass(frozen=True)
class Solo:
    """row, arc : int64[n], every arc once; full : bool[n], the row is used up; row_scale : of the new row
    duals, finer than the old by the factor `finer`; per_dual[i] : integers of the new row dual in one
    integer of node dual."""

    row: I64
    arc: I64
    full: NDArray[np.bool_]
    row_scale: Fraction
    finer: int
    per_dual: list[int]

    def only(self, chosen: NDArray[np.bool_]) -> Solo:
        """Some of these rows; the others keep their price."""
        counts = [count for count, keep in zip(self.per_dual, chosen, strict=True) if keep]
        row, arc, full = self.row[chosen], self.arc[chosen], self.full[chosen]
        return Solo(row, arc, full, self.row_scale, self.finer, counts)


def solo_rows(problem: ClearingProblem, solution: Solution) -> Solo:
    """The rows  g x_a <= U  with g > 0 and nothing else that counts, whose limit is no looser than the arc's
    own cap; of several for one arc the first."""
    matrix, bundles = problem.coupling, problem.bundle_coupling
    assert bundles is not None
    entry, of_entry = np.flatnonzero(matrix.coefficient), matrix.row_of_entry()
    count = np.bincount(of_entry[entry], minlength=problem.num_coupling)
    bundled = bundles.row_of_entry()[bundles.coefficient != 0]
    alone = (count == 1) & (np.bincount(bundled, minlength=problem.num_coupling) == 0)
    alone &= (problem.coupling_lower <= -INF) & (problem.coupling_upper < INF)
    entry = entry[alone[of_entry[entry]]]
    row, arc = of_entry[entry].astype(np.int64), matrix.index[entry].astype(np.int64)
    g = matrix.coefficient[entry]
    arc, first = np.unique(arc, return_index=True)
    row, g = row[first], g[first]
    # U against g x and g cap, in one unit and without overflow.
    unit = problem.scales.limit / (problem.scales.coefficient * problem.scales.quantity)
    limit = problem.coupling_upper[row].astype(object) * unit.numerator
    used = g.astype(object) * solution.flow[arc] * unit.denominator
    widest = g.astype(object) * problem.capacity[arc] * unit.denominator
    good = (g > 0) & (problem.tail[arc] != problem.head[arc]) & (limit <= widest).astype(np.bool_)
    full = (used >= limit).astype(np.bool_)
    return _in_whole_numbers(problem, solution.price_duals, row, arc, g, full, good)


def _in_whole_numbers(
    problem: ClearingProblem,
    duals: Duals,
    row: I64,
    arc: I64,
    g: NDArray[np.integer[Any]],
    full: NDArray[np.bool_],
    good: NDArray[np.bool_],
) -> Solo:
    """Keep the rows of which one integer of node dual is a whole number of row duals, at the coarsest
    scale that keeps all of them, or else at the finest that existing row duals allow."""
    unit = problem.scales.coefficient * duals.row_scale / duals.node_scale
    largest = int(np.abs(duals.row).max(initial=0))
    finer, per_dual = 1, [Fraction(0)] * len(row)
    for finer in (10**digits for digits in range(FINEST + 1)):
        per_dual = [
            finer / (unit * c) if ok else Fraction(1, 2) for c, ok in zip(g.tolist(), good, strict=True)
        ]
        whole = np.array([share.denominator == 1 for share in per_dual], np.bool_)
        if (whole | ~good).all() or largest * finer * 10 >= LARGEST:
            break
    keep = np.flatnonzero(good & whole)
    counts = [int(per_dual[i]) for i in keep]
    return Solo(row[keep], arc[keep], full[keep], duals.row_scale / finer, finer, counts)


def reprice(solo: Solo, row_duals: I64, reduced: I64) -> I64 | None:
    """Row duals at the new scale, those of solo rows at max(0, reduced); None if one is too large.

    reduced : int64[n], reduced values of the solo arcs before their rows' charge, in node duals.
    """
    rents = [max(0, r) * count for r, count in zip(reduced.tolist(), solo.per_dual, strict=True)]
    if max(rents, default=0) >= LARGEST:
        return None
    priced = row_duals * solo.finer
    priced[solo.row] = rents
    return np.asarray(priced, np.int64)
