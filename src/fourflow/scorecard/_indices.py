"""Evenness and concentration of a few numbers; each None where it says nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


def gini(values: F64) -> float | None:
    """Half the mean difference over the mean: 0 all alike, (n - 1) / n one has all. None if all are 0."""
    total = float(values.sum())
    if total <= 0:
        return None
    rank = 2 * np.arange(1, len(values) + 1) - len(values) - 1
    return max(0.0, float(np.dot(rank, np.sort(values))) / (len(values) * total))


def jain(values: F64) -> float | None:
    """(sum x)^2 / (n sum x^2): 1 all alike, 1 / n one has all. None if all are 0."""
    squares = float(np.dot(values, values))
    return float(values.sum()) ** 2 / (len(values) * squares) if squares > 0 else None


def herfindahl(values: F64) -> float | None:
    """The sum of squared shares: 1 one has all, 1 / n all alike. None if all are 0."""
    total = float(values.sum())
    return float(np.dot(values, values)) / total**2 if total > 0 else None


def lowest_quarter(fulfilment: F64, value: F64) -> float | None:
    """Share of all `value` that goes to the quarter (rounded up) with the lowest fulfilment.

    Where fulfilment ties across the edge of the quarter, the tied share its places evenly, so that no
    order of the rows decides. None if nothing has value.
    """
    total = float(value.sum())
    if total <= 0:
        return None
    room = -(-len(fulfilment) // 4)
    edge = float(np.partition(fulfilment, room - 1)[room - 1])
    below, tied = fulfilment < edge, fulfilment == edge
    part = (room - int(below.sum())) / int(tied.sum())
    return float(value[below].sum() + part * value[tied].sum()) / total
