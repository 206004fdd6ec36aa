"""A problem while it is being written: the market's amounts, its pools, and the columns and rows so far."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fourflow.book import Market
from fourflow.formulation._amounts import effective_value, left_over, pays, usable
from fourflow.formulation._columns import Columns, Rows
from fourflow.formulation._periods import Periods
from fourflow.formulation._pools import Pool, list_pools
from fourflow.matching import Matching, has_one_taker, is_switched, moves_at_once

I64 = NDArray[np.int64]
UNIT = 10**9
"""A coefficient of 1 in a coupling row."""


@dataclass
class Draft:
    """offer_at, need_at : node of each offer and need, -1 where it has none.

    supply, demand : what of each can be traded; left_over : what lines may get beyond it;
    value : what a unit counts for; pays : what it pays at most.
    served : the projects of which every line that asks for anything has a pool; the others cannot be carried
    out at any size.
    is_switched, has_one_taker, moves_at_once : bool[num_offers], as in `matching`.
    spending : sponsor -> arcs with what its budget is charged for a unit; funding : project -> likewise what
    it has to pay from its own money and the capital it gets; unaided : offer with a least quantity -> the
    trips that what it gives without a sponsor must be worth (all in billionths of money).
    """

    market: Market
    matching: Matching
    periods: Periods
    pools: list[Pool]
    supply: I64
    demand: I64
    left_over: I64
    value: I64
    pays: I64
    is_switched: NDArray[np.bool_]
    has_one_taker: NDArray[np.bool_]
    moves_at_once: NDArray[np.bool_]
    offer_at: I64
    need_at: I64
    served: list[int]
    columns: Columns = field(default_factory=Columns)
    rows: Rows = field(default_factory=Rows)
    spending: dict[int, list[tuple[I64, I64]]] = field(default_factory=dict)
    funding: dict[int, list[tuple[I64, I64]]] = field(default_factory=dict)
    unaided: dict[int, list[tuple[I64, I64]]] = field(default_factory=dict)

    @staticmethod
    def of(market: Market, matching: Matching) -> Draft:
        supply, demand = usable(market)
        pools = list_pools(market, matching, supply, demand)
        return Draft(
            market=market,
            matching=matching,
            periods=Periods.of(market),
            pools=pools,
            supply=supply,
            demand=demand,
            left_over=left_over(market),
            value=effective_value(market),
            pays=pays(market),
            is_switched=is_switched(market),
            has_one_taker=has_one_taker(market),
            moves_at_once=moves_at_once(market),
            offer_at=np.full(len(market.offers), -1, np.int64),
            need_at=np.full(len(market.needs), -1, np.int64),
            served=_served(market, pools),
        )

    def spend(self, pool: Pool, arcs: I64, money: I64) -> None:
        """Charge whoever bears the costs of a pool: its sponsor's budget, or its project's money."""
        if pool.sponsor >= 0:
            self.spending.setdefault(pool.sponsor, []).append((arcs, money))
        if pool.project >= 0:
            self.funding.setdefault(pool.project, []).append((arcs, money))


def _served(market: Market, pools: list[Pool]) -> list[int]:
    project = market.needs.project
    reached = np.zeros(len(project), np.bool_)
    for pool in pools:
        reached[pool.needs] = True
    lacking = project[(project >= 0) & (market.needs.quantity > 0) & ~reached]
    return [int(p) for p in np.setdiff1d(project[project >= 0], lacking)]


def least_asked(market: Market, pools: list[Pool]) -> I64:
    """The offers in pools in which somebody asks for a least quantity."""
    found = [pool.offers for pool in pools if (market.needs.min_quantity[pool.needs] > 0).any()]
    return np.unique(np.concatenate([*found, np.zeros(0, np.int64)]))


def joined(parts: list[tuple[I64, I64]]) -> tuple[I64, I64]:
    """(arcs, coefficients) of a row from its parts, by arc."""
    arcs = np.concatenate([part for part, _ in parts] or [np.zeros(0, np.int64)])
    coefficients = np.concatenate([part for _, part in parts] or [np.zeros(0, np.int64)])
    order = np.argsort(arcs, kind="stable")
    return arcs[order], coefficients[order]
