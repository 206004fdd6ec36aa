"""Exact room left in a coupling row: numbers to 2^93 as two int64 limbs, high * 2^31 + low.

A budget counts money times quantity (1e-9 x 1e-6) and does not fit 64 bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

BITS = 31
MASK = 2**31 - 1
LARGEST = 2**93

ZERO: Any = np.int64(0)
ONE: Any = np.int64(1)
MINUS: Any = np.int64(-1)
YES: Any = np.bool_(True)
NO: Any = np.bool_(False)
"""Typed constants: a plain 0 or True would have every kernel that it is passed to compiled once more."""

inner: Any = njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)  # type: ignore[call-overload]
"""For kernels that only kernels call: without a way in from Python they compile in half the time."""


def split(numbers: list[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(high, low) of each number; AssertionError above 2^93, which the gate's limits keep out."""
    assert all(abs(number) < LARGEST for number in numbers), "a row limit exceeds 2^93"
    high = np.array([number >> BITS for number in numbers], np.int64)
    low = np.array([number & MASK for number in numbers], np.int64)
    return high, low


def join(high: int, low: int) -> int:
    """The number that two limbs stand for."""
    return (int(high) << BITS) + int(low)


@inner
def product(a: int, b: int) -> tuple[int, int]:
    """The limbs of a * b for a, b >= 0 whose product is below 2^93."""
    a_high, a_low = a >> BITS, a & MASK
    b_high, b_low = b >> BITS, b & MASK
    low = a_low * b_low
    high = ((a_high * b_high) << BITS) + a_high * b_low + a_low * b_high + (low >> BITS)
    return high, low & MASK


@inner
def take(rows: NDArray[np.void], row: int, quantity: int, coefficient: int) -> None:
    """Subtract quantity * coefficient (of either sign) from the room of `row`, in place."""
    p_high, p_low = product(quantity, abs(coefficient))
    sign = 1 if coefficient > 0 else -1
    total = rows[row].low - sign * p_low
    rows[row].high += (total >> BITS) - sign * p_high
    rows[row].low = total & MASK


@inner
def fits(high: int, low: int, coefficient: int, most: int) -> int:
    """The largest quantity <= most with quantity * coefficient <= room, for coefficient > 0."""
    if high < 0:
        return 0
    limit = (high * 2147483648.0 + low) / coefficient * (1.0 + 1e-14) + 2.0
    quantity = most if limit >= most else int(limit)
    while quantity > 0:
        p_high, p_low = product(quantity, coefficient)
        if p_high < high or (p_high == high and p_low <= low):
            return quantity
        over = (p_high - high) * 2147483648.0 + (p_low - low)
        quantity -= max(1, int(over / coefficient))
    return 0
