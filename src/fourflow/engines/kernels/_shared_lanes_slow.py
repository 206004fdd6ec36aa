"""The slow obvious versions of `_shared_lanes`: every answer is looked for by halving."""

from __future__ import annotations

from fourflow.engines.kernels._shared_lanes import F64

HALVINGS = 200


def toll_slowly(wish: F64, width: F64, room: float) -> float:
    """The t >= 0 with sum max(wish - t width, 0) = room, where the wishes above 0 are more."""
    low, high = 0.0, float((wish / width).max())
    for _ in range(HALVINGS):
        t = (low + high) / 2
        too_low = (wish - t * width).clip(0).sum() > room
        low, high = (t, high) if too_low else (low, t)
    return high


def price_slowly(goal: float, pace: float, ask: F64, above: F64, below: float) -> float:
    """The p at which p + pace S(p) passes `goal`, S `below` under the first ask, `above` over each."""

    def at(p: float) -> float:
        passed = int((ask < p).sum())
        return p + pace * (float(above[passed - 1]) if passed else below)

    span = pace * max(abs(below), float(abs(above).max(initial=0.0))) + 1.0
    low, high = goal - span, goal + span
    for _ in range(HALVINGS):
        p = (low + high) / 2
        low, high = (p, high) if at(p) < goal else (low, p)
    return high
