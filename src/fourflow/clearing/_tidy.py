"""An answer that came before the best one may hold what is worth less than nothing. It is taken out here.

Goods that go in a circle, trips without a load, switches that nobody uses, and parts of the market that
trade only among themselves and without a sponsor, but would lose by it: nobody in such a part could be
paid what they ask. Whatever is taken out only lowers what rows limit from above, so rows keep; what a rule
asks for at least is left alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fourflow.book import Market
from fourflow.clearing._allocation import cancel_cycles
from fourflow.clearing._parts import Parts, trading_parts
from fourflow.engines.rounding import is_feasible
from fourflow.formulation import ArcKind, BundleKind, Layout, NodeKind, RowKind
from fourflow.problem import INF, ClearingProblem

I64 = NDArray[np.int64]
Ints = NDArray[np.object_]
Mask = NDArray[np.bool_]


def tidy(market: Market, layout: Layout, problem: ClearingProblem, flow: I64, bundle: I64) -> tuple[I64, I64]:
    """The same allocation without what is worth less than nothing: feasible, and worth at least as much.

    flow : int64[num_arcs]; bundle : int64[num_bundles], both feasible. An allocation that is the best
    there is comes back as it was, but for cycles that cost nothing.
    """
    asked_arcs, asked_bundles = _asked_for(layout, problem)
    flow, bundle = flow.copy(), bundle.copy()
    if not asked_arcs[layout.arcs(ArcKind.LANE)].any():
        flow = cancel_cycles(market, layout, problem, flow)
        flow = _without_traces(market, layout, problem, flow, bundle)
    _trim(layout, problem, flow, bundle)
    parts = trading_parts(market, layout, problem, flow, bundle)
    worth, ties = _worth(market, layout, problem, flow, bundle, parts)
    losing = np.array([at for at, money in enumerate(worth) if money < 0 and at not in ties], np.int64)
    project = np.flatnonzero(layout.bundle_kind == BundleKind.PROJECT)
    of_project = parts.project[layout.bundle_ref[project]]
    kept = [parts.arc[asked_arcs & (flow > 0)], of_project[asked_bundles[project] & (bundle[project] > 0)]]
    losing = np.setdiff1d(losing, np.concatenate(kept))
    if len(losing):
        flow[np.isin(parts.arc, losing) & (layout.arc_kind != ArcKind.TRIP)] = 0
        bundle[project[np.isin(of_project, losing)]] = 0
        _trim(layout, problem, flow, bundle)
    return flow, bundle


def tied_at_a_loss(market: Market, layout: Layout, problem: ClearingProblem, flow: I64, bundle: I64) -> I64:
    """The offers with a least quantity that sponsors want filled, but with goods that go to a part which
    loses by it, so that nobody would pay for all: in a tidy allocation they keep what else is taken out.

    A row per offer keeps most of them from it (`UNAIDED`), but not where a loss elsewhere is for a least
    quantity or a project that takes from such an offer, too.
    """
    if not ((layout.bundle_kind == BundleKind.OFFER).any() and (layout.pool_sponsor >= 0).any()):
        return np.zeros(0, np.int64)
    parts = trading_parts(market, layout, problem, flow, bundle)
    worth, ties = _worth(market, layout, problem, flow, bundle, parts)
    found = [offer for at, offers in ties.items() if worth[at] < 0 for offer in offers]
    return np.unique(np.array(found, np.int64))


def _without_traces(market: Market, layout: Layout, problem: ClearingProblem, flow: I64, bundle: I64) -> I64:
    """The same without what goes to projects that are not done: a line may get a quantum more than it asks.

    flow : without cycles, so that what comes to a line can be followed back to whoever gives it.
    """
    undone = np.ones(len(market.projects) + 1, np.bool_)
    undone[-1] = False
    undone[layout.bundle_ref[(layout.bundle_kind == BundleKind.PROJECT) & (bundle > 0)]] = False
    into = layout.arcs(ArcKind.NEED)
    traces = into[(flow[into] > 0) & undone[market.needs.project[layout.arc_ref[into]]]]
    if not len(traces):
        return flow
    less = flow.copy()
    for arc in traces.tolist():
        _take_back(problem, less, arc)
    return less if is_feasible(problem, less, bundle) else flow


def _take_back(problem: ClearingProblem, flow: I64, arc: int) -> None:
    """Take what `arc` carries off it, and off arcs that bring it there (in place)."""
    while flow[arc] > 0:
        way, node = [arc], int(problem.tail[arc])
        while len(found := np.flatnonzero((problem.head == node) & (problem.tail != node) & (flow > 0))):
            way.append(int(found[0]))
            node = int(problem.tail[found[0]])
        flow[way] -= flow[way].min()


def _asked_for(layout: Layout, problem: ClearingProblem) -> tuple[Mask, Mask]:
    """Arcs and bundles of which some rule wants more rather than less: bool[num_arcs], bool[num_bundles]."""
    assert problem.bundle_coupling is not None
    low, high = problem.coupling_lower > -INF, problem.coupling_upper < INF
    counted = np.isin(layout.row_kind, (RowKind.RULE, RowKind.COUNT))
    found = []
    for matrix, count in (
        (problem.coupling, problem.num_arcs),
        (problem.bundle_coupling, problem.num_bundles),
    ):
        row = matrix.row_of_entry()
        wanted = counted[row] & (
            (low[row] & (matrix.coefficient > 0)) | (high[row] & (matrix.coefficient < 0))
        )
        asked = np.zeros(count, np.bool_)
        asked[matrix.index[wanted]] = True
        found.append(asked)
    return found[0], found[1]


def _trim(layout: Layout, problem: ClearingProblem, flow: I64, bundle: I64) -> None:
    """Lower trips to what their load needs, and turn off the switches of listings that trade nothing."""
    counters = [*_counters(layout, problem, RowKind.TRIPS, RowKind.OWN_TRIPS)]
    for counter in counters:
        counter.take_less_room(flow)
    for counter in counters:
        flow[counter.loop] = min(int(flow[counter.loop]), counter.needed(flow))
    for kind, node_kind, end in (
        (BundleKind.OFFER, NodeKind.OFFER, problem.tail),
        (BundleKind.NEED, NodeKind.NEED, problem.head),
    ):
        trading = layout.node_ref[end[flow > 0]][layout.node_kind[end[flow > 0]] == node_kind]
        mine = np.flatnonzero(layout.bundle_kind == kind)
        bundle[mine[~np.isin(layout.bundle_ref[mine], trading)]] = 0
    _turn_off(layout, problem, flow, bundle)


def _turn_off(layout: Layout, problem: ClearingProblem, flow: I64, bundle: I64) -> None:
    """Takers who take nothing, moves for nothing, and the whole lines of projects that get nothing."""
    links, switches = problem.coupling, problem.bundle_coupling
    assert switches is not None
    used = np.zeros(problem.num_coupling, np.bool_)
    used[links.row_of_entry()[flow[links.index] > 0]] = True
    row, column = switches.row_of_entry(), switches.index
    at_link = (layout.row_kind[row] == RowKind.LINK) & used[row]
    busy = np.zeros(problem.num_bundles, np.bool_)
    busy[column[at_link]] = True
    kind = layout.bundle_kind
    idle = (BundleKind.TAKER, BundleKind.MOVE, BundleKind.BOUGHT, BundleKind.MOVED)
    bundle[np.isin(kind, idle) & ~busy] = 0
    lines = problem.bundle_lines
    got = np.zeros(problem.num_nodes, np.bool_)
    got[problem.head[flow > 0]] = True
    served = np.isin(np.arange(problem.num_bundles), lines.row_of_entry()[got[lines.index]])
    bundle[(kind == BundleKind.LINES) & ~served] = 0


def _worth(
    market: Market, layout: Layout, problem: ClearingProblem, flow: I64, bundle: I64, parts: Parts
) -> tuple[list[int], dict[int, list[int]]]:
    """What each part is worth, fixed costs and projects included, in quanta of value x quantity; and the
    parts that could not be taken out alone, with the offers with a switch by which they hang on what sponsors
    buy: what comes out of a project goes to a sponsor too, or what such an offer gives.

    What is paid once for an offer that sponsors buy from, these bear if nobody else can. Of trips that
    sponsors share, a part bears what is made beyond those that the sponsors are charged for.
    """
    worth = np.zeros(parts.count, object)
    arcs = np.flatnonzero(parts.arc >= 0)
    np.add.at(worth, parts.arc[arcs], problem.value[arcs].astype(object) * flow[arcs])
    aided = _aided_trips(layout, problem, flow)
    for counter in _counters(layout, problem, RowKind.TRIPS):
        if (at := int(parts.arc[counter.loop])) >= 0:
            borne = min(aided[counter.lane, counter.period], int(flow[counter.loop]))
            worth[at] -= int(problem.value[counter.loop]) * borne
    scales = problem.scales
    scale = scales.bundle_value * scales.bundle / (scales.value * scales.quantity)
    assert scale.denominator == 1
    part_of_offer = np.full(int(layout.node_ref.max(initial=0)) + 1, -1)
    giving = arcs[layout.arc_kind[arcs] == ArcKind.OFFER]
    part_of_offer[layout.arc_ref[giving]] = parts.arc[giving]
    selling = layout.arcs(ArcKind.OFFER)
    sold = layout.arc_ref[selling[(flow[selling] > 0) & (parts.arc[selling] < 0)]]
    made_by = market.offers.project[sold]
    ties: dict[int, list[int]] = {at: [] for at in parts.project[made_by[made_by >= 0]].tolist()}
    counts = (problem.bundle_value != 0) | (layout.bundle_kind == BundleKind.OFFER)
    for p in np.flatnonzero(counts & (bundle > 0)).tolist():
        ref, of_project = int(layout.bundle_ref[p]), layout.bundle_kind[p] == BundleKind.PROJECT
        at = int((parts.project if of_project else part_of_offer)[ref])
        if at < 0:
            continue
        if not of_project and ref in sold:
            ties.setdefault(at, []).append(ref)
        else:
            worth[at] += int(problem.bundle_value[p]) * int(bundle[p]) * int(scale)
    return worth.tolist(), ties


@dataclass(frozen=True)
class _Counter:
    """A row that counts trips of a lane: the loop, what one of its steps carries, and the arcs with what a
    unit on each loads; what is loaded into trips of others counts below 0."""

    lane: int
    period: int
    loop: int
    step: int
    room: int
    arcs: I64
    loads: Ints

    def needed(self, flow: I64) -> int:
        """Quanta of whole trips for what flows."""
        total = int((self.loads * flow[self.arcs]).sum())
        return max(0, -(-total // self.room) * self.step)

    def take_less_room(self, flow: I64) -> None:
        """Load no more into trips of others than these leave behind (in place)."""
        spare = self.room * (int(flow[self.loop]) // self.step) - int((self.loads * flow[self.arcs]).sum())
        for arc, load in zip(self.arcs.tolist(), self.loads.tolist(), strict=True):
            if load < 0:
                less = min(int(flow[arc]), max(0, spare) // -load)
                flow[arc] -= less
                spare += less * load


def _counters(layout: Layout, problem: ClearingProblem, *kinds: RowKind) -> Iterator[_Counter]:
    matrix = problem.coupling
    for row in np.flatnonzero(np.isin(layout.row_kind, kinds)).tolist():
        entries = slice(matrix.indptr[row], matrix.indptr[row + 1])
        arcs, g = matrix.index[entries].astype(np.int64), matrix.coefficient[entries].astype(object)
        trip = layout.arc_kind[arcs] == ArcKind.TRIP
        loop, step = int(arcs[trip][0]), 1
        if problem.step is not None:
            step = max(1, int(problem.step[loop]))
        lane, period = int(layout.row_ref[row]), int(layout.row_period[row])
        yield _Counter(lane, period, loop, step, int(-g[trip][0]) * step, arcs[~trip], g[~trip])


def _aided_trips(layout: Layout, problem: ClearingProblem, flow: I64) -> dict[tuple[int, int], int]:
    """(lane, period) -> quanta of trips that sponsors are charged for, each for those of its own goods."""
    found: dict[tuple[int, int], int] = defaultdict(int)
    for counter in _counters(layout, problem, RowKind.OWN_TRIPS):
        if layout.pool_sponsor[layout.arc_pool[counter.loop]] >= 0:
            found[counter.lane, counter.period] += int(flow[counter.loop])
    return found
