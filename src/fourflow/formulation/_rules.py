"""Rules: a row for each, summed over the arcs that its filters leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fourflow.book import MICRO
from fourflow.book._market import Rule
from fourflow.formulation._amounts import over_term
from fourflow.formulation._columns import NO_ARCS, Switch
from fourflow.formulation._draft import UNIT, Draft
from fourflow.formulation._layout import ArcKind, BundleKind, RowKind
from fourflow.formulation._projects import WHOLE
from fourflow.matching import Measure, measures
from fourflow.problem import INF

I64 = NDArray[np.int64]
_ARCS = {"lane": ArcKind.LANE, "need": ArcKind.NEED, "offer": ArcKind.OFFER}


def add_rules(draft: Draft) -> None:
    """A RULE row for every rule but budgets; those that count awards get a switch for each listing."""
    written = _Written(draft, *draft.columns.arcs_by_meaning())
    for index, own, total in measures(draft.market):
        rule = own.rule
        lower, upper = _limits(rule.sense, rule.limit)
        if rule.measure == "awards":
            draft.rows.add(
                RowKind.RULE, index, 0, NO_ARCS, NO_ARCS, lower, upper, *written.counts(index, own)
            )
            continue
        arcs, amount = written.amounts(own)
        bids = written.bids(own)
        if total is not None:
            arcs, amount = _share(rule, arcs, amount, *written.amounts(total))
            bids = _share_of_bids(rule, bids, written.bids(total))
            lower, upper = _limits(rule.sense, 0)
        draft.rows.add(RowKind.RULE, index, 0, arcs, amount, lower, upper, *bids)


def _limits(sense: str, limit: int) -> tuple[int, int]:
    return (-INF, limit) if sense == "<=" else (limit, INF)


def _rest(rule: Rule, part: int, whole: int) -> int:
    """part - share x whole (the share in millionths), rounded against what the rule allows."""
    sign = -1 if rule.sense == "<=" else 1
    return sign * (sign * (part * MICRO - rule.limit * whole) // MICRO)


def _share(rule: Rule, arcs: I64, amount: I64, of: I64, whole: I64) -> tuple[I64, I64]:
    """What counts of each arc of the total, of which `arcs` are a part."""
    part = dict(zip(arcs.tolist(), amount.tolist(), strict=True))
    both = dict.fromkeys(part, 0) | dict(zip(of.tolist(), whole.tolist(), strict=True))
    ordered = sorted(both)
    rest = [_rest(rule, part.get(arc, 0), both[arc]) for arc in ordered]
    return np.array(ordered, np.int64), np.array(rest, np.int64)


def _share_of_bids(rule: Rule, part: list[Switch], whole: list[Switch]) -> list[Switch]:
    own = {(kind, ref): bid for kind, ref, bid in part}
    return [(kind, ref, _rest(rule, own.get((kind, ref), 0), bid)) for kind, ref, bid in whole]


@dataclass(frozen=True)
class _Written:
    """The arcs that rules are summed over: kind, ref, pool : int64[num_arcs]."""

    draft: Draft
    kind: I64
    ref: I64
    pool: I64

    def arcs(self, part: Measure) -> I64:
        """The arcs that a rule's filters leave."""
        of_kind = np.flatnonzero(self.kind == _ARCS[part.where])
        meant = {"lane": part.lanes, "need": part.needs, "offer": part.offers}[part.where]
        pools = np.array([self._meant(pool.index, part) for pool in self.draft.pools], np.bool_)
        return of_kind[meant[self.ref[of_kind]] & pools[self.pool[of_kind]]] if len(of_kind) else of_kind

    def _meant(self, index: int, part: Measure) -> bool:
        """Whether a pool's goods are those that the rule speaks of. Pools do not mix: one stands for all."""
        pool = self.draft.pools[index]
        if not part.categories[pool.category]:
            return False
        given = not part.splits_offers or bool(part.offers[pool.offers].all())
        return given and (not part.splits_needs or bool(part.needs[pool.needs].all()))

    def amounts(self, part: Measure) -> tuple[I64, I64]:
        """(arcs, what a unit on each counts for in billionths), rounded against what the rule allows."""
        arcs = self.arcs(part)
        market, up = self.draft.market, part.rule.sense == "<="
        pools = self.draft.pools
        category = np.array([p.category for p in pools], np.int64)[self.pool[arcs]]
        weight = market.categories.tonnes_per_unit[category]
        if part.rule.measure == "units":
            return arcs, np.full(len(arcs), UNIT)
        if part.rule.measure == "tonnes":
            return arcs, weight * 1000
        if part.rule.measure == "co2_kg":
            product = weight * market.lanes.co2_kg_per_t[self.ref[arcs]]
            return arcs, -(-product // 1000) if up else product // 1000
        months = np.array([p.term_months for p in pools], np.int64)[self.pool[arcs]]
        bid = self.draft.pays[self.ref[arcs]]
        exact = [over_term(bid[months == m], int(m), up) for m in np.unique(months)]
        out = np.zeros(len(arcs), np.int64)
        for m, value in zip(np.unique(months), exact, strict=True):
            out[months == m] = value
        return arcs, out

    def bids(self, part: Measure) -> list[Switch]:
        """What projects bid, for a rule that limits bids: those with a line that it means."""
        if part.rule.measure != "bid_value" or part.splits_offers:
            return []
        limit = self.draft.market.projects.limit_price
        return [(BundleKind.PROJECT, p, int(limit[p])) for p in self._projects(part)]

    def _projects(self, part: Measure) -> list[int]:
        """Projects with a line that the rule means."""
        needs = self.draft.market.needs
        meant = set(needs.project[self.ref[self.arcs(part)]].tolist()) if part.where == "need" else set()
        return [project for project in self.draft.served if project in meant]

    def counts(self, rule: int, part: Measure) -> list[Switch]:
        """A switch for every listing that counts as awarded, with the row that ties it to what it gets."""
        if part.where == "offer":
            return self._listings(rule, part, BundleKind.AWARDED_OFFER)
        return self._listings(rule, part, BundleKind.AWARDED_NEED) + self._counted_projects(rule, part)

    def _listings(self, rule: int, part: Measure, kind: BundleKind) -> list[Switch]:
        """`<=`: awarded if it gets anything; `>=`: only if it gets all it asks for (or gives all it has)."""
        draft, arcs = self.draft, self.arcs(part)
        given = kind == BundleKind.AWARDED_OFFER
        listings, most = (draft.market.offers, draft.supply) if given else (draft.market.needs, draft.demand)
        switches: list[Switch] = []
        order = arcs[np.argsort(self.ref[arcs], kind="stable")]
        ids, starts = np.unique(self.ref[order], return_index=True)
        for listing, own in zip(ids.tolist(), np.split(order, starts)[1:], strict=True):
            if not given and draft.market.needs.project[listing] >= 0:
                continue
            most_of = int(most[listing])
            if most_of == INF:
                most_of = sum(draft.pools[p].supply for p in np.unique(self.pool[own]).tolist())
            key = rule * len(listings) + listing
            self._count(kind, key, own, most_of, part.rule.sense)
            switches.append((kind, key, WHOLE))
        return switches

    def _count(self, kind: BundleKind, key: int, own: I64, most: int, sense: str) -> None:
        draft = self.draft
        draft.columns.add_bundle(kind, key)
        lower, upper = _limits(sense, 0)
        bundle = draft.columns.bundle_at(kind, key)
        draft.rows.add(
            RowKind.COUNT, bundle, 0, own, np.full(len(own), UNIT), lower, upper, (kind, key, -most)
        )

    def _counted_projects(self, rule: int, part: Measure) -> list[Switch]:
        """A project counts once: as carried out at all (`<=`), or in full (`>=`)."""
        draft, projects = self.draft, self.draft.market.projects
        switches: list[Switch] = []
        for project in self._projects(part):
            if projects.all_or_nothing[project]:
                switches.append((BundleKind.PROJECT, project, WHOLE))
                continue
            key = rule * len(projects) + project
            draft.columns.add_bundle(BundleKind.AWARDED_PROJECT, key)
            lower, upper = _limits(part.rule.sense, 0)
            both = (BundleKind.PROJECT, project, WHOLE), (BundleKind.AWARDED_PROJECT, key, -WHOLE)
            bundle = draft.columns.bundle_at(BundleKind.AWARDED_PROJECT, key)
            draft.rows.add(RowKind.COUNT, bundle, 0, NO_ARCS, NO_ARCS, lower, upper, *both)
            switches.append((BundleKind.AWARDED_PROJECT, key, WHOLE))
        return switches
