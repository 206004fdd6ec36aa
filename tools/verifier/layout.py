"""The layout: what each row and column of the problem stands for, and who meets in each pool."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import Any

from verifier.book import Book
from verifier.files import Claims, Folder, need
from verifier.kinds import AWARDED, LANE, NEED, OFFER, ROOM, RULE, SHARE, TRIP, across
from verifier.problem import Problem
from verifier.rules import read_rules


class Layout(Book):
    """A book, and which of its listings each row and column of a problem stands for."""

    def __init__(self, folder: Folder, p: Problem, claims: Claims) -> None:
        super().__init__(folder)
        self.p, self.claims = p, claims
        claims.says("welfare", claims.number("objective"))  # without policy adders they are one
        self.read_layout(folder)
        self.read_scales()
        self.rules = read_rules(folder, self)
        self.budget: dict[int, int] = defaultdict(int)
        budgets = [(rule.limit, rule.sponsor) for rule in self.rules if rule.is_budget]
        for limit, who in sorted(budgets, reverse=True):
            self.budget[who] = limit

    def read_layout(self, folder: Folder) -> None:
        """What each row and column stands for, and who meets in each pool."""
        p, o, n = self.p, self.offers, self.needs
        self.kind, self.ref, self.pool, self.place, self.period = folder.numbers(
            "layout/rows.csv", "kind,ref,pool,place,period"
        )
        self.arc_kind, self.arc_ref, self.arc_pool = folder.numbers("layout/columns.csv", "kind,ref,pool")
        self.sponsor, self.category, self.project, self.term = folder.numbers(
            "layout/pools.csv", "sponsor,category,project,term_months"
        )
        need(
            len(self.kind) == p.num_rows and len(self.arc_kind) == p.num_columns, "layout and problem differ"
        )
        need(min([*self.ref, *self.arc_ref], default=0) >= 0, "the layout has a reference below 0")
        self.arcs: dict[Any, list[int]] = defaultdict(list)  # by kind and listing, lane and period, or pool
        for a in range(p.num_arcs):
            kind, when = self.arc_kind[a], self.period[p.tail[a]]
            self.arcs[kind, self.arc_ref[a], when if kind in (LANE, SHARE, TRIP) else 0].append(a)
            self.arcs[kind, "pool", self.arc_pool[a]].append(a)
        self.columns = {(self.arc_kind[j], self.arc_ref[j]): j for j in range(p.num_arcs, p.num_columns)}
        pools = range(len(self.sponsor))
        self.givers, self.takers = (
            [sorted({self.arc_ref[a] for a in self.arcs[kind, "pool", pool]}) for pool in pools]
            for kind in (OFFER, NEED)
        )
        self.supply = []
        for given, taken in across(self.givers, self.takers):
            most = [o["quantity"][i] for i in given]
            free = min(most, default=0) < 0  # unlimited licences: no more than is asked for
            self.supply.append(min(sum(n["quantity"][j] for j in taken) if free else sum(most), ROOM))
        self.alone = {
            i
            for i in range(len(o["id"]))
            if self.arcs.get((OFFER, i, 0))
            and (self.switched(i) or o["project"][i] >= 0 or self.has_one_taker(i) or self.moves_once(i))
        }
        lines = [(j, line) for j, line in enumerate(n["project"]) if line >= 0]
        lacking = {line for j, line in lines if n["asked"][j] and not self.arcs.get((NEED, j, 0))}
        self.served = sorted({line for _, line in lines} - lacking)

    def read_scales(self) -> None:
        claims, p = self.claims, self.p
        unit, quantum, node = claims.number("unit"), claims.number("arc_quantum"), claims.number("node_unit")
        self.per_limit = Fraction(1, 10**6) / claims.number("row_unit")
        self.per_switch = self.per_limit * claims.number("bundle_quantum")
        of_switch = claims.number("bundle_value") * unit * 10**6 == claims.number("bundle_quantum")
        need(
            quantum * 10**6 == node * p.factor * 10**6 == claims.number("arc_value") * unit * 10**15 == 1
            and self.per_limit % 10**9 == self.per_switch % 1 == 0
            and (of_switch or p.num_columns == p.num_arcs)
            and [claims.text(key) for key in ("sense", "objective_offset", "row_tolerance")]
            == ["max", "0", "0"],
            "the scales are not those of a book",
        )

    def weight(self, arc: int) -> int:
        return int(self.categories["tonnes_per_unit"][self.category[self.arc_pool[arc]]])

    def rule_of(self, row: int) -> int:
        """The rule behind a RULE or COUNT row."""
        if self.kind[row] == RULE:
            return int(self.ref[row])
        return self.rule_of_award(
            *(column[self.p.num_arcs + self.ref[row]] for column in (self.arc_kind, self.arc_ref))
        )

    def rule_of_award(self, kind: int, ref: int) -> int:
        """The rule that a bundle AWARDED (offer, need or project) counts for."""
        return ref // len((self.offers, self.needs, self.projects)[kind - AWARDED]["id"])

    def kind_of(self, pool: int) -> int:
        return int(self.categories["kind"][self.category[pool]])

    def pools_of(self, offer: int) -> list[int]:
        return sorted({self.arc_pool[a] for a in self.arcs[OFFER, offer, 0]})
