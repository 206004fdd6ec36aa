"""What an allocation amounts to, in the figures that people compare: worth, weight, carbon, needs met."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fourflow.book import MICRO, Market
from fourflow.clearing import Allocation
from fourflow.formulation import ArcKind
from fourflow.problem import ClearingProblem

REMAINDER = 100
"""Millionths of a unit: what is missing less than this is a remainder of rounding, not something unmet."""
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """welfare and haulage in book money; tonnes and co2_kg in all; needs by how far they were met.

    asked_t, met_t : tonnes that open needs ask for and get; num_givers, num_receivers : participants.
    """

    welfare: float
    haulage: float
    tonnes: float
    co2_kg: float
    asked_t: float
    met_t: float
    num_full: int
    num_part: int
    num_none: int
    num_givers: int
    num_receivers: int

    @property
    def num_needs(self) -> int:
        return self.num_full + self.num_part + self.num_none

    @property
    def share_met(self) -> float:
        """Of the tonnes asked for."""
        return self.met_t / self.asked_t if self.asked_t > 0 else 0.0


def outcome(allocation: Allocation) -> Outcome:
    """Read the figures off the flows, never off a decomposition of them."""
    market = allocation.market
    needs, offers, lanes = market.needs, market.offers, market.lanes
    open_needs = goods_needs(market)
    awarded, quantity = allocation.awarded[open_needs], needs.quantity[open_needs]
    full, none = awarded >= quantity - REMAINDER, awarded <= 0
    offered_t = tonnes(allocation.offered, market.categories.tonnes_per_unit[offers.category])
    return Outcome(
        welfare=worth(allocation.problem, allocation.flow, allocation.bundle),
        haulage=_haulage(allocation),
        tonnes=float(offered_t.sum()),
        co2_kg=float(tonnes(allocation.lane_t, lanes.co2_kg_per_t).sum()),
        asked_t=float(asked_tonnes(market)[open_needs].sum()),
        met_t=float(offered_t.sum()),
        num_full=int((full & ~none).sum()),
        num_part=int((~full & ~none).sum()),
        num_none=int(none.sum()),
        num_givers=len(np.unique(offers.participant[allocation.offered > 0])),
        num_receivers=len(np.unique(needs.participant[allocation.awarded > 0])),
    )


def goods_needs(market: Market) -> NDArray[np.bool_]:
    """The needs that a goods clearing can serve: a quantity above zero, no line of a project."""
    return (market.needs.quantity > 0) & (market.needs.project < 0)


def first_category(market: Market) -> NDArray[np.int32]:
    """The category whose name and unit a need is shown with: the broadest of those it accepts."""
    indptr, index = market.needs.categories.indptr, market.needs.categories.index
    if not len(index):
        return np.zeros(len(market.needs), np.int32)
    width = np.diff(market.categories.descendants.indptr)
    need = np.repeat(np.arange(len(market.needs)), np.diff(indptr))
    order = np.lexsort((index, -width[index], need))
    return index[order][np.minimum(indptr[:-1], len(index) - 1)].astype(np.int32)


def asked_tonnes(market: Market) -> F64:
    """Tonnes that each need asks for, float64[num_needs]."""
    return tonnes(market.needs.quantity, market.categories.tonnes_per_unit[first_category(market)])


def tonnes(quantity: I64, per_unit: I64) -> F64:
    """Millionths times millionths, as a float of whole units."""
    return quantity.astype(np.float64) / MICRO * (per_unit.astype(np.float64) / MICRO)


def worth(problem: ClearingProblem, flow: I64, bundle: I64) -> float:
    """The objective, for reading: sums are taken in extended precision; the certificate has it exactly."""
    scales = problem.scales
    arcs = np.dot(problem.value.astype(np.longdouble), flow.astype(np.longdouble))
    bundles = np.dot(problem.bundle_value.astype(np.longdouble), bundle.astype(np.longdouble))
    return (
        float(arcs) * float(scales.value * scales.quantity)
        + float(bundles) * float(scales.bundle_value * scales.bundle)
        + float(problem.objective_offset)
    )


def _haulage(allocation: Allocation) -> float:
    """What lanes and trips cost."""
    kind = allocation.layout.arc_kind
    moved = (kind == ArcKind.LANE) | (kind == ArcKind.TRIP)
    value, flow = allocation.problem.value[moved], allocation.flow[moved]
    scale = allocation.problem.scales.value * allocation.problem.scales.quantity
    return -float(np.dot(value.astype(np.longdouble), flow.astype(np.longdouble))) * float(scale)
