"""from_mps: an MPS file as a ClearingProblem, exactly.

Rows whose coefficients are all +1 or -1 become nodes as long as no column gets two heads or two tails
(a greedy reading in file order, either sign of the row; finding the largest such set is NP-hard, Bixby
and Fourer 1988). A column with one end runs to or from the outside, a node without limits, whose dual
is 0; a column with none is a loop there. Other rows are coupling rows.
Columns are shifted to start at 0, mirrored where only their upper bound is finite, and split in two
where both are infinite; `Origin` says how, and `to_mps` undoes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fourflow.errors import ProblemError
from fourflow.problem._mps_text import Column, Row, Text, read_text
from fourflow.problem._problem import INF, ClearingProblem, Origin, Scales, Sparse

ROW_TOLERANCE = Fraction(1, 10**6)
FINE_DIGITS = 9
"""Flows of an imported problem are billionths, or as fine as its limits leave room for."""
ROOM_DIGITS, MOST_DIGITS = 15, 18


Exact = Fraction | int
"""A decimal of the file; most are whole, and whole numbers are many times faster as int."""


def _exact(number: Decimal) -> Exact:
    whole = int(number)
    return whole if whole == number else Fraction(number)


@dataclass(frozen=True)
class _Piece:
    """One arc to be: column = shift + sign * flow, 0 <= flow <= cap (None = infinite)."""

    column: int
    sign: int
    shift: Exact
    cap: Exact | None
    whole: bool


def from_mps(path: str | Path) -> ClearingProblem:
    """Read an MPS file (free or fixed, .gz too) as a ClearingProblem; ProblemError if it is not one.

    Decimals are kept exactly; only right-hand sides of more than 18 digits are rounded, to a thousandth of
    `row_tolerance` at least. A minimisation is negated (`sense` = "min"). `row_tolerance` is 1e-6.
    """
    text = read_text(path)
    pieces = [piece for j, column in enumerate(text.columns.values()) for piece in _pieces(j, column)]
    rows = list(text.rows.values())
    row_at = {name: r for r, name in enumerate(text.rows)}
    entries = [
        [(row_at[name], _exact(a)) for name, a in column.entries.items() if a]
        for column in text.columns.values()
    ]  # fmt: skip
    row_sign = _network_rows(pieces, entries, len(rows))
    shifted = _shifted_limits(rows, pieces, entries)
    return _assemble(text, pieces, entries, row_sign, shifted)


def _pieces(index: int, column: Column) -> list[_Piece]:
    low = None if column.lower is None else _exact(column.lower)
    high = None if column.upper is None else _exact(column.upper)
    if column.whole:
        low = None if low is None else -(-low.numerator // low.denominator)
        high = None if high is None else high.numerator // high.denominator
    if low is not None:
        return [_Piece(index, 1, low, None if high is None else high - low, column.whole)]
    if high is not None:
        return [_Piece(index, -1, high, None, column.whole)]
    return [_Piece(index, sign, 0, None, column.whole) for sign in (1, -1)]


def _network_rows(pieces: list[_Piece], entries: list[list[tuple[int, Exact]]], num_rows: int) -> list[int]:
    """+1 or -1 for a row that becomes a node (as it stands, or negated), 0 for a coupling row."""
    members: list[list[tuple[int, int]]] = [[] for _ in range(num_rows)]
    unit = [True] * num_rows
    for p, piece in enumerate(pieces):
        for row, a in entries[piece.column]:
            if abs(a) == 1:
                members[row].append((p, int(a) * piece.sign))
            else:
                unit[row] = False
    taken: tuple[set[int], set[int]] = (set(), set())  # pieces that have a head, a tail
    signs = [0] * num_rows
    for row in range(num_rows):
        for sign in (1, -1) if unit[row] and members[row] else ():
            ends = [(p, 0 if a * sign > 0 else 1) for p, a in members[row]]
            if not any(p in taken[end] for p, end in ends):
                signs[row] = sign
                for p, end in ends:
                    taken[end].add(p)
                break
    return signs


def _shifted_limits(
    rows: list[Row], pieces: list[_Piece], entries: list[list[tuple[int, Exact]]]
) -> list[tuple[Exact | None, Exact | None]]:
    moved: list[Exact] = [0] * len(rows)
    for piece in pieces:
        if piece.shift:
            for row, a in entries[piece.column]:
                moved[row] += a * piece.shift
    return [
        (None if row.lower is None else _exact(row.lower) - by,
         None if row.upper is None else _exact(row.upper) - by)
        for row, by in zip(rows, moved, strict=True)
    ]  # fmt: skip


def _assemble(
    text: Text, pieces: list[_Piece], entries: list[list[tuple[int, Exact]]], row_sign: list[int],
    limits: list[tuple[Exact | None, Exact | None]],
) -> ClearingProblem:  # fmt: skip
    flip = 1 if text.maximise else -1
    names = list(text.columns)
    costs = [_exact(text.costs.get(name, Decimal(0))) for name in names]
    node_of, coupling_of = _numbered([s != 0 for s in row_sign]), _numbered([s == 0 for s in row_sign])
    outside = sum(s != 0 for s in row_sign)
    tail, head = np.full(len(pieces), outside), np.full(len(pieces), outside)
    triples: list[tuple[int, int, Exact]] = []
    for p, piece in enumerate(pieces):
        for row, a in entries[piece.column]:
            if not row_sign[row]:
                triples.append((coupling_of[row], p, a * piece.sign))
            elif a * piece.sign * row_sign[row] > 0:
                head[p] = node_of[row]
            else:
                tail[p] = node_of[row]
    node_limits = [_flipped(limits[r], s) for r, s in enumerate(row_sign) if s] + [(None, None)]
    row_limits = [limits[r] for r, s in enumerate(row_sign) if not s]
    values = [flip * costs[piece.column] * piece.sign for piece in pieces]
    quantity = _quantity_digits(pieces, node_limits)
    value, coefficient = _digits(values), _digits([a for *_, a in triples])
    limit = _fitting_digits([v for pair in row_limits for v in pair if v is not None])
    scales = Scales(
        quantity=_ten(quantity), value=_ten(value), coefficient=_ten(coefficient), limit=_ten(limit)
    )
    first = {piece.column: piece for piece in reversed(pieces)}
    constant = _exact(text.constant) + sum(costs[j] * piece.shift for j, piece in first.items())
    lower, upper = _stored(node_limits, quantity, "a right-hand side")
    row_lower, row_upper = _stored(row_limits, limit, "a right-hand side")
    problem = ClearingProblem(
        tail=tail.astype(np.uint32),
        head=head.astype(np.uint32),
        value=_integers(values, value, "a cost"),
        capacity=_integers([piece.cap for piece in pieces], quantity, "a bound"),
        node_lower=lower,
        node_upper=upper,
        coupling=_sparse(triples, len(row_limits), coefficient),
        coupling_lower=row_lower,
        coupling_upper=row_upper,
        scales=scales,
        objective_offset=Fraction(flip * constant) / (scales.value * scales.quantity),
        sense="max" if text.maximise else "min",
        row_tolerance=ROW_TOLERANCE,
        origin=_origin(text, pieces, row_sign, node_of, coupling_of),
    )
    if not any(piece.whole for piece in pieces):
        return problem
    step = np.array([10**quantity if piece.whole else 0 for piece in pieces], np.int64)
    return replace(problem, step=step)


def _numbered(chosen: list[bool]) -> list[int]:
    """The place of each chosen one among the chosen, -1 for the others."""
    places = np.cumsum(chosen) - 1
    return [int(place) if yes else -1 for place, yes in zip(places, chosen, strict=True)]


def _flipped(limits: tuple[Exact | None, Exact | None], sign: int) -> tuple[Exact | None, Exact | None]:
    low, high = limits
    if sign > 0:
        return low, high
    return (None if high is None else -high), (None if low is None else -low)


def _digits(numbers: list[Exact]) -> int:
    """Decimal digits after the point that hold all the numbers exactly."""
    return max((_decimals(number) for number in numbers if number), default=0)


def _decimals(number: Exact) -> int:
    """Least d with number * 10^d whole, for a decimal fraction."""
    if isinstance(number, int):
        return 0
    rest, twos, fives = number.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    assert rest == 1, "decimals stay decimals under sums and products"
    return max(twos, fives)


def _fitting_digits(numbers: list[Exact]) -> int:
    """Digits that hold the numbers exactly, or, where noise of floats takes more than fit, to a thousandth of
    the row tolerance at least."""
    largest = max((abs(Fraction(number)) for number in numbers), default=Fraction(0))
    digits, room = _digits(numbers), MOST_DIGITS - len(str(int(largest)))
    return room if digits > room >= FINE_DIGITS else digits


def _quantity_digits(pieces: list[_Piece], limits: list[tuple[Exact | None, Exact | None]]) -> int:
    """Digits of the flow's quantum: enough for every limit, and finer while limits stay below 1e15."""
    numbers = [v for pair in limits for v in pair if v is not None] + [
        p.cap for p in pieces if p.cap is not None
    ]
    largest = max((abs(Fraction(number)) for number in numbers), default=Fraction(1))
    room = ROOM_DIGITS - len(str(int(largest)))
    return max(_fitting_digits(numbers), min(FINE_DIGITS, room), 0)


def _ten(digits: int) -> Fraction:
    return Fraction(1, 10**digits)


def _integers(numbers: list[Exact | None] | list[Exact], digits: int, what: str) -> NDArray[np.int64]:
    """Numbers in units of 10^-digits; None is INF."""
    stored = [INF if number is None else round(number * 10**digits) for number in numbers]
    if any(abs(number) > INF for number in stored):
        raise ProblemError(
            f"{what} needs {digits} decimals beside numbers too large for 18 digits in all. "
            "Maybe the file mixes units; scale the row or column.",
            code="problem.mps",
        )
    return np.array(stored, np.int64)


def _stored(
    limits: list[tuple[Exact | None, Exact | None]], digits: int, what: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    lower = [None if low is None else -low for low, _ in limits]
    return -_integers(lower, digits, what), _integers([high for _, high in limits], digits, what)


def _sparse(triples: list[tuple[int, int, Exact]], num_rows: int, digits: int) -> Sparse:
    triples = sorted(triples, key=lambda t: t[:2])
    counts = np.bincount(np.array([row for row, *_ in triples], np.int64), minlength=num_rows)
    return Sparse(
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        np.array([column for _, column, _ in triples], np.uint32),
        _integers([a for *_, a in triples], digits, "a coefficient"),
    )


def _origin(
    text: Text, pieces: list[_Piece], row_sign: list[int], node_of: list[int], coupling_of: list[int]
) -> Origin:
    first = np.full(len(text.columns), -1, np.int64)
    second = np.full(len(text.columns), -1, np.int64)
    for p, piece in enumerate(pieces):
        (first if first[piece.column] < 0 else second)[piece.column] = p
    return Origin(
        name=text.name,
        objective=text.objective,
        row_names=tuple(text.rows),
        row_node=np.array(node_of, np.int64),
        row_coupling=np.array(coupling_of, np.int64),
        row_sign=np.array(row_sign, np.int8),
        column_names=tuple(text.columns),
        column_arc=first,
        column_minus=second,
        column_sign=np.array([pieces[p].sign for p in first], np.int8),
        column_shift=tuple(Fraction(pieces[p].shift) for p in first),
    )
