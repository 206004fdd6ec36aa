"""Exact duals where columns have no end: there a reduced value a billionth above 0 proves nothing at all.

A column that may also fall without end, which an import splits into two arcs, must have a reduced value
of exactly 0: duals are moved, as little as floats were off, to rationals that give it. A column that only
rises needs one of at most 0: exactly 0 where it is used, and where that fails `Linear` leaves a margin.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm

import numpy as np

from fourflow.engines._bound import Box, Entries, bound_of, entries_of, reduced_values
from fourflow.engines._model import I64, as_float
from fourflow.problem import ClearingProblem, Duals

MOST_COLUMNS = 200
"""Columns for which rationals are looked for: their digits grow with the number."""
NEARLY = 1e-9
"""A reduced value below this share of the largest value is one of 0 that floats have missed."""
DIGITS = (12, 9, 6)
"""Decimals, in units of value, to which duals are cut before; fewer leave the rationals more room."""
LARGEST = 2**62
"""Duals, and values in their unit, must stay below it."""
NEVER_FREE = 1e-9
"""A dual whose row has one side only may be moved if it is further from 0 than this share of the largest."""


def rising(problem: ClearingProblem, box: Box) -> I64:
    """Columns (arcs, then bundles) that have a lower end only."""
    free = {arc for pair in free_pairs(problem, box) for arc in pair}
    return np.array([c for c in np.flatnonzero(np.isinf(box.upper)).tolist() if c not in free], np.int64)


def free_pairs(problem: ClearingProblem, box: Box) -> list[tuple[int, int]]:
    """Arcs without an end of which one is the other turned round: together one column without either end."""
    arcs = np.flatnonzero(np.isinf(box.upper[: problem.num_arcs]))
    waiting: dict[tuple[Fraction, frozenset[tuple[int, Fraction]]], int] = {}
    pairs = []
    for arc, entries in zip(arcs.tolist(), entries_of(problem, arcs), strict=True):
        value = Fraction(int(problem.value[arc]))
        opposite = (-value, frozenset((at, -a) for at, a in entries.items()))
        if opposite in waiting:
            pairs.append((waiting.pop(opposite), arc))
        else:
            waiting[value, frozenset(entries.items())] = arc
    return pairs


def settled(problem: ClearingProblem, duals: Duals, box: Box) -> Duals:
    """The duals, if they prove something; else some near them at which every column without either end is
    worth exactly 0, and those that only rise, too, where they nearly are; if any have digits that fit."""
    if np.isfinite(bound_of(problem, duals, box)):
        return duals
    free = np.array(sorted(arc for arc, _ in free_pairs(problem, box)), np.int64)
    reduced, _ = reduced_values(problem, duals)
    size = np.abs(reduced) * float(duals.node_scale / problem.scales.value)
    near_zero = size <= NEARLY * np.abs(as_float(problem.value)).max(initial=1.0)
    rises = rising(problem, box)
    rises = rises[rises < problem.num_arcs]
    for arcs in (np.union1d(free, rises[near_zero[rises]]), free):
        found = _with_worth_0(problem, duals, arcs) if 0 < len(arcs) <= MOST_COLUMNS else None
        if found is not None and np.isfinite(bound_of(problem, found, box)):
            return found
    return duals


def _with_worth_0(problem: ClearingProblem, duals: Duals, arcs: I64) -> Duals | None:
    """Duals near those given at which each of the arcs is worth exactly 0."""
    columns = entries_of(problem, arcs)
    worth = [int(problem.value[arc]) * problem.scales.value for arc in arcs.tolist()]
    near = [duals.node_scale * int(v) for v in duals.node.tolist()]
    near += [duals.row_scale * int(v) for v in duals.row.tolist()]
    movable = _movable(problem, near)
    for digits in DIGITS:
        unit = problem.scales.value / 10**digits
        exact = [round(dual / unit) * unit for dual in near]
        if _solve(columns, worth, exact, movable):
            found = _as_duals(problem, exact)
            if found is not None:
                return found
    return None


def _movable(problem: ClearingProblem, near: list[Fraction]) -> list[bool]:
    """Duals that may move a little either way and keep their sign."""
    lower = np.concatenate([as_float(problem.node_lower), as_float(problem.coupling_lower)])
    upper = np.concatenate([as_float(problem.node_upper), as_float(problem.coupling_upper)])
    size = np.abs(np.array([float(dual) for dual in near]))
    two_sided = np.isfinite(lower) & np.isfinite(upper)
    one_sided = np.isfinite(lower) | np.isfinite(upper)
    return list((two_sided | (one_sided & (size > NEVER_FREE * size.max(initial=0.0)))).tolist())


def _solve(columns: list[Entries], worth: list[Fraction], duals: list[Fraction], movable: list[bool]) -> bool:
    """Move as many duals (in place) as there are columns so that each is worth 0; False if none can.

    Gauss and Jordan's elimination in rationals, on the corrections that are needed.
    """
    rows = [dict(entries) for entries in columns]
    missing = [w - sum(a * duals[at] for at, a in e.items()) for w, e in zip(worth, columns, strict=True)]
    pivots: list[int] = []
    for i, row in enumerate(rows):
        choices = [at for at, a in row.items() if a and movable[at] and at not in pivots]
        if not choices:
            if missing[i] or any(row.get(at) for at in pivots):
                return False
            pivots.append(-1)
            continue
        # The simplest number keeps digits few; among equals the larger dual bears the correction better.
        pivot = min(choices, key=lambda at: (row[at].denominator + abs(row[at].numerator), -abs(duals[at])))
        by = row[pivot]
        rows[i] = row = {at: a / by for at, a in row.items() if a}
        missing[i] /= by
        pivots.append(pivot)
        for j, other in enumerate(rows):
            share = other.get(pivot)
            if j != i and share:
                for at, a in row.items():
                    other[at] = other.get(at, Fraction(0)) - share * a
                missing[j] -= share * missing[i]
    for pivot, change in zip(pivots, missing, strict=True):
        if pivot >= 0:
            duals[pivot] += change
    return True


def _as_duals(problem: ClearingProblem, exact: list[Fraction]) -> Duals | None:
    """Rationals as integers over one denominator for nodes and one for rows; None if they do not fit."""
    scales, nodes = problem.scales, problem.num_nodes
    most = max(1, int(np.abs(problem.value).max(initial=0)))
    node, node_ratio = _integers([dual / scales.value for dual in exact[:nodes]])
    row, row_ratio = _integers([dual * scales.coefficient / scales.value for dual in exact[nodes:]])
    if max(map(abs, [*node, *row, most * node_ratio])) >= LARGEST:
        return None
    return Duals(
        np.array(node, np.int64), np.array(row, np.int64),
        Fraction(scales.value / node_ratio), Fraction(scales.value / (scales.coefficient * row_ratio)),
    )  # fmt: skip


def _integers(numbers: list[Fraction]) -> tuple[list[int], int]:
    """Numbers times their least common denominator, and that denominator."""
    ratio = lcm(*(number.denominator for number in numbers))
    return [int(number * ratio) for number in numbers], ratio
