"""What was binding for every listing that did not get, or give, all that it listed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fourflow.book import GOODS, UNLIMITED
from fourflow.book._market import Ragged
from fourflow.formulation import NodeKind
from fourflow.reasons._build import Lanes
from fourflow.reasons._cause import Cause
from fourflow.reasons._graph import FAR, I64, TINY, WHOLE, Graph
from fourflow.reasons._nowhere import why_nowhere
from fourflow.reasons._rules import MOST_ROWS, Rules
from fourflow.reasons._search import label
from fourflow.reasons._thresholds import Finder, Thresholds

Bools = NDArray[np.bool_]
Causes = NDArray[np.int8]


class Landscape:
    """Prices delivered without some limit, by graph node: from everyone, from what is left over, from what is
    left over on lanes with room, and without a further trip. `mirrored`: what needs would pay, lanes
    deducted, negative."""

    def __init__(self, finder: Finder, mirrored: bool) -> None:
        frame = finder.frame
        self.everyone = _labelled(frame.without_limits(mirrored, False, Lanes.EMPTY))
        self.leftover = _labelled(frame.without_limits(mirrored, True, Lanes.ALL))
        self.reachable = _labelled(frame.without_limits(mirrored, True, Lanes.ROOM))
        self.running = self.reachable
        if frame.lanes.loaded.any():
            self.running = _labelled(frame.without_limits(mirrored, True, Lanes.RUNNING))


def _labelled(graph: Graph) -> Graph:
    label(graph)
    return graph


def causes(finder: Finder, landscape: Landscape, thresholds: Thresholds, is_need: bool) -> Causes:
    """One Cause per listing of one side: int8[num_needs] or int8[num_offers]."""
    allocation = finder.situation.allocation
    market, layout = allocation.market, allocation.layout
    listings = market.needs if is_need else market.offers
    count = len(listings)
    everyone, leftover, reachable, running = (
        _best_margin(finder, graph, is_need, count)
        for graph in (landscape.everyone, landscape.leftover, landscape.reachable, landscape.running)
    )
    inside = np.zeros(count, np.bool_)
    nodes = np.isin(layout.node_kind, (NodeKind.NEED, NodeKind.LINE) if is_need else (NodeKind.OFFER,))
    inside[layout.node_ref[nodes]] = True
    own_off = _switched_off(finder, is_need)
    # The first test that holds, from the last line up.
    cause = np.full(count, Cause.OUTBID, np.int8)
    cause[own_off & (everyone >= 0)] = Cause.LEAST
    cause[leftover >= 0] = Cause.LANE_FULL
    cause[reachable >= 0] = Cause.GAP
    _last_reasons(finder, landscape, cause, reachable, running, own_off, is_need)
    cause[(everyone < 0) & (reachable < 0)] = Cause.PRICE
    cause[(thresholds.wanted == 0) & (thresholds.rest > TINY)] = Cause.LOT
    lines, undone = _of_project(finder, is_need)
    nowhere = np.flatnonzero(inside & (everyone <= -FAR) & ~lines)
    cause[nowhere] = why_nowhere(market, is_need, nowhere)
    if not is_need:
        asked, undone_ask = _projects_ask(finder)
        away = (Cause.NO_ROUTE, Cause.NOT_CARRIED, Cause.TOO_LATE)
        waiting = undone_ask & np.isin(cause, (Cause.OUTBID, *away))
        shipped = market.categories.kind[market.offers.category] == GOODS
        cause[asked & np.isin(cause, away) & ((cause == Cause.TOO_LATE) | ~shipped)] = Cause.OUTBID
        cause[waiting] = Cause.PROJECT
    cause[undone] = Cause.PROJECT
    cause[thresholds.rest <= TINY] = Cause.ROUNDING
    cause[~inside] = Cause.NOT_ELIGIBLE
    cause[~inside & ~_wanted_by_anyone(finder, is_need)] = Cause.NOBODY
    cause[listings.quantity == 0] = Cause.NOT_CLEARED
    cause[(thresholds.rest == 0) & (listings.quantity > 0)] = Cause.DONE
    if not is_need:  # licences without limit are never used up, and none is left over
        cause[(listings.quantity == UNLIMITED) & (allocation.offered > 0)] = Cause.DONE
    return cause


def _best_margin(finder: Finder, graph: Graph, is_need: bool, count: int) -> I64:
    """What the best counterpart would leave over a unit, billionths; -FAR where there is none."""
    problem, layout = finder.situation.allocation.problem, finder.situation.allocation.layout
    arcs = np.flatnonzero(finder.frame.is_need if is_need else finder.frame.is_offer)
    cost = graph.nodes["cost"][finder.frame.node_of[finder.frame.hub_node[arcs]]]
    margin = np.where(
        cost < FAR, np.asarray(problem.value, np.int64)[arcs] - np.minimum(cost, FAR // 2), -FAR
    )
    best = np.full(count, -FAR)
    np.maximum.at(best, layout.arc_ref[arcs], margin)
    return best


def _switched_off(finder: Finder, is_need: bool) -> Bools:
    """Listings with a least quantity or a fixed cost that got or gave nothing."""
    allocation = finder.situation.allocation
    if is_need:
        return np.asarray((allocation.market.needs.min_quantity > 0) & (allocation.awarded == 0))
    offers = allocation.market.offers
    return np.asarray(((offers.min_quantity > 0) | (offers.fixed_cost > 0)) & (allocation.offered == 0))


def _last_reasons(
    finder: Finder, landscape: Landscape, cause: Causes, reachable: I64, running: I64, own_off: Bools,
    is_need: bool,
) -> None:  # fmt: skip
    """Why a listing got nothing although a counterpart is left, worth it, and lanes have room."""
    s = finder.situation
    layout = s.allocation.layout
    arcs = np.flatnonzero(finder.frame.is_need if is_need else finder.frame.is_offer)
    ref = layout.arc_ref[arcs]
    stuck = np.flatnonzero(reachable >= 0)
    of_stuck = np.isin(ref, stuck)
    arcs, ref = arcs[of_stuck], ref[of_stuck]
    cause[(reachable >= 0) & finder.vague(is_need)] = Cause.DISPLACES
    uneven = finder.uneven[finder.part[finder.frame.hub_node[arcs]]]
    cause[ref[uneven]] = Cause.LOT
    cause[(reachable >= 0) & (running < 0)] = Cause.TRIP
    off = _counterpart_off(finder, landscape.reachable, arcs, is_need)
    cause[ref[off]] = Cause.SWITCH
    rules = Rules(finder)
    if len(rules.arcs) + len(rules.counting):
        for row in stuck[:MOST_ROWS].tolist():
            if rules.between(landscape.reachable, is_need, row) >= 0:
                cause[row] = Cause.RULE
    budget = finder.frame.budget_row[arcs]
    spent = np.zeros(len(arcs), np.bool_)
    spent[budget >= 0] = s.full[budget[budget >= 0]]
    cause[ref[spent]] = Cause.BUDGET
    cause[own_off & (reachable >= 0)] = Cause.LEAST


def _counterpart_off(finder: Finder, graph: Graph, arcs: I64, is_need: bool) -> Bools:
    """Whether the cheapest counterpart at each arc's hub is one whose switch is off."""
    num_offers = len(finder.situation.allocation.market.offers)
    off = np.concatenate([_switched_off(finder, False), _switched_off(finder, True)])
    hubs = finder.frame.node_of[finder.frame.hub_node[arcs]]
    origin = {int(hub): origin_of(graph, int(hub)) for hub in np.unique(hubs)}
    found = np.array([origin[int(hub)] for hub in hubs], np.int64)
    theirs = (found >= 0) & ((found < num_offers) == is_need)
    result: Bools = theirs & off[np.maximum(found, 0)]
    return result


def origin_of(graph: Graph, node: int) -> int:
    """The listing from which the label of `node` comes, -1 if it has none."""
    for _ in range(len(graph.nodes)):
        code = int(graph.nodes["parent"][node])
        if code < 0:
            break
        arc = graph.arcs[code // 2]
        node = int(arc["tail"] if code % 2 == 0 else arc["head"])
    first = int(graph.nodes["sources_from"][node])
    return int(graph.sources["listing"][first]) if first < int(graph.nodes["sources_to"][node]) else -1


def _of_project(finder: Finder, is_need: bool) -> tuple[Bools, Bools]:
    """(lines or outputs of a project, those whose project is not carried out in full)."""
    allocation = finder.situation.allocation
    market = allocation.market
    project = market.needs.project if is_need else market.offers.project
    small = np.append(allocation.size < WHOLE, False)
    return project >= 0, (project >= 0) & small[project]


def _projects_ask(finder: Finder) -> tuple[Bools, Bools]:
    """bool[num_offers]: offers that some line of a project, or of one not carried out in full, could take."""
    layout = finder.situation.allocation.layout
    needs = np.flatnonzero(finder.frame.is_need)
    lines, undone = (some[layout.arc_ref[needs]] for some in _of_project(finder, is_need=True))
    found = np.zeros((2, len(finder.situation.allocation.market.offers)), np.bool_)
    for result, asking in zip(found, (lines, undone), strict=True):
        pools = np.unique(layout.arc_pool[needs[asking]])
        offers = np.flatnonzero(finder.frame.is_offer & np.isin(layout.arc_pool, pools))
        result[layout.arc_ref[offers]] = True
    return found[0], found[1]


def _wanted_by_anyone(finder: Finder, is_need: bool) -> Bools:
    """Whether any listing of the other side is of an accepted category at all."""
    market = finder.situation.allocation.market
    if is_need:
        offered = np.zeros(len(market.categories), np.bool_)
        offered[market.offers.category[market.offers.quantity > 0]] = True
        return _any_of(market.needs.categories, offered)
    asked = np.zeros(len(market.categories), np.bool_)
    open_ = np.repeat(market.needs.quantity > 0, np.diff(market.needs.categories.indptr))
    asked[market.needs.categories.index[open_]] = True
    result: Bools = asked[market.offers.category]
    return result


def _any_of(lists: Ragged, flag: Bools) -> Bools:
    """For each list, whether any of its items is flagged."""
    owner = np.repeat(np.arange(len(lists)), np.diff(lists.indptr))
    hit = np.zeros(len(lists), np.bool_)
    hit[owner[flag[lists.index]]] = True
    return hit
