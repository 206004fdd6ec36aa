"""Step after step, until what is found in whole flows lies within the gap of what prices prove."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fourflow.engines._bound import bound_of, root_box
from fourflow.engines._claims import by_prices, objective_of, relative_gap
from fourflow.engines._highs import now
from fourflow.engines._incumbent import Start, given
from fourflow.engines.multiflow._flows import F64, I64, Flows
from fourflow.engines.multiflow._method import Method
from fourflow.engines.multiflow._round import Rounding
from fourflow.problem import Solution
from fourflow.progress import Progress, ProgressCallback

FIRST_LOOK = 100
BLOCK = 50
"""Steps between two looks at the bound."""
MOST_STEPS = 20_000
SOONEST, LATEST = 1.07, 2.0
"""The next look at whole flows comes after that factor of the steps, as far as the gap is from the one asked:
it falls about as the square of the steps."""
FINER = (1.0, 0.5, 0.25)
"""Gaps in floats that are tried, as shares of the one asked, until the one in integers is reached."""


def solve_flows(
    flows: Flows, gap: float, time_limit_s: float, progress: ProgressCallback, start: Start = None,
    threads: int = 1,
) -> Solution:  # fmt: skip
    """The best whole flows found, with the prices that prove how good they are.

    start : a first answer, kept if nothing better is found; the same number of threads gives the same answer
    """
    began = now()
    with Method(flows, threads) as method:
        run = Run(method, start, began + time_limit_s, lambda run: progress(
            Progress("prices and flows", now() - began, run.objective, run.bound, run.gap)))  # fmt: skip
        interrupted = False
        try:
            for share in FINER:
                run.go(gap * share)
                if run.finish() <= gap or run.is_over:
                    break
        except KeyboardInterrupt:
            interrupted = True
            run.finish()
        return run.solution(gap, {"elapsed_s": now() - began, "interrupted": interrupted})


class Run:
    """objective, bound : in money, without the offset; flow : int64[num_arcs]; price : behind the bound"""

    def __init__(self, method: Method, start: Start, deadline: float, tell: Callable[[Run], None]) -> None:
        flows = self.flows = method.flows
        self.method, self.rounding = method, Rounding(flows)
        self.deadline, self.tell = deadline, tell
        problem = self.problem = flows.problem
        begun = given(problem, start) if start is not None else None
        self.flow: I64 = np.zeros(problem.num_arcs, np.int64) if begun is None else begun.flow
        self.bundle = np.zeros(0, np.int64)
        self.objective = objective_of(problem, self.flow, self.bundle)
        self.money = float(problem.scales.value * problem.scales.quantity)
        self.bound, listed = np.inf, flows.curves.price
        for level in (listed.min(), listed.max(), np.median(listed)):
            self.note_bound(np.full(len(flows.hubs), float(level)))

    @property
    def gap(self) -> float:
        return relative_gap(self.problem, self.objective, self.bound)

    @property
    def is_over(self) -> bool:
        return now() > self.deadline or self.method.steps >= MOST_STEPS

    def go(self, gap: float) -> None:
        """Step until the gap is reached, or time or steps are used up."""
        method, look = self.method, max(FIRST_LOOK, self.method.steps)
        while self.gap > gap and not self.is_over:
            method.run(min(BLOCK, max(look - method.steps, 1)), self.deadline)
            self.note_bound(method.price_step)
            if method.steps >= look or self.is_over:
                self.note_flow()
                later = float(np.clip(0.9 * np.sqrt(self.gap / max(gap, 1e-300)), SOONEST, LATEST))
                look = int(method.steps * later) + 1
            self.tell(self)

    def note_bound(self, price: F64) -> None:
        bound = self.method.bound(price) * self.money
        if bound < self.bound:
            self.bound, self.price = bound, price.copy()

    def note_flow(self) -> None:
        flow = self.rounding.whole(self.method.step, self.method.price_step)
        objective = objective_of(self.problem, flow, self.bundle)
        if objective > self.objective:
            self.objective, self.flow = objective, flow

    def finish(self) -> float:
        """Make the prices integers, and count the bound again as it will be proved; the gap."""
        self.duals = self.rounding.duals_at(self.price)
        self.bound = bound_of(self.problem, self.duals, root_box(self.problem))
        return self.gap

    def solution(self, gap: float, stats: dict[str, object]) -> Solution:
        told = {
            "engine": "multiflow",
            "why": f"flows between {len(self.flows.hubs):,} hubs share {len(self.flows.room):,} rooms",
            "steps": self.method.steps,
            "restarts": self.method.restarts,
        }
        return by_prices(self.flow, self.duals, self.gap, gap, told | stats)
