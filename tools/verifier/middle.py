"""The middle: prices are halfway between the lowest and the highest that support the awards."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Any

from verifier.files import need
from verifier.kinds import HUB, across
from verifier.layout import Layout
from verifier.limits import Limits
from verifier.losses import Scale

MOST_ARCS = 2 * 10**6  # of books that are larger the middle is not worked out
NEAR = 10**6  # prices are compared to a millionth of themselves


class Middle:
    """The lowest and highest duals within their limits, by shortest paths from the given ones.

    lowest, highest : by node; None where nothing holds them.
    """

    def __init__(self, book: Layout, dual: dict[int, int]) -> None:
        self.book, self.limits = book, Limits(book.p, Scale(book.claims), dual)
        p = book.p
        self.arcs: list[list[int]] = [[] for _ in range(p.num_nodes)]
        for j in range(p.num_arcs):
            if p.tail[j] != p.head[j]:
                self.arcs[p.tail[j]].append(j)
                self.arcs[p.head[j]].append(j)
        self.lowest, self.highest = self.reach(up=False), self.reach(up=True)
        self.chosen = self.halve()

    def reach(self, up: bool, kept: list[Any] | None = None) -> list[Any]:
        """The highest (or lowest) dual of every node, with some kept as they are."""
        limits, p, sign = self.limits, self.book.p, 1 if up else -1
        best: list[Any] = [None] * p.num_nodes
        ends = limits.ceiling if up else limits.floor
        for i, (limit, point) in enumerate(across(ends, limits.point)):
            near = [] if limit is None else [sign * (limit - point)]
            if kept is not None and kept[i] is not None:
                near.append(sign * (kept[i] - point))
            best[i] = min(near, default=None)
        heap = [(near, i) for i, near in enumerate(best) if near is not None]
        heapify(heap)
        while heap:
            near, here = heappop(heap)
            if near > best[here]:
                continue
            for j in self.arcs[here]:
                forward = (p.tail[j] == here) == up  # up: from tail to head by `high`, back by `low`
                limit = limits.high[j] if forward else limits.low[j]
                if limit is not None:
                    there = p.head[j] if p.tail[j] == here else p.tail[j]
                    now = limits.point[p.head[j]] - limits.point[p.tail[j]]
                    far = near + (limit - now if forward else now - limit)
                    if best[there] is None or far < best[there]:
                        best[there] = far
                        heappush(heap, (far, there))
        return [None if x is None else point + sign * x for x, point in across(best, limits.point)]

    def halve(self) -> list[int]:
        """Halfway; where one side alone is held, next to it; where neither is, as they are."""
        chosen: list[Any] = [
            None if low is None or high is None else low + (high - low) // 2
            for low, high in across(self.lowest, self.highest)
        ]
        before = -1
        while (left := chosen.count(None)) not in (0, before):
            before = left
            for up in (False, True):
                ends = self.reach(up, chosen)
                chosen = [end if x is None else x for x, end in across(chosen, ends)]
        return [point if x is None else x for x, point in across(chosen, self.limits.point)]

    def check(self) -> None:
        """Every hub has the middle as its price, and each rent that is a difference of prices follows."""
        book, limits, p = self.book, self.limits, self.book.p
        for i in range(p.num_nodes):
            if book.kind[i] == HUB:
                compare(limits.point[i], self.chosen[i], 0, f"the price at hub {i}")
        for j, i in limits.solo.items():
            tail, head = self.chosen[p.tail[j]], self.chosen[p.head[j]]
            told = limits.dual.get(i, 0) * limits.per_rent[j] // limits.unit
            follows = max(0, limits.net[j] - head + tail)
            compare(told, follows, max(abs(tail), abs(head)), f"the rent of row {i}")

    def band(self, i: int) -> tuple[Any, Any] | None:
        """The lowest and highest dual of a node that support the awards; None where lines that stay as they
        are could share what their bundle gains, which is shown as a band, too."""
        return None if self.limits.fixed else (self.lowest[i], self.highest[i])


def is_near(told: int, follows: int, among: int = 0) -> bool:
    """To a millionth of what follows, or of the prices that it is the difference of."""
    return abs(told - follows) <= 4 + max(abs(follows), among) // NEAR


def compare(told: int, follows: int, among: int, what: str) -> None:
    need(is_near(told, follows, among), f"{what} is not the middle of those that support the awards")
