"""Prices of few items that many bidders want: Newton's method on a smoothed bound.

    minimise over prices >= 0   sum room price + sum over bidders of quantity max(0, best value - price)

Where an item has many bidders the bound is almost smooth: its slope is room - demand, and its curvature
comes from bidders who are nearly indifferent between two items (or one and none). A bidder whose best profit
is ahead by less than a window shares its quantity between the two, so curvature is a graph Laplacian with an
edge for each of them. Its Newton system is solved by conjugate gradients (Hestenes and Stiefel 1952). Floats
here only propose prices; what they prove is computed in integers afterwards.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fourflow.engines.kernels._auction import ticks

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Array = NDArray[Any]

NOTHING = -(2**62)


@njit(cache=True, nogil=True)
def smooth_demand(
    first: int, stop: int, stride: int, start: I64, item: Array, value: I64, up: int, down: int,
    quantity: I64, price: I64, base: int, window: int, demand: F64, one: Array, other: Array, weight: F64,
) -> tuple[float, float, int]:  # fmt: skip
    """What bidders first, first + stride ... want at these prices: (sum of their best profits, the same
    smoothed, edges found).

    demand[item - base] in place, the last place is for no item; one, other, weight : the edges of the
    curvature, between places in `demand`, in place
    """
    total, extra, edges, nobody = 0.0, 0.0, 0, np.int64(len(demand) - 1)
    for i in range(first, stop, stride):
        if quantity[i] == 0:
            continue
        best, second, at, runner_up = np.int64(NOTHING), np.int64(NOTHING), nobody, nobody
        for a in range(start[i], start[i + 1]):
            j = np.int64(item[a])
            profit = ticks(value[a], up, down) - price[j]
            if profit > best:
                second, runner_up, best, at = best, at, profit, j - base
            elif profit > second:
                second, runner_up = profit, j - base
        if best < 0:
            second, runner_up, best, at = best, at, np.int64(0), nobody
        elif second < 0:
            second, runner_up = np.int64(0), nobody
        amount = float(quantity[i]) * stride
        total += amount * best
        if best - second < window:
            rest = 0.5 - 0.5 * (best - second) / window
            demand[at] += amount * (1.0 - rest)
            demand[runner_up] += amount * rest
            extra += amount * window * rest * rest
            one[edges], other[edges], weight[edges] = at, runner_up, 0.5 * amount / window
            edges += 1
        else:
            demand[at] += amount
    return total, total + extra, edges


@njit(cache=True, nogil=True)
def _curve(x: F64, damping: F64, one: Array, other: Array, weight: F64, edges: I64, y: F64) -> None:
    """y = (damping + Laplacian) x"""
    for j in range(len(x)):
        y[j] = damping[j] * x[j]
    for part in range(len(edges)):
        for e in range(edges[part]):
            j, k = one[part, e], other[part, e]
            pull = weight[part, e] * (x[j] - x[k])
            y[j] += pull
            y[k] -= pull


@njit(cache=True, nogil=True)
def newton_step(
    excess: F64, free: NDArray[np.bool_], damping: F64, one: Array, other: Array, weight: F64, edges: I64,
    most_steps: int, accuracy: float,
) -> F64:  # fmt: skip
    """The change of prices x with (damping + Laplacian) x = excess demand; 0 for those that are not free."""
    size = len(excess)
    diagonal, y, x = damping.copy(), np.zeros(size), np.zeros(size)
    for part in range(len(edges)):
        for e in range(edges[part]):
            diagonal[one[part, e]] += weight[part, e]
            diagonal[other[part, e]] += weight[part, e]
    residual = np.where(free, excess, 0.0)
    scaled = residual / diagonal
    direction = scaled.copy()
    error = (residual * scaled).sum()
    enough = error * accuracy * accuracy
    for _ in range(most_steps):
        if error <= enough:
            break
        _curve(direction, damping, one, other, weight, edges, y)
        y[~free] = 0.0
        length = error / (direction * y).sum()
        x += length * direction
        residual -= length * y
        scaled = residual / diagonal
        before, error = error, (residual * scaled).sum()
        direction = scaled + (error / before) * direction
    return x
