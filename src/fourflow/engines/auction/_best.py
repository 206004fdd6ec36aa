"""The best flow and the best prices so far, which need not come from the same auction."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from fourflow.engines._claims import by_prices, relative_gap
from fourflow.engines.auction._bipartite import I64, Array, Market
from fourflow.problem import Duals, Solution


@dataclass
class Best:
    """objective, bound : in money; node : the duals behind the bound in ticks; arcs, units : the flow."""

    market: Market
    tick: Fraction
    node: I64
    arcs: Array
    units: I64
    objective: float = -np.inf
    bound: float = np.inf

    @staticmethod
    def nothing(market: Market, tick: Fraction) -> Best:
        none = np.zeros(0, np.int64)
        return Best(market, tick, np.zeros(market.problem.num_nodes, np.int64), none, none)

    @property
    def gap(self) -> float:
        return relative_gap(self.market.problem, self.objective, self.bound)

    def note(self, arcs: Array, units: I64, worth: I64) -> None:
        """Keep what is better. worth : what a unit gains each node, in ticks, >= 0, int64[num_nodes]"""
        market, scales = self.market, self.market.problem.scales
        money = float(scales.value * scales.quantity) * market.unit
        objective = float((market.problem.value[arcs].astype(np.float64) * units).sum()) * money
        if objective > self.objective:
            self.objective, self.arcs, self.units = objective, arcs, units
        limit = (market.supply + market.demand).astype(np.float64)
        worth = np.where((limit > 0) & ~market.unlimited, worth, 0)
        bound = float((worth * limit).sum()) * float(self.tick) * money
        if bound < self.bound:
            self.bound, self.node = bound, np.where(market.is_giver, -worth, worth)

    def solution(self, gap: float, stats: dict[str, Any]) -> Solution:
        problem = self.market.problem
        flow = np.zeros(problem.num_arcs, np.int64)
        flow[self.arcs] = self.units * self.market.unit
        value = Fraction(problem.scales.value)
        duals = Duals(self.node, np.zeros(0, np.int64), value * self.tick, value)
        return by_prices(flow, duals, self.gap, gap, stats)
