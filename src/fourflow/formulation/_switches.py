"""Whole decisions of listings: fixed costs, least quantities, one taker only, a move paid once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fourflow.formulation._columns import NO_ARCS
from fourflow.formulation._draft import UNIT, Draft
from fourflow.formulation._layout import ArcKind, BundleKind, RowKind
from fourflow.formulation._pools import Pool, by_purse
from fourflow.problem import INF

I64 = NDArray[np.int64]
Lists = dict[tuple[int, int], list[int]]
Into = dict[int, list[tuple[int, int]]]
"""pool -> (arc, need) of its arcs into needs."""


def link_offer(draft: Draft, pool: Pool, arcs: I64, needs: I64, away: NDArray[np.bool_]) -> None:
    """x_a <= demand y for each need of an offer with a switch: these rows close the gap at the root.

    away : bool[len(arcs)] the arc comes from ANYWHERE, so that talent has to move for it.
    """
    offer = int(pool.offers[0])
    switched, moves = draft.is_switched[offer], draft.moves_at_once[offer]
    for arc, need, moved in zip(arcs.tolist(), needs.tolist(), away.tolist(), strict=True):
        if switched:
            _link(draft, arc, offer, need, (BundleKind.OFFER, offer))
        if moves and moved:
            _link(draft, arc, offer, need, (BundleKind.MOVE, offer))


def _link(draft: Draft, arc: int, offer: int, need: int, switch: tuple[BundleKind, int]) -> None:
    """Nothing flows from the offer to the need unless the switch is on."""
    most = min(int(draft.demand[need]), int(draft.supply[offer]))
    draft.rows.add(RowKind.LINK, arc, 0, [arc], [UNIT], -INF, 0, (*switch, -most))


def add_switches(draft: Draft) -> None:
    """The bundles of offers and needs, and the rows that least quantities and whole offers ask for."""
    arcs, into = draft.columns.arc_lists(), _need_arcs(draft)
    for offer, pools in _alone(draft).items():
        if draft.is_switched[offer]:
            _offer_switch(draft, offer, pools, arcs, into)
        if draft.moves_at_once[offer]:
            _move(draft, offer, pools, into)
        if draft.has_one_taker[offer]:
            _one_taker(draft, offer, pools, into)
    least = draft.market.needs.min_quantity
    for need in np.flatnonzero((least > 0) & (draft.need_at >= 0)).tolist():
        _need_switch(draft, need, arcs)


def _alone(draft: Draft) -> dict[int, list[Pool]]:
    """The pools of each offer that is a class of its own."""
    found: dict[int, list[Pool]] = {}
    for pool in draft.pools:
        if pool.single:
            found.setdefault(int(pool.offers[0]), []).append(pool)
    return found


def _need_arcs(draft: Draft) -> Into:
    """pool -> (arc, need) of its arcs into needs, for pools of one offer."""
    kind, ref, pool = draft.columns.arcs_by_meaning()
    found: Into = {p.index: [] for p in draft.pools if p.single}
    for arc in np.flatnonzero(kind == ArcKind.NEED).tolist():
        if int(pool[arc]) in found:
            found[int(pool[arc])].append((arc, int(ref[arc])))
    return found


def _offer_switch(draft: Draft, offer: int, pools: list[Pool], arcs: Lists, into: Into) -> None:
    offers = draft.market.offers
    supply, cost, least = (int(c[offer]) for c in (draft.supply, offers.fixed_cost, offers.min_quantity))
    # Unlimited licences and outputs have no switch in their node: the links alone hold them.
    free = supply == INF or offers.project[offer] >= 0
    lines = [] if free else [(int(draft.offer_at[offer]), -supply)]
    draft.columns.add_bundle(BundleKind.OFFER, offer, -cost, lines)
    if least > 0:
        _at_least(draft, BundleKind.OFFER, offer, arcs.get((ArcKind.OFFER, offer), []), least)
    if cost:
        _charge(draft, BundleKind.OFFER, offer, cost, pools, into)


def _charge(draft: Draft, switch: BundleKind, offer: int, cost: int, pools: list[Pool], into: Into) -> None:
    """What is paid once falls on the only purse there is, or on each that causes it, but then all of it."""
    purses = by_purse(pools)
    away = switch == BundleKind.MOVE
    for (kind, who), own in purses.items():
        if who < 0:
            continue
        if len(purses) == 1:
            draft.rows.charge(kind, who, (switch, offer, cost))
            continue
        caused = (BundleKind.MOVED if away else BundleKind.BOUGHT), own[0].index
        draft.columns.add_bundle(*caused)
        draft.rows.charge(kind, who, (*caused, cost))
        for pool in own:
            for arc, need in into[pool.index]:
                if not away or draft.columns.tail_of(arc) == pool.hub[-1, 0]:
                    _link(draft, arc, offer, need, caused)


def _move(draft: Draft, offer: int, pools: list[Pool], into: Into) -> None:
    """Talent that works elsewhere: its move is paid once."""
    cost = int(draft.market.offers.move_cost[offer])
    draft.columns.add_bundle(BundleKind.MOVE, offer, -cost)
    _charge(draft, BundleKind.MOVE, offer, cost, pools, into)


def _one_taker(draft: Draft, offer: int, pools: list[Pool], into: Into) -> None:
    """One switch for each need that a whole offer may go to; they sum to at most 1."""
    first: dict[int, int] = {}
    for arc, need in sorted(pair for pool in pools for pair in into[pool.index]):
        if need not in first:
            first[need] = arc
            draft.columns.add_bundle(BundleKind.TAKER, arc)
        _link(draft, arc, offer, need, (BundleKind.TAKER, first[need]))
    takers = [(BundleKind.TAKER, arc, 10**6) for arc in first.values()]
    draft.rows.add(RowKind.ONE, offer, 0, NO_ARCS, NO_ARCS, -INF, 10**6, *takers)


def _need_switch(draft: Draft, need: int, arcs: Lists) -> None:
    own = arcs.get((ArcKind.NEED, need), [])
    draft.columns.add_bundle(BundleKind.NEED, need)
    _at_least(draft, BundleKind.NEED, need, own, int(draft.market.needs.min_quantity[need]))
    bundle = draft.columns.bundle_at(BundleKind.NEED, need)
    most = (BundleKind.NEED, need, -int(draft.demand[need]))
    draft.rows.add(RowKind.MOST, bundle, 0, own, [UNIT] * len(own), -INF, 0, most)


def _at_least(draft: Draft, kind: BundleKind, ref: int, own: list[int], least: int) -> None:
    bundle = draft.columns.bundle_at(kind, ref)
    draft.rows.add(RowKind.LEAST, bundle, 0, own, [UNIT] * len(own), 0, INF, (kind, ref, -least))
