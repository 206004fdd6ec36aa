"""Seeded bipartite instances of any size: who could serve whom, and what one unit would be worth.

Every generator gives `Arrays`; the same arrays go to fourflow and to its peers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from fourflow.problem import ClearingProblem

I64 = NDArray[np.int64]
U32 = NDArray[np.uint32]
DEGREE = 10


@dataclass(frozen=True)
class Arrays:
    """supply : int64[num_offers]; demand : int64[num_needs]; offer, need : uint32[num_arcs], by need;
    value : int64[num_arcs], what one unit is worth (may be below 0)"""

    supply: I64
    demand: I64
    offer: U32
    need: U32
    value: I64

    def problem(self) -> ClearingProblem:
        return ClearingProblem.bipartite(self.supply, self.demand, self.offer, self.need, self.value)


def _ones(count: int) -> I64:
    return np.ones(count, np.int64)


def _needs(num_needs: int) -> U32:
    return np.repeat(np.arange(num_needs, dtype=np.uint32), DEGREE)


def uniform(num_needs: int, num_offers: int | None = None, seed: int = 1) -> Arrays:
    """One unit each, ten offers at random for every need, value 1 to 100,000."""
    random = np.random.default_rng(seed)
    num_offers = num_offers or num_needs
    offer = random.integers(0, num_offers, num_needs * DEGREE, dtype=np.uint32)
    value = random.integers(1, 100_001, num_needs * DEGREE)
    return Arrays(_ones(num_offers), _ones(num_needs), offer, _needs(num_needs), value)


def clustered(num_needs: int, num_offers: int | None = None, seed: int = 1) -> Arrays:
    """One unit each around n/2000 centres, the ten nearest offers: value U(50, 150) - ask U(0, 50)
    - 20 x distance / median distance, in thousandths."""
    random = np.random.default_rng(seed)
    num_offers = num_offers or num_needs
    centres = random.random((max(num_needs // 2000, 1), 2))
    place = [
        centres[random.integers(0, len(centres), n)] + random.normal(0, 0.01, (n, 2))
        for n in (num_offers, num_needs)
    ]
    distance, offer = cKDTree(place[0]).query(place[1], k=DEGREE)
    cost = 20 * distance / np.median(distance)
    worth, ask = random.uniform(50, 150, num_needs), random.uniform(0, 50, num_offers)
    value = np.rint(1000 * (worth[:, None] - ask[offer] - cost)).astype(np.int64)
    return Arrays(
        _ones(num_offers), _ones(num_needs), offer.ravel().astype(np.uint32), _needs(num_needs), value.ravel()
    )


def tied(num_needs: int, demand_share: float, seed: int = 1) -> Arrays:
    """As uniform with `demand_share` needs an offer and only 20 distinct values."""
    random = np.random.default_rng(seed)
    plain = uniform(num_needs, round(num_needs / demand_share), seed)
    value = 5000 * random.integers(1, 21, num_needs * DEGREE)
    return Arrays(plain.supply, plain.demand, plain.offer, plain.need, value)


def by_need_only(num_needs: int, demand_share: float, seed: int = 1) -> Arrays:
    """As uniform with `demand_share` needs an offer; a need values all its offers alike."""
    random = np.random.default_rng(seed)
    plain = uniform(num_needs, round(num_needs / demand_share), seed)
    value = np.repeat(random.integers(1, 100_001, num_needs), DEGREE)
    return Arrays(plain.supply, plain.demand, plain.offer, plain.need, value)


def quantities(plain: Arrays, seed: int = 1) -> Arrays:
    """The same arcs with supply and demand 1 to 100."""
    random = np.random.default_rng(seed + 100)
    supply = random.integers(1, 101, len(plain.supply))
    demand = random.integers(1, 101, len(plain.demand))
    return Arrays(supply, demand, plain.offer, plain.need, plain.value)


def b_matching(num_needs: int, num_offers: int, seed: int = 1) -> Arrays:
    """One unit a need, ten offers at random, value 1 to 10,000; supply ceil(0.8 n/m U(0.5, 1.5))."""
    random = np.random.default_rng(seed)
    offer = random.integers(0, num_offers, num_needs * DEGREE, dtype=np.uint32)
    value = random.integers(1, 10_001, num_needs * DEGREE)
    supply = np.ceil(0.8 * num_needs / num_offers * random.uniform(0.5, 1.5, num_offers)).astype(np.int64)
    return Arrays(supply, _ones(num_needs), offer, _needs(num_needs), value)
