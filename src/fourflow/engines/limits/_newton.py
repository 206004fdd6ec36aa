"""The augmented Lagrangian method over the prices of rows: ever better prices, whole flows from each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fourflow.engines._watch import Watch
from fourflow.engines.limits._best import Best, is_done, is_stuck, share_left
from fourflow.engines.limits._clear import Clearing, rows_clear
from fourflow.engines.limits._packing import F64, Packing, dot
from fourflow.engines.limits._response import Answer, Takers

FRICTION, LEAST, LARGEST = 0.2, 0.05, 0.4
"""Of a taker's largest value, per whole demand moved."""
MOST_ROUNDS, MOST_STEPS, MOST_HALVINGS = 200, 7, 8
ENOUGH, HASTE = 0.5, 0.05
"""Prices are good enough for a round when loads miss limits by the one part of the gap asked, or of the other
of the gap so far: a round is more than a few steps of Newton's method, which square what is missed."""
LITTLE = 1e-3
MOST_TURNS, TURNS_AGAIN, SETTLED = 6, 3, 0.3
"""Turns in which rows clear to begin with, and where there are prices from yesterday besides; until the bound
falls by less than that part of the gap."""
FINEST_AGAIN = 1e-5
"""Below it many rounds follow wherever they began."""
PATIENCE, PATIENCE_AGAIN = 40, 10
"""Rounds without a tenth less of the gap, after which it is given up; after which it begins from nothing
where it began with yesterday's prices."""


def by_newton(
    best: Best, watch: Watch, gap: float, tell: Callable[[], None], begin: tuple[F64, F64] | None
) -> dict[str, Any]:
    """Note ever better flows and prices until the gap is reached; statistics.

    begin : prices and portions that should be near the best
    """
    takers = Takers(best.packing, watch)
    begin = begin if gap >= FINEST_AGAIN else None
    rounds = _rounds(takers, best, watch, gap, tell, begin)
    if begin is not None and not is_done(best, watch, gap):
        rounds += _rounds(takers, best, watch, gap, tell, None)
    return {"rounds": rounds}


def _rounds(
    takers: Takers, best: Best, watch: Watch, gap: float, tell: Callable[[], None],
    begin: tuple[F64, F64] | None,
) -> int:  # fmt: skip
    """Rounds until the gap is reached, or it hardly falls any more; how many."""
    packing, friction = best.packing, LEAST
    if rows_clear(packing):
        price, takers.centre = _cleared(best, Clearing(packing, watch), gap, begin)
    elif begin is not None:
        price, takers.centre = _normal(packing, begin[0]), begin[1]
    else:
        price, takers.centre = np.full(packing.num_rows, 0.5), np.zeros(len(packing.worth))
        friction = FRICTION
    gaps: list[float] = []
    patience = PATIENCE if begin is None else PATIENCE_AGAIN
    while len(gaps) < MOST_ROUNDS and not is_stuck(gaps, patience):
        price, answer, hard = _round(takers, price, friction, max(gap, best.gap * HASTE), watch)
        native = price * packing.dearest
        best.note_prices(native, answer.bound * takers.unit)
        best.note_flow(takers.flow, share_left(answer.load, takers.bound), native)
        gaps.append(best.gap)
        tell()
        friction = min(2 * friction, LARGEST) if hard else max(friction / 2, LEAST)
        if is_done(best, watch, gap):
            break
        takers.centre, takers.flow = takers.flow, takers.centre
    return len(gaps)


def _normal(packing: Packing, price: F64) -> F64:
    """Prices such that at 1 no arc gains."""
    return np.divide(price, packing.dearest, out=np.zeros_like(price), where=packing.dearest > 0)


def _cleared(best: Best, clearing: Clearing, gap: float, begin: tuple[F64, F64] | None) -> tuple[F64, F64]:
    """Prices at which each row clears, and portions of whole flows that fill up at these prices. With `begin`
    its own portions, and its prices one turn on, where such prices are not found in a few turns."""
    packing, price, last, settled = best.packing, best.packing.dearest, np.inf, False
    for _ in range(MOST_TURNS if begin is None else TURNS_AGAIN):
        price, bound = clearing.turn(price)
        best.note_prices(price, bound)
        settled = bound > (1.0 - SETTLED * gap) * last
        if settled or clearing.watch.stopped or clearing.watch.is_over:
            break
        last = bound
    if begin is not None and not settled:
        best.note_prices(*clearing.turn(begin[0]))
        return _normal(packing, best.price), begin[1]
    flow, objective = best.filled(np.zeros(len(packing.worth)), np.ones(packing.num_rows), best.price)
    best.note(flow, objective)
    portion = np.maximum(packing.demand, 1.0)[packing.taker]
    return _normal(packing, best.price), np.divide(flow, portion, out=portion)


def _round(takers: Takers, price: F64, friction: float, gap: float, watch: Watch) -> tuple[F64, Answer, bool]:
    """Newton's steps until the prices suit the takers as friction holds them; whether that was hard."""
    bound = takers.bound
    answer, halved = takers.answer(price, friction), 0
    for step in range(MOST_STEPS):
        if (step and _miss(answer, price, bound) <= ENOUGH * gap) or watch.stopped or watch.is_over:
            break
        direction = takers.direction(price, answer, friction)
        if not direction.any():
            break
        length, slope = 1.0, bound - answer.load
        for _ in range(MOST_HALVINGS):
            new = np.clip(price + length * direction, 0.0, 1.0)
            found = takers.answer(new, friction)
            if found.smooth <= answer.smooth + 1e-4 * dot(slope, new - price):
                break
            length *= _shorter(dot(slope, new - price), dot(bound - found.load, new - price))
            halved += 1
        price, answer = new, found
    return price, answer, halved > step


def _shorter(falls: float, rises: float) -> float:
    """Where between its ends a step is level, if its slope goes evenly: a tenth to a half of it."""
    level = falls / (falls - rises) if falls < 0 < rises else 0.5
    return min(max(level, 0.1), 0.5)


def _miss(answer: Answer, price: F64, bound: F64) -> float:
    """What rows are used too much or, at a price, too little, as a part of the bound."""
    over = answer.load - bound
    over = np.where(price >= 1, np.minimum(over, 0), np.where(price <= 0, np.maximum(over, 0), over))
    return dot(np.abs(over), np.maximum(price, LITTLE)) / max(answer.bound, np.finfo(np.float64).tiny)
