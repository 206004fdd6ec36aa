"""Clearing prices: what a unit costs at each hub, for each listing and on each lane, with its band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.clearing import Cleared
from fourflow.formulation import ArcKind, Layout, NodeKind, RowKind
from fourflow.pricing._band import Band, band
from fourflow.pricing._tariff import Tariff, read_tariff
from fourflow.problem import INF, Duals

I64 = NDArray[np.int64]
NO_PRICE = INF
"""In an int64 array of prices: this listing reaches no hub, so it has none."""


@dataclass(frozen=True)
class Prices:
    """Prices in billionths of book money per unit, int64. low and high bound the band of prices that
    support the same awards (-INF and INF: nothing holds the price on that side); the middle is paid.

    hub_* : [num_hubs] in the order of Layout.hub_*, money of whoever buys in the hub's pool
    offer_* : [num_offers]; need_* : [num_needs]; NO_PRICE where a listing has no counterpart at all
    lane_rent : [num_lanes] per tonne, what scarce capacity adds to the haulage (the most of all periods)
    tariff : the same in exact integers, from which settlement is computed
    """

    hub_price: I64
    hub_low: I64
    hub_high: I64
    offer_price: I64
    offer_low: I64
    offer_high: I64
    need_price: I64
    need_low: I64
    need_high: I64
    lane_rent: I64
    tariff: Tariff


def price(cleared: Cleared) -> Prices:
    """The prices that the solution's price duals stand for, and their bands."""
    allocation = cleared.allocation
    problem, layout, duals = allocation.problem, allocation.layout, cleared.solution.price_duals
    tariff = read_tariff(allocation.market, problem, layout, duals)
    nodes = np.flatnonzero(layout.node_kind == NodeKind.HUB)
    nodes = nodes[np.argsort(layout.node_ref[nodes], kind="stable")]
    dual = np.asarray(duals.node, np.int64)
    supported = band(problem, cleared.solution)
    extra = np.zeros(len(nodes), object)
    pool = layout.hub_pool
    # The dual falls as the price rises: the highest dual is the lowest price.
    now, high, low = (
        _money(tariff, vector, pool, extra)
        for vector in (dual[nodes], supported.lowest[nodes], supported.highest[nodes])
    )
    offer = _listing_prices(cleared, tariff, supported, ArcKind.OFFER, len(allocation.offered))
    need = _listing_prices(cleared, tariff, supported, ArcKind.NEED, len(allocation.awarded))
    rents = _lane_rents(layout, duals, len(allocation.lane_t))
    return Prices(now, low, high, *offer, *need, rents, tariff)


def _money(tariff: Tariff, dual: I64, pool: NDArray[np.integer], rent: NDArray[np.object_]) -> I64:
    """(-dual + rent) / (1 + mu_s) in billionths of money, to the nearest; -INF and INF stay (mirrored)."""
    held = np.abs(dual) < INF
    # Node duals are as fine as arc values or finer, so this ratio is whole and nothing overflows.
    price = _nearest(-np.where(held, dual, 0), tariff.per_value // tariff.per_node)
    funded = np.array([factor != 1 for factor in tariff.factor] or [False])[pool]
    special = np.flatnonzero(held & (funded | (rent != 0)))
    fine = -dual[special].astype(object) * tariff.per_node + rent[special]
    numerator = np.array([factor.numerator for factor in tariff.factor] or [1], object)[pool[special]]
    denominator = np.array([factor.denominator for factor in tariff.factor] or [1], object)[pool[special]]
    price[special] = _nearest(fine * numerator, denominator * tariff.per_value).astype(np.int64)
    return np.where(held, price, np.where(dual > 0, -INF, INF))


def _nearest(numbers: Any, unit: Any) -> Any:
    """numbers / unit to the nearest integer, halves up."""
    return (numbers + unit // 2) // unit


def _listing_prices(
    cleared: Cleared, tariff: Tariff, supported: Band, kind: ArcKind, count: int
) -> tuple[I64, I64, I64]:
    """Price, low and high of each listing: those of the arc on which it trades or would trade first."""
    allocation = cleared.allocation
    problem, layout = allocation.problem, allocation.layout
    arcs = layout.arcs(kind)
    hub = problem.head[arcs] if kind == ArcKind.OFFER else problem.tail[arcs]
    pool = layout.arc_pool[arcs]
    rent = -tariff.charge[arcs] if kind == ArcKind.OFFER else tariff.need_rent(arcs)
    now = _money(tariff, tariff.node_dual[hub], pool, rent)
    best = -now if kind == ArcKind.OFFER else now
    sponsored = layout.pool_sponsor[pool] >= 0
    order = np.lexsort((best, sponsored, allocation.flow[arcs] == 0, layout.arc_ref[arcs]))
    ref, first = np.unique(layout.arc_ref[arcs][order], return_index=True)
    chosen = order[first]
    result = []
    for vector in (tariff.node_dual, supported.highest, supported.lowest):
        column = np.full(count, NO_PRICE)
        column[ref] = _money(tariff, vector[hub[chosen]], pool[chosen], rent[chosen])
        result.append(column)
    return result[0], result[1], result[2]


def _lane_rents(layout: Layout, duals: Duals, num_lanes: int) -> I64:
    rent = np.zeros(num_lanes, np.int64)
    rows = np.flatnonzero((layout.row_kind == RowKind.LANE_CAPACITY) & (duals.row > 0))
    per_tonne = [int(int(mu) * duals.row_scale * 10**9) for mu in duals.row[rows]]
    np.maximum.at(rent, layout.row_ref[rows], np.array(per_tonne, np.int64))
    return rent
