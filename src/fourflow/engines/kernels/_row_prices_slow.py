"""What `_row_prices` does in loops, as one would write it on a blackboard: the slow, obvious version."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
HALVINGS = 200


def slow_portions(wish: list[float], pace: list[float]) -> list[float]:
    """The x >= 0, sum x <= 1, with the least sum of (x - wish)^2 / pace: wish less pace times one level."""

    def at(level: float) -> list[float]:
        return [max(w - c * level, 0.0) for w, c in zip(wish, pace, strict=True)]

    low, high = 0.0, max(max(w / c for w, c in zip(wish, pace, strict=True)), 0.0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(at(middle)) > 1.0 else (low, middle)
    return at(high)


def slow_crowded(together: F64, over: F64, price: F64, dearest: F64) -> F64:
    """The change d that minimises d.together d / 2 - over.d with 0 <= price + d <= dearest: of all ways to
    hold some prices at an end, the best that is allowed."""
    best, least = -price, np.inf
    for sides in product((-1, 0, 1), repeat=len(price)):
        side = np.array(sides)
        d, free = np.where(side < 0, -price, dearest - price), side == 0
        d[free] = np.linalg.solve(
            together[np.ix_(free, free)], over[free] - together[np.ix_(free, ~free)] @ d[~free]
        )
        if ((price + d >= -1e-12) & (price + d <= dearest + 1e-12)).all():
            cost = float(d @ together @ d / 2 - over @ d)
            best, least = (d, cost) if cost < least else (best, least)
    return best
