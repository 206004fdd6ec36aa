"""Random goods markets through the pipeline against an independent model, tiny ones against brute force."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest

from builders import market as build
from feasible import awards_follow
from fourflow.book import Market
from fourflow.pipeline import clear_market
from fourflow.problem import Status
from independent import welfare
from random_markets import FEATURES, random_market

BLOCKS, BLOCK = 8, 25


@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_markets_reach_the_best_welfare_with_a_proof(block: int) -> None:
    """Every market's certified objective is the independent optimum, and its awards keep every limit."""
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        market, features = random_market(seed)
        cleared = clear_market(market, gap=1e-6)
        certificate = cleared.certificate
        where = f"seed {seed}, {sorted(features)}"
        assert certificate.status == Status.OPTIMAL_WITHIN_GAP, where
        assert certificate.max_violation == 0, where
        assert float(certificate.objective) == pytest.approx(welfare(market), rel=2e-6, abs=1e-4), where
        awards_follow(cleared, where)


def test_the_random_markets_carry_every_feature() -> None:
    """Each feature is carried by at least 30 of the 200 markets."""
    counts = Counter(feature for seed in range(BLOCKS * BLOCK) for feature in random_market(seed)[1])
    assert min(counts[feature] for feature in FEATURES) >= 30


@pytest.mark.parametrize("seed", range(40))
def test_tiny_markets_match_brute_force(seed: int) -> None:
    """Two offers, two or three needs, free roads: the best of all whole-number awards is reached."""
    market = _tiny(seed)
    assert float(clear_market(market, gap=1e-6).certificate.objective) == pytest.approx(_brute_force(market))


def _tiny(seed: int) -> Market:
    """Offers and needs of at most three units among three places, lanes without capacity."""
    rng = np.random.default_rng(seed)
    places = ["a", "b", "c"]

    def listings(prefix: str, count: int, most: int) -> list[dict[str, object]]:
        return [
            {
                "id": f"{prefix}{i}",
                "at": places[rng.integers(3)],
                "quantity": int(rng.integers(1, 4)),
                "price": int(rng.integers(0, most)),
            }
            for i in range(count)
        ]

    offers, needs = listings("o", 2, 4), listings("n", int(rng.integers(2, 4)), 9)
    lanes = [
        {"start": a, "end": b, "cost": int(rng.integers(0, 4))} for a, b in product(places, places) if a != b
    ]
    return build(offers, needs, lanes)


def _brute_force(market: Market) -> float:
    """The best total over every way to award whole units, each pair by its cheapest route."""
    count = len(market.places)
    cost = np.full((count, count), np.inf)
    np.fill_diagonal(cost, 0)
    lanes = market.lanes
    cost[lanes.from_place, lanes.to_place] = lanes.cost_per_t / 1e6
    for k in range(count):
        cost = np.minimum(cost, cost[:, k : k + 1] + cost[k : k + 1, :])
    offers, needs = market.offers, market.needs
    supply, demand = offers.quantity // 10**6, needs.quantity // 10**6
    pairs = list(product(range(len(offers)), range(len(needs))))
    gain = [
        needs.limit_price[n] / 1e6 - offers.limit_price[o] / 1e6 - cost[offers.place[o], needs.place[n]]
        for o, n in pairs
    ]
    best = 0.0
    for units in product(*(range(int(min(supply[o], demand[n])) + 1) for o, n in pairs)):
        given, got = np.zeros(len(offers)), np.zeros(len(needs))
        for (o, n), unit in zip(pairs, units, strict=True):
            given[o] += unit
            got[n] += unit
        if (given <= supply).all() and (got <= demand).all():
            best = max(best, sum(g * u for g, u in zip(gain, units, strict=True)))
    return best
