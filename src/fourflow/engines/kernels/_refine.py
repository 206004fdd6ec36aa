"""Prices that suit a given flow better (price refinement, Goldberg 1997, section 6).

Where a bidder holds some of an item although another is worth more to it, the item's price is lowered by the
difference; others may then prefer that item to what they hold, and so on, round by round. This is the method
of Bellman and Ford for the potentials of a flow. A flow that is not the best has cycles along which prices
fall for ever: a floor stops them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fourflow.engines.kernels._auction import ticks

I64 = NDArray[np.int64]
Array = NDArray[Any]


@njit(cache=True, nogil=True)
def lower_prices(
    first: int, stop: int, start: I64, item: Array, value: Array, up: int, down: int, wanted: I64, flow: I64,
    price: I64, floor: I64, lowered: I64,
) -> float:  # fmt: skip
    """One round for bidders first..stop: sum of wanted x best profit; lowered[item], in place, at most so."""
    total = 0.0
    for i in range(first, stop):
        if wanted[i] == 0:
            continue
        best = np.int64(0)
        for a in range(start[i], start[i + 1]):
            best = max(best, ticks(value[a], up, down) - price[item[a]])
        total += float(wanted[i]) * best
        for a in range(start[i], start[i + 1]):
            if flow[a] > 0:
                j = item[a]
                fair = ticks(value[a], up, down) - best
                if fair < price[j]:
                    lowered[j] = min(lowered[j], max(fair, floor[j]))
    return total
