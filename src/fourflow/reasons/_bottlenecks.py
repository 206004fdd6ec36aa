"""The limits that cost most: full lanes, spent budgets, scarce goods, and what one more unit is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fourflow.formulation import NodeKind, RowKind
from fourflow.problem import Duals
from fourflow.reasons._graph import FAR
from fourflow.reasons._thresholds import Finder

SHOWN = 10


@dataclass(frozen=True)
class Bottleneck:
    """kind : "lane", "budget" or "goods"; ref : index of the lane, sponsor or category; name : in words;
    worth : money that one more `unit` would bring; exact : False if it may bring less (the price of the
    limit is one of several that support the result); at_stake : money, worth times what passes now."""

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
    found = [*_rows(finder, duals), *_goods(finder)]
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
    """Categories of which every offer that anyone could use is used up, and what more would bring."""
    allocation = finder.situation.allocation
    layout, market, problem = allocation.layout, allocation.market, allocation.problem
    hubs = np.flatnonzero(layout.node_kind == NodeKind.HUB)
    cost = finder.demand.nodes["cost"][finder.frame.node_of[hubs]]
    category = layout.hub_category[layout.node_ref[hubs]]
    arcs = np.flatnonzero(finder.frame.is_offer)
    bring = -finder.demand.nodes["cost"][finder.frame.node_of[finder.frame.hub_node[arcs]]] / 1e9
    rent = np.maximum(bring + np.asarray(problem.value, np.int64)[arcs] / 1e9, 0.0)
    paid = rent * allocation.flow[arcs] / 1e6
    stake = np.zeros(len(market.categories))
    np.add.at(stake, market.offers.category[layout.arc_ref[arcs]], np.where(bring > -FAR / 1e9, paid, 0.0))
    result = []
    for c in np.unique(category).tolist():
        best = -float(cost[category == c].min()) / 1e9
        scarce = stake[c] > 0 and best > 0
        if scarce:
            name = str(market.categories.name[c] or market.categories.id[c])
            exact = not finder.situation.full.any()
            result.append(
                Bottleneck("goods", c, name, best, str(market.categories.unit[c]), exact, float(stake[c]))
            )
    return result


def _place(finder: Finder, place: int) -> str:
    places = finder.situation.allocation.market.places
    return str(places.name[place] or places.id[place]) if place >= 0 else "anywhere"
