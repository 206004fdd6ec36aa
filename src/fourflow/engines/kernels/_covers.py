"""Lifted covers: from a row sum w z <= room over 0-or-1 columns to a limit that cuts off a fractional point.

A cover is a set too heavy for the row, so one member at least stays out. Its other columns get the largest
coefficients that keep the limit true, one after another (Gu, Nemhauser and Savelsbergh 1998, sections 2-4):
`least[t]` is the least weight at which coefficients add up to t, and tells how large a coefficient may be.
Members at 1 are taken out first and lifted back last but for the columns at 0.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

TABLE = 2000
HEAVY = np.int64(2**62)
AT_LIMIT = 1e-9
MOST_STEPS = 100_000


@njit(cache=True)
def lift(weight: int, gain: int, least: I64, top: int) -> int:
    """Let one more column of this weight and gain into the table; the new largest total."""
    last = min(top + gain, TABLE - 1)
    for total in range(last, gain - 1, -1):
        reached = least[total - gain] + weight
        if reached < least[total]:
            least[total] = reached
    return last


@njit(cache=True)
def most_gain(room: int, least: I64, top: int) -> int:
    """The largest total within `room`, -1 if not even 0."""
    if room < 0:
        return -1
    total = top
    while least[total] > room:
        total -= 1
    return total


@njit(cache=True)
def choose_cover(weight: I64, point: F64, room: int, order: I64, inside: NDArray[np.bool_]) -> bool:
    """Mark a minimal cover, the first of `order` that are too heavy together; False if there is none."""
    inside[:] = False
    total = 0
    for j in order:
        if point[j] <= AT_LIMIT:
            continue
        inside[j] = True
        total += weight[j]
        if total > room:
            break
    if total <= room:
        return False
    for j in order[::-1]:
        if inside[j] and total - weight[j] > room:
            inside[j] = False
            total -= weight[j]
    return True


@njit(cache=True)
def start_with_cover(weight: I64, point: F64, room: int, order: I64, gain: I64) -> bool:
    """Gains of 1 (int64[n], in place) for a minimal cover's members below 1; False where there is none."""
    inside = np.empty(len(weight), np.bool_)
    gain[:] = 0
    if not choose_cover(weight, point, room, order, inside):
        return False
    found = False
    for j in order:
        if inside[j] and point[j] < 1.0 - AT_LIMIT:
            gain[j] = 1
            found = True
    return found


@njit(cache=True)
def lift_others(weight: I64, point: F64, room: int, order: I64, gain: I64) -> int:
    """Complete `gain` (int64[n], in place) to sum gain z <= limit over all columns; the limit, or -1.

    The columns with a gain so far are the core. Columns at 1 beside it are taken out, then columns between
    0 and 1 are lifted, those at 1 are lifted back, and those at 0 come last.
    weight : int64[n] at least 1; point : float64[n] the fractional z; order : the columns as they are lifted
    """
    core = gain > 0
    least = np.full(TABLE, HEAVY)
    least[0] = 0
    top, left = 0, room
    for j in order:
        if core[j]:
            top = lift(weight[j], gain[j], least, top)
        elif point[j] >= 1.0 - AT_LIMIT:
            left -= weight[j]
    if left < 0 or top == TABLE - 1:
        return -1
    limit = most_gain(left, least, top)
    for stage in range(3):
        for j in order:
            kind = 1 if point[j] >= 1.0 - AT_LIMIT else 2 if point[j] <= AT_LIMIT else 0
            if core[j] or kind != stage:
                continue
            if stage == 1:
                gain[j] = most_gain(left + weight[j], least, top) - limit
                limit += gain[j]
                left += weight[j]
            else:
                gain[j] = limit - most_gain(left - weight[j], least, top)
            if gain[j] > 0:
                top = lift(weight[j], gain[j], least, top)
            if top == TABLE - 1:
                return -1
    return limit


@njit(cache=True)
def best_choice(weight: I64, worth: F64, room: int, best: NDArray[np.bool_]) -> float:
    """max worth.v over v in {0, 1}^n with weight.v <= room, by depth first search; v is left in `best`.

    Horowitz and Sahni 1974: take columns by worth per weight, go back where even fractions would not do.
    """
    n = len(weight)
    order = np.argsort(-(worth / weight))
    taken = np.zeros(n, np.bool_)
    best[:] = False
    best_worth, total, left, j = 0.0, 0.0, room, 0
    for _ in range(MOST_STEPS):
        bound, spare, i = total, left, j
        while i < n and weight[order[i]] <= spare:
            spare -= weight[order[i]]
            bound += worth[order[i]]
            i += 1
        if i < n:
            bound += worth[order[i]] * spare / weight[order[i]]
        if bound > best_worth + 1e-9:
            while j < n:  # forward: take what fits
                item = order[j]
                if weight[item] <= left and worth[item] > 0.0:
                    taken[item] = True
                    left -= weight[item]
                    total += worth[item]
                elif worth[item] > 0.0:
                    j += 1
                    break
                j += 1
            if j < n:
                continue
            if total > best_worth:
                best_worth = total
                best[:] = taken
        i = j - 1  # back: drop the last one taken
        while i >= 0 and not taken[order[i]]:
            i -= 1
        if i < 0:
            return best_worth
        taken[order[i]] = False
        left += weight[order[i]]
        total -= worth[order[i]]
        j = i + 1
    return np.inf
