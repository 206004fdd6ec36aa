"""Rows as knapsacks over 0-or-1 columns, and lifted covers that cut off a fractional point.

A row's upper side, or its lower side negated, says sum a z + (other columns) <= b. Other columns are put
where they help most, columns with a < 0 are counted from 1, and weights are divided by what they share (or
rounded down with the room where they are long). So each knapsack is no tighter than its row. The nodes that
arcs join are a row too, their sum: arcs between them cancel, so that it says that what whole bundles
take out of a network is no more than goes into it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, vstack
from scipy.sparse.csgraph import connected_components

from fourflow.engines._bound import Box
from fourflow.engines._highs import Facet, now
from fourflow.engines._model import F64, I64, as_float, shared_unit
from fourflow.engines.kernels._covers import AT_LIMIT, best_choice, lift_others, start_with_cover
from fourflow.problem import ClearingProblem, DerivedRow

LONGEST = 2**40
"""Weights beyond it are rounded down."""
EXACT = 2.0**53
VIOLATED, FULL = 1e-4, 1e-6
MOST_CORE, MOST_CHOICES, MOST_FACTOR = 30, 200, 100
"""The largest facet program that is tried: its columns, its rows, and the whole numbers it may end in."""


@dataclass(frozen=True)
class Knapsacks:
    """ptr : int64[num + 1] over the entries; column, weight : int64; turned : bool, counted from 1
    room, row, sign : int64[num]  the row it is, the problem's own first, then networks, and which side
    networks : 1 for each row of the problem (nodes, then coupling rows) that a network is the sum of"""

    ptr: I64
    column: I64
    weight: I64
    turned: np.ndarray
    room: I64
    row: I64
    sign: I64
    networks: csr_array

    def rows(self, k: int) -> I64:
        """The rows of the problem that knapsack k comes of."""
        network = int(self.row[k]) - self.networks.shape[1]
        if network < 0:
            return self.row[k : k + 1]
        start, end = self.networks.indptr[network : network + 2]
        return np.sort(self.networks.indices[start:end]).astype(np.int64)


def knapsacks(problem: ClearingProblem, root: Box) -> Knapsacks:
    """All rows, either side, in which whole columns of 0 or 1 cannot all be taken."""
    matrix, lower, upper = _rows(problem)
    networks, steps = _networks(problem), _steps(problem)
    lower, upper = (np.concatenate([limit, networks @ limit]) for limit in (lower, upper))
    matrix = csr_array(vstack([matrix, networks @ matrix]))
    one_step = np.floor(root.upper / np.maximum(steps, 1)) == 1
    sides = [
        _side(matrix, limit, sign, steps * one_step, root, networks)
        for sign, limit in ((1, upper), (-1, -lower))
    ]
    ptr = np.concatenate([[0], *(side.ptr[1:] for side in sides)])
    ptr[len(sides[0].ptr) :] += sides[0].ptr[-1]
    names = ("column", "weight", "turned", "room", "row", "sign")
    both = {name: np.concatenate([getattr(side, name) for side in sides]) for name in names}
    return Knapsacks(ptr=ptr, networks=networks, **both)


def _networks(problem: ClearingProblem) -> csr_array:
    """The nodes that arcs join, a row for each such network that at least two whole bundles take from."""
    nodes, proper, lines = problem.num_nodes, problem.tail != problem.head, problem.bundle_lines
    ends = problem.tail[proper].astype(np.int64), problem.head[proper].astype(np.int64)
    graph = coo_array((np.ones(len(ends[0])), ends), shape=(nodes, nodes))
    num, of_node = connected_components(graph, directed=False)
    whole = lines.index[problem.bundle_whole[lines.row_of_entry()]]
    wanted = (np.bincount(of_node[whole], minlength=num) > 1) & (np.bincount(of_node, minlength=num) > 1)
    inside, number = np.flatnonzero(wanted[of_node]), np.cumsum(wanted) - 1
    shape = (int(wanted.sum()), nodes + problem.num_coupling)
    return csr_array(coo_array((np.ones(len(inside)), (number[of_node[inside]], inside)), shape=shape))


def _steps(problem: ClearingProblem) -> I64:
    """Quanta in one step of each column, 1 for a whole bundle, 0 for what need not be whole."""
    steps = np.zeros(problem.num_arcs, np.int64) if problem.step is None else problem.step
    return np.concatenate([steps, problem.bundle_whole.astype(np.int64)])


def _rows(problem: ClearingProblem) -> tuple[csr_array, F64, F64]:
    """The rows by column, in quanta of flow and whole bundles, and their limits; whole numbers as floats."""
    scales, arcs, nodes = problem.scales, problem.num_arcs, problem.num_nodes
    coupling, bundled, lines = problem.coupling, problem.bundle_coupling, problem.bundle_lines
    assert bundled is not None
    units = (scales.coefficient * scales.quantity, scales.bundle_coefficient, scales.limit)
    unit = shared_unit(units)
    per_arc, per_bundle, per_limit = (float(u / unit) for u in units)
    proper = np.flatnonzero(problem.tail != problem.head)
    ones = np.ones(len(proper))
    row: list[NDArray[Any]] = [problem.head[proper], problem.tail[proper], lines.index,
           coupling.row_of_entry() + nodes, bundled.row_of_entry() + nodes]  # fmt: skip
    column = [proper, proper, lines.row_of_entry() + arcs,
              coupling.index.astype(np.int64), bundled.index.astype(np.int64) + arcs]  # fmt: skip
    entry = [ones, -ones, -as_float(lines.coefficient),
             as_float(coupling.coefficient) * per_arc,
             as_float(bundled.coefficient) * per_bundle]  # fmt: skip
    places = np.concatenate(row).astype(np.int64), np.concatenate(column).astype(np.int64)
    shape = (nodes + problem.num_coupling, arcs + problem.num_bundles)
    lower = np.concatenate([as_float(problem.node_lower), as_float(problem.coupling_lower) * per_limit])
    upper = np.concatenate([as_float(problem.node_upper), as_float(problem.coupling_upper) * per_limit])
    return csr_array(coo_array((np.concatenate(entry), places), shape=shape)), lower, upper


def _side(matrix: csr_array, limit: F64, sign: int, steps: I64, root: Box, networks: csr_array) -> Knapsacks:
    """The knapsacks of all rows sign * a z <= limit. steps : of the columns that are 0 or 1, else 0"""
    num_rows, columns = matrix.shape[0], matrix.indices.astype(np.int64)
    row_of = np.repeat(np.arange(num_rows), np.diff(matrix.indptr))
    entry, binary = sign * matrix.data, steps[columns] > 0
    most = np.where(binary, steps[columns], np.ceil(root.upper[columns]))
    weight = entry * np.where(entry == 0, 0.0, most)
    room = limit + np.bincount(row_of, np.maximum(-weight, 0.0), num_rows)
    counted = binary & (weight != 0) & np.isfinite(weight)
    total = np.bincount(row_of, np.where(counted, np.abs(weight), 0.0), num_rows)
    longest = np.zeros(num_rows)
    np.maximum.at(longest, row_of, np.where(counted, np.abs(weight), 0.0))
    fits = np.isfinite(room) & (np.maximum(room, total) < EXACT) & (room >= 0) & (total > room)
    fits &= np.bincount(row_of, counted, num_rows) > 1
    # Where all weights are one number that divides the room, the row says all there is to say.
    shortest = np.full(num_rows, np.inf)
    np.minimum.at(shortest, row_of[counted], np.abs(weight[counted]))
    fits[fits] &= (longest > shortest)[fits] | (room[fits] % longest[fits] != 0)
    kept = np.flatnonzero(counted & fits[row_of])
    rows, lengths = np.unique(row_of[kept], return_counts=True)
    ptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    weights, rooms = np.abs(weight[kept]).astype(np.int64), room[rows].astype(np.int64)
    if len(rows):
        shared = np.gcd.reduceat(weights, ptr[:-1])
        shared = np.maximum(shared, -(-longest[rows].astype(np.int64) // LONGEST))
        weights, rooms = weights // np.repeat(shared, lengths), rooms // shared
    return Knapsacks(
        ptr, columns[kept], weights, weight[kept] < 0, rooms, rows, np.full(len(rows), sign), networks
    )


def _beyond(sacks: Knapsacks, z: F64) -> I64:
    """The knapsacks that `z` (float64[num_entries]) fills; a cover can cut off no other point."""
    filled = np.add.reduceat(sacks.weight * z, sacks.ptr[:-1]) if len(sacks.room) else np.zeros(0)
    return np.flatnonzero(filled >= sacks.room * (1 - FULL))


def cut_off(sacks: Knapsacks, point: F64, deadline: float) -> list[DerivedRow]:
    """At most one derived row of each knapsack beyond which `point` (float64[num_columns], in steps) lies."""
    found: list[DerivedRow] = []
    all_z = np.where(sacks.turned, 1.0 - point[sacks.column], point[sacks.column]).clip(0.0, 1.0)
    for k in _beyond(sacks, all_z).tolist():
        if now() > deadline:
            break
        span = slice(sacks.ptr[k], sacks.ptr[k + 1])
        column, weight, turned, z = sacks.column[span], sacks.weight[span], sacks.turned[span], all_z[span]
        gain, limit = _lifted(weight, z, int(sacks.room[k]))
        if gain @ z > limit + VIOLATED:
            coefficient = np.where(turned, -gain, gain)
            used = coefficient != 0
            rows = sacks.rows(k)
            found.append(DerivedRow(
                rows, np.full(len(rows), sacks.sign[k]), column[used], coefficient[used],
                limit - int(gain[turned].sum()),
            ))  # fmt: skip
    return found


def _lifted(weight: I64, z: F64, room: int) -> tuple[I64, int]:
    """Gains and the limit of a lifted cover, or where none cuts off z, of the facet that cuts off most."""
    order, gain = np.argsort(-z, kind="stable"), np.zeros(len(z), np.int64)
    limit = -1
    if start_with_cover(weight, z, room, order, gain):
        limit = lift_others(weight, z, room, order, gain)
    if limit >= 0 and gain @ z > limit + VIOLATED:
        return gain, limit
    at_one = z >= 1 - AT_LIMIT
    core = np.flatnonzero(~at_one & (z > AT_LIMIT))
    start = facet(weight[core], z[core], room - int(weight[at_one].sum())) if len(core) > 1 else None
    gain[:] = 0
    if start is None:
        return gain, 0
    gain[core] = start
    limit = lift_others(weight, z, room, order, gain)
    return (gain, limit) if limit >= 0 else (np.zeros_like(gain), 0)


def facet(weight: I64, z: F64, room: int) -> I64 | None:
    """Whole gains with the largest gain.z against the most that any choice that fits gains; None if no more.

    The linear program over all gains with gain.v <= 1 for every v that fits, whose rows are the v found by
    solving knapsacks (Boccia 2006; Avella, Boccia and Vasilyev 2010).
    """
    fits = weight <= room
    if len(z) > MOST_CORE or room < 0 or not fits.any():
        return None
    program = Facet(z)
    choice = np.zeros(len(z), np.bool_)
    for _ in range(MOST_CHOICES):
        gain = program.best()
        if gain is None or gain @ z <= 1 + VIOLATED:
            return None
        worth = best_choice(weight, np.where(fits, gain, 0.0), room, choice)
        if worth <= 1 + 1e-7:
            return _whole(gain)
        program.forbid(choice)
    return None


def _whole(gain: F64) -> I64 | None:
    """The gains as small whole numbers, if they are multiples of one number."""
    for factor in range(1, MOST_FACTOR):
        if (np.abs(gain * factor - np.rint(gain * factor)) < 1e-6).all():
            return np.rint(gain * factor).astype(np.int64)
    return None
