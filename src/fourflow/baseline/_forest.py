"""For every hub at once: the cheapest supply that is left and the free route it comes by.

A shortest-path forest grown from all offers together. Supplies run out and lanes fill up, so costs
only ever rise: when one does, only the hubs behind it are settled again (the increase-only case of
Ramalingam and Reps 1996, J. Algorithms 21). Stale costs are too low, never too high, so they are
checked when a need asks for them, and not before.
"""

from __future__ import annotations

from fourflow.baseline._network import FAR, NONE, OWN, Network
from fourflow.baseline._wide import ONE, ZERO, inner


@inner
def grow(net: Network) -> None:
    """The forest while nothing has been given yet."""
    for node in net.hubs:
        net.nodes[node].top = net.nodes[node].offers_from
    regrow(net, ZERO, len(net.hubs))


@inner
def regrow(net: Network, first: int, last: int) -> None:
    """Settle the hubs first..last-1 of `net.hubs` afresh: what was taken back lets costs fall."""
    count = last - first
    for i in range(count):
        net.stack[i] = net.hubs[first + i]
        net.nodes[net.stack[i]].marked = True
    _settle(net, count)


@inner
def raise_costs(net: Network, node: int) -> None:
    """Settle `node` and every hub whose route comes through it, after its cost has risen."""
    net.stack[0] = node
    net.nodes[node].marked = True
    count, position = ONE, 0
    while position < count:
        tail = net.stack[position]
        position += 1
        for i in range(net.nodes[tail].out_from, net.nodes[tail].out_to):
            arc = net.out_arc[i]
            head = net.arcs[arc].head
            if net.nodes[head].parent == arc and not net.nodes[head].marked:
                net.nodes[head].marked = True
                net.stack[count] = head
                count += 1
    _settle(net, count)


@inner
def _settle(net: Network, count: int) -> None:
    """Dijkstra over the marked hubs stack[:count], entered from unmarked ones and from own offers."""
    size = ZERO
    for i in range(count):
        node = net.stack[i]
        cost, parent = FAR, NONE
        if net.nodes[node].top < net.nodes[node].offers_to:
            cost, parent = -net.arcs[net.offer_arc[net.nodes[node].top]].value, OWN
        for j in range(net.nodes[node].in_from, net.nodes[node].in_to):
            arc = net.in_arc[j]
            tail = net.arcs[arc].tail
            if net.arcs[arc].closed or net.nodes[tail].marked or net.nodes[tail].parent == NONE:
                continue
            if net.nodes[tail].cost - net.arcs[arc].value < cost:
                cost, parent = net.nodes[tail].cost - net.arcs[arc].value, arc
        net.nodes[node].cost, net.nodes[node].parent = cost, parent
        if parent != NONE:
            size = push(net, size, cost, node)
    while size > 0:
        cost, node = net.heap[0, 0], net.heap[0, 1]
        size = pop(net, size)
        if not net.nodes[node].marked or cost > net.nodes[node].cost:
            continue
        net.nodes[node].marked = False
        for i in range(net.nodes[node].out_from, net.nodes[node].out_to):
            arc = net.out_arc[i]
            head = net.arcs[arc].head
            if net.arcs[arc].closed or not net.nodes[head].marked:
                continue
            if cost - net.arcs[arc].value < net.nodes[head].cost:
                net.nodes[head].cost, net.nodes[head].parent = cost - net.arcs[arc].value, arc
                size = push(net, size, net.nodes[head].cost, head)
    for i in range(count):
        net.nodes[net.stack[i]].marked = False


@inner
def _before(net: Network, cost: int, node: int, other: int) -> bool:
    """Whether (cost, node) comes before the heap's entry `other`: cheaper, or as cheap and of lower rank."""
    if cost != net.heap[other, 0]:
        return bool(cost < net.heap[other, 0])
    return bool(net.nodes[node].rank < net.nodes[net.heap[other, 1]].rank)


@inner
def push(net: Network, size: int, cost: int, node: int) -> int:
    """Put (cost, node) into the heap; the new size."""
    i = size
    while i > 0:
        up = (i - 1) // 2
        if not _before(net, cost, node, up):
            break
        net.heap[i, 0], net.heap[i, 1] = net.heap[up, 0], net.heap[up, 1]
        i = up
    net.heap[i, 0], net.heap[i, 1] = cost, node
    return size + 1


@inner
def pop(net: Network, size: int) -> int:
    """Remove the root; returns the new size."""
    size -= 1
    cost, node = net.heap[size, 0], net.heap[size, 1]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and _before(net, net.heap[child + 1, 0], net.heap[child + 1, 1], child):
            child += 1
        if _before(net, cost, node, child):
            break
        net.heap[i, 0], net.heap[i, 1] = net.heap[child, 0], net.heap[child, 1]
        i = child
    net.heap[i, 0], net.heap[i, 1] = cost, node
    return size
