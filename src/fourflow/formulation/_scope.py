"""What this release clears, and what it leaves aside: said clearly, never dropped in silence."""

from __future__ import annotations

import numpy as np

from fourflow.book import KINDS, Market
from fourflow.errors import Finding, ProblemError

GOODS = KINDS.index("goods")


def check_supported(market: Market) -> None:
    """Say clearly what this release does not clear, rather than ignore it."""
    budgets = [r for r in market.rules if r.measure == "bid_value" and r.sense == "<=" and r.sponsor >= 0]
    other = [r.id for r in market.rules if r not in budgets]
    if other:
        raise ProblemError(
            f"rules {', '.join(map(repr, other[:5]))} are not sponsors' budgets, and only those are cleared"
            " so far. Maybe leave them out of rules.csv for now.",
            code="formulation.rule.not_supported",
        )


def left_aside(market: Market) -> tuple[Finding, ...]:
    """A warning for each table with listings that this release does not clear: they are kept, not served."""
    needs, kind = market.needs, market.categories.kind
    accepted = np.repeat(np.arange(len(needs)), np.diff(needs.categories.indptr))
    takes_goods = np.zeros(len(needs), np.bool_)
    takes_goods[accepted[kind[needs.categories.index] == GOODS]] = True
    aside = {
        "offers": np.flatnonzero(kind[market.offers.category] != GOODS),
        "needs": np.flatnonzero(~takes_goods | (needs.project >= 0)),
    }
    ids = {"offers": market.offers.id, "needs": needs.id}
    whole = market.offers.id[market.offers.whole & (kind[market.offers.category] == GOODS)]
    split = Finding(
        code="formulation.whole.not_kept",
        file="offers",
        row=0,
        field="",
        value="",
        rule=f"{len(whole)} (such as '{whole[0] if len(whole) else ''}') ask to go to one need as a whole,"
        " which is not kept for goods so far: they may be split",
        maybe="a category with a lot, or a min_quantity, says what is meant",
        severity="warning",
    )
    return (split,) * bool(len(whole)) + tuple(
        Finding(
            code="formulation.kind.not_cleared",
            file=noun,
            row=0,
            field="",
            value="",
            rule=f"{len(found)} of {len(ids[noun])} (such as '{ids[noun][found[0]]}') are left aside: only"
            " goods outside projects are cleared so far, and the proof speaks of those alone",
            maybe="",
            severity="warning",
        )
        for noun, found in aside.items()
        if len(found)
    )
