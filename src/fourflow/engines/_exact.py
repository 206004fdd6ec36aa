"""The exact engine: HiGHS for linear programs, a proof tree for whole decisions."""

from __future__ import annotations

from typing import Any

import numpy as np

from fourflow.engines._claims import relative_gap
from fourflow.engines._highs import now
from fourflow.engines._incumbent import Incumbent, Start, better, by_mip, complete, given, rounded
from fourflow.engines._infeasible import infeasibility, unbounded_ray
from fourflow.engines._linear import Linear, Relaxation
from fourflow.engines._tree import Tree
from fourflow.problem import ClearingProblem, Duals, Leaf, Proof, Solution, Status
from fourflow.progress import Progress, ProgressCallback

LAST_WORD_S = 10.0
"""Time for the proof that there is no answer, once that is what the solver says."""


class Run:
    """One run of the exact engine, which can be read off as a Solution whenever it is stopped."""

    def __init__(
        self, problem: ClearingProblem, gap: float, time_limit_s: float, threads: int | None,
        progress: ProgressCallback,
    ) -> None:  # fmt: skip
        self.problem, self.gap, self.threads, self.progress = problem, gap, threads, progress
        self.began = now()
        self.deadline = self.began + time_limit_s
        self.incumbent: Incumbent | None = None
        self.relaxed: Relaxation | None = None
        self.linear: Linear | None = None
        self.tree: Tree | None = None
        self.ended: Solution | None = None

    def solve(self, start: Start) -> Solution:
        interrupted = False
        try:
            self.search(start)
        except KeyboardInterrupt:
            interrupted = True
        return self.ended or self.answer(interrupted)

    def search(self, start: Start) -> None:
        problem = self.problem
        self.incumbent = given(problem, start)
        self.tell("linear program")
        self.linear = linear = Linear(problem, self.threads)
        self.relaxed = relaxed = linear.first(self.deadline - now(), lambda: self.tell("linear program"))
        if relaxed.status not in ("optimal", "stopped"):
            self.ended = self.without_answer(linear)
            return
        if not problem.has_whole:
            self.incumbent = better(self.incumbent, rounded(linear, relaxed, self.deadline))
            return
        self.search_whole(linear, relaxed)

    def search_whole(self, linear: Linear, relaxed: Relaxation) -> None:
        if relaxed.status != "optimal" or relaxed.flow is None or relaxed.y is None:
            return
        values = np.rint(linear.whole_values(relaxed.flow, relaxed.y))
        self.incumbent = better(self.incumbent, complete(linear, values, self.deadline))
        if self.within_gap(relaxed.bound):
            return
        self.tell("whole decisions")
        self.incumbent = better(self.incumbent, by_mip(linear, self.incumbent, self.gap, self.deadline))
        if self.within_gap(relaxed.bound):
            return
        self.tree = tree = Tree(linear, relaxed, self.incumbent, self.gap)
        tree.search(self.deadline, lambda bound: self.tell("proof tree", bound))

    def within_gap(self, bound: float) -> bool:
        best = self.incumbent
        return best is not None and relative_gap(self.problem, best.objective, bound) <= self.gap

    def tell(self, stage: str, bound: float | None = None) -> None:
        best = self.tree.incumbent if self.tree is not None else self.incumbent
        objective = None if best is None else best.objective
        gap = None if objective is None or bound is None else relative_gap(self.problem, objective, bound)
        self.progress(Progress(stage, now() - self.began, objective, bound, gap))

    def answer(self, interrupted: bool) -> Solution:
        """What is known: the best point so far, and what proves how far it may be from the best."""
        problem = self.problem
        best, proof, bound = self.incumbent, self.root_proof(), self.root_bound()
        if self.tree is not None:
            best, proof, bound = self.tree.incumbent, self.tree.proof() or proof, self.tree.bound
            if best is None and bound == -np.inf:
                return self.no_point(proof)
        prices = best.duals if best is not None else None
        prices = prices or (self.relaxed.duals if self.relaxed is not None else None) or no_duals(problem)
        if best is None:
            flow, bundle = np.zeros(problem.num_arcs, np.int64), np.zeros(problem.num_bundles, np.int64)
            return Solution(flow, bundle, prices, proof, Status.NOT_PROVED, np.inf, self.stats(interrupted))
        claimed = relative_gap(problem, best.objective, bound)
        status = Status.OPTIMAL_WITHIN_GAP if claimed <= self.gap else Status.GAP_NOT_REACHED
        if np.isinf(claimed):
            status = Status.NOT_PROVED
        return Solution(best.flow, best.bundle, prices, proof, status, claimed, self.stats(interrupted))

    def root_proof(self) -> Proof:
        duals = self.relaxed.duals if self.relaxed is not None else None
        return Leaf(duals or no_duals(self.problem))

    def root_bound(self) -> float:
        return self.relaxed.bound if self.relaxed is not None else np.inf

    def no_point(self, proof: Proof) -> Solution:
        return self.nothing(Status.INFEASIBLE, no_duals(self.problem), proof)

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
        return Solution(
            ray,
            solution.bundle,
            solution.price_duals,
            solution.proof,
            Status.UNBOUNDED,
            np.inf,
            solution.stats,
        )

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
            "leaves": len(tree.leaves()) if tree is not None else 1,
        }


def no_duals(problem: ClearingProblem) -> Duals:
    """All prices 0: what one can say before anything is solved."""
    nodes, rows = np.zeros(problem.num_nodes, np.int64), np.zeros(problem.num_coupling, np.int64)
    return Duals(nodes, rows, problem.scales.value, problem.scales.value / problem.scales.coefficient)
