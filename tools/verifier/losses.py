"""Losses: the gap as money, what everybody could have got at the prices less what it got, each at least 0."""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction

from verifier.files import Claims, need
from verifier.kinds import (
    AWARDED,
    BOUGHT,
    BUDGET,
    CAPACITY,
    COUNT,
    FUNDING,
    HUB,
    LANE,
    LEAST,
    LINES,
    LINK,
    MOST,
    MOVE,
    MOVED,
    NEED,
    OFFER,
    OWN_TRIPS,
    PART,
    PROJECT,
    RULE,
    SHARE,
    STORAGE,
    TAKER,
    TRIP,
    TRIPS,
    across,
)
from verifier.layout import Layout
from verifier.problem import Problem

Owner = tuple[str, int]


class Losses:
    """What everybody could have got at some duals beyond what it got: (noun, index) -> its loss in money, if
    any; in all the bound of these duals less the objective."""

    def __init__(self, book: Layout, dual: dict[int, int]) -> None:
        p, self.book = book.p, book
        mixed = {
            i for i, j, a in p.entries() if a and not p.step[j]
        }  # rows that hold more than whole columns
        self.of: dict[Owner, Fraction] = defaultdict(Fraction)
        self.in_parts = Fraction(0)  # without what only another whole decision could have brought
        scale = Scale(book.claims)
        rows, columns = losses(book.p, scale, dual)
        for i, loss in rows.items():
            self.add(owner_of_row(book, i), loss * scale.unit, i < p.num_nodes or i in mixed)
        for j, loss in columns.items():
            self.add(owner_of_column(book, j), loss * scale.unit, not p.step[j])

    def add(self, owner: Owner, loss: Fraction, in_parts: bool) -> None:
        self.of[owner] += loss
        self.in_parts += loss if in_parts else 0

    def check_support(self) -> None:
        """With whole decisions as they are, nobody would choose otherwise at these prices: what could be
        gained in all is no more than the certified gap, and a millionth of everything for rounding."""
        number = self.book.claims.number
        gap, largest = number("absolute_gap"), max(abs(number("objective")), abs(number("bound")))
        need(
            self.in_parts <= gap + (largest + 1) / 10**6,
            f"at these prices others could gain {float(self.in_parts):.9g}: they do not support the awards",
        )


class Scale:
    """What one integer is worth: of values per unit of an arc's and a bundle's amount, of a node's dual times
    what flows in, and of a row's times its activity, in whole multiples of one `unit` of money."""

    def __init__(self, claims: Claims) -> None:
        number = claims.number
        exact = [number("unit") * number(key) for key in ("arc_value", "bundle_value")]
        exact += [
            number("node_unit") * number("price_node_scale"),
            number("row_unit") * number("price_row_scale"),
        ]
        self.unit = Fraction(1, math.lcm(*(x.denominator for x in exact)))
        self.per_arc, self.per_bundle, self.per_node, self.per_row = (int(x / self.unit) for x in exact)


def losses(p: Problem, scale: Scale, dual: dict[int, int]) -> tuple[dict[int, int], dict[int, int]]:
    """The loss of each row and of each column that loses, in the scale's unit.

    A row loses max(lower y, upper y) - y activity, a column max(0, cap r) - r amount, r its reduced value.
    """
    per_arc, per_bundle = scale.per_arc, scale.per_bundle
    y = {i: value * (scale.per_node if i < p.num_nodes else scale.per_row) for i, value in dual.items()}
    rows, columns = dict[int, int](), dict[int, int]()
    activity = p.activity()
    for i, price in y.items():
        limit = (p.upper if price > 0 else p.lower)[i] if price else 0
        need(limit is not None, "the price duals prove no bound, so there are no losses")
        rows[i] = price * ((limit or 0) - activity[i])
    charge: dict[int, int] = defaultdict(int)
    for i, j, a in p.entries():
        if price := y.get(i, 0):
            charge[j] += a * price
    for j, (tail, head, cap) in enumerate(across(p.tail, p.head, p.caps)):
        r = p.value[j] * (per_arc if j < p.num_arcs else per_bundle) - charge.get(j, 0)
        if tail != head:
            r += (y.get(tail, 0) - y.get(head, 0)) * p.factor
        if r:
            need(r < 0 or cap >= 0, "the price duals prove no bound, so there are no losses")
            columns[j] = r * ((cap if r > 0 else 0) - p.amount[j])
    return rows, columns


def owner_of_row(book: Layout, i: int) -> Owner:
    """Whose limit a row is."""
    kind, ref = book.kind[i], book.ref[i]
    if i < book.p.num_nodes:
        return (
            ("offer", ref)
            if kind == OFFER
            else ("place", book.place[i])
            if kind == HUB
            else demand(book, ref)
        )
    if kind in (LEAST, MOST, COUNT):
        return owner_of_column(book, book.p.num_arcs + ref)
    if kind == LINK:
        return "offer", book.givers[book.arc_pool[ref]][0]
    nouns = {
        CAPACITY: "lane",
        TRIPS: "lane",
        OWN_TRIPS: "lane",
        BUDGET: "sponsor",
        RULE: "rule",
        FUNDING: "project",
        PART: "project",
    }
    return nouns.get(kind, "offer"), ref


def owner_of_column(book: Layout, j: int) -> Owner:
    """Whose choice a column is."""
    kind, ref = book.arc_kind[j], book.arc_ref[j]
    if j < book.p.num_arcs:
        nouns = {OFFER: "offer", LANE: "lane", SHARE: "lane", TRIP: "lane", STORAGE: "place"}
        return demand(book, ref) if kind == NEED else (nouns[kind], ref)
    if kind == TAKER:
        return "offer", book.givers[book.arc_pool[ref]][0]
    if kind in (BOUGHT, MOVED):
        return ("project", book.project[ref]) if book.project[ref] >= 0 else ("sponsor", book.sponsor[ref])
    if kind in (AWARDED, AWARDED + 1, AWARDED + 2):
        return "rule", book.rule_of_award(kind, ref)
    return {OFFER: "offer", MOVE: "offer", NEED: "need", PROJECT: "project", LINES: "project"}[kind], ref


def demand(book: Layout, need: int) -> Owner:
    """A line's loss is its project's."""
    project = book.needs["project"][need]
    return ("project", project) if project >= 0 else ("need", need)
