"""Seeded markets of quantities with rules over groups that overlap: quotas, exposure limits, a cap on CO2."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from clearing_instances import I64, quantities, uniform

from fourflow.problem import INF, ClearingProblem, Scales, Sparse

QUANTA = 10**6
"""Quanta in one unit, as in a book: rules divide units."""
QUOTAS, EXPOSURES = 50, 49


def rules(num_needs: int, seed: int = 1) -> ClearingProblem:
    """Quantities 1 to 100 on both sides, ten offers a need, value 1 to 100,000, and 100 rows.

    50 quotas: every need is in two of 50 groups that overlap, each limited; 49 exposure limits: every offer
    is in one of 49 groups; one cap on CO2, 1 to 100 a unit on every pair. Limits are U(0.6, 1) of the load
    (the cap 0.8) when every need asks its best offer, and offers asked for too much give each the same share.
    """
    plain = quantities(uniform(num_needs, seed=seed), seed)
    random = np.random.default_rng(seed + 200)
    arcs, offer, need = len(plain.offer), plain.offer.astype(np.int64), plain.need.astype(np.int64)
    kind = random.integers(0, QUOTAS, num_needs)
    region = (kind + random.integers(1, QUOTAS, num_needs)) % QUOTAS
    owner = random.integers(0, EXPOSURES, len(plain.supply))
    every = np.arange(arcs)
    row = np.concatenate([kind[need], region[need], QUOTAS + owner[offer], np.full(arcs, QUOTAS + EXPOSURES)])
    column = np.concatenate([every, every, every, every])
    use = np.concatenate([np.ones(3 * arcs, np.int64), random.integers(1, 101, arcs)])
    order = np.argsort(row, kind="stable")
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=QUOTAS + EXPOSURES + 1))])
    share = np.append(random.uniform(0.6, 1.0, QUOTAS + EXPOSURES), 0.8)
    load = np.bincount(row, use * _first_guess(plain.supply, plain.demand, offer, plain.value)[column])
    base = plain.problem()
    return ClearingProblem(
        tail=base.tail, head=base.head, value=base.value, capacity=np.full(arcs, INF),
        node_lower=base.node_lower * QUANTA, node_upper=base.node_upper * QUANTA,
        coupling=Sparse(indptr, column[order].astype(np.uint32), use[order]),
        coupling_lower=np.full(len(share), -INF),
        coupling_upper=np.floor(share * load * QUANTA).astype(np.int64),
        scales=Scales(quantity=Fraction(1, QUANTA), limit=Fraction(1, QUANTA)),
    )  # fmt: skip


def _first_guess(supply: I64, demand: I64, offer: I64, value: I64) -> np.ndarray:
    """Every need asks its best offer for all it wants; float64[num_arcs], what it gets."""
    by_need = value.reshape(len(demand), -1)
    best = np.arange(len(demand)) * by_need.shape[1] + by_need.argmax(axis=1)
    asked = np.bincount(offer[best], demand, len(supply))
    flow = np.zeros(len(value))
    flow[best] = demand * np.minimum(1.0, supply / np.maximum(asked, 1))[offer[best]]
    return flow
