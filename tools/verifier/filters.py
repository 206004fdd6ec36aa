"""Filters: what those of a rule leave of a book, and on which arcs it is measured."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from verifier.book import over_term
from verifier.files import need
from verifier.kinds import KINDS, LANE, NEED, OFFER, PROJECT, across

if TYPE_CHECKING:
    from verifier.rules import Rule


SIDES = [
    [f"{side}_{what}" for what in ("participant", "role", "region", "place")] for side in ("offer", "need")
]
FILTER_GROUPS = (["lane", "mode"], SIDES[0], [*SIDES[1], "project"], ["category", "kind"])
FILTERS = [*SIDES[0], *SIDES[1], "category", "kind", "lane", "mode", "project"]


class Part:
    """What some filters leave of a book, and on which arcs a rule is measured over it."""

    def __init__(self, rule: Rule, said: dict[str, set[str]], over_lanes: bool = False) -> None:
        self.rule, self.book, self.said = rule, rule.book, said
        lanes, gives, takes, _ = (any(name in said for name in group) for group in FILTER_GROUPS)
        to_needs = rule.measure == "bid_value" or takes or (rule.measure == "awards" and not gives)
        over_lanes = over_lanes or lanes or rule.measure == "co2_kg"
        self.over = LANE if over_lanes else NEED if to_needs else OFFER
        self.splits = gives and self.over != OFFER, takes and self.over == LANE

    def listings(self, side: str) -> list[bool]:
        """The offers or needs that the filters of one side leave."""
        book, table = self.book, (self.book.offers if side == "offer" else self.book.needs)
        who, where = table["participant"], table["place"]
        people, places = book.people, book.places
        told = {
            "participant": [people["id"][w] for w in who],
            "role": [people["role"][w] for w in who],
            "region": [places["region"][p] or people["region"][w] for w, p in across(who, where)],
            "place": [places["id"][p] for p in where],
        }
        left = [True] * len(who)
        for field, cells in told.items():
            if words := self.said.get(f"{side}_{field}"):
                left = [x and cell in words for x, cell in across(left, cells)]
        if side == "need" and (words := self.said.get("project")):
            left = [
                x and p >= 0 and book.projects["id"][p] in words for x, p in across(left, table["project"])
            ]
        return left

    def category(self, c: int) -> bool:
        """Whether a category, or one above it, is named, and its kind."""
        table, words = self.book.categories, self.said.get("category")
        if KINDS[table["kind"][c]] not in self.said.get("kind", KINDS):
            return False
        while words and c >= 0 and table["id"][c] not in words:
            c = table["parent"][c]
        return c >= 0

    def lanes(self) -> list[bool]:
        table = self.book.lanes
        return [
            all(cell in self.said.get(name, (cell,)) for name, cell in (("lane", lane), ("mode", mode)))
            for lane, mode in across(table["id"], table["mode"])
        ]

    @cached_property
    def arcs(self) -> list[int]:
        """The arcs on which the rule is measured. Pools may not mix what it would have to tell apart."""
        book, sides = self.book, (self.listings("offer"), self.listings("need"))
        found = []
        refs = self.lanes() if self.over == LANE else sides[self.over]
        for pool, category in enumerate(book.category):
            mine = [{sides[OFFER][i] for i in book.givers[pool]}, {sides[NEED][j] for j in book.takers[pool]}]
            if self.category(category):
                mixed = [self.splits[k] and len(mine[k]) > 1 and True in mine[1 - k] for k in (OFFER, NEED)]
                need(not any(mixed), f"pool {pool} mixes what rule {self.rule.index} tells apart")
                if not any(self.splits[k] and False in mine[k] for k in (OFFER, NEED)):
                    found += [a for a in book.arcs[self.over, "pool", pool] if refs[book.arc_ref[a]]]
        return found

    def amounts(self) -> dict[int, int]:
        """What a unit on each arc counts for, in billionths, rounded against what the rule allows."""
        book, measure, up = self.book, self.rule.measure, self.rule.up
        if measure == "units":
            return dict.fromkeys(self.arcs, 10**9)
        if measure == "tonnes":
            return {a: book.weight(a) * 1000 for a in self.arcs}
        if measure == "co2_kg":
            exact = {a: book.weight(a) * book.lanes["co2_kg_per_t"][book.arc_ref[a]] for a in self.arcs}
            return {a: -(-x // 1000) if up else x // 1000 for a, x in exact.items()}
        return {a: over_term(book.pays[book.arc_ref[a]], book.term[book.arc_pool[a]], up) for a in self.arcs}

    def projects(self) -> list[int]:
        """Projects with a line that the rule means."""
        meant = (
            {self.book.needs["project"][self.book.arc_ref[a]] for a in self.arcs} if self.over == NEED else ()
        )
        return [p for p in self.book.served if p in meant]

    def bids(self) -> dict[tuple[int, int], int]:
        """What projects bid, where bids are limited."""
        if self.rule.measure != "bid_value" or self.splits[OFFER]:
            return {}
        return {(PROJECT, p): self.book.projects["limit_price"][p] for p in self.projects()}
