"""What the takers answer to prices of rows, and Newton's direction towards better ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fourflow.engines._watch import Watch
from fourflow.engines.kernels import curvature, gather, most_curvature, respond, weigh
from fourflow.engines.limits._packing import F64, I64, Packing, dot

DAMPING = 1e-2
"""Part of the widest possible second derivative that is always added: rows where nothing moves yet."""
CG_ACCURACY, MOST_CG = 0.1, 60
MANY = 100_000
"""From this many arcs on a second thread pays."""


@dataclass
class Answer:
    """At some prices: the dual function with friction and without, and the rows' loads."""

    smooth: float
    bound: float
    load: F64


class Takers:
    """The takers of a packing, in as many parts as threads, and all in units that are about 1.

    value, weight : of every arc and entry for the taker's whole demand, value at most 1; bound : of rows; all
    such that at price 1 no arc gains. unit : what 1 of `value` is in the packing's units
    flow : what they answered last, as shares of their demand; centre : what they are held to by friction
    """

    def __init__(self, packing: Packing, watch: Watch) -> None:
        self.packing, self.watch = packing, watch
        arcs, num = len(packing.worth), len(packing.takers)
        self.flow, self.centre = np.zeros(arcs), np.zeros(arcs)
        self.value, self.weight = packing.worth * packing.demand[packing.taker], np.empty(len(packing.use))
        self.unit = float(self.value.max()) if self.value.max() > 0 else 1.0
        self.value /= self.unit
        self.bound = np.where(packing.dearest > 0, packing.limit, 0.0) * packing.dearest / self.unit
        weigh(
            packing.first, packing.row, packing.use, packing.taker, packing.demand,
            packing.dearest / self.unit, self.weight,
        )  # fmt: skip
        width = np.maximum.reduceat(self.value, packing.start[:-1])
        self.width = np.where(width > 0, width, 1.0)
        self.widest = np.full(packing.num_rows, np.finfo(np.float64).tiny)
        most_curvature(packing.first, packing.row, self.weight, packing.taker, self.width, self.widest)
        threads = watch.threads if arcs >= MANY else 1
        cuts = np.searchsorted(packing.start, np.linspace(0, arcs, threads + 1)[1:-1]).tolist()
        edges = [0, *cuts, num]
        self.parts = [Part(packing, edges[k], edges[k + 1]) for k in range(threads)]

    def answer(self, price: F64, friction: float) -> Answer:
        """The answers at these prices; flow and the parts hold what moves."""
        mu = friction * self.width
        told = self._together(lambda part: part.respond(self, price, mu))
        paid = dot(price, self.bound)
        load = np.sum([part.load for part in self.parts], axis=0)
        return Answer(sum(t[0] for t in told) + paid, sum(t[1] for t in told) + paid, load)

    def direction(self, price: F64, answer: Answer, friction: float) -> F64:
        """Newton's direction at the prices just answered to, by conjugate gradients."""
        excess = answer.load - self.bound
        held = ((price <= 0) & (excess < 0)) | ((price >= 1) & (excess > 0))
        excess[held] = 0.0
        mu, damping = friction * self.width, DAMPING * self.widest
        self._together(lambda part: part.gather(self, mu))
        diagonal = damping + np.sum([part.diagonal for part in self.parts], axis=0)

        def times(direction: F64) -> F64:
            parts = self._together(lambda part: part.curvature(direction))
            product = damping * direction + np.sum(parts, axis=0)
            product[held] = 0.0
            return np.asarray(product, np.float64)

        return conjugate_gradients(times, excess, diagonal)

    def _together(self, work: Any) -> list[Any]:
        if len(self.parts) == 1:
            return [work(self.parts[0])]
        return self.watch.together(work, self.parts)


class Part:
    """Takers begin..end: their load on rows, and the arcs that move with prices."""

    def __init__(self, packing: Packing, begin: int, end: int) -> None:
        self.begin, self.end = begin, end
        arcs = int(packing.start[end] - packing.start[begin])
        self.at, self.slack = np.zeros(end - begin + 1, np.int64), np.zeros(end - begin, np.bool_)
        self.arcs, self.movers, self.moving = np.empty(arcs, np.uint32), 0, 0
        self.load = np.zeros(packing.num_rows)
        self.diagonal = np.zeros(packing.num_rows)
        first = packing.first
        entries = int(first[packing.start[end]] - first[packing.start[begin]])
        self.row, self.weight = np.empty(entries, np.uint32), np.empty(entries)
        self.start: I64 = np.empty(arcs + 1, np.int64)
        self.share, self.charge = np.empty(end - begin), np.empty(arcs)

    def respond(self, all_: Takers, price: F64, mu: F64) -> tuple[float, float]:
        packing = all_.packing
        self.load[:] = 0.0
        smooth, bound, self.movers, self.moving = respond(
            self.begin, self.end, packing.start, packing.first, packing.row, all_.weight, all_.value,
            price, mu, all_.centre, all_.flow, self.load, self.at, self.arcs, self.slack,
        )  # fmt: skip
        return smooth, bound

    def gather(self, all_: Takers, mu: F64) -> None:
        packing = all_.packing
        self.diagonal[:] = 0.0
        gather(
            self.movers, self.at, self.arcs, self.slack, packing.taker, mu, packing.first, packing.row,
            all_.weight, self.start, self.row, self.weight, self.share, self.diagonal,
        )  # fmt: skip

    def curvature(self, direction: F64) -> F64:
        out = np.zeros_like(direction)
        curvature(
            self.movers, self.at, self.slack, self.start, self.row, self.weight, self.share, direction,
            self.charge, out,
        )  # fmt: skip
        return out


def conjugate_gradients(times: Any, right: F64, diagonal: F64) -> F64:
    """x with (times) x about `right`, preconditioned by the diagonal; 0 where right is."""
    found, rest = np.zeros_like(right), right.copy()
    scaled = rest / diagonal
    step, norm = scaled.copy(), dot(rest, scaled)
    target = CG_ACCURACY**2 * norm
    for _ in range(MOST_CG):
        if not norm > target:
            break
        product = times(step)
        curve = dot(step, product)
        if not curve > 0:
            break
        found += norm / curve * step
        rest -= norm / curve * product
        scaled = rest / diagonal
        norm, before = dot(rest, scaled), norm
        step = scaled + norm / before * step
    return found
