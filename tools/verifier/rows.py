"""Coupling rows: every limit that lanes, listings, purses and rules set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from verifier.book import over_term
from verifier.bundles import caused_by, purse_of, taken_by
from verifier.kinds import (
    BUDGET,
    CAPACITY,
    FUNDING,
    LANE,
    LEAST,
    LINES,
    LINK,
    MOST,
    MOVE,
    NEED,
    OFFER,
    ONE,
    OWN_TRIPS,
    PART,
    PROJECT,
    TAKER,
    TRIPS,
    UNAIDED,
    Row,
)
from verifier.layout import Layout
from verifier.trips import trips_charged, trips_of, unaided_pools


def all_rows(book: Layout) -> Iterator[Row]:
    """Every row that the book asks for."""
    yield from lane_rows(book)
    yield from listing_rows(book)
    for p in (p for p in book.served if (LINES, p) in book.columns):  # no larger than its whole lines allow
        yield Row(PART, p, 0, None, 0, {}, {(PROJECT, p): 10**6, (LINES, p): -(10**6)})
    yield from purse_rows(book)
    for rule in book.rules:
        yield from rule.rows()


def lane_rows(book: Layout) -> Iterator[Row]:
    """What lanes carry keeps to their capacity, and to what their trips can load."""
    lanes = book.lanes
    for (kind, lane, when), arcs in book.arcs.items():
        if kind == LANE and lane != "pool":
            loads = {a: book.weight(a) * 1000 for a in arcs}
            if lanes["capacity_t"][lane] >= 0:
                yield Row(CAPACITY, lane, when, None, lanes["capacity_t"][lane], loads, {})
            if lanes["trip_t"][lane] > 0:
                yield from trip_rows(book, lane, when, loads)


def trip_rows(book: Layout, lane: int, when: int, loads: dict[int, int]) -> Iterator[Row]:
    """What is loaded fits into the trips that are made, and that of each payer into those counted for it,
    with what others load into them, or less what it loads into those of others."""
    trips, room = trips_of(book, lane, when), book.lanes["trip_t"][lane] * 1000
    yield Row(TRIPS, lane, when, None, 0, loads | {trips.made: -room}, {})
    for payer, (own, arcs) in trips.own.items():
        if own != trips.made:
            some = {a: loads[a] for a in arcs} | {own: -room}
            shared = dict.fromkeys(trips.lent(payer), 10**9) | dict.fromkeys(trips.taken(payer), -(10**9))
            yield Row(OWN_TRIPS, lane, when, None, 0, some | shared, {})


def listing_rows(book: Layout) -> Iterator[Row]:
    """Links to switches, least quantities, and the one taker of a whole offer."""
    o, n, charged = book.offers, book.needs, trips_charged(book)
    for i in book.alone:
        first, caused = taken_by(book, i) if book.has_one_taker(i) else {}, caused_by(book, i)
        for b in (b for pool in book.pools_of(i) for b in book.arcs[NEED, "pool", pool]):
            purse = purse_of(book, book.arc_pool[b])
            ref, moved = book.arc_ref[b], book.place[book.p.tail[b]] == book.num_places
            asked = n["quantity"][ref] + book.left_over[ref] * (n["project"][ref] >= 0)
            most = asked if o["quantity"][i] < 0 else min(asked, o["quantity"][i])
            switches = [(OFFER, i)] * book.switched(i) + [(MOVE, i)] * (book.moves_once(i) and moved)
            switches += [
                caused[switch, purse]
                for switch in (OFFER, MOVE)
                if (switch, purse) in caused and (moved or switch == OFFER)
            ]
            for switch in switches + ([(TAKER, first[book.arc_ref[b]])] if first else []):
                yield Row(LINK, b, 0, None, 0, {b: 10**9}, {switch: -most})
        if book.has_one_taker(i):
            yield Row(ONE, i, 0, None, 10**6, {}, {(TAKER, a): 10**6 for a in first.values()})
        if free := unaided_pools(book, i):
            keys = [(kind, "pool", pool) for kind in (OFFER, LANE, NEED) for pool in free]
            paid = {a: -book.p.value[a] for key in keys for a in book.arcs[key]} | charged[UNAIDED, i]
            lines = {n["project"][j] for pool in free for j in book.takers[pool]} & {*book.served}
            yield Row(UNAIDED, i, 0, None, 0, paid, {(PROJECT, p): -book.project_worth[p] for p in lines})
    for kind, table in ((OFFER, o), (NEED, n)):
        for ref, least in enumerate(table["min_quantity"]):
            arcs = dict.fromkeys(book.arcs.get((kind, ref, 0), ()), 10**9)
            if least > 0 and arcs:
                j = book.columns[kind, ref] - book.p.num_arcs
                yield Row(LEAST, j, 0, 0, None, arcs, {(kind, ref): -least})
                if kind == NEED:
                    yield Row(MOST, j, 0, None, 0, arcs, {(kind, ref): -n["quantity"][ref]})


def purse_rows(book: Layout) -> Iterator[Row]:
    """What sponsors pay beyond what is paid to them keeps to their budgets; what a funded project buys, to
    its own money and the capital it gets."""
    o, n, projects = book.offers, book.needs, book.projects
    spent: dict[tuple[int, int], tuple[dict[int, int], dict[Any, int]]] = defaultdict(lambda: ({}, {}))
    for pool in range(len(book.sponsor)):
        for purse in purses_of(book, {pool}):
            for a in (a for kind in (OFFER, NEED, LANE) for a in book.arcs[kind, "pool", pool]):
                is_need, ref = book.arc_kind[a] == NEED, book.arc_ref[a]
                paid = over_term(book.pays[ref], book.term[pool], up=False) if is_need else book.p.value[a]
                spent[purse][0][a] = -paid
    for purse, trips in trips_charged(book).items():
        if purse[0] != UNAIDED:
            spent[purse][0].update(trips)
    for i in book.alone:
        caused = caused_by(book, i)
        for purse in purses_of(book, {*book.pools_of(i)}):
            costs = {
                caused.get((switch, purse), (switch, i)): cost
                for switch, cost in ((OFFER, o["fixed_cost"][i]), (MOVE, o["move_cost"][i]))
            }
            spent[purse][1].update({key: cost for key, cost in costs.items() if key in book.columns})
    for p in book.served:
        if projects["sponsor"][p] >= 0:
            spent[BUDGET, projects["sponsor"][p]][1][PROJECT, p] = -projects["limit_price"][p]
        if p in book.funded:
            spent[FUNDING, p][1][PROJECT, p] = -projects["own_money"][p]
    for j, line in enumerate(n["project"]):
        if book.capital[j] and line in book.served:
            spent[FUNDING, line][0].update(dict.fromkeys(book.arcs.get((NEED, j, 0), ()), -(10**9)))
    for (kind, ref), (arcs, switches) in spent.items():
        if kind == BUDGET or ref in book.served:
            yield Row(kind, ref, 0, None, book.budget[ref] if kind == BUDGET else 0, arcs, switches)


def purses_of(book: Layout, pools: set[int]) -> set[tuple[int, int]]:
    """Who bears the costs of some pools: sponsors from their budgets, projects from their funds."""
    sponsors, projects = ({who[pool] for pool in pools} - {-1} for who in (book.sponsor, book.project))
    return {(BUDGET, who) for who in sponsors} | {(FUNDING, who) for who in projects}
