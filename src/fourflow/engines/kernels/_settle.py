"""Flows in parts become whole flows that keep every row: rounded, cut back where a hub cannot bear them,
and the listings of each hub filled from the best one on."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
FULL = 0.5
"""A row whose flows in parts leave less of its room is full."""


@njit(cache=True, nogil=True)
def whole_flows(
    ptr: I64, tail: I32, head: I32, room: I64, gain: I64, step: F64, off: F64, flow: I64
) -> None:  # fmt: skip
    """The nearest whole quanta (in place) within the room of their row; `off`, float64[num_hubs] of 0, gets
    how much more the hubs then see. Half of what the ends are off by is made good: errors do not add up.
    What that leaves of the room of a full row goes to the arc that lost most.
    """
    for k in range(len(room)):
        left, total, most, loser = room[k], 0.0, 0.0, -1
        for a in range(ptr[k], ptr[k + 1]):
            flow[a] = 0
            if step[a] > 0.0:
                portion = step[a] / gain[a]
                wish = max(portion - 0.5 * (off[head[a]] - off[tail[a]]), 0.0)
                flow[a] = min(np.int64(wish + 0.5), left // gain[a])
                left -= flow[a] * gain[a]
                total += step[a]
                off[head[a]] += flow[a] - portion
                off[tail[a]] -= flow[a] - portion
                if portion - flow[a] > most:
                    most, loser = portion - flow[a], a
        if loser >= 0 and total > np.float64(room[k]) - FULL:
            more = left // gain[loser]
            flow[loser] += more
            off[head[loser]] += more
            off[tail[loser]] -= more


@njit(cache=True, nogil=True)
def cut_back(
    tail: I32, head: I32, flow: I64, arcs_in: I64, ptr_in: I64, arcs_out: I64, ptr_out: I64,
    supply: I64, demand: I64, balance: I64,
) -> None:  # fmt: skip
    """Cut flows (in place) until every hub's inflow less outflow, `balance`, lies in [-supply, demand].

    A hub with too much coming in cuts arcs into it in the order given, one with too much going out arcs out
    of it; the hubs at the other ends are looked at again. Every cut lowers the sum of all flows: it ends.
    """
    hubs = len(balance)
    queue = np.empty(hubs, np.int64)
    waiting = np.ones(hubs, np.bool_)
    for n in range(hubs):
        queue[n] = n
    first, count = 0, hubs
    while count > 0:
        n = queue[first]
        first, count = (first + 1) % hubs, count - 1
        waiting[n] = False
        inward = balance[n] > demand[n]
        excess = balance[n] - demand[n] if inward else -supply[n] - balance[n]
        low, high = (ptr_in[n], ptr_in[n + 1]) if inward else (ptr_out[n], ptr_out[n + 1])
        for e in range(low, high):
            if excess <= 0:
                break
            a = arcs_in[e] if inward else arcs_out[e]
            cut = min(excess, flow[a])
            if cut == 0:
                continue
            flow[a] -= cut
            excess -= cut
            balance[head[a]] -= cut
            balance[tail[a]] += cut
            other = tail[a] if inward else head[a]
            if not waiting[other]:
                queue[(first + count) % hubs] = other
                waiting[other], count = True, count + 1


@njit(cache=True, nogil=True)
def fill_listings(
    ptr: I64, quantity: I64, is_need: NDArray[np.bool_], demand: I64, balance: I64, taken: I64
) -> None:
    """What each listing gives or takes (in place): first the best, so that hubs are in balance."""
    for n in range(len(balance)):
        climb = demand[n] - balance[n]
        for j in range(ptr[n], ptr[n + 1]):
            passed = min(climb, quantity[j])
            climb -= passed
            taken[j] = quantity[j] - passed if is_need[j] else passed
