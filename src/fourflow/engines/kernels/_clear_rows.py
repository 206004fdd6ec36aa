"""What rows would be paid, and at which price each clears, where every arc is in one row.

An arc's bid for its row is what it is worth above its taker's best other arc, per use. At the clearing price
bids above it load no more than the limit, and bids as high or higher load all of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Array = NDArray[Any]


@njit(cache=True, nogil=True)
def sort_by_row(
    row: Array, use: F64, taker: Array, demand: F64, at: I64, place: Array, load: F64
) -> None:  # fmt: skip
    """place[p] = where arc p stands by row, which the arcs of row k do from at[k] on; load there = what its
    taker's whole demand uses (in place; at[k] ends behind row k)."""
    for p in range(len(row)):
        spot = at[row[p]]
        at[row[p]] = spot + 1
        place[p], load[spot] = spot, use[p] * demand[taker[p]]


@njit(cache=True, nogil=True)
def bids_for_rows(
    begin: int, end: int, start: I64, row: Array, use: F64, worth: F64, price: F64, place: Array, bid: F64
) -> None:  # fmt: skip
    """bid[place[p]] = what arc p bids for its row, for the arcs of takers begin..end (in place)."""
    for i in range(begin, end):
        best, second, who = 0.0, 0.0, -1
        for p in range(start[i], start[i + 1]):
            profit = worth[p] - price[row[p]] * use[p]
            if profit > best:
                best, second, who = profit, best, p
            elif profit > second:
                second = profit
        for p in range(start[i], start[i + 1]):
            bid[place[p]] = (worth[p] - (second if p == who else best)) / use[p]


@njit(cache=True, nogil=True)
def clear_rows(begin: int, end: int, arcs: I64, bid: F64, load: F64, limit: F64, price: F64) -> None:
    """The clearing prices of rows begin..end (in place), whose bids stand at arcs[k]:arcs[k + 1]."""
    for k in range(begin, end):
        low, high = arcs[k], arcs[k + 1]
        price[k] = clearing_price(bid[low:high], load[low:high].copy(), limit[k])


@njit(cache=True, nogil=True)
def clearing_price(bid: F64, load: F64, limit: float) -> Any:
    """The least price, at least 0, such that bids above it load no more than the limit (both are reordered).

    Quickselect by weight: bids equal to the pivot stand between those above and those below. Pivots are taken
    here and there, so that no order of bids makes it slow.
    """
    low, high, drawn = 0, len(bid), np.uint32(1)
    while low < high:
        drawn = np.uint32(drawn * np.uint32(1664525) + np.uint32(1013904223))
        pivot = bid[low + np.int64(drawn >> np.uint32(8)) % (high - low)]
        first, last, at, above, same = low, high, low, 0.0, 0.0
        while at < last:
            if bid[at] > pivot:
                above += load[at]
                bid[at], bid[first], load[at], load[first] = bid[first], bid[at], load[first], load[at]
                first, at = first + 1, at + 1
            elif bid[at] < pivot:
                last -= 1
                bid[at], bid[last], load[at], load[last] = bid[last], bid[at], load[last], load[at]
            else:
                same += load[at]
                at += 1
        if above > limit:
            high = first
        elif above + same > limit:
            return max(pivot, 0.0)
        else:
            limit -= above + same
            low = last
    return 0.0
