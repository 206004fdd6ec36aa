"""Random goods markets through the pipeline against an independent model, tiny ones against brute force."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest

from book_tables import book
from builders import market as build
from fourflow.book import Market
from fourflow.clearing import Cleared
from fourflow.pipeline import clear, clear_market
from fourflow.problem import Status
from independent import welfare
from random_markets import FEATURES, random_market, random_spec

BLOCKS, BLOCK = 8, 25
BOOK_FEATURES = tuple(feature for feature in FEATURES if feature != "trips")
"""Listed lanes have no trips in a book; the modes that have are tested with the book."""


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
        _assert_awards_follow(cleared, where)


def clears_to_the_best(seed: int, features: frozenset[str]) -> None:
    """Write the random market as a book, clear the book, and compare with the model of the market itself."""
    said, _ = random_spec(seed, features)
    clearing = clear(book(said, seed), gap=1e-6)
    where = f"seed {seed}, {sorted(features)}"
    certificate = clearing.certificate
    assert certificate.status == Status.OPTIMAL_WITHIN_GAP or certificate.is_settled, where
    assert float(certificate.objective) == pytest.approx(welfare(build(**said)), rel=2e-6, abs=1e-4), where
    assert all(check.holds for check in clearing.story.checks), where
    _assert_awards_follow(clearing.story.cleared, where)


@pytest.mark.parametrize("block", range(13))
def test_random_books_reach_the_best_welfare_with_a_proof(block: int) -> None:
    """325 books in other units and orders: the certified objective is the independent optimum."""
    for seed in range(5000 + 25 * block, 5025 + 25 * block):
        clears_to_the_best(seed, random_spec(seed)[1] - {"trips"})


def test_the_random_books_carry_every_feature() -> None:
    """Each feature is carried by at least 50 of the 325 books."""
    counts = Counter(feature for seed in range(5000, 5325) for feature in random_spec(seed)[1] - {"trips"})
    assert min(counts[feature] for feature in BOOK_FEATURES) >= 50


@pytest.mark.long
@pytest.mark.parametrize("feature", BOOK_FEATURES)
def test_three_hundred_books_of_each_feature_reach_the_best_welfare(feature: str) -> None:
    """300 books that carry this feature, beside whatever else they drew."""
    for seed in range(300):
        clears_to_the_best(100_000 + seed, (random_spec(100_000 + seed)[1] | {feature}) - {"trips"})


def test_the_random_markets_carry_every_feature() -> None:
    """Each feature is carried by at least 30 of the 200 markets."""
    counts = Counter(feature for seed in range(BLOCKS * BLOCK) for feature in random_market(seed)[1])
    assert min(counts[feature] for feature in FEATURES) >= 30


@pytest.mark.parametrize("seed", range(40))
def test_tiny_markets_match_brute_force(seed: int) -> None:
    """Two offers, two or three needs, free roads: the best of all whole-number awards is reached."""
    market = _tiny(seed)
    assert float(clear_market(market, gap=1e-6).certificate.objective) == pytest.approx(_brute_force(market))


def _assert_awards_follow(cleared: Cleared, where: str) -> None:
    """Awards add up to what flows, none goes to its own giver, and none takes what it may not."""
    market, awards, allocation = cleared.allocation.market, cleared.awards, cleared.allocation
    given, got = np.zeros(len(market.offers), np.int64), np.zeros(len(market.needs), np.int64)
    np.add.at(given, awards.offer, awards.quantity)
    np.add.at(got, awards.need, awards.quantity)
    assert given.tolist() == allocation.offered.tolist(), where
    assert got.tolist() == allocation.awarded.tolist(), where
    owner, taker = market.offers.participant[awards.offer], market.needs.participant[awards.need]
    assert not (owner == taker).any(), where
    assert (awards.quantity > 0).all(), where
    for offer, need in zip(awards.offer, awards.need, strict=True):
        assert market.offers.category[offer] in market.needs.categories[int(need)], where


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
