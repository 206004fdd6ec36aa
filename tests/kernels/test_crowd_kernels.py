"""The crowd's kernels against their slow versions."""

from __future__ import annotations

import numpy as np
import pytest

from fourflow.engines.kernels import bid_in_crowd, newton_step, smooth_demand
from fourflow.engines.kernels._crowd_slow import slow_crowd, slow_demand

RUNNING = np.zeros(1, np.int64)
NOT_FOR_SALE = 2**50


def draw(seed: int, bidders: int, items: int, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of skewed length, some empty, no item twice in a row."""
    rng = np.random.default_rng(seed)
    degree = np.minimum(rng.geometric(0.3, bidders) - 1, items)
    start = np.concatenate([[0], np.cumsum(degree)]).astype(np.int64)
    item = [rng.permutation(items)[:d] for d in degree]
    value = rng.integers(0, most + 1, start[-1])
    return start, np.concatenate([*item, []]).astype(np.uint32), value


def wishes(start: np.ndarray, item: np.ndarray, value: np.ndarray) -> list[list[tuple[int, int]]]:
    pairs = list(zip(item.tolist(), value.tolist(), strict=True))
    return [pairs[a:b] for a, b in zip(start.tolist(), start[1:].tolist(), strict=False)]


@pytest.mark.parametrize("size", [0, 1, 2, 41, 401])
@pytest.mark.parametrize("most", [1, 20, 10**12])
@pytest.mark.parametrize("eps", [1, 7])
def test_a_crowd_bids_as_at_a_table(size: int, most: int, eps: int) -> None:
    """Items with room for 0 to 30, prices to begin with: the same prices, and bids in the same places.

    Where bids are tied any of the lowest may give way: then nobody gains more than eps elsewhere.
    """
    items = 12
    start, item, value = draw(size + most, size, items, most)
    rng = np.random.default_rng(size)
    room, began = rng.integers(0, 31, items), rng.integers(0, most + 1, items)
    price = np.where(room > 0, began, NOT_FOR_SALE)
    slot = np.concatenate([[0], np.cumsum(room)])
    held, key = np.zeros(items, np.int64), np.zeros(slot[-1], np.int64)
    who, chosen = np.zeros(slot[-1], np.uint32), np.full(size, -1, np.int64)
    bid_in_crowd(
        start, item, value, 0, 0, price, room, slot, held, key, who, chosen, eps,
        np.arange(size, dtype=np.uint32), 10**9, RUNNING,
    )  # fmt: skip
    for bidder, wish in enumerate(wishes(start, item, value)):
        mine = int(value[chosen[bidder]] - price[item[chosen[bidder]]]) if chosen[bidder] >= 0 else 0
        assert mine >= max([0, *(worth - int(price[j]) for j, worth in wish)]) - eps
    assert (chosen >= 0).sum() == held.sum()
    if most < 10**12:
        return
    slowly = began.tolist()
    bids = slow_crowd(wishes(start, item, value), slowly, room.tolist(), eps)
    assert np.where(room > 0, price, began).tolist() == slowly
    for j in range(items):
        there = slice(slot[j], slot[j] + held[j])
        assert sorted(zip(key[there].tolist(), who[there].tolist(), strict=True)) == sorted(bids[j])
        assert (item[chosen[who[there]]] == j).all()


@pytest.mark.parametrize("seed", range(8))
def test_demand_is_smoothed_as_by_hand(seed: int) -> None:
    """Shares of the undecided, bound and smoothed bound; every second bidder counts twice."""
    items, bidders = 9, 60
    start, item, value = draw(seed, bidders, items, 10**4)
    rng = np.random.default_rng(seed)
    quantity, price = rng.integers(0, 4, bidders), rng.integers(0, 9000, items)
    demand = np.zeros(items + 1)
    one, other, weight = np.zeros(bidders, np.uint32), np.zeros(bidders, np.uint32), np.zeros(bidders)
    bound, smoothed, _ = smooth_demand(
        0, bidders, 2, start, item, value, 0, 0, quantity, price, 0, 1500, demand, one, other, weight
    )
    twice = np.where(np.arange(bidders) % 2 == 0, 2 * quantity, 0)
    expected = slow_demand(wishes(start, item, value), twice.tolist(), price.tolist(), 1500)
    assert demand == pytest.approx(expected[0])
    assert (bound, smoothed) == pytest.approx(expected[1:])


@pytest.mark.parametrize("seed", range(5))
def test_a_newton_step_solves_its_equations(seed: int) -> None:
    """Against a dense solver, on what is free to move."""
    rng = np.random.default_rng(seed)
    size, edges = 12, np.array([20, 17])
    one, other = rng.integers(0, size, (2, 2, 20)).astype(np.uint32)
    weight, damping, excess = rng.random((2, 20)), rng.random(size), rng.normal(size=size)
    free = rng.random(size) < 0.8
    matrix = np.diag(damping)
    for part, count in enumerate(edges):
        for e in range(count):
            towards = np.zeros(size)
            towards[one[part, e]] += 1
            towards[other[part, e]] -= 1
            matrix += weight[part, e] * np.outer(towards, towards)
    x = newton_step(excess, free, damping, one, other, weight, edges, 200, 1e-12)
    assert not x[~free].any()
    assert x[free] == pytest.approx(np.linalg.solve(matrix[np.ix_(free, free)], excess[free]))
