"""How much can flow along a path, and letting it flow: the rules that every need obeys."""

from __future__ import annotations

import numpy as np

from fourflow.baseline._network import I64, Network
from fourflow.baseline._wide import MINUS, ONE, fits, inner, product, take

SENT_OVER, SENT, HIRED_FOR, HIRED, OPENED, DROPPED, CLOSED = range(7)
"""What the log of a need or project holds, so that one that falls short can give all back."""


@inner
def is_full(net: Network, arc: int) -> bool:
    """Whether nothing more can pass an arc, whoever pays: its own capacity or a row such as a lane's."""
    step = net.arcs[arc].step
    if net.arcs[arc].capacity < step:
        return True
    for i in range(net.arcs[arc].rows_from, net.arcs[arc].rows_to):
        row, coefficient = net.entries[i].row, net.entries[i].coefficient
        watched = net.rows[row].closes and coefficient > 0
        if watched and fits(net.rows[row].high, net.rows[row].low, coefficient, step) < step:
            return True
    return False


@inner
def open_switch(net: Network, bundle: int, sign: int) -> bool:
    """Charge (sign 1) or give back (-1) what turning `bundle` on takes from rows; whether all rows hold."""
    holds = True
    for i in range(net.bundles[bundle].opens_from, net.bundles[bundle].opens_to):
        row = net.opens[i].row
        take(net.rows, row, net.bundles[bundle].size, sign * net.opens[i].coefficient)
        holds = holds and (net.rows[row].high >= 0 or net.opens[i].coefficient < 0)
    return holds


@inner
def is_barred(net: Network, arc: int) -> bool:
    """Whether a switch that an arc requires is off and can no longer be turned on."""
    for i in range(net.arcs[arc].must_from, net.arcs[arc].must_to):
        bundle = net.must[i]
        if not net.bundles[bundle].on:
            holds = open_switch(net, bundle, ONE)
            open_switch(net, bundle, MINUS)
            if not holds:
                return True
    return False


@inner
def try_open(net: Network, path: I64, length: int) -> tuple[int, float, bool]:
    """Turn on what flowing along path[:length] requires and is off, into net.trial: how many switches these
    are, what they cost once, and whether all rows hold."""
    count, fixed, holds = 0, 0.0, True
    switch = net.nodes[net.arcs[path[0]].tail].switch
    if switch >= 0 and not net.bundles[switch].on:
        net.trial[0] = switch
        count = 1
    for arc in (path[0], path[length - 1]):
        for i in range(net.arcs[arc].must_from, net.arcs[arc].must_to):
            if not net.bundles[net.must[i]].on:
                net.trial[count] = net.must[i]
                count += 1
    for i in range(count):
        holds = open_switch(net, net.trial[i], ONE) and holds
        fixed += net.bundles[net.trial[i]].fixed
    return count, fixed, holds


@inner
def close_again(net: Network, count: int) -> None:
    """Give back what `try_open` has charged."""
    for i in range(count):
        open_switch(net, net.trial[i], MINUS)


@inner
def most(net: Network, path: I64, length: int, free_trips: bool) -> int:
    """The largest quantity that can flow along path[:length], from an offer's arc to a need's arc.

    free_trips : as if any number of trips could be had on the way, hired or not.
    """
    first, last = path[0], path[length - 1]
    quantity = min(net.nodes[net.arcs[first].tail].left, net.nodes[net.arcs[last].head].left)
    step = ONE
    for i in range(length):
        arc = path[i]
        quantity = min(quantity, net.arcs[arc].capacity)
        step = _common_multiple(step, net.arcs[arc].step)
        for j in range(net.arcs[arc].rows_from, net.arcs[arc].rows_to):
            row = net.entries[j].row
            if free_trips and net.rows[row].trip_arc >= 0:
                continue
            if net.rows[row].high < 0:
                return 0
            total = _coefficient(net, path, length, row)
            if total > 0:
                quantity = fits(net.rows[row].high, net.rows[row].low, total, quantity)
    return int(quantity - quantity % step)


@inner
def send(net: Network, path: I64, length: int, quantity: int) -> None:
    """Let `quantity` flow along path[:length]; a negative quantity takes it back."""
    net.nodes[net.arcs[path[0]].tail].left -= quantity
    net.nodes[net.arcs[path[length - 1]].head].left -= quantity
    for i in range(length):
        pass_over(net, path[i], quantity)


@inner
def pass_over(net: Network, arc: int, quantity: int) -> None:
    """Let `quantity` (negative: take back) flow over one arc, and charge its capacity and rows."""
    sign = 1 if quantity > 0 else -1
    net.arcs[arc].flow += quantity
    net.arcs[arc].capacity -= quantity
    for i in range(net.arcs[arc].rows_from, net.arcs[arc].rows_to):
        charge = sign * net.entries[i].coefficient
        take(net.rows, net.entries[i].row, abs(quantity), charge)


@inner
def hire(net: Network, path: I64, length: int, quantity: int, trips: I64) -> float:
    """Hire the trips still missing for `quantity` along the path.

    Returns their cost in value x quantity quanta: -1 where no lane on the way counts trips, infinity where
    a budget cannot bear them. trips[i] is set to (loop, quanta hired) for path[i], for trips that are made
    and for those that its purse pays for; (-1, 0) where none are.
    """
    cost = -1.0
    for i in range(length):
        trips[i, 0], trips[i, 1], trips[i, 2], trips[i, 3] = -1, 0, -1, 0
        at = 0
        for j in range(net.arcs[path[i]].rows_from, net.arcs[path[i]].rows_to):
            row = net.entries[j].row
            loop = net.rows[row].trip_arc
            if loop < 0:
                continue
            cost = max(cost, 0.0)
            hired = _trips_missing(net, row, quantity, net.entries[j].coefficient)
            hired = min(hired, net.arcs[loop].capacity)
            if hired > 0:
                trips[i, at], trips[i, at + 1] = loop, hired
                at += 2
                cost += -float(net.arcs[loop].value) * hired
                pass_over(net, loop, hired)
                if _overdrawn(net, loop):
                    cost = np.inf
    return cost


@inner
def _overdrawn(net: Network, arc: int) -> bool:
    """Whether a row that `arc` is in has less than nothing left."""
    for i in range(net.arcs[arc].rows_from, net.arcs[arc].rows_to):
        if net.rows[net.entries[i].row].high < 0:
            return True
    return False


@inner
def dismiss(net: Network, length: int, trips: I64) -> None:
    """Give back the trips that `hire` has noted."""
    for i in range(length):
        for at in (0, 2):
            if trips[i, at + 1] > 0:
                pass_over(net, trips[i, at], -trips[i, at + 1])


@inner
def _trips_missing(net: Network, row: int, quantity: int, coefficient: int) -> int:
    """Quanta of whole trips beyond those hired that `quantity` more needs."""
    step = net.arcs[net.rows[row].trip_arc].step
    high, low = product(quantity, coefficient)
    missing = (high - net.rows[row].high) * 2147483648.0 + (low - net.rows[row].low)
    # Rounded up from floats; one trip too many by rounding is cut by nobody and still feasible.
    trips = np.ceil(missing / (float(net.rows[row].trip_room) * step))
    return int(max(0, int(trips)) * step)


@inner
def _coefficient(net: Network, path: I64, length: int, row: int) -> int:
    """What one unit along the whole path takes from `row`: a budget sees ask, haulage and payment."""
    total = 0
    for i in range(length):
        arc = path[i]
        for j in range(net.arcs[arc].rows_from, net.arcs[arc].rows_to):
            if net.entries[j].row == row:
                total += net.entries[j].coefficient
    return total


@inner
def _common_multiple(a: int, b: int) -> int:
    x, y = a, b
    while y:
        x, y = y, x % y
    return a // x * b


@inner
def note(net: Network, what: int, which: int) -> None:
    """Write one line into the log, whose last row counts them; lines beyond its end are not needed."""
    size = net.log[-1, 0]
    net.log[size, 0], net.log[size, 1] = what, which
    net.log[-1, 0] = size + 1
