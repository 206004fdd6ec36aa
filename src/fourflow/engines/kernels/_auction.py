"""The auction for pairs: bidders want one item each, every item goes to one bidder.

    maximise  sum of the values of the pairs made

Forward (Bertsekas 1979): the bidder in turn takes the item of greatest profit v = value - price and raises
its price by (best - second best + step), at most to its value; who held the item bids again. Not to trade is
worth 0. While many wait the step may be larger than eps: most of what is dear by then is bid for again, and
who would be better off elsewhere in the end may be let go. The bid depends on the other prices only, so a
late bid is still a good bid, and threads may bid at once: price and holder of an item are one 64-bit word,
which a bid replaces undivided.
Reverse (Bertsekas and Castanon 1992): an item that nobody holds although its price is above 0 lowers it to
what the second best bidder would pay and takes the best bidder from the item it held.
When both are done no one gains more than eps by leaving, nothing unsold has a price, and so
bound - objective <= eps x pairs. Prices are integers in ticks: (value << up) >> down.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fourflow.engines.kernels._atomic import compare_and_swap, prefetch

I64 = NDArray[np.int64]
Array = NDArray[Any]

AHEAD = 8
"""How many bidders ahead of its turn a row is asked for: memory takes about as long as eight bids."""

FAR = 2**20
"""From this many words on those that a row needs are asked for, too: fewer are near anyway."""

ENOUGH_TO_SHARE = 64
"""Bidders that one thread may have left to itself while another has none."""


@njit(inline="always")
def ticks(value: int, up: int, down: int) -> int:
    """A value as a price: nothing below 0 can ever be bid."""
    return (max(value, 0) << up) >> down


@njit(cache=True, nogil=True)
def pack(first: int, stop: int, item: Array, value: I64, up: int, down: int, bits: int, packed: I64) -> None:
    """Of arcs first..stop: packed = value in ticks << bits | item, so that an arc is one word; in place."""
    for a in range(first, stop):
        packed[a] = (ticks(value[a], up, down) << bits) | np.int64(item[a])


@njit(cache=True, nogil=True)
def forward(
    start: I64, packed: I64, word: I64, bits: int, eps: int, hurry: float, ring: Array, shared: bool,
    most_bids: int, idle: I64, stop: Array,
) -> tuple[int, int, int]:  # fmt: skip
    """Let the bidders in `ring` bid until each holds an item or wants none: (bids, first who waits, waiting).
    It ends before that with more than `most_bids`, where stop[0], or where it has many and idle[0].

    word[item] = price << bits | (holder + 1), in place; `ring` is overwritten. A bid's step is eps, or
    `hurry` times the number of those who wait where that is more. shared: others bid too, and whoever is
    done sets idle[0].
    """
    size, first, last, waiting, bids = len(ring), 0, 0, len(ring), 0
    mask = (np.int64(1) << bits) - 1  # also: a profit of 0 from no item
    while waiting > 0 and bids <= most_bids and stop[0] == 0:
        if shared and idle[0] != 0 and waiting > ENOUGH_TO_SHARE:
            break
        bidder = ring[first]
        first = first + 1 if first + 1 < size else 0
        waiting -= 1
        if waiting > AHEAD:
            later, soon = first + AHEAD, first + AHEAD // 2
            later, soon = later - size if later >= size else later, soon - size if soon >= size else soon
            prefetch(packed, start[ring[later]])
            prefetch(packed, start[ring[later]] + 8)
            if len(word) >= FAR:
                for a in range(start[ring[soon]], start[ring[soon] + 1]):
                    prefetch(word, packed[a] & mask)
        step = max(np.int64(eps), np.int64(hurry * waiting))
        while True:
            best, second = mask, mask  # profit << bits | item
            for a in range(start[bidder], start[bidder + 1]):
                profit = packed[a] - (word[packed[a] & mask] & ~mask)
                second = max(second, min(best, profit))
                best = max(best, profit)
            if best == mask:
                break
            wanted = best & mask
            old = word[wanted]
            price = (old >> bits) + min(best >> bits, (best >> bits) - (second >> bits) + step)
            new = (price << bits) | (np.int64(bidder) + 1)
            if shared:
                if compare_and_swap(word, wanted, old, new) != old:
                    continue  # somebody was faster: look again
            else:
                word[wanted] = new
            bids += 1
            loser = (old & mask) - 1
            if loser >= 0:
                ring[last] = loser
                last = last + 1 if last + 1 < size else 0
                waiting += 1
            break
    if waiting == 0:
        idle[0] = 1
    return bids, first, waiting


@njit(cache=True, nogil=True)
def by_item(start: I64, packed: I64, bits: int, place: I64, columns: I64) -> None:
    """The arcs by item: columns = value in ticks << bits | bidder, in place.

    start, packed : arcs by bidder; place[item] : where the item's next arc goes, in place
    """
    mask = (np.int64(1) << bits) - 1
    for i in range(len(start) - 1):
        for a in range(start[i], start[i + 1]):
            j = packed[a] & mask
            columns[place[j]] = (packed[a] & ~mask) | np.int64(i)
            place[j] += 1


@njit(cache=True, nogil=True)
def reverse(
    start: I64, packed: I64, bits: int, price: I64, held: Array, profit: I64, eps: int, queue: Array,
    most_offers: int, stop: Array,
) -> int:  # fmt: skip
    """Let the unsold items in `queue` (priced above 0) court bidders; number of offers made.
    It ends before that with more than `most_offers`, or where stop[0].

    start, packed : arcs by item, value in ticks << bits | bidder; price[item], held[bidder] = item or -1,
    profit[bidder], in place
    """
    size, first, last, waiting, offers = len(queue), 0, 0, len(queue), 0
    mask = (np.int64(1) << bits) - 1
    while waiting > 0 and offers <= most_offers and stop[0] == 0:
        item = queue[first]
        first = first + 1 if first + 1 < size else 0
        waiting -= 1
        if waiting > AHEAD:
            later, soon = queue[(first + AHEAD) % size], queue[(first + AHEAD // 2) % size]
            prefetch(packed, start[later])
            prefetch(packed, start[later] + 8)
            for a in range(start[soon], start[soon + 1]):
                prefetch(profit, packed[a] & mask)
        best, second, wanted, worth = np.int64(eps), np.int64(0), np.int64(-1), np.int64(0)
        for a in range(start[item], start[item + 1]):
            i, v = packed[a] & mask, packed[a] >> bits
            if v - profit[i] > best:
                second, best, wanted, worth = best, v - profit[i], i, v
            else:
                second = max(second, v - profit[i])
        if wanted < 0:
            price[item] = 0
            continue
        offers += 1
        price[item] = min(price[item], max(second - eps, 0))
        profit[wanted] = worth - price[item]
        left = held[wanted]
        held[wanted] = item
        if left >= 0 and price[left] > 0:
            queue[last] = left
            last = last + 1 if last + 1 < size else 0
            waiting += 1
    return offers


@njit(cache=True, nogil=True)
def take_stock(
    first: int, stop: int, start: I64, packed: I64, bits: int, lost: int, price: I64, held: I64, chosen: I64,
    gained: I64, profit: I64,
) -> None:  # fmt: skip
    """Of bidders first..stop, at these prices: the arc to what they hold (-1 without), what they gain by it
    (0 without), and the most that they could, at least 0. chosen, gained, profit : [bidders], in place

    lost : ticks that a value may have lost by rounding, so that no arc is worth more than its two ends
    """
    mask = (np.int64(1) << bits) - 1
    for i in range(first, stop):
        most, mine, best = np.int64(0), np.int64(-1), np.int64(-1)
        for a in range(start[i], start[i + 1]):
            j = packed[a] & mask
            most = max(most, (packed[a] >> bits) - price[j])
            if j == held[i] and packed[a] > best:
                mine, best = np.int64(a), packed[a]
        chosen[i], gained[i] = mine, (best >> bits) - price[held[i]] if mine >= 0 else 0
        profit[i] = most + lost
