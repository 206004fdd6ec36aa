"""Trips: the loops that count whole trips of a lane, and who must be able to pay for which of them."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from verifier.bundles import purse_of
from verifier.files import need
from verifier.kinds import LANE, SHARE, TRIP, UNAIDED
from verifier.layout import Layout

Payer = tuple[int, int]


class Trips(NamedTuple):
    """made: the loop of the trips that are made; own: each payer with the loop of those that its goods would
    need, and their arcs; rooms: (offer, purse) -> the loop of what it loads into trips that this purse pays
    for."""

    made: int
    own: dict[Payer, tuple[int, list[int]]]
    rooms: dict[tuple[int, Payer], int]

    def lent(self, payer: Payer) -> list[int]:
        """What others load into the trips of a purse."""
        return [room for (_, purse), room in self.rooms.items() if purse == payer]

    def taken(self, payer: Payer) -> list[int]:
        """What an offer's goods without a sponsor load into trips of others."""
        return [room for (offer, _), room in self.rooms.items() if (UNAIDED, offer) == payer]

    def arcs(self, loop: int) -> list[int]:
        """Whose goods a loop may be there for."""
        rooms = {room: self.own[UNAIDED, offer][1] for (offer, _), room in self.rooms.items()}
        guests = next((self.lent(payer) for payer, (own, _) in self.own.items() if own == loop), [])
        mine = next((arcs for own, arcs in self.own.values() if own == loop), [])
        return rooms[loop] if loop in rooms else mine + [a for room in guests for a in rooms[room]]


def unaided_pools(book: Layout, offer: int) -> list[int]:
    """Without a sponsor, of an offer with a least quantity that sponsors may want to be filled."""
    pools = book.pools_of(offer) if book.offers["min_quantity"][offer] > 0 else []
    free = [pool for pool in pools if book.sponsor[pool] < 0]
    return free if len(free) < len(pools) else []


def trips_of(book: Layout, lane: int, when: int) -> Trips:
    """Where only one purse could use a lane, it pays for the trips that are made."""
    users: dict[Payer, list[int]] = {}
    offers: dict[Payer, list[int]] = {}
    wanted: dict[tuple[int, Payer], list[int]] = {}
    for a in book.arcs[LANE, lane, when]:
        pool = book.arc_pool[a]
        offer, purse = book.givers[pool][0], purse_of(book, pool)
        users.setdefault(purse, []).append(a)
        if pool in unaided_pools(book, offer):
            offers.setdefault((UNAIDED, offer), []).append(a)
        elif book.sponsor[pool] >= 0 and unaided_pools(book, offer):
            wanted.setdefault((offer, purse), []).append(a)
    purses = {purse: arcs for purse, arcs in users.items() if purse[1] >= 0}
    loops: dict[tuple[int, int], list[int]] = defaultdict(list)
    for kind in (SHARE, TRIP):
        for a in book.arcs.get((kind, lane, when), ()):
            loops[kind, book.arc_pool[a]].append(a)

    def take(kind: int, arcs: list[int]) -> int:
        found = loops[kind, min((book.arc_pool[a] for a in arcs), default=-1)]
        need(found, f"trips of lane {book.lanes['id'][lane]} are not counted for all who pay for them")
        return found.pop(0)

    made = take(TRIP, [])
    own = {
        payer: (take(TRIP, arcs), arcs)
        for payer, arcs in ((purses if len(users) > 1 else {}) | offers).items()
    }
    rooms = {key: take(SHARE, arcs) for key, arcs in wanted.items() if (UNAIDED, key[0]) in offers}
    need(not any(loops.values()), f"trips of lane {book.lanes['id'][lane]} are counted for nobody")
    return Trips(made, {purse: (made, arcs) for purse, arcs in purses.items()} | own, rooms)


def trips_charged(book: Layout) -> dict[Payer, dict[int, int]]:
    """What each payer is charged for a trip on the loops that count its trips, in billionths of money."""
    found: dict[Payer, dict[int, int]] = defaultdict(dict)
    for made in book.arcs[TRIP, "pool", -1]:
        for payer, (loop, _) in trips_of(
            book, book.arc_ref[made], book.period[book.p.tail[made]]
        ).own.items():
            found[payer][loop] = -book.p.value[made]
    return found
