"""The exact engine: HiGHS for linear programs, a proof tree for whole decisions."""

from __future__ import annotations

from dataclasses import replace
from os import cpu_count
from threading import Event, get_ident
from typing import Any

import numpy as np

from fourflow.engines._choices import choice_search, has_choices
from fourflow.engines._claims import (
    bound_within,
    good_enough,
    just_below_next,
    objective_grain,
    objective_of,
    relative_gap,
    rounded_down,
)
from fourflow.engines._derive import derive
from fourflow.engines._forest import Settled, by_root_prices, joined, settled, whole_at_root
from fourflow.engines._highs import now
from fourflow.engines._incumbent import (
    Incumbent,
    Start,
    better,
    by_mip,
    complete,
    dive,
    given,
    near_bound,
    rounded,
)
from fourflow.engines._infeasible import infeasibility, unbounded_ray
from fourflow.engines._linear import INTEGRAL, Linear, Relaxation
from fourflow.engines._parts import Piece, pieces, restrict
from fourflow.engines._support import prices_for
from fourflow.engines._swaps import MOST_COLUMNS, has_curves, swap_parts, swap_search
from fourflow.engines._tree import MOST_NODES, Tree
from fourflow.engines._turns import Plot, work, worth
from fourflow.engines._windows import FEWEST_COLUMNS, Windows, search_beside
from fourflow.problem import (
    ClearingProblem,
    Duals,
    Leaf,
    Proof,
    ProofTree,
    Solution,
    Status,
    Strengthened,
)  # fmt: skip
from fourflow.progress import Progress, ProgressCallback

DERIVE_SHARE = 0.5
"""Share of the time that derived rows may take before the tree begins."""
SMALL_TREE, GROWTH = 20, 4
"""Nodes of a proof tree that need no better answer to begin with, and how much it grows between searches."""
FIRST_LOOK, FIRST_SHARE, WINDOWS_SHARE, LAST_LOOK = 0.03, 0.2, 0.5, 0.03
"""Shares of the time: for a first look near the relaxation, for a quick answer of all parts at once, for
windows where there is but one thread, and for the last answer."""
LAST_WORD_S = 10.0
"""Time for the proof that there is no answer, once that is what the solver says."""


class Run:
    """One run of the exact engine, which can be read off as a Solution whenever it is stopped."""

    def __init__(
        self, problem: ClearingProblem, gap: float, time_limit_s: float, threads: int | None,
        progress: ProgressCallback, may_derive: bool = True, grain: float | None = None,
    ) -> None:  # fmt: skip
        """may_derive : whether proofs may use derived rows, which need a problem in integers
        grain : of the objective, if not the problem's own; 0.0 where it has none"""
        self.problem, self.gap, self.threads, self.progress = problem, gap, threads, progress
        self.began = now()
        self.deadline = self.began + time_limit_s
        self.incumbent: Incumbent | None = None
        self.relaxed: Relaxation | None = None
        self.linear: Linear | None = None
        self.tree: Tree | None = None
        self.ended: Solution | None = None
        self.bound, self.taken, self.leaves = np.inf, -np.inf, 1
        self.of_whole = (may_derive, grain)
        self.may_derive, self.grain = may_derive, grain if grain is not None else objective_grain(problem)
        self.windows: Windows | None = None
        self.strengthened = self.has_start = self.by_curves = self.by_choices = self.tried_mip = False
        self.most_nodes = SMALL_TREE

    def solve(self, start: Start) -> Solution:
        interrupted, self.has_start = False, start is not None
        try:
            if self.relax(start) and not self.search_parts() and self.look():
                self.go_on()
        except KeyboardInterrupt:
            interrupted = True
        return self.ended or self.answer(interrupted)

    def begin(self, start: Start) -> bool:
        """The linear program and a first good answer; whether there is more to look for."""
        return self.relax(start) and self.look()

    def relax(self, start: Start) -> bool:
        """The linear program and what is whole beside it; whether there is more to look for."""
        problem = self.problem
        self.incumbent = given(problem, start)
        self.tell("linear program")
        self.linear = linear = Linear(problem, self.threads)
        near = None
        if isinstance(start, Solution) and self.incumbent is not None:
            near = (self.incumbent.flow, start.price_duals)
        self.relaxed = relaxed = linear.first(
            self.deadline - now(), lambda: self.tell("linear program"), near
        )
        if relaxed.status not in ("optimal", "stopped"):
            self.ended = self.without_answer(linear)
            return False
        if not problem.has_whole:
            self.incumbent = better(self.incumbent, rounded(linear, relaxed, self.deadline))
            return False
        if relaxed.status != "optimal" or relaxed.flow is None or relaxed.y is None:
            return False
        values = linear.whole_values(relaxed.flow, relaxed.y)
        nearest = complete(linear, np.rint(values), self.deadline)
        if nearest is None:
            nearest = complete(linear, np.floor(values + INTEGRAL), self.deadline)
        self.incumbent = better(self.incumbent, nearest)
        return not self.within_gap(relaxed.bound)

    def look(self) -> bool:
        """A first good answer; whether there is more to look for."""
        linear, relaxed = self.linear, self.relaxed
        assert linear is not None, "it is relaxed"
        assert relaxed is not None, "it is relaxed"
        self.by_curves = has_curves(linear.model)
        if self.by_curves:
            self.incumbent = better(self.incumbent, swap_search(linear, relaxed, self.deadline))
        else:
            self.look_near(linear, relaxed)
        return not self.within_gap(relaxed.bound)

    def look_near(self, linear: Linear, relaxed: Relaxation) -> None:
        """A first answer near the relaxation's, in a large program by windows."""
        if linear.model.num_columns >= FEWEST_COLUMNS:
            enough = good_enough(self.problem, relaxed.bound, self.gap)
            self.windows = Windows(linear, relaxed, enough)
            self.windows.first(FIRST_LOOK * (self.deadline - now()))
            self.take_windows()
        self.by_choices = self.windows is None and has_choices(linear.model)
        if self.by_choices:
            self.incumbent = choice_search(linear, relaxed, self.gap, self.deadline, self.incumbent)
            return
        if not self.has_start and (self.windows is None or self.windows.point is None):
            self.incumbent = better(self.incumbent, dive(linear, self.deadline))

    def go_on(self) -> bool:
        """Look for better answers and for a proof; whether there is more to look for."""
        linear, relaxed = self.linear, self.relaxed
        assert linear is not None, "it has begun"
        assert relaxed is not None, "it has begun"
        if self.tree is None and self.by_curves and len(linear.whole) > MOST_COLUMNS:
            self.by_curves = False
            self.look_near(linear, relaxed)
        if self.windows is None:
            return self.prove(linear, relaxed)
        if self.threads == 1 or cpu_count() == 1:
            self.windows.search(now() + WINDOWS_SHARE * (self.deadline - now()))
            self.take_windows()
            return self.prove(linear, relaxed)
        self.deadline -= LAST_LOOK * max(self.deadline - now(), 0.0)
        try:
            return search_beside(self.windows, self.deadline, lambda: self.prove(linear, relaxed))
        finally:
            self.take_windows()

    def take_windows(self) -> None:
        """Take the best point of the windows as an answer, if it is a better one."""
        windows = self.windows
        if windows is None or self.linear is None or windows.worth <= self.taken:
            return
        self.taken, values = windows.worth, windows.values()
        if values is not None:
            found = complete(self.linear, values, max(self.deadline, now() + LAST_WORD_S))
            self.incumbent = better(self.best, found)
        if self.tree is not None:
            self.tree.incumbent = self.incumbent

    def prove(self, linear: Linear, relaxed: Relaxation) -> bool:
        """Derived rows, then a proof tree, as far as the time goes; whether there is more to look for."""
        if self.tree is None:
            self.tell("whole decisions")
            if self.may_derive:
                relaxed = self.relaxed = self.strengthen(linear)
                if self.by_choices:
                    self.incumbent = choice_search(linear, relaxed, self.gap, self.deadline, self.incumbent)
                searched = self.by_curves or self.by_choices or self.windows is not None
                if linear.derived and not searched and not self.within_gap(relaxed.bound):
                    self.incumbent = better(self.incumbent, dive(linear, self.deadline))
            if self.windows is not None:
                self.take_windows()
                self.incumbent = near_bound(linear, relaxed, self.incumbent, self.gap, self.deadline)
            if self.within_gap(relaxed.bound):
                return False
            self.tree = Tree(linear, relaxed, self.incumbent, self.gap, self.grain)
            self.most_nodes = MOST_NODES if self.by_curves or self.windows is not None else SMALL_TREE
        return not self.search_tree(self.tree, linear, relaxed)

    def search_tree(self, tree: Tree, linear: Linear, relaxed: Relaxation) -> bool:
        """Grow the tree, True when it is done; where it is small a better answer is looked for in between."""

        def tell(bound: float) -> None:
            self.take_windows()
            self.tell("proof tree", bound)

        while not tree.search(self.deadline, tell, self.most_nodes):
            if self.most_nodes == MOST_NODES or tree.num_nodes <= self.most_nodes:
                return tree.num_nodes > MOST_NODES
            best, goal = tree.incumbent, (self.gap, self.deadline)
            self.most_nodes = min(GROWTH * self.most_nodes, MOST_NODES) if self.by_choices else MOST_NODES
            if self.by_choices:
                tree.incumbent = choice_search(linear, tree.last, *goal, best)
            if tree.incumbent is best and not self.tried_mip:
                self.tried_mip = True
                tree.incumbent = by_mip(linear, relaxed, best, *goal)
        return True

    def strengthen(self, linear: Linear) -> Relaxation:
        """Put derived rows in at the root, as long as they help."""
        self.tell("derived rows")
        target = -np.inf
        if self.incumbent is not None:
            target = bound_within(self.problem, self.incumbent.objective, self.gap)
        self.strengthened = True
        end = now() + DERIVE_SHARE * (self.deadline - now())
        return derive(linear, just_below_next(target, self.grain), end)

    def search_parts(self) -> bool:
        """Give each open component a run of its own; False where there is but one, or one has no answer."""
        problem, linear, relaxed = self.problem, self.linear, self.relaxed
        if linear is None or relaxed is None or relaxed.duals is None:
            return False
        found = pieces(problem, linear.is_fractional(relaxed))
        if not found:
            return False
        if has_curves(linear.model) and not self.has_start:
            quick = swap_parts(linear, relaxed, found[1:], now() + FIRST_SHARE * (self.deadline - now()))
            self.incumbent = better(self.incumbent, quick)
        parts = [restrict(problem, piece) for piece in found]
        rest = whole_at_root(parts[0], found[0], relaxed)
        first = 0 if rest is None else 1
        done = [] if rest is None else [rest]
        own_bound = sum(own.bound for own in done)
        own_worth = sum(objective_of(parts[0], own.flow, own.bundle) for own in done)
        stop, owner, plots = Event(), get_ident(), list[Plot]()

        def watch(_: Progress | None = None) -> None:
            if stop.is_set():
                raise KeyboardInterrupt
            if get_ident() == owner:
                self.tell("proof trees of the parts", objective=own_worth + worth(plots))

        def enough(objective: float, bound: float) -> bool:
            return relative_gap(problem, own_worth + objective, own_bound + bound) <= self.gap

        runs = [Run(part, self.gap, 0.0, 1, watch, *self.of_whole) for part in parts[first:]]
        for run, piece in zip(runs, found[first:], strict=True):
            run.has_start = self.has_start
            plots.append(Plot(run, self.share_of(piece)))
        interrupted = False
        try:
            work(plots, enough, self.deadline, self.threads or cpu_count() or 1, stop, watch)
        except KeyboardInterrupt:
            interrupted = True
        for plot, run, part, piece in zip(plots, runs, parts[first:], found[first:], strict=True):
            answer, best = run.settled(), run.best or given(part, plot.start)
            if best is not None:
                at_root = by_root_prices(part, piece, relaxed.duals, best.flow, best.bundle)
                # A part that had hardly a turn may know less than the root.
                answer = at_root if answer is None or at_root.bound < answer.bound else answer
            if answer is None:
                return False
            done.append(answer)
        self.incumbent, proof = joined(problem, list(zip(found, done, strict=True)), self.may_derive)
        self.leaves = sum(own.leaves for own in done)
        self.ended = self.read_off(self.incumbent, proof, sum(own.bound for own in done), interrupted)
        return True

    def share_of(self, piece: Piece) -> Start:
        """The part of the best answer that is in a piece."""
        best = self.incumbent
        return None if best is None else (best.flow[piece.arcs], best.bundle[piece.bundles])

    def settled(self) -> Settled | None:
        """What is known of a part, if it has an answer and a bound."""
        solution = self.ended or self.answer(False)
        return settled(solution, rounded_down(self.bound, self.grain))

    @property
    def best(self) -> Incumbent | None:
        return self.incumbent if self.tree is None else self.tree.incumbent

    @property
    def proved(self) -> float:
        return self.root_bound() if self.tree is None else self.tree.bound

    def within_gap(self, bound: float) -> bool:
        best = self.incumbent
        if best is None:
            return False
        if self.strengthened:
            bound = rounded_down(bound, self.grain)
        return relative_gap(self.problem, best.objective, bound) <= self.gap

    def tell(self, stage: str, bound: float | None = None, objective: float | None = None) -> None:
        if objective is None and self.best is not None:
            objective = self.best.objective
        gap = None if objective is None or bound is None else relative_gap(self.problem, objective, bound)
        self.progress(Progress(stage, now() - self.began, objective, bound, gap))

    def answer(self, interrupted: bool) -> Solution:
        """What is known: the best point so far, and what proves how far it may be from the best."""
        problem = self.problem
        best, bare, bound = self.incumbent, self.root_leaf(), self.root_bound()
        if self.tree is not None:
            best, (bare, bound) = self.tree.incumbent, self.tree.proved() or (bare, bound)
            if best is None and bound == -np.inf:
                return self.nothing(Status.INFEASIBLE, no_duals(problem), self.with_derived(bare))
        prices = None if best is None else best.duals
        if best is not None and self.linear is not None and self.relaxed is not None and problem.has_whole:
            prices = prices_for(self.linear, best, self.deadline)
        prices = prices or (self.relaxed.duals if self.relaxed is not None else None) or no_duals(problem)
        prices = replace(prices, row=prices.row[: problem.num_coupling])
        if best is None:
            flow, bundle = np.zeros(problem.num_arcs, np.int64), np.zeros(problem.num_bundles, np.int64)
            nothing = Status.NOT_PROVED, np.inf, self.stats(interrupted)
            return Solution(flow, bundle, prices, self.with_derived(bare), *nothing)
        return self.read_off(best, self.with_derived(bare), bound, interrupted, prices)

    def read_off(
        self, best: Incumbent, proof: Proof, bound: float, interrupted: bool, prices: Duals | None = None
    ) -> Solution:
        """A feasible point and a proof as a Solution."""
        self.bound = bound
        prices = prices or best.duals or no_duals(self.problem)
        claimed = relative_gap(self.problem, best.objective, bound)
        status = Status.OPTIMAL_WITHIN_GAP if claimed <= self.gap else Status.GAP_NOT_REACHED
        if np.isinf(claimed):
            status = Status.NOT_PROVED
        return Solution(best.flow, best.bundle, prices, proof, status, claimed, self.stats(interrupted))

    def with_derived(self, proof: ProofTree) -> Proof:
        """The proof with the derived rows that it uses."""
        if not self.strengthened or self.linear is None:
            return proof
        return Strengthened(self.linear.derived, proof)

    def root_leaf(self) -> ProofTree:
        duals = self.relaxed.duals if self.relaxed is not None else None
        return Leaf(duals or no_duals(self.problem))

    def root_bound(self) -> float:
        if self.relaxed is None:
            return np.inf
        return rounded_down(self.relaxed.bound, self.grain) if self.strengthened else self.relaxed.bound

    def without_answer(self, linear: Linear) -> Solution:
        """INFEASIBLE or UNBOUNDED with its proof, or NOT_PROVED."""
        problem = self.problem
        found = infeasibility(problem, linear.root, LAST_WORD_S)
        if found is not None:
            return self.nothing(Status.INFEASIBLE, found[0], Leaf(found[0]))
        solution = self.nothing(Status.NOT_PROVED, no_duals(problem), Leaf(no_duals(problem)))
        # A ray proves something only from a feasible point, and the point 0 is the one at hand.
        ray = unbounded_ray(problem, LAST_WORD_S) if self.incumbent is not None else None
        if ray is None:
            return solution
        return replace(solution, flow=ray, status=Status.UNBOUNDED)

    def nothing(self, status: Status, duals: Duals, proof: Proof) -> Solution:
        problem = self.problem
        flow, bundle = np.zeros(problem.num_arcs, np.int64), np.zeros(problem.num_bundles, np.int64)
        return Solution(flow, bundle, duals, proof, status, np.inf, self.stats(False))

    def stats(self, interrupted: bool) -> dict[str, Any]:
        linear, tree = self.linear, self.tree
        return {
            "engine": "exact",
            "elapsed_s": now() - self.began,
            "interrupted": interrupted,
            "iterations": linear.iterations if linear is not None else 0,
            "linear_s": linear.seconds if linear is not None else 0.0,
            "leaves": len(tree.leaves()) if tree is not None else self.leaves,
        }


def no_duals(problem: ClearingProblem) -> Duals:
    """All prices 0: what one can say before anything is solved."""
    nodes, rows = np.zeros(problem.num_nodes, np.int64), np.zeros(problem.num_coupling, np.int64)
    return Duals(nodes, rows, problem.scales.value, problem.scales.value / problem.scales.coefficient)
