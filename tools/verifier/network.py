"""Nodes and arcs: where each must lead, what it is worth, and the least cap that it may have."""

from __future__ import annotations

from verifier.book import over_term
from verifier.files import need
from verifier.kinds import GOODS, HUB, LANE, LINE, NEED, OFFER, ROOM, SHARE, STORAGE, TALENT, TRIP
from verifier.layout import Layout
from verifier.trips import trips_of


def node_limits(book: Layout, i: int) -> tuple[int | None, int]:
    """The limits that the listing of a node gives it."""
    kind, ref = book.kind[i], book.ref[i]
    if kind == OFFER:
        quantity = book.offers["quantity"][ref]
        if quantity < 0:
            return None, 0
        project = book.offers["project"][ref]
        if project >= 0:
            return -quantity // 10**9 if may_be_a_step_more(book, ref) else 0, quantity
        return (0, quantity) if book.switched(ref) else (-quantity, 0)
    need(
        kind == HUB or kind == (LINE if book.needs["project"][ref] >= 0 else NEED), f"node {i} is of no kind"
    )
    if kind == LINE:
        return 0, book.left_over[ref] if book.needs["project"][ref] in book.served else 0
    return 0, 0 if kind == HUB else book.needs["quantity"][ref]


def may_be_a_step_more(book: Layout, offer: int) -> bool:
    """Whether a project of any size may make a step of its size more: somebody asks for a least quantity."""
    project, least = book.offers["project"][offer], book.needs["min_quantity"]
    if book.offers["quantity"][offer] < 10**6 or project not in book.served:
        return False
    asked = any(least[j] for pool in book.pools_of(offer) for j in book.takers[pool])
    return asked and not book.projects["all_or_nothing"][project]


def arc_terms(book: Layout, a: int) -> tuple[bool, int, int | None]:
    """Whether an arc leads where it must; its value in billionths; the least cap that it may have, if any."""
    n, lanes, tail, head = book.needs, book.lanes, book.p.tail[a], book.p.head[a]
    kind, ref, pool = book.arc_kind[a], book.arc_ref[a], book.arc_pool[a]
    t, h = ((book.kind[i], book.pool[i] if book.kind[i] == HUB else book.ref[i]) for i in (tail, head))
    start, end = ((book.place[i], book.period[i]) for i in (tail, head))
    if kind in (SHARE, TRIP):
        return trip_terms(book, a, ref, start[1])
    category, here, term = book.category[pool], (HUB, pool), book.term[pool]
    if kind == OFFER:
        quantity, prices = book.offers["quantity"][ref], entrances(book, ref, pool)
        holds = (t, h, category) == ((OFFER, ref), here, book.offers["category"][ref])
        price = next((x for x in prices if x == (end, -book.p.value[a])), prices[-1])
        return (holds and end == price[0], -price[1], book.supply[pool] + 10**6 if quantity < 0 else quantity)
    if kind == NEED:
        project = n["project"][ref]
        funded, months = project in book.funded and not book.capital[ref], n["term_months"][ref]
        label = n["sponsor"][ref], project if funded else -1, months if book.capital[ref] else 0
        there = LINE if project >= 0 else NEED, ref
        holds = (t, h, label) == (here, there, (book.sponsor[pool], book.project[pool], term))
        if book.kind_of(pool) != GOODS:
            holds &= start in ((book.at(n["place"][ref]), 0), (book.num_places, 0))
        else:
            first, last = book.period_of(n["from_day"][ref]), book.period_of(n["until_day"][ref])
            holds &= start[0] == book.at(n["place"][ref]) and first <= start[1] <= last
        return (
            holds and category in n["categories"][ref],
            over_term(book.worth[ref], term, up=False),
            n["quantity"][ref] + book.left_over[ref] * (project >= 0),
        )
    if kind == LANE:
        ends = (lanes["from_place"][ref], start[1]), (lanes["to_place"][ref], start[1] + book.lag(ref))
        return (
            (t, h, (start, end)) == (here, here, ends)
            and (not lanes["carries"][ref] or category in lanes["carries"][ref]),
            -book.haulage(ref, category),
            book.supply[pool] + 10**6,
        )
    holds = kind == STORAGE and (t, h, end) == (here, here, (start[0], start[1] + 1))
    return holds, 0, book.supply[pool] + 10**6


def trip_terms(book: Layout, a: int, lane: int, period: int) -> tuple[bool, int, int]:
    """A loop that counts the trips of a lane, or those that some of its goods need; or what these load into
    trips of others."""
    lanes, arcs = book.lanes, book.arcs[LANE, lane, period]
    need(lanes["trip_t"][lane] > 0 and arcs, f"arc {a} counts no trips")
    trips = trips_of(book, lane, period)
    cost = lanes["cost_per_trip"][lane] if a == trips.made else 0
    arcs = arcs if a == trips.made else trips.arcs(a)
    supply = sum(book.supply[k] for k in {book.arc_pool[b] for b in arcs})
    most = -(-supply * max(map(book.weight, arcs)) // 10**6)
    most = min(most, lanes["capacity_t"][lane] if lanes["capacity_t"][lane] >= 0 else ROOM + 10**6)
    if book.arc_kind[a] == TRIP:
        most = min(-(-most // lanes["trip_t"][lane]) * 10**6, ROOM + 10**6)
    return book.p.tail[a] == book.p.head[a], -cost * 1000, most


def entrances(book: Layout, offer: int, pool: int) -> list[tuple[tuple[int, int], int]]:
    """The hubs (place, period) into which an offer gives, and at which price in billionths."""
    o, kind, anywhere = book.offers, book.kind_of(pool), (book.num_places, 0)
    price, place = over_term(o["limit_price"][offer], book.term[pool], up=True), book.at(o["place"][offer])
    if kind == GOODS:
        return [((place, book.period_of(o["from_day"][offer])), price)]
    if kind != TALENT:
        return [(anywhere, price)]
    move = o["move_cost"][offer]
    cost = 0 if o["remote"][offer] or book.moves_once(offer) else max(0, move) * 1000
    own = [] if o["remote"][offer] else [((place, 0), price)]
    return own + [(anywhere, price + cost)] * bool(o["remote"][offer] or move >= 0)
