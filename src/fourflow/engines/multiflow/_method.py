"""Prices and flows step towards each other, restart by restart, on the arcs that may matter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fourflow.engines._highs import now
from fourflow.engines.kernels import best_tolls, earned, step_flows, step_prices
from fourflow.engines.multiflow._flows import F64, I32, I64, Flows

PULL = 30.0
"""How far prices pull flows: a price off by the typical price moves a flow by half its width times this."""
SHARE = 0.01
"""Width of an arc without flow, as a share of the room; with flow it is as wide as the flow besides."""
WIDEST = 10.0
"""No room counts as wider than what that many typical hubs list: beyond that it is no limit."""
ENOUGH, PROGRESS, LONG = 0.2, 0.8, 0.15
"""Restart where steps are that much shorter than at the anchor; or that much and growing again; or after that
share of all steps."""
LEAST_WIDE = 1e-3
"""A hub counts as at least this share of what is listed there wide, so that no step is endless."""


@dataclass
class _Chosen:
    """The arcs that take part until the next restart, row by row, with arrays of their own."""

    arcs: I64
    row: I32
    ptr: I64
    tail: I32
    head: I32
    cost: F64
    per: F64
    width: F64
    flow: F64
    anchor: F64
    step: F64
    wish: F64


class Method:
    """Where the method stands.

    step : float64[num_arcs] flows in row units, never beyond a room; price_step : float64[num_hubs] in units
    of value: what the last step came to. `flow` and `price` are where the next one begins.
    """

    def __init__(self, flows: Flows) -> None:
        self.flows, curves = flows, flows.curves
        self.per, self.row_of_arc = 1.0 / flows.gain, flows.row_of_arc()
        self.below, self.quantity = -curves.demand.astype(np.float64), curves.quantity.astype(np.float64)
        size = np.abs(curves.price)
        self.pull = PULL / (float(np.median(size[size > 0])) if (size > 0).any() else 1.0)
        self.price = np.full(len(flows.hubs), float(np.median(curves.price)))
        self.price_step, self.price_anchor = self.price.copy(), self.price.copy()
        self.step = np.zeros(len(flows.arc))
        self.at, self.balance = np.zeros(len(flows.hubs), np.int64), np.zeros(len(flows.hubs))
        listed = np.maximum(curves.supply, curves.demand)
        widest = WIDEST * float(listed.sum()) / max(int((listed > 0).sum()), 1)
        self.broad = np.minimum(flows.room[self.row_of_arc], widest * flows.gain)
        self.steps, self.restarts, self.since = 0, 0, 0
        self.first = self.last = np.inf
        self.pace: F64
        self.chosen: _Chosen
        self.restart(np.inf)

    def run(self, count: int, deadline: float) -> None:
        """So many steps, or as many as the time allows; `step` and `price_step` then hold the last."""
        for _ in range(count):
            self.one_step()
            if now() > deadline:
                break
        self.step[self.chosen.arcs] = self.chosen.step

    def one_step(self) -> None:
        c, curves = self.chosen, self.flows.curves
        self.since, self.steps = self.since + 1, self.steps + 1
        weight = self.since / (self.since + 1)
        moved = step_flows(
            c.row, c.ptr, c.tail, c.head, c.cost, c.per, c.width, self.pull, self.flows.room, self.price,
            c.flow, c.anchor, weight, c.step, self.balance, c.wish,
        )  # fmt: skip
        moved += step_prices(
            curves.ptr, curves.price, curves.above, self.below, self.pace, 1 / self.pull, self.balance,
            self.price, self.price_anchor, weight, self.price_step, self.at,
        )  # fmt: skip
        if self.since == 1:
            self.first = moved
        elif self._is_time(moved):
            self.step[c.arcs] = c.step
            self.restart(float(np.sqrt(np.mean((self.price_step - self.price_anchor) ** 2))))
        self.last = moved

    def _is_time(self, moved: float) -> bool:
        """Whether to restart. moved : length of the last step, squared"""
        growing = moved < PROGRESS**2 * self.first and moved > self.last
        return moved < ENOUGH**2 * self.first or growing or self.since > LONG * self.steps

    def restart(self, moved: float) -> None:
        """Begin again from the last step: anchor, widths and the arcs that take part. moved : of prices"""
        self.price, self.price_anchor = self.price_step.copy(), self.price_step.copy()
        self.since, self.restarts = 0, self.restarts + 1
        self.first = self.last = np.inf
        width, flows, hubs = self._widths(), self.flows, len(self.flows.hubs)
        seen = 2 * width * self.per**2
        total = np.bincount(flows.tail, seen, hubs) + np.bincount(flows.head, seen, hubs)
        listed = (flows.curves.supply + flows.curves.demand).astype(np.float64)
        self.pace = 1.0 / np.maximum(total, LEAST_WIDE * np.maximum(listed, 1.0))
        self.chosen = self._choose(width, moved)

    def _widths(self) -> F64:
        """The step size of every arc: half of what it may carry, in the metric of its row."""
        carried = SHARE * self.broad + self.step
        return np.asarray(0.5 / (1 + SHARE) * carried * self.flows.gain)

    def _choose(self, width: F64, margin: float) -> _Chosen:
        """Arcs with flow, and those that would earn something if prices moved by `margin`."""
        f = self.flows
        gain = self.price[f.head] - self.price[f.tail] - f.cost
        arcs = np.flatnonzero((gain > -margin) | (self.step > 0))
        rows = self.row_of_arc[arcs]
        starts = np.flatnonzero(np.diff(rows, prepend=-1))
        flow = self.step[arcs]
        return _Chosen(
            arcs, rows[starts].astype(np.int32), np.append(starts, len(arcs)), f.tail[arcs], f.head[arcs],
            f.cost[arcs], self.per[arcs], width[arcs], flow, flow.copy(), flow.copy(), np.zeros(len(arcs)),
        )  # fmt: skip

    def bound(self, price: F64) -> float:
        """What prices of the hubs prove, in units of value times quanta."""
        f, curves = self.flows, self.flows.curves
        tolls = np.zeros(len(f.room))
        best_tolls(f.ptr, f.tail, f.head, f.cost, self.per, price, tolls)
        listed = earned(curves.ptr, curves.price, self.quantity, curves.is_need, price)
        return float(tolls @ f.room) + float(listed)
