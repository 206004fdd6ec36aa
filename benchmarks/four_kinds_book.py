"""A seeded book of all four kinds with projects and rules, as a folder of Parquet files.

    python benchmarks/four_kinds_book.py FOLDER [--listings 20000] [--projects 1000] [--seed 7]

Listings are offers and needs, half each; the lines of projects are needs. Of the offers 45 % are goods, 25 %
talent, 12 % capital and 18 % technology; the needs that are no lines are drawn by the same shares. Sixty
places in twelve regions, joined by lanes; those between regions have a capacity. A quarter of the projects
have a sponsor with a budget, a quarter pay for themselves, half have a line of capital and are carried out
with the money that they get. Half are all-or-nothing. `_Book` says the rest.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

NUM_REGIONS, PLACES_PER_REGION = 12, 5
SIDE_KM = 500.0
KM_PER_DEGREE = 111.195
NEIGHBOURS = 3
TRUNK_T = 120.0
"""Median capacity of a lane between regions for 20,000 listings, in proportion for other sizes."""
SHARE = {"goods": 0.45, "talent": 0.25, "capital": 0.12, "technology": 0.18}
LISTINGS_EACH = 4
SECTORS = ("food", "care", "energy", "building", "school", "craft")
SKILLS = ("licence", "first-aid", "night", "english")
SUPPLY = 1.1
"""Offers ask for about as much as needs; above 1 more is offered than needed."""


@dataclass(frozen=True)
class Category:
    """One category: what is typical of its listings. `low`, `high` : quantities; `price` of a unit."""

    id: str
    kind: str
    unit: str
    tonnes: float
    lot: float
    low: int
    high: int
    price: float


def categories(random: Generator) -> list[Category]:
    """20 goods, of which 5 are machines; people and hours of 14 trades; one fund; 16 technologies."""
    found = [
        Category(f"good-{i}", "goods", "kg", 0.001, 0, 100, 3000, float(random.lognormal(0, 0.4)))
        for i in range(15)
    ]
    found += [
        Category(f"machine-{i}", "goods", "piece", 0.2, 1, 1, 6, float(random.lognormal(6, 0.4)))
        for i in range(5)
    ]
    found += [
        Category(f"trade-{i}", "talent", "person", 0, 0, 1, 2, float(random.lognormal(7, 0.3)))
        for i in range(10)
    ]
    found += [
        Category(f"hours-{i}", "talent", "hour", 0, 0, 10, 60, float(random.lognormal(3.3, 0.3)))
        for i in range(4)
    ]
    found.append(Category("fund", "capital", "GBP", 0, 0, 2000, 20000, 0.05))
    found += [
        Category(f"technology-{i}", "technology", "licence", 0, 0, 1, 1, float(random.lognormal(6, 0.5)))
        for i in range(16)
    ]
    return found


def write_book(folder: Path, num_listings: int = 20_000, num_projects: int = 1000, seed: int = 7) -> None:
    """Write a book of `num_listings` offers and needs."""
    tables = _Book(np.random.default_rng(seed), num_listings, num_projects).tables()
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        if not rows:
            continue
        pl.DataFrame(rows, infer_schema_length=None).write_parquet(folder / f"{name}.parquet")
    text = f'name = "Four kinds, seed {seed}"\ncurrency = "GBP"\nas_of = 2026-01-01\nsettlement = "priced"\n'
    (folder / "book.toml").write_text(text + 'assumptions = "Everything is drawn at random."\n', "utf-8")


Row = dict[str, Any]


class _Book:
    def __init__(self, random: Generator, num_listings: int, num_projects: int) -> None:
        self.random, self.num_projects = random, num_projects
        self.categories = categories(random)
        self.by_kind = {kind: [c for c in self.categories if c.kind == kind] for kind in SHARE}
        self.num_offers = num_listings // 2
        self.scale = num_listings / 20_000
        self.num_participants = num_listings // LISTINGS_EACH
        self.num_places = NUM_REGIONS * PLACES_PER_REGION
        self.x, self.y = self._coordinates()
        self.place = random.integers(0, self.num_places, self.num_participants)
        self.sector = random.integers(0, len(SECTORS), self.num_participants)
        self.attributes: list[Row] = []
        self.requirements: list[Row] = []

    def tables(self) -> dict[str, list[Row]]:
        projects, lines = self._projects()
        needs = lines + [self._need(i) for i in range(self.num_offers - len(lines))]
        wanted = self._wanted(needs)
        offers = self._offers(wanted)
        return {
            "places": self._places(),
            "lanes": self._lanes(),
            "categories": self._categories(),
            "participants": self._participants(),
            "projects": projects,
            "offers": offers,
            "needs": needs,
            "attributes": self.attributes,
            "requirements": self.requirements,
            "rules": self._rules(projects),
        }

    def _coordinates(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """A town in the middle of each region and four places around it."""
        random = self.random
        centre = random.uniform(0, SIDE_KM, (NUM_REGIONS, 2))
        around = random.normal(0, 25, (NUM_REGIONS, PLACES_PER_REGION, 2))
        around[:, 0] = 0
        x, y = (centre[:, None, :] + around).reshape(-1, 2).T
        return x, y

    def _region(self, place: int) -> str:
        return f"region-{place // PLACES_PER_REGION}"

    def _places(self) -> list[Row]:
        return [
            {
                "id": f"place-{i}",
                "name": f"Place {i}",
                "region": self._region(i),
                "latitude": round(50 + float(self.y[i]) / KM_PER_DEGREE, 5),
                "longitude": round(-5 + float(self.x[i]) / (0.6 * KM_PER_DEGREE), 5),
            }
            for i in range(self.num_places)
        ]

    def _lanes(self) -> list[Row]:
        """Both ways between a town and its region's places; from town to the three nearest towns, and back,
        with a capacity."""
        pairs = [
            (town, town + i)
            for town in range(0, self.num_places, PLACES_PER_REGION)
            for i in range(1, PLACES_PER_REGION)
        ]
        towns = np.arange(0, self.num_places, PLACES_PER_REGION)
        trunks = set()
        for town in towns.tolist():
            far = np.hypot(self.x[towns] - self.x[town], self.y[towns] - self.y[town])
            for other in towns[np.argsort(far)[1 : NEIGHBOURS + 1]].tolist():
                trunks.add((min(town, other), max(town, other)))
        rows = []
        for a, b, trunk in [(*p, False) for p in pairs] + [(*p, True) for p in sorted(trunks)]:
            km = float(np.hypot(self.x[a] - self.x[b], self.y[a] - self.y[b])) * 1.3 + 5
            for start, end in ((a, b), (b, a)):
                most = TRUNK_T * self.scale * float(self.random.lognormal(0, 0.7)) if trunk else None
                rows.append(
                    {
                        "id": f"lane-{start}-{end}",
                        "from_place": f"place-{start}",
                        "to_place": f"place-{end}",
                        "mode": "lorry" if trunk else "van",
                        "distance_km": round(km, 1),
                        "cost_per_t": round(4 + km * (0.12 if trunk else 0.3), 2),
                        "currency": "GBP",
                        "capacity_t": None if most is None else round(most, 1),
                        "co2_kg_per_t": round(km * (0.1 if trunk else 0.25), 3),
                    }
                )
        return rows

    def _categories(self) -> list[Row]:
        return [
            {
                "id": c.id,
                "name": c.id,
                "kind": c.kind,
                "unit": c.unit,
                "tonnes_per_unit": c.tonnes or None,
                "lot": c.lot or None,
            }
            for c in self.categories
        ]

    def _participants(self) -> list[Row]:
        self.attributes += [
            {"owner": f"participant-{i}", "name": "sector", "value": SECTORS[s]}
            for i, s in enumerate(self.sector.tolist())
        ]
        self.attributes += [
            {"owner": f"place-{i}", "name": "region", "value": self._region(i)}
            for i in range(self.num_places)
        ]
        rows = [
            {"id": f"participant-{i}", "name": f"Participant {i}", "place": f"place-{p}"}
            for i, p in enumerate(self.place.tolist())
        ]
        return rows + [
            {"id": f"sponsor-{r}", "name": f"Sponsor of region {r}", "place": f"place-{5 * r}"}
            for r in range(NUM_REGIONS)
        ]

    def _draw(self, kind: str | None = None) -> Category:
        kind = kind or str(self.random.choice(list(SHARE), p=list(SHARE.values())))
        of_kind = self.by_kind[kind]
        return of_kind[int(self.random.integers(len(of_kind)))]

    def _quantity(self, category: Category) -> int:
        return int(self.random.integers(category.low, category.high + 1))

    def _asks(self, listing: str, attribute: str, comparison: str, value: str) -> None:
        row = {"listing": listing, "attribute": attribute, "comparison": comparison, "value": value}
        self.requirements.append(row)

    def _need(self, number: int) -> Row:
        """A need of its own: pays for itself, or in one case of eight a sponsor stands behind it."""
        random, category = self.random, self._draw()
        who = int(random.integers(self.num_participants))
        worth = category.price * float(random.lognormal(0.15, 0.3))
        row = self._needed(f"need-{number}", who, category, self._quantity(category))
        row |= {"limit_price": round(worth, 4), "currency": "GBP"}
        if random.random() < 0.125 and category.kind != "capital":
            row |= {"limit_price": round(worth * 0.3, 4), "value": round(worth, 4)}
            row["sponsor"] = f"sponsor-{int(self.place[who]) // PLACES_PER_REGION}"
        return row

    def _needed(self, name: str, who: int, category: Category, quantity: int) -> Row:
        """The cells that every need has, and what it asks of its supplier."""
        random = self.random
        row: Row = {
            "id": name, "participant": f"participant-{who}", "category": category.id,
            "quantity": quantity, "unit": category.unit, "limit_price": None, "value": None,
            "currency": None, "sponsor": None, "project": None, "term_months": None,
        }  # fmt: skip
        if category.kind == "goods" and random.random() < 0.4:
            self._asks(name, "grade", ">=", str(random.integers(2, 4)))
        if category.kind == "talent" and random.random() < 0.5:
            self._asks(name, "skill", "has_all", str(random.choice(SKILLS)))
        if category.kind == "technology" and random.random() < 0.3:
            self._asks(name, "support", "=", "yes")
        if category.kind == "capital" and random.random() < 0.7:
            row["term_months"] = int(random.choice([12, 24, 36, 60]))
        return row

    def _projects(self) -> tuple[list[Row], list[Row]]:
        rows, lines = [], []
        for number in range(self.num_projects):
            row, own = self._project(number)
            rows.append(row)
            lines += own
        return rows, lines

    def _project(self, number: int) -> tuple[Row, list[Row]]:
        """3 to 8 lines of at least three kinds; what money there is for it says `paid`."""
        random = self.random
        paid = str(random.choice(["capital", "sponsor", "own"], p=[0.5, 0.25, 0.25]))
        kinds = ["goods", "talent", "technology"]
        more = random.choice(["goods", "talent", "technology"], int(random.integers(0, 5)), p=[0.5, 0.3, 0.2])
        chosen: dict[str, Category] = {}
        for kind in [*kinds, *more.tolist()]:
            category = self._draw(kind)
            chosen[category.id] = category
        who = int(random.integers(self.num_participants))
        lines, cost = [], 0.0
        for at, category in enumerate(chosen.values()):
            quantity = self._quantity(category)
            cost += quantity * category.price
            lines.append(self._needed(f"project-{number}/{at}", who, category, quantity))
        row: Row = {
            "id": f"project-{number}", "participants": f"participant-{who}", "name": f"Project {number}",
            "value": round(cost * float(random.lognormal(0.3, 0.3)), 2), "currency": "GBP",
            "limit_price": None, "own_money": None, "sponsor": None,
            "mode": str(random.choice(["proportional", "all_or_nothing"])),
        }  # fmt: skip
        if paid == "sponsor":
            row["sponsor"] = f"sponsor-{int(self.place[who]) // PLACES_PER_REGION}"
            row["limit_price"] = round(row["value"] * 0.4, 2)
        if paid == "capital":
            fund = self.by_kind["capital"][0]
            lent = max(1, round(cost * float(random.uniform(0.5, 0.9))))
            lines.append(self._needed(f"project-{number}/{len(lines)}", who, fund, lent))
            row["own_money"] = round(cost * float(random.uniform(1.0, 1.25)) - lent, 2)
        for line in lines:
            line["project"] = row["id"]
        return row, lines

    def _wanted(self, needs: list[Row]) -> dict[str, float]:
        """How much of each category is needed."""
        wanted: dict[str, float] = {}
        for need in needs:
            wanted[need["category"]] = wanted.get(need["category"], 0.0) + need["quantity"]
        return wanted

    def _offers(self, wanted: dict[str, float]) -> list[Row]:
        """Quantities make SUPPLY times what is needed of each divisible category."""
        random = self.random
        drawn = [self._draw() for _ in range(self.num_offers)]
        raw = np.array([random.uniform(c.low, c.high) for c in drawn])
        total: dict[str, float] = {}
        for category, amount in zip(drawn, raw.tolist(), strict=True):
            total[category.id] = total.get(category.id, 0.0) + amount
        rows = []
        for number, (category, amount) in enumerate(zip(drawn, raw.tolist(), strict=True)):
            share = SUPPLY * wanted.get(category.id, 0.0) / total[category.id]
            rows.append(self._offer(number, category, max(1, round(amount * share))))
        return rows

    def _offer(self, number: int, category: Category, quantity: int) -> Row:
        random, name = self.random, f"offer-{number}"
        who = int(random.integers(self.num_participants))
        row: Row = {
            "id": name, "participant": f"participant-{who}", "category": category.id,
            "quantity": quantity, "unit": category.unit,
            "limit_price": round(category.price * float(random.lognormal(-0.15, 0.3)), 4),
            "currency": "GBP", "fixed_cost": None, "whole": None, "form": None, "term_months": None,
            "remote": None, "move_cost": None,
        }  # fmt: skip
        return row | getattr(self, f"_{category.kind}")(name, category)

    def _goods(self, name: str, category: Category) -> Row:
        self.attributes.append({"owner": name, "name": "grade", "value": str(self.random.integers(1, 4))})
        if self.random.random() < 0.1:
            self._asks(name, "sector", "in", "food;care")
        return {}

    def _talent(self, name: str, category: Category) -> Row:
        """One person, or hours of one; a third works anywhere, a third moves for money."""
        random = self.random
        for skill in random.choice(SKILLS, int(random.integers(0, 3)), replace=False).tolist():
            self.attributes.append({"owner": name, "name": "skill", "value": skill})
        row: Row = {"quantity": 1} if category.unit == "person" else {"whole": bool(random.random() < 0.5)}
        reach = random.integers(3)
        if reach == 0:
            row["remote"] = True
        if reach == 1:
            row["move_cost"] = round(float(random.uniform(20, 300)), 2)
        return row

    def _capital(self, name: str, category: Category) -> Row:
        """Loans and grants; most funds name their regions, some their sectors."""
        random = self.random
        if random.random() < 0.7:
            regions = random.choice(NUM_REGIONS, 3, replace=False)
            self._asks(name, "region", "in", ";".join(f"region-{r}" for r in sorted(regions.tolist())))
        if random.random() < 0.3:
            self._asks(name, "sector", "in", ";".join(sorted(random.choice(SECTORS, 3, replace=False))))
        if random.random() < 0.3:
            return {"form": "grant", "limit_price": 0}
        return {"form": "loan", "term_months": int(random.choice([12, 36, 60, 120]))}

    def _technology(self, name: str, category: Category) -> Row:
        """Two of three are unlimited; one of twenty costs something to set up."""
        random = self.random
        if random.random() < 0.5:
            self.attributes.append({"owner": name, "name": "support", "value": "yes"})
        if random.random() < 0.3:
            self._asks(name, "sector", "in", ";".join(sorted(random.choice(SECTORS, 3, replace=False))))
        row: Row = {"quantity": int(random.integers(1, 6)) if random.random() < 0.33 else None}
        if random.random() < 0.05:
            row["fixed_cost"] = round(category.price * 2, 2)
        return row

    def _rules(self, projects: list[Row]) -> list[Row]:
        """A budget for each sponsor, a quarter of what its projects are worth, and three rules."""
        rows: list[Row] = []

        def rule(name: str, measure: str, sense: str, limit: float, **cells: Any) -> None:
            empty: Row = dict.fromkeys(
                ["unit", "share_of_total", "sponsor", "offer_region", "need_region", "category", "kind"]
            )
            words = {"id": name, "name": name, "measure": measure, "sense": sense, "limit": limit}
            rows.append(words | empty | cells)

        for r in range(NUM_REGIONS):
            worth = sum(p["value"] for p in projects if p["sponsor"] == f"sponsor-{r}")
            budget = {"unit": "GBP", "sponsor": f"sponsor-{r}"}
            rule(f"budget-{r}", "bid_value", "<=", round(worth * 0.25 + 1000), **budget)
        lent = {"unit": "GBP", "kind": "capital", "need_region": "region-0"}
        rule("lent-in-region-0", "units", "<=", round(2_000_000 * self.scale), **lent)
        rule("no-good-3-from-region-1", "tonnes", "<=", 0, category="good-3", offer_region="region-1")
        people = {"kind": "talent", "need_region": "region-2"}
        rule("people-for-region-2", "awards", "<=", round(60 * self.scale), **people)
        return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--listings", type=int, default=20_000)
    parser.add_argument("--projects", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    write_book(arguments.folder, arguments.listings, arguments.projects, arguments.seed)
