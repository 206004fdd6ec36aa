"""Who may serve whom: categories, terms, requirements and windows, compared by type of listing."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from operator import ge, gt, le, lt
from typing import Any

from verifier.book import Book
from verifier.files import Folder, need
from verifier.kinds import CAPITAL, GOODS, NEED, OFFER, TALENT, across

SORTED = {"<": lt, "<=": le, ">": gt, ">=": ge}


class Eligibility:
    """Listings are compared by type: all that decides eligibility but the window."""

    def __init__(self, folder: Folder, book: Book) -> None:
        self.book = book
        self.answers: dict[str, dict[str, set[Any]]] = defaultdict(lambda: defaultdict(set))
        for owner, name, value, number in folder.text("book/attributes.csv", "owner,name,value,number"):
            self.answers[owner][name].add((value, int(number) if number else None))
        self.asks: dict[str, set[Any]] = defaultdict(set)
        for listing, name, how, values, number in folder.text(
            "book/requirements.csv", "listing,attribute,comparison,values,number"
        ):
            self.asks[listing].add((name, how, tuple(values.split(";")), int(number) if number else None))
        self.types: list[Any] = []  # of offers, then of needs, by number
        self.numbers: dict[Any, int] = {}
        o, n = book.offers, book.needs
        kinds, said = (
            book.categories["kind"],
            ("category", "loan", "term_months", "place", "remote", "move_cost", "project"),
        )
        self.of_offer = self.read_types(
            o,
            n["id"],
            [
                (
                    c,
                    kinds[c],
                    made >= 0 > book.projects["sponsor"][made],
                    *((loan, term) if kinds[c] == CAPITAL else ()),
                    *((place,) if kinds[c] == TALENT and not remote and move < 0 else ()),
                )
                for c, loan, term, place, remote, move, made in across(*(o[field] for field in said))
            ],
        )
        self.of_need = self.read_types(
            n,
            o["id"],
            [
                (frozenset(cs), term, place if any(kinds[c] == TALENT for c in cs) else -1, who >= 0)
                for cs, term, place, who in across(
                    n["categories"], n["term_months"], n["place"], n["sponsor"]
                )
            ],
        )
        self.takers: dict[int, list[int]] = defaultdict(list)  # types of needs, by category
        for wanted in sorted({*self.of_need}):
            for category in self.types[wanted][0][0]:
                self.takers[category].append(wanted)
        self.memo: dict[tuple[int, int], bool] = {}

    def read_types(self, table: dict[str, list[Any]], others: list[str], keys: list[Any]) -> list[int]:
        """The number of each listing's type: (key, what it asks, what it answers to the other side)."""
        names = sorted({str(ask[0]) for other in others if other in self.asks for ask in self.asks[other]})
        people, places, answers = self.book.people, self.book.places["id"], self.answers
        found: list[int] = []
        for listing, who, place, key in across(table["id"], table["participant"], table["place"], keys):
            holders = [listing, people["id"][who], *places[place : place + 1][: place + 1]]
            told = []
            for name in names:
                own = next((answers[x][name] for x in holders if x in answers and name in answers[x]), None)
                given = people[name][who] if name in ("role", "region") else ""
                told.append((name, frozenset(own or ({(given, None)} if given else ()))))
            kind = key, frozenset(self.asks.get(listing, ())), tuple(told)
            if kind not in self.numbers:
                self.numbers[kind] = len(self.types)
                self.types.append((key, kind[1], dict(told)))
            found.append(self.numbers[kind])
        return found

    def fits(self, offer: int, wanted: int) -> bool:
        """Whether a type of offers and a type of needs may meet, windows aside."""
        if (offer, wanted) not in self.memo:
            (category, kind, unbacked, *more), asks, answers = self.types[offer]
            (accepted, months, place, sponsored), asked, answered = self.types[wanted]
            if kind == CAPITAL:  # a loan for its term, a grant for none
                agreed = (0 < months <= (more[1] or months)) if more[0] else months == 0
            else:
                agreed = more in ([], [place])  # talent may stay at its place
            # No sponsor buys what a project makes that has none: its costs are in no budget.
            self.memo[offer, wanted] = (
                agreed
                and category in accepted
                and not (unbacked and sponsored)
                and all(meets(ask, answered[ask[0]]) for ask in asks)
                and all(meets(ask, answers[ask[0]]) for ask in asked)
            )
        return self.memo[offer, wanted]

    def window(self, kind: int, i: int, stored: bool) -> tuple[float, float]:
        """Offers and needs meet in time if each begins before the other ends; goods in store wait."""
        book, table = self.book, (self.book.offers, self.book.needs)[kind]
        first, last = table["from_day"][i], table["until_day"][i]
        if kind == OFFER:
            last = min(last, table["use_by_day"][i])
            return (-math.inf, book.period_of(table["use_by_day"][i])) if stored else (first, last)
        return (book.period_of(first), math.inf) if stored else (first, last)

    def meetings(self, offers: Sequence[int], needs: Sequence[int]) -> int:
        """How many pairs of these are eligible."""
        given: dict[int, list[int]] = defaultdict(list)
        taken: dict[int, list[int]] = defaultdict(list)
        for i in offers:
            given[self.of_offer[i]].append(i)
        for j in needs:
            taken[self.of_need[j]].append(j)
        spans: dict[tuple[int, bool], tuple[list[float], list[float]]] = {}
        total = 0
        for offer, members in given.items():
            stored = self.book.days > 0 and self.types[offer][0][1] == GOODS
            windows: dict[Any, int] = defaultdict(int)
            for i in members:
                windows[self.window(OFFER, i, stored)] += 1
            for wanted in self.takers[self.types[offer][0][0]]:
                if wanted in taken and self.fits(offer, wanted):
                    if (wanted, stored) not in spans:
                        told = [self.window(NEED, j, stored) for j in taken[wanted]]
                        spans[wanted, stored] = sorted(x for x, _ in told), sorted(x for _, x in told)
                    starts, ends = spans[wanted, stored]
                    for (first, last), count in windows.items():
                        total += count * (bisect_right(starts, last) - bisect_left(ends, first))
        return total


def meets(ask: tuple[Any, ...], answer: frozenset[tuple[str, int | None]]) -> bool:
    """Whether what is said (several values make a set) is what is asked for; nothing said is not."""
    _, how, values, number = ask
    numbers = [x for _, x in answer if x is not None]
    if how in SORTED:
        return number is not None and any(SORTED[how](x, number) for x in numbers)
    held, asked = (
        ({*numbers}, {number}) if number is not None else ({value for value, _ in answer}, {*values} - {""})
    )
    if how == "has_all":
        return bool(answer) and asked <= held
    need(how in ("=", "!=", "in", "has_any"), f"nobody can compare by {how[:20]!r}")
    return bool(answer) and bool(held & asked) == (how != "!=")
