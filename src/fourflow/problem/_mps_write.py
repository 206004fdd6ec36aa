"""to_mps: a ClearingProblem as a free MPS file, in exact decimals, for any solver to read.

An imported problem gets its own names, rows, shifts, splits and sense back; any other is written as it
stands: nodes n0, n1, ..., coupling rows r0, ..., arcs x0, ..., bundles y0, ... in real units.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

from fourflow.errors import ProblemError
from fourflow.problem._problem import INF, ClearingProblem, Sparse

DIGITS = 60
Limit = Fraction | None


@dataclass(frozen=True)
class _Column:
    name: str
    cost: Fraction
    entries: list[tuple[int, Fraction]]
    lower: Limit
    upper: Limit
    whole: bool


@dataclass(frozen=True)
class _Plain:
    """The problem in real units: rows (name, lower, upper), columns, objective's name and constant."""

    name: str
    objective: str
    constant: Fraction
    rows: list[tuple[str, Limit, Limit]]
    columns: list[_Column]


def to_mps(problem: ClearingProblem, path: str | Path) -> None:
    """Write a problem as a free MPS file (gzipped if the name ends in .gz).

    Raises ProblemError where a number is not a decimal (a scale such as 1/3).
    """
    plain = _as_imported(problem, _as_it_stands(problem))
    path = Path(path)
    text = "\n".join(_lines(plain, problem.sense)) + "\n"
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode(), mtime=0))
    else:
        path.write_text(text, encoding="utf-8")


def _as_it_stands(problem: ClearingProblem) -> _Plain:
    scales, nodes, arcs = problem.scales, problem.num_nodes, problem.num_arcs
    flip = 1 if problem.sense == "max" else -1
    bundled = problem.bundle_coupling
    assert bundled is not None
    rows = [
        (f"n{n}", _limit(low, scales.quantity), _limit(high, scales.quantity))
        for n, (low, high) in enumerate(zip(problem.node_lower, problem.node_upper, strict=True))
    ] + [
        (f"r{k}", _limit(low, scales.limit), _limit(high, scales.limit))
        for k, (low, high) in enumerate(zip(problem.coupling_lower, problem.coupling_upper, strict=True))
    ]  # fmt: skip
    entries: list[list[tuple[int, Fraction]]] = [[] for _ in range(arcs + problem.num_bundles)]
    for a, (tail, head) in enumerate(zip(problem.tail.tolist(), problem.head.tolist(), strict=True)):
        if tail != head:
            entries[a] += [(head, Fraction(1)), (tail, Fraction(-1))]
    for p, node, d in _triples(problem.bundle_lines):
        entries[arcs + p].append((node, -d * scales.quantity))
    for k, a, g in _triples(problem.coupling):
        entries[a].append((nodes + k, g * scales.coefficient))
    for k, p, h in _triples(bundled):
        entries[arcs + p].append((nodes + k, h * scales.bundle_coefficient))
    steps = [0] * arcs if problem.step is None else problem.step.tolist()
    columns = []
    for a, (value, cap) in enumerate(zip(problem.value, problem.capacity, strict=True)):
        # A whole column of MPS counts ones, so a lot is a column in units of its step.
        unit = steps[a] * scales.quantity if steps[a] > 1 else Fraction(1)
        upper = _limit(cap, scales.quantity)
        columns.append(
            _Column(
                f"x{a}", flip * _exact(value) * scales.value * unit,
                [(row, entry * unit) for row, entry in entries[a]],
                Fraction(0), None if upper is None else upper / unit, steps[a] > 1,
            )
        )  # fmt: skip
    for p, value in enumerate(problem.bundle_value):
        cost, whole = flip * _exact(value) * scales.bundle_value, bool(problem.bundle_whole[p])
        columns.append(_Column(f"y{p}", cost, entries[arcs + p], Fraction(0), Fraction(1), whole))
    constant = flip * problem.objective_offset * scales.value * scales.quantity
    return _Plain("fourflow", "objective", constant, rows, columns)


def _as_imported(problem: ClearingProblem, plain: _Plain) -> _Plain:
    """Undo shifts, mirrors, splits and negated rows, as the origin says."""
    origin = problem.origin
    if origin is None:
        return plain
    place = {}
    shifts = [Fraction(0)] * len(origin.row_names)
    for r, (node, k) in enumerate(zip(origin.row_node.tolist(), origin.row_coupling.tolist(), strict=True)):
        place[node if node >= 0 else problem.num_nodes + k] = r
    flipped = [sign < 0 for sign in origin.row_sign.tolist()]
    columns, constant = [], plain.constant
    for j, name in enumerate(origin.column_names):
        old = plain.columns[int(origin.column_arc[j])]
        sign, shift = int(origin.column_sign[j]), origin.column_shift[j]
        entries = [
            (place[row], sign * (-entry if flipped[place[row]] else entry))
            for row, entry in old.entries
            if row in place
        ]
        for r, entry in entries:
            shifts[r] += entry * shift
        constant -= sign * old.cost * shift
        lower, upper = _moved(old, sign, shift, bool(origin.column_minus[j] >= 0))
        columns.append(_Column(name, sign * old.cost, entries, lower, upper, old.whole))
    rows = []
    for r, name in enumerate(origin.row_names):
        node, k = int(origin.row_node[r]), int(origin.row_coupling[r])
        _, low, high = plain.rows[node if node >= 0 else problem.num_nodes + k]
        if flipped[r]:
            low, high = (None if high is None else -high), (None if low is None else -low)
        rows.append((name, _plus(low, shifts[r]), _plus(high, shifts[r])))
    return _Plain(origin.name, origin.objective, constant, rows, columns)


def _moved(old: _Column, sign: int, shift: Fraction, split: bool) -> tuple[Limit, Limit]:
    if split:
        return None, None
    if sign < 0:
        return None, shift
    return shift, _plus(old.upper, shift)


def _plus(limit: Limit, shift: Fraction) -> Limit:
    return None if limit is None else limit + shift


def _triples(matrix: Sparse) -> Iterator[tuple[int, int, Fraction]]:
    row = matrix.row_of_entry().tolist()
    for r, column, entry in zip(row, matrix.index.tolist(), matrix.coefficient, strict=True):
        yield r, column, _exact(entry)


def _exact(number: Any) -> Fraction:
    return Fraction(number.item())


def _limit(stored: Any, scale: Fraction) -> Limit:
    number = stored.item()
    if abs(number) >= INF:  # also infinite floats
        return None
    return Fraction(number) * scale


def _decimal(number: Fraction) -> str:
    with localcontext() as context:
        context.prec = DIGITS
        quotient = Decimal(number.numerator) / Decimal(number.denominator)
        if Fraction(quotient) != number:
            raise ProblemError(
                f"{number} is not a decimal, so MPS cannot hold it exactly. "
                "Maybe a scale is not a power of ten.",
                code="problem.mps",
            )
        text = format(quotient, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _lines(plain: _Plain, sense: str) -> Iterator[str]:
    yield f"NAME {plain.name}"
    if sense == "max":
        yield "OBJSENSE\n    MAX"
    yield f"ROWS\n N {plain.objective}"
    for name, low, high in plain.rows:
        yield f" {_kind(low, high)} {name}"
    yield "COLUMNS"
    whole = False
    for column in plain.columns:
        if column.whole != whole:
            whole = column.whole
            yield f"    MARKER 'MARKER' '{'INTORG' if whole else 'INTEND'}'"
        yield f"    {column.name} {plain.objective} {_decimal(column.cost)}"
        for row, entry in column.entries:
            yield f"    {column.name} {plain.rows[row][0]} {_decimal(entry)}"
    yield from _right_sides(plain)
    yield "BOUNDS"
    for column in plain.columns:
        yield from _bounds(column)
    yield "ENDATA"


def _kind(low: Limit, high: Limit) -> str:
    if low is None and high is None:
        return "N"
    if low is not None and low == high:
        return "E"
    return "L" if high is not None else "G"


def _right_sides(plain: _Plain) -> Iterator[str]:
    yield "RHS"
    if plain.constant:
        yield f"    RHS {plain.objective} {_decimal(-plain.constant)}"
    ranges = []
    for name, low, high in plain.rows:
        right = high if high is not None else low
        if right:
            yield f"    RHS {name} {_decimal(right)}"
        if low is not None and high is not None and low != high:
            ranges.append(f"    RNG {name} {_decimal(high - low)}")
    if ranges:
        yield "RANGES"
        yield from ranges


def _bounds(column: _Column) -> Iterator[str]:
    low, high = column.lower, column.upper
    if low is None and high is None:
        yield f" FR BND {column.name}"
    elif low is not None and low == high:
        yield f" FX BND {column.name} {_decimal(low)}"
    else:
        if low is None:
            yield f" MI BND {column.name}"
        elif low != 0 or (high is not None and high < 0):
            yield f" LO BND {column.name} {_decimal(low)}"
        if high is not None:
            yield f" UP BND {column.name} {_decimal(high)}"
        elif column.whole:
            yield f" PL BND {column.name}"
