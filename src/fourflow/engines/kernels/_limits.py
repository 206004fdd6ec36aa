"""Takers that choose among arcs while rows limit sums over arcs: the loops of the room `limits`.

Every taker divides one unit among its arcs (or keeps some of it), the rows have prices, and an arc's profit
is its value less what its rows charge. With a little friction the division is a projection onto a simplex,
which changes smoothly with the prices: so prices can be found by Newton's method.

    respond     the takers' divisions at given prices, their loads on the rows, and the bound
    gather      the part of the matrix whose flows move when prices do a little
    curvature   the product of the second derivative and a direction
    fill        whole flows that keep every row, from fractions

Arcs stand by taker: those of taker i at start[i]:start[i + 1]; the rows of arc p, with its coefficients, at
first[p]:first[p + 1] in `row` and `weight`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Array = NDArray[Any]


@njit(inline="always")
def profit(p: int, value: F64, first: I64, row: Array, weight: F64, price: F64) -> Any:
    left = value[p]
    for q in range(first[p], first[p + 1]):
        left -= price[row[q]] * weight[q]
    return left


@njit(cache=True, nogil=True)
def respond(
    begin: int, end: int, start: I64, first: I64, row: Array, weight: F64, value: F64, price: F64,
    friction: F64, centre: F64, flow: F64, load: F64, at: I64, arcs: Array, slack: NDArray[np.bool_],
) -> tuple[float, float, int, int]:  # fmt: skip
    """The takers begin..end divide their unit: (what they gain with friction, without; movers, arcs moving).

    Taker i maximises profit.x - friction_i/2 |x - centre|^2 over x >= 0, sum x <= 1 (but for a constant): a
    projection of centre + profit/friction. flow = x, load += its use of the rows (in place). A taker that
    divides among several arcs or keeps some moves with prices: its arcs stand at at[m]:at[m + 1] in `arcs`,
    slack[m] says that it keeps some. For the projection see Held, Wolfe and Crowder (1974), Michelot (1986).
    """
    smooth, bound, movers, moving = 0.0, 0.0, 0, 0
    widest = 0
    for i in range(begin, end):
        widest = max(widest, start[i + 1] - start[i])
    pull, which = np.empty(widest), np.empty(widest, np.int64)
    for i in range(begin, end):
        mu, most, top, total, count = friction[i], 0.0, 0.0, 0.0, 0
        for p in range(start[i], start[i + 1]):
            gain = profit(p, value, first, row, weight, price)
            most = max(most, gain)
            flow[p] = gain + mu * centre[p]
            top = max(top, flow[p])
        bound += most
        for p in range(start[i], start[i + 1]):
            if flow[p] > top - mu and flow[p] > 0.0:  # what lies further below gets nothing
                pull[count], which[count] = flow[p], p
                total += flow[p]
                count += 1
            flow[p] = 0.0
        if count == 0:
            continue
        level, shrinks = (total - mu) / count, True
        while shrinks and level > 0.0:
            kept = 0
            for k in range(count):
                if pull[k] > level:
                    pull[kept], which[kept] = pull[k], which[k]
                    kept += 1
                else:
                    total -= pull[k]
            shrinks, count = kept < count, kept
            level = (total - mu) / count
        if count > 1 or level < 0.0:
            at[movers], slack[movers] = moving, level < 0.0
            for k in range(count):
                arcs[moving + k] = which[k]
            moving += count
            movers += 1
        level = max(level, 0.0)
        for k in range(count):
            p, x = which[k], min((pull[k] - level) / mu, 1.0)
            flow[p] = x
            smooth += x * pull[k] - 0.5 * mu * x * x
            for q in range(first[p], first[p + 1]):
                load[row[q]] += x * weight[q]
    at[movers] = moving
    return smooth, bound, movers, moving


@njit(cache=True, nogil=True)
def gather(
    movers: int, at: I64, arcs: Array, slack: NDArray[np.bool_], taker: Array, friction: F64,
    first: I64, row: Array, weight: F64, start: I64, its_row: Array, its_weight: F64, share: F64,
    diagonal: F64,
) -> None:  # fmt: skip
    """The rows of the moving arcs side by side, 1/friction of the movers, and (added to) the second
    derivative's diagonal, or more where a taker's arcs share a row."""
    entries = 0
    for m in range(movers):
        share[m] = 1.0 / friction[taker[arcs[at[m]]]]
        own = share[m] if slack[m] else share[m] * (1.0 - 1.0 / (at[m + 1] - at[m]))
        for k in range(at[m], at[m + 1]):
            start[k] = entries
            for q in range(first[arcs[k]], first[arcs[k] + 1]):
                its_row[entries], its_weight[entries] = row[q], weight[q]
                diagonal[row[q]] += own * weight[q] * weight[q]
                entries += 1
    start[at[movers]] = entries


@njit(cache=True, nogil=True)
def curvature(
    movers: int, at: I64, slack: NDArray[np.bool_], start: I64, row: Array, weight: F64, share: F64,
    direction: F64, charge: F64, out: F64,
) -> None:  # fmt: skip
    """out += (second derivative) direction: prices rise by `direction`, flows move by the charge above the
    mean of the taker's, loads follow. charge : scratch, one per moving arc"""
    for m in range(movers):
        mean = 0.0
        for k in range(at[m], at[m + 1]):
            charge[k] = 0.0
            for q in range(start[k], start[k + 1]):
                charge[k] += weight[q] * direction[row[q]]
            mean += charge[k]
        mean = 0.0 if slack[m] else mean / (at[m + 1] - at[m])
        for k in range(at[m], at[m + 1]):
            for q in range(start[k], start[k + 1]):
                out[row[q]] += weight[q] * (charge[k] - mean) * share[m]


@njit(cache=True, nogil=True)
def fill(
    start: I64, first: I64, row: Array, use: F64, worth: F64, price: F64, demand: F64, portion: F64,
    share: F64, left: F64, flow: F64,
) -> float:  # fmt: skip
    """Whole flows that keep every row, from fractions: what they are worth.

    First every arc gets demand x portion x the least share of its rows, rounded down; then each taker in turn
    fills up what it still wants along the arcs of greatest profit that have room. use : of a row by a unit of
    flow; left : of rows, and flow, whole numbers in floats, in place. Sums stay whole where limits are.
    """
    total = 0.0
    for i in range(len(start) - 1):
        for p in range(start[i], start[i + 1]):
            flow[p] = 0.0
            if portion[p] > 0.0 and worth[p] > 0.0:
                least, room = 1.0, demand[i]
                for q in range(first[p], first[p + 1]):
                    least = min(least, share[row[q]])
                    room = min(room, np.floor(left[row[q]] / use[q]))
                flow[p] = min(np.floor(demand[i] * portion[p] * least), room)
                for q in range(first[p], first[p + 1]):
                    left[row[q]] -= flow[p] * use[q]
                total += flow[p] * worth[p]
    for i in range(len(start) - 1):
        rest = demand[i]
        for p in range(start[i], start[i + 1]):
            rest -= flow[p]
        while rest >= 1.0:
            best, at, most = -np.inf, -1, 0.0
            for p in range(start[i], start[i + 1]):
                if worth[p] > 0.0:
                    gain, room = profit(p, worth, first, row, use, price), rest
                    if gain > best:
                        for q in range(first[p], first[p + 1]):
                            room = min(room, np.floor(left[row[q]] / use[q]))
                        if room >= 1.0:
                            best, at, most = gain, p, room
            if at < 0:
                break
            flow[at] += most
            rest -= most
            total += most * worth[at]
            for q in range(first[at], first[at + 1]):
                left[row[q]] -= most * use[q]
    return total


@njit(cache=True, nogil=True)
def surplus(start: I64, first: I64, row: Array, use: F64, worth: F64, price: F64, gain: F64) -> None:
    """gain[i] = the most that a unit of any arc is worth to taker i at these prices, at least 0."""
    for i in range(len(start) - 1):
        gain[i] = 0.0
        for p in range(start[i], start[i + 1]):
            gain[i] = max(gain[i], profit(p, worth, first, row, use, price))


@njit(cache=True, nogil=True)
def transpose(
    indptr: I64, index: Array, coefficient: Array, place: I64, row: Array, use: F64, behind: int
) -> None:
    """Rows by column: entries other than 0 of each column from place[column] on, rows plus `behind`."""
    for k in range(len(indptr) - 1):
        for e in range(indptr[k], indptr[k + 1]):
            if coefficient[e] != 0:
                at = place[index[e]]
                row[at], use[at] = k + behind, coefficient[e]
                place[index[e]] = at + 1


@njit(cache=True, nogil=True)
def best_ratios(first: I64, row: Array, use: F64, worth: F64, taker: Array, demand: F64, ratio: F64) -> None:
    """ratio[k] = the most that a unit of row k is worth on any arc that is wanted, at least 0 (in place)."""
    for p in range(len(first) - 1):
        if demand[taker[p]] == 0.0:
            continue
        for q in range(first[p], first[p + 1]):
            ratio[row[q]] = max(ratio[row[q]], worth[p] / use[q])


@njit(cache=True, nogil=True)
def weigh(first: I64, row: Array, use: F64, taker: Array, demand: F64, price_unit: F64, weight: F64) -> None:
    """weight = what the taker's whole demand uses of each row, in units of its price."""
    for p in range(len(first) - 1):
        for q in range(first[p], first[p + 1]):
            weight[q] = use[q] * demand[taker[p]] * price_unit[row[q]]


@njit(cache=True, nogil=True)
def most_curvature(first: I64, row: Array, weight: F64, taker: Array, friction: F64, out: F64) -> None:
    """out += the second derivative's diagonal if every arc moved with prices."""
    for p in range(len(first) - 1):
        for q in range(first[p], first[p + 1]):
            out[row[q]] += weight[q] * weight[q] / friction[taker[p]]
