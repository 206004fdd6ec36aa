"""Which supply a need or a line takes next: the nearest that is worth anything to it.

Dijkstra backwards from the need over the lanes that are still free; the forest of `_forest` says beforehand
whether anything is worth taking at all.
"""

from __future__ import annotations

import numpy as np

from fourflow.baseline._choice import route, takeable
from fourflow.baseline._forest import pop, push
from fourflow.baseline._network import FAR, I64, Network
from fourflow.baseline._take import is_full
from fourflow.baseline._wide import ZERO, inner


@inner
def nearest_offer(net: Network, node: int, path: I64, best: I64, trips: I64) -> tuple[int, int]:
    """As `best_offer`, but only from the places with anything worth taking whose way costs least, trips that
    have to be hired left out of that."""
    best_gain, best_length, best_quantity, level = -np.inf, 0, 0, FAR
    size = _start(net, node, path)
    reached = size
    while size > 0:
        far, hub = net.heap[0, 0], net.heap[0, 1]
        if far > level:
            break
        size = pop(net, size)
        if net.nodes[hub].settled:
            continue
        net.nodes[hub].settled = True
        for i in range(net.nodes[hub].top, net.nodes[hub].offers_to):
            length = _way(net, net.offer_arc[i], hub, node, path)
            gain = float(net.arcs[path[length - 1]].value - far + net.arcs[path[0]].value)
            if gain <= best_gain or (gain < 0.0 and not net.nodes[node].line):
                break
            if net.nodes[net.arcs[path[0]].tail].left < net.arcs[path[0]].step:
                continue
            quantity, cost = takeable(net, path, length, trips)
            if cost > 0.0 and quantity > 0:
                gain -= cost / quantity
            if quantity > 0 and gain > best_gain and (gain >= 0.0 or net.nodes[node].line):
                best_gain, best_length, best_quantity, level = gain, length, quantity, far
                for j in range(length):
                    best[j] = path[j]
        size, reached = _look_behind(net, hub, far, size, reached)
    for i in range(reached):
        net.nodes[net.stack[i]].far, net.nodes[net.stack[i]].settled = FAR, False
    return best_length, best_quantity


@inner
def _start(net: Network, node: int, path: I64) -> int:
    """Put the hubs from which a need takes into the heap, if anything that comes there pays; how many."""
    first, last = net.nodes[node].needs_from, net.nodes[node].needs_to
    for i in range(first, last):
        route(net, net.arcs[net.need_arc[i]].tail, path)  # settles the hub's cost; uses the heap itself
    size = ZERO
    for i in range(first, last):
        arc = net.need_arc[i]
        hub = net.arcs[arc].tail
        pays = net.nodes[node].line or net.arcs[arc].value >= net.nodes[hub].cost
        if pays and not is_full(net, arc):
            net.nodes[hub].far, net.nodes[hub].toward = 0, arc
            net.stack[size] = hub
            size = push(net, size, ZERO, hub)
    return int(size)


@inner
def _way(net: Network, offer_arc: int, hub: int, need: int, path: I64) -> int:
    """Write the way from an offer at `hub` to the need into path; its length."""
    path[0] = offer_arc
    length, node = 1, hub
    while node != need:
        path[length] = net.nodes[node].toward
        node = net.arcs[path[length]].head
        length += 1
    return length


@inner
def _look_behind(net: Network, hub: int, far: int, size: int, reached: int) -> tuple[int, int]:
    """Put the hubs from which free lanes lead to `hub` into the heap; its size, and all hubs seen so far."""
    for i in range(net.nodes[hub].in_from, net.nodes[hub].in_to):
        arc = net.in_arc[i]
        tail, through = net.arcs[arc].tail, far - net.arcs[arc].value
        if through < net.nodes[tail].far and not is_full(net, arc):
            if net.nodes[tail].far == FAR:
                net.stack[reached] = tail
                reached += 1
            net.nodes[tail].far, net.nodes[tail].toward = through, arc
            size = push(net, size, through, tail)
    return size, reached
