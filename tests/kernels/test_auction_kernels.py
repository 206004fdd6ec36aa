"""The auction's kernels against the auction as one would play it at a table."""

from __future__ import annotations

import numpy as np
import pytest

from fourflow.engines.kernels import by_item, forward, pack, reverse, take_stock
from fourflow.engines.kernels._auction_slow import slow_forward, slow_reverse

BITS = 12
RUNNING = np.zeros(1, np.int64)


def draw(seed: int, bidders: int, items: int, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of skewed length, some empty; values from below 0 to `most`, many alike where it is small."""
    rng = np.random.default_rng(seed)
    degree = np.minimum(rng.geometric(0.3, bidders) - 1, 40)
    start = np.concatenate([[0], np.cumsum(degree)]).astype(np.int64)
    item = rng.integers(0, items, start[-1]).astype(np.uint32)
    return start, item, rng.integers(-most // 4, most + 1, start[-1])


def packed(item: np.ndarray, value: np.ndarray) -> np.ndarray:
    words = np.zeros(len(item), np.int64)
    pack(0, len(item), item, value, 0, 0, BITS, words)
    return words


def wishes(start: np.ndarray, item: np.ndarray, value: np.ndarray) -> list[list[tuple[int, int]]]:
    pairs = list(zip(item.tolist(), value.tolist(), strict=True))
    return [pairs[a:b] for a, b in zip(start.tolist(), start[1:].tolist(), strict=False)]


@pytest.mark.parametrize("size", [0, 1, 2, 41, 401, 1271])
@pytest.mark.parametrize("most", [1, 20, 10**6])
@pytest.mark.parametrize("eps", [1, 7])
@pytest.mark.parametrize("hurry", [0.0, 0.3])
def test_forward_bids_as_at_a_table(size: int, most: int, eps: int, hurry: float) -> None:
    """Same bids in the same order: the same price and holder of every item."""
    items = max(size - 3, 1)
    start, item, value = draw(size + most, size, items, most)
    word = np.zeros(items, np.int64)
    forward(
        start, packed(item, value), word, BITS, eps, hurry, np.arange(size, dtype=np.uint32), False, 10**9,
        np.zeros(1, np.int64), RUNNING,
    )  # fmt: skip
    price, holder = slow_forward(wishes(start, item, value), items, eps, hurry)
    assert (word >> BITS).tolist() == price
    holders = ((word & (2**BITS - 1)) - 1).tolist()
    assert [None if h < 0 else h for h in holders] == holder


@pytest.mark.parametrize("seed", range(12))
def test_reverse_courts_as_at_a_table(seed: int) -> None:
    """From prices of an auction that began too high: same prices, holdings and profits."""
    eps, items, bidders = 3, 60, 50
    start, item, value = draw(seed, bidders, items, 100)
    rng = np.random.default_rng(seed)
    high = rng.integers(0, 60, items)
    word = high << BITS
    forward(
        start, packed(item, value), word, BITS, eps, 0.0, np.arange(bidders, dtype=np.uint32), False, 10**9,
        np.zeros(1, np.int64), RUNNING,
    )  # fmt: skip
    price, holder = word >> BITS, (word & (2**BITS - 1)) - 1
    held = np.full(bidders, -1, np.int64)
    held[holder[holder >= 0]] = np.flatnonzero(holder >= 0)
    words = packed(item, value)
    chosen, profit, most = (np.zeros(bidders, np.int64) for _ in range(3))
    take_stock(0, bidders, start, words, BITS, 0, price, held, chosen, profit, most)
    pairs = zip(chosen.tolist(), held.tolist(), strict=True)
    assert profit.tolist() == [value[a] - price[j] if j >= 0 else 0 for a, j in pairs]
    rows = wishes(start, item, value)
    assert most.tolist() == [max([0, *(v - price[j] for j, v in row)]) for row in rows]
    by_items = np.concatenate([[0], np.cumsum(np.bincount(item, minlength=items))])
    columns, place = np.empty_like(words), by_items.copy()
    by_item(start, words, BITS, place, columns)
    courted = wishes(by_items, columns & (2**BITS - 1), columns >> BITS)
    slow = (price.tolist(), [None if h < 0 else h for h in held.tolist()], profit.tolist())
    slow_reverse(courted, *slow, eps)
    unsold = np.flatnonzero((holder < 0) & (price > 0))
    reverse(by_items, columns, BITS, price, held, profit, eps, unsold, 10**9, RUNNING)
    assert price.tolist() == slow[0]
    assert [None if h < 0 else h for h in held.tolist()] == slow[1]
    assert profit.tolist() == slow[2]


def test_a_stopped_auction_leaves_prices_that_hold() -> None:
    """A stop flag that is up: nobody bids."""
    start, item, value = draw(1, 20, 20, 100)
    word = np.zeros(20, np.int64)
    ring = np.arange(20, dtype=np.uint32)
    halted, idle = np.ones(1, np.int64), np.zeros(1, np.int64)
    done = forward(start, packed(item, value), word, BITS, 1, 0.0, ring, False, 10**9, idle, halted)
    assert done == (0, 0, 20)
    assert not word.any()


def test_who_is_idle_ends_the_work_of_others_while_there_is_much_of_it() -> None:
    """With 1,271 bidders and somebody idle nobody bids; with 41 all do, since sharing them would not pay."""
    for size, bids in ((1271, 0), (41, 41)):
        start, item = np.arange(size + 1), np.arange(size, dtype=np.uint32)
        word, idle = np.zeros(size, np.int64), np.ones(1, np.int64)
        ring, value = np.arange(size, dtype=np.uint32), np.full(size, 5)
        done, first, waiting = forward(
            start, packed(item, value), word, BITS, 1, 0.0, ring, True, 10**9, idle, RUNNING
        )
        assert (done, first, waiting) == (bids, 0, size - bids)
