"""Thresholds that paths leave open, filled in by clearing again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fourflow.reasons._advice import NO_ADVICE
from fourflow.reasons._again import Again, Edges, edges
from fourflow.reasons._cause import Cause
from fourflow.reasons._reasons import Reasons
from fourflow.reasons._terms import NO_PRICE
from fourflow.reasons._thresholds import EXACT, NONE, Thresholds

SETTLED = (EXACT, NONE)


def open_listings(reasons: Reasons) -> list[tuple[bool, int]]:
    """(is_need, row) of listings whose prices only a new clearing can tell, the heaviest first."""
    found: list[tuple[int, bool, int]] = []
    for is_need in (True, False):
        found += _weighed(reasons, is_need, np.flatnonzero(_is_open(reasons, is_need)))
    return [(not is_offer, row) for _, is_offer, row in sorted(found)]


def _weighed(reasons: Reasons, is_need: bool, rows: NDArray[np.int64]) -> list[tuple[int, bool, int]]:
    """(minus what is left in weight, is_offer, row)."""
    market = reasons.explainer.market
    rest = (reasons.needs if is_need else reasons.offers).rest
    accepted = market.needs.categories
    category = accepted.index[accepted.indptr[rows]] if is_need else market.offers.category[rows]
    tonnes = market.categories.tonnes_per_unit[category]
    return [
        (-int(rest[row]) * tonne, not is_need, row)
        for row, tonne in zip(rows.tolist(), tonnes.tolist(), strict=True)
    ]


def unfinished(reasons: Reasons) -> list[tuple[bool, int]]:
    """(is_need, row) of listings outside projects of which something is left that could have been awarded;
    needs before offers, the heaviest first."""
    market = reasons.explainer.market
    found = []
    for is_need, cause, project in (
        (True, reasons.need_cause, market.needs.project),
        (False, reasons.offer_cause, market.offers.project),
    ):
        open_ = ~np.isin(cause, (Cause.DONE, Cause.NOT_CLEARED, Cause.ROUNDING)) & (project < 0)
        heaviest = sorted(_weighed(reasons, is_need, np.flatnonzero(open_)))
        found += [(is_need, row) for _, _, row in heaviest]
    return found


def _is_open(reasons: Reasons, is_need: bool) -> NDArray[np.bool_]:
    cause = reasons.need_cause if is_need else reasons.offer_cause
    found = reasons.needs if is_need else reasons.offers
    known = np.isin(found.first_kind, SETTLED) & np.isin(found.whole_kind, SETTLED)
    return ~known & ~np.isin(cause, NO_ADVICE) & (found.wanted > 0)


def sharpen(reasons: Reasons, again: Again, listings: list[tuple[bool, int]]) -> Reasons:
    """The same reasons with the prices of these listings found by clearing again, as far as that goes."""
    now = reasons.explainer.finder.situation.allocation
    for is_need, row in listings:
        side = reasons.needs if is_need else reasons.offers
        found = edges(again, now, "need" if is_need else "offer", row, int(side.wanted[row]))
        if found is not None:
            side = _with(side, row, found)
            reasons = replace(reasons, needs=side) if is_need else replace(reasons, offers=side)
    return reasons


def _with(side: Thresholds, row: int, found: Edges) -> Thresholds:
    """The thresholds with one row's replaced."""
    first, whole, reachable = side.first.copy(), side.whole.copy(), side.reachable.copy()
    first_kind, whole_kind = side.first_kind.copy(), side.whole_kind.copy()
    first[row] = NO_PRICE if found.first is None else found.first
    whole[row] = NO_PRICE if found.whole is None else found.whole
    first_kind[row] = NONE if found.first is None else EXACT
    whole_kind[row] = NONE if found.whole is None else EXACT
    reachable[row] = found.reachable
    cleared_again = side.cleared_again.copy()
    cleared_again[row] = True
    lost = side.lost.copy()
    lost[row] = NO_PRICE if found.lost is None else found.lost
    return replace(
        side,
        first=first,
        whole=whole,
        first_kind=first_kind,
        whole_kind=whole_kind,
        reachable=reachable,
        cleared_again=cleared_again,
        lost=lost,
    )
