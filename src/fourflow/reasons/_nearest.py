"""The counterparts that are nearest in money: a small search when somebody asks."""

from __future__ import annotations

from heapq import heappop, heappush

from fourflow.reasons._graph import Graph

SHOWN = 3


def nearest(graph: Graph, hubs: list[int], most: int = SHOWN) -> list[tuple[int, int]]:
    """(listing, cost in billionths with haulage) of the cheapest sources that can reach any of `hubs`."""
    heap = [(0, hub) for hub in hubs]
    seen: set[int] = set()
    found: dict[int, int] = {}
    cheapest = int(graph.sources["cost"].min(initial=0))
    while heap:
        cost, node = heappop(heap)
        if len(found) == most and cost + cheapest > max(found.values()):
            break
        if node in seen:
            continue
        seen.add(node)
        row = graph.nodes[node]
        first = int(row["sources_from"])
        for source in graph.sources[first : min(first + most, int(row["sources_to"]))]:
            listing, total = int(source["listing"]), cost + int(source["cost"])
            found[listing] = min(total, found.get(listing, total))
            if len(found) > most:
                del found[max(found, key=lambda known: (found[known], known))]
        for code in graph.around[int(row["arcs_from"]) : int(row["arcs_to"])].tolist():
            arc = graph.arcs[code // 2]
            if code % 2 == 1 and arc["ahead"] > 0 and int(arc["tail"]) not in seen:
                heappush(heap, (cost + int(arc["cost"]), int(arc["tail"])))
    return sorted(found.items(), key=lambda item: (item[1], item[0]))
