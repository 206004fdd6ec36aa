"""From flows in parts and prices to what can be published: whole flows, and duals in integers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fourflow.engines._bound import root_box
from fourflow.engines._duals import finish
from fourflow.engines.kernels import cut_back, fill_listings, whole_flows
from fourflow.engines.multiflow._flows import F64, I64, Flows
from fourflow.engines.rounding import exact_row_limits
from fourflow.problem import INF, Duals

PRICE_BITS = 50
"""Prices are rounded to so many bits, fewer than floats have."""
NOISE = 1e-12
"""Tolls are rounded up by this share, so that no arc earns anything in integers."""


class Rounding:
    """What stays the same from rounding to rounding: exact room, and the problem behind the flows."""

    def __init__(self, flows: Flows) -> None:
        self.flows = flows
        self.room = _whole_room(flows)
        self.box = root_box(flows.problem)

    def whole(self, step: F64, price: F64) -> I64:
        """Whole flows of the problem that keep every row, near `step` (row units).  int64[num_arcs]

        price : float64[num_hubs], by which it is decided what to cut first
        """
        flows, curves, num_hubs = self.flows, self.flows.curves, len(self.flows.hubs)
        inner = np.zeros(len(flows.arc), np.int64)
        off = np.zeros(num_hubs)
        whole_flows(flows.ptr, flows.tail, flows.head, self.room, flows.gain, step, off, inner)
        np.minimum(inner, flows.problem.capacity[flows.arc], out=inner)
        used = np.flatnonzero(inner)
        tail, head, flow = flows.tail[used], flows.head[used], inner[used]
        balance = np.zeros(num_hubs, np.int64)
        np.add.at(balance, head, flow)
        np.subtract.at(balance, tail, flow)
        worst_first = np.argsort(price[head] - price[tail] - flows.cost[used], kind="stable")
        into, out_of = _by_hub(head, worst_first, num_hubs), _by_hub(tail, worst_first, num_hubs)
        cut_back(tail, head, flow, *into, *out_of, curves.supply, curves.demand, balance)
        taken = np.zeros(len(curves.arc), np.int64)
        fill_listings(curves.ptr, curves.quantity, curves.is_need, curves.demand, balance, taken)
        result = np.zeros(flows.problem.num_arcs, np.int64)
        result[flows.arc[used]] = flow
        of_arcs = curves.arc >= 0
        result[curves.arc[of_arcs]] = taken[of_arcs]
        return result

    def duals_at(self, price: F64) -> Duals:
        """Integer duals for prices of the hubs in units of value: row duals are the least that arcs ask."""
        flows, problem = self.flows, self.flows.problem
        value = Fraction(problem.scales.value)
        largest = max(float(np.abs(price).max(initial=1.0)), float(np.abs(problem.value).max(initial=1)))
        finer = 10 ** max(int((PRICE_BITS - np.log2(largest)) * np.log10(2)), 0)
        pi = np.zeros(problem.num_nodes, np.int64)
        pi[flows.hubs] = -np.rint(price * finer).astype(np.int64)
        arcs = flows.arc
        gain = problem.value[arcs] * finer - pi[problem.head[arcs]] + pi[problem.tail[arcs]]
        tolls = np.zeros(len(flows.room))
        np.maximum.at(tolls, flows.row_of_arc(), gain / flows.gain)
        mu = np.zeros(problem.num_coupling, np.int64)
        shared = flows.row >= 0
        mu[flows.row[shared]] = np.ceil(tolls[shared] / flows.unit[shared] * (1 + NOISE)).astype(np.int64)
        row_scale = value / Fraction(problem.scales.coefficient) / finer
        return finish(problem, pi, mu, value / finer, row_scale, flows.hubs, self.box)


def _by_hub(hub: NDArray[np.int32], order: I64, num_hubs: int) -> tuple[I64, I64]:
    """Arcs by the hub at one end, in `order` at each: (arcs, pointers)."""
    arcs = order[np.argsort(hub[order], kind="stable")]
    return arcs, np.concatenate([[0], np.cumsum(np.bincount(hub, minlength=num_hubs))]).astype(np.int64)


def _whole_room(flows: Flows) -> I64:
    """The room of each row in whole units, exactly.  int64[num_rows]"""
    problem, shared = flows.problem, flows.row >= 0
    near = flows.room.astype(np.int64) + 1
    divisor = np.ones(problem.num_coupling, np.int64)
    divisor[flows.row[shared]] = flows.unit[shared]
    _, upper = exact_row_limits(problem, np.zeros(0, np.int64), divisor)
    most = np.array([INF if limit is None else min(limit, INF) for limit in upper], np.int64)
    limits = np.full(len(flows.row), INF)
    limits[shared] = most[flows.row[shared]]
    own = np.where(np.diff(flows.ptr) > 1, INF, problem.capacity[flows.arc[flows.ptr[:-1]]])
    return np.asarray(np.minimum(np.minimum(near, own), limits))
