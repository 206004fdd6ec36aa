"""The scorecard: every measure for this result and for first come, first served on the same book."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fourflow.book import MICRO
from fourflow.clearing import Allocation, Cleared
from fourflow.pricing import Prices
from fourflow.scorecard._claims import Claims, claims_of, is_line, project_sizes
from fourflow.scorecard._flows import Flows, read_flows
from fourflow.scorecard._indices import gini, herfindahl, jain, lowest_quarter

F64 = NDArray[np.float64]
NEWCOMER_DAYS = 365


@dataclass(frozen=True)
class Measure:
    """One figure of one principle. value, first_come : this result, and first come, first served; None
    where it says nothing, and `note` says why. unit : "share" and "index" run from 0 to 1."""

    principle: str
    name: str
    value: float | None
    first_come: float | None
    unit: str
    about: str
    note: str = ""


@dataclass(frozen=True)
class Region:
    """A region's part: value awarded, and attainable if nobody else asked, in book money."""

    name: str
    awarded: float
    attainable: float

    @property
    def fulfilment(self) -> float:
        return self.awarded / self.attainable


@dataclass(frozen=True)
class Scorecard:
    """measures in the order of the five principles; regions by name; num_unserved, unserved_value : needs
    and projects that no offer could serve, and what they ask for, in book money."""

    measures: tuple[Measure, ...]
    regions: tuple[Region, ...]
    num_unserved: int
    unserved_value: float


@dataclass(frozen=True)
class _Side:
    """An allocation with its values; fulfilment per region and per participant."""

    allocation: Allocation
    flows: Flows
    regions: tuple[Region, ...]
    fulfilment: F64
    value: F64


def score(cleared: Cleared, prices: Prices) -> Scorecard:
    """Measure a cleared market. Prices split the value of projects over their lines, in both results."""
    claims = claims_of(cleared.allocation)
    now, first = (_side(side, claims, prices) for side in (cleared.allocation, cleared.baseline))
    lost = (claims.attainable <= 0) & (claims.asked > 0)
    lost[: claims.num_needs] &= ~is_line(cleared.allocation.market)
    measures = (*_innovation(now, first), *_coordination(now, first), *_green(now, first),
                *_openness(now, first), *_sharing(now, first))  # fmt: skip
    return Scorecard(measures, now.regions, int(lost.sum()), float(claims.asked[lost].sum()))


def _side(allocation: Allocation, claims: Claims, prices: Prices) -> _Side:
    flows = read_flows(allocation, prices)
    full, size = project_sizes(allocation)
    needs = np.where(is_line(allocation.market), 0.0, flows.need_value)
    awarded = np.r_[needs, full * size][claims.claim] * claims.share
    attainable = claims.attainable[claims.claim] * claims.share
    people = len(allocation.market.participants)
    got, could = (
        np.bincount(claims.participant, each, people).astype(float) for each in (awarded, attainable)
    )
    asks = could > 0
    return _Side(allocation, flows, _regions(claims, awarded, attainable), got[asks] / could[asks], got[asks])


def _regions(claims: Claims, awarded: F64, attainable: F64) -> tuple[Region, ...]:
    """The regions that are named and could get something."""
    names, code = np.unique(claims.region.astype(str), return_inverse=True)
    got, could = (np.bincount(code, each, len(names)).tolist() for each in (awarded, attainable))
    rows = zip(names.tolist(), got, could, strict=True)
    return tuple(Region(name, a, b) for name, a, b in rows if name and b > 0)


def _innovation(now: _Side, first: _Side) -> tuple[Measure, ...]:
    flows = (now.flows, first.flows)
    worth = [_share(each.technology, each.welfare) for each in flows]
    used = [_share(each.in_projects, each.total) for each in flows]
    return (
        _measure("innovation", "technology_share", worth, "share",
                 "share of the worth in all that technology brings: by itself, and in projects by its cost",
                 "nothing was worth anything"),
        _measure("innovation", "technology_projects_share", used, "share",
                 "share of the value awarded that goes to projects that use technology",
                 "nothing was awarded"),
    )  # fmt: skip


def _coordination(now: _Side, first: _Side) -> tuple[Measure, ...]:
    even = [_minus(gini(np.array([region.fulfilment for region in side.regions]))) for side in (now, first)]
    note = "no region is named" if not now.regions else "nothing was awarded"
    return (
        _measure("coordination", "regional_evenness", even, "index",
                 "1 if every region got the same part of what it could have alone, near 0 if one got all",
                 note),
    )  # fmt: skip


def _green(now: _Side, first: _Side) -> tuple[Measure, ...]:
    carbon = [_co2_kg(side.allocation) for side in (now, first)]
    weight = [_tonnes(side.allocation) for side in (now, first)]
    each = [_share(kg, t) for kg, t in zip(carbon, weight, strict=True)]
    return (
        _measure("green", "co2_kg", carbon, "kg", "CO2e of haulage in all", ""),
        _measure("green", "co2_kg_per_t", each, "kg/t", "CO2e of haulage per tonne delivered",
                 "nothing with a weight was delivered"),
    )  # fmt: skip


def _openness(now: _Side, first: _Side) -> tuple[Measure, ...]:
    sides = (now, first)
    crossing = [_share(side.flows.from_elsewhere, side.flows.total) for side in sides]
    suppliers = [_suppliers(side) for side in sides]
    variety = [_minus(herfindahl(given)) for given in suppliers]
    new = [_newcomers(side, given) for side, given in zip(sides, suppliers, strict=True)]
    return (
        _measure("openness", "crossing_share", crossing, "share",
                 "share of the value awarded that came from another region",
                 "no region is named, or nothing moved"),
        _measure("openness", "supplier_diversity", variety, "index",
                 "0 if one supplier gave all, near 1 if many gave alike", "nothing was given"),
        _measure("openness", "newcomer_share", new, "share",
                 "share of the value given by participants who joined within a year",
                 "nobody says when it joined"),
    )  # fmt: skip


def _sharing(now: _Side, first: _Side) -> tuple[Measure, ...]:
    even = [jain(side.fulfilment) if len(side.fulfilment) else None for side in (now, first)]
    lowest = [lowest_quarter(s.fulfilment, s.value) if len(s.value) else None for s in (now, first)]
    return (
        _measure("sharing", "participant_evenness", even, "index",
                 "1 if everyone who asks got the same part of what they could have alone",
                 "nothing was awarded"),
        _measure("sharing", "lowest_quarter_share", lowest, "share",
                 "share of the value awarded that goes to the quarter who got the smallest part",
                 "nothing was awarded"),
    )  # fmt: skip


def _measure(principle: str, name: str, pair: list[float | None] | list[float], unit: str, about: str,
             note: str) -> Measure:  # fmt: skip
    return Measure(principle, name, pair[0], pair[1], unit, about, note if None in pair else "")


def _share(part: float | None, whole: float) -> float | None:
    return part / whole if part is not None and whole > 0 else None


def _minus(value: float | None) -> float | None:
    return None if value is None else 1 - value


def _co2_kg(allocation: Allocation) -> float:
    lanes = allocation.market.lanes
    return float(np.dot(allocation.lane_t / MICRO, lanes.co2_kg_per_t / MICRO))


def _tonnes(allocation: Allocation) -> float:
    market = allocation.market
    weight = market.categories.tonnes_per_unit[market.offers.category] / MICRO
    return float(np.dot(allocation.offered / MICRO, weight))


def _suppliers(side: _Side) -> F64:
    market = side.allocation.market
    given = np.bincount(market.offers.participant, side.flows.offer_value, len(market.participants))
    return np.asarray(np.maximum(given, 0.0))


def _newcomers(side: _Side, given: F64) -> float | None:
    market = side.allocation.market
    joined = market.participants.joined
    if not (joined >= 0).any():
        return None
    new = (joined >= market.as_of_day - NEWCOMER_DAYS) & (joined >= 0)
    return _share(float(given[new].sum()), float(given.sum()))
