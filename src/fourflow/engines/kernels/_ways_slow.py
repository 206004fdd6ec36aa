"""The slow obvious version of `_ways`: every way from every source is walked."""

from __future__ import annotations

from fourflow.engines.kernels._ways import F64, FAR, I64


def best_prices_slowly(tail: I64, head: I64, worth: F64, price: F64) -> F64:
    """The best price that any way without a circle brings each node; `price` at sources, FAR elsewhere."""
    best = price.copy()

    def walk(node: int, reached: float, seen: frozenset[int]) -> None:
        for arc in range(len(tail)):
            end = int(head[arc])
            if tail[arc] != node or end in seen:
                continue
            if price[end] == FAR:
                best[end] = max(best[end], reached + worth[arc])
                walk(end, reached + worth[arc], seen | {end})

    for source in range(len(price)):
        if price[source] != FAR:
            walk(source, float(price[source]), frozenset({source}))
    return best
