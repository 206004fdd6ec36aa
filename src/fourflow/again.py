"""Clearing again: what a market with one thing changed would have come to, for reasons.

Only the part of the market that the listing is connected with is cleared: what shares no lane, budget, rule
or project with it, by any number of steps, cannot change what it gets. In a large part the known prices say
which arcs are worth looking at, and the proof covers the others. So an answer is as exact as if all had been
cleared.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fourflow.book import Market
from fourflow.clearing import Allocation, SelfSupply, decompose, read_allocation, tidy
from fourflow.engines import Piece, part_around, restrict, restrict_duals, solve, solve_near
from fourflow.formulation import BundleKind, Layout, NodeKind, RowKind, formulate
from fourflow.matching import match
from fourflow.problem import ClearingProblem, Duals, Solution, Status
from fourflow.proof import certify
from fourflow.reasons import Side

GAP = 1e-9
EQUAL = 1e-6
"""Money within which two allocations count as equally good."""
SHARE = 0.25
"""Part of a run's time limit that clearing again, to tell what would have changed it, may take on top."""
LARGE = 30_000
"""Arcs from which on known prices are made use of."""
KEPT_ROWS = (
    RowKind.LANE_CAPACITY, RowKind.BUDGET, RowKind.TRIPS, RowKind.RULE, RowKind.FUNDING, RowKind.UNAIDED,
)  # fmt: skip
"""Rows that mean the same in a changed market."""


@dataclass
class ClearAgain:
    """Clears changed markets, each to a proved optimum, as long as there are seconds and rounds left.

    apart : participants whose own offers are kept from their own needs to begin with; now, duals : how the
    market as it is was cleared.
    Gives the allocation of what one listing depends on (the rest as it is, or nothing where rows and columns
    are others), or None where the time is over or a quarter of it did not do for this one.
    """

    apart: tuple[int, ...]
    seconds: float
    rounds: int
    now: Allocation
    duals: Duals
    started: float = field(default_factory=time.monotonic)

    def __call__(self, market: Market, side: Side, row: int) -> Allocation | None:
        apart = set(self.apart)
        while self.rounds > 0 and (left := self.started + self.seconds - time.monotonic()) > 0:
            self.rounds -= 1
            problem, layout = formulate(market, match(market, apart))
            flow, bundle = self._rest(problem)
            if not self._solve(problem, layout, side, row, min(left, self.seconds / 4), flow, bundle):
                return None
            flow, bundle = tidy(market, layout, problem, flow, bundle)
            allocation = read_allocation(market, layout, problem, flow, bundle)
            try:
                decompose(allocation)
            except SelfSupply as found:
                apart |= set(np.unique(market.offers.participant[found.offers]).tolist())
                continue
            return allocation
        return None

    def _rest(self, problem: ClearingProblem) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """What everybody else gets meanwhile."""
        before = self.now.problem
        same = problem.num_bundles == before.num_bundles and np.array_equal(problem.tail, before.tail)
        if same and np.array_equal(problem.head, before.head):
            return np.asarray(self.now.flow, np.int64).copy(), np.asarray(self.now.bundle, np.int64).copy()
        return np.zeros(problem.num_arcs, np.int64), np.zeros(problem.num_bundles, np.int64)

    def _solve(
        self, problem: ClearingProblem, layout: Layout, side: Side, row: int, seconds: float,
        flow: NDArray[np.int64], bundle: NDArray[np.int64],
    ) -> bool:  # fmt: skip
        """Write the best of the listing's part into `flow` and `bundle`; False where it is not proved."""
        piece = _part(problem, layout, side, row)
        if not len(piece.arcs) and not len(piece.bundles):
            return True
        part = restrict(problem, piece)
        solution = self._best(part, piece, layout, seconds)
        certificate = certify(part, solution, GAP)
        proved = certificate.status == Status.OPTIMAL_WITHIN_GAP or certificate.is_settled
        if not proved and not (certificate.max_violation == 0 and certificate.absolute_gap <= EQUAL):
            return False
        flow[piece.arcs], bundle[piece.bundles] = solution.flow, solution.bundle
        return True

    def _best(self, part: ClearingProblem, piece: Piece, layout: Layout, seconds: float) -> Solution:
        if part.num_arcs < LARGE:
            return solve(part, gap=GAP, time_limit_s=seconds)
        known = carry_over(self.duals, self.now.layout, layout)
        return solve_near(part, restrict_duals(known, piece), GAP, seconds)


def _part(problem: ClearingProblem, layout: Layout, side: Side, row: int) -> Piece:
    """What a need, an offer or a project is connected with."""
    if side == "project":
        own = np.isin(layout.bundle_kind, (BundleKind.PROJECT, BundleKind.LINES)) & (layout.bundle_ref == row)
        return part_around(problem, np.zeros(0, np.int64), np.flatnonzero(own))
    kinds = (NodeKind.OFFER,) if side == "offer" else (NodeKind.NEED, NodeKind.LINE)
    nodes = np.flatnonzero(np.isin(layout.node_kind, kinds) & (layout.node_ref == row))
    return part_around(problem, nodes, np.zeros(0, np.int64))


def carry_over(duals: Duals, old: Layout, new: Layout) -> Duals:
    """The duals of one market for the nodes and rows of another that differs in one thing: by what they mean.

    What is new gets 0; such duals prove nothing, but say where to look.
    """
    same_pools = len(old.pool_category) == len(new.pool_category)
    node = _by_meaning(_node_keys(old, same_pools), duals.node, _node_keys(new, same_pools))
    row = _by_meaning(_row_keys(old), duals.row, _row_keys(new))
    return Duals(node, row, duals.node_scale, duals.row_scale)


def _node_keys(layout: Layout, by_pool: bool) -> NDArray[np.int64]:
    """int64[num_nodes, 5]: a listing by its number, a hub by its pool (or category), place and period."""
    kind, ref = layout.node_kind.astype(np.int64), layout.node_ref.astype(np.int64)
    is_hub = kind == NodeKind.HUB
    hub = np.where(is_hub, ref, 0)
    columns = [kind, np.where(is_hub, 0, ref)]
    for of_hub in (layout.hub_pool if by_pool else layout.hub_category, layout.hub_place, layout.hub_period):
        columns.append(np.where(is_hub, of_hub[hub], 0) if len(of_hub) else np.zeros_like(ref))
    return np.stack(columns, axis=1)


def _row_keys(layout: Layout) -> NDArray[np.int64]:
    """int64[num_coupling, 3]; rows that mean nothing elsewhere have a key of their own."""
    kept = np.isin(layout.row_kind, KEPT_ROWS)
    own = -1 - np.arange(len(kept))
    columns = [layout.row_kind, np.where(kept, layout.row_ref, own), layout.row_period]
    return np.stack([np.asarray(column, np.int64) for column in columns], axis=1)


def _by_meaning(
    old: NDArray[np.int64], values: NDArray[np.int64] | NDArray[np.float64], new: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The value of the first old key like each new one, 0 where there is none."""
    known, where = np.unique(np.concatenate([old, new]), axis=0, return_inverse=True)
    where = where.reshape(-1)
    found = np.zeros(len(known), np.int64)
    found[where[: len(old)][::-1]] = values[::-1]
    return found[where[len(old) :]]
