"""Prices and flows step towards each other, restart by restart, on the arcs that may matter."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from types import TracebackType

import numpy as np

from fourflow.engines._highs import now
from fourflow.engines.kernels import DUE, RELEASED, choose, earned, rents, tell_nothing, walk
from fourflow.engines.multiflow._flows import F64, I64, Flows

PULL, GENTLE = 30.0, 5.0
"""How far prices pull flows at first: a price off by the typical price moves a flow by half its width times
this; less after small changes, where the old prices prove nearly enough and flows are what is missing."""
SHARE = 0.01
"""Width of an arc without flow, as a share of the room; with flow it is as wide as the flow besides."""
WIDEST = 10.0
"""No room counts as wider than what that many typical hubs list: beyond that it is no limit."""
LEAST_WIDE = 1e-3
"""A hub counts as at least this share of what is listed there wide, so that no step is endless."""
EVEN, EVEN_GENTLE, MOST_PULL = 0.3, 0.02, 1e3
"""How far a restart goes, in logarithms, towards the pull at which flows and prices moved as much since the
last; and how far from the first that may lead."""
LOOK_S = 0.05
"""About how often the clock is looked at."""


class _Chosen:
    """The arcs that take part until the next restart, those of each row one after the other.

    Every thread has the places of its own rows' arcs in the problem, and fills them from the first on.
    """

    def __init__(self, num_rows: int, num_arcs: int) -> None:
        self.row = np.zeros(num_rows, np.int32)
        self.low, self.high = np.zeros((2, num_rows), np.uint64)
        self.paid = np.zeros(num_rows)
        self.arc = np.zeros(num_arcs, np.int64)
        self.tail, self.head = np.zeros((2, num_arcs), np.uint32)
        self.cost, self.per, self.width, self.wish = np.zeros((4, num_arcs))
        self.flow, self.anchor, self.step = np.zeros((3, num_arcs))


class _Part:
    """What one thread walks with: rows and hubs (first, last + 1), and how many rows and arcs are chosen."""

    def __init__(self, number: int, rows: tuple[int, int], hubs: tuple[int, int]) -> None:
        self.number, self.rows, self.hubs = number, rows, hubs
        self.num_rows = self.num_arcs = 0


class Method:
    """Where the method stands.

    step : float64[num_arcs] flows in row units, never beyond a room; price_step : float64[num_hubs] in units
    of value: what the last step came to. `flow` and `price` are where the next one begins.
    """

    def __init__(self, flows: Flows, threads: int = 1) -> None:
        self.flows, curves = flows, flows.curves
        self.per = 1.0 / flows.gain
        self.below, self.quantity = -curves.demand.astype(np.float64), curves.quantity.astype(np.float64)
        size = np.abs(curves.price)
        self.typical = float(np.median(size[size > 0])) if (size > 0).any() else 1.0
        self.pull, self.even = PULL / self.typical, EVEN
        self.price = np.full(len(flows.hubs), float(np.median(curves.price)))
        self.price_step, self.price_anchor = self.price.copy(), self.price.copy()
        self.step = np.zeros(len(flows.arc))
        self.at, self.balance = np.zeros(len(flows.hubs), np.int64), np.zeros((threads, len(flows.hubs)))
        listed = np.maximum(curves.supply, curves.demand)
        widest = WIDEST * float(listed.sum()) / max(int((listed > 0).sum()), 1)
        self.broad = np.minimum(flows.room[flows.row_of_arc()], widest * flows.gain)
        self.steps, self.restarts, self.since, self.at_a_time = 0, 0, 0, 1
        self.gate, self.moved, self.told = np.zeros(1, np.int64), np.zeros((2, threads)), tell_nothing()
        self.chosen = _Chosen(len(flows.room), len(flows.arc))
        rows = cut_evenly(flows.ptr, threads)
        hubs = cut_evenly(curves.ptr + np.arange(len(curves.ptr)), threads)
        self.parts = [_Part(number, *both) for number, both in enumerate(zip(rows, hubs, strict=True))]
        self.pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self.pace: F64
        self.restart(np.inf)

    def begin(self, price: F64, step: F64) -> None:
        """Take these prices and flows (row units) for the last step; what is beyond a room is cut evenly."""
        f = self.flows
        carried = np.add.reduceat(np.maximum(step, 0.0), f.ptr[:-1])
        share = np.minimum(f.room / np.maximum(carried, np.maximum(f.room, 1.0)), 1.0)
        self.step, self.price_step = np.maximum(step, 0.0) * share[f.row_of_arc()], price.copy()
        self.restart(np.inf)

    def be_gentle(self) -> None:
        """From now on let prices pull less: they are nearly right."""
        self.pull, self.even = GENTLE / self.typical, EVEN_GENTLE

    def __enter__(self) -> Method:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.pool is not None:
            self.pool.shutdown()

    def together(self, work: Callable[[_Part], float]) -> list[float]:
        """`work` of every part at once."""
        if self.pool is None:
            return [work(self.parts[0])]
        try:
            running = [self.pool.submit(work, part) for part in self.parts]
            return [each.result() for each in running]
        except BaseException:
            self.gate[0] = RELEASED
            raise

    def run(self, count: int, deadline: float) -> None:
        """So many steps, or as many as the time allows; `step` and `price_step` then hold the last."""
        end = self.steps + count
        while self.steps < end and now() < deadline:
            self._walk_on(min(end - self.steps, self.at_a_time))
            if self.told[DUE]:
                self.keep()
                self.even_out()
                self.restart(float(np.sqrt(np.mean((self.price_step - self.price_anchor) ** 2))))
        self.keep()

    def even_out(self) -> None:
        """Change the pull such that flows and prices, each in their metric, move more alike."""
        c, flows_moved = self.chosen, 0.0
        for part in self.parts:
            here = self._arcs_of(part)
            flows_moved += float(np.sum((c.step[here] - c.anchor[here]) ** 2 / c.width[here]))
        prices_moved = float(np.sum((self.price_step - self.price_anchor) ** 2 / self.pace))
        if flows_moved > 0 and prices_moved > 0:
            even = np.sqrt(flows_moved / prices_moved)
            pull = even**self.even * self.pull ** (1 - self.even) * self.typical / PULL
            self.pull = float(np.clip(pull, 1 / MOST_PULL, MOST_PULL)) * PULL / self.typical

    def _arcs_of(self, part: _Part) -> slice:
        """The places of the chosen arcs of a part."""
        first = int(self.flows.ptr[part.rows[0]])
        return slice(first, first + part.num_arcs)

    def _walk_on(self, count: int) -> None:
        """At most so many steps, until it is time to restart."""
        began = now()
        done = int(self.together(lambda part: self._walk(part, count))[0])
        self.steps, self.since = self.steps + done, self.since + done
        self.at_a_time = max(int(LOOK_S * done / max(now() - began, 1e-9)), 1)

    def _walk(self, part: _Part, count: int) -> int:
        c, f, curves = self.chosen, self.flows, self.flows.curves
        before = self.steps - self.since
        rows = slice(part.rows[0], part.rows[0] + part.num_rows)
        return walk(
            part.number, count, self.since, before, self.gate, self.moved, self.told,
            c.row[rows], c.low[rows], c.high[rows], c.tail, c.head, c.cost, c.per, c.width, self.pull,
            f.room, c.flow, c.anchor, c.step, c.wish, c.paid[rows], self.balance, *part.hubs, curves.ptr,
            curves.price, curves.above, self.below, self.pace, self.price, self.price_anchor, self.price_step,
            self.at,
        )  # fmt: skip

    def keep(self) -> None:
        """Where the chosen arcs stand is where the flows stand."""
        c = self.chosen
        for part in self.parts:
            here = self._arcs_of(part)
            self.step[c.arc[here]] = c.step[here]

    def restart(self, moved: float) -> None:
        """Begin again from the last step: anchor, widths and the arcs that take part. moved : of prices"""
        self.price, self.price_anchor = self.price_step.copy(), self.price_step.copy()
        self.since, self.restarts, self.told = 0, self.restarts + 1, tell_nothing()
        self.together(lambda part: self._choose(part, moved))
        total = self.balance.sum(axis=0)
        self.balance[:] = 0.0
        listed = (self.flows.curves.supply + self.flows.curves.demand).astype(np.float64)
        self.pace = 1.0 / np.maximum(total, LEAST_WIDE * np.maximum(listed, 1.0))

    def _choose(self, part: _Part, margin: float) -> float:
        f, c = self.flows, self.chosen
        part.num_rows = choose(
            *part.rows, f.ptr, f.tail, f.head, f.cost, self.per, self.broad, SHARE, self.step, self.price,
            margin, self.balance[part.number], c.row, c.low, c.high, c.arc, c.tail, c.head, c.cost, c.per,
            c.width, c.step,
        )  # fmt: skip
        first, num_rows = f.ptr[part.rows[0]], part.num_rows
        part.num_arcs = int(c.high[part.rows[0] + num_rows - 1]) - int(first) if num_rows else 0
        here = self._arcs_of(part)
        c.flow[here] = c.anchor[here] = c.step[here]
        return 0.0

    def bound(self, price: F64) -> float:
        """What prices of the hubs prove, in units of value times quanta."""
        f, curves = self.flows, self.flows.curves

        def of(part: _Part) -> float:
            lanes = rents(*part.rows, f.ptr, f.tail, f.head, f.cost, self.per, price, f.room)
            listings = earned(*part.hubs, curves.ptr, curves.price, self.quantity, curves.is_need, price)
            return float(lanes + listings)

        return sum(self.together(of))


def cut_evenly(ptr: I64, parts: int) -> list[tuple[int, int]]:
    """Neighbouring groups, as many as parts, each with about as many entries: (first, last + 1)."""
    cuts = np.searchsorted(ptr, np.linspace(0, ptr[-1], parts + 1)[1:-1])
    return list(pairwise([0, *cuts.tolist(), len(ptr) - 1]))
