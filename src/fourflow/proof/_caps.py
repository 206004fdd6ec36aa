"""Caps that one row implies for arcs without a cap of their own (DESIGN section 3, *Caps*).

    outflow of a tail without inflow          <= -l + sum_p max(0, -d_p)
    inflow of a head without outflow          <=  u + sum_p max(0,  d_p)
    arcs of a row whose g all have one sign   <= (U - sum_p min(0, h_p)) / g, or mirrored with L

An arc without a capacity takes the lesser of what its two ends say, and only where neither says anything
the least that a coupling row says. Loops neither enter nor leave a node. Caps are rounded up to whole
quanta (down where the flow must be a multiple of some) and are at least 0: looser, so the bound holds.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fourflow.problem import INF
from fourflow.proof._exact import Exact, Ints, Number, limits
from fourflow.proof._kernels import cap_by_rooms, mark_ends


def inferred_caps(exact: Exact) -> Ints:
    """The caps of every arc: its own, else what one row implies, else infinite."""
    if exact.capacity.dtype == np.int64 and (exact.capacity < INF).all():
        return exact.capacity
    out_room, in_room = _node_rooms(exact)
    if exact.fits and out_room.dtype == in_room.dtype == np.int64:
        caps = np.empty_like(exact.capacity)
        if cap_by_rooms(exact.tail, exact.head, exact.capacity, out_room, in_room, caps):
            return caps
        return _cap_by_rows(exact, caps, np.flatnonzero(caps >= INF))
    caps = np.array(limits(exact.capacity), dtype=object)
    open_arcs = np.flatnonzero(caps == math.inf)
    caps[open_arcs] = _least_room(exact, open_arcs, out_room.astype(object), in_room.astype(object))
    return _cap_by_rows(exact, caps, np.flatnonzero(caps == math.inf))


def _least_room(exact: Exact, arcs: NDArray[np.int64], out_room: Ints, in_room: Ints) -> Ints:
    """The lesser room at the ends of each arc, infinite for a loop. The rooms are Python numbers."""
    tail, head = exact.tail[arcs], exact.head[arcs]
    room: Ints = np.minimum(out_room[tail], in_room[head])
    room[tail == head] = math.inf
    return room


def _node_rooms(exact: Exact) -> tuple[Ints, Ints]:
    """The most that may leave, and enter, each node by its own row; infinite where the row does not say."""
    num_nodes = len(exact.node_lower)
    has_inflow, has_outflow = np.zeros(num_nodes, bool), np.zeros(num_nodes, bool)
    mark_ends(exact.tail, exact.head, has_outflow, has_inflow)
    taken, given = _line_room(exact)
    if exact.fits and not taken and not given:
        out_room = np.where(has_inflow | (exact.node_lower <= -INF), INF, np.maximum(-exact.node_lower, 0))
        in_room = np.where(has_outflow, INF, np.maximum(exact.node_upper, 0))
        return out_room, in_room
    lower, upper = limits(exact.node_lower), limits(exact.node_upper)
    out_list = [
        math.inf if block else max(0, given.get(n, 0) - low)
        for n, (low, block) in enumerate(zip(lower, has_inflow.tolist(), strict=True))
    ]
    in_list = [
        math.inf if block else max(0, taken.get(n, 0) + high)
        for n, (high, block) in enumerate(zip(upper, has_outflow.tolist(), strict=True))
    ]
    return _rooms(out_list, exact.fits), _rooms(in_list, exact.fits)


def _rooms(numbers: list[Number], as_int64: bool) -> Ints:
    """As int64 if asked and every finite number fits, else as Python numbers."""
    if as_int64 and all(x < INF or x == math.inf for x in numbers):
        return np.array([INF if x == math.inf else x for x in numbers], np.int64)
    return np.array(numbers, dtype=object)


def _line_room(exact: Exact) -> tuple[dict[int, int], dict[int, int]]:
    """What bundles may take from a node (sum of d > 0), and what they may give it (sum of -d, d < 0)."""
    taken: dict[int, int] = {}
    given: dict[int, int] = {}
    for node, d in zip(exact.lines.index.tolist(), exact.lines.coefficient.tolist(), strict=True):
        side = taken if d > 0 else given
        side[node] = side.get(node, 0) + abs(d)
    return taken, given


def _cap_by_rows(exact: Exact, caps: Ints, open_arcs: NDArray[np.int64]) -> Ints:
    """The caps, with those of the open arcs that are in coupling rows of one sign."""
    found = _caps_of_rows(exact, open_arcs) if len(exact.coupling.index) else {}
    if caps.dtype == np.int64 and max(found.values(), default=0) >= INF:
        caps = np.array(limits(caps), dtype=object)
    for arc, cap in found.items():
        caps[arc] = cap
    return caps


def _caps_of_rows(exact: Exact, open_arcs: NDArray[np.int64]) -> dict[int, int]:
    """The least cap that a coupling row of one sign implies, of each open arc in one."""
    is_open = np.zeros(exact.num_arcs, bool)
    is_open[open_arcs] = True
    lower, upper = limits(exact.row_lower), limits(exact.row_upper)
    arc_unit = exact.coefficient_scale * exact.quantity_scale
    caps: dict[int, int] = {}
    for row in np.unique(exact.coupling.row_of_entry()[is_open[exact.coupling.index]]).tolist():
        start, stop = exact.coupling.indptr[row : row + 2].tolist()
        arcs, g = exact.coupling.index[start:stop].tolist(), exact.coupling.coefficient[start:stop].tolist()
        room = _row_room(exact, row, g, lower[row], upper[row])
        if room is None:
            continue
        for arc, coefficient in zip(arcs, g, strict=True):
            if coefficient and is_open[arc]:
                exactly = room / (abs(coefficient) * arc_unit)
                cap = max(0, math.floor(exactly) if exact.step[arc] > 0 else math.ceil(exactly))
                caps[arc] = min(caps.get(arc, cap), cap)
    return caps


def _row_room(exact: Exact, row: int, g: list[int], low: Number, high: Number) -> Fraction | None:
    """What the arcs of a row of one sign may use of it together, in real units; None if it does not say."""
    start, stop = exact.bundle_coupling.indptr[row : row + 2].tolist()
    h = exact.bundle_coupling.coefficient[start:stop].tolist()
    if min(g) >= 0 and high != math.inf:
        return Fraction(high * exact.limit_scale - sum(min(0, x) for x in h) * exact.bundle_coefficient_scale)
    if max(g) <= 0 and low != -math.inf:
        return Fraction(sum(max(0, x) for x in h) * exact.bundle_coefficient_scale - low * exact.limit_scale)
    return None
