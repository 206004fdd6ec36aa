"""Steps of the sources' prices towards the least bound, while rows charge what they do.

At any prices the bound is what all would gain by their best ways. It is convex in the prices of the sources,
and its slope is what they have less what is asked of them. A step is as long as it takes to reach `target` if
the bound fell straight on (Polyak 1969), shared out by how many times too much is asked of each source; it
goes on a little in the way of the steps before (Camerini, Fratta and Maffioli 1975), and where none is better
for a while, shorter ones begin at the best again. So the prices of a part come to prove more of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fourflow.engines._bound import worst
from fourflow.engines._model import F64, I64, as_float
from fourflow.engines.kernels import FAR
from fourflow.engines.sifting._ways import Ways

ROUNDS = 40
NEW, PATIENCE, SHORTER = 0.3, 5, 0.6
"""Share of the newest slope in a step; after so many rounds without a better bound steps become shorter."""
BETTER = 1e-6
"""By what share a bound must be less to count."""


@dataclass(frozen=True)
class Charges:
    """What rows charge: a unit of flow on each arc, in stored value; each bundle, and in all, in money."""

    arc: F64
    bundle: F64
    rest: float


def descend(ways: Ways, known: F64, charges: Charges, target: float, marked: NDArray[np.bool_]) -> F64:
    """Prices of the sources with the least bound on the way there, from those in `known` (float64[num_nodes],
    in stored value); the ways taken meanwhile are marked (in place).

    target : money, no more than the least bound
    """
    moves, supply = ways.is_source & np.isfinite(ways.supply), np.maximum(ways.supply, 1.0)
    unit = float(ways.problem.scales.value * ways.problem.scales.quantity)
    source_price, length, idle, slope = known.copy(), 1.0, 0, np.zeros(len(known))
    best, least = source_price, np.inf
    for number in range(ROUNDS):
        price, into = ways.prices(source_price, charges.arc)
        bound, takers = _gains(ways, price, charges)
        if bound < least * (1 - BETTER):
            best, least, idle = source_price, bound, 0
        else:
            idle += 1
        origin = ways.mark(into, takers, marked)
        newest = np.where(moves, _excess(ways, origin, takers), 0.0)
        newest[(source_price >= 0) & (newest < 0)] = 0.0
        slope = newest if number == 0 else NEW * newest + (1 - NEW) * slope
        if idle == PATIENCE:
            length, idle, source_price, bound = length * SHORTER, 0, best, least
        step = length * max(bound - target, 0.0) / unit / max(float(slope @ slope), 1e-30)
        source_price = np.where(moves, np.minimum(source_price - step * slope / supply, 0.0), source_price)
    return best


def _gains(ways: Ways, price: F64, charges: Charges) -> tuple[float, I64]:
    """The bound at these prices of all nodes, in money, and the sinks that would take something."""
    problem, lines, scales = ways.problem, ways.problem.bundle_lines, ways.problem.scales
    unit = float(scales.value * scales.quantity)
    price = np.where(price <= FAR / 2, 0.0, price)
    earned = np.bincount(
        lines.row_of_entry(), as_float(lines.coefficient) * price[lines.index], problem.num_bundles
    )
    profit = as_float(problem.bundle_value) * float(scales.bundle_value) + earned * unit - charges.bundle
    bundle = ways.bundle[ways.sinks]
    taken = np.where(bundle >= 0, np.append(profit > 0, False)[bundle], price[ways.sinks] > 0)
    own = price.copy()
    own[ways.sinks] = np.where(bundle < 0, np.maximum(price[ways.sinks], 0.0), price[ways.sinks])
    nodes = worst(as_float(problem.node_lower), as_float(problem.node_upper), own)
    bound = float(nodes[np.isfinite(nodes)].sum()) * unit + np.maximum(profit, 0.0).sum() + charges.rest
    return float(bound), ways.sinks[taken]


def _excess(ways: Ways, origin: I64, takers: I64) -> F64:
    """What is asked of each source beyond what it has, as a share of that.  float64[num_nodes]"""
    reached = origin >= 0
    asked = np.bincount(origin[reached], ways.demand[takers[reached]], len(ways.supply))
    return np.asarray(asked / np.maximum(ways.supply, 1.0) - 1.0)
