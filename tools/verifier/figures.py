"""Figures that people read: what was given, received, moved and carried out, and what sums it up."""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction
from operator import mul
from typing import Any

from verifier.kinds import GOODS, KINDS, LANE, NEED, OFFER, PROJECT, TRIP, across
from verifier.layout import Layout

MASSES = ("kg", "g", "mg", "t", "kt", "lb", "oz", "stone", "short_ton", "long_ton")


class Result:
    """What was given, received, moved and carried out, and the figures that sum it up."""

    def __init__(self, book: Layout) -> None:
        self.book = book
        self.given, self.received, moved = (
            [0] * len(table["id"]) for table in (book.offers, book.needs, book.lanes)
        )
        self.haulage = 0
        for a, x in enumerate(book.p.amount[: book.p.num_arcs]):
            kind, ref = book.arc_kind[a], book.arc_ref[a]
            if kind in (OFFER, NEED):
                (self.given if kind == OFFER else self.received)[ref] += x
            if kind == LANE:
                moved[ref] += x * book.weight(a)
            if kind in (LANE, TRIP):
                self.haulage -= x * book.p.value[a]
        self.moved = [-(-x // 10**6) for x in moved]
        self.shown = self.read_shown()
        sizes = {p: Fraction(book.p.amount[book.columns[PROJECT, p]], 10**9) for p in book.served}
        self.size = [sizes.get(p, Fraction(0)) for p in range(len(book.projects["id"]))]

    def read_shown(self) -> list[int]:
        """The category with which each need is shown: the broadest of those that it accepts."""
        parents = self.book.categories["parent"]
        width = [0] * len(parents)
        for c in range(len(parents)):
            for _ in parents:
                width[c], c = width[c] + 1, parents[c]
                if c < 0:
                    break
        return [min(some, key=lambda c: (-width[c], c)) for some in self.book.needs["categories"]]

    def flows(self) -> dict[tuple[str, str], list[float]]:
        """(kind, unit) -> asked, met, offered, given; what is counted by mass in tonnes."""
        book, table = self.book, self.book.categories
        weighed = [kind == GOODS and unit in MASSES for kind, unit in across(table["kind"], table["unit"])]
        per_unit = [x if weighs else 10**6 for x, weighs in across(table["tonnes_per_unit"], weighed)]
        units = ["t" if weighs else unit for unit, weighs in across(table["unit"], weighed)]
        made = [self.size[p] if p >= 0 else 1 for p in book.offers["project"]]
        offered = [math.inf if q < 0 else q * share for q, share in across(book.offers["asked"], made)]
        found: dict[tuple[str, str], list[Any]] = defaultdict(lambda: [0, 0, 0, 0])
        for k, amounts, shown in (
            (0, book.needs["asked"], self.shown),
            (1, self.received, self.shown),
            (2, offered, book.offers["category"]),
            (3, self.given, book.offers["category"]),
        ):
            for x, c in across(amounts, shown):
                found[KINDS[table["kind"][c]], units[c]][k] += x * per_unit[c] if x else 0
        return {key: [float(x) / 10**12 for x in sums] for key, sums in found.items()}

    def figures(self) -> dict[str, float]:
        book, table, per_unit = self.book, self.book.needs, self.book.categories["tonnes_per_unit"]
        asking = [j for j, x in enumerate(table["asked"]) if x > 0]
        open_needs = [j for j in asking if table["project"][j] < 0]
        missing = [table["asked"][j] - self.received[j] for j in open_needs]
        asked = sum(table["asked"][j] * per_unit[self.shown[j]] for j in asking)
        tonnes = sum(x * per_unit[c] for x, c in across(self.given, book.offers["category"]))
        none = sum(self.received[j] <= 0 for j in open_needs)
        full = sum(x <= 100 and self.received[j] > 0 for j, x in across(open_needs, missing))
        return {
            "welfare": float(book.claims.number("welfare")),
            "haulage": self.haulage / 10**15,
            "tonnes": tonnes / 10**12,
            "co2_kg": sum(map(mul, self.moved, book.lanes["co2_kg_per_t"])) / 10**12,
            "share_met": tonnes / asked if asked else 0,
            "needs_met_in_full": full,
            "needs_met_in_part": len(open_needs) - full - none,
            "needs_not_met": none,
            "projects_in_full": sum(x >= 1 - Fraction(1, 10**6) for x in self.size),
            "projects_not": sum(not x for x in self.size),
            "projects_in_part": sum(0 < x < 1 - Fraction(1, 10**6) for x in self.size),
            "givers": len({who for who, x in across(book.offers["participant"], self.given) if x}),
            "receivers": len({who for who, x in across(table["participant"], self.received) if x}),
        }
