"""Ladders: what the first unit and the whole quantity would cost everybody else, for each listing.

Listings at the same hubs climb the same ladder, so one search serves all of them. A ladder is exact
where only the network matters: arcs, limits of one arc, other listings. Where a path pays the price of
a shared full row (PRICED), its cost is that of the Lagrangian relaxation, a lower bound that is exact if
that price is the only one possible (`_pinned`); where shared room runs out on the way up (CROWDED) or the
ladder is too long (CUT), later steps are lower bounds at best.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from fourflow.reasons._graph import FAR, I64, Graph, Table
from fourflow.reasons._search import inner, pop, push

PRICED, CROWDED, CUT = 1, 2, 4
MAX_STEPS = 400
"""Paths of one ladder; a longer one is CUT."""
STEP = np.dtype(
    [
        ("first", "i8"), ("last", "i8"), ("total", "f8"), ("reached", "i8"), ("left", "f8"),
        ("first_flags", "i8"), ("last_flags", "i8"), ("source", "i8"),
    ]
)  # fmt: skip
"""first, last : cost of the first and of the last unit (FAR: cannot be had); total : cost of all that was
reached, in billionths of money x quanta; reached : quanta; left : room that is left in the budget;
source : position of the first unit's source."""


class Climbers(NamedTuple):
    """Groups of listings at the same hubs. Group g has the target nodes target[target_ptr[g]:...] and the
    amounts amount[amount_ptr[g]:...], ascending; skip[g] : a listing that is no source to itself, -1;
    row[g] : the budget that they draw on, -1."""

    target_ptr: I64
    target: I64
    amount_ptr: I64
    amount: I64
    skip: I64
    row: I64


class _Scratch(NamedTuple):
    """Per node: shift of its potential, reach (distance to the targets), via (arc towards them), state
    (0 new, 1 seen, 2 done). moved, taken : quanta on arcs and from sources. Lists of what a ladder has
    touched, so that it can be put back; counts : their lengths."""

    shift: I64
    reach: I64
    via: I64
    state: I64
    node_list: I64
    seen_list: I64
    arc_list: I64
    arc_mark: I64
    moved: I64
    source_list: I64
    taken: I64
    counts: I64


def climb(net: Graph, climbers: Climbers) -> Table:
    """One STEP per amount, in the order of `climbers.amount`. The graph is as before afterwards."""
    steps = np.zeros(len(climbers.amount), STEP)
    num_nodes, num_arcs, num_sources = len(net.nodes), len(net.arcs), len(net.sources)
    scratch = _Scratch(
        shift=np.zeros(num_nodes, np.int64), reach=np.zeros(num_nodes, np.int64),
        via=np.zeros(num_nodes, np.int64), state=np.zeros(num_nodes, np.int64),
        node_list=np.zeros(num_nodes, np.int64), seen_list=np.zeros(num_nodes, np.int64),
        arc_list=np.zeros(num_arcs, np.int64), arc_mark=np.zeros(num_arcs, np.int64),
        moved=np.zeros(num_arcs, np.int64),
        source_list=np.zeros(num_sources, np.int64), taken=np.zeros(num_sources, np.int64),
        counts=np.zeros(4, np.int64),
    )  # fmt: skip
    _climb_all(net, climbers, scratch, steps)
    return steps


@njit(cache=True)
def _climb_all(net: Graph, climbers: Climbers, scratch: _Scratch, steps: Table) -> None:
    for group in range(len(climbers.skip)):
        _climb(net, climbers, scratch, steps, group)
        _put_back(net, scratch)


@inner
def _climb(net: Graph, climbers: Climbers, scratch: _Scratch, steps: Table, group: int) -> None:
    """One group: path after path until its largest amount is there, or nothing more can come."""
    k, end = climbers.amount_ptr[group], climbers.amount_ptr[group + 1]
    done, total, flags, first, first_flags, first_source = 0, 0.0, 0, FAR, 0, -1
    for count in range(MAX_STEPS + 1):
        if k == end:
            return
        source = -1
        if count < MAX_STEPS:
            source = _nearest(net, climbers, scratch, group)
        else:
            flags |= CUT
        if source < 0:
            break
        wanted = climbers.amount[end - 1] - done
        cost, quantity, used = _advance(net, scratch, source, wanted)
        flags |= used
        if first == FAR:
            first, first_flags, first_source = cost, used & PRICED, source
        while k < end and climbers.amount[k] <= done + quantity:
            steps[k].first, steps[k].first_flags, steps[k].source = first, first_flags, first_source
            steps[k].last, steps[k].last_flags = cost, flags
            steps[k].total = total + float(cost) * (climbers.amount[k] - done)
            steps[k].reached = climbers.amount[k]
            steps[k].left = net.rows[climbers.row[group]].left if climbers.row[group] >= 0 else np.inf
            k += 1
        done += quantity
        total += float(cost) * quantity
    while k < end:
        steps[k].first, steps[k].first_flags, steps[k].source = first, first_flags, first_source
        steps[k].last, steps[k].last_flags = FAR, flags
        steps[k].total, steps[k].reached = total, done
        k += 1


@inner
def _nearest(net: Graph, climbers: Climbers, scratch: _Scratch, group: int) -> int:
    """Dijkstra back from the targets to the cheapest source that is left; -1 if there is none.

    Leaves reach and via of the nodes seen, and raises potentials so that reduced costs stay >= 0.
    """
    _forget(scratch)
    size, base = 0, FAR
    for i in range(climbers.target_ptr[group], climbers.target_ptr[group + 1]):
        node = climbers.target[i]
        if net.nodes[node].cost < FAR:
            base = min(base, net.nodes[node].cost + scratch.shift[node])
    for i in range(climbers.target_ptr[group], climbers.target_ptr[group + 1]):
        node = climbers.target[i]
        if net.nodes[node].cost < FAR:
            reach = net.nodes[node].cost + scratch.shift[node] - base
            size = _see(net, scratch, size, node, reach, -1)
    best, source = FAR, -1
    while size > 0 and net.heap[0, 0] < best:
        reach, node = net.heap[0, 0], net.heap[0, 1]
        size = pop(net, size)
        if scratch.state[node] == 2 or reach > scratch.reach[node]:
            continue
        scratch.state[node] = 2
        potential = net.nodes[node].cost + scratch.shift[node]
        found = _source_left(net, scratch, node, climbers.skip[group])
        if found >= 0 and reach + max(0, net.sources[found].cost - potential) < best:
            best, source = reach + max(0, net.sources[found].cost - potential), found
        size = _look_back(net, scratch, size, node, reach, potential)
    for i in range(scratch.counts[1]):
        node = scratch.seen_list[i]
        if source >= 0 and scratch.state[node] == 2 and scratch.reach[node] < best:
            if scratch.shift[node] == 0:
                scratch.node_list[scratch.counts[0]] = node
                scratch.counts[0] += 1
            scratch.shift[node] += best - scratch.reach[node]
    return source


@inner
def _look_back(net: Graph, scratch: _Scratch, size: int, node: int, reach: int, potential: int) -> int:
    """See the nodes from which one more unit could come to `node`; returns the heap's size."""
    for i in range(net.nodes[node].arcs_from, net.nodes[node].arcs_to):
        code = net.around[i]
        arc = code // 2
        entering = code % 2 == 1
        moved = scratch.moved[arc]
        if (net.arcs[arc].ahead - moved if entering else net.arcs[arc].back + moved) <= 0:
            continue
        other = net.arcs[arc].tail if entering else net.arcs[arc].head
        if net.nodes[other].cost >= FAR or scratch.state[other] == 2:
            continue
        cost = net.arcs[arc].cost if entering else -net.arcs[arc].cost
        reduced = cost + net.nodes[other].cost + scratch.shift[other] - potential
        through = reach + max(0, reduced)
        if scratch.state[other] == 0 or through < scratch.reach[other]:
            size = _see(net, scratch, size, other, through, 2 * arc + (0 if entering else 1))
    return size


@inner
def _see(net: Graph, scratch: _Scratch, size: int, node: int, reach: int, via: int) -> int:
    if scratch.state[node] == 0:
        scratch.seen_list[scratch.counts[1]] = node
        scratch.counts[1] += 1
        scratch.state[node] = 1
    scratch.reach[node], scratch.via[node] = reach, via
    return int(push(net, size, reach, node))


@inner
def _source_left(net: Graph, scratch: _Scratch, node: int, skip: int) -> int:
    """The cheapest source at `node` with something left, -1 if none."""
    for source in range(net.nodes[node].sources_from, net.nodes[node].sources_to):
        if net.sources[source].left > scratch.taken[source] and net.sources[source].listing != skip:
            return source
    return -1


@inner
def _advance(net: Graph, scratch: _Scratch, source: int, wanted: int) -> tuple[int, int, int]:
    """Move what fits from `source` along via: (cost of a unit, quanta, flags)."""
    start = net.sources[source].node
    quantity = min(wanted, net.sources[source].left - scratch.taken[source])
    cost, flags, node = net.sources[source].cost, 0, start
    while scratch.via[node] >= 0:
        arc, back = scratch.via[node] // 2, scratch.via[node] % 2 == 1
        left = net.arcs[arc].back + scratch.moved[arc] if back else net.arcs[arc].ahead - scratch.moved[arc]
        quantity = min(quantity, left)
        cost += -net.arcs[arc].cost if back else net.arcs[arc].cost
        node = net.arcs[arc].tail if back else net.arcs[arc].head
    if scratch.taken[source] == 0:
        scratch.source_list[scratch.counts[3]] = source
        scratch.counts[3] += 1
    scratch.taken[source] += quantity
    flags |= _charge(net, net.sources[source].budget_row, net.sources[source].budget_take * quantity)
    node = start
    while scratch.via[node] >= 0:
        arc, back = scratch.via[node] // 2, scratch.via[node] % 2 == 1
        if scratch.arc_mark[arc] == 0:
            scratch.arc_mark[arc] = 1
            scratch.arc_list[scratch.counts[2]] = arc
            scratch.counts[2] += 1
        signed = -quantity if back else quantity
        scratch.moved[arc] += signed
        flags |= _charge(net, net.arcs[arc].lane_row, net.arcs[arc].lane_take * signed)
        flags |= _charge(net, net.arcs[arc].budget_row, net.arcs[arc].budget_take * signed)
        node = net.arcs[arc].tail if back else net.arcs[arc].head
    return cost, quantity, flags


@inner
def _charge(net: Graph, row: int, amount: float) -> int:
    """Take from a shared row; PRICED if it is full anyway, CROWDED if it runs out just now."""
    if row < 0 or amount == 0.0:
        return 0
    net.rows[row].left -= amount
    if net.rows[row].full:
        return PRICED
    return CROWDED if net.rows[row].left < 0.0 else 0


@inner
def _forget(scratch: _Scratch) -> None:
    """Forget the last search, not the potentials."""
    for i in range(scratch.counts[1]):
        scratch.state[scratch.seen_list[i]] = 0
    scratch.counts[1] = 0


@inner
def _put_back(net: Graph, scratch: _Scratch) -> None:
    """Undo a ladder: rows, arcs, sources, potentials."""
    _forget(scratch)
    for i in range(scratch.counts[0]):
        scratch.shift[scratch.node_list[i]] = 0
    for i in range(scratch.counts[2]):
        arc = scratch.arc_list[i]
        _charge(net, net.arcs[arc].lane_row, -net.arcs[arc].lane_take * scratch.moved[arc])
        _charge(net, net.arcs[arc].budget_row, -net.arcs[arc].budget_take * scratch.moved[arc])
        scratch.moved[arc], scratch.arc_mark[arc] = 0, 0
    for i in range(scratch.counts[3]):
        source = scratch.source_list[i]
        _charge(net, net.sources[source].budget_row, -net.sources[source].budget_take * scratch.taken[source])
        scratch.taken[source] = 0
    scratch.counts[:] = 0
