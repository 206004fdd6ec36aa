"""Prices from the price duals, in exact fine units (docs/prices.md)."""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction
from typing import Any

from verifier.files import Folder, need, within
from verifier.kinds import (
    BUDGET,
    CAPACITY,
    COUNT,
    FUNDING,
    HUB,
    LINK,
    NEED,
    OFFER,
    OWN_TRIPS,
    PROJECT,
    RULE,
    SHARE,
    TECHNOLOGY,
    TRIP,
    TRIPS,
    UNAIDED,
    across,
)
from verifier.layout import Layout


class Money:
    """Prices, and what limits earn, in the exact fine unit that all price duals are whole multiples of."""

    def __init__(self, folder: Folder, book: Layout) -> None:
        self.book, self.p, claims = book, book.p, book.claims
        rows, values = folder.numbers("price_duals.csv", "row,value")
        within(rows, self.p.num_rows, "price_duals.csv: row")
        self.dual, scale = dict(across(rows, values)), claims.number("price_row_scale", 0)
        need(len(self.dual) == len(rows), "price_duals.csv names a row twice")
        scales = Fraction(1, 10**9), claims.number("price_node_scale", 0), scale / 10**9
        whole = math.lcm(*(x.denominator for x in scales))
        unit = Fraction(math.gcd(*(int(x * whole) for x in scales)), whole)
        self.per_value, self.per_node, per_rent = (int(x / unit) for x in scales)
        self.millionth = int(1 / unit)  # of money, in the unit times a millionth of quantity
        need(unit.numerator == 1, "the price duals are too coarse")
        self.rent: dict[int, int] = defaultdict(int)
        self.charges: dict[int, list[tuple[int, int]]] = defaultdict(list)  # column -> (rule, amount)
        per_entry, per_switch = int(book.per_limit) // 10**9, int(book.per_switch)
        for i, a, g in self.p.entries():
            if i < self.p.num_nodes:
                continue
            kind, dual, is_arc = book.kind[i], self.dual.get(i, 0), a < self.p.num_arcs
            if (
                kind in (CAPACITY, TRIPS, OWN_TRIPS, LINK)
                and dual > 0
                and is_arc
                and book.arc_kind[a] not in (SHARE, TRIP)
            ):
                licence = kind == LINK and book.kind_of(book.arc_pool[a]) == TECHNOLOGY
                self.rent[a] += 0 if licence else g // per_entry * dual * per_rent
            floor = self.p.lower[i] is not None
            if kind in (RULE, COUNT) and (dual or floor) and (is_arc or book.arc_kind[a] == PROJECT):
                self.charges[a].append(
                    (book.rule_of(i), g // (per_entry if is_arc else per_switch) * dual * per_rent)
                )
        worth = defaultdict[tuple[int, int], Fraction](Fraction)
        for i in range(self.p.num_nodes, self.p.num_rows):
            if book.kind[i] in (BUDGET, FUNDING, UNAIDED):
                worth[book.kind[i], book.ref[i]] = max(0, self.dual.get(i, 0)) * scale
        self.factor = [
            1 / (1 + worth[BUDGET, who])
            if who >= 0
            else 1 / (1 + worth[FUNDING, project] + sum(worth[UNAIDED, i] for i in given[:1]))
            for who, project, given in across(book.sponsor, book.project, book.givers)
        ]
        self.lane_rent = dict.fromkeys(range(len(book.lanes["id"])), 0)
        for i in range(self.p.num_nodes, self.p.num_rows):
            if book.kind[i] == CAPACITY and self.dual.get(i, 0) > 0:
                self.lane_rent[book.ref[i]] = max(
                    self.lane_rent[book.ref[i]], int(self.dual[i] * scale * 10**9)
                )

    def charge(self, arc: int) -> int:
        """What rules add to the price of a unit on an arc."""
        return sum(amount for _, amount in self.charges.get(arc, ()))

    def price(self, node: int, rent: int, pool: int) -> int:
        """In billionths of money, to the nearest."""
        return self.worth(self.dual.get(node, 0), rent, pool)

    def worth(self, dual: int, rent: int, pool: int) -> int:
        """The price that a dual stands for."""
        factor, fine = self.factor[pool], rent - dual * self.per_node
        over = factor.denominator * self.per_value
        return int((2 * fine * factor.numerator + over) // (2 * over))

    def check_prices(self, folder: Folder) -> None:
        prices, (kind, ref, price) = self.prices(), folder.numbers("prices.csv", "kind,ref,price")
        need(
            dict(across(across(kind, ref), price)) == prices and len(kind) == len(prices),
            "a price does not follow from the price duals",
        )

    def prices(self) -> dict[tuple[int, int], int]:
        """(kind, ref) -> billionths: 0, 1 listings, where they trade or would first; 2 hubs; 3 rents."""
        book, p = self.book, self.p
        prices = {
            (2, book.ref[i]): self.price(i, 0, book.pool[i])
            for i in range(p.num_nodes)
            if book.kind[i] == HUB
        }
        prices |= {(3, lane): rent for lane, rent in self.lane_rent.items()}
        best: dict[tuple[int, int], tuple[Any, ...]] = {}
        for a in range(p.num_arcs):
            kind, pool = book.arc_kind[a], book.arc_pool[a]
            if kind in (OFFER, NEED):
                ruled = self.charge(a)
                added = -ruled if kind == OFFER else self.rent.get(a, 0) + ruled
                price = self.price(p.head[a] if kind == OFFER else p.tail[a], added, pool)
                key = (p.amount[a] == 0, book.sponsor[pool] >= 0, -price if kind == OFFER else price)
                best[kind, book.arc_ref[a]] = min(best.get((kind, book.arc_ref[a]), key), key)
        return prices | {key: -order[2] if key[0] == OFFER else order[2] for key, order in best.items()}
