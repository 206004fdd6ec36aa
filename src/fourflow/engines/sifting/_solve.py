"""Part after part, until its bound holds for the whole; then whole decisions within the part."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread

import numpy as np
from numpy.typing import NDArray

from fourflow.engines._bound import bound_of, reduced_values, root_box
from fourflow.engines._claims import objective_of, relative_gap
from fourflow.engines._exact import no_duals
from fourflow.engines._highs import now
from fourflow.engines._incumbent import Incumbent, Start, better, given
from fourflow.engines._linear import INTEGRAL, Linear, Relaxation
from fourflow.engines._model import F64, I64
from fourflow.engines.sifting._descend import descend
from fourflow.engines.sifting._explore import explore, mark_around, mark_spare
from fourflow.engines.sifting._part import Part
from fourflow.engines.sifting._ways import Ways
from fourflow.engines.sifting._whole import share_of, whole_points
from fourflow.problem import Duals, Leaf, Solution, Status
from fourflow.progress import Progress, ProgressCallback

NEAR = 0.1
"""A bound for the whole that exceeds the part's by this share of the gap asked is near enough."""
BOUND_SHARE, DIVE_SHARE = 0.5, 0.9
"""Share of the time after which no further part is solved, and share of the rest that a dive may take."""
ROUGHLY = 0.1
"""From that share between a program and its bound for the whole on, one thread makes decisions whole while
another goes on towards the bound: the program itself is then within some tenths of a percent."""
FAR_OFF = 0.5
"""A part that proves the whole to no more than that share lacks so many ways that its prices are steep."""
LITTLE = 0.1
"""Of what is missing to the bound: where another round of whole decisions brings less, it is the last."""
MANY, KEPT = 50_000, 2.5
"""Of more marked arcs than MANY whole decisions look at the best, KEPT times as many as the program uses."""


def solve_ways(
    ways: Ways, gap: float, time_limit_s: float, threads: int | None, progress: ProgressCallback,
    start: Start = None,
) -> Solution:  # fmt: skip
    """The best whole answer found, with prices that prove how good it is; NOT_PROVED if there is none."""
    run = _Run(ways, gap, time_limit_s, threads, progress, start)
    interrupted = False
    try:
        run.search()
    except KeyboardInterrupt:
        interrupted = True
    return run.solution(interrupted)


@dataclass(frozen=True)
class _Solved:
    """A part, its program and the answer: flow, y and prices of the part, `continued` those of the whole."""

    part: Part
    linear: Linear
    relaxed: Relaxation
    flow: F64
    y: F64
    prices: Duals
    continued: Duals


class _Run:
    """best : the best point of the whole problem; duals : those behind `bound`, the least so far"""

    def __init__(
        self, ways: Ways, gap: float, time_limit_s: float, threads: int | None, progress: ProgressCallback,
        start: Start,
    ) -> None:  # fmt: skip
        self.ways, self.problem, self.gap, self.threads = ways, ways.problem, gap, threads
        self.progress, self.began = progress, now()
        self.deadline = self.began + time_limit_s
        self.end = share_of(BOUND_SHARE, self.deadline)
        self.is_over = self.is_deciding = False
        self.best = given(self.problem, start)
        self.box = root_box(self.problem)
        self.duals = no_duals(self.problem)
        self.bound = bound_of(self.problem, self.duals, self.box)
        self.parts = self.marked = 0

    def search(self) -> None:
        self.tell("who would take what")
        marked = explore(self.ways)
        if self.best is not None:
            marked |= self.best.flow > 0
        solved, is_near = self.nearer(marked, ROUGHLY, lambda: self.tell("linear program"))
        if solved is None:
            return
        prover = Thread(target=self.prove, args=(solved, marked.copy()), daemon=True)
        if not is_near:
            self.is_deciding = True
            prover.start()
        try:
            decided = self.program(self.to_decide(marked, solved), True, lambda: self.tell("linear program"))
            if decided is not None:
                self.decide(decided)
            self.is_deciding = False
            if prover.ident is not None:
                prover.join()
        finally:
            self.is_over = True

    def prove(self, solved: _Solved, marked: NDArray[np.bool_]) -> None:
        """Go on towards the bound in a thread of its own, while the other decides."""
        with suppress(KeyboardInterrupt):
            self.descend(solved, np.zeros_like(marked))
            self.nearer(marked, 0.0, self.stop_if_over)

    def stop_if_over(self) -> None:
        if self.is_over or self.is_late:
            raise KeyboardInterrupt

    @property
    def is_late(self) -> bool:
        """Whether no further part is worth its time: as long as another thread decides, it costs none."""
        return now() > self.end and not self.is_deciding

    def nearer(
        self, marked: NDArray[np.bool_], enough: float, waiting: Callable[[], None]
    ) -> tuple[_Solved | None, bool]:
        """Programs of ever more arcs (marked in place) until one is within `enough` of its bound, or no time
        is left for another: the last one, and whether that is near enough for good."""
        while True:
            solved = self.program(marked, False, waiting)
            if solved is None or self.is_within(NEAR * self.gap, solved):
                return solved, True
            if not self.mark(solved, marked):
                return solved, True
            if self.is_deciding:
                self.descend(solved, np.zeros_like(marked))
            if self.is_within(enough, solved) or self.is_late:
                return solved, False

    def mark(self, solved: _Solved, marked: NDArray[np.bool_]) -> bool:
        """Mark ways that a part lacks; False if there are none. Far from the bound its prices tell little of
        them, and what is taken at better ones tells more."""
        if not self.is_within(FAR_OFF, solved):
            self.descend(solved, marked)
            return True
        known, charges = solved.part.known(solved.prices), solved.part.charges(solved.prices)
        return mark_around(self.ways, known, charges.arc, known, marked) > 0

    def descend(self, solved: _Solved, marked: NDArray[np.bool_]) -> None:
        """Steps from the prices of a part to such as prove more of the whole; ways taken are marked."""
        part, prices = solved.part, solved.prices
        known = descend(self.ways, part.known(prices), part.charges(prices), solved.relaxed.bound, marked)
        self.note_bound(part.continued(prices, self.box, known))

    def to_decide(self, marked: NDArray[np.bool_], solved: _Solved) -> NDArray[np.bool_]:
        """The arcs among which whole decisions look: the best of those marked, and more for bundles that are
        on."""
        kept = self.best_of(marked, solved)
        known, charges = solved.part.known(solved.prices), solved.part.charges(solved.prices)
        mark_spare(self.ways, known, charges.arc, self.ends(solved), kept)
        return kept

    def best_of(self, marked: NDArray[np.bool_], solved: _Solved) -> NDArray[np.bool_]:
        """Of MANY marked arcs those at which least is lost at the prices found, and all in use."""
        used = solved.part.piece.arcs[solved.flow > 0]
        size = max(MANY, int(KEPT * len(used)))
        if marked.sum() <= size:
            return marked.copy()
        worth, _ = reduced_values(self.problem, solved.continued)
        arcs = np.flatnonzero(marked)
        most = np.minimum(self.box.upper[arcs], self.ways.demand.max(initial=1.0))
        loss = np.maximum(-worth[arcs] * most, 0.0)
        kept: NDArray[np.bool_] = self.ways.tail == self.ways.head
        kept[arcs[np.argsort(loss, kind="stable")[:size]]] = True
        kept[used] = True
        return kept

    def ends(self, solved: _Solved) -> I64:
        """The sinks from which bundles take that the program has on."""
        lines, y = self.problem.bundle_lines, np.zeros(self.problem.num_bundles)
        y[solved.part.piece.bundles] = solved.y
        taken = np.zeros(self.problem.num_nodes, np.bool_)
        taken[lines.index[y[lines.row_of_entry()] > INTEGRAL]] = True
        return self.ways.sinks[taken[self.ways.sinks]]

    def program(self, marked: NDArray[np.bool_], gates: bool, waiting: Callable[[], None]) -> _Solved | None:
        """The program of the marked arcs; its prices give a bound for the whole. None without an answer."""
        part = Part.of(self.ways, marked, gates)
        self.parts, self.marked = self.parts + 1, max(self.marked, len(part.piece.arcs))
        linear = Linear(part.problem, self.threads, staged=False)
        relaxed = linear.first(self.deadline - now(), waiting)
        if relaxed.status != "optimal" or relaxed.duals is None or relaxed.flow is None or relaxed.y is None:
            return None
        continued = part.continued(relaxed.duals, self.box)
        self.note_bound(continued)
        return _Solved(part, linear, relaxed, relaxed.flow, relaxed.y, relaxed.duals, continued)

    def decide(self, solved: _Solved) -> None:
        """Whole decisions near the part's program."""
        self.tell("whole decisions")
        end, before = share_of(DIVE_SHARE, self.deadline), -np.inf
        for found in whole_points(solved.linear, solved.flow, solved.y, end):
            self.note(solved.part, found)
            if self.reached or found.objective - before < LITTLE * (self.bound - found.objective):
                return
            before = found.objective

    def note_bound(self, duals: Duals) -> None:
        bound = bound_of(self.problem, duals, self.box)
        if bound < self.bound:
            self.bound, self.duals = bound, duals

    def note(self, part: Part, found: Incumbent) -> None:
        flow, bundle = part.whole(found.flow, found.bundle)
        self.best = better(self.best, Incumbent(flow, bundle, objective_of(self.problem, flow, bundle)))
        self.tell("whole decisions")

    def is_within(self, share: float, solved: _Solved) -> bool:
        return relative_gap(self.problem, solved.relaxed.bound, self.bound) <= share

    @property
    def reached(self) -> bool:
        return self.best is not None and self.claimed <= self.gap

    @property
    def claimed(self) -> float:
        best = self.best
        return np.inf if best is None else relative_gap(self.problem, best.objective, self.bound)

    def tell(self, stage: str) -> None:
        objective = None if self.best is None else self.best.objective
        bound = self.bound if np.isfinite(self.bound) else None
        gap = None if objective is None or bound is None else self.claimed
        self.progress(Progress(stage, now() - self.began, objective, bound, gap))

    def solution(self, interrupted: bool) -> Solution:
        problem, best = self.problem, self.best
        stats = {
            "engine": "sifting",
            "why": f"{self.marked:,} of {problem.num_arcs:,} arcs lie on ways that may matter",
            "elapsed_s": now() - self.began,
            "interrupted": interrupted,
            "parts": self.parts,
        }
        if best is None:
            flow, bundle = np.zeros(problem.num_arcs, np.int64), np.zeros(problem.num_bundles, np.int64)
            return Solution(flow, bundle, self.duals, Leaf(self.duals), Status.NOT_PROVED, np.inf, stats)
        status = Status.OPTIMAL_WITHIN_GAP if self.reached else Status.GAP_NOT_REACHED
        # Prices with decisions as they are would support the part exactly, but say little of what it lacks.
        return Solution(best.flow, best.bundle, self.duals, Leaf(self.duals), status, self.claimed, stats)
