"""What an allocation amounts to, in the figures that people compare: worth, amounts, carbon, needs met."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fourflow.book import GOODS, MICRO, UNLIMITED, Market
from fourflow.clearing import Allocation
from fourflow.formulation import ArcKind
from fourflow.problem import ClearingProblem
from fourflow.units import find_unit

REMAINDER = 100
"""Millionths of a unit: what is missing less than this is a remainder of rounding, not something unmet."""
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """How many needs, or projects, were met in full, in part and not at all."""

    full: int
    part: int
    none: int

    @property
    def total(self) -> int:
        return self.full + self.part + self.none


@dataclass(frozen=True)
class Amount:
    """What was asked for and offered of one kind in one unit, and what of it moved.

    kind : index into KINDS. asked, met, offered, given : in the unit, for goods that are weighed in tonnes;
    offered is infinite where licences are unlimited.
    """

    kind: int
    unit: str
    asked: float
    met: float
    offered: float
    given: float


@dataclass(frozen=True)
class Outcome:
    """welfare and haulage in book money; tonnes of goods and co2_kg in all.

    alone : needs outside projects; projects : what became of them; asks : whether anybody asks for anything.
    asked_t, met_t : tonnes of goods that needs ask for and get; amounts : per kind and unit;
    num_givers, num_receivers : participants.
    """

    welfare: float
    haulage: float
    tonnes: float
    co2_kg: float
    asked_t: float
    met_t: float
    asks: bool
    alone: Counts
    projects: Counts
    amounts: tuple[Amount, ...]
    num_givers: int
    num_receivers: int

    @property
    def share_met(self) -> float:
        """Of the tonnes asked for."""
        return self.met_t / self.asked_t if self.asked_t > 0 else 0.0

    @property
    def moved(self) -> tuple[Amount, ...]:
        """The kinds of which something moved."""
        return tuple(amount for amount in self.amounts if amount.given > 0)


def outcome(allocation: Allocation) -> Outcome:
    """Read the figures off the flows, never off a decomposition of them."""
    market = allocation.market
    needs, offers, lanes = market.needs, market.offers, market.lanes
    asks = asking(market)
    offered_t = tonnes(allocation.offered, market.categories.tonnes_per_unit[offers.category])
    return Outcome(
        welfare=worth(allocation.problem, allocation.flow, allocation.bundle),
        haulage=_haulage(allocation),
        tonnes=float(offered_t.sum()),
        co2_kg=float(tonnes(allocation.lane_t, lanes.co2_kg_per_t).sum()),
        asked_t=float(asked_tonnes(market)[asks].sum()),
        met_t=float(offered_t.sum()),
        asks=bool(asks.any()),
        alone=_met(allocation, asks & (needs.project < 0)),
        projects=_carried_out(allocation),
        amounts=_amounts(allocation),
        num_givers=len(np.unique(offers.participant[allocation.offered > 0])),
        num_receivers=len(np.unique(needs.participant[allocation.awarded > 0])),
    )


def asking(market: Market) -> NDArray[np.bool_]:
    """The needs that ask for anything: a quantity above zero."""
    return market.needs.quantity > 0


def _met(allocation: Allocation, chosen: NDArray[np.bool_]) -> Counts:
    awarded, quantity = allocation.awarded[chosen], allocation.market.needs.quantity[chosen]
    full, none = awarded >= quantity - REMAINDER, awarded <= 0
    return Counts(int((full & ~none).sum()), int((~full & ~none).sum()), int(none.sum()))


def _carried_out(allocation: Allocation) -> Counts:
    size = allocation.carried_out
    full, none = size >= 1 - 1e-6, size <= 0
    return Counts(int(full.sum()), int((~full & ~none).sum()), int(none.sum()))


def _amounts(allocation: Allocation) -> tuple[Amount, ...]:
    """By kind, what is weighed first, then by unit; what is counted in several units is told in each."""
    market = allocation.market
    categories, offers, needs = market.categories, market.offers, market.needs
    wanted, has = first_category(market), offers.category
    weighed = (categories.kind == GOODS) & np.array([is_mass(str(u)) for u in categories.unit], np.bool_)
    scale = np.where(weighed, categories.tonnes_per_unit / MICRO, 1.0) / MICRO
    units = np.where(weighed, "t", categories.unit.astype(str))
    # What a project makes is offered only as far as the project is carried out.
    made = np.append(allocation.carried_out, 1.0)[offers.project]
    limited = np.where(offers.quantity == UNLIMITED, np.inf, offers.quantity * made)
    sides = (
        ("asked", np.maximum(needs.quantity, 0), wanted),
        ("met", allocation.awarded, wanted),
        ("offered", limited, has),
        ("given", allocation.offered, has),
    )
    parts = [
        pl.DataFrame({"kind": categories.kind[c], "unit": units[c], name: amount * scale[c]})
        for name, amount, c in sides
    ]
    totals = pl.concat(parts, how="diagonal").group_by("kind", "unit").sum()
    totals = totals.sort("kind", pl.col("unit") != "t", "unit")
    return tuple(Amount(**row) for row in totals.to_dicts())


def is_mass(unit: str) -> bool:
    """Whether what is counted in a unit is told in tonnes; litres and boxes are told as such."""
    known = find_unit(unit)
    return known is not None and known.dimension == "mass"


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
    return 0.0 - float(np.dot(value.astype(np.longdouble), flow.astype(np.longdouble))) * float(scale)
