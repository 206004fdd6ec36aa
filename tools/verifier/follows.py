"""Rows and columns are just those that follow from the book."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from verifier.bundles import all_bundles
from verifier.files import need
from verifier.kinds import HUB, SHARE, TRIP
from verifier.layout import Layout
from verifier.network import arc_terms, node_limits
from verifier.rows import all_rows


def check_book(book: Layout) -> None:
    """Rows and columns are just those of the book."""
    p, one = book.p, 1 / book.claims.number("bundle_quantum")
    entries: dict[int, dict[int, int]] = defaultdict(dict)
    for i, j, a in p.entries():
        need(j not in entries[i], f"row {i} names column {j} twice")
        entries[i][j] = a
    seen = set()
    for i in range(p.num_nodes):
        limits = tuple(x if x is None else x * p.factor for x in node_limits(book, i))
        need((p.lower[i], p.upper[i]) == limits, f"node {i} has other limits")
        where = book.pool[i], book.place[i], book.period[i]
        need(book.kind[i] == HUB or where == (-1, -1, -1), f"node {i} is of a listing, yet has a place")
        seen.add((HUB, where) if book.kind[i] == HUB else (book.kind[i], book.ref[i]))
    need(len(seen) == p.num_nodes, "two nodes stand for one listing or hub")
    for a in range(p.num_arcs):
        pool, (holds, value, most) = book.arc_pool[a], arc_terms(book, a)
        lot = {TRIP: 10**6, SHARE: 0}.get(book.arc_kind[a], book.step[book.category[pool]])
        holds &= pool >= (-1 if book.arc_kind[a] == TRIP else 0)
        need(holds and (p.value[a], p.step[a]) == (value, lot), f"arc {a} does not follow from the book")
        need(p.capacity[a] < 0 or (most is not None and p.capacity[a] >= most), f"arc {a} has too low a cap")
    need(
        all(len(book.givers[pool]) == 1 for i in book.alone for pool in book.pools_of(i)),
        "an offer that is decided on as a whole shares its pool with others",
    )
    given: dict[int, dict[int, Any]] = defaultdict(dict)
    bundles = all_bundles(book)
    need({*bundles} == {*book.columns}, "bundles are missing, or too many")
    need(len(bundles) == p.num_columns - p.num_arcs, "a bundle is there twice")
    for key, (value, whole, nodes) in bundles.items():
        j = book.columns[key]
        stated = p.value[j], p.capacity[j], p.step[j], book.arc_pool[j]
        need(stated == (value, one, one if whole else 0, -1), f"bundle {j} does not follow from the book")
        for i, amount in nodes.items():
            given[i][j] = amount * p.factor / one
    joined = all(kept(entries[i]) == kept(given[i]) for i in range(p.num_nodes))
    need(joined, "a bundle gives to nodes, or takes from them, what does not follow from the book")
    check_rows(book, entries)


def check_rows(book: Layout, entries: dict[int, dict[int, int]]) -> None:
    p, per_limit, per_arc = book.p, int(book.per_limit), int(book.per_limit) // 10**9
    wanted: dict[tuple[int, int, int], list[Any]] = defaultdict(list)
    for kind, ref, when, low, high, arcs, switches in all_rows(book):
        limits = (x if x is None else x * per_limit for x in (low, high))
        columns = {book.columns[key]: int(h * book.per_switch) for key, h in switches.items()}
        wanted[kind, ref, when].append((*limits, kept({a: x * per_arc for a, x in arcs.items()} | columns)))
    for i in range(p.num_nodes, p.num_rows):
        key, stated = (book.kind[i], book.ref[i], book.period[i]), (p.lower[i], p.upper[i], kept(entries[i]))
        need(key in wanted and book.pool[i] == book.place[i] == -1, f"row {i} is not in the book")
        need(stated in wanted[key], f"row {i} is not that of the book, or is there twice")
        wanted[key].remove(stated)
    lacking = [key for key, rows in wanted.items() if rows]
    need(not lacking, f"the rows {lacking[:3]} of the book are missing")


def kept(entries: dict[int, Any]) -> dict[int, Any]:
    return {j: a for j, a in entries.items() if a}
