"""Who might supply itself: participants with an offer and a need that one class brings together."""

from __future__ import annotations

import numpy as np

from fourflow.book import Market
from fourflow.matching._match import Matching


def self_suppliers(market: Market, matching: Matching, most: float) -> set[int]:
    """Participants (indices) whose own offers some class would let serve their own needs; none where setting
    them apart, each in a class of its own, would add more than a share `most` to what classes may serve."""
    found: set[int] = set()
    order = np.argsort(matching.offer_class, kind="stable")
    starts = np.searchsorted(matching.offer_class[order], np.arange(matching.num_classes + 1))
    added = total = 0
    for klass in range(matching.num_classes):
        needs = matching.class_needs[klass]
        offers = order[starts[klass] : starts[klass + 1]]
        owners = np.unique(market.offers.participant[offers])
        own = owners[np.isin(owners, market.needs.participant[needs])]
        found |= set(own.tolist())
        total += len(needs)
        added += len(own) * len(needs) if not matching.class_single[klass] else 0
    return found if added <= most * total else set()
