"""Exact sums in machine words: two limbs of 64 bits for one number, three for a total.

Numbers are two's complement, so every step is exact modulo 2^128 or 2^192, and the result is exact
because `_fast` has proved beforehand that it is smaller. `_slow` says the same in Python integers.
Constants are uint64, since Numba turns int64 with uint64 into float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[Any]

INF = np.iinfo(np.int64).max
ZERO = np.uint64(0)
ONE = np.uint64(1)
HALF = np.uint64(32)
LOW = np.uint64(2**32 - 1)
SIGN = np.uint64(63)
ONES = np.uint64(2**64 - 1)


@njit(inline="always")
def _mul_unsigned(a: Any, b: Any) -> Any:
    """(high, low) limb of the product of two uint64."""
    a_high, a_low, b_high, b_low = a >> HALF, a & LOW, b >> HALF, b & LOW
    low, cross = a_low * b_low, a_high * b_low
    middle = (low >> HALF) + (cross & LOW) + a_low * b_high
    return a_high * b_high + (cross >> HALF) + (middle >> HALF), (middle << HALF) | (low & LOW)


@njit(inline="always")
def _mul(a: Any, b: Any) -> Any:
    """(high, low) limb of the product of two int64."""
    u, v = np.uint64(a), np.uint64(b)
    high, low = _mul_unsigned(u, v)
    if a < 0:
        high -= v
    if b < 0:
        high -= u
    return high, low


@njit(inline="always")
def _add(a_high: Any, a_low: Any, b_high: Any, b_low: Any) -> Any:
    low = a_low + b_low
    return a_high + b_high + (ONE if low < a_low else ZERO), low


@njit(inline="always")
def _negate(high: Any, low: Any) -> Any:
    return _add(~high, ~low, ZERO, ONE)


@njit(inline="always")
def _scale(high: Any, low: Any, factor: Any) -> Any:
    """A two-limb number times a factor >= 0, modulo 2^128."""
    f = np.uint64(factor)
    new_high, new_low = _mul_unsigned(low, f)
    return new_high + high * f, new_low


@njit(inline="always")
def _add_to_total(total: Array, top: Any, high: Any, low: Any) -> None:
    """Add a three-limb number to total[0..2], lowest limb first."""
    total[0] += low
    carry = ONE if total[0] < low else ZERO
    with_carry = high + carry
    carry = ONE if with_carry < carry else ZERO
    total[1] += with_carry
    carry += ONE if total[1] < with_carry else ZERO
    total[2] += top + carry


@njit(inline="always")
def _add_signed(total: Array, high: Any, low: Any) -> None:
    _add_to_total(total, ONES if high >> SIGN else ZERO, high, low)


@njit(cache=True, nogil=True)
def add_products(
    begin: int, end: int, indptr: Array, index: Array, coefficient: Array, price: Array, by_row: bool,
    limbs: Array,
) -> None:  # fmt: skip
    """Add coefficient * price into limbs (high, low) of targets begin..end, over a sparse matrix's entries.

    by_row: limbs[row] += coefficient * price[column], else limbs[column] += coefficient * price[row].
    """
    for row in range(begin if by_row else 0, end if by_row else len(indptr) - 1):
        for entry in range(indptr[row], indptr[row + 1]):
            column = np.int64(index[entry])
            target = row if by_row else column
            if target < begin or target >= end:
                continue
            factor = price[column] if by_row else price[row]
            if factor != 0:
                high, low = _mul(coefficient[entry], factor)
                limbs[target, 0], limbs[target, 1] = _add(limbs[target, 0], limbs[target, 1], high, low)


@njit(cache=True, nogil=True)
def mark_ends(tail: Array, head: Array, has_outflow: Array, has_inflow: Array) -> None:
    """Mark the nodes that an arc leaves or enters; a loop does neither."""
    for a in range(len(tail)):
        if tail[a] != head[a]:
            has_outflow[tail[a]] = True
            has_inflow[head[a]] = True


@njit(cache=True, nogil=True)
def cap_by_rooms(
    tail: Array, head: Array, capacity: Array, out_room: Array, in_room: Array, caps: Array
) -> bool:
    """caps[a] = its capacity, or where there is none the least room at its ends; whether all are finite."""
    closed = True
    for a in range(len(tail)):
        cap = capacity[a]
        if cap >= INF and tail[a] != head[a]:
            cap = min(out_room[tail[a]], in_room[head[a]])
        caps[a] = cap
        closed = closed and cap < INF
    return closed


@njit(cache=True, nogil=True)
def limits_bound(lower: Array, upper: Array, price: Array, total: Array) -> bool:
    """Add sum max(lower * price, upper * price) to total; False where a limit that counts is infinite."""
    for i in range(len(price)):
        p = price[i]
        if p != 0:
            limit = upper[i] if p > 0 else lower[i]
            if limit >= INF or limit <= -INF:
                return False
            high, low = _mul(limit, p)
            _add_signed(total, high, low)
    return True


@njit(cache=True, nogil=True)
def columns_bound(
    start: int,
    stop: int,
    tail: Array,
    head: Array,
    value: Array,
    pi: Array,
    lines: Array,
    rows: Array,
    factors: Array,
    lower: Array,
    upper: Array,
    total: Array,
) -> bool:
    """Add sum max(lower * r, upper * r) over columns start..stop to total, lower and upper >= 0.

    r = value * factors[0] + (pi_tail - pi_head) * factors[1] + lines * factors[2] - rows * factors[3].
    tail, head empty: no node terms. lines, rows : uint64[num_columns, 2] (high, low), or of length 0.
    False where a column without a cap has r > 0.
    """
    has_nodes, has_lines, has_rows = len(tail) > 0, len(lines) > 0, len(rows) > 0
    for a in range(start, stop):
        high, low = _mul(value[a], factors[0])
        if has_nodes and tail[a] != head[a]:
            more_high, more_low = _mul(pi[tail[a]] - pi[head[a]], factors[1])
            high, low = _add(high, low, more_high, more_low)
        if has_lines:
            more_high, more_low = _scale(lines[a, 0], lines[a, 1], factors[2])
            high, low = _add(high, low, more_high, more_low)
        if has_rows:
            more_high, more_low = _scale(rows[a, 0], rows[a, 1], factors[3])
            more_high, more_low = _negate(more_high, more_low)
            high, low = _add(high, low, more_high, more_low)
        negative = (high >> SIGN) != ZERO
        x = lower[a] if negative else upper[a]
        if x == 0 or (high == ZERO and low == ZERO):
            continue
        if x >= INF:
            return False
        if negative:
            high, low = _negate(high, low)
        carry, bottom = _mul_unsigned(low, np.uint64(x))
        top, middle = _mul_unsigned(high, np.uint64(x))
        middle += carry
        if middle < carry:
            top += ONE
        if negative:
            bottom, middle, top = ~bottom, ~middle, ~top
            bottom += ONE
            if bottom == ZERO:
                middle += ONE
                if middle == ZERO:
                    top += ONE
        _add_to_total(total, top, middle, bottom)
    return True


@njit(cache=True, nogil=True)
def read_flows(
    tail: Array,
    head: Array,
    value: Array,
    capacity: Array,
    step: Array,
    flow: Array,
    net: Array,
    total: Array,
) -> tuple[int, int]:
    """Add sum value * flow to total and the flows to net; (worst violation of a column, sum of |flow|).

    The sum is -1 where it reaches 2^62: net may then have overflowed.
    """
    worst = 0
    moved = 0
    for a in range(len(flow)):
        x = flow[a]
        if x == 0 and capacity[a] >= 0:
            continue
        worst = max(worst, -x)
        if capacity[a] < INF:
            worst = max(worst, x - capacity[a])
        if step[a] > 0:
            over = x % step[a]
            worst = max(worst, min(over, step[a] - over))
        if moved >= 0:
            moved += abs(x)
            if moved >= 2**62:
                moved = -1
        net[tail[a]] -= x
        net[head[a]] += x
        high, low = _mul(value[a], x)
        _add_signed(total, high, low)
    return worst, moved
