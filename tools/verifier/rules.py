"""Rules: limits, shares and counts of what some filters choose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from verifier.files import SAFE, Folder, need
from verifier.filters import FILTER_GROUPS, FILTERS, Part
from verifier.kinds import AWARDED, COUNT, LANE, OFFER, PROJECT, RULE, Row, across

if TYPE_CHECKING:
    from verifier.layout import Layout


MEASURES = ("units", "tonnes", "bid_value", "co2_kg", "awards")


class Rule:
    """A row of rules.csv: what its filters leave, the arcs on which that is measured, and its row."""

    def __init__(self, book: Layout, index: int, said: dict[str, str]) -> None:
        self.book, self.index, self.measure, self.up = book, index, said["measure"], said["sense"] == "<="
        self.id = said["id"]
        self.limit, self.share, self.sponsor = (
            int(said[key]) for key in ("limit", "share_of_total", "sponsor")
        )
        need(
            said["sense"] in ("<=", ">=") and self.measure in MEASURES,
            f"rule {said['id']} limits nothing known",
        )
        self.is_budget = self.measure == "bid_value" and self.up and self.sponsor >= 0
        self.own = Part(self, {name: {*said[name].split(";")} for name in FILTERS if said[name]})
        group = next((group for group in FILTER_GROUPS if any(name in self.own.said for name in group)), ())
        rest = {name: words for name, words in self.own.said.items() if name not in group}
        self.total = Part(self, rest, self.own.over == LANE)
        # Its rent is its owner's, else the one participant's that it limits, else the operator's.
        limited = [said[name] for name in ("need_participant", "offer_participant") if said[name]][:1]
        people = {quote(name, safe=SAFE): i for i, name in enumerate(book.people["id"])}
        self.owner = int(said["owner"]) if int(said["owner"]) >= 0 else people.get((*limited, "")[0], -1)

    def rows(self) -> Iterator[Row]:
        if self.is_budget:
            return
        limits = (None, self.limit) if self.up else (self.limit, None)
        if self.measure == "awards":
            yield from self.counts()
            yield Row(RULE, self.index, 0, limits[0], limits[1], {}, dict.fromkeys(self.counted(), 10**6))
            return
        arcs, bids = self.own.amounts(), self.own.bids()
        if self.share:
            limits = (None, 0) if self.up else (0, None)
            arcs, bids = (
                self.less(part, all_of)
                for part, all_of in ((arcs, self.total.amounts()), (bids, self.total.bids()))
            )
        yield Row(RULE, self.index, 0, limits[0], limits[1], arcs, bids)

    def less(self, part: dict[Any, int], total: dict[Any, int]) -> dict[Any, int]:
        """part - share x total, each rounded against what the rule allows."""
        both = {key: part.get(key, 0) * 10**6 - self.limit * total.get(key, 0) for key in part | total}
        return {key: -(-x // 10**6) if self.up else x // 10**6 for key, x in both.items()}

    def counted(self) -> dict[tuple[int, int], Any]:
        """The bundles that count awards -> what is counted: (arcs, most), or a project."""
        book, kind, found = self.book, self.own.over, dict[tuple[int, int], Any]()
        if self.measure != "awards" or self.is_budget:
            return found
        table = book.offers if kind == OFFER else book.needs
        arcs: dict[int, list[int]] = defaultdict(list)
        for a in self.own.arcs:
            arcs[book.arc_ref[a]].append(a)
        for ref, own in arcs.items():
            most = table["quantity"][ref]
            if most < 0:
                most = sum(book.supply[pool] for pool in {book.arc_pool[a] for a in own})
            if kind == OFFER or table["project"][ref] < 0:
                found[AWARDED + kind, self.index * len(table["id"]) + ref] = own, most
        for p in self.own.projects():
            atomic = book.projects["all_or_nothing"][p]
            found[
                (PROJECT, p) if atomic else (AWARDED + PROJECT, self.index * len(book.projects["id"]) + p)
            ] = p
        return found

    def switches(self) -> list[tuple[int, int]]:
        return [key for key in self.counted() if key[0] != PROJECT]

    def counts(self) -> Iterator[Row]:
        """An award counts with its first quantum, or where awards are asked for, only in full."""
        low, high = (None, 0) if self.up else (0, None)
        for key, what in self.counted().items():
            if key[0] != PROJECT:
                own, most = ([], 10**6) if isinstance(what, int) else what
                switches = {key: -most} | ({(PROJECT, what): 10**6} if isinstance(what, int) else {})
                ref = self.book.columns[key] - self.book.p.num_arcs
                yield Row(COUNT, ref, 0, low, high, dict.fromkeys(own, 10**9), switches)


def read_rules(folder: Folder, book: Layout) -> list[Rule]:
    fields = ("id", "measure", "sense", "limit", "share_of_total", "owner", "sponsor", *FILTERS)
    rows = folder.text("book/rules.csv", ",".join(fields))
    need(len({row[0] for row in rows}) == len(rows), "rules.csv has an id twice")
    return [Rule(book, index, dict(across(fields, row))) for index, row in enumerate(rows)]
