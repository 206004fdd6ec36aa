"""The residual graph of a final allocation: what could still change, and what each change costs.

One graph answers for needs (which supply could still come, or be taken from others), and its mirror
for offers (who could still take, or whose place could be taken). Listings with one arc are sources at
their hub; only those with several arcs (a need of several categories, an offer in several pools) are
nodes. Costs are billionths of money per unit, quantities millionths of a unit.

Lanes and budgets that several classes share are not part of a network. A full one is *priced*: each arc
pays its row's dual. Lagrangian relaxation makes such path costs lower bounds; see `_ladder`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fourflow.clearing import Allocation
from fourflow.formulation import BundleKind, NodeKind, RowKind
from fourflow.problem import INF, Duals

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]
Table = NDArray[np.void]
FAR = 2**62
PLENTY = 2**60
WHOLE = 10**9
"""A bundle in full, in billionths."""
TINY = 100
"""Quanta (1e-4 units) below which something left over is a remainder of rounding, and no opportunity."""

ARC = np.dtype(
    [
        ("tail", "i8"), ("head", "i8"), ("cost", "i8"), ("ahead", "i8"), ("back", "i8"),
        ("lane_row", "i8"), ("lane_take", "f8"), ("budget_row", "i8"), ("budget_take", "f8"),
    ]
)  # fmt: skip
"""ahead, back : quanta by which the flow may still rise and fall; *_row : shared coupling rows (-1 none)
and how much of them a quantum takes."""
NODE = np.dtype(
    [
        ("arcs_from", "i8"), ("arcs_to", "i8"), ("sources_from", "i8"), ("sources_to", "i8"),
        ("cost", "i8"), ("parent", "i8"),
    ]
)  # fmt: skip
"""arcs_* : range in `around`; sources_* : range in `sources`; cost : of the next unit brought here (FAR:
none can be), parent : the arc it comes over (2 a + 1 against its direction; -1 from a source here)."""
SOURCE = np.dtype(
    [
        ("node", "i8"), ("cost", "i8"), ("left", "i8"), ("listing", "i8"),
        ("budget_row", "i8"), ("budget_take", "f8"),
    ]
)  # fmt: skip
"""A listing that can let a unit in at `node`; listing : offer i, or num_offers + need j."""
ROW = np.dtype([("left", "f8"), ("full", "?")])


class Graph(NamedTuple):
    """Tables above; around : int64, arcs at each node as 2 a (leaving it) or 2 a + 1 (entering it)."""

    arcs: Table
    nodes: Table
    sources: Table
    rows: Table
    around: I64
    heap: I64


@dataclass(frozen=True)
class Situation:
    """What the final allocation leaves, arc by arc and row by row of the problem.

    extra : int64[num_arcs] what full shared rows add to an arc's cost, billionths of money per unit
    capacity : int64[num_arcs] by everything that limits one arc alone, and by the whole of its shared lane
    shared : bool[num_coupling] lanes and budgets of several arcs; full : bool[num_coupling] without room
    slack : float64[num_coupling] room left, in units of limit; price : float64[num_coupling] money per unit
    loose : bool[num_coupling] priced though not full, which an exact optimum never is
    more, less : int64[num_nodes] by how much each listing may give or get more, or less, under the switches
    as they are; step : int64[num_arcs] lots
    tiny : float64[num_coupling] room that counts as none, in units of limit
    duals : those that support the prices
    """

    allocation: Allocation
    extra: I64
    capacity: I64
    shared: Bools
    full: Bools
    slack: F64
    price: F64
    loose: Bools
    more: I64
    less: I64
    step: I64
    tiny: F64
    duals: Duals

    @property
    def hub_price(self) -> F64:
        """float64[num_nodes]: the clearing price at each hub, money per unit."""
        return -np.asarray(self.duals.node, np.float64) * float(self.duals.node_scale)


def look_at(allocation: Allocation, duals: Duals) -> Situation:
    """Read rows, capacities and switches of a final allocation."""
    problem, layout, flow = allocation.problem, allocation.layout, allocation.flow
    slack = row_slack(allocation)
    entries = np.diff(problem.coupling.indptr)
    kind = layout.row_kind
    shared = (kind == RowKind.LANE_CAPACITY) & (entries > 1) | (kind == RowKind.BUDGET)
    price = np.where(shared, np.asarray(duals.row, np.float64) * float(duals.row_scale), 0.0)
    price = np.maximum(price, 0.0)
    tiny = _tiny_slack(allocation)
    capacity = np.minimum(_single_capacity(allocation, slack, shared), PLENTY)
    more, less = _margins(allocation)
    step = np.zeros(problem.num_arcs, np.int64) if problem.step is None else problem.step.astype(np.int64)
    return Situation(
        allocation=allocation,
        extra=charges(allocation, price),
        capacity=np.maximum(capacity, flow),
        shared=shared,
        full=shared & ((slack <= tiny) | (price > 0)),
        slack=slack,
        price=price,
        loose=shared & (price > 0) & (slack > 10 * tiny + 1e-7 * np.abs(_limits(allocation))),
        more=more,
        less=less,
        step=step,
        tiny=tiny,
        duals=duals,
    )


def row_slack(allocation: Allocation) -> F64:
    """Room left under the upper limit of each coupling row, in units of limit; inf without a limit.

    Float sums: only used to tell full rows from others, never as a proof.
    """
    problem = allocation.problem
    scales, matrix, bundles = problem.scales, problem.coupling, problem.bundle_coupling
    assert bundles is not None
    used = np.zeros(problem.num_coupling)
    unit = float(scales.coefficient * scales.quantity / scales.limit)
    weights = matrix.coefficient * allocation.flow[matrix.index].astype(np.float64) * unit
    np.add.at(used, matrix.row_of_entry(), weights)
    unit = float(scales.bundle_coefficient * scales.bundle / scales.limit)
    weights = bundles.coefficient * allocation.bundle[bundles.index].astype(np.float64) * unit
    np.add.at(used, bundles.row_of_entry(), weights)
    upper: F64 = _limits(allocation) - used
    return upper


def _limits(allocation: Allocation) -> F64:
    upper = np.asarray(allocation.problem.coupling_upper, np.int64)
    return np.where(upper == INF, np.inf, upper.astype(np.float64))


def _tiny_slack(allocation: Allocation) -> F64:
    """The room that TINY quanta on the row's heaviest arc would take, in units of limit."""
    problem = allocation.problem
    matrix = problem.coupling
    heaviest = np.zeros(problem.num_coupling)
    np.maximum.at(heaviest, matrix.row_of_entry(), np.abs(matrix.coefficient).astype(np.float64))
    scales = problem.scales
    return heaviest * TINY * float(scales.coefficient * scales.quantity / scales.limit)


def charges(allocation: Allocation, price: F64) -> I64:
    """sum_k g_ka mu_k over shared rows, in billionths of money per unit."""
    problem = allocation.problem
    matrix = problem.coupling
    weights = matrix.coefficient * float(problem.scales.coefficient) * price[matrix.row_of_entry()]
    extra = np.zeros(problem.num_arcs)
    np.add.at(extra, matrix.index.astype(np.int64), weights / float(problem.scales.value))
    return np.rint(extra).astype(np.int64)


def _single_capacity(allocation: Allocation, slack: F64, shared: Bools) -> I64:
    """Capacity of each arc by itself: its own, that of rows it is alone in, all of its shared lanes."""
    problem, layout = allocation.problem, allocation.layout
    matrix = problem.coupling
    row, arc = matrix.row_of_entry(), matrix.index.astype(np.int64)
    kind = layout.row_kind[row]
    alone = np.isin(kind, (RowKind.LANE_CAPACITY, RowKind.LINK)) & ~shared[row]
    whole = (kind == RowKind.LANE_CAPACITY) & shared[row]
    capacity = np.asarray(problem.capacity, np.int64).copy()
    unit = float(problem.scales.coefficient * problem.scales.quantity / problem.scales.limit)
    take = matrix.coefficient * unit
    for chosen, room in ((alone, slack), (whole, _limits(allocation))):
        at = np.flatnonzero(chosen & (take > 0))
        most = np.minimum(np.maximum(room[row[at]], 0.0) / take[at] + 1e-6, float(PLENTY)).astype(np.int64)
        already = allocation.flow[arc[at]] if chosen is alone else 0
        np.minimum.at(capacity, arc[at], most + already)
    return capacity


def _margins(allocation: Allocation) -> tuple[I64, I64]:
    """By how much each listing's node may give or get more, and less, under the switches as they are."""
    problem, layout, market = allocation.problem, allocation.layout, allocation.market
    more = np.zeros(problem.num_nodes, np.int64)
    less = np.zeros(problem.num_nodes, np.int64)
    on = allocation.bundle > 0
    sides = (
        (NodeKind.OFFER, BundleKind.OFFER, market.offers, allocation.offered),
        (NodeKind.NEED, BundleKind.NEED, market.needs, allocation.awarded),
    )
    for node_kind, bundle_kind, listings, amount in sides:
        nodes = np.flatnonzero(layout.node_kind == node_kind)
        ref = layout.node_ref[nodes]
        least, open_ = np.zeros(len(listings), np.int64), np.ones(len(listings), np.bool_)
        bundles = np.flatnonzero(layout.bundle_kind == bundle_kind)
        least[layout.bundle_ref[bundles]] = listings.min_quantity[layout.bundle_ref[bundles]]
        open_[layout.bundle_ref[bundles]] = on[bundles]
        more[nodes] = np.where(open_[ref], _made(allocation, node_kind)[ref] - amount[ref], 0)
        less[nodes] = np.maximum(amount[ref] - least[ref], 0)
    return more, less


def _made(allocation: Allocation, kind: NodeKind) -> I64:
    """What each listing has to give or asks for; an output only as far as its project is carried out."""
    market = allocation.market
    if kind == NodeKind.NEED:
        return market.needs.quantity
    size = allocation.size
    made_by, quantity = market.offers.project, market.offers.quantity
    made = quantity.copy()
    for offer in np.flatnonzero(made_by >= 0).tolist():
        made[offer] = int(quantity[offer]) * int(size[made_by[offer]]) // WHOLE
    return made
