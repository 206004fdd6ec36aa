"""Kinds: the numbers and words with which the files name what nodes, arcs, bundles, rows and goods are."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

# Nodes: an offer, a need, a hub where a pool meets, a line of a project.
# Arcs: out of an offer, into a need, along a lane, into the next period, and loops: what is loaded
# into the trips of others, and how many trips a lane makes.
OFFER, NEED, HUB, LANE, STORAGE, LINE, SHARE, TRIP = 0, 1, 2, 2, 3, 3, 4, 5
# Bundles: the switch of an OFFER or a NEED, and these.
PROJECT, LINES, TAKER, MOVE, AWARDED, BOUGHT, MOVED = *range(2, 7), 9, 10
# Coupling rows.
CAPACITY, BUDGET, LINK, LEAST, MOST, TRIPS, RULE, ONE, FUNDING, PART, COUNT, OWN_TRIPS, UNAIDED = range(13)
# Categories.
KINDS = ("goods", "capital", "talent", "technology")
GOODS, CAPITAL, TALENT, TECHNOLOGY = range(4)

OPEN_DAY, ROOM = 2**31 - 1, 2**63 - 2 - 10**6  # no last day; the most that an amount may be
across = partial(zip, strict=True)


class Row(NamedTuple):
    """low <= sum of arcs (billionths) and bundles (millionths) <= high, in millionths; None is no limit."""

    kind: int
    ref: int
    period: int
    low: int | None
    high: int | None
    arcs: dict[int, int]
    switches: dict[tuple[int, int], int]
