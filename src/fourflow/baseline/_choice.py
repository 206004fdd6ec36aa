"""Which supply a need or a line takes next: the one that is worth most to it."""

from __future__ import annotations

import numpy as np

from fourflow.baseline._forest import raise_costs
from fourflow.baseline._network import I64, NONE, OWN, Network
from fourflow.baseline._take import (
    CLOSED,
    DROPPED,
    close_again,
    dismiss,
    hire,
    is_barred,
    is_full,
    most,
    note,
    try_open,
)
from fourflow.baseline._wide import NO, YES, inner


@inner
def best_offer(net: Network, node: int, path: I64, best: I64, trips: I64) -> tuple[int, int]:
    """The supply worth most to a need now: (length, quantity) of best[:length]; quantity 0 if none."""
    best_gain, best_length, best_quantity = -np.inf, 0, 0
    for i in range(net.nodes[node].needs_from, net.nodes[node].needs_to):
        arc = net.need_arc[i]
        hub = net.arcs[arc].tail
        if is_full(net, arc):
            continue
        length = route(net, hub, path)
        surplus = net.arcs[arc].value - net.nodes[hub].cost
        at_any_price = net.nodes[node].line
        if length == 0 or (surplus < 0 and not at_any_price) or surplus <= best_gain:
            continue
        path[length] = arc
        quantity, cost = takeable(net, path, length + 1, trips)
        gain = float(surplus)
        if cost > 0.0 and quantity > 0:
            gain -= cost / quantity
        if quantity > 0 and gain > best_gain and (gain >= 0.0 or at_any_price):
            best_gain, best_length, best_quantity = gain, length + 1, quantity
            for j in range(best_length):
                best[j] = path[j]
    return best_length, best_quantity


@inner
def takeable(net: Network, path: I64, length: int, trips: I64) -> tuple[int, float]:
    """(quantity, cost): what can flow along the path and what that costs once, in value x quantity quanta:
    the fixed cost of an offer that is off, and trips. Quantity 0 below such an offer's least quantity, and
    where a budget cannot bear what is paid once."""
    count, fixed, holds = try_open(net, path, length)
    if not holds:
        close_again(net, count)
        return 0, 0.0
    quantity = most(net, path, length, YES)
    cost = hire(net, path, length, quantity, trips)
    if cost >= 0.0:
        quantity = most(net, path, length, NO) if cost < np.inf else 0
    dismiss(net, length, trips)
    close_again(net, count)
    switch = net.nodes[net.arcs[path[0]].tail].switch
    if switch >= 0 and not net.bundles[switch].on and quantity < net.bundles[switch].least:
        return 0, 0.0
    return quantity, max(cost, 0.0) + fixed


@inner
def route(net: Network, hub: int, path: I64) -> int:
    """Write the cheapest free way to `hub` into path, offer first; returns its length, 0 if there is none.

    Offers that ran out and lanes that filled up since they were last looked at are dropped on the way.
    """
    while net.nodes[hub].parent != NONE:
        full, length, start = _walk(net, hub)
        if full >= 0:
            net.arcs[full].closed = True
            note(net, CLOSED, full)
            raise_costs(net, net.arcs[full].head)
            continue
        if drop_gone(net, start):
            continue
        node = hub
        for i in range(length - 1, 0, -1):
            path[i] = net.nodes[node].parent
            node = net.arcs[path[i]].tail
        path[0] = net.offer_arc[net.nodes[start].top]
        return int(length)
    return 0


@inner
def drop_gone(net: Network, hub: int) -> bool:
    """Drop the cheapest offers of a hub that have nothing left to give; whether there were any."""
    first = net.nodes[hub].top
    for i in range(first, net.nodes[hub].offers_to):
        arc = net.offer_arc[i]
        gone = net.nodes[net.arcs[arc].tail].left < net.arcs[arc].step
        if not (gone or is_full(net, arc) or is_barred(net, arc)):
            break
        net.nodes[hub].top += 1
        note(net, DROPPED, hub)
    dropped = net.nodes[hub].top > first
    if dropped and net.nodes[hub].parent == OWN:
        raise_costs(net, hub)
    return bool(dropped)


@inner
def _walk(net: Network, hub: int) -> tuple[int, int, int]:
    """Follow the forest back from `hub`: (a full arc on the way or -1, arcs in all, hub of the offer)."""
    node, length = hub, 1
    while net.nodes[node].parent != OWN:
        arc = net.nodes[node].parent
        if is_full(net, arc):
            return arc, length, node
        node = net.arcs[arc].tail
        length += 1
    return -1, length, node
