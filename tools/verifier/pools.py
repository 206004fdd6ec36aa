"""Pools: each holds only pairs that are eligible, and none is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from verifier.eligible import Eligibility
from verifier.files import Folder, need
from verifier.kinds import GOODS, LANE, NEED, OFFER, STORAGE, TALENT, across
from verifier.layout import Layout
from verifier.network import entrances
from verifier.ways import Ways


class Pools:
    """Who may serve whom, by which lanes: every pool holds only pairs that are eligible, and none is missing.

    What a participant would get from itself counts neither way, since no award may be of that kind.
    """

    def __init__(self, folder: Folder, book: Layout) -> None:
        self.folder, self.book = folder, book
        self.terms, self.ways = Eligibility(folder, book), Ways(book)

    def check(self) -> None:
        """Pools are eligible throughout, no pair is in two, and there are as many as the whole book has."""
        book, pooled = self.book, 0
        open_now = [[i for i, x in enumerate(table["quantity"]) if x] for table in (book.offers, book.needs)]
        members = book.givers, book.takers
        pools_of: dict[int, list[int]] = defaultdict(list)
        for pool, offers in enumerate(members[OFFER]):
            for i in offers:
                pools_of[i].append(pool)
        for pools in {tuple(pools) for pools in pools_of.values()}:
            needs = [j for pool in pools for j in members[NEED][pool]]
            need(len({*needs}) == len(needs), f"a need is in two of the pools {pools[:9]} of the same offer")
        for pool, (offers, needs) in enumerate(across(*members)):
            self.check_pool(pool, offers, needs)
            sides = [
                [i for i in side if table["quantity"][i]]
                for side, table in ((offers, book.offers), (needs, book.needs))
            ]
            pooled += len(sides[0]) * len(sides[1]) - sum(len(a) * len(b) for a, b in self.own(*sides))
        meetings = self.terms.meetings(*open_now) - sum(
            self.terms.meetings(a, b) for a, b in self.own(*open_now)
        )
        need(
            pooled == meetings,
            f"{meetings} pairs of an offer and a need are eligible, but the pools have {pooled}",
        )
        self.check_left_out()

    def own(self, offers: Sequence[int], needs: Sequence[int]) -> list[tuple[list[int], list[int]]]:
        """The offers and needs of each participant that has both."""
        mine: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for kind, table, side in ((OFFER, self.book.offers, offers), (NEED, self.book.needs, needs)):
            for i in side:
                mine[table["participant"][i]][kind].append(i)
        return [(a, b) for a, b in mine.values() if a and b]

    def check_left_out(self) -> None:
        """Every listing without a column is named, with the reason; and every project that lacks a line."""
        book, wanted = self.book, []
        for kind, noun, other, table in (
            (OFFER, "offer", "need", book.offers),
            (NEED, "need", "offer", book.needs),
        ):
            wanted += [
                [noun, name, "quantity 0" if table["asked"][i] == 0 else f"no eligible {other}"]
                for i, name in enumerate(table["id"])
                if not book.arcs.get((kind, i, 0))
            ]
        wanted += [
            ["project", name, "not every line has an eligible offer"]
            for p, name in enumerate(book.projects["id"])
            if p not in book.served
        ]
        need(
            sorted(self.folder.text("book/left_out.csv", "noun,id,reason")) == sorted(wanted),
            "left_out.csv does not name what has no column, each with its reason",
        )

    def check_pool(self, pool: int, offers: Sequence[int], needs: Sequence[int]) -> None:
        """All its pairs are eligible, and each listing is joined to all the hubs that it could use."""
        book = self.book
        for offer in {self.terms.of_offer[i] for i in offers}:
            for wanted in {self.terms.of_need[j] for j in needs}:
                need(
                    self.terms.fits(offer, wanted),
                    f"an offer and a need of pool {pool} do not meet each other's terms",
                )
        stored = book.days > 0 and book.kind_of(pool) == GOODS
        spans = [
            [self.terms.window(kind, i, stored) for i in side]
            for kind, side in ((OFFER, offers), (NEED, needs))
        ]
        if offers and needs:
            meet = [
                max(first for first, _ in spans[k]) <= min(last for _, last in spans[1 - k])
                for k in (OFFER, NEED)
            ]
            need(all(meet), f"an offer and a need of pool {pool} never meet in time")
        if book.kind_of(pool) == GOODS:
            self.check_goods(pool, offers, needs)
        else:
            self.check_hubs(pool, offers, needs)

    def check_hubs(self, pool: int, offers: Sequence[int], needs: Sequence[int]) -> None:
        """What is not shipped meets in one hub; talent where it is, and with all others if it can move."""
        book, p, anywhere = self.book, self.book.p, self.book.num_places
        given: dict[int, list[Any]] = defaultdict(list)
        taken: dict[int, list[Any]] = defaultdict(list)
        for a in book.arcs[OFFER, "pool", pool]:
            given[book.arc_ref[a]].append(((book.place[p.head[a]], book.period[p.head[a]]), -p.value[a]))
        for a in book.arcs[NEED, "pool", pool]:
            taken[book.arc_ref[a]].append(book.place[p.tail[a]])
        need(
            all(sorted(given[i]) == sorted(entrances(book, i, pool)) for i in offers),
            f"an offer of pool {pool} does not give wherever it can",
        )
        hubs = {where for ends in given.values() for (where, _), _ in ends}
        single = len(offers) == 1 and offers[0] in book.alone
        for j in needs:
            here = {book.at(book.needs["place"][j])} & hubs if book.kind_of(pool) == TALENT else set()
            there = {anywhere} & hubs if not (single and here) else set()
            need({*taken[j]} == here | there, f"a need of pool {pool} does not take from wherever it can")

    def check_goods(self, pool: int, offers: Sequence[int], needs: Sequence[int]) -> None:
        """Needs have all their arcs, goods may wait, and no lane is missing."""
        book = self.book
        o, n = book.offers, book.needs
        keep = {(book.period_of(o["use_by_day"][i]), book.period_of(o["until_day"][i])) for i in offers}
        need(len(keep) < 2, f"goods of pool {pool} do not keep equally long")
        usable, until = next(iter(keep), (0, 0))
        inner = {
            kind: {(book.arc_ref[a], book.period[book.p.tail[a]]) for a in book.arcs[kind, "pool", pool]}
            for kind in (NEED, LANE, STORAGE)
        }
        places = {
            book.place[book.p.tail[a]]
            for kind in (NEED, LANE, STORAGE)
            for a in book.arcs[kind, "pool", pool]
        }
        places |= {
            book.place[book.p.head[a]] for kind in (OFFER, LANE) for a in book.arcs[kind, "pool", pool]
        }
        served = {
            (j, t)
            for j in needs
            for t in range(
                book.period_of(n["from_day"][j]), min(usable, book.period_of(n["until_day"][j])) + 1
            )
        }
        need(inner[NEED] == served, f"pool {pool} does not serve each need just as long as goods keep")
        waits = {(place, t) for place in places for t in range(min(usable, until))}
        need(inner[STORAGE] == waits, f"goods of pool {pool} do not wait just as long as they may")
        starts = {book.at(o["place"][i]) for i in offers}
        stops = {book.at(n["place"][j]) for j in needs}
        self.ways.check(pool, starts, stops, usable, inner[LANE])
