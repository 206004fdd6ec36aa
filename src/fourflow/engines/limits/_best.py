"""The best whole flow and the best prices so far, which need not belong together."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from fourflow.engines._claims import by_prices, relative_gap
from fourflow.engines._duals import node_scale_for, row_scale_for
from fourflow.engines._watch import Watch
from fourflow.engines.kernels import fill, surplus
from fourflow.engines.limits._packing import F64, Packing, price_scale
from fourflow.problem import Duals, Solution


class Best:
    """objective, bound : money without the offset; flow : quanta in the packing's order; price : of rows"""

    def __init__(self, packing: Packing) -> None:
        self.packing, self.money = packing, packing.money
        self.flow, self.price = np.zeros(len(packing.worth)), packing.dearest
        self.objective = 0.0
        self.bound = np.inf

    @property
    def gap(self) -> float:
        return relative_gap(self.packing.problem, self.objective, self.bound)

    def note_prices(self, price: F64, bound: float) -> None:
        """Keep prices that prove a lower bound, given in units of value and quanta."""
        if bound * self.money < self.bound:
            self.bound, self.price = bound * self.money, price.copy()

    def note_flow(self, portion: F64, share: F64, price: F64) -> None:
        """Keep whole flows of portions (see `filled`) if they are worth more."""
        self.note(*self.filled(portion, share, price))

    def note(self, flow: F64, objective: float) -> None:
        if objective > self.objective:
            self.objective, self.flow = objective, flow

    def filled(self, portion: F64, share: F64, price: F64) -> tuple[F64, float]:
        """Whole flows of the takers' portions, of which rows have room for a share, and what they are worth.

        price : by which what is left is given away
        """
        packing, flow = self.packing, np.empty_like(self.flow)
        total = fill(
            packing.start, packing.first, packing.row, packing.use, packing.worth, price, packing.demand,
            portion, share, packing.limit.copy(), flow,
        )  # fmt: skip
        return flow, total * self.money

    def solution(self, gap: float, stats: dict[str, Any]) -> Solution:
        packing = self.packing
        flow = np.zeros(packing.problem.num_arcs, np.int64)
        flow[slice(None) if packing.order is None else packing.order] = self.flow.astype(np.int64)
        return by_prices(flow, self._duals(), self.gap, gap, stats)

    def _duals(self) -> Duals:
        """The prices in whole numbers, and takers' duals that leave no arc a gain."""
        packing, problem = self.packing, self.packing.problem
        value, per_row = Fraction(problem.scales.value), price_scale(problem)
        price, givers = self.price.copy(), len(packing.givers)
        money = price[givers:] * float(per_row)
        row_scale = row_scale_for(problem, money)
        mu = np.rint(money / float(row_scale)).astype(np.int64)
        price[givers:] = mu * float(row_scale / per_row)
        node_scale = node_scale_for(problem, price[:givers] * float(value), True)
        ratio = float(value / node_scale)
        rent = np.rint(price[:givers] * ratio)
        price[:givers] = rent / ratio
        gain = np.empty(len(packing.takers))
        surplus(packing.start, packing.first, packing.row, packing.use, packing.worth, price, gain)
        node = np.zeros(problem.num_nodes, np.int64)
        node[packing.givers] = -rent.astype(np.int64)
        node[packing.takers] = np.ceil(gain * ratio).astype(np.int64)
        return Duals(node, mu, node_scale, row_scale)


def is_done(best: Best, watch: Watch, gap: float) -> bool:
    """Whether the gap is reached, or the time is up."""
    return best.gap <= gap or watch.stopped or watch.is_over


def is_stuck(gaps: list[float], patience: int) -> bool:
    """Whether the last so many gaps brought less than a tenth."""
    return len(gaps) > patience and gaps[-1] > 0.9 * gaps[-1 - patience]


def share_left(load: F64, limit: F64) -> F64:
    """The share of its load that every row has room for."""
    over = load > limit
    return np.asarray(np.where(over, limit / np.where(over, load, 1.0), 1.0))
