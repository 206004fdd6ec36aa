"""Seeded goods markets as arrays: listings pooled at places, and lanes whose capacity all goods share.

    places    1,000 at random in a square of 600 km, each with lanes to its eight nearest: 8,000 lanes
    goods     20, each offered around a centre of its own and needed around another, so that goods travel
    offers    100,000 and as many needs, of 100 to 4,999 kg; asks U(0.30, 0.90), bids U(0.50, 1.20) a kg
    lanes     cost 5 + km U(0.15, 0.35) a tonne; capacity `TIGHT_T` x LogN(0, 1) tonnes for all goods together

Every good is a network of its own: a hub for each place, an arc from each offer and to each need, an arc
for each lane. The goods meet in one coupling row a lane.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from fourflow.problem import INF, ClearingProblem, Scales, Sparse

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
SIDE_KM = 600.0
TIGHT_T = 30.0
"""Median capacity of a lane for 100,000 offers at 1,000 places; found by trying."""
MICRO = 1_000_000
"""Values are in millionths of money a kilogram."""


@dataclass(frozen=True)
class Size:
    """How large a market is drawn; capacity goes with the listings a place has."""

    listings: int = 100_000
    places: int = 1000
    neighbours: int = 8
    goods: int = 20

    @property
    def tight_kg(self) -> float:
        return TIGHT_T * 1000 * (self.listings / 100_000) * (1000 / self.places) ** 0.5


def lane_market(size: Size, seed: int = 1) -> ClearingProblem:
    """The market as a problem: hubs (good by good), then offers, then needs; arcs of both, then of lanes."""
    random = np.random.default_rng(seed)
    x, y = random.uniform(0, SIDE_KM, (2, size.places))
    tail, head, cost, capacity = _lanes(random, np.stack([x, y], axis=1), size)
    offer_hub, supply, ask = _listings(random, x, y, size, 0.30, 0.90)
    need_hub, demand, bid = _listings(random, x, y, size, 0.50, 1.20)
    hubs, listings, num_lanes = size.goods * size.places, size.listings, len(tail)
    shift = size.places * np.repeat(np.arange(size.goods), num_lanes)
    offers, needs = hubs + np.arange(listings), hubs + listings + np.arange(listings)
    all_there_is = np.bincount(offer_hub // size.places, supply, size.goods).astype(np.int64)
    none, zeros = np.full(2 * listings, INF), np.zeros(listings, np.int64)
    first = 2 * listings
    entries = first + num_lanes * np.arange(size.goods) + np.arange(num_lanes)[:, None]
    return ClearingProblem(
        tail=np.concatenate([offers, need_hub, shift + np.tile(tail, size.goods)]).astype(np.uint32),
        head=np.concatenate([offer_hub, needs, shift + np.tile(head, size.goods)]).astype(np.uint32),
        value=np.concatenate([-ask, bid, -np.tile(cost, size.goods)]),
        capacity=np.concatenate([none, np.repeat(all_there_is, num_lanes)]),
        node_lower=np.concatenate([np.zeros(hubs, np.int64), -supply, zeros]),
        node_upper=np.concatenate([np.zeros(hubs, np.int64), zeros, demand]),
        coupling=Sparse(
            size.goods * np.arange(num_lanes + 1),
            entries.ravel().astype(np.uint32),
            np.ones(entries.size, np.int64),
        ),
        coupling_lower=np.full(num_lanes, -INF),
        coupling_upper=capacity,
        scales=Scales(value=Fraction(1, MICRO)),
    )


def full_lanes(problem: ClearingProblem, flow: I64) -> tuple[int, int]:
    """How many lanes carry something, and how many of those carry all they can (to a part in a million)."""
    carried = np.bincount(problem.coupling.row_of_entry(), flow[problem.coupling.index], problem.num_coupling)
    used = carried > 0
    return int(used.sum()), int((used & (carried >= problem.coupling_upper * (1 - 1e-6))).sum())


def _lanes(random: Generator, place: F64, size: Size) -> tuple[I64, I64, I64, I64]:
    """tail, head, cost a kilogram, capacity in kilograms of every lane."""
    _, near = cKDTree(place).query(place, k=size.neighbours + 1)
    tail, head = np.repeat(np.arange(size.places), size.neighbours), near[:, 1:].ravel()
    km = np.linalg.norm(place[tail] - place[head], axis=1) * random.uniform(1.2, 1.5, len(tail))
    cost = (5 + km * random.uniform(0.15, 0.35, len(tail))) / 1000
    capacity = size.tight_kg * random.lognormal(0, 1, len(tail))
    return tail, head, np.rint(cost * MICRO).astype(np.int64), np.rint(capacity).astype(np.int64)


def _listings(random: Generator, x: F64, y: F64, size: Size, low: float, high: float) -> tuple[I64, I64, I64]:
    """hub, quantity in kilograms and price of one side's listings, dense around each good's own centre."""
    good = random.integers(0, size.goods, size.listings)
    place = np.empty(size.listings, np.int64)
    for g in range(size.goods):
        a, b = random.uniform(0, SIDE_KM, 2)
        weight = random.lognormal(0, 0.5, size.places) * np.exp(-np.hypot(x - a, y - b) / 250)
        place[good == g] = random.choice(size.places, np.sum(good == g), p=weight / weight.sum())
    price = np.rint(random.uniform(low, high, size.listings) * MICRO).astype(np.int64)
    return good * size.places + place, random.integers(100, 5000, size.listings), price
