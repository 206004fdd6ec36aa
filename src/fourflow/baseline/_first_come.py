"""First come, first served; and the nearest supply first."""

from __future__ import annotations

import numpy as np
from numba import njit

from fourflow.baseline._choice import best_offer, drop_gone
from fourflow.baseline._floors import count_full_awards
from fourflow.baseline._forest import grow, regrow
from fourflow.baseline._nearest import nearest_offer
from fourflow.baseline._network import I64, Network, build_network
from fourflow.baseline._take import (
    CLOSED,
    DROPPED,
    HIRED,
    HIRED_FOR,
    OPENED,
    SENT,
    SENT_OVER,
    hire,
    note,
    open_switch,
    pass_over,
    send,
    try_open,
)
from fourflow.baseline._wide import MINUS, NO, ONE, YES, ZERO, inner
from fourflow.book import Market
from fourflow.formulation import Layout
from fourflow.problem import ClearingProblem

HALVINGS = 12
"""How often the size of a proportional project is halved in on: to a part in four thousand."""


def first_come_first_served(market: Market, layout: Layout, problem: ClearingProblem) -> tuple[I64, I64]:
    """(flow, bundle): needs and projects in order of listed_at, then id.

    A need takes its highest-surplus remaining supply (value - ask - haulage, less a fixed cost that nobody
    has paid yet) by the cheapest free route, until it is full or nothing is worth taking. One with a least
    quantity that it cannot reach gives back what it took. A project takes what its lines need, at the
    lowest cost line by line, capital first, and gives all back where a line falls short or it costs more
    than it is worth; a proportional one is then tried at smaller sizes.
    Feasible for `problem`, but for what rules ask for at least (`keeps_floors`).
    """
    return _served(market, layout, problem, near=False)


def nearest_supply(market: Market, layout: Layout, problem: ClearingProblem) -> tuple[I64, I64]:
    """As `first_come_first_served`, each need from where the way costs least, the cheapest offer there, as
    long as it is not worse than nothing."""
    return _served(market, layout, problem, near=True)


def _served(market: Market, layout: Layout, problem: ClearingProblem, near: bool) -> tuple[I64, I64]:
    return serve(build_network(market, layout, problem, near), layout, problem)


def serve(net: Network, layout: Layout, problem: ClearingProblem) -> tuple[I64, I64]:
    """(flow, bundle) once everybody in `net.order` had a turn."""
    _serve_all(net)
    bundle = np.where(net.bundles["on"], net.bundles["size"], 0).astype(np.int64)
    flow = net.arcs["flow"].copy()
    return flow, count_full_awards(layout, problem, flow, bundle)


@njit(cache=True)
def _serve_all(net: Network) -> None:
    grow(net)
    path = np.empty(len(net.hubs) + 2, np.int64)
    best = np.empty(len(net.hubs) + 2, np.int64)
    trips = np.zeros((len(net.hubs) + 2, 4), np.int64)
    for who in net.order:
        if who >= 0:
            _serve(net, who, path, best, trips)
        else:
            _carry_out(net, -1 - who, path, best, trips)


@inner
def _serve(net: Network, node: int, path: I64, best: I64, trips: I64) -> None:
    """Give one need what it can get; all of it goes back if that is below its least quantity."""
    wanted, switch = net.nodes[node].left, net.nodes[node].switch
    net.log[-1, 0] = 0
    _fill(net, node, path, best, trips)
    if switch >= 0:
        got = wanted - net.nodes[node].left
        net.bundles[switch].on = got >= net.bundles[switch].least and got > 0
        if got > 0 and not net.bundles[switch].on:
            _undo(net, path)


@inner
def _fill(net: Network, node: int, path: I64, best: I64, trips: I64) -> float:
    """Take supply for one need or line until it has what it wants; returns what that costs, less what it is
    worth, in value x quantity quanta."""
    cost = 0.0
    # A log that is nearly full ends a turn early: less than it could get, but nothing untrue.
    # An arc or offer is dropped once, so num_arcs lines and one more path always fit.
    last = len(net.log) - len(net.arcs) - 6 * len(path)
    while net.nodes[node].left > net.nodes[node].slack and net.log[-1, 0] < last:
        if net.near:
            length, quantity = nearest_offer(net, node, path, best, trips)
        else:
            length, quantity = best_offer(net, node, path, best, trips)
        if quantity == 0:
            break
        count, fixed, _ = try_open(net, best, length)
        cost += fixed
        for i in range(count):
            net.bundles[net.trial[i]].on = True
            note(net, OPENED, net.trial[i])
        cost += max(0.0, hire(net, best, length, quantity, trips))
        send(net, best, length, quantity)
        for i in range(length):
            cost -= float(net.arcs[best[i]].value) * quantity
            note(net, SENT_OVER, best[i])
            for at in (0, 2):
                if trips[i, at + 1] > 0:
                    note(net, HIRED_FOR, trips[i, at])
                    note(net, HIRED, trips[i, at + 1])
        note(net, SENT, quantity)
        if net.near:  # who looks for the cheapest drops what is gone when the forest leads there
            drop_gone(net, net.arcs[best[0]].head)
    return cost


@inner
def _carry_out(net: Network, project: int, path: I64, best: I64, trips: I64) -> None:
    """Carry out one project in full, or a proportional one at the largest size found by halving."""
    full = net.bundles[net.projects[project].bundle].size
    if _attempt(net, project, full, YES, path, best, trips) or net.projects[project].whole:
        return
    works, fails = ZERO, full
    for _ in range(HALVINGS):
        size = (works + fails) // 2
        if _attempt(net, project, size, NO, path, best, trips):
            works = size
        else:
            fails = size
    if works > 0:
        _attempt(net, project, works, YES, path, best, trips)


@inner
def _attempt(net: Network, project: int, size: int, keep: bool, path: I64, best: I64, trips: I64) -> bool:
    """Carry out a project at some size; whether that worked. Nothing is left of it unless `keep` it does."""
    net.log[-1, 0] = 0
    what = net.projects[project]
    full = net.bundles[what.bundle].size
    net.bundles[what.bundle].size = size
    holds = open_switch(net, what.bundle, ONE)
    net.bundles[what.bundle].on = True
    note(net, OPENED, what.bundle)
    for i in range(what.must_from, what.must_to):
        holds = open_switch(net, net.must[i], ONE) and holds
        net.bundles[net.must[i]].on = True
        note(net, OPENED, net.must[i])
    cost = 0.0
    for i in range(what.lines_from, what.lines_to):
        node, quantity = net.lines[i].node, net.lines[i].quantity
        if holds and quantity > 0:
            wanted = quantity if net.lines[i].whole else -_scaled(-quantity, size, full)
            net.nodes[node].left = wanted + net.nodes[node].slack
            cost += _fill(net, node, path, best, trips)
            holds = net.nodes[node].left <= net.nodes[node].slack
    works = holds and cost <= what.value * (float(size) / full)
    if not works or not keep:
        _undo(net, path)
        net.bundles[what.bundle].size = full
    for i in range(what.lines_from, what.lines_to):
        node, quantity = net.lines[i].node, net.lines[i].quantity
        if quantity > 0:
            net.nodes[node].left = 0
        elif works and keep:
            net.nodes[node].left = _scaled(-quantity, size, full)
            _release(net, node)
    return bool(works)


@inner
def _scaled(quantity: int, size: int, full: int) -> int:
    """quantity x size / full, rounded down; the product alone may not fit 64 bits."""
    return (quantity // full) * size + (quantity % full) * size // full


@inner
def _release(net: Network, node: int) -> None:
    """What a project makes is there from now on: costs may fall in the pools that may take it."""
    for i in range(net.nodes[node].gives_from, net.nodes[node].gives_to):
        hub = net.arcs[net.give_arc[i]].head
        net.nodes[hub].top = net.nodes[hub].offers_from
        regrow(net, net.nodes[hub].pool_from, net.nodes[hub].pool_to)


@inner
def _undo(net: Network, path: I64) -> None:
    """Take back everything in the log, and let the costs of the pools concerned fall again."""
    length, loop = ZERO, MINUS
    size = net.log[-1, 0]
    for i in range(size):
        what, which = net.log[i, 0], net.log[i, 1]
        if what == SENT_OVER:
            path[length] = which
            length += 1
        elif what == SENT:
            send(net, path, length, -which)
            length = 0
        elif what == HIRED_FOR:
            loop = which
        elif what == HIRED:
            pass_over(net, loop, -which)
        elif what == OPENED:
            open_switch(net, which, MINUS)
            net.bundles[which].on = False
        elif what == DROPPED:
            net.nodes[which].top -= 1
        else:
            net.arcs[which].closed = False
    done = -1
    for i in range(size):
        what, which = net.log[i, 0], net.log[i, 1]
        hub = which if what == DROPPED else net.arcs[which].head if what == CLOSED else -1
        if hub >= 0 and net.nodes[hub].pool_from != done:
            done = net.nodes[hub].pool_from
            regrow(net, done, net.nodes[hub].pool_to)
