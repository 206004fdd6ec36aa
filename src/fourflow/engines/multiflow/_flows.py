"""Recognise, in the arrays, networks that share the room of lanes; what is at one hub becomes one curve.

A listing is an arc of a node that has no other arc, in no coupling row: so many quanta at a price. Prices
are in units of value, quantities in quanta; what a flow takes of a row's limit is counted in row units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.engines._model import as_float
from fourflow.problem import ClearingProblem

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
Flags = NDArray[np.bool_]
LARGEST_TOTAL = 2.0**60


@dataclass(frozen=True)
class Curves:
    """The listings of all hubs, by hub and price: supply above each price, and under the first.

    ptr : int64[num_hubs + 1]; price, above : float64, quantity : int64, is_need : bool, [num_listings]
    arc : int64[num_listings] in the problem, -1 for what the hub itself may give or take at price 0
    supply, demand : int64[num_hubs], all that is listed there
    """

    ptr: I64
    price: F64
    quantity: I64
    is_need: Flags
    above: F64
    arc: I64
    supply: I64
    demand: I64


@dataclass(frozen=True)
class Flows:
    """Flows between hubs, by the row whose room they share.

    hubs : int64[num_hubs], nodes of the problem
    ptr : int64[num_rows + 1]; tail, head : int32 hubs, cost : float64, gain : int64 row units a quantum,
    arc : int64 in the problem, [num_arcs]; room : float64[num_rows] in row units
    unit : int64[num_rows], the greatest common divisor of a row's coefficients: row units are such
    row : int64[num_rows], the coupling row; -1 where no row but the arcs' own capacity limits them
    """

    problem: ClearingProblem
    hubs: I64
    curves: Curves
    ptr: I64
    tail: I32
    head: I32
    cost: F64
    gain: I64
    arc: I64
    room: F64
    unit: I64
    row: I64

    def row_of_arc(self) -> I64:
        return np.repeat(np.arange(len(self.room)), np.diff(self.ptr))


def flows_in(problem: ClearingProblem) -> Flows | None:
    """The problem as flows that share room, or None where it is something else, or asks for more."""
    if problem.num_bundles or not problem.num_coupling or not _rows_are_room(problem):
        return None
    if problem.step is not None and (problem.step > 1).any():
        return None
    if (
        (problem.node_lower > 0).any()
        or (problem.node_upper < 0).any()
        or (problem.tail == problem.head).any()
    ):
        return None
    row_of = np.full(problem.num_arcs, -1, np.int64)
    row_of[problem.coupling.index] = problem.coupling.row_of_entry()
    is_tail, is_head = _listed(problem, row_of)
    listed = is_tail | is_head
    leaf = np.where(is_tail, problem.tail, problem.head)[listed]
    arcs = np.flatnonzero(~listed)
    if not len(arcs):
        return None
    key = np.where(row_of[arcs] >= 0, row_of[arcs], problem.num_coupling + np.arange(len(arcs)))
    order = np.argsort(key, kind="stable")
    arcs, key = arcs[order], key[order]
    hubs = _as_rows_reach_them(problem, leaf, arcs)
    hub_of = np.full(problem.num_nodes, -1, np.int64)
    hub_of[hubs] = np.arange(len(hubs))
    curves = _curves(problem, hub_of, hubs, np.flatnonzero(listed), is_tail)
    if curves is None or not len(curves.price):
        return None
    return _between(problem, hub_of, hubs, curves, arcs, key, row_of)


def _rows_are_room(problem: ClearingProblem) -> bool:
    """Whether every coupling row is a room that flows share, and no arc is in two."""
    coupling = problem.coupling
    if (coupling.coefficient <= 0).any() or (problem.coupling_lower > 0).any():
        return False
    return not (problem.coupling_upper < 0).any() and int(np.bincount(coupling.index).max(initial=0)) <= 1


def _listed(problem: ClearingProblem, row_of: I64) -> tuple[Flags, Flags]:
    """Whether each arc's tail is a node with nothing else, or else its head is.  bool[num_arcs] twice"""
    nodes = problem.num_nodes
    degree = np.bincount(problem.tail, minlength=nodes) + np.bincount(problem.head, minlength=nodes)
    free = row_of < 0
    is_tail = (degree[problem.tail] == 1) & free
    return is_tail, (degree[problem.head] == 1) & free & ~is_tail


def _as_rows_reach_them(problem: ClearingProblem, leaf: I64, arcs: I64) -> I64:
    """The nodes that are no leaves, in the order in which arcs reach them: those of one row lie together."""
    first = np.full(problem.num_nodes, 2 * len(arcs))
    np.minimum.at(first, problem.tail[arcs], 2 * np.arange(len(arcs)))
    np.minimum.at(first, problem.head[arcs], 2 * np.arange(len(arcs)) + 1)
    is_hub = np.ones(problem.num_nodes, np.bool_)
    is_hub[leaf] = False
    hubs = np.flatnonzero(is_hub)
    return hubs[np.argsort(first[hubs], kind="stable")]


def _curves(problem: ClearingProblem, hub_of: I64, hubs: I64, arcs: I64, is_tail: Flags) -> Curves | None:
    offers = is_tail[arcs]
    tail, head = problem.tail[arcs], problem.head[arcs]
    limit = np.where(offers, -as_float(problem.node_lower)[tail], as_float(problem.node_upper)[head])
    limit = np.minimum(limit, as_float(problem.capacity)[arcs])
    own_give, own_take = -as_float(problem.node_lower)[hubs], as_float(problem.node_upper)[hubs]
    give, take = np.flatnonzero(own_give > 0), np.flatnonzero(own_take > 0)
    hub = np.concatenate([np.where(offers, hub_of[head], hub_of[tail]), give, take])
    price = np.concatenate(
        [np.where(offers, -problem.value[arcs], problem.value[arcs]), np.zeros(len(give) + len(take))]
    )
    quantity = np.concatenate([limit, own_give[give], own_take[take]])
    need = np.concatenate([~offers, np.zeros(len(give), np.bool_), np.ones(len(take), np.bool_)])
    whole = _finite_totals(quantity, need)
    if whole is None:
        return None
    arc = np.concatenate([arcs, np.full(len(give) + len(take), -1)])
    order = _by_hub_and_price(hub, price)
    hub, price, whole, need, arc = hub[order], price[order], whole[order], need[order], arc[order]
    count = len(hubs)
    ptr = np.concatenate([[0], np.cumsum(np.bincount(hub, minlength=count))]).astype(np.int64)
    supply = np.bincount(hub, np.where(need, 0, whole), count).astype(np.int64)
    demand = np.bincount(hub, np.where(need, whole, 0), count).astype(np.int64)
    passed = np.concatenate([[0], np.cumsum(whole)])
    above = passed[1:] - passed[ptr[:-1]][hub] - demand[hub]
    return Curves(ptr, price, whole, need, above.astype(np.float64), arc, supply, demand)


def _by_hub_and_price(hub: I64, price: F64) -> I64:
    """Two sorts of one key each are faster than one of two."""
    first = np.argsort(price, kind="stable")
    return first[np.argsort(hub[first].astype(np.int32), kind="stable")]


def _finite_totals(quantity: F64, need: Flags) -> I64 | None:
    """Whole quantities, with what has no limit limited to all that the other side has; None if too large."""
    limited = np.isfinite(quantity)
    for side in (need, ~need):
        other = float(quantity[~side & limited].sum())
        if not limited[side].all():
            if not limited[~side].all():
                return None
            quantity = np.where(side & ~limited, other, quantity)
    return quantity.astype(np.int64) if float(quantity.sum()) < LARGEST_TOTAL else None


def _between(
    problem: ClearingProblem, hub_of: I64, hubs: I64, curves: Curves, arcs: I64, key: I64, row_of: I64
) -> Flows | None:
    """The arcs between hubs, row by row (key); one without a row has a room of its own, its capacity."""
    scales, coupling = problem.scales, problem.coupling
    per_limit = float(scales.limit / (scales.coefficient * scales.quantity))
    supplied = float(curves.supply.sum())
    most = supplied + float(curves.demand.sum())
    gain = np.ones(problem.num_arcs, np.int64)
    gain[coupling.index] = coupling.coefficient
    capacity = as_float(problem.capacity)[arcs]
    shared = row_of[arcs] >= 0
    rooms = as_float(problem.coupling_upper) * per_limit
    room_here = np.where(shared, rooms[row_of[arcs]], capacity)
    if ((capacity < supplied) & shared & (capacity * gain[arcs] < room_here)).any():
        return None
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    ptr = np.append(starts, len(arcs)).astype(np.int64)
    unit = np.gcd.reduceat(gain[arcs], starts)
    gain[arcs] //= np.repeat(unit, np.diff(ptr))
    largest = float(gain[arcs].max())
    if most * largest > LARGEST_TOTAL:
        return None
    room: Any = room_here[starts] / unit
    open_row = room > most * largest
    if np.isinf(capacity[np.repeat(open_row, np.diff(ptr))]).any():
        return None  # only a price for room that nobody fills would bound them, or prices closed over them
    room = np.minimum(room, most * largest)
    return Flows(
        problem, hubs, curves, ptr,
        tail=hub_of[problem.tail[arcs]].astype(np.int32),
        head=hub_of[problem.head[arcs]].astype(np.int32),
        cost=-problem.value[arcs].astype(np.float64),
        gain=gain[arcs], arc=arcs, room=room, unit=unit, row=np.where(open_row, -1, row_of[arcs[starts]]),
    )  # fmt: skip
