"""Tables that people read: CSV files that say the same as flows, awards, prices and payments."""

from __future__ import annotations

import csv
import math
import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from verifier.awards import Award
from verifier.figures import Result
from verifier.files import need
from verifier.kinds import HUB, NEED, OFFER, across
from verifier.losses import Losses
from verifier.middle import Middle, is_near
from verifier.prices import Money

FIRST_DAY = date(1970, 1, 1).toordinal()
ROLES = ("offer", "need", "carrier", "sponsor", "uplift", "rounding", "project", "rule")


class Tables:
    """Checks of the CSV files of a result folder."""

    def __init__(self, top: Path, result: Result, money: Money, lost: Losses, middle: Middle | None) -> None:
        self.top, self.result, self.book, self.money, self.lost = top, result, result.book, money, lost
        self.middle = middle
        book = self.book
        # An index of -1 is nothing, which is shown as an empty cell.
        self.places, self.people, self.offers, self.needs, self.lanes, self.projects = (
            [*table["id"], ""]
            for table in (book.places, book.people, book.offers, book.needs, book.lanes, book.projects)
        )
        self.rules = [*(rule.id for rule in book.rules), ""]
        self.units = [unquote(unit) for unit in book.categories["unit"]]

    def rows(self, name: str, words: str, numbers: str, scale: int = 6) -> list[tuple[Any, ...]]:
        """Rows of a table: cells of words, then exact numbers at a scale (None where a cell is empty)."""
        with (self.top / name).open(
            encoding="utf-8", newline=""
        ) as file:  # an apostrophe keeps spreadsheets calm
            read = csv.DictReader(file)
            return sorted(
                (
                    (
                        *(row[x].removeprefix("'") for x in words.split()),
                        *(int(exactly(row[x], 10**scale)) if row[x] else None for x in numbers.split()),
                    )
                    for row in read
                ),
                key=lambda row: [(x is None, 0 if x is None else x) for x in row],
            )

    def check_beside(
        self,
        name: str,
        words: str,
        figures: str,
        follow: dict[Any, Any],
        numbers: str = "",
    ) -> None:
        """Figures in floats that follow from the words and exact numbers beside them."""
        start, end = len(words.split()), len(f"{words} {figures}".split())
        for row in self.rows(name, f"{words} {figures}", numbers):
            told, right = row[start:end], follow[row[:start] + row[end:]]
            near = all(math.isclose(figure(x), y, rel_tol=1e-6, abs_tol=1e-6) for x, y in across(told, right))
            need(near, f"{name}: {figures} of {row[0]} do not follow")

    def check(self, awards: list[Award], ledger: list[Any]) -> None:
        self.check_awards(awards)
        self.check_settlement(ledger)
        self.check_prices()
        self.check_flows()
        self.check_projects()
        self.check_open()
        self.check_losses()

    def check_awards(self, awards: list[Award]) -> None:
        given, taken = self.book.offers, self.book.needs
        told = sorted(
            (
                *(self.offers[i], self.people[given["participant"][i]], self.places[given["place"][i]]),
                *(self.needs[j], self.people[taken["participant"][j]], self.places[taken["place"][j]]),
                *self.kind(given["category"][i]),
                " ".join(self.lanes[k] for k in route),
                x,
            )
            for i, j, x, route in awards
        )
        words = "offer from_participant from_place need to_participant to_place category unit lanes"
        need(self.rows("awards.csv", words, "quantity") == told, "awards.csv is not what was awarded")
        follow: dict[Any, Any] = {}
        for i, j, x, route in awards:
            weight = self.tonnes(x, given["category"][i])
            days, co2_kg = (sum(self.book.lanes[name][k] for k in route) for name in ("days", "co2_kg_per_t"))
            key = self.offers[i], self.needs[j], " ".join(self.lanes[k] for k in route), x
            follow[key] = weight, days, weight * co2_kg / 10**6
        self.check_beside("awards.csv", "offer need lanes", "tonnes days co2_kg", follow, "quantity")

    def tonnes(self, quantity: int, category: int) -> float:
        per_unit: int = self.book.categories["tonnes_per_unit"][category]
        return quantity * per_unit / 10**12

    def kind(self, category: int) -> tuple[str, str]:
        """The id of a category and its unit."""
        return self.book.categories["id"][category], self.units[category]

    def check_settlement(self, ledger: list[Any]) -> None:
        told = sorted(
            (
                ROLES[role],
                self.people[who],
                self.offers[i],
                self.needs[j],
                self.lanes[k],
                self.projects[m],
                self.rules[n],
                *numbers,
            )
            for role, who, i, j, k, m, n, *numbers in ledger
        )
        need(
            self.rows(
                "settlement.csv", "role participant offer need lane project rule", "quantity amount principal"
            )
            == told,
            "settlement.csv is not the ledger",
        )

    def check_prices(self) -> None:
        book = self.book
        hubs = [(i, pool) for i, pool in enumerate(book.pool[: book.p.num_nodes]) if book.kind[i] == HUB]
        ends = ((OFFER, book.p.head), (NEED, book.p.tail))
        used = {end[a] for a, x in enumerate(book.p.amount[: book.p.num_arcs]) if x
                for kind, end in ends if book.arc_kind[a] == kind}  # fmt: skip
        follow: dict[tuple[str, ...], list[Any]] = defaultdict(list)
        for i, pool in hubs:
            key = (
                *self.kind(book.category[pool]),
                self.places[book.place[i]],
                self.people[book.sponsor[pool]],
                str(book.term[pool]),
                str(date.fromordinal(FIRST_DAY + book.as_of + book.period[i] * book.days)),
            )
            traded = "true" if i in used else "false"
            worth = -self.money.dual.get(i, 0) * self.money.per_node / (10**9 * self.money.per_value)
            follow[key].append((self.money.price(i, 0, pool), self.band(i, pool), traded, worth))
        words = "category unit place sponsor term_months from_day"
        shown = self.rows("prices.csv", f"{words} traded worth", "price low high", 9)
        once = sorted(row[:6] for row in shown) == sorted(follow)
        need(once, "prices.csv does not show each price once")
        for *told, traded, worth, price, low, high in shown:
            bands = [
                band
                for follows, band, trades, value in follow[tuple(told)]
                if follows == price and trades == traded and math.isclose(figure(worth), value, abs_tol=1e-8)
            ]
            need(bands, "prices.csv shows a price, a worth or a trade that does not follow")
            inside = (low is None or low <= price) and (high is None or price <= high)
            need(inside, "prices.csv shows a price outside of its band")
            right = any(band is None or all(map(is_end, (low, high), band)) for band in bands)
            need(right, "prices.csv shows a band that does not follow")

    def band(self, i: int, pool: int) -> tuple[Any, Any] | None:
        """The lowest and highest price of a hub (None where nothing holds it), if they can be told."""
        duals = self.middle.band(i) if self.middle else None
        if duals is None:
            return None
        low, high = (None if x is None else self.money.worth(x, 0, pool) for x in reversed(duals))
        return low, high

    def check_flows(self) -> None:
        lanes, moved = self.book.lanes, self.result.moved
        used = [k for k in range(len(lanes["id"])) if moved[k] > 0]
        most = [None if x < 0 else x for x in lanes["capacity_t"]]
        carried = sorted(
            (
                self.lanes[k],
                self.places[lanes["from_place"][k]],
                self.places[lanes["to_place"][k]],
                lanes["mode"][k],
                self.people[lanes["carrier"][k]],
                moved[k],
                most[k],
            )
            for k in used
        )
        need(
            self.rows("flows.csv", "lane from_place to_place mode carrier", "tonnes capacity_t") == carried,
            "flows.csv is not what lanes carry",
        )
        rents = sorted((self.lanes[k], self.money.lane_rent[k]) for k in used)
        need(
            self.rows("flows.csv", "lane", "rent_per_t", 9) == rents,
            "flows.csv shows a rent that does not follow",
        )
        beside = {
            (self.lanes[k],): (lanes["days"][k], moved[k] * lanes["co2_kg_per_t"][k] / 10**12) for k in used
        }
        self.check_beside("flows.csv", "lane", "days co2_kg", beside)

    def check_projects(self) -> None:
        """projects.csv says of each project how much of it is carried out."""
        table = self.book.projects
        modes = ["all_or_nothing" if whole else "proportional" for whole in table["all_or_nothing"]]
        need(
            self.rows("projects.csv", "project mode", "value limit_price")
            == sorted(across(table["id"], modes, table["value"], table["limit_price"])),
            "projects.csv names other projects",
        )
        for name, size, worth_of_it in self.rows("projects.csv", "project size worth", ""):
            p = table["id"].index(name)
            right = math.isclose(float(size), self.result.size[p], abs_tol=1e-9) and math.isclose(
                float(worth_of_it), self.result.size[p] * table["value"][p] / 10**6, abs_tol=1e-6
            )
            need(right, f"projects.csv: {name} is carried out otherwise")

    def check_open(self) -> None:
        """unmet.csv and unsold.csv list what stayed open."""
        book, result = self.book, self.result
        alone = [j for j, project in enumerate(book.needs["project"]) if project < 0]
        given = [(i, c) for i, c in enumerate(book.offers["category"])]
        needs = self.open_rows(
            book.needs, [(j, result.shown[j]) for j in alone], result.received, ("limit_price", "value")
        )
        offers = self.open_rows(book.offers, given, result.given, ("limit_price",))
        words = "participant place category unit"
        told = self.rows("unmet.csv", f"need {words}", "asked received missing limit_price value")
        need(told == needs, "unmet.csv is not what stayed open")
        told = self.rows("unsold.csv", f"offer {words}", "offered given left limit_price")
        need(sorted(told, key=str) == sorted(offers, key=str), "unsold.csv is not what stayed open")
        missing = across(book.needs["asked"], result.received, result.shown)
        left = across(book.offers["asked"], result.given, book.offers["category"])
        for name, noun, ids, figure, rows in (
            ("unmet.csv", "need", self.needs, "missing_t", missing),
            ("unsold.csv", "offer", self.offers, "left_t", left),
        ):
            weights = ((self.tonnes(max(0, asked - done), c),) for asked, done, c in rows)
            self.check_beside(
                name, noun, figure, {(ident,): weight for ident, weight in zip(ids, weights, strict=False)}
            )

    def open_rows(
        self,
        table: dict[str, list[Any]],
        listed: Iterable[tuple[int, int]],
        done: list[int],
        fields: tuple[str, ...],
    ) -> list[tuple[Any, ...]]:
        """Of listings, each with the category it is shown with, those of which something is left; of licences
        without limit those that nobody took."""
        rows = []
        for i, category in listed:
            asked: Any = table["asked"][i]
            if done[i] < asked or asked < 0 == done[i]:
                who = table["id"][i], self.people[table["participant"][i]], self.places[table["place"][i]]
                amounts = (None, done[i], None) if asked < 0 else (asked, done[i], asked - done[i])
                rows.append((*who, *self.kind(category), *amounts, *(table[field][i] for field in fields)))
        return sorted(rows)

    def check_losses(self) -> None:
        """losses.csv is what everybody could have got at the prices beyond what it got, rounded up."""
        ids = {
            "offer": self.offers,
            "need": self.needs,
            "project": self.projects,
            "lane": self.lanes,
            "place": [*self.places, ""],
            "sponsor": self.people,
            "rule": self.rules,
        }
        told = sorted(
            (noun, ids[noun][ref], math.ceil(loss * 10**18))
            for (noun, ref), loss in self.lost.of.items()
            if loss
        )
        need(self.rows("losses.csv", "noun id", "loss", 18) == told, "losses.csv is not the gap as money")


def is_end(told: int | None, follows: int | None) -> bool:
    return told == follows if told is None or follows is None else is_near(told, follows)


def figure(text: str) -> float:
    return float(text) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?", text) else math.nan


def exactly(text: str, times: int) -> Fraction:
    need(
        re.fullmatch(r"-?[0-9]{1,999}(\.[0-9]{1,999}|/[0-9]{1,999})?", text),
        f"{text[:40]!r} is no plain number",
    )
    return Fraction(text) * times
