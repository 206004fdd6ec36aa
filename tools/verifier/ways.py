"""Ways: no lane is missing from a pool unless it could make no way cheaper."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Sequence
from functools import partial
from operator import add
from typing import Any

from verifier.files import need
from verifier.kinds import LANE
from verifier.layout import Layout


class Ways:
    """The lanes of pools of goods."""

    def __init__(self, book: Layout) -> None:
        self.book = book
        self.detours: dict[Any, bool] = {}  # whether all lanes lead nowhere more cheaply than those of a pool

    def check(self, pool: int, starts: set[int], stops: set[int], usable: int, used: set[Any]) -> None:
        """Every lane between offers and needs is there, or is on no way that is cheaper than those there."""
        book, lanes, category = self.book, self.book.lanes, self.book.category[pool]
        ends = lanes["from_place"], lanes["to_place"]
        ways = [
            k
            for k, carries in enumerate(lanes["carries"])
            if ends[0][k] != ends[1][k] and (not carries or category in carries)
        ]
        reached = [self.reach(side, ways, ends[k], ends[1 - k]) for k, side in enumerate((starts, stops))]
        ways = [k for k in ways if ends[0][k] in reached[0] and ends[1][k] in reached[1]]
        missing = [k for k in ways for t in range(usable - book.lag(k) + 1) if (k, t) not in used]
        need(
            all(t + book.lag(k) <= usable for k, t in used), f"goods of pool {pool} move after their last day"
        )
        if missing:
            ruled = any(rule.own.over == LANE for rule in book.rules if not rule.is_budget)
            limited = ruled or any(lanes["capacity_t"][k] >= 0 or lanes["trip_t"][k] > 0 for k in ways)
            key = category, frozenset(starts), frozenset(stops), frozenset(k for k, _ in used)
            if key not in self.detours:
                self.detours[key] = (
                    not limited
                    and not book.days
                    and self.as_cheap(category, sorted(starts), stops, [k for k, _ in used], ways)
                )
            need(
                self.detours[key],
                f"pool {pool} lacks lane {lanes['id'][missing[0]]}, which could make a way cheaper",
            )

    @staticmethod
    def reach(start: set[int], ways: Sequence[int], tail: Sequence[int], head: Sequence[int]) -> set[int]:
        out: dict[int, list[int]] = defaultdict(list)
        for k in ways:
            out[tail[k]].append(head[k])
        reached, todo = {*start}, [*start]
        while todo:
            for place in out.get(todo.pop(), ()):
                if place not in reached:
                    reached.add(place)
                    todo.append(place)
        return reached

    def as_cheap(
        self, category: int, starts: list[int], stops: set[int], used: list[int], ways: list[int]
    ) -> bool:
        """Whether the lanes used lead from each start to each stop as cheaply as all ways do."""
        lanes = self.book.lanes
        far: dict[int, list[Any]] = defaultdict(lambda: [math.inf] * len(starts))
        for i, place in enumerate(starts):
            far[place][i] = 0

        def relax(chosen: list[int]) -> None:
            out: dict[int, list[tuple[int, int]]] = defaultdict(list)
            for k in chosen:
                out[lanes["from_place"][k]].append((lanes["to_place"][k], self.book.haulage(k, category)))
            todo = deque(far)
            waiting = {*todo}
            while todo:
                here = todo.popleft()
                waiting.discard(here)
                for place, haulage in out.get(here, ()):
                    best = [*map(min, far[place], map(partial(add, haulage), far[here]))]
                    if best != far[place]:
                        far[place] = best
                        if place not in waiting:
                            waiting.add(place)
                            todo.append(place)

        relax(used)
        before = {place: far[place] for place in stops}
        relax(ways)
        return all(far[place] == before[place] for place in stops)
