"""Takers' portions and prices of rows step towards each other, on the arcs that may matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.engines._watch import Watch
from fourflow.engines.kernels import compress, row_widths, screen, step_crowded, step_rows, step_takers
from fourflow.engines.limits._best import Best, is_done, is_stuck, share_left
from fourflow.engines.limits._packing import F64, I64, Array, Packing, dot

PULL = 3.0
"""How far prices pull: a profit as large as a taker's best value moves an arc by so much of its width."""
SHARE = 0.03
"""Width of an arc without flow, as a share of the demand; with flow it is as wide as the flow besides."""
CROWDED = 128
"""So many coupling rows, those over most arcs, step together."""
LOOSE = 1e-3
"""Added to the diagonal of their Gram matrix: how freely prices wander that make up for each other."""
MARGIN = 0.5
"""Arcs take part that the last move of prices, times this, would bring level with their taker's best."""
NEAR = 0.1
"""Prices to begin with should be as near, relative, to the best."""
ENOUGH, PROGRESS, LONG, SHORTEST = 0.2, 0.8, 0.15, 5
"""Restart where steps are that much shorter than at the anchor; or that much and growing again; or after that
share of all steps and a few."""
MANY = 50_000
"""From this many arcs on a second thread pays."""


FIRST_LOOK, SOONEST, LATEST = 25, 1.07, 2.0
"""The first look at whole flows; the next comes after that factor of the steps, as far as the gap is from the
one asked: it falls about as the square of the steps."""
PATIENCE, LITTLE = 12, 0.1
"""Looks without a tenth less of the gap, after which it is given up; as where portions and prices are that
much nearer to the best than asked, and only whole flows are not."""


def by_steps(
    best: Best, watch: Watch, gap: float, tell: Callable[[], None], begin: tuple[F64, F64] | None
) -> dict[str, Any]:
    """Note ever better flows and prices until the gap is reached; statistics.

    begin : prices and portions that should be near the best
    """
    run = Steps(best, watch, begin)
    gaps: list[float] = []
    look = FIRST_LOOK if begin is None else 0
    while True:
        while run.steps < look and not (watch.stopped or watch.is_over):
            run.one_step()
        gaps.append(run.look())
        tell()
        if is_done(best, watch, gap) or is_stuck(gaps, PATIENCE) or run.missing <= LITTLE * gap:
            break
        later = float(np.clip(0.9 * np.sqrt(best.gap / max(gap, 1e-300)), SOONEST, LATEST))
        look = max(int(run.steps * later), FIRST_LOOK - 1) + 1
    return {"steps": run.steps, "restarts": run.restarts}


@dataclass
class Chosen:
    """The arcs that take part until the next restart, by taker, with arrays of their own.

    arc : in the packing; start, first, row, use, worth, demand : as there; cuts : takers by thread
    pace : what profit moves; here, anchor, step : portions of the demand
    """

    arc: I64
    start: I64
    first: I64
    row: Array
    use: F64
    worth: F64
    demand: F64
    cuts: list[tuple[int, int, int]]
    pace: F64
    here: F64
    anchor: F64
    step: F64


class Steps:
    """Where the method stands: `portion` of all arcs and `price` of all rows as the last step left them.

    here, anchor : prices where the next step and the last restart begin; pace, gram : of rows alone, of the
    crowded together; free, side, place, lower : as `step_crowded` left them
    """

    chosen: Chosen
    here: F64
    anchor: F64
    pace: F64
    gram: F64
    idle: F64
    idle_crowd: F64
    since: int
    free: int
    longest: float
    last: float
    missing: float

    def __init__(self, best: Best, watch: Watch, begin: tuple[F64, F64] | None = None) -> None:
        """begin : prices and portions that should be near the best"""
        packing = self.packing = best.packing
        self.best, self.watch, rows = best, watch, packing.num_rows
        top = np.maximum.reduceat(packing.worth, packing.start[:-1])
        self.top = np.where(top > 0, top, 1.0)
        self.price, self.portion = np.zeros(rows), np.zeros(len(packing.worth))
        self.keep = np.ones(len(packing.worth), np.bool_)
        self.crowd, self.crowded = _crowded(packing)
        size = len(self.crowded)
        self.side, self.change = np.zeros(size, np.int64), np.zeros(size)
        self.lower, self.place = np.zeros((size, size)), np.zeros(size, np.int64)
        self.loads = np.zeros((watch.threads, rows))
        self.steps, self.restarts = 0, 0
        self._begin_again(self._everything())
        if begin is not None:
            self.price, self.chosen.step = begin
            self.restart(NEAR * self.price)

    def one_step(self) -> None:
        """One step of both, and a restart where it is time."""
        c, packing = self.chosen, self.packing
        self.since, self.steps = self.since + 1, self.steps + 1
        weight = self.since / (self.since + 1)

        def ask(cut: tuple[int, int, int]) -> float:
            number, begin, end = cut
            return step_takers(
                begin, end, c.start, c.first, c.row, c.use, c.worth, c.demand, c.pace, self.here, c.here,
                c.anchor, weight, c.step, self.loads[number],
            )  # fmt: skip

        length = sum(self.watch.together(ask, c.cuts) if len(c.cuts) > 1 else [ask(c.cuts[0])])
        crowded, loads = self.crowded, self.loads[: len(c.cuts)]
        self.free, more = step_crowded(
            self.gram, loads[:, crowded].sum(axis=0) - packing.limit[crowded], self.here[crowded],
            packing.dearest[crowded], self.side, self.lower, self.place, self.free, self.change,
        )  # fmt: skip
        length += more + step_rows(
            loads, packing.limit, self.pace, packing.dearest, self.crowd, self.change, self.here,
            self.anchor, weight, self.price,
        )  # fmt: skip
        if self.since == 1:
            self.longest = length
        elif self._is_time(length):
            self.restart(np.abs(self.price - self.anchor))
        self.last = length

    def _is_time(self, length: float) -> bool:
        """Whether to restart. length : of the last step, squared"""
        growing = length < PROGRESS**2 * self.longest and length > self.last
        late = self.since > LONG * self.steps + SHORTEST
        return length < ENOUGH**2 * self.longest or growing or late

    def restart(self, moved: F64) -> None:
        """Begin again where the last step led. moved : how far prices may still go, with MARGIN"""
        self._keep_portions()
        takers, arcs, entries = self._screen(self.price, moved, self.keep)
        self.restarts += 1
        self._begin_again(self._chosen(takers, arcs, entries))

    def look(self) -> float:
        """Note whole flows and what prices prove; the gap. `missing` : what portions and prices are off."""
        self._keep_portions()
        c, packing, best = self.chosen, self.packing, self.best
        flow = c.step * np.repeat(c.demand, np.diff(c.start))
        used = np.repeat(flow, np.diff(c.first)) * c.use
        load = np.bincount(c.row, used, packing.num_rows).astype(np.float64)
        best.note_flow(self.portion, share_left(load, packing.limit), self.price)
        self._screen(self.price, np.zeros_like(load), np.empty_like(self.keep))
        over = dot(self.price, np.maximum(load - packing.limit, 0.0))
        off = abs(best.bound / best.money - dot(flow, c.worth)) + over
        self.missing = off / max(abs(best.bound / best.money), np.finfo(np.float64).tiny)
        return best.gap

    def _keep_portions(self) -> None:
        self.portion[self.chosen.arc] = self.chosen.step

    def _screen(self, price: F64, moved: F64, keep: NDArray[np.bool_]) -> tuple[int, int, int]:
        """Note what the prices prove, and mark the arcs that may matter: (takers, arcs, entries)."""
        p, threads = self.packing, self.watch.threads if len(keep) >= MANY else 1
        edges = np.linspace(0, len(p.takers), threads + 1).astype(np.int64).tolist()

        def work(k: int) -> tuple[float, int, int, int]:
            return screen(
                edges[k], edges[k + 1], p.start, p.first, p.row, p.use, p.worth, p.demand, self.portion,
                price, moved, MARGIN, keep,
            )  # fmt: skip

        told = self.watch.together(work, list(range(threads))) if threads > 1 else [work(0)]
        bound, takers, arcs, entries = (sum(each) for each in zip(*told, strict=True))
        self.best.note_prices(price, bound + p.paid(price))
        return takers, arcs, entries

    def _everything(self) -> Chosen:
        p = self.packing
        return self._with_widths(
            np.arange(len(p.worth)), np.arange(len(p.takers)), p.start, p.first, p.row, p.use
        )

    def _chosen(self, takers: int, arcs: int, entries: int) -> Chosen:
        p = self.packing
        taker, start, arc = (
            np.empty(takers, np.int64),
            np.empty(takers + 1, np.int64),
            np.empty(arcs, np.int64),
        )
        first, row, use = np.empty(arcs + 1, np.int64), np.empty(entries, p.row.dtype), np.empty(entries)
        compress(p.start, p.first, p.row, p.use, self.keep, taker, start, arc, first, row, use)
        return self._with_widths(arc, taker, start, first, row, use)

    def _with_widths(self, arc: I64, taker: I64, start: I64, first: I64, row: Array, use: F64) -> Chosen:
        p, portion, counts = self.packing, self.portion[arc], np.diff(start)
        pace = PULL * (SHARE + portion) / np.repeat(self.top[taker], counts)
        threads = self.watch.threads if len(arc) >= MANY else 1
        edges = np.searchsorted(start, np.linspace(0, len(arc), threads + 1)).tolist()
        cuts = [(k, edges[k], edges[k + 1]) for k in range(threads)]
        return Chosen(
            arc, start, first, row, use, p.worth[arc], p.demand[taker], cuts, pace, portion, portion.copy(),
            portion.copy(),
        )  # fmt: skip

    def _begin_again(self, chosen: Chosen) -> None:
        c = self.chosen = chosen
        self.here, self.anchor = self.price.copy(), self.price.copy()
        self.since, self.free = 0, -1
        self.longest = self.last = np.inf
        alone, size = np.zeros(self.packing.num_rows), len(self.crowded)
        self.gram = np.zeros((size, size))
        wide = c.pace * np.repeat(c.demand, np.diff(c.start))
        row_widths(c.first, c.row, c.use, wide, self.crowd, alone, self.gram)
        if not self.restarts:
            self.idle, self.idle_crowd = alone.copy(), self.gram.diagonal().copy()
        # Half of a step is the crowded rows', half the others'; none goes further than with idle arcs.
        alone = 2 * np.maximum(alone, self.idle)
        self.pace = np.divide(1.0, alone, out=np.zeros_like(alone), where=alone > 0)
        self.gram *= 2.0
        least = np.where(self.idle_crowd > 0, self.idle_crowd, 1.0)
        self.gram[np.diag_indices(size)] += LOOSE * np.maximum(self.gram.diagonal(), least)


def _crowded(packing: Packing) -> tuple[I64, I64]:
    """Every row's number among the crowded ones, or -1; the crowded rows."""
    count = np.bincount(packing.row, minlength=packing.num_rows)
    count[: len(packing.givers)] = 0
    count[packing.dearest <= 0] = 0
    rows = np.sort(np.argsort(-count, kind="stable")[:CROWDED])
    rows = rows[count[rows] > 0]
    crowd = np.full(packing.num_rows, -1)
    crowd[rows] = np.arange(len(rows))
    return crowd, rows
