"""Lines that their projects cannot have: nobody may serve them, or others have what there is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from fourflow.book import UNLIMITED
from fourflow.clearing import Allocation
from fourflow.formulation import ArcKind, NodeKind
from fourflow.reasons._graph import TINY


@dataclass(frozen=True)
class ShortLine:
    """line : the need; served : False where no offer may serve it; lacks : millionths that are too little."""

    line: int
    served: bool
    lacks: int


def short_lines(allocation: Allocation) -> dict[int, list[ShortLine]]:
    """Per project that has any, the lines for which what is left over is not enough."""
    market, needs = allocation.market, allocation.market.needs
    offers_of = _offers_of_pools(allocation)
    pools_of = _pools_of_lines(allocation)
    found: dict[int, list[ShortLine]] = defaultdict(list)
    for line in np.flatnonzero((needs.project >= 0) & (needs.quantity > 0)).tolist():
        wanted = int(needs.quantity[line] - allocation.awarded[line])
        offers = set[int]().union(*(offers_of[pool] for pool in pools_of[line]))
        left = sum(_left(allocation, offer) for offer in offers)
        if not offers or (wanted > TINY and left < wanted):
            short = ShortLine(line, bool(offers), wanted - max(left, 0))
            found[int(market.needs.project[line])].append(short)
    return found


def _offers_of_pools(allocation: Allocation) -> dict[int, set[int]]:
    layout = allocation.layout
    found: dict[int, set[int]] = defaultdict(set)
    for arc in layout.arcs(ArcKind.OFFER).tolist():
        found[int(layout.arc_pool[arc])].add(int(layout.arc_ref[arc]))
    return found


def _pools_of_lines(allocation: Allocation) -> dict[int, set[int]]:
    layout = allocation.layout
    into = layout.arcs(ArcKind.NEED)
    lines = into[layout.node_kind[allocation.problem.head[into]] == NodeKind.LINE]
    found: dict[int, set[int]] = defaultdict(set)
    for arc in lines.tolist():
        found[int(layout.arc_ref[arc])].add(int(layout.arc_pool[arc]))
    return found


def _left(allocation: Allocation, offer: int) -> int:
    """What an offer could still give: nothing more where it goes to one need as a whole."""
    offers = allocation.market.offers
    given, has = int(allocation.offered[offer]), int(offers.quantity[offer])
    if offers.whole[offer] and given > 0 and has != UNLIMITED:
        return 0
    return has if has == UNLIMITED else has - given
