"""What was awarded, in money: per need, per offer, and how much of it came from another region.

Goods are pooled, so who gave to whom is a way of telling. What is measured here is not: a pool's value is
what its needs got, its offers share in it by quantity, and a region has from elsewhere what it got of a
pool beyond what it gave to it (over lanes: what came in less what went on).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fourflow.book import MICRO, TECHNOLOGY
from fourflow.clearing import Allocation
from fourflow.formulation import ArcKind, BundleKind
from fourflow.pricing import NO_PRICE, Prices
from fourflow.scorecard._claims import is_line, project_sizes, regions_at, unit_values

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Flows:
    """need_value, offer_value : money per listing; total their sum; from_elsewhere : the part of it that
    crossed into a region, None without regions; technology : worth in technology awards; welfare : worth
    in all, less what it cost; in_projects : value of the projects that use technology."""

    need_value: F64
    offer_value: F64
    total: float
    from_elsewhere: float | None
    technology: float
    welfare: float
    in_projects: float


def read_flows(allocation: Allocation, prices: Prices) -> Flows:
    """The values of an allocation; a project's value goes to its lines by their cost at `prices`."""
    market, layout, problem = allocation.market, allocation.layout, allocation.problem
    arcs = layout.arcs(ArcKind.NEED)
    need, pool = layout.arc_ref[arcs], layout.arc_pool[arcs]
    amount = allocation.flow[arcs] / MICRO
    full, size = project_sizes(allocation)
    line_value = np.zeros(len(market.needs))
    lines = np.flatnonzero(is_line(market))
    project = market.needs.project[lines]
    line_value[lines] = line_shares(allocation, prices)[lines] * (full * size)[project]
    got = np.bincount(need, amount, len(market.needs))
    per_unit = unit_values(allocation) + np.divide(line_value, got, out=np.zeros(len(got)), where=got > 0)
    worth = per_unit[need] * amount
    num_pools = max(1, len(layout.pool_category))
    pool_value, pool_amount = np.bincount(pool, worth, num_pools), np.bincount(pool, amount, num_pools)
    each = np.divide(pool_value, pool_amount, out=np.zeros(num_pools), where=pool_amount > 0)
    given = layout.arcs(ArcKind.OFFER)
    offer, offered = layout.arc_ref[given], allocation.flow[given] / MICRO
    offer_value = np.bincount(offer, each[layout.arc_pool[given]] * offered, len(market.offers)).astype(float)
    need_value = np.bincount(need, worth, len(market.needs)).astype(float)
    uses = np.zeros(len(market.projects), np.bool_)
    technical = _is_technology(allocation, layout.pool_category)
    uses[market.needs.project[need[(amount > 0) & technical[pool] & is_line(market)[need]]]] = True
    costs = problem.value[given] * float(problem.scales.value) * offered
    technology = worth[technical[pool]].sum() + costs[technical[layout.arc_pool[given]]].sum()
    return Flows(
        need_value, offer_value, float(worth.sum()), _from_elsewhere(allocation, arcs, given, worth),
        float(technology) + _switched(allocation), _welfare(allocation), float((full * size)[uses].sum()),
    )  # fmt: skip


def line_shares(allocation: Allocation, prices: Prices) -> F64:
    """Each line's share in its project by cost at clearing prices; equal shares where nothing costs."""
    market = allocation.market
    needs = market.needs
    lines = np.flatnonzero(is_line(market) & (needs.quantity > 0))
    project = needs.project[lines]
    price = np.where(prices.need_price == NO_PRICE, 0, np.maximum(prices.need_price, 0))
    cost = price[lines] / 1e9 * (needs.quantity[lines] / MICRO)
    count = len(market.projects)
    total, lengths = np.bincount(project, cost, count), np.bincount(project, minlength=count)
    share = np.zeros(len(needs))
    share[lines] = np.where(
        total[project] > 0, cost / np.where(total > 0, total, 1.0)[project], 1 / lengths[project]
    )
    return share


def _is_technology(allocation: Allocation, category: NDArray[np.integer]) -> NDArray[np.bool_]:
    if not len(category):
        return np.zeros(1, np.bool_)
    return np.asarray(allocation.market.categories.kind[category] == TECHNOLOGY)


def _switched(allocation: Allocation) -> float:
    """Fixed costs of technology offers, below 0."""
    market, layout, problem = allocation.market, allocation.layout, allocation.problem
    here = np.flatnonzero(layout.bundle_kind == BundleKind.OFFER)
    kind = market.categories.kind[market.offers.category[layout.bundle_ref[here]]]
    here = here[kind == TECHNOLOGY]
    scale = float(problem.scales.bundle_value * problem.scales.bundle)
    return (
        float(np.dot(problem.bundle_value[here].astype(float), np.asarray(allocation.bundle)[here])) * scale
    )


def _welfare(allocation: Allocation) -> float:
    problem = allocation.problem
    scales = problem.scales
    arcs = np.dot(problem.value.astype(np.longdouble), allocation.flow.astype(np.longdouble))
    bundles = np.dot(
        problem.bundle_value.astype(np.longdouble), np.asarray(allocation.bundle).astype(np.longdouble)
    )
    return (
        float(arcs) * float(scales.value * scales.quantity)
        + float(bundles) * float(scales.bundle_value * scales.bundle)
        + float(problem.objective_offset)
    )


def _from_elsewhere(
    allocation: Allocation, arcs: NDArray[np.int64], given: NDArray[np.int64], worth: F64
) -> float | None:
    """Value that regions got of pools beyond what they gave to them."""
    market, layout = allocation.market, allocation.layout
    needs, offers = market.needs, market.offers
    taker, giver = layout.arc_ref[arcs], layout.arc_ref[given]
    names = np.r_[regions_at(market, needs.place[taker], needs.participant[taker]),
                  regions_at(market, offers.place[giver], offers.participant[giver])]  # fmt: skip
    if not len(names) or not names.astype(bool).any():
        return None
    regions, code = np.unique(names.astype(str), return_inverse=True)
    key = np.r_[layout.arc_pool[arcs], layout.arc_pool[given]].astype(np.int64) * len(regions) + code
    groups, at = np.unique(key, return_inverse=True)
    into, out = at[: len(arcs)], at[len(arcs) :]
    count = len(groups)
    received = np.bincount(into, allocation.flow[arcs], count)
    supplied = np.bincount(out, allocation.flow[given], count)
    value = np.bincount(into, worth, count)
    brought = np.maximum(received - supplied, 0.0)
    return float(np.divide(value * brought, received, out=np.zeros(count), where=received > 0).sum())
