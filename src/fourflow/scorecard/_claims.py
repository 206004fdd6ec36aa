"""Who could have got what: claims (needs, and projects as a whole), their value and what is attainable."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fourflow.book import MICRO, UNLIMITED, Market
from fourflow.clearing import Allocation
from fourflow.formulation import ArcKind, effective_value, project_value

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Claims:
    """One row per need that is no line, then one per project.

    attainable : value in money that the claim could have alone, 0 where no offer could serve it
    asked : value at full size
    claim, participant, share : one row per claim and owner; several owners have equal shares
    region : the region of each of these rows: of the claim's place, else of the owner; "" unknown
    """

    num_needs: int
    attainable: F64
    asked: F64
    claim: I64
    participant: I64
    share: F64
    region: NDArray[np.object_]


def is_line(market: Market) -> Mask:
    """bool[num_needs]: the need is a line of a project."""
    return np.asarray(market.needs.project >= 0)


def unit_values(allocation: Allocation) -> F64:
    """Money that a unit is worth to each need, [num_needs]; lines have none of their own."""
    market, layout, problem = allocation.market, allocation.layout, allocation.problem
    nominal = effective_value(market) / MICRO
    arcs = layout.arcs(ArcKind.NEED)
    counted = np.full(len(market.needs), -np.inf)
    np.maximum.at(counted, layout.arc_ref[arcs], problem.value[arcs] * float(problem.scales.value))
    worth = np.where(np.isfinite(counted), counted, nominal)
    return np.where(is_line(market), 0.0, np.maximum(worth, 0.0))


def project_sizes(allocation: Allocation) -> tuple[F64, F64]:
    """(value at full size in money, size reached from 0 to 1) of each project."""
    value = project_value(allocation.market) / MICRO
    return np.maximum(value, 0.0), allocation.carried_out


def claims_of(allocation: Allocation) -> Claims:
    """Every claim of the market."""
    market = allocation.market
    quantity = market.needs.quantity / MICRO
    served = np.minimum(quantity, reachable(allocation))
    values, asked = unit_values(allocation), quantity * unit_values(allocation)
    asked_of, _ = project_sizes(allocation)
    reached = _projects_alone(market, served, quantity)
    claim, participant, share, region = _owners(market)
    return Claims(len(quantity), np.r_[values * served, asked_of * reached], np.r_[asked, asked_of],
                  claim, participant, share, region)  # fmt: skip


def reachable(allocation: Allocation) -> F64:
    """What all offers together could bring to each need, in units, by any route: [num_needs].

    Lanes count as open and of any capacity, and every offer as wholly free: it is what the need could
    have alone, but for the room on lanes and what its own participant offers.
    """
    market, layout, problem = allocation.market, allocation.layout, allocation.problem
    ways = np.isin(layout.arc_kind, (ArcKind.LANE, ArcKind.STORAGE))
    ends = problem.tail[ways].astype(np.int64), problem.head[ways].astype(np.int64)
    size = (problem.num_nodes, problem.num_nodes)
    _, part = connected_components(coo_array((np.ones(len(ends[0])), ends), shape=size), directed=False)
    offers, needs = layout.arcs(ArcKind.OFFER), layout.arcs(ArcKind.NEED)
    givers = _by_key(part[problem.head[offers]], layout.arc_ref[offers])
    parts = _by_key(layout.arc_ref[needs], part[problem.tail[needs]])
    supply = np.where(market.offers.quantity == UNLIMITED, np.inf, market.offers.quantity / MICRO)
    brought = np.zeros(len(market.needs))
    known: dict[tuple[int, ...], float] = {}
    for need, found in parts.items():
        if found not in known:
            several = sorted({offer for each in found for offer in givers.get(each, ())})
            known[found] = float(supply[several].sum()) if several else 0.0
        brought[need] = known[found]
    return brought


def _by_key(keys: NDArray[np.integer], values: NDArray[np.integer]) -> dict[int, tuple[int, ...]]:
    """key -> its different values, ascending."""
    found: dict[int, list[int]] = defaultdict(list)
    for key, value in np.unique(np.c_[keys, values].astype(np.int64), axis=0).tolist():
        found[key].append(value)
    return {key: tuple(several) for key, several in found.items()}


def _projects_alone(market: Market, served: F64, quantity: F64) -> F64:
    """The size that each project could reach alone; all-or-nothing ones reach all or nothing."""
    reached = np.ones(len(market.projects))
    lines = np.flatnonzero(is_line(market) & (quantity > 0))
    np.minimum.at(reached, market.needs.project[lines], served[lines] / quantity[lines])
    whole = market.projects.all_or_nothing
    return np.where(whole, np.floor(reached + 1e-9), reached)


def regions_at(
    market: Market, place: NDArray[np.integer], participant: NDArray[np.integer]
) -> NDArray[np.object_]:
    """The region of each place, else of each participant; "" where neither has one."""
    places = np.append(market.places.region, "").astype(object)[place]
    people = np.append(market.participants.region, "").astype(object)[participant]
    return np.asarray(np.where(places.astype(bool), places, people))


def _owners(market: Market) -> tuple[I64, I64, F64, NDArray[np.object_]]:
    needs, projects = market.needs, market.projects
    own = np.flatnonzero(~is_line(market))
    counts = np.diff(projects.participants.indptr)
    project = np.repeat(np.arange(len(projects)), counts)
    claim = np.r_[own, len(needs) + project].astype(np.int64)
    participant = np.r_[needs.participant[own], projects.participants.index].astype(np.int64)
    share = np.r_[np.ones(len(own)), 1 / np.maximum(counts, 1)[project]]
    place = np.r_[needs.place[own], projects.place[project]].astype(np.int64)
    return claim, participant, share, regions_at(market, place, participant)
