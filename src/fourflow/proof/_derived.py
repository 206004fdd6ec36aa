"""Derived rows, derived again: each must follow from the rows that it names (see `problem/_derived`).

The rows are added up; every column that can only help is put where it helps most, and of what is left a
dynamic program keeps the least weight with which each total of coefficients can be reached. Python
integers throughout, so this is the obvious version and the only one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.errors import CertificateError
from fourflow.problem import DerivedRow
from fourflow.proof._exact import Exact, Ints, Number, common_unit, limits

MOST_WORK = 10**7
"""Steps of the dynamic program of one row."""
Item = tuple[int, int, Number]
"""Weight and gain of one step of a column, and how many steps there are."""


def check_derived(exact: Exact, caps: Ints, derived: Sequence[DerivedRow]) -> None:
    """Raise CertificateError unless every derived row follows from the problem's rows and `caps`."""
    rows = _Rows(exact)
    copies = _copies(exact, caps)
    for number, row in enumerate(derived):
        if not _follows(rows, copies, row):
            raise CertificateError(f"derived row {number} does not follow from the rows that it names.")


def _copies(exact: Exact, caps: Ints) -> list[Number]:
    """How many steps a whole column has, quanta a continuous arc, and 1 for a bundle."""
    arcs = [
        cap // step if step and cap != math.inf else cap
        for cap, step in zip(limits(caps), exact.step.tolist(), strict=True)
    ]
    return arcs + [1] * exact.num_bundles


def _follows(rows: _Rows, copies: list[Number], row: DerivedRow) -> bool:
    weights, room = rows.added_up(row)
    gains = dict(zip(row.column.tolist(), row.coefficient.tolist(), strict=True))
    limit, items = int(row.limit), []
    if room is None or len(gains) != len(row.column) or len({*row.row.tolist()}) != len(row.row):
        return False
    for column in weights.keys() | gains.keys():
        weight, gain, most = weights.get(column, 0), gains.get(column, 0), copies[column]
        if weight > 0 and gain > 0:
            items.append((weight, gain, most))
        elif weight < 0 or gain > 0:  # best at its cap, unless taking less of it saves something else
            if most == math.inf:
                return False
            room, limit = room - weight * most, limit - gain * most
            if gain < 0:
                items.append((-weight, -gain, most))
    return not can_exceed(items, room, limit)


def can_exceed(items: Sequence[Item], room: int, limit: int) -> bool:
    """Whether some choice weighs at most `room` and gains more than `limit`."""
    if room < 0 or limit < 0:
        return room >= 0
    counts = [min(most, limit // gain + 1) for _, gain, most in items]
    if sum(counts) * (limit + 1) > MOST_WORK:
        raise CertificateError(f"a derived row asks for more than {MOST_WORK} steps of its proof.")
    least: list[Number] = [0] + [math.inf] * (limit + 1)
    for (weight, gain, _), count in zip(items, counts, strict=True):
        for _ in range(count):
            for total in range(limit, -1, -1):
                reached = min(total + gain, limit + 1)
                least[reached] = min(least[reached], least[total] + weight)
    return bool(least[limit + 1] <= room)


def row_unit(exact: Exact) -> tuple[Fraction, list[int]]:
    """The unit in which derived rows count coupling rows, and how many of it are g, h and limits."""
    return common_unit(
        exact.coefficient_scale * exact.quantity_scale, exact.bundle_coefficient_scale, exact.limit_scale
    )


@dataclass
class _Rows:
    """The rows of a problem by column: sum A z over whole steps, quanta of continuous arcs, and bundles."""

    exact: Exact

    def __post_init__(self) -> None:
        exact = self.exact
        proper = np.flatnonzero(exact.tail != exact.head)
        ends = np.concatenate([exact.head[proper], exact.tail[proper]])
        self._arcs = _grouped(ends, np.tile(proper, 2), np.repeat([1, -1], len(proper)))
        self._lines = _grouped(exact.lines.index, exact.lines.row_of_entry(), -exact.lines.coefficient)
        self._step = np.concatenate([np.maximum(exact.step, 1), np.ones(exact.num_bundles, int)]).tolist()
        self._factors = row_unit(exact)[1]
        self._limits = [limits(array) for array in (exact.node_lower, exact.node_upper)]
        self._row_limits = [limits(array) for array in (exact.row_lower, exact.row_upper)]

    def added_up(self, row: DerivedRow) -> tuple[dict[int, int], int | None]:
        """A by column and B of the rows times their multiples; None where a limit does not exist."""
        weights: dict[int, int] = {}
        room = 0
        for source, multiple in zip(row.row.tolist(), row.multiple.tolist(), strict=True):
            limit, entries = self._row(source, multiple > 0)
            if math.isinf(limit) or multiple == 0:
                return {}, None
            room += multiple * limit
            for column, a in entries:
                weights[column] = weights.get(column, 0) + multiple * a
        return weights, room

    def _row(self, source: int, upper: bool) -> tuple[Number, Iterator[tuple[int, int]]]:
        exact, nodes = self.exact, len(self._limits[0])
        if not 0 <= source < nodes + len(self._row_limits[0]):
            raise CertificateError(f"a derived row names row {source}, which the problem does not have.")
        if source < nodes:
            return self._limits[upper][source], self._entries(
                (self._arcs(source), 0, 1), (self._lines(source), exact.num_arcs, 1)
            )
        k = source - nodes
        per_arc, per_bundle, per_limit = self._factors
        limit = self._row_limits[upper][k]
        return limit if math.isinf(limit) else limit * per_limit, self._entries(
            (_of_row(exact.coupling, k), 0, per_arc),
            (_of_row(exact.bundle_coupling, k), exact.num_arcs, per_bundle),
        )

    def _entries(self, *groups: tuple[tuple[Any, Any], int, int]) -> Iterator[tuple[int, int]]:
        for (columns, coefficients), first, factor in groups:
            for column, a in zip(columns.tolist(), coefficients.tolist(), strict=True):
                yield first + column, a * factor * self._step[first + column]


def _of_row(matrix: Any, row: int) -> tuple[NDArray[Any], NDArray[Any]]:
    span = slice(*matrix.indptr[row : row + 2].tolist())
    return matrix.index[span], matrix.coefficient[span]


def _grouped(key: NDArray[Any], column: NDArray[Any], coefficient: NDArray[Any]) -> Any:
    """A function from a key to its columns and their coefficients."""
    order = np.argsort(key, kind="stable")
    key, column, coefficient = key[order], column[order], coefficient[order]

    def of(wanted: int) -> tuple[NDArray[Any], NDArray[Any]]:
        span = slice(*np.searchsorted(key, [wanted, wanted + 1]).tolist())
        return column[span], coefficient[span]

    return of
