"""The answers of all parts as one answer with one proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fourflow.engines._bound import bound_of, root_box
from fourflow.engines._claims import objective_of
from fourflow.engines._incumbent import Incumbent
from fourflow.engines._linear import Relaxation, bundle_quanta
from fourflow.engines._parts import Piece, merge_duals, renumber, renumber_derived, restrict_duals
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
    Strengthened,
    taken_apart,
)  # fmt: skip


@dataclass(frozen=True)
class Settled:
    """One part with its answer and what proves that none is worth more than `bound` (money)."""

    flow: np.ndarray
    bundle: np.ndarray
    derived: tuple[DerivedRow, ...]
    tree: ProofTree
    prices: Duals
    bound: float
    leaves: int


def whole_at_root(part: ClearingProblem, piece: Piece, relaxed: Relaxation) -> Settled | None:
    """The part whose whole columns came out whole: the root's answer is its answer, if it can be rounded."""
    if relaxed.flow is None or relaxed.y is None or relaxed.duals is None:
        return None
    bundle = bundle_quanta(part, relaxed.y[piece.bundles])
    flow = round_flow(part, relaxed.flow[piece.arcs], bundle)
    if flow is None:
        return None
    return by_root_prices(part, piece, relaxed.duals, flow, bundle)


def by_root_prices(
    part: ClearingProblem, piece: Piece, root: Duals, flow: np.ndarray, bundle: np.ndarray
) -> Settled:
    """A part for which there was no time: some answer, and the whole problem's prices."""
    duals = restrict_duals(root, piece)
    return Settled(flow, bundle, (), Leaf(duals), duals, bound_of(part, duals, root_box(part)), 1)


def settled(solution: Solution, bound: float) -> Settled | None:
    """A part's solution; None if it proves nothing, or has parts itself."""
    derived, proof = taken_apart(solution.proof)
    if isinstance(proof, Forest) or np.isinf(solution.claimed_gap):
        return None
    return Settled(
        solution.flow, solution.bundle, derived, proof, solution.price_duals, bound, solution.stats["leaves"]
    )  # fmt: skip


def joined(
    problem: ClearingProblem, parts: Sequence[tuple[Piece, Settled]], may_derive: bool
) -> tuple[Incumbent, Proof]:
    """The answer to the whole problem, and its proof."""
    flow, bundle = np.zeros(problem.num_arcs, np.int64), np.zeros(problem.num_bundles, np.int64)
    derived: list[DerivedRow] = []
    trees = []
    for piece, own in parts:
        flow[piece.arcs], bundle[piece.bundles] = own.flow, own.bundle
        tree = renumber(own.tree, piece, problem.num_arcs)
        more = problem.num_coupling + len(derived) + np.arange(len(own.derived))
        derived += renumber_derived(own.derived, piece, problem)
        trees.append(Part(piece.nodes, np.concatenate([piece.rows, more]), tree))
    prices = merge_duals(problem, [(piece, own.prices) for piece, own in parts])
    proof: Proof = Forest(tuple(trees))
    if may_derive:
        proof = Strengthened(tuple(derived), Forest(tuple(trees)))
    return Incumbent(flow, bundle, objective_of(problem, flow, bundle), prices), proof
