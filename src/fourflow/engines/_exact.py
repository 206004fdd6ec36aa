"""The exact engine: HiGHS for linear programs, a proof tree for whole decisions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fourflow.engines._bound import bound_of, root_box
from fourflow.engines._claims import (
    bound_within,
    just_below_next,
    objective_grain,
    objective_of,
    relative_gap,
    rounded_down,
)
from fourflow.engines._derive import derive
from fourflow.engines._highs import now
from fourflow.engines._incumbent import (
    INTEGRAL,
    Incumbent,
    Start,
    better,
    by_mip,
    complete,
    dive,
    given,
    rounded,
)
from fourflow.engines._infeasible import infeasibility, unbounded_ray
from fourflow.engines._linear import Linear, Relaxation, bundle_quanta
from fourflow.engines._parts import (
    Piece,
    merge_duals,
    pieces,
    renumber,
    renumber_derived,
    restrict,
    restrict_duals,
)  # fmt: skip
from fourflow.engines._swaps import MOST_COLUMNS, has_curves, swap_search
from fourflow.engines._tree import MOST_NODES, Tree
from fourflow.engines.rounding import round_flow
from fourflow.problem import (
    ClearingProblem,
    DerivedRow,
    Duals,
    Forest,
    Leaf,
    Part,
    Proof,
    ProofTree,
    Solution,
    Status,
    Strengthened,
    taken_apart,
)  # fmt: skip
from fourflow.progress import Progress, ProgressCallback

DERIVE_SHARE = 0.5
"""Share of the time that derived rows may take before the tree begins."""
SMALL_TREE = 20
"""Nodes of a proof tree that need no better answer to begin with."""
LAST_WORD_S = 10.0
"""Time for the proof that there is no answer, once that is what the solver says."""


@dataclass(frozen=True)
class _Settled:
    """One part with its answer."""

    flow: np.ndarray
    bundle: np.ndarray
    derived: tuple[DerivedRow, ...]
    tree: ProofTree
    prices: Duals
    bound: float
    leaves: int


def _settled(part: ClearingProblem, piece: Piece, relaxed: Relaxation) -> _Settled | None:
    """The part whose whole columns came out whole: the root's answer is its answer, if it can be rounded."""
    if relaxed.flow is None or relaxed.y is None or relaxed.duals is None:
        return None
    bundle = bundle_quanta(part, relaxed.y[piece.bundles])
    flow = round_flow(part, relaxed.flow[piece.arcs], bundle)
    if flow is None:
        return None
    duals = restrict_duals(relaxed.duals, piece)
    return _Settled(flow, bundle, (), Leaf(duals), duals, bound_of(part, duals, root_box(part)), 1)


class Run:
    """One run of the exact engine, which can be read off as a Solution whenever it is stopped."""

    def __init__(
        self, problem: ClearingProblem, gap: float, time_limit_s: float, threads: int | None,
        progress: ProgressCallback, may_derive: bool = True,
    ) -> None:  # fmt: skip
        """may_derive : whether proofs may use derived rows, which need a problem in integers"""
        self.problem, self.gap, self.threads, self.progress = problem, gap, threads, progress
        self.began = now()
        self.deadline = self.began + time_limit_s
        self.incumbent: Incumbent | None = None
        self.relaxed: Relaxation | None = None
        self.linear: Linear | None = None
        self.tree: Tree | None = None
        self.ended: Solution | None = None
        self.bound, self.leaves = np.inf, 1
        self.grain = objective_grain(problem) if may_derive else 0.0
        self.may_derive = may_derive
        self.strengthened = self.has_start = self.by_curves = False

    def solve(self, start: Start) -> Solution:
        interrupted = False
        try:
            self.search(start)
        except KeyboardInterrupt:
            interrupted = True
        return self.ended or self.answer(interrupted)

    def search(self, start: Start) -> None:
        problem = self.problem
        self.incumbent, self.has_start = given(problem, start), start is not None
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
        values = linear.whole_values(relaxed.flow, relaxed.y)
        self.incumbent = better(self.incumbent, complete(linear, np.rint(values), self.deadline))
        if self.within_gap(relaxed.bound):
            return
        self.by_curves = has_curves(linear.model)
        if self.by_curves:
            self.incumbent = better(self.incumbent, swap_search(linear, relaxed, self.deadline))
        elif not self.has_start:
            self.incumbent = better(self.incumbent, dive(linear, self.deadline))
        if self.within_gap(relaxed.bound):
            return
        if self.search_parts(linear, relaxed):
            return
        if len(linear.whole) > MOST_COLUMNS and self.by_curves:
            self.by_curves = False
            self.incumbent = better(self.incumbent, dive(linear, self.deadline))
        self.tell("whole decisions")
        if self.may_derive:
            relaxed = self.relaxed = self.strengthen(linear)
            if linear.derived and not self.by_curves and not self.within_gap(relaxed.bound):
                self.incumbent = better(self.incumbent, dive(linear, self.deadline))
        if self.within_gap(relaxed.bound):
            return
        self.search_tree(linear, relaxed)

    def search_tree(self, linear: Linear, relaxed: Relaxation) -> None:
        """A proof tree; where a small one does not do, HiGHS looks for a better answer before it grows."""
        self.tree = tree = Tree(linear, relaxed, self.incumbent, self.gap, self.grain)

        def tell(bound: float) -> None:
            self.tell("proof tree", bound)

        if tree.search(self.deadline, tell, MOST_NODES if self.by_curves else SMALL_TREE):
            return
        self.tell("whole decisions")
        tree.incumbent = by_mip(linear, relaxed, tree.incumbent, self.gap, self.deadline)
        tree.search(self.deadline, tell)

    def strengthen(self, linear: Linear) -> Relaxation:
        """Put derived rows in at the root, as long as they help."""
        self.tell("derived rows")
        target = -np.inf
        if self.incumbent is not None:
            target = bound_within(self.problem, self.incumbent.objective, self.gap)
        self.strengthened = True
        end = now() + DERIVE_SHARE * (self.deadline - now())
        return derive(linear, just_below_next(target, self.grain), end)

    def search_parts(self, linear: Linear, relaxed: Relaxation) -> bool:
        """Give each open component a tree of its own; False where there is but one, or one has no answer."""
        problem = self.problem
        if relaxed.flow is None or relaxed.y is None or relaxed.duals is None:
            return False
        values = linear.whole_values(relaxed.flow, relaxed.y)
        fractional = np.zeros(problem.num_arcs + problem.num_bundles, np.bool_)
        fractional[linear.whole] = np.abs(values - np.rint(values)) > INTEGRAL
        found = pieces(problem, fractional)
        flow, bundle = np.zeros(problem.num_arcs, np.int64), np.zeros(problem.num_bundles, np.int64)
        parts, prices, bound, leaves = [], [], 0.0, 0
        derived: list[DerivedRow] = []
        for number, piece in enumerate(found):
            part = restrict(problem, piece)
            settled = None
            if number == 0:
                settled = _settled(part, piece, relaxed)
            if settled is None:
                settled = self.search_part(part, piece, len(found) - number)
            if settled is None:
                settled = self.as_at_root(part, piece, relaxed)
            if settled is None:
                return False
            flow[piece.arcs], bundle[piece.bundles] = settled.flow, settled.bundle
            tree = renumber(settled.tree, piece, problem.num_arcs)
            more = problem.num_coupling + len(derived) + np.arange(len(settled.derived))
            derived += renumber_derived(settled.derived, piece, problem)
            parts.append(Part(piece.nodes, np.concatenate([piece.rows, more]), tree))
            prices.append((piece, settled.prices))
            bound, leaves = bound + settled.bound, leaves + settled.leaves
        if not found:
            return False
        best = Incumbent(flow, bundle, objective_of(problem, flow, bundle), merge_duals(problem, prices))
        self.incumbent, self.leaves = best, leaves
        proof: Proof = Forest(tuple(parts))
        if self.may_derive:
            proof = Strengthened(tuple(derived), Forest(tuple(parts)))
        self.ended = self.read_off(best, proof, bound, False)
        return True

    def search_part(self, part: ClearingProblem, piece: Piece, parts_left: int) -> _Settled | None:
        """A part solved by a run of its own, with its share of the time that is left."""
        share = max(self.deadline - now(), 0.0) / parts_left
        run = Run(
            part, self.gap, share, self.threads, lambda _: self.tell("proof trees of the parts"),
            self.may_derive,
        )  # fmt: skip
        start = None
        if self.incumbent is not None:
            start = (self.incumbent.flow[piece.arcs], self.incumbent.bundle[piece.bundles])
        solution = run.solve(start)
        if solution.stats["interrupted"]:
            raise KeyboardInterrupt
        derived, proof = taken_apart(solution.proof)
        if isinstance(proof, Forest) or np.isinf(solution.claimed_gap):
            return None
        return _Settled(
            solution.flow, solution.bundle, derived, proof, solution.price_duals,
            rounded_down(run.bound, run.grain), solution.stats["leaves"],
        )  # fmt: skip

    def as_at_root(self, part: ClearingProblem, piece: Piece, relaxed: Relaxation) -> _Settled | None:
        """A part for which no time was left: its share of the answer at hand, and of the root's prices."""
        if self.incumbent is None or relaxed.duals is None:
            return None
        flow, bundle = self.incumbent.flow[piece.arcs], self.incumbent.bundle[piece.bundles]
        duals = restrict_duals(relaxed.duals, piece)
        return _Settled(flow, bundle, (), Leaf(duals), duals, bound_of(part, duals, root_box(part)), 1)

    def within_gap(self, bound: float) -> bool:
        best = self.incumbent
        if best is None:
            return False
        if self.strengthened:
            bound = rounded_down(bound, self.grain)
        return relative_gap(self.problem, best.objective, bound) <= self.gap

    def tell(self, stage: str, bound: float | None = None) -> None:
        best = self.tree.incumbent if self.tree is not None else self.incumbent
        objective = None if best is None else best.objective
        gap = None if objective is None or bound is None else relative_gap(self.problem, objective, bound)
        self.progress(Progress(stage, now() - self.began, objective, bound, gap))

    def answer(self, interrupted: bool) -> Solution:
        """What is known: the best point so far, and what proves how far it may be from the best."""
        problem = self.problem
        best, bare, bound = self.incumbent, self.root_leaf(), self.root_bound()
        if self.tree is not None:
            best, bare, bound = self.tree.incumbent, self.tree.proof() or bare, self.tree.bound
            if best is None and bound == -np.inf:
                return self.no_point(self.with_derived(bare))
        prices = best.duals if best is not None else None
        prices = prices or (self.relaxed.duals if self.relaxed is not None else None) or no_duals(problem)
        prices = prices if best is None else self.supporting(best) or prices
        prices = replace(prices, row=prices.row[: problem.num_coupling])
        if best is None:
            flow, bundle = np.zeros(problem.num_arcs, np.int64), np.zeros(problem.num_bundles, np.int64)
            nothing = Status.NOT_PROVED, np.inf, self.stats(interrupted)
            return Solution(flow, bundle, prices, self.with_derived(bare), *nothing)
        return self.read_off(best, self.with_derived(bare), bound, interrupted, prices)

    def supporting(self, best: Incumbent) -> Duals | None:
        """Prices at which whole flows too are what everybody would choose, with the bundles as they are.

        Where whole flows are fixed, as in the last step of a search, a price may be anything that no flow in
        parts would bear. None where they are whole only because they have to be: then no price bears them.
        """
        problem, linear = self.problem, self.linear
        if linear is None or problem.step is None or not (problem.step > 1).any():
            return None
        lower, upper = (limits.copy() for limits in linear.root_limits())
        bundles = linear.whole >= problem.num_arcs
        one = problem.scales.bundle.denominator
        fixed = best.bundle[linear.whole[bundles] - problem.num_arcs] / one
        lower[bundles] = upper[bundles] = fixed
        relaxed = linear.within(lower, upper, max(self.deadline - now(), 1.0))
        if relaxed.status != "optimal" or relaxed.duals is None:
            return None
        slack = relative_gap(problem, best.objective, relaxed.bound)
        return relaxed.duals if slack <= INTEGRAL else None

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
            "leaves": len(tree.leaves()) if tree is not None else self.leaves,
        }


def no_duals(problem: ClearingProblem) -> Duals:
    """All prices 0: what one can say before anything is solved."""
    nodes, rows = np.zeros(problem.num_nodes, np.int64), np.zeros(problem.num_coupling, np.int64)
    return Duals(nodes, rows, problem.scales.value, problem.scales.value / problem.scales.coefficient)
