"""Bounds of proof trees and forests.

A leaf's bound holds within the splits above it. Every point of the problem lies on one side of a split,
so the bound of a split is the larger of its sides; independent parts add up. Where only whole columns have
values, every objective is a whole multiple of one amount, and a strengthened proof may round down to it.

For engines: a leaf whose LP is infeasible needs no word of its own. Give it duals + t * ray with t large
enough: its bound is then below the incumbent, and proves just that. A side whose column has no value left
(k below 0, or k + 1 beyond the cap) is empty and its duals are not looked at.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.errors import CertificateError
from fourflow.problem import Duals, Forest, Leaf, ProofTree, Split
from fourflow.proof._exact import Exact, common_unit
from fourflow.proof._parts import Columns, columns_by_part, restrict
from fourflow.proof._slow import Box

LeafBound = Callable[[Exact, Duals, Box], "Fraction | float"]
MAX_SPLITS = 10**6


@dataclass(frozen=True)
class _Set:
    """Write one number into a box on the way through the tree."""

    array: NDArray[Any]
    index: int
    value: Any


def proof_bound(
    exact: Exact, caps: NDArray[Any], proof: ProofTree | Forest, leaf_bound: LeafBound, whole: bool = False
) -> Fraction | float:
    """The bound of the whole proof, without the objective's offset.

    caps : [num_arcs] from `inferred_caps`; whole : round the bound of each tree down to what an objective
    can be. Raises CertificateError if the proof is not one of this problem.
    """
    if not isinstance(proof, Forest):
        bound = tree_bound(exact, caps, proof, leaf_bound, Columns.all(exact))
        return _rounded_down(exact, bound) if whole else bound
    total: Fraction | float = Fraction(0)
    for part, columns in zip(proof.parts, columns_by_part(exact, proof), strict=True):
        own = restrict(exact, part, columns)
        bound = tree_bound(own, caps[columns.arcs], part.tree, leaf_bound, columns)
        total += _rounded_down(own, bound) if whole else bound
    return total


def _rounded_down(exact: Exact, bound: Fraction | float) -> Fraction | float:
    grain = objective_grain(exact)
    return bound // grain * grain if grain and isinstance(bound, Fraction) else bound


def objective_grain(exact: Exact) -> Fraction:
    """The amount of which every objective is a whole multiple; 0 if none is."""
    if exact.value[exact.step == 0].any() or exact.bundle_value[~exact.bundle_whole].any():
        return Fraction(0)
    arcs = np.flatnonzero(exact.value)
    steps = zip(exact.value[arcs].tolist(), exact.step[arcs].tolist(), strict=True)
    grains = (
        math.gcd(*(value * step for value, step in steps)) * exact.value_scale * exact.quantity_scale,
        math.gcd(*exact.bundle_value.tolist()) * exact.bundle_value_scale,
    )
    if not any(grains):
        return Fraction(0)
    return common_unit(*(grain for grain in grains if grain))[0]


def root_box(exact: Exact, caps: NDArray[Any]) -> Box:
    """Every column between 0 and its cap."""
    ones = np.ones(exact.num_bundles, np.int64)
    return Box(np.zeros(exact.num_arcs, caps.dtype), caps, np.zeros_like(ones), ones)


def tree_bound(
    exact: Exact, caps: NDArray[Any], tree: ProofTree, leaf_bound: LeafBound, columns: Columns
) -> Fraction | float:
    """Walk the tree, tightening one box on the way down and loosening it on the way up."""
    box = root_box(exact, caps if isinstance(tree, Leaf) else caps.copy())
    largest: Fraction | float = -math.inf
    num_splits = 0
    todo: list[ProofTree | _Set] = [tree]
    while todo:
        task = todo.pop()
        if isinstance(task, _Set):
            task.array[task.index] = task.value
        elif isinstance(task, Leaf):
            largest = max(largest, leaf_bound(exact, task.duals, box))
        else:
            num_splits += 1
            if num_splits > MAX_SPLITS:
                raise CertificateError(f"the proof tree has more than {MAX_SPLITS} splits.")
            todo.extend(reversed(_sides(exact, box, task, columns)))
    return largest


def _sides(exact: Exact, box: Box, split: Split, columns: Columns) -> list[ProofTree | _Set]:
    """What to do for a split: tighten, visit, loosen, on either side that is not empty."""
    lower, upper, index, step = _column(exact, box, split, columns)
    old_lower, old_upper = lower[index], upper[index]
    left_upper, right_lower = min(old_upper, split.k * step), max(old_lower, (split.k + 1) * step)
    tasks: list[ProofTree | _Set] = []
    if old_lower <= left_upper:
        tasks += [_Set(upper, index, left_upper), split.left, _Set(upper, index, old_upper)]
    else:
        _check_splits(exact, box, split.left, columns)
    if right_lower <= old_upper:
        tasks += [_Set(lower, index, right_lower), split.right, _Set(lower, index, old_lower)]
    else:
        _check_splits(exact, box, split.right, columns)
    return tasks


def _check_splits(exact: Exact, box: Box, tree: ProofTree, columns: Columns) -> None:
    """The splits of an empty side, which bound nothing, must be of whole columns all the same."""
    todo = [tree]
    while todo:
        node = todo.pop()
        if not isinstance(node, Leaf):
            _column(exact, box, node, columns)
            todo += [node.left, node.right]


def _column(
    exact: Exact, box: Box, split: Split, columns: Columns
) -> tuple[NDArray[Any], NDArray[Any], int, int]:
    """The limits of the split's column within the box, its place there, and what one step is worth."""
    arc = columns.local_arc(split.column)
    if arc is not None and exact.step[arc] > 0:
        return box.arc_lower, box.arc_upper, arc, int(exact.step[arc])
    bundle = columns.local_bundle(split.column)
    if bundle is not None and exact.bundle_whole[bundle]:
        return box.bundle_lower, box.bundle_upper, bundle, 1
    raise CertificateError(
        f"the proof splits column {split.column}, which is not a whole column of its part."
    )
