"""The layout: which row and column of a ClearingProblem means what in the market."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]

QUANTITY = Fraction(1, 10**6)
"""Flows are millionths of a category's unit."""
VALUE = Fraction(1, 10**9)
"""Arc values and node duals are billionths of book money per unit: room for prices to 1e9."""


class NodeKind(IntEnum):
    OFFER = 0  # ref = offer; l = -supply, u = 0; of what a process makes for a least quantity, l = -one step
    NEED = 1  # ref = need; l = 0, u = demand
    HUB = 2  # ref = index into Layout.hub_*
    LINE = 3  # ref = need that is a line of a project; l = 0, u = what it may get beyond d y


class ArcKind(IntEnum):
    OFFER = 0  # offer -> hub, ref = offer; value -limit_price
    NEED = 1  # hub -> need or line, ref = need; value = the need's effective value
    LANE = 2  # hub -> hub of one class, ref = lane; value = -haulage per unit
    STORAGE = 3  # hub -> hub one period later at one place, ref = place
    ROOM = (
        4  # loop: what an UNAIDED offer loads into trips of the purse of a pool, ref = lane; millionths of t
    )
    TRIP = 5  # loop: number of trips of a lane, ref = lane; those that one purse pays for if it has a pool


class RowKind(IntEnum):
    LANE_CAPACITY = 0  # ref = lane; tonnes
    BUDGET = 1  # ref = participant (the sponsor); money
    LINK = 2  # ref = arc: x_a <= demand * y of a switch OFFER, TAKER, MOVE, BOUGHT or MOVED
    LEAST = 3  # ref = bundle: sum x >= min_quantity * y
    MOST = 4  # ref = bundle: sum x <= quantity * y
    TRIPS = 5  # ref = lane: tonnes <= trip_t * trips
    RULE = 6  # ref = rule
    ONE = 7  # ref = offer: its TAKERs sum to at most 1
    FUNDING = 8  # ref = project: what its lines cost <= own money + capital it gets
    PART = 9  # ref = project: its size y <= the switch of its whole lines
    COUNT = 10  # ref = bundle that counts an award: x <= d z, or x >= d z where awards are asked for
    OWN_TRIPS = 11  # ref = lane: what is loaded at the cost of one purse, or UNAIDED, fits into own trips
    UNAIDED = 12  # ref = offer with a least quantity: what it gives without a sponsor is worth its cost


class BundleKind(IntEnum):
    OFFER = 0  # ref = offer: switch of its fixed cost or least quantity
    NEED = 1  # ref = need: switch of its least quantity
    PROJECT = 2  # ref = project: its size, 0 to 1, whole if all or nothing
    LINES = 3  # ref = project: switch of the whole-unit lines of a proportional project
    TAKER = 4  # ref = first arc to the need: the one need that a whole offer goes to
    MOVE = 5  # ref = offer: talent works elsewhere, its move is paid once
    AWARDED_OFFER = 6  # ref = rule x num_offers + offer: counts as awarded
    AWARDED_NEED = 7  # ref = rule x num_needs + need
    AWARDED_PROJECT = 8  # ref = rule x num_projects + project
    BOUGHT = 9  # ref = first pool of a sponsor or project that buys from an offer with a fixed cost
    MOVED = 10  # ref = first pool of a sponsor or project that has talent move, at a cost paid once


@dataclass(frozen=True)
class Layout:
    """Columns and rows by meaning. A *pool* is a class of interchangeable goods under one label.

    node_kind, node_ref : [num_nodes]; arc_kind, arc_ref, arc_pool : [num_arcs] (pool -1 = none);
    row_kind, row_ref, row_period : [num_coupling]; bundle_kind, bundle_ref : [num_bundles];
    hub_pool, hub_place, hub_period : [num_hubs] (period 0 without time steps);
    hub_place is len(places), ANYWHERE, for what is not tied to a place (capital, technology, moving talent);
    hub_category : [num_hubs] the category whose unit the hub's flow is in;
    pool_sponsor : [num_pools] participant whose budget the pool's costs draw on, -1 none;
    pool_project : [num_pools] project whose money the pool's costs draw on, -1 none;
    pool_category : [num_pools]; pool_term_months : [num_pools] of loans, else 0;
    period_day : first day of each period, int32[num_periods].
    """

    node_kind: U8
    node_ref: I32
    arc_kind: U8
    arc_ref: I32
    arc_pool: I32
    row_kind: U8
    row_ref: I32
    row_period: I32
    bundle_kind: U8
    bundle_ref: I32
    hub_pool: I32
    hub_place: I32
    hub_period: I32
    hub_category: I32
    pool_sponsor: I32
    pool_project: I32
    pool_category: I32
    pool_term_months: I32
    period_day: I32

    def arcs(self, kind: ArcKind) -> NDArray[np.int64]:
        """The arcs of one kind, ascending."""
        return np.flatnonzero(self.arc_kind == kind)
