"""The auction for quantities: a bidder places what it has over several items, which many may share.

    maximise  sum value x  with  sum over a bidder's arcs <= its quantity, over an item's arcs <= its room

Every bidder has one margin: the profit below which it would rather go elsewhere. Its bid on an item it holds
is value - margin. An item's price is that of its next unit: the base price while it has room to spare, then
the lowest bid that holds some of it. The bidder in turn takes units where profit = value - price is greatest,
from the room to spare or from the lowest bidder, who has to bid again, until all is placed; the profit of the
best unit that it does not need, less eps, is its new margin. (After the transportation auction of Bertsekas
and Castanon 1989; one margin for all a bidder holds is what keeps it from bidding against itself.) With the
sides exchanged the same kernel is the reverse auction: items with room left over court bidders.

Bids only rise, so an item's bids are a heap whose keys may be too low: they are looked up again at the top.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fourflow.engines.kernels._atomic import prefetch
from fourflow.engines.kernels._auction import AHEAD, ticks

I64 = NDArray[np.int64]
Array = NDArray[Any]

NO_ROOM = 2**62
"""The price of what cannot be had."""


@njit(inline="always")
def sift_down(key: I64, arc: Array, base: int, size: int, at: int) -> None:
    moved, its_arc = key[base + at], arc[base + at]
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and key[base + child + 1] < key[base + child]:
            child += 1
        if key[base + child] >= moved:
            break
        key[base + at], arc[base + at] = key[base + child], arc[base + child]
        at = child
    key[base + at], arc[base + at] = moved, its_arc


@njit(inline="always")
def push(key: I64, arc: Array, base: int, size: int, new_key: Any, new_arc: Any) -> None:
    at = size
    while at > 0 and key[base + (at - 1) // 2] > new_key:
        up = (at - 1) // 2
        key[base + at], arc[base + at] = key[base + up], arc[base + up]
        at = up
    key[base + at], arc[base + at] = new_key, new_arc


@njit(inline="always")
def pop(item: Any, slot: I64, size: I64, key: I64, arc: Array) -> None:
    base = slot[item]
    size[item] -= 1
    if size[item] > 0:
        key[base], arc[base] = key[base + size[item]], arc[base + size[item]]
        sift_down(key, arc, base, size[item], 0)


@njit(inline="always")
def bid_on(a: int, owner: Array, value: Array, margin: I64, up: int, down: int) -> Any:
    return ticks(value[a], up, down) - margin[owner[a]]


@njit(cache=True, nogil=True)
def next_price(
    item: Any, base: I64, spare: I64, slot: I64, size: I64, key: I64, arc: Array,
    owner: Array, value: Array, margin: I64, up: int, down: int,
) -> Any:  # fmt: skip
    """The price of the item's next unit; its heap's top is put right."""
    if spare[item] > 0:
        return base[item]
    top = slot[item]
    while size[item] > 0:
        bid = bid_on(arc[top], owner, value, margin, up, down)
        if key[top] >= bid:
            return key[top]
        key[top] = bid
        sift_down(key, arc, top, size[item], 0)
    return NO_ROOM


@njit(cache=True, nogil=True)
def fill_heaps(
    slot: I64, item: Array, owner: Array, value: Array, margin: I64, up: int, down: int, flow: I64,
    size: I64, key: I64, arc: Array,
) -> None:  # fmt: skip
    """Put every arc with flow into the heap of its item (in place)."""
    for a in range(len(item)):
        if flow[a] > 0:
            j = np.int64(item[a])
            push(key, arc, slot[j], size[j], bid_on(a, owner, value, margin, up, down), a)
            size[j] += 1


@njit(cache=True, nogil=True)
def bid_quantities(
    start: I64, owner: Array, item: Array, value: Array, up: int, down: int, left: I64, margin: I64,
    base: I64, spare: I64, price: I64, slot: I64, size: I64, key: I64, arc: Array, flow: I64,
    eps: int, least: int, ring: Array, waits: NDArray[np.bool_], patience: int, stop: Array,
) -> int:  # fmt: skip
    """Let the bidders that wait bid until all is placed or no profit above `least` is left; arcs looked at.

    start, owner, item, value : arcs by bidder; left, margin : of bidders; base, spare, price : of items;
    slot, size, key, arc : the items' heaps; flow : of arcs; all in place. ring : every bidder once, those who
    wait first. It ends before that after looking at `patience` arcs, or where stop[0].
    """
    num, first, looks, waiting = len(ring), 0, 0, 0
    for i in range(num):
        waiting += waits[ring[i]]
    last = waiting % max(num, 1)
    taken = np.zeros(np.diff(start).max() if len(start) > 1 else 0, np.int64)
    while waiting > 0 and looks < patience and stop[0] == 0:
        bidder = np.int64(ring[first])
        first = first + 1 if first + 1 < num else 0
        waiting -= 1
        waits[bidder] = False
        if waiting > AHEAD:
            later, soon = ring[(first + AHEAD) % num], ring[(first + AHEAD // 2) % num]
            prefetch(item, start[later])
            prefetch(value, start[later])
            prefetch(value, start[later] + 8)
            prefetch(flow, start[later])
            prefetch(flow, start[later] + 8)
            for a in range(start[soon], start[soon + 1]):
                prefetch(price, item[a])
        to_place, begin, end = left[bidder], start[bidder], start[bidder + 1]
        best, at, second, runner_up, known = np.int64(0), np.int64(-1), np.int64(0), np.int64(-1), False
        while True:
            if not known:
                best, at, second, runner_up = np.int64(least), np.int64(-1), np.int64(least), np.int64(-1)
                for a in range(begin, end):
                    profit = ticks(value[a], up, down) - price[item[a]]
                    if profit > best:
                        second, runner_up, best, at = best, at, profit, np.int64(a)
                    elif profit > second:
                        second, runner_up = profit, np.int64(a)
                looks += end - begin
                known = True
            if at < 0:
                break
            j, place = np.int64(item[at]), at
            if spare[j] > 0:
                if to_place == 0:
                    break
                some = min(to_place, spare[j])
                spare[j] -= some
                gone = spare[j] == 0
            else:
                lowest = np.int64(arc[slot[j]])
                loser = np.int64(owner[lowest])
                some = flow[lowest]
                if loser == bidder:  # its own, to be bid for anew at the new margin
                    place = lowest
                    to_place += some
                elif to_place == 0:
                    break
                else:
                    some = min(to_place, some)
                    left[loser] += some
                    if not waits[loser]:
                        waits[loser] = True
                        ring[last] = loser
                        last = last + 1 if last + 1 < num else 0
                        waiting += 1
                flow[lowest] -= some
                gone = flow[lowest] == 0
                if gone:
                    pop(j, slot, size, key, arc)
            to_place -= some
            taken[place - begin] += some
            if gone:
                price[j] = next_price(
                    j, base, spare, slot, size, key, arc, owner, value, margin, up, down
                )  # fmt: skip
                known = bool(runner_up >= 0 and item[runner_up] != j)
                best = ticks(value[at], up, down) - price[j]
                if best < second:  # on to the second best; who comes after that is not known
                    best, at, runner_up = second, runner_up, np.int64(-1)
        left[bidder] = to_place
        before = margin[bidder]
        margin[bidder] = now = min(before, max(best - eps, 0))
        for a in range(begin, end):
            some, worth, j = taken[a - begin], ticks(value[a], up, down), np.int64(item[a])
            taken[a - begin] = 0
            if flow[a] > 0:
                flow[a] += some
                if price[j] == worth - before and now < before and spare[j] == 0:  # its own bid was the price
                    price[j] = next_price(
                        j, base, spare, slot, size, key, arc, owner, value, margin, up, down
                    )  # fmt: skip
            elif some > 0:
                flow[a] = some
                push(key, arc, slot[j], size[j], worth - now, a)
                size[j] += 1
                if spare[j] == 0:
                    price[j] = min(price[j], worth - now)
    return looks


@njit(cache=True, nogil=True)
def best_profits(
    first: int, stop: int, start: I64, item: Array, value: Array, up: int, down: int, price: I64, profit: I64
) -> None:
    """profit[bidder] = the most that any of its arcs is worth at these prices, at least 0; rounded up.

    Of bidders first..stop, in place.
    """
    for i in range(first, stop):
        most = np.int64(0)
        for a in range(start[i], start[i + 1]):
            v = -((-max(value[a], 0) << up) >> down)
            most = max(most, v - price[item[a]])
        profit[i] = most


@njit(cache=True, nogil=True)
def keep_flows(
    start: I64, item: Array, value: Array, up: int, down: int, price: I64, profit: I64, eps: int,
    flow: I64, left: I64, spare: I64,
) -> None:  # fmt: skip
    """Keep what is within eps of its bidder's best profit, drop the rest (in place, with left, spare)."""
    for i in range(len(start) - 1):
        for a in range(start[i], start[i + 1]):
            if flow[a] > 0:
                if ticks(value[a], up, down) - price[item[a]] < profit[i] - eps:
                    flow[a] = 0
                left[i] -= flow[a]
                spare[item[a]] -= flow[a]


@njit(cache=True, nogil=True)
def all_prices(
    base: I64, spare: I64, slot: I64, size: I64, key: I64, arc: Array, owner: Array, value: Array,
    margin: I64, up: int, down: int, price: I64,
) -> None:  # fmt: skip
    """price[item] = that of its next unit, for all items."""
    for j in range(len(price)):
        price[j] = next_price(j, base, spare, slot, size, key, arc, owner, value, margin, up, down)
