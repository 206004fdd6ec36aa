"""Whole decisions of listings: fixed costs, least quantities, one taker only, a move paid once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fourflow.formulation._amounts import project_value
from fourflow.formulation._columns import NO_ARCS
from fourflow.formulation._draft import UNIT, Draft, joined
from fourflow.formulation._layout import ArcKind, BundleKind, RowKind
from fourflow.formulation._pools import Pool, by_purse, unaided
from fourflow.problem import INF

I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Into:
    """The arcs into needs of pools of one offer: arc, need, tail : int64[n], of each pool in one piece."""

    arc: I64
    need: I64
    tail: I64
    pool: I64

    @staticmethod
    def of(draft: Draft) -> Into:
        kind, ref, pool = draft.columns.arcs_by_meaning()
        single = np.array([p.single for p in draft.pools], np.bool_)
        arcs = np.flatnonzero(kind == ArcKind.NEED)
        arcs = arcs[single[pool[arcs]]]
        return Into(arcs, ref[arcs], draft.columns.tail_of(arcs), pool[arcs])

    def of_pool(self, pool: Pool) -> slice:
        return slice(*np.searchsorted(self.pool, [pool.index, pool.index + 1]).tolist())


def link_offer(draft: Draft, pool: Pool, arcs: I64, needs: I64, away: NDArray[np.bool_]) -> None:
    """x_a <= demand y for each need of an offer with a switch: these rows close the gap at the root.

    away : bool[len(arcs)] the arc comes from ANYWHERE, so that talent has to move for it.
    """
    offer = int(pool.offers[0])
    switched, moves = bool(draft.is_switched[offer]), bool(draft.moves_at_once[offer])
    if switched and not (moves and away.any()):
        _link(draft, arcs, offer, needs, (BundleKind.OFFER, offer))
    elif not switched:
        away = away & moves
        _link(draft, arcs[away], offer, needs[away], (BundleKind.MOVE, offer))
    else:
        for at, moved in enumerate(away.tolist()):
            here = slice(at, at + 1)
            _link(draft, arcs[here], offer, needs[here], (BundleKind.OFFER, offer))
            if moved:
                _link(draft, arcs[here], offer, needs[here], (BundleKind.MOVE, offer))


def _link(draft: Draft, arcs: I64, offer: int, needs: I64, *switches: tuple[BundleKind, int]) -> None:
    """Nothing flows from the offer to the needs unless the switch (one for all, or one for each) is on;
    a line may get the rest of its last lot."""
    if not len(arcs):
        return
    most = np.minimum(draft.demand[needs] + draft.left_over[needs], draft.supply[offer]).tolist()
    each = switches if len(switches) == len(most) else switches * len(most)
    draft.rows.add_links(arcs, UNIT, [(*switch, -m) for switch, m in zip(each, most, strict=True)])


def add_switches(draft: Draft) -> None:
    """The bundles of offers and needs, and the rows that least quantities and whole offers ask for."""
    into, least = Into.of(draft), draft.market.offers.min_quantity
    arcs = draft.columns.arcs_of(ArcKind.OFFER, np.flatnonzero(draft.is_switched & (least > 0)))
    for offer, pools in _alone(draft).items():
        if draft.is_switched[offer]:
            _offer_switch(draft, offer, pools, arcs, into)
        if draft.moves_at_once[offer]:
            _move(draft, offer, pools, into)
        if draft.has_one_taker[offer]:
            _one_taker(draft, offer, pools, into)
    _unaided(draft)
    needs = np.flatnonzero((draft.market.needs.min_quantity > 0) & (draft.need_at >= 0))
    for need, own in draft.columns.arcs_of(ArcKind.NEED, needs).items():
        _need_switch(draft, need, own)


def _alone(draft: Draft) -> dict[int, list[Pool]]:
    """The pools of each offer that is a class of its own."""
    found: dict[int, list[Pool]] = {}
    for pool in draft.pools:
        if pool.single:
            found.setdefault(int(pool.offers[0]), []).append(pool)
    return found


def _offer_switch(
    draft: Draft, offer: int, pools: list[Pool], arcs: dict[int, list[int]], into: Into
) -> None:
    offers = draft.market.offers
    supply, cost, least = (int(c[offer]) for c in (draft.supply, offers.fixed_cost, offers.min_quantity))
    # Unlimited licences and outputs have no switch in their node: the links alone hold them.
    free = supply == INF or offers.project[offer] >= 0
    lines = [] if free else [(int(draft.offer_at[offer]), -supply)]
    draft.columns.add_bundle(BundleKind.OFFER, offer, -cost, lines)
    if least > 0:
        _at_least(draft, BundleKind.OFFER, offer, arcs[offer], least)
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
            at = into.of_pool(pool)
            chosen = (into.tail[at] == pool.hub[-1, 0]) | (not away)
            _link(draft, into.arc[at][chosen], offer, into.need[at][chosen], caused)


def _unaided(draft: Draft) -> None:
    """Nobody without a sponsor takes at a loss what is missing to a least quantity that sponsors want: what
    an offer gives to them is worth to them, and to the projects that it is for, what it costs, with the trips
    that it would need alone."""
    free = unaided(draft.market, draft.pools)
    if not free:
        return
    kind, _, pool_of = draft.columns.arcs_by_meaning()
    chosen = np.isin(pool_of, [pool.index for pools in free.values() for pool in pools])
    chosen &= np.isin(kind, (ArcKind.OFFER, ArcKind.LANE, ArcKind.NEED))
    arcs, values = np.flatnonzero(chosen), draft.columns.arc_values()
    worth = project_value(draft.market)
    for offer, pools in free.items():
        own = arcs[np.isin(pool_of[arcs], [pool.index for pool in pools])]
        paid = joined([(own, -values[own]), *draft.unaided.get(offer, ())])
        lines = draft.market.needs.project[np.concatenate([pool.needs for pool in pools])]
        carried = [int(p) for p in np.unique(lines) if p in draft.served]
        brings = [(BundleKind.PROJECT, p, -int(worth[p])) for p in carried]
        draft.rows.add(RowKind.UNAIDED, offer, 0, *paid, -INF, 0, *brings)


def _move(draft: Draft, offer: int, pools: list[Pool], into: Into) -> None:
    """Talent that works elsewhere: its move is paid once."""
    cost = int(draft.market.offers.move_cost[offer])
    draft.columns.add_bundle(BundleKind.MOVE, offer, -cost)
    _charge(draft, BundleKind.MOVE, offer, cost, pools, into)


def _one_taker(draft: Draft, offer: int, pools: list[Pool], into: Into) -> None:
    """One switch for each need that a whole offer may go to; they sum to at most 1."""
    first: dict[int, int] = {}
    spans = [into.of_pool(pool) for pool in pools]
    at = np.concatenate([np.arange(span.start, span.stop) for span in spans])
    at = at[np.argsort(into.arc[at], kind="stable")]
    for arc, need in zip(into.arc[at].tolist(), into.need[at].tolist(), strict=True):
        if need not in first:
            first[need] = arc
            draft.columns.add_bundle(BundleKind.TAKER, arc)
    each = [(BundleKind.TAKER, first[need]) for need in into.need[at].tolist()]
    _link(draft, into.arc[at], offer, into.need[at], *each)
    takers = [(BundleKind.TAKER, arc, 10**6) for arc in first.values()]
    draft.rows.add(RowKind.ONE, offer, 0, NO_ARCS, NO_ARCS, -INF, 10**6, *takers)


def _need_switch(draft: Draft, need: int, own: list[int]) -> None:
    draft.columns.add_bundle(BundleKind.NEED, need)
    _at_least(draft, BundleKind.NEED, need, own, int(draft.market.needs.min_quantity[need]))
    bundle = draft.columns.bundle_at(BundleKind.NEED, need)
    most = (BundleKind.NEED, need, -int(draft.demand[need]))
    draft.rows.add(RowKind.MOST, bundle, 0, own, [UNIT] * len(own), -INF, 0, most)


def _at_least(draft: Draft, kind: BundleKind, ref: int, own: list[int], least: int) -> None:
    bundle = draft.columns.bundle_at(kind, ref)
    draft.rows.add(RowKind.LEAST, bundle, 0, own, [UNIT] * len(own), 0, INF, (kind, ref, -least))
