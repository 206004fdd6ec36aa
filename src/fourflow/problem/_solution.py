"""What an engine answers: flows, prices, and what proves them. An engine's claim is not a proof."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.problem._derived import DerivedRow
from fourflow.problem._problem import Array


class Status(StrEnum):
    OPTIMAL_WITHIN_GAP = "OPTIMAL_WITHIN_GAP"
    GAP_NOT_REACHED = "GAP_NOT_REACHED"
    INFEASIBLE = "INFEASIBLE"
    UNBOUNDED = "UNBOUNDED"
    NOT_PROVED = "NOT_PROVED"


@dataclass(frozen=True)
class Duals:
    """One dual vector, already rounded to integers (or float64, exact as dyadic).

    node : [num_nodes] in units of node_scale (money per unit of flow)
    row  : [num_coupling] in units of row_scale (money per unit of the row's measure)
    """

    node: Array
    row: Array
    node_scale: Fraction = Fraction(1)
    row_scale: Fraction = Fraction(1)


@dataclass(frozen=True)
class Split:
    """An inner node of a proof tree: column <= k on the left, column >= k + 1 on the right.

    `column` counts arcs first, then bundles (num_arcs + p). `k` counts steps of an arc (its flow
    divided by its `step`), and 0 for a bundle that is 0 or 1.
    """

    column: int
    k: int
    left: ProofTree
    right: ProofTree


@dataclass(frozen=True)
class Leaf:
    """A leaf carries duals whose bound holds under the splits above it."""

    duals: Duals


ProofTree = Split | Leaf


@dataclass(frozen=True)
class Part:
    """One independent component with a tree of its own.

    Every column touches nodes and rows of one part only, every node and row is in exactly one part.
    The duals of this part's leaves are in the order of `nodes` and `rows` (int64, ascending).
    """

    nodes: NDArray[np.int64]
    rows: NDArray[np.int64]
    tree: ProofTree


@dataclass(frozen=True)
class Forest:
    """Independent components: their bounds add up. Components without whole decisions may share a part."""

    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Strengthened:
    """A proof that uses that decisions are whole.

    `proof` is one of the problem with the derived rows as coupling rows after its own (`strengthened`), so
    that leaves have duals of them and parts hold them. Where only whole columns have values, the objective
    is a whole multiple of some amount, and the bound of each tree is rounded down to such a multiple.
    """

    derived: tuple[DerivedRow, ...]
    proof: ProofTree | Forest


def taken_apart(proof: Proof) -> tuple[tuple[DerivedRow, ...], ProofTree | Forest]:
    """The derived rows of a proof, if any, and the proof that uses them."""
    return (proof.derived, proof.proof) if isinstance(proof, Strengthened) else ((), proof)


Proof = ProofTree | Forest | Strengthened
"""A single Leaf proves a problem without whole decisions."""


@dataclass(frozen=True)
class Solution:
    """flow : int64[num_arcs] in quanta (float64 for a float problem); bundle : int64[num_bundles] in
    quanta of scales.bundle. `price_duals` support prices; `proof` bounds the objective: two things.
    For INFEASIBLE `proof` bounds below 0 the problem with w = V = 0; for UNBOUNDED `flow` and `bundle`
    are a ray."""

    flow: Array
    bundle: NDArray[np.int64]
    price_duals: Duals
    proof: Proof
    status: Status
    claimed_gap: float
    stats: dict[str, Any] = field(default_factory=dict)
