"""The auction for a crowd: bidders want one unit each, an item has room for many of them.

An item holds the highest bids that it has room for; its price is the lowest of these once it is full, and
what it began with before. As in the auction for pairs a bidder offers its most profitable item the price at
which it would be as well off with the second best one, plus eps; who is outbid bids again. (After the exact
and approximate auctions of Demange, Gale and Sotomayor 1986, and Bertsekas and Castanon 1989.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fourflow.engines.kernels._atomic import prefetch
from fourflow.engines.kernels._auction import AHEAD, ticks
from fourflow.engines.kernels._quantities import push, sift_down

I64 = NDArray[np.int64]
Array = NDArray[Any]


@njit(cache=True, nogil=True)
def bid_in_crowd(
    start: I64, item: Array, value: I64, up: int, down: int, price: I64, room: I64, slot: I64, size: I64,
    key: I64, who: Array, chosen: I64, eps: int, ring: Array, most_bids: int, stop: Array,
) -> int:  # fmt: skip
    """Let the bidders in `ring` bid until each has a place or wants none; number of bids.
    It ends before that with more than `most_bids`, or where stop[0].

    price, room : of items; slot, size : where an item's bids begin in `key` and `who`, and how many there
    are; chosen[bidder] = the arc it has, or -1; all in place, `ring` is overwritten
    """
    num, first, last, waiting, bids = len(ring), 0, 0, len(ring), 0
    while waiting > 0 and bids <= most_bids and stop[0] == 0:
        bidder = np.int64(ring[first])
        first = first + 1 if first + 1 < num else 0
        waiting -= 1
        if waiting > AHEAD:
            later = start[ring[(first + AHEAD) % num]]
            prefetch(item, later)
            prefetch(value, later)
            prefetch(value, later + 8)
        best, second, at = np.int64(0), np.int64(0), np.int64(-1)
        for a in range(start[bidder], start[bidder + 1]):
            profit = ticks(value[a], up, down) - price[item[a]]
            second = max(second, min(best, profit))
            if profit > best:
                best, at = profit, np.int64(a)
        chosen[bidder] = at
        if at < 0:
            continue
        bids += 1
        j = np.int64(item[at])
        bid, top = price[j] + min(best, best - second + eps), slot[j]
        if size[j] < room[j]:
            push(key, who, top, size[j], bid, bidder)
            size[j] += 1
        else:
            loser = np.int64(who[top])
            chosen[loser] = -1
            key[top], who[top] = bid, bidder
            sift_down(key, who, top, size[j], 0)
            ring[last] = loser
            last = last + 1 if last + 1 < num else 0
            waiting += 1
        if size[j] == room[j]:
            price[j] = key[top]
    return bids
