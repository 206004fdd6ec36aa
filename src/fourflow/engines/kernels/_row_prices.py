"""Takers and prices of rows step towards each other: the loops of the room `limits` where givers are many.

Every taker divides one unit among its arcs (or keeps some of it), the rows have prices; a step of Chambolle
and Pock (2011), with the reflections and the anchor of Lu and Yang (2024). What is our own: rows over very
many arcs step together in the metric of their Gram matrix, since prices of such rows can make up for each
other (a quota up, an exposure limit down) and would wander along for thousands of steps otherwise.

    screen        which arcs may matter, and what prices prove
    compress      these arcs side by side
    row_widths    how far loads move with prices: of rows with few arcs alone, of crowded rows together
    step_takers   the takers' step, and the loads that follow
    step_crowded  the crowded rows' step: a small quadratic program
    step_rows     the other rows' step

Arcs stand as in `_limits`; `demand` is what a taker's unit stands for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Array = NDArray[Any]
Flags = NDArray[np.bool_]
FREE, AT_ZERO, AT_MOST = 0, -1, 1
MOST_TURNS = 20


@njit(cache=True, nogil=True)
def screen(
    begin: int, end: int, start: I64, first: I64, row: Array, use: F64, worth: F64, demand: F64,
    portion: F64, price: F64, moved: F64, margin: float, keep: Flags,
) -> tuple[float, int, int, int]:  # fmt: skip
    """keep = arcs with flow, or whose profit is the taker's best but for margin x what prices moved may
    charge; (what the takers begin..end gain at these prices; takers, arcs and entries kept)"""
    bound, takers, arcs, entries, widest = 0.0, 0, 0, 0, 0
    for i in range(begin, end):
        widest = max(widest, start[i + 1] - start[i])
    gain = np.empty(widest)
    for i in range(begin, end):
        most, far, before = 0.0, 0.0, arcs
        for p in range(start[i], start[i + 1]):
            left, charge = worth[p], 0.0
            for q in range(first[p], first[p + 1]):
                left -= price[row[q]] * use[q]
                charge += moved[row[q]] * use[q]
            gain[p - start[i]] = left
            most, far = max(most, left), max(far, charge)
        bound += most * demand[i]
        for p in range(start[i], start[i + 1]):
            keep[p] = portion[p] > 0.0 or gain[p - start[i]] >= most - margin * far
            if keep[p]:
                arcs += 1
                entries += first[p + 1] - first[p]
        takers += arcs > before
    return bound, takers, arcs, entries


@njit(cache=True, nogil=True)
def compress(
    start: I64, first: I64, row: Array, use: F64, keep: Flags,
    taker: I64, its_start: I64, arc: I64, its_first: I64, its_row: Array, its_use: F64,
) -> None:  # fmt: skip
    """The arcs kept, by taker, and their rows side by side (all in place)."""
    takers, arcs, entries = 0, 0, 0
    for i in range(len(start) - 1):
        before = arcs
        for p in range(start[i], start[i + 1]):
            if keep[p]:
                arc[arcs], its_first[arcs] = p, entries
                for q in range(first[p], first[p + 1]):
                    its_row[entries], its_use[entries] = row[q], use[q]
                    entries += 1
                arcs += 1
        if arcs > before:
            taker[takers], its_start[takers] = i, before
            takers += 1
    its_start[takers], its_first[arcs] = arcs, entries


@njit(cache=True, nogil=True)
def row_widths(first: I64, row: Array, use: F64, wide: F64, crowd: I64, alone: F64, together: F64) -> None:
    """alone[k] += sum of wide x use^2 over a row's arcs, together += (uses of crowded rows) x wide x (uses);
    crowd[k] : a row's number among the crowded, or -1"""
    for p in range(len(first) - 1):
        for q in range(first[p], first[p + 1]):
            part, j = wide[p] * use[q], crowd[row[q]]
            if j < 0:
                alone[row[q]] += part * use[q]
            else:
                for other in range(first[p], first[p + 1]):
                    if crowd[row[other]] >= 0:
                        together[j, crowd[row[other]]] += part * use[other]


@njit(cache=True, nogil=True)
def step_takers(
    begin: int, end: int, start: I64, first: I64, row: Array, use: F64, worth: F64, demand: F64, pace: F64,
    price: F64, here: F64, anchor: F64, weight: float, step: F64, load: F64,
) -> float:  # fmt: skip
    """step = the projection of here + pace x profit onto x >= 0, sum x <= 1, in the metric of 1/pace; load =
    that of 2 step - here; here = that, drawn back to the anchor (in place). The length of the steps, squared.
    """
    length = 0.0
    load[:] = 0.0
    for i in range(begin, end):
        total, slope = 0.0, 0.0
        for p in range(start[i], start[i + 1]):
            profit = worth[p]
            for q in range(first[p], first[p + 1]):
                profit -= price[row[q]] * use[q]
            step[p] = here[p] + pace[p] * profit
            if step[p] > 0.0:
                total += step[p]
                slope += pace[p]
        level, new = 0.0, (total - 1.0) / slope if slope > 0.0 else 0.0
        while new > level:  # what all arcs are charged, until as many remain: Michelot (1986)
            level, total, slope = new, 0.0, 0.0
            for p in range(start[i], start[i + 1]):
                if step[p] > pace[p] * level:
                    total += step[p]
                    slope += pace[p]
            new = (total - 1.0) / slope if slope > 0.0 else 0.0
        for p in range(start[i], start[i + 1]):
            step[p] = max(step[p] - pace[p] * level, 0.0)
            change = step[p] - here[p]
            length += change * change * demand[i] / pace[p]
            beyond = step[p] + change
            if beyond != 0.0:
                for q in range(first[p], first[p + 1]):
                    load[row[q]] += beyond * demand[i] * use[q]
            here[p] = weight * beyond + (1.0 - weight) * anchor[p]
    return length


@njit(cache=True, nogil=True)
def step_rows(
    loads: F64, limit: F64, pace: F64, dearest: F64, crowd: I64, change: F64, price: F64, anchor: F64,
    weight: float, step: F64,
) -> float:  # fmt: skip
    """step = price + pace x (load - limit), within 0..dearest; crowded rows' prices move by `change`; price =
    2 step - price, drawn back to the anchor (in place). loads : [parts, rows]. The length, squared, but for
    the crowded."""
    length = 0.0
    for k in range(len(limit)):
        if crowd[k] >= 0:
            step[k] = price[k] + change[crowd[k]]
        elif dearest[k] > 0.0:
            load = 0.0
            for part in range(len(loads)):
                load += loads[part, k]
            step[k] = min(max(price[k] + pace[k] * (load - limit[k]), 0.0), dearest[k])
            length += (step[k] - price[k]) ** 2 / pace[k]
        price[k] = weight * (2.0 * step[k] - price[k]) + (1.0 - weight) * anchor[k]
    return length


@njit(cache=True, nogil=True)
def factor(matrix: F64, place: I64, count: int, lower: F64) -> None:
    """Cholesky's factor of the rows and columns place[:count] of a matrix."""
    for i in range(count):
        for j in range(i + 1):
            rest = matrix[place[i], place[j]]
            for k in range(j):
                rest -= lower[i, k] * lower[j, k]
            if i == j:
                lower[i, i] = np.sqrt(max(rest, 1e-12 * matrix[place[i], place[i]]))
            else:
                lower[i, j] = rest / lower[j, j]


@njit(cache=True, nogil=True)
def times(matrix: F64, vector: F64, product: F64) -> float:
    """product = matrix vector (in place); vector.product"""
    total = 0.0
    for i in range(len(vector)):
        product[i] = 0.0
        for j in range(len(vector)):
            product[i] += matrix[i, j] * vector[j]
        total += vector[i] * product[i]
    return total


@njit(cache=True, nogil=True)
def step_crowded(
    together: F64, over: F64, price: F64, dearest: F64, side: I64, lower: F64, place: I64, free: int,
    change: F64,
) -> tuple[int, float]:  # fmt: skip
    """change d minimises d.together d / 2 - over.d with 0 <= price + d <= dearest: (rows free, d.together d).

    Rows are held at an end or free, turn by turn, until no one would change sides (Hintermueller, Ito and
    Kunisch 2002). side : as the last step left it; lower, place : the factor for its free rows, if free >= 0
    """
    count, product = len(over), np.empty(len(over))
    for _ in range(MOST_TURNS):
        if free < 0:
            free = 0
            for k in range(count):
                if side[k] == FREE:
                    place[free] = k
                    free += 1
            factor(together, place, free, lower)
        for k in range(count):
            end = -price[k] if side[k] == AT_ZERO else dearest[k] - price[k]
            change[k] = 0.0 if side[k] == FREE else end
        times(together, change, product)
        for i in range(free):
            at = place[i]
            change[at] = over[at] - product[at]
            for j in range(i):
                change[at] -= lower[i, j] * change[place[j]]
            change[at] /= lower[i, i]
        for i in range(free - 1, -1, -1):
            change[place[i]] /= lower[i, i]
            for j in range(i):
                change[place[j]] -= lower[i, j] * change[place[i]]
        times(together, change, product)
        turned = False
        for k in range(count):
            new = side[k]
            if side[k] == FREE:
                goal = price[k] + change[k]
                new = AT_ZERO if goal < 0.0 else AT_MOST if goal > dearest[k] else FREE
            elif (over[k] - product[k]) * side[k] < 0.0:
                new = FREE
            turned, side[k] = turned or new != side[k], new
        if not turned:
            break
        free = -1
    for k in range(count):
        change[k] = min(max(price[k] + change[k], 0.0), dearest[k]) - price[k]
    return free, times(together, change, product)
