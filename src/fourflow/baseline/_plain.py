"""Needs and projects served one after the other, in plain sight: on any problem of a market.

The slow, obvious version of the kernels of `_first_come`, `_choice` and `_nearest`, for tests to compare
with. A project is carried out in full here or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from fourflow.baseline._state import BEGUN, I64, State
from fourflow.book import CAPITAL, Market
from fourflow.formulation import ArcKind, BundleKind, Layout, NodeKind
from fourflow.problem import ClearingProblem

MAX_LOOKS = 5_000_000
"""Supplies and places looked at in all; what is not served by then stays unserved."""
ANY_PRICE = 2**62
"""What a unit is worth to a line of a project: the project as a whole says whether it pays."""


@dataclass(frozen=True)
class _Find:
    """A supply: the arcs from the offer to the need, how much, and what a unit of it brings."""

    path: list[int]
    quantity: int
    gain: float


def serve_in_order(
    market: Market, layout: Layout, problem: ClearingProblem, nearest: bool
) -> tuple[I64, I64]:
    """(flow, bundle): needs and projects in order of listed_at, then id.

    A need takes its highest-surplus supply, or with `nearest` the one whose way costs least, the cheapest
    there, as long as it is not worse than nothing. A project is carried out as a whole if all its lines
    can be had and cost no more than it is worth, else not at all. Rows that ask for at least something
    are not looked at, so with such rules the answer need not be feasible.
    """
    served = _Served(market, layout, problem, nearest)
    served.all()
    state, on = served.state, int(1 / problem.scales.bundle)
    return np.array(state.flow, np.int64), np.where(state.on, on, 0).astype(np.int64)


class _Served:
    def __init__(self, market: Market, layout: Layout, problem: ClearingProblem, nearest: bool) -> None:
        self.market, self.layout, self.problem, self.nearest = market, layout, problem, nearest
        self.state = state = State(layout, problem)
        self.looks = 0
        self.into: dict[int, list[int]] = defaultdict(list)
        self.offers: dict[int, list[int]] = defaultdict(list)
        self.supply: dict[int, list[int]] = defaultdict(list)
        self.pool = layout.arc_pool.tolist()
        for arc in layout.arcs(ArcKind.OFFER).tolist():
            self.offers[state.head[arc]].append(arc)
            self.supply[self.pool[arc]].append(arc)
        leads_on = (ArcKind.LANE, ArcKind.STORAGE, ArcKind.NEED)
        for arc in np.flatnonzero(np.isin(layout.arc_kind, leads_on)).tolist():
            self.into[state.head[arc]].append(arc)
        ids, listed = market.offers.id, market.offers.listed_at
        ref = layout.arc_ref.tolist()
        for arcs in self.offers.values():
            arcs.sort(key=lambda arc: (-state.value[arc], listed[ref[arc]], ids[ref[arc]]))
        self.cheapest = min((-state.value[arc] for arcs in self.offers.values() for arc in arcs), default=0)

    def all(self) -> None:
        """Everybody's turn."""
        layout, needs, projects = self.layout, self.market.needs, self.market.projects
        turns: list[tuple[int, str, int, bool]] = []
        for node in np.flatnonzero(layout.node_kind == NodeKind.NEED).tolist():
            need = int(layout.node_ref[node])
            turns.append((int(needs.listed_at[need]), str(needs.id[need]), node, False))
        for bundle in np.flatnonzero(layout.bundle_kind == BundleKind.PROJECT).tolist():
            project = int(layout.bundle_ref[bundle])
            turns.append((int(projects.listed_at[project]), str(projects.id[project]), bundle, True))
        for _, _, which, is_project in sorted(turns):
            if self.looks > MAX_LOOKS:
                break
            self._carry_out(which) if is_project else self._serve_need(which)

    def _serve_need(self, node: int) -> None:
        """Give a need what it can get; all of it goes back if that is below its least quantity."""
        mark = len(self.state.journal)
        least = int(self.market.needs.min_quantity[self.layout.node_ref[node]])
        got, _ = self._serve(node, None)
        if got < least:
            self.state.back_to(mark)

    def _carry_out(self, bundle: int) -> None:
        """A project as a whole or not at all: its capital first, since that pays for the rest."""
        state, mark = self.state, len(self.state.journal)
        left = state.worth[bundle]
        begun = state.turn_on(bundle) is not None
        for node, quantity in self._lines(bundle) if begun else ():
            # A line's own room is what its last lot leaves over; a single quantum is for rounding only.
            state.grant(node, quantity - (state.left[node] == 1))
            got, cost = self._serve(node, ANY_PRICE)
            left -= cost
            begun = begun and got >= quantity and left >= 0
            if not begun:
                break
        if not begun:
            state.back_to(mark)

    def _lines(self, bundle: int) -> list[tuple[int, int]]:
        """(node, quantity) of what a project asks for, capital first."""
        layout, lines = self.layout, self.problem.bundle_lines
        same = np.isin(layout.bundle_kind, BEGUN) & (layout.bundle_ref == layout.bundle_ref[bundle])
        rows = np.flatnonzero(same)
        chosen = np.isin(lines.row_of_entry(), rows) & (np.asarray(lines.coefficient) > 0)
        found = zip(lines.index[chosen].tolist(), lines.coefficient[chosen].tolist(), strict=True)
        return sorted(found, key=lambda line: (not self._is_capital(line[0]), line[0]))

    def _is_capital(self, node: int) -> bool:
        first = self.market.needs.categories[int(self.layout.node_ref[node])][0]
        return int(self.market.categories.kind[first]) == CAPITAL

    def _serve(self, node: int, worth: int | None) -> tuple[int, int]:
        """(got, cost): take what is best, again and again. Cost in quanta of value x quantity."""
        state, got, cost = self.state, 0, 0
        while state.left[node] > 0:
            found = self._best(node, worth)
            if found is None:
                break
            once = state.open_gates(found.path) or 0
            once += state.hire(found.path, found.quantity) or 0
            state.send(found.path, found.quantity)
            got += found.quantity
            cost += once - found.quantity * sum(state.value[arc] for arc in found.path[:-1])
            if worth is None:
                cost -= found.quantity * state.value[found.path[-1]]
        return got, cost

    def _best(self, node: int, worth: int | None) -> _Find | None:
        """The supply worth most, or the nearest that is worth anything."""
        best: _Find | None = None
        near: int | None = None
        if not self._anything_left(node):
            return None
        for far, hub, way in self._places(node):
            value = self.state.value[way[-1]] if worth is None else worth
            if value - far - self.cheapest < (best.gain if best else 0) or (near is not None and far > near):
                break
            for arc in self.offers.get(hub, ()):
                self.looks += 1
                gain = value - far + self.state.value[arc]
                if gain < 0 or (best is not None and gain <= best.gain):
                    break
                found = self._tried([arc, *way], gain)
                if found is not None:
                    best = found
            if best is not None and self.nearest:
                near = far
        return best

    def _anything_left(self, node: int) -> bool:
        """Whether any pool that a need can draw on has an offer with something left."""
        state = self.state
        pools = {self.pool[arc] for arc in self.into[node]}
        return any(
            state.left[state.tail[arc]] >= state.step[arc] for pool in pools for arc in self.supply[pool]
        )

    def _places(self, node: int) -> Iterator[tuple[int, int, list[int]]]:
        """(cost of the way, hub, arcs from there to the need) for every hub behind a need, nearest first."""
        state, done = self.state, set()
        heap = sorted((0, state.tail[arc], arc, 0) for arc in self.into[node])
        nearest = dict.fromkeys((hub for _, hub, _, _ in heap), 0)
        ways: list[tuple[int, ...]] = [()]
        while heap:
            far, hub, arc, behind = heappop(heap)
            if hub in done:
                continue
            done.add(hub)
            self.looks += 1
            ways.append((arc, *ways[behind]))
            yield far, hub, list(ways[-1])
            for lane in self.into[hub]:
                before, through = state.tail[lane], far - state.value[lane]
                if through < nearest.get(before, ANY_PRICE) and not state.is_full(lane):
                    nearest[before] = through
                    heappush(heap, (through, before, lane, len(ways) - 1))

    def _tried(self, path: list[int], gain: int) -> _Find | None:
        """How much can be had this way and what a unit brings after what is paid once; undone again."""
        state, mark = self.state, len(self.state.journal)
        found = None
        once = state.open_gates(path)
        if once is not None:
            quantity = state.most(path, free_trips=True)
            hired = state.hire(path, quantity) if quantity > 0 else 0
            if hired is None:
                quantity, hired = 0, 0
            elif quantity > 0:  # the trips are paid from the same budgets
                quantity = state.most(path, free_trips=False)
            if quantity > 0 and quantity >= self._least(path[0]):
                each = gain - (once + hired) / quantity
                found = _Find(path, quantity, each) if each >= 0 else None
        state.back_to(mark)
        return found

    def _least(self, arc: int) -> int:
        """The least quantity of an offer that has given nothing yet."""
        state, offer = self.state, int(self.layout.arc_ref[arc])
        begun = any(state.flow[a] for a in self.offers[state.head[arc]] if self.layout.arc_ref[a] == offer)
        return 0 if begun else int(self.market.offers.min_quantity[offer])
