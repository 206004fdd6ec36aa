"""Whole decisions near a program: what leads first, then block by block, then what is left."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from fourflow.engines._highs import now
from fourflow.engines._incumbent import Incumbent, complete
from fourflow.engines._linear import Linear
from fourflow.engines._model import F64, I64
from fourflow.engines.sifting._blocks import WAYS, Block, blocks, leading, rows_of
from fourflow.engines.sifting._dive import Dive
from fourflow.problem import ClearingProblem

THREADS = 2
LEADS_SHARE = 0.4
"""Share of the time left by which columns that are settled one by one are settled many at a time."""
LARGE = 2000
"""Columns of a block that is not tried before the others."""


def whole_points(linear: Linear, flow: F64, y: F64, deadline: float) -> Iterator[Incumbent]:
    """Whole points near a relaxation's, each better than the last.

    Bundles that take something or are worth something are settled one by one in the whole program. As long as
    these stay, most of the rest falls into blocks that share little; each is made whole by itself, with all
    others as they are. What then is left is settled in the whole program again.
    """
    rank, takes = _rank(linear), _takes(linear.given)
    dive = Dive(linear.model, linear.again, linear.in_steps(flow, y), deadline, takes)
    if not dive.decide(rank[linear.whole] == 0, share_of(LEADS_SHARE, deadline)):
        return
    for block in _blocks(linear, dive, rank):
        if len(block.columns) < LARGE and not block.search(deadline):
            dive.decide(np.isin(linear.whole, block.columns), share_of(LEADS_SHARE, deadline))
    found, worth = _blocks(linear, dive, rank), -np.inf
    while now() < deadline:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda block: block.search(deadline), found))
        last = dive.at(_joined(dive.point, found))
        if last.worth <= worth:
            return
        worth = last.worth
        last.fix(~last.is_fractional)
        if last.leave_out(rank[linear.whole], *WAYS[0]):
            point = complete(linear, np.rint(last.values), deadline)
            if point is not None:
                yield point


def share_of(share: float, deadline: float) -> float:
    """When a share of the time from now to the deadline will be over."""
    return now() + share * (deadline - now())


def _joined(point: F64, found: list[Block]) -> F64:
    """The point with what was found for each block."""
    point = point.copy()
    for block in found:
        if block.best is not None:
            point[block.columns] = block.best
    return point


def _blocks(linear: Linear, dive: Dive, rank: I64) -> list[Block]:
    is_open = np.zeros(linear.model.num_columns, np.bool_)
    is_open[linear.whole] = dive.is_fractional
    model, own = dive.limited(linear.model), blocks(linear, is_open)
    sharers = np.zeros(model.matrix.shape[0], np.int64)
    for columns in own:
        sharers[rows_of(model, columns)] += 1
    return [Block(model, columns, dive.point, rank, sharers) for columns in own]


def _rank(linear: Linear) -> I64:
    """0 for bundles that lead, 1 for the others, 2 for arcs.  int64[num_columns]"""
    problem = linear.given
    return np.concatenate([np.full(problem.num_arcs, 2), np.where(leading(problem), 0, 1)])


def _takes(problem: ClearingProblem) -> NDArray[np.bool_]:
    """bool[num_columns]: whole bundles that take something."""
    lines = problem.bundle_lines
    some = np.bincount(lines.row_of_entry(), lines.coefficient > 0, problem.num_bundles) > 0
    return np.concatenate([np.zeros(problem.num_arcs, np.bool_), some & problem.bundle_whole])
