"""Clearing again: what a market with one thing changed would have come to, for reasons."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np

from fourflow.book import Market
from fourflow.clearing import Allocation, SelfSupply, decompose, read_allocation, tidy
from fourflow.engines import solve
from fourflow.formulation import formulate
from fourflow.matching import match
from fourflow.problem import Status
from fourflow.proof import certify

GAP = 1e-9
SHARE = 0.25
"""Part of a run's time limit that clearing again, to tell what would have changed it, may take on top."""


@dataclass
class ClearAgain:
    """Clears changed markets, each to a proved optimum, as long as there are seconds and rounds left.

    apart : participants whose own offers are kept from their own needs to begin with.
    Gives the allocation, or None where the time is over or an eighth of it did not do for this one. First
    come, first served is left out.
    """

    apart: tuple[int, ...]
    seconds: float
    rounds: int
    started: float = field(default_factory=time.monotonic)

    def __call__(self, market: Market) -> Allocation | None:
        apart = set(self.apart)
        while self.rounds > 0 and (left := self.started + self.seconds - time.monotonic()) > 0:
            self.rounds -= 1
            problem, layout = formulate(market, match(market, apart))
            solution = solve(problem, gap=GAP, time_limit_s=min(left, self.seconds / 8))
            certificate = certify(problem, solution, GAP)
            if not (certificate.status == Status.OPTIMAL_WITHIN_GAP or certificate.is_settled):
                return None
            flow = np.asarray(solution.flow, np.int64)
            flow, bundle = tidy(market, layout, problem, flow, solution.bundle)
            allocation = read_allocation(market, layout, problem, flow, bundle)
            try:
                decompose(allocation)
            except SelfSupply as found:
                apart |= set(np.unique(market.offers.participant[found.offers]).tolist())
                continue
            return allocation
        return None
