"""Derived rows: limits on sums over whole columns, each shown again by a small dynamic program."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from verifier.files import Folder, need, within
from verifier.kinds import across
from verifier.problem import Problem

MOST_WORK = 10**7


def read_derived(
    folder: Folder, p: Problem, caps: Sequence[int], unit: int
) -> list[tuple[dict[int, int], int]]:
    """The rows that follow because decisions are whole: entries by column, and the upper limit."""
    parts: dict[int, tuple[Any, Any, list[int]]] = defaultdict(lambda: ({}, {}, []))
    for number, kind, ref, amount in across(*folder.numbers("derived.csv", "number,kind,ref,amount")):
        within([kind], 3, "derived.csv: kind")
        within([ref], (p.num_rows, p.num_columns, 1)[kind], "derived.csv: ref")
        multiples, gains, limits = parts[number]
        need(amount or kind, f"derived row {number} takes a row times 0")
        need(
            kind == 2 or ref not in (multiples, gains)[kind],
            f"derived row {number} names a row or column twice",
        )
        if kind == 2:
            limits.append(amount)
        else:
            need(kind == 0 or p.step[ref] > 0, f"derived row {number} has a column that need not be whole")
            (multiples, gains)[kind][ref] = amount
    need([*parts] == [*range(len(parts))], "derived.csv does not number its rows in order")
    sources = entries_of(p, {row for multiples, _, _ in parts.values() for row in multiples})
    found = []
    for number, (multiples, gains, limits) in parts.items():
        need(len(limits) == 1, f"derived row {number} must have one limit")
        need(
            all(unit % p.step[j] == 0 for j in gains),
            f"derived row {number}: the unit does not fit its columns",
        )
        room, weights = added(p, number, multiples, sources)
        check_derived(p, caps, number, room, weights, gains, limits[0])
        found.append(({j: gain * (unit // p.step[j]) for j, gain in gains.items()}, limits[0] * unit))
    return found


def entries_of(p: Problem, rows: set[int]) -> dict[int, list[tuple[int, int]]]:
    """(column, coefficient) of some rows; an arc counts in those of its ends."""
    found: dict[int, list[tuple[int, int]]] = {row: [] for row in rows}
    for j, (tail, head) in enumerate(across(p.tail, p.head)) if rows else ():
        if tail != head:
            for row, a in ((tail, -p.factor), (head, p.factor)):
                if row in found:
                    found[row].append((j, a))
    for row, j, a in p.entries() if rows else ():
        if row in found:
            found[row].append((j, a))
    return found


def added(
    p: Problem, number: int, multiples: dict[int, int], sources: dict[int, Any]
) -> tuple[int, dict[int, int]]:
    """Some rows, each times its multiple, added up: the upper limit, and what each column's step counts."""
    room, weights = 0, defaultdict[int, int](int)
    for row, multiple in multiples.items():
        side: Any = p.upper[row] if multiple > 0 else p.lower[row]
        need(side is not None, f"derived row {number} takes a limit that row {row} does not have")
        room += multiple * side
        for j, a in sources[row]:
            weights[j] += multiple * a * (p.step[j] or 1)
    return room, weights


def check_derived(
    p: Problem,
    caps: Sequence[int],
    number: int,
    room: int,
    weights: dict[int, int],
    gains: dict[int, int],
    limit: int,
) -> None:
    """No whole choice within the room gains more than `limit`."""
    items: list[tuple[int, int, Any]] = []
    for j in {*weights, *gains}:
        weight, gain, cap = weights[j], gains.get(j, 0), caps[j]
        most: Any = cap // (p.step[j] or 1) if cap >= 0 else math.inf
        if weight > 0 and gain > 0:
            items.append((weight, gain, most))
        elif (
            weight < 0 or gain > 0
        ):  # nothing is lost at its cap; what it may give up for a gain is left open
            need(most != math.inf, f"derived row {number} needs a cap of column {j}")
            room, limit = room - weight * most, limit - gain * most
            items += [(-weight, -gain, most)] if gain < 0 else []
    if room < 0:
        return
    need(limit >= 0, f"derived row {number} does not follow")
    items = [(weight, gain, min(most, limit // gain + 1)) for weight, gain, most in items]
    need(sum(most for _, _, most in items) * (limit + 1) <= MOST_WORK, f"derived row {number} takes too long")
    lightest = {0: 0}  # the least weight of each total gain, of what is light enough
    for weight, gain, most in items:
        for _ in range(most):
            for total, so_far in [*lightest.items()]:
                if so_far + weight <= room and so_far + weight < lightest.get(total + gain, math.inf):
                    need(total + gain <= limit, f"derived row {number} does not follow")
                    lightest[total + gain] = so_far + weight
