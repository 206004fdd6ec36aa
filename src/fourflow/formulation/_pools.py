"""Pools: a class of interchangeable offers with those of its needs whose costs fall on the same purse."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fourflow.book import CAPITAL, Market
from fourflow.formulation._amounts import is_funded
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
    offers: I64
    needs: I64
    supply: int
    lot: int
    hub: I64 = field(default_factory=lambda: np.zeros((0, 0), np.int64))


def list_pools(market: Market, matching: Matching, supply: I64, demand: I64) -> list[Pool]:
    """The pools of every class, in the order of classes and of sponsor, project, term and rule bits."""
    order = np.argsort(matching.offer_class, kind="stable")
    starts = np.searchsorted(matching.offer_class[order], np.arange(matching.num_classes + 1))
    labels = _Labels(market)
    step = market.categories.step
    pools: list[Pool] = []
    for klass in range(matching.num_classes):
        needs = matching.class_needs[klass].astype(np.int64)
        offers = order[starts[klass] : starts[klass + 1]]
        offers = offers[supply[offers] > 0]
        category = int(matching.class_category[klass])
        if not len(offers) or not len(needs):
            continue
        keys, of_need = np.unique(labels.of(category, offers, needs), axis=0, return_inverse=True)
        for number, key in enumerate(keys.tolist()):
            chosen = needs[of_need.ravel() == number]
            most = min(supply[offers].sum(dtype=object), ROOM)
            if (supply[offers] == INF).any():  # non-rival: no more than is asked for
                most = min(demand[chosen].sum(dtype=object), ROOM)
            pools.append(
                Pool(
                    index=len(pools),
                    klass=klass,
                    sponsor=key[0],
                    project=key[1],
                    term_months=key[2],
                    category=category,
                    kind=int(market.categories.kind[category]),
                    single=bool(matching.class_single[klass]),
                    offers=offers,
                    needs=chosen,
                    supply=int(most),
                    lot=int(step[category]),
                )
            )
    return pools


class _Labels:
    """What keeps needs of one class in pools apart: sponsor, project, term, and rules over lanes."""

    def __init__(self, market: Market) -> None:
        self.market = market
        needs = market.needs
        funded = np.append(is_funded(market), False)[needs.project]
        self.project = np.where(funded, needs.project, -1)
        self.over_lanes: list[Measure] = [
            part for _, *both in measures(market) for part in both if part and part.splits_needs
        ]

    def of(self, category: int, offers: I64, needs: I64) -> I64:
        """int64[len(needs), ...] : sponsor, project, term_months, and a bit for each rule."""
        market = self.market
        capital = market.categories.kind[category] == CAPITAL
        bits = [
            part.needs[needs] & part.categories[category] & part.offers[offers].any()
            for part in self.over_lanes
        ]
        project = self.project[needs] if not capital else np.full(len(needs), -1)
        term = market.needs.term_months[needs] if capital else np.zeros(len(needs))
        return np.stack([market.needs.sponsor[needs], project, term, *bits], axis=1).astype(np.int64)
