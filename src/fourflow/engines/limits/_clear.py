"""Prices of rows from bids, where every arc is in one row: each row clears at what takers would pay.

From prices at which no arc gains, turn by turn, prices only fall, for bids follow the prices of other rows,
as in a clock auction. They find what Newton's method creeps to where most arcs of a row are worth the same
for what they use: there everybody wants in at a price a millionth too low, and nobody at one too high.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from fourflow.engines._watch import Watch
from fourflow.engines.kernels import bids_for_rows, clear_rows, sort_by_row, surplus
from fourflow.engines.limits._packing import F64, Packing, dot

MANY = 100_000
"""From this many arcs on a second thread pays."""


class Clearing:
    """Prices that clear rows. The same for any number of threads."""

    def __init__(self, packing: Packing, watch: Watch) -> None:
        self.packing, self.watch = packing, watch
        rows, arcs = packing.num_rows, len(packing.worth)
        self.arcs = np.concatenate([[0], np.cumsum(np.bincount(packing.row, minlength=rows))])
        self.load, self.place = np.empty(arcs), np.empty(arcs, np.uint32 if arcs < 2**32 else np.int64)
        at = self.arcs[:-1].copy()
        sort_by_row(packing.row, packing.use, packing.taker, packing.demand, at, self.place, self.load)
        self.bid, self.gain = np.empty(arcs), np.empty(len(packing.takers))
        threads = watch.threads if arcs >= MANY else 1
        self.of_takers, self.of_rows = (
            list(pairwise(np.searchsorted(ends, np.linspace(0, arcs, threads + 1)).tolist()))
            for ends in (packing.start, self.arcs)
        )

    def turn(self, price: F64) -> tuple[F64, float]:
        """Every row's price where the others stay at those given; what they prove, in units of value and
        quanta."""
        p, found = self.packing, np.zeros_like(price)
        self.watch.together(
            lambda part: bids_for_rows(
                part[0], part[1], p.start, p.row, p.use, p.worth, price, self.place, self.bid
            ),
            self.of_takers,
        )
        self.watch.together(
            lambda part: clear_rows(part[0], part[1], self.arcs, self.bid, self.load, p.limit, found),
            self.of_rows,
        )
        surplus(p.start, p.first, p.row, p.use, p.worth, found, self.gain)
        return found, dot(self.gain, p.demand) + p.paid(found)


def rows_clear(packing: Packing) -> bool:
    """Whether every arc is in one row, so that a row's price is found by selection."""
    return len(packing.row) == len(packing.worth) and bool((np.diff(packing.first) == 1).all())
