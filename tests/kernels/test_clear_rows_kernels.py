"""Bids for rows and the prices at which rows clear, beside their slow, obvious versions."""

from __future__ import annotations

import numpy as np
import pytest

from fourflow.engines.kernels import bids_for_rows, clear_rows, clearing_price, sort_by_row
from fourflow.engines.kernels._clear_rows_slow import slow_bid, slow_clearing_price


@pytest.mark.parametrize("seed", range(40))
def test_a_row_clears_at_the_first_price_above_which_bids_fit(seed: int) -> None:
    """Ties, bids below zero, loads of nothing, limits of nothing and without end."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(0, 60))
    bid = rng.integers(-3, 9, count) / 4 if seed % 2 else rng.normal(1, 1, count)
    load = rng.integers(0, 5, count).astype(float)
    for limit in (0.0, 1.0, float(load.sum()), float(rng.integers(0, 100)), np.inf):
        told = slow_clearing_price(bid.tolist(), load.tolist(), limit)
        assert clearing_price(bid.copy(), load.copy(), limit) == told


@pytest.mark.parametrize("order", ["up", "down", "organ pipe", "alike"])
def test_no_order_of_bids_makes_it_slow(order: str) -> None:
    """200,000 bids in the orders that a pivot from the ends or the middle would take for ever with."""
    up = np.arange(200_000.0)
    bid = {"up": up, "down": up[::-1], "organ pipe": np.minimum(up, up[::-1]), "alike": up * 0 + 3}[order]
    price = clearing_price(bid.copy(), np.ones(len(bid)), 100_000.0)
    assert price == np.sort(bid)[::-1][100_000]


@pytest.mark.parametrize("seed", range(20))
def test_an_arc_bids_what_it_is_worth_above_the_takers_best_other(seed: int) -> None:
    """Takers with none to six arcs, two arcs in one row, values tied or below zero; rows stay apart."""
    rng = np.random.default_rng(seed)
    start = np.concatenate([[0], np.cumsum(rng.integers(0, 7, 12))])
    arcs = int(start[-1])
    row, use = rng.integers(0, 5, arcs).astype(np.uint32), rng.uniform(0.1, 1, arcs)
    worth, price = rng.integers(-2, 5, arcs) / 4, rng.choice([0.0, 0.25, 1.0], 5)
    by_row = np.argsort(row, kind="stable")
    place, bid = np.empty(arcs, np.uint32), np.full(arcs, np.nan)
    place[by_row] = np.arange(arcs)
    for begin, end in ((0, 5), (5, 12)):
        bids_for_rows(begin, end, start, row, use, worth, price, place, bid)
    for i in range(12):
        span = slice(start[i], start[i + 1])
        mine = worth[span].tolist(), use[span].tolist(), row[span].tolist()
        for p in range(start[i + 1] - start[i]):
            assert bid[place[start[i] + p]] == pytest.approx(slow_bid(*mine, price.tolist(), p))
    ends, load = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=5))]), rng.uniform(0, 1, arcs)
    limit, found = rng.uniform(0, 2, 5), np.full(5, np.nan)
    told = [
        slow_clearing_price(bid[a:b].tolist(), load[a:b].tolist(), c)
        for a, b, c in zip(ends[:-1], ends[1:], limit, strict=True)
    ]
    clear_rows(0, 3, ends, bid, load, limit, found)
    clear_rows(3, 5, ends, bid, load, limit, found)
    assert found.tolist() == told


@pytest.mark.parametrize("seed", range(10))
def test_arcs_stand_row_by_row_in_their_order(seed: int) -> None:
    """As a stable sort by row has them, each with what its taker's demand uses."""
    rng = np.random.default_rng(seed)
    arcs, rows = int(rng.integers(1, 60)), 6
    row, taker = rng.integers(0, rows, arcs).astype(np.uint32), rng.integers(0, 4, arcs)
    use, demand = rng.uniform(0.1, 1, arcs), rng.integers(0, 5, 4).astype(float)
    at = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=rows))])[:-1]
    place, load = np.empty(arcs, np.uint32), np.empty(arcs)
    sort_by_row(row, use, taker, demand, at, place, load)
    order = np.argsort(row, kind="stable")
    assert (place[order] == np.arange(arcs)).all()
    assert (load == (use * demand[taker])[order]).all()
