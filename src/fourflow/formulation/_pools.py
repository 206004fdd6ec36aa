"""Pools: offers of classes with those of their needs whose costs fall on the same purse."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fourflow.book import CAPITAL, Market
from fourflow.formulation._amounts import is_funded
from fourflow.formulation._layout import RowKind
from fourflow.matching import Matching, Measure, measures
from fourflow.problem import INF

I64 = NDArray[np.int64]
ROOM = INF - 1 - 10**6
"""The most that a pool counts with: a cap one unit above it is still a number."""


@dataclass
class Pool:
    """One pool while it is being written.

    sponsor : who bears what its needs do not pay, -1; project : the project whose money buys, -1;
    term_months : that of its loans, else 0; supply : the most that can flow through it;
    hub[place, period] : node, -1 none, with ANYWHERE as the last place.
    """

    index: int
    klass: int
    sponsor: int
    project: int
    term_months: int
    category: int
    kind: int
    single: bool
    needs: I64
    lot: int
    offers: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    supply: int = 0
    hub: I64 = field(default_factory=lambda: np.zeros((0, 0), np.int64))


def list_pools(market: Market, matching: Matching, supply: I64, demand: I64) -> list[Pool]:
    """The pools of every class, in the order of classes and of sponsor, project, term and rule bits.

    Classes that serve the same needs at the cost of one purse share a pool: whom else they may serve does
    not matter there, and projects with money of their own would have a small network for every class.
    """
    order = np.argsort(matching.offer_class, kind="stable")
    starts = np.searchsorted(matching.offer_class[order], np.arange(matching.num_classes + 1))
    labels = _Labels(market, matching)
    shared: dict[tuple[object, ...], tuple[Pool, list[I64]]] = {}
    for klass in range(matching.num_classes):
        needs = matching.class_needs[klass].astype(np.int64)
        offers = order[starts[klass] : starts[klass + 1]]
        offers = offers[supply[offers] > 0]
        if not len(offers) or not len(needs):
            continue
        alike = labels.of_class(klass, offers)
        keys, of_need = np.unique(labels.of_needs(klass, offers, needs), axis=0, return_inverse=True)
        for number, key in enumerate(keys.tolist()):
            chosen = needs[of_need.ravel() == number]
            meaning = (*alike, *key, chosen.tobytes())
            if meaning not in shared:
                shared[meaning] = (_pool(market, matching, len(shared), klass, key, chosen), [])
            shared[meaning][1].append(offers)
    pools = []
    for pool, parts in shared.values():
        pool.offers = np.sort(np.concatenate(parts))
        pool.supply = _most(supply[pool.offers], demand[pool.needs])
        pools.append(pool)
    return pools


def by_purse(pools: list[Pool]) -> dict[tuple[RowKind, int], list[Pool]]:
    """The pools by who bears their costs: a sponsor's budget, a project's own money and capital, or (-1) the
    needs themselves."""
    found: dict[tuple[RowKind, int], list[Pool]] = {}
    for pool in sorted(pools, key=lambda pool: (pool.sponsor, pool.project)):
        payer = (RowKind.FUNDING, pool.project) if pool.project >= 0 else (RowKind.BUDGET, pool.sponsor)
        found.setdefault(payer, []).append(pool)
    return found


def unaided(market: Market, pools: list[Pool]) -> dict[int, list[Pool]]:
    """The pools without a sponsor of each offer with a least quantity that sponsors may want to be filled."""
    asked = [pool for pool in pools if pool.single and market.offers.min_quantity[pool.offers[0]] > 0]
    wanted = {int(pool.offers[0]) for pool in asked if pool.sponsor >= 0}
    found: dict[int, list[Pool]] = {}
    for pool in asked:
        if pool.sponsor < 0 and int(pool.offers[0]) in wanted:
            found.setdefault(int(pool.offers[0]), []).append(pool)
    return found


def _pool(market: Market, matching: Matching, index: int, klass: int, key: list[int], needs: I64) -> Pool:
    category = int(matching.class_category[klass])
    return Pool(
        index=index,
        klass=klass,
        sponsor=key[0],
        project=key[1],
        term_months=key[2],
        category=category,
        kind=int(market.categories.kind[category]),
        single=bool(matching.class_single[klass]),
        needs=needs,
        lot=int(market.categories.step[category]),
    )


def _most(supply: I64, demand: I64) -> int:
    """The most that can flow; what is non-rival has no supply to count, so no more than is asked for."""
    counted = demand if (supply == INF).any() else supply
    return int(min(counted.sum(dtype=object), ROOM))


class _Labels:
    """What keeps classes, and needs of one class, in pools apart."""

    def __init__(self, market: Market, matching: Matching) -> None:
        self.market, self.matching = market, matching
        needs = market.needs
        funded = np.append(is_funded(market), False)[needs.project]
        self.project = np.where(funded, needs.project, -1)
        parts = [part for _, *both in measures(market) for part in both if part]
        self.over_lanes: list[Measure] = [part for part in parts if part.splits_needs]
        self.told_apart = [part for part in parts if part.splits_needs or part.splits_offers]

    def of_class(self, klass: int, offers: I64) -> tuple[int, ...]:
        """What classes that share a pool have in common, beside the needs: the category, until when it keeps,
        and whether rules name it. An offer about which something is decided as a whole stays alone."""
        matching = self.matching
        category = int(matching.class_category[klass])
        alone = klass if matching.class_single[klass] else -1
        keeps = int(matching.class_until_day[klass]), int(matching.class_use_by_day[klass])
        named = (bool(part.categories[category] and part.offers[offers].any()) for part in self.told_apart)
        return category, alone, *keeps, *named

    def of_needs(self, klass: int, offers: I64, needs: I64) -> I64:
        """int64[len(needs), ...] : sponsor, project, term_months, and a bit for each rule."""
        market, category = self.market, int(self.matching.class_category[klass])
        capital = market.categories.kind[category] == CAPITAL
        bits = [
            part.needs[needs] & part.categories[category] & part.offers[offers].any()
            for part in self.over_lanes
        ]
        project = self.project[needs] if not capital else np.full(len(needs), -1)
        term = market.needs.term_months[needs] if capital else np.zeros(len(needs))
        return np.stack([market.needs.sponsor[needs], project, term, *bits], axis=1).astype(np.int64)
