"""The limits that cost most: full lanes, spent budgets, scarce goods, and what one more unit is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fourflow.book import MICRO
from fourflow.formulation import RowKind, project_value
from fourflow.problem import Duals
from fourflow.reasons import _phrases as say
from fourflow.reasons._graph import F64, FAR, TINY, WHOLE
from fourflow.reasons._short import short_lines
from fourflow.reasons._thresholds import Finder

SHOWN = 10


@dataclass(frozen=True)
class Bottleneck:
    """kind : "lane", "budget", "offer" (used up, while others of its kind are not), "goods" (nothing of the
    kind is left) or "project" (projects do not go ahead for want of it); ref : index of the lane, sponsor,
    offer, or category; name : in words;
    worth : money that one more `unit` would bring; exact : False if it may bring less (the price of the
    limit is one of several that support the result); at_stake : money, worth times what passes now.
    What projects want is worth a unit's share of the project that goes ahead once it has all, at most, and 0
    where each of them wants something else too; at stake is what these projects would be worth."""

    kind: str
    ref: int
    name: str
    worth: float
    unit: str
    exact: bool
    at_stake: float


def bottlenecks(finder: Finder, duals: Duals) -> tuple[Bottleneck, ...]:
    """The ten with most at stake, largest first. Lanes and budgets are valued by the dual of their row,
    goods by the residual graph: what one more unit would bring at the place where it would bring most."""
    found = [*_rows(finder, duals), *_goods(finder), *_for_projects(finder)]
    found.sort(key=lambda b: (-b.at_stake, b.kind, b.name))
    return tuple(found[:SHOWN])


def _rows(finder: Finder, duals: Duals) -> list[Bottleneck]:
    allocation = finder.situation.allocation
    layout, market, problem = allocation.layout, allocation.market, allocation.problem
    price = np.maximum(np.asarray(duals.row, np.float64) * float(duals.row_scale), 0.0).tolist()
    result = []
    for row in np.flatnonzero((duals.row > 0) & (finder.situation.slack < np.inf)).tolist():
        kind, ref = layout.row_kind[row], int(layout.row_ref[row])
        limit = float(problem.coupling_upper[row]) * float(problem.scales.limit)
        exact = bool(finder.pinned[row])
        if kind == RowKind.LANE_CAPACITY:
            ends = (market.lanes.from_place[ref], market.lanes.to_place[ref])
            name = " to ".join(_place(finder, end) for end in ends)
            result.append(Bottleneck("lane", ref, name, price[row], "t", exact, price[row] * limit))
        elif kind == RowKind.BUDGET:
            name = str(market.participants.name[ref] or market.participants.id[ref])
            result.append(
                Bottleneck("budget", ref, name, price[row], market.currency, exact, price[row] * limit)
            )
    return result


def _goods(finder: Finder) -> list[Bottleneck]:
    """What is used up and would bring more: a category of which nothing is left, else single offers."""
    s = finder.situation
    allocation, offers = s.allocation, s.allocation.market.offers
    rent = _rents(finder)
    paid = np.maximum(rent, 0.0) * allocation.offered / 1e6
    used = allocation.offered >= offers.quantity - np.maximum(
        TINY, allocation.market.categories.step[offers.category] - 1
    )
    left = np.unique(offers.category[~used])
    exact = ~finder.vague(False) & (not s.full.any())
    short = (paid > 0) & used
    result = [
        _offer(finder, i, float(rent[i]), float(paid[i]), bool(exact[i]))
        for i in np.flatnonzero(short & np.isin(offers.category, left)).tolist()
    ]
    whole = np.flatnonzero(short & ~np.isin(offers.category, left))
    for c in np.unique(offers.category[whole]).tolist():
        of_it = whole[offers.category[whole] == c]
        best = float(rent[of_it].max()), float(paid[of_it].sum()), bool(exact[of_it].all())
        result.append(_category(finder, c, *best))
    return result


def _for_projects(finder: Finder) -> list[Bottleneck]:
    """What projects that are not carried out in full have too little of, by what they accept."""
    allocation = finder.situation.allocation
    market, value = allocation.market, project_value(allocation.market)
    wanting: dict[tuple[int, ...], dict[int, int]] = {}
    lacking = {p: lines for p, lines in short_lines(allocation).items() if allocation.size[p] < WHOLE}
    for project, lines in lacking.items():
        for short in lines:
            accepted = tuple(sorted(int(c) for c in market.needs.categories[short.line]))
            lacks = wanting.setdefault(accepted, {})
            lacks[project] = lacks.get(project, 0) + short.lacks
    result = []
    for accepted, lacks in wanting.items():
        alone = [p for p in lacks if len({short.line for short in lacking[p]}) == 1]
        each = {p: float(value[p]) / lacks[p] for p in alone}
        first = max(each, key=lambda p: (each[p], -p)) if each else min(lacks)
        unit = str(market.categories.unit[accepted[0]])
        goods = say.either([say.category(market, c) for c in say.broadest(market, list(accepted))], "or")
        others = f" and {say.count(len(lacks) - 1, 'other project')}" if len(lacks) > 1 else ""
        name = f"{goods}: {say.amount(lacks[first], unit)} more for {say.project(market, first)}{others}"
        at_stake = sum(float(value[p]) * (1 - float(allocation.carried_out[p])) for p in lacks) / MICRO
        result.append(Bottleneck("project", accepted[0], name, each.get(first, 0.0), unit, False, at_stake))
    return result


def _rents(finder: Finder) -> F64:
    """float64[num_offers]: what one more unit of each offer would bring beyond its price, money per unit."""
    allocation = finder.situation.allocation
    arcs = np.flatnonzero(finder.frame.is_offer)
    cost = finder.demand.nodes["cost"][finder.frame.node_of[finder.frame.hub_node[arcs]]]
    margin = np.where(
        cost < FAR, -np.minimum(cost, FAR // 2) + np.asarray(allocation.problem.value)[arcs], -FAR
    )
    rent = np.full(len(allocation.market.offers), -FAR)
    np.maximum.at(rent, allocation.layout.arc_ref[arcs], margin)
    result: F64 = rent / 1e9
    return result


def _offer(finder: Finder, offer: int, worth: float, at_stake: float, exact: bool) -> Bottleneck:
    """One offer by its goods and its giver, where more of the same is left elsewhere."""
    market = finder.situation.allocation.market
    category = int(market.offers.category[offer])
    giver = say.person(market, int(market.offers.participant[offer]))
    name = f"{say.category(market, category)} from {giver} ({market.offers.id[offer]})"
    return Bottleneck("offer", offer, name, worth, str(market.categories.unit[category]), exact, at_stake)


def _category(finder: Finder, category: int, worth: float, at_stake: float, exact: bool) -> Bottleneck:
    """Goods of which nothing is left anywhere: what more from the best-placed giver would bring."""
    market = finder.situation.allocation.market
    unit, name = str(market.categories.unit[category]), say.category(market, category)
    return Bottleneck("goods", category, name, worth, unit, exact, at_stake)


def _place(finder: Finder, place: int) -> str:
    places = finder.situation.allocation.market.places
    return str(places.name[place] or places.id[place]) if place >= 0 else "anywhere"
