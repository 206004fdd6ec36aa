"""Local search over decisions of 0 or 1: flip the one that costs least, and do not flip it back at once.

    minimise  sum_j cost_j z_j + sum_i f_i(w_i),    w_i = sum_j a_ij z_j

f_i(w) is the least that the continuous columns of row i cost beside whole columns that add up to w. It is
convex: `at` and `total` are its corners as amounts of those columns, cheapest first. What a row lacks costs
`penalty` a unit, which rises while points are infeasible and falls while they are feasible (Glover 1986, tabu
search; Glover and Kochenberger 1996 for its strategic oscillation).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

TOLERANCE = 1e-6
TENURE, SPREAD = 8, 20
PATIENCE, FACTOR = 2, 1.3


class Rows(NamedTuple):
    """lower, upper, cheapest : float64[num_rows], the last the amount that costs least of all
    ptr : int64[num_rows + 1] over the corners; at, total : float64[num_corners], ascending within a row"""

    lower: F64
    upper: F64
    cheapest: F64
    ptr: I64
    at: F64
    total: F64


class Flips(NamedTuple):
    """The columns of whole decisions by column (CSC): cost float64[n], ptr int64[n + 1], row, entry [nnz]"""

    cost: F64
    ptr: I64
    row: I64
    entry: F64


@njit(cache=True, nogil=True)
def row_cost(rows: Rows, i: int, w: float) -> tuple[float, float]:
    """f_i(w) with the nearest amount that there is, and what is lacking (0 where the row holds)."""
    amount = min(max(rows.cheapest[i], rows.lower[i] - w), rows.upper[i] - w)
    first, last = rows.ptr[i], rows.ptr[i + 1] - 1
    if amount <= rows.at[first]:
        return rows.total[first], rows.at[first] - amount
    if amount >= rows.at[last]:
        return rows.total[last], amount - rows.at[last]
    while last - first > 1:
        middle = (first + last) // 2
        if rows.at[middle] <= amount:
            first = middle
        else:
            last = middle
    share = (amount - rows.at[first]) / (rows.at[last] - rows.at[first])
    return rows.total[first] + share * (rows.total[last] - rows.total[first]), 0.0


@njit(cache=True, nogil=True)
def of_point(rows: Rows, flips: Flips, z: NDArray[np.int8], w: F64) -> tuple[float, float]:
    """Cost and lack of a point; its activities are left in w (float64[num_rows])."""
    w[:] = 0.0
    cost, lack = 0.0, 0.0
    for j in range(len(z)):
        if z[j]:
            cost += flips.cost[j]
            for e in range(flips.ptr[j], flips.ptr[j + 1]):
                w[flips.row[e]] += flips.entry[e]
    for i in range(len(w)):
        own, missing = row_cost(rows, i, w[i])
        cost += own
        lack += max(missing - TOLERANCE, 0.0)
    return cost, lack


@njit(cache=True, nogil=True)
def by_row(flips: Flips, num_rows: int) -> tuple[I64, I64, I64]:
    """Where the entries of each row are: ptr int64[num_rows + 1], entry and column of each, int64[nnz]."""
    ptr = np.zeros(num_rows + 1, np.int64)
    for row in flips.row:
        ptr[row + 1] += 1
    ptr = np.cumsum(ptr)
    entry, column = np.zeros(len(flips.row), np.int64), np.zeros(len(flips.row), np.int64)
    end = ptr[:-1].copy()
    for j in range(len(flips.cost)):
        for e in range(flips.ptr[j], flips.ptr[j + 1]):
            i = flips.row[e]
            entry[end[i]], column[end[i]] = e, j
            end[i] += 1
    return ptr, entry, column


@njit(cache=True, nogil=True)
def flip(rows: Rows, flips: Flips, z: NDArray[np.int8], penalty: float, most_steps: int) -> float:
    """Search from z (int8[n], left at the best feasible point) for so many steps; its cost, inf if none.

    What a flip would change in each row is kept, and reckoned anew only where the last flip has been.
    """
    n, num_rows = len(z), len(rows.lower)
    w, now, missing = np.zeros(num_rows), np.zeros(num_rows), np.zeros(num_rows)
    until, best = np.zeros(n, np.int64), z.copy()
    cost, lack = of_point(rows, flips, z, w)
    ptr, entry, column = by_row(flips, num_rows)
    own, without = np.zeros(len(flips.row)), np.zeros(len(flips.row))
    more, lacking = np.zeros(n), np.zeros(n)
    for j in range(n):
        more[j] = (1.0 - 2.0 * z[j]) * flips.cost[j]
    for i in range(num_rows):
        reckon(rows, flips, i, z, w, now, missing, ptr, entry, column, own, without, more, lacking)
    best_cost = cost if lack <= TOLERANCE else np.inf
    streak = 0
    for step in range(most_steps):
        chosen, least = -1, np.inf
        for j in range(n):
            leads = lack + lacking[j] <= TOLERANCE and cost + more[j] < best_cost - TOLERANCE
            if (until[j] <= step or leads) and more[j] + penalty * lacking[j] < least:
                chosen, least = j, more[j] + penalty * lacking[j]
        if chosen < 0:
            continue
        cost += more[chosen]
        sign = 1.0 - 2.0 * z[chosen]
        z[chosen] = 1 - z[chosen]
        more[chosen] -= 2.0 * sign * flips.cost[chosen]
        until[chosen] = step + 1 + TENURE + (step * 7 + chosen) % SPREAD
        for e in range(flips.ptr[chosen], flips.ptr[chosen + 1]):
            i = flips.row[e]
            w[i] += sign * flips.entry[e]
            reckon(rows, flips, i, z, w, now, missing, ptr, entry, column, own, without, more, lacking)
        lack = missing.sum()
        feasible = lack <= TOLERANCE
        streak = max(streak, 0) + 1 if feasible else min(streak, 0) - 1
        if streak >= PATIENCE:
            penalty, streak = penalty / FACTOR, 0
        elif streak <= -PATIENCE:
            penalty, streak = penalty * FACTOR, 0
        if feasible and cost < best_cost - TOLERANCE:
            best_cost = cost
            best[:] = z
    z[:] = best
    return best_cost


@njit(cache=True, nogil=True)
def reckon(
    rows: Rows, flips: Flips, i: int, z: NDArray[np.int8], w: F64, now: F64, missing: F64,
    ptr: I64, entry: I64, column: I64, own: F64, without: F64, more: F64, lacking: F64,
) -> None:  # fmt: skip
    """What row i costs and lacks (now, missing), and by how much a flip of each of its columns changes that.

    own, without : float64[nnz], by entry; more, lacking : float64[n], their sums by column
    """
    now[i], missing[i] = row_cost(rows, i, w[i])
    for k in range(ptr[i], ptr[i + 1]):
        e, j = entry[k], column[k]
        cost, lack = row_cost(rows, i, w[i] + (1.0 - 2.0 * z[j]) * flips.entry[e])
        more[j] += cost - now[i] - own[e]
        lacking[j] += lack - missing[i] - without[e]
        own[e], without[e] = cost - now[i], lack - missing[i]
