"""Prices and shares step towards each other: a first-order method for quantities on two sides.

    minimise over prices p >= 0   sum room p + sum over bidders of max { (value - p) x : x in its box }

A bidder's box is 0 <= x <= cap on every arc and sum x <= what it wants. Steps are those of Chambolle and Pock
(2011) in a diagonal metric, reflected and drawn to an anchor (Halpern; Lu and Yang, arXiv 2407.16144):
new = weight (2 step - old) + (1 - weight) anchor. Floats here only propose shares and prices; what they prove
is computed in integers afterwards.

Layout: bidders with about as many arcs each stand side by side in blocks of LANES, so that the loops over
lanes are vectors: table[row, field, lane], a row for the e-th arc of each; lane[block, field, lane].
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fourflow.engines.kernels._auction import ticks
from fourflow.engines.kernels._quantities import NO_ROOM

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
Array = NDArray[Any]

LANES = 128
VALUE, CAP, SHARE, ANCHOR, WIDTH, WISH, FIELDS = range(7)
WANTED, LEVEL, OVER, SLOPE, OTHER, LANE_FIELDS = range(6)
EXACT = np.float32(1e-3)
"""How exactly a bidder's shares add up to what it wants."""
TINY = np.float32(1e-20)
ZERO, ONE, TWO, HALF = np.float32(0), np.float32(1), np.float32(2), np.float32(0.5)
MOST_HALVINGS = 40
HIGHER = np.float32(1 - 1e-5)
FEW = 12
"""Rows of a block up to which every pair of arcs is compared."""


@njit(inline="always")
def _clip(wish: Any, cap: Any) -> Any:
    return min(max(wish, ZERO), cap)


@njit(cache=True, nogil=True)
def level_lane(table: F32, i: int, wanted: Any, level: Any, over: Any, slope: Any) -> Any:
    """The level at which the clipped wishes of lane i add up to what is wanted: Newton's method within a
    bracket."""
    low, high = ZERO, ZERO
    for e in range(len(table)):
        high = max(high, table[e, WISH, i] / table[e, WIDTH, i])
    for _ in range(MOST_HALVINGS):
        if over > ZERO:
            low = level
        else:
            high = level
        new = level + over / slope
        if new <= low and low == ZERO:
            new = ZERO
        elif not low < new < high:
            new = HALF * (low + high)
        level, over, slope = new, -wanted, TINY
        for e in range(len(table)):
            wish, cap = table[e, WISH, i] - level * table[e, WIDTH, i], table[e, CAP, i]
            over += _clip(wish, cap)
            if ZERO < wish < cap:
                slope += table[e, WIDTH, i]
        if abs(over) <= EXACT * wanted or (level == ZERO and over < ZERO):
            break
    return level


@njit(cache=True, nogil=True, fastmath=True)
def _wish(table: F32, slot: Array, price: F32) -> None:
    """Where the shares of one block would go at these prices if nothing limited them, in place."""
    for e in range(len(table)):
        for i in range(LANES):
            table[e, WISH, i] = price[slot[e, i]]
        for i in range(LANES):
            profit = table[e, VALUE, i] - table[e, WISH, i]
            table[e, WISH, i] = table[e, SHARE, i] + table[e, WIDTH, i] * profit


@njit(cache=True, nogil=True, fastmath=True)
def _add_up(table: F32, lane: F32) -> None:
    """How far the clipped wishes of each lane go beyond what is wanted, and how fast that falls by level."""
    for i in range(LANES):
        lane[OVER, i] = -lane[WANTED, i]
        lane[SLOPE, i] = TINY
    for e in range(len(table)):
        for i in range(LANES):
            wish = table[e, WISH, i] - lane[LEVEL, i] * table[e, WIDTH, i]
            share = _clip(wish, table[e, CAP, i])
            lane[OVER, i] += share
            lane[SLOPE, i] += table[e, WIDTH, i] if share == wish else ZERO


@njit(cache=True, nogil=True, fastmath=True)
def _level(table: F32, lane: F32) -> None:
    """The level of every lane: one step of Newton's method for all, then as many as it takes for few."""
    _add_up(table, lane)
    for i in range(LANES):
        new = max(lane[LEVEL, i] + lane[OVER, i] / lane[SLOPE, i], ZERO)
        go = abs(lane[OVER, i]) > EXACT * lane[WANTED, i] and lane[SLOPE, i] > TWO * TINY
        lane[LEVEL, i] = new if go else lane[LEVEL, i]
    _add_up(table, lane)
    for i in range(LANES):
        wanted, over, level = lane[WANTED, i], lane[OVER, i], lane[LEVEL, i]
        if abs(over) > EXACT * wanted and (over > ZERO or level > ZERO):
            lane[LEVEL, i] = level_lane(table, i, wanted, level, over, lane[SLOPE, i])


@njit(cache=True, nogil=True, fastmath=True)
def _move(table: F32, lane: F32, weight: Any, land: bool) -> Any:
    """The shares of one block step and are drawn to the anchor; WISH becomes 2 step - old. How far the step
    went, squared, in its metric."""
    lane[OTHER, :] = ZERO
    for e in range(len(table)):
        for i in range(LANES):
            wish = table[e, WISH, i] - lane[LEVEL, i] * table[e, WIDTH, i]
            new = _clip(wish, table[e, CAP, i])
            far = new - table[e, SHARE, i]
            lane[OTHER, i] += far * far / table[e, WIDTH, i]
            table[e, WISH, i] = new + far
            drawn = weight * (new + far) + (ONE - weight) * table[e, ANCHOR, i]
            table[e, SHARE, i] = new if land else drawn
    return lane[OTHER].sum()


@njit(cache=True, nogil=True)
def step_shares(
    first: int, stop: int, row: I64, slot: Array, table: F32, lane: F32, price: F32, weight: Any, land: bool,
    balance: F32,
) -> float:  # fmt: skip
    """One step of the shares of blocks first..stop (in place), balance[item] += 2 step - old. How far the
    step went, squared, in its metric.

    row : int64[num_blocks + 1], the rows of each block; slot : uint32[num_rows, LANES] items
    weight : of the step against the anchor; land : keep the step itself instead
    """
    moved = 0.0
    for b in range(first, stop):
        part, items = table[row[b] : row[b + 1]], slot[row[b] : row[b + 1]]
        _wish(part, items, price)
        _level(part, lane[b])
        moved += _move(part, lane[b], weight, land)
        for e in range(len(part)):
            for i in range(LANES):
                balance[items[e, i]] += part[e, WISH, i]
    return moved


@njit(cache=True, nogil=True, fastmath=True)
def step_toward_room(
    room: F32, pace: F32, balance: F32, price: F32, anchor: F32, weight: Any, land: bool
) -> float:
    """One step of all prices (in place) by what is wanted beyond the room; `balance` becomes 0. How far
    the step went, squared, in its metric."""
    moved = ZERO
    for j in range(len(price)):
        old = price[j]
        new = max(old + pace[j] * (balance[j] - room[j]), ZERO)
        moved += (new - old) * (new - old) / pace[j]
        price[j] = new if land else weight * (TWO * new - old) + (ONE - weight) * anchor[j]
        balance[j] = ZERO
    return float(moved)


@njit(cache=True, nogil=True)
def re_anchor(table: F32, slot: Array, part: float, pull: float, width: F32) -> float:
    """Steps begin anew from the shares as they are: anchor, and how far a price pulls each (in place). How
    far they have come from the last anchor, squared, in the metric of the steps.

    part : of its cap that an arc is wide at least; width[item] += the widths of its arcs
    """
    gone = 0.0
    for e in range(len(table)):
        for i in range(LANES):
            far = table[e, SHARE, i] - table[e, ANCHOR, i]
            if table[e, WIDTH, i] > ZERO:
                gone += float(far * far / table[e, WIDTH, i])
            wide = np.float32(part) * table[e, CAP, i] + table[e, SHARE, i]
            table[e, ANCHOR, i] = table[e, SHARE, i]
            table[e, WIDTH, i] = HALF * np.float32(pull) * wide + TINY
            width[slot[e, i]] += wide
    return gone


@njit(cache=True, nogil=True, fastmath=True)
def _gain_at(table: F32, lane: F32, gain: int) -> None:
    """What the bidders of a block gain at most at their levels, where WISH holds the profits of their arcs;
    of levels that are as good, the highest is the best, as other arcs may follow."""
    for i in range(LANES):
        lane[gain, i] = HIGHER * lane[LEVEL, i] * lane[WANTED, i]
    for e in range(len(table)):
        for i in range(LANES):
            lane[gain, i] += max(table[e, WISH, i] - lane[LEVEL, i], ZERO) * table[e, CAP, i]


@njit(cache=True, nogil=True, fastmath=True)
def best_levels(table: F32, lane: F32, slot: Array, price: F32) -> None:
    """The levels of one block at which its bidders gain least at these prices, arcs counted up to their caps:
    the profit of one of their arcs, or 0. (By parts: a bidder's gain is convex and bends at these.)"""
    for e in range(len(table)):
        for i in range(LANES):
            table[e, WISH, i] = table[e, VALUE, i] - price[slot[e, i]]
    lane[LEVEL, :] = ZERO
    _gain_at(table, lane, OVER)
    for e in range(len(table)):
        for i in range(LANES):
            lane[OTHER, i], lane[LEVEL, i] = lane[LEVEL, i], max(table[e, WISH, i], ZERO)
        _gain_at(table, lane, SLOPE)
        for i in range(LANES):
            less = lane[SLOPE, i] < lane[OVER, i]
            lane[OVER, i] = min(lane[SLOPE, i], lane[OVER, i])
            lane[LEVEL, i] = lane[LEVEL, i] if less else lane[OTHER, i]


@njit(cache=True, nogil=True)
def sorted_levels(table: F32, lane: F32, slot: Array, price: F32) -> None:
    """The same where bidders have many arcs: the profit of the last unit of each one's best choice."""
    for i in range(LANES):
        for e in range(len(table)):
            table[e, WISH, i] = table[e, VALUE, i] - price[slot[e, i]]
        left, level = lane[WANTED, i], ZERO
        for e in np.argsort(-table[:, WISH, i]):
            left -= table[e, CAP, i]
            if left <= ZERO:
                level = max(table[e, WISH, i], ZERO)
                break
        lane[LEVEL, i] = level


@njit(cache=True, nogil=True)
def take_back(
    first: int, stop: int, row: I64, slot: Array, arc: Array, owner: I64, table: F32, lane: F32, price: F32,
    share: F32, level: F32,
) -> None:  # fmt: skip
    """Of blocks first..stop: share[arc] as in the table, level[bidder] as suits these prices best."""
    for b in range(first, stop):
        part, items, arcs = table[row[b] : row[b + 1]], slot[row[b] : row[b + 1]], arc[row[b] : row[b + 1]]
        if len(part) <= FEW:
            best_levels(part, lane[b], items, price)
        else:
            sorted_levels(part, lane[b], items, price)
        for i in range(LANES):
            if owner[b * LANES + i] >= 0:
                level[owner[b * LANES + i]] = lane[b, LEVEL, i]
        for e in range(len(part)):
            for i in range(LANES):
                if part[e, CAP, i] > ZERO:
                    share[arcs[e, i]] = part[e, SHARE, i]


@njit(cache=True, nogil=True)
def choose_near(
    first: int, stop: int, start: I64, item: Array, base: Any, value: Array, unit: float, wanted: I64,
    room: F32, price: F32, level: F32, margin: float, share: F32, count: Array, chosen: Array,
) -> float:  # fmt: skip
    """What bidders first..stop gain at most at these prices and levels, each arc up to its cap.

    chosen : from start[first] on, the arcs whose profit is below the level by at most `margin`, or with a
    share; count : how many of each bidder
    """
    total, at = 0.0, start[first]
    for i in range(first, stop):
        own, most, before, gain = level[i], np.float32(wanted[i]), at, ZERO
        least = own - np.float32(margin)
        for a in range(start[i], start[i + 1]):
            j = item[a] - base
            worth = np.float32(value[a] * unit)
            profit, cap = worth - price[j], min(most, room[j])
            gain += max(profit - own, ZERO) * cap
            chosen[at] = a
            at += ((profit >= least) & (cap > ZERO) & (worth > ZERO)) | (share[a] > ZERO)
        total += np.float64(gain) + np.float64(own) * np.float64(most)
        count[i] = at - before
    return total


@njit(cache=True, nogil=True)
def place_bidders(count: Array, place: I64, row: I64) -> int:
    """place[bidder] = block x LANES + lane, those with fewer arcs first, -1 for none; row : where the rows of
    each block begin. The number of blocks."""
    behind = np.zeros(count.max() + 2, np.int64)
    for i in range(len(count)):
        behind[count[i] + 1] += 1
    behind[1] = 0
    behind = np.cumsum(behind)
    blocks = -(-behind[-1] // LANES)
    for i in range(len(count)):
        n = count[i]
        place[i] = behind[n] if n > 0 else -1
        behind[n] += n > 0
    most = np.zeros(blocks, np.int64)
    for i in range(len(count)):
        if place[i] >= 0:
            most[place[i] // LANES] = max(most[place[i] // LANES], count[i])
    row[0] = 0
    row[1 : blocks + 1] = np.cumsum(most)
    return int(blocks)


@njit(cache=True, nogil=True)
def lay_out(
    first: int, stop: int, start: I64, item: Array, base: Any, value: Array, unit: float, wanted: I64,
    room: F32, level: F32, share: F32, count: Array, chosen: Array, place: I64, row: I64, table: F32,
    lane: F32, slot: Array, arc: Array, owner: I64,
) -> None:  # fmt: skip
    """Put the arcs that bidders first..stop chose into the table."""
    at = start[first]
    for i in range(first, stop):
        if count[i] == 0:
            continue
        b, k, most = place[i] // LANES, place[i] % LANES, np.float32(wanted[i])
        lane[b, WANTED, k], lane[b, LEVEL, k], owner[place[i]] = most, level[i], i
        for e in range(row[b], row[b] + count[i]):
            a = chosen[at]
            j = item[a] - base
            table[e, VALUE, k], table[e, CAP, k] = np.float32(value[a] * unit), min(most, room[j])
            table[e, SHARE, k], slot[e, k], arc[e, k] = share[a], j, a
            at += 1


@njit(cache=True, nogil=True)
def whole_shares(start: I64, item: Array, share: F32, left: I64, spare: I64, flow: I64) -> None:
    """Shares become whole units (flow, in place) while there are some left and spare (in place); what one
    arc gives up goes to the bidder's next."""
    for i in range(len(start) - 1):
        rest = 0.0
        for a in range(start[i], start[i + 1]):
            wish = share[a] + rest
            flow[a] = min(np.int64(wish + 0.5), left[i], spare[item[a]]) if share[a] > ZERO else 0
            if flow[a] > 0:
                left[i] -= flow[a]
                spare[item[a]] -= flow[a]
            if share[a] > ZERO:
                rest = min(max(wish - flow[a], 0.0), 1.0)


@njit(cache=True, nogil=True)
def raise_prices(
    first: int, stop: int, start: I64, bidder: Array, value: Array, up: int, down: int, wanted: I64,
    room: I64, level: I64, price: I64,
) -> None:  # fmt: skip
    """Raise the prices of items first..stop (in place) as far as all of their room is wanted at these levels.

    What a bidder takes up to the room of an item earns more than its level: with the price as high as
    this, prices alone tell it how much to take. All in ticks.
    """
    for j in range(first, stop):
        last, left = np.int64(NO_ROOM), room[j]
        while left > 0:
            best = price[j]
            for a in range(start[j], start[j + 1]):
                bid = ticks(value[a], up, down) - level[bidder[a]]
                if best < bid < last:
                    best = bid
            if best == price[j]:
                break
            for a in range(start[j], start[j + 1]):
                if ticks(value[a], up, down) - level[bidder[a]] == best:
                    left -= min(wanted[bidder[a]], room[j])
            last = best
        if left <= 0 and room[j] > 0:
            price[j] = last
