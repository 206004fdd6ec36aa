"""The number story of the auctions: prices are integers in ticks.

A value v is worth (v << up) >> down ticks; a tick is 2^(down - up) of a unit of value, fine enough that the
smallest bid step has some ticks and coarse enough that a price fits its part of a word. Only values that need
more bits than there are lose any, and lose less than a tick. No other number rounds inside. None of it can
make a wrong certificate: the prices are handed over as exact integers with their exact scale, and `certify`
computes the bound from them and from the values as given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

FEWEST_TICKS = 16
"""Ticks in the smallest bid step, so that rounding it down costs little."""
WORD = 62
"""Bits of a word for price and holder together, without the sign and one to spare."""
COARSE = 40
"""The first bid step is the mean value by this; from there on steps shrink at most by FINER a level."""
FINER = 32.0


@dataclass(frozen=True)
class Grid:
    """up, down : shifts that make ticks of values; bits : of a word, for who holds the item."""

    up: int
    down: int
    bits: int

    @property
    def tick(self) -> Fraction:
        """One tick in units of value."""
        return Fraction(2) ** (self.down - self.up)

    def steps(self, mean: float, last: float) -> list[int]:
        """Bid steps in ticks, coarse to fine, for values of this mean and a last step in units of value."""
        first = mean / COARSE
        levels = math.ceil(math.log(first / last) / math.log(FINER)) if first > 4 * last > 0 else 0
        steps = [last * (first / last) ** (k / levels) for k in range(levels, 0, -1)] if levels else []
        return [max(int(step / float(self.tick)), 1) for step in [*steps, last]]


def grid_for(largest: int, step: float, num_nodes: int) -> Grid:
    """The coarsest ticks in which a bid step of `step` (in units of value) has some, if prices fit a word."""
    bits = int(num_nodes).bit_length()
    wanted = math.ceil(math.log2(FEWEST_TICKS / step)) if step > 0 else 0
    shift = min(max(wanted, 0), WORD - bits - largest.bit_length())
    return Grid(max(shift, 0), max(-shift, 0), bits)
