"""Step after step, until what is found in whole flows lies within the gap of what prices prove."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fourflow.engines._bound import bound_of
from fourflow.engines._claims import by_prices, relative_gap
from fourflow.engines._highs import now
from fourflow.engines._incumbent import Start, given
from fourflow.engines._model import as_float
from fourflow.engines.multiflow._flows import F64, I64, Flows
from fourflow.engines.multiflow._method import Method
from fourflow.engines.multiflow._round import Rounding
from fourflow.problem import ClearingProblem, Solution
from fourflow.progress import Progress, ProgressCallback

FIRST_LOOK = 100
BLOCK = 50
"""Steps between two looks at the bound."""
MOST_STEPS = 200_000
PATIENCE, WORTHWHILE = 2.0, 0.8
"""Where so many times the steps bring no gap below that part of the last, whole flows come no nearer."""
SETTLED, A_THIRD = 0.05, 4 / 3
"""So it is where a third more steps moved the bound by less than that part of the gap, and flows came no
nearer either: what is left is lost in making them whole."""
SOONEST, LATEST = 1.06, 2.0
"""The next look at whole flows comes after that factor of the steps, as far as the gap is from that asked."""
USUAL, POWERS = 2.0, (0.5, 3.0)
"""The gap falls about as that power of the steps; what two looks tell is believed within limits."""
NEAR = 1e-3
"""An earlier answer within that gap has prices that are nearly right; others move as much as flows do."""
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


def fits(problem: ClearingProblem, start: Solution) -> bool:
    """Whether a solution has prices and flows for as many nodes and arcs."""
    return len(start.price_duals.node) == problem.num_nodes and len(start.flow) == problem.num_arcs


def prices_of(flows: Flows, start: Solution) -> F64:
    """The prices of the hubs in a solution, in units of this problem's value.  float64[num_hubs]"""
    unit = float(start.price_duals.node_scale / flows.problem.scales.value)
    return -as_float(start.price_duals.node)[flows.hubs] * unit


class Run:
    """objective, bound : in money, without the offset; flow : int64[num_arcs]; price : behind the bound"""

    def __init__(self, method: Method, start: Start, deadline: float, tell: Callable[[Run], None]) -> None:
        flows = self.flows = method.flows
        self.method, self.rounding = method, Rounding(flows)
        self.deadline, self.tell = deadline, tell
        problem = self.problem = flows.problem
        self.money = float(problem.scales.value * problem.scales.quantity)
        self.value = as_float(problem.value)
        self.flow: I64 = np.zeros(problem.num_arcs, np.int64)
        self.objective = 0.0
        self.bound, listed = np.inf, flows.curves.price
        for level in (listed.min(), listed.max(), np.median(listed)):
            self.note_bound(np.full(len(flows.hubs), float(level)))
        self.look, self.is_stuck, self.is_settled = FIRST_LOOK, False, False
        self.last = self.looked = (0, np.inf)
        self.proved = (0, np.inf, np.inf)
        self.begin(start)

    def begin(self, start: Start) -> None:
        """From the flows and prices of a solution, or with the flows given if they are feasible."""
        if isinstance(start, Solution) and fits(self.problem, start):
            flows, method = self.flows, self.method
            method.begin(prices_of(flows, start), as_float(start.flow)[flows.arc] * flows.gain)
            self.note_bound(method.price_step)
            self.note_flow()
            if self.gap < NEAR:
                method.be_gentle()
        elif start is not None and (begun := given(self.problem, start)) is not None:
            self.note(begun.flow)

    @property
    def gap(self) -> float:
        return relative_gap(self.problem, self.objective, self.bound)

    @property
    def is_over(self) -> bool:
        return now() > self.deadline or self.method.steps >= MOST_STEPS or self.is_stuck

    def go(self, gap: float) -> None:
        """Step until the gap is reached, or time or steps are used up."""
        method, look = self.method, max(self.look, self.method.steps)
        while self.gap > gap and not self.is_over:
            method.run(min(BLOCK, max(look - method.steps, 1)), self.deadline)
            self.note_bound(method.price_step)
            if method.steps >= look or self.is_over:
                self.note_flow()
                self.take_stock()
                look = self.next_look(gap)
            self.tell(self)

    def next_look(self, gap: float) -> int:
        """The steps after which the gap should be reached, if it falls as between the last two looks."""
        method, (steps, before) = self.method, self.looked
        power = USUAL
        if steps and 0 < self.gap < before:
            power = np.clip(np.log(before / self.gap) / np.log(method.steps / steps), *POWERS)
        self.looked = method.steps, self.gap
        later = (self.gap / max(gap, 1e-300)) ** (1 / power)
        return int(method.steps * float(np.clip(later, SOONEST, LATEST))) + 1

    def take_stock(self) -> None:
        """Whether whole flows still come nearer."""
        steps, gap = self.last
        if self.gap < WORTHWHILE * gap or not steps:
            self.last = self.method.steps, self.gap
        elif self.method.steps > PATIENCE * steps:
            self.is_stuck = True
        steps, bound, gap = self.proved
        if self.method.steps > A_THIRD * steps:
            rests = bound - self.bound < SETTLED * (self.bound - self.objective)
            self.is_settled = rests and self.gap > WORTHWHILE * gap
            self.is_stuck |= self.is_settled
            self.proved = self.method.steps, self.bound, self.gap

    def note_bound(self, price: F64) -> None:
        bound = self.method.bound(price) * self.money
        if bound < self.bound:
            self.bound, self.price = bound, price.copy()

    def note_flow(self) -> None:
        self.note(self.rounding.whole(self.method.step, self.method.price_step))

    def note(self, flow: I64) -> None:
        """Keep whole flows that are worth more than those at hand."""
        objective = float(np.einsum("i,i->", self.value, flow)) * self.money
        if objective > self.objective:
            self.objective, self.flow = objective, flow

    def finish(self) -> float:
        """Make the prices integers, and count the bound again as it will be proved; the gap."""
        self.duals = self.rounding.duals_at(self.price)
        self.bound = bound_of(self.problem, self.duals, self.rounding.box)
        return self.gap

    def solution(self, gap: float, stats: dict[str, object]) -> Solution:
        told = {
            "engine": "multiflow",
            "why": f"flows between {len(self.flows.hubs):,} hubs share {len(self.flows.room):,} rooms",
            "steps": self.method.steps,
            "restarts": self.method.restarts,
            "settled": self.is_settled,
        }
        return by_prices(self.flow, self.duals, self.gap, gap, told | stats)
