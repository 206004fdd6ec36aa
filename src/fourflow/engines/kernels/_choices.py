"""Local search where each choice picks one of its options, by chains of two moves.

    minimise  sum of the cost of what is picked,    lower_i <= w_i <= upper_i,  w = sum of the picked entries

What a row lacks or has too much costs `weight_i` a unit: more while it stays broken, less while all rows hold
(Yagiura, Ibaraki and Glover 2004, an ejection chain for generalised assignment). A move that overloads a
row may eject another choice from it at once. Where no such chain gains, the weights change and with them
what gains.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

TOLERANCE = 1e-9
RISE, FALL = 1.3, 0.7


class Options(NamedTuple):
    """ptr : int64[num_choices + 1] over the options; choice, cost : of each option
    entry_ptr : int64[num_options + 1]; row, entry : what each option puts into the rows
    row_ptr, row_option : the options that stand in each row
    lower, upper : float64[num_rows]; only_above : no lower limit, and no entry below 0"""

    ptr: I64
    choice: I64
    cost: F64
    entry_ptr: I64
    row: I64
    entry: F64
    row_ptr: I64
    row_option: I64
    lower: F64
    upper: F64
    only_above: bool


@njit(cache=True, nogil=True)
def beyond(options: Options, i: int, w: float) -> float:
    """How far an amount is outside the limits of row i."""
    return float(max(w - options.upper[i], options.lower[i] - w, 0.0))


@njit(cache=True, nogil=True)
def put(options: Options, o: int, sign: float, w: F64, weight: F64) -> float:
    """Add an option to the rows (w, in place) or take it out; by how much the weighted lack rises."""
    rise = 0.0
    for e in range(options.entry_ptr[o], options.entry_ptr[o + 1]):
        i = options.row[e]
        before = beyond(options, i, w[i])
        w[i] += sign * options.entry[e]
        rise += weight[i] * (beyond(options, i, w[i]) - before)
    return rise


@njit(cache=True, nogil=True)
def move(options: Options, old: int, new: int, w: F64, weight: F64) -> float:
    """Replace one option by another of its choice in w; by how much the weighted cost rises."""
    rise = put(options, old, -1.0, w, weight) + put(options, new, 1.0, w, weight)
    return float(rise + options.cost[new] - options.cost[old])


@njit(cache=True, nogil=True)
def best_ejection(
    options: Options, picked: I64, own: int, new: int, most: float, w: F64, weight: F64
) -> tuple[float, int, int]:
    """After `new` was put in: the best move of another choice out of a row that it overloads.

    The rise, the option that came out and the one that came in; -1 where none rises by less than `most`.
    """
    out, into = -1, -1
    for e in range(options.entry_ptr[new], options.entry_ptr[new + 1]):
        i = options.row[e]
        if beyond(options, i, w[i]) <= TOLERANCE:
            continue
        for at in range(options.row_ptr[i], options.row_ptr[i + 1]):
            old = options.row_option[at]
            k = options.choice[old]
            if k == own or picked[k] != old:
                continue
            relief = put(options, old, -1.0, w, weight) - options.cost[old]
            for other in range(options.ptr[k], options.ptr[k + 1]):
                # Where rows only limit sums from above, putting another in cannot help them.
                if other == old or (options.only_above and relief + options.cost[other] >= most):
                    continue
                rise = relief + put(options, other, 1.0, w, weight) + options.cost[other]
                put(options, other, -1.0, w, weight)
                if rise < most:
                    most, out, into = rise, old, other
            put(options, old, 1.0, w, weight)
    return most, out, into


@njit(cache=True, nogil=True)
def improve(options: Options, picked: I64, w: F64, weight: F64, order: I64) -> bool:
    """Take every chain of one or two moves that gains, choice by choice; whether any did."""
    gained = False
    for c in order:
        for new in range(options.ptr[c], options.ptr[c + 1]):
            old = picked[c]
            if new == old:
                continue
            rise = move(options, old, new, w, weight)
            if rise < -TOLERANCE:
                picked[c] = new
                gained = True
                continue
            _, out, into = best_ejection(options, picked, c, new, -rise - TOLERANCE, w, weight)
            if out >= 0:
                move(options, out, into, w, weight)
                picked[c], picked[options.choice[out]] = new, into
                gained = True
            else:
                move(options, new, old, w, weight)
    return gained


@njit(cache=True, nogil=True)
def of_picked(options: Options, picked: I64, w: F64) -> tuple[float, bool]:
    """Cost of what is picked, and whether all rows hold; their amounts are left in w."""
    w[:] = 0.0
    cost = 0.0
    for o in picked:
        cost += options.cost[o]
        for e in range(options.entry_ptr[o], options.entry_ptr[o + 1]):
            w[options.row[e]] += options.entry[e]
    for i in range(len(w)):
        if beyond(options, i, w[i]) > 1e-6:
            return cost, False
    return cost, True


@njit(cache=True, nogil=True)
def choose_options(options: Options, picked: I64, weight: F64, most_rounds: int, seed: int) -> float:
    """Search from `picked` (int64[num_choices], left at the best that keeps all rows); its cost, or inf.

    weight : float64[num_rows], at first what a unit in the row is worth; changed in place
    """
    np.random.seed(seed)
    w, best, best_cost = np.zeros(len(options.lower)), picked.copy(), np.inf
    for _ in range(most_rounds):
        of_picked(options, picked, w)
        while improve(options, picked, w, weight, np.random.permutation(len(picked))):
            pass
        cost, holds = of_picked(options, picked, w)
        if holds and cost < best_cost - TOLERANCE:
            best_cost = cost
            best[:] = picked
        for i in range(len(w)):
            if beyond(options, i, w[i]) > TOLERANCE:
                weight[i] *= RISE
            elif holds:
                weight[i] *= FALL
    picked[:] = best
    return best_cost
