"""Awards: parts of the flows, each with a route that leads from its offer to its need."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from verifier.files import Folder, need
from verifier.kinds import GOODS, LANE, NEED, OFFER, across
from verifier.layout import Layout

Award = tuple[int, int, int, list[int]]  # offer, need, quantity, the lanes of its route


def read_awards(folder: Folder, book: Layout) -> list[Award]:
    """Awards are eligible, connected, and add up to the flows of offers and needs; lanes carry them all."""
    p, awards = book.p, list[Award]()
    offers, needs, lanes = book.offers, book.needs, book.lanes
    flows: dict[Any, int] = defaultdict(int)
    pools: dict[Any, set[int]] = defaultdict(set)
    for a in range(p.num_arcs):
        kind, ref, pool = book.arc_kind[a], book.arc_ref[a], book.arc_pool[a]
        flows[(kind, ref, book.category[pool]) if kind == LANE else (kind, ref)] += p.amount[a]
        pools[kind, ref].add(pool)
    stops = folder.numbers("routes.csv", "lane")[0]
    route = iter(stops)
    for i, j, quantity, hops in across(*folder.numbers("awards.csv", "offer,need,quantity,hops")):
        need(quantity > 0 and 0 <= hops <= len(stops), f"the award of offer {i} to need {j} is of nothing")
        need(pools[OFFER, i] & pools[NEED, j], f"offer {i} may not serve need {j}")
        need(offers["participant"][i] != needs["participant"][j], f"the owner of offer {i} supplies itself")
        here = offers["place"][i]
        awards.append((i, j, quantity, [next(route, -1) for _ in range(hops)]))
        for lane in awards[-1][3]:
            need(
                lane >= 0 and lanes["from_place"][lane] == here, f"the route from offer {i} to {j} is broken"
            )
            here = lanes["to_place"][lane]
            flows[LANE, lane, offers["category"][i]] -= quantity
        travels = book.categories["kind"][offers["category"][i]] == GOODS
        need(
            here == needs["place"][j] if travels else not hops,
            f"the route from offer {i} does not end at need {j}",
        )
        flows[OFFER, i] -= quantity
        flows[NEED, j] -= quantity
    need(next(route, None) is None, "routes.csv has lanes of no award")
    need(
        all(x == 0 if key[0] == NEED or key[0] == OFFER else x >= 0 for key, x in flows.items()),
        "the awards are not parts of the flows",
    )
    return awards
