"""Step after step of `_shared_lanes` until it is time to begin again, by threads that walk together."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fourflow.engines.kernels._meet import meet
from fourflow.engines.kernels._shared_lanes import F64, I32, I64, U32, U64, step_flows, step_prices

ENOUGH, PROGRESS, LONG = 0.2, 0.8, 0.15
"""Restart where steps are that much shorter than at the anchor; or that much and growing again; or after that
share of all steps."""
DUE = 2
"""told[DUE]: whether to restart; before it the lengths, squared, of the first step since and of the last."""


@njit(cache=True, nogil=True)
def walk(
    part: int, count: int, since: int, before: int, gate: I64, moved: F64, told: F64,
    row: I32, low: U64, high: U64, tail: U32, head: U32, cost: F64, per: F64, width: F64, pull: float,
    room: F64, flow: F64, anchor: F64, step: F64, wish: F64, paid: F64, balance: F64,
    begin: int, end: int, ptr: I64, ask: F64, above: F64, below: F64, pace: F64, price: F64,
    price_anchor: F64, price_step: F64, at: I64,
) -> int:  # fmt: skip
    """At most `count` steps of one thread's rows and hubs (begin..end); how many they were.

    since : steps since the last restart, before : all steps until then; gate : int64[1] where threads meet;
    moved : float64[2, threads], what each saw in this step and in the last; told : float64[3], see DUE
    """
    threads = len(balance)
    first, last, due = told[0], told[1], False
    done = 0
    while done < count and not due:
        since, done = since + 1, done + 1
        weight = since / (since + 1)
        seen = moved[since % 2]
        seen[part] = step_flows(
            row, low, high, tail, head, cost, per, width, pull, room, price, flow, anchor, weight, step,
            balance[part], wish, paid,
        )  # fmt: skip
        meet(gate, threads)
        seen[part] += step_prices(
            begin, end, ptr, ask, above, below, pace, 1 / pull, balance, price, price_anchor, weight,
            price_step, at,
        )  # fmt: skip
        meet(gate, threads)
        length = seen.sum()
        if since == 1:
            first = length
        else:
            growing = length < PROGRESS**2 * first and length > last
            due = length < ENOUGH**2 * first or growing or since > LONG * (before + since)
        last = length
    if part == 0:
        told[0], told[1], told[DUE] = first, last, due
    return done


def tell_nothing() -> NDArray[np.float64]:
    """`told` at a restart."""
    return np.array([np.inf, np.inf, 0.0])
