"""What one step of shares and prices comes to, worked out by hand: the slow, obvious version."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


def slow_shares(wish: F64, width: F64, cap: F64, wanted: float) -> F64:
    """The shares nearest to the wishes, far from 0 counted by 1 / width, with 0 <= share <= cap and a sum of
    at most what is wanted: clip(wish - level width) with the level found by halving."""
    low, high = 0.0, float((wish / width).max())
    if np.clip(wish, 0, cap).sum() <= wanted:
        return np.clip(wish, 0, cap)
    for _ in range(200):
        level = 0.5 * (low + high)
        if np.clip(wish - level * width, 0, cap).sum() > wanted:
            low = level
        else:
            high = level
    return np.clip(wish - high * width, 0, cap)


def slow_level(profit: F64, cap: F64, wanted: float) -> float:
    """The profit of the last unit of a bidder's best choice, 0 where its arcs do not fill what it wants."""
    for at in np.argsort(-profit):
        wanted -= cap[at] if profit[at] > 0 else 0
        if profit[at] > 0 and wanted <= 0:
            return float(profit[at])
    return 0.0
