"""Random small goods books, as the rows that a participant would write, with a switch for each feature.

A `Draft` holds text cells only: no room of fourflow had a hand in it. `carried` says which features a draft
really has, read from its rows, so that tests count what is there and not what was asked for.
"""

from __future__ import annotations

import datetime
import itertools
import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import polars as pl

from fourflow.book import Book

Row = dict[str, Any]
DAY_ONE = datetime.date(2026, 3, 2)
RATES = {"GBP": "1", "EUR": "0.8", "USD": "0.64", "JPY": "0.005"}
WEIGHTS = {"t": "1", "kg": "1000", "g": "1000000", "lb": "2204.6"}
"""How a tonne is written in other units, roughly: quantities are drawn in tonnes."""

FEATURES = (
    "several hops", "shared capacity", "modes", "trips", "carriers", "carries", "lane days", "lots",
    "whole units", "least of an offer", "least of a need", "fixed cost", "attributes of listings",
    "attributes of participants", "attributes of places", "requirements of offers", "requirements of needs",
    "windows", "time steps", "use by", "sponsors", "currencies", "units", "several categories", "descendants",
    "self-supply", "negative ask", "no place", "value",
)  # fmt: skip


@dataclass
class Draft:
    """A book before any room has read it: settings, tables of text rows, and the features asked for."""

    settings: Row
    tables: dict[str, list[Row]]
    chosen: frozenset[str] = field(default_factory=frozenset)

    def book(self, shuffle: int | None = None) -> Book:
        """The book of these rows, in another order for each `shuffle`."""
        return Book.from_tables(self.frames(shuffle), **self.settings)

    def frames(self, shuffle: int | None = None) -> dict[str, pl.DataFrame]:
        draw = random.Random(shuffle)
        frames = {}
        for noun, rows in self.tables.items():
            if rows:
                order = rows if shuffle is None else draw.sample(rows, len(rows))
                frames[noun] = frame(order)
        return frames


def frame(rows: list[Row]) -> pl.DataFrame:
    """Text cells; a column for every name that some row has."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = {name: [text(row.get(name)) for row in rows] for name in names}
    return pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String))


def text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def draw_book(seed: int, always: frozenset[str] = frozenset(), share: float = 0.3) -> Draft:
    """A goods book drawn from `seed`: each feature with probability `share`, and those of `always`."""
    draw = random.Random(seed)
    chosen = {f for f in FEATURES if draw.random() < share} | always
    if {"lane days", "time steps"} & chosen:
        chosen |= {"time steps", "windows"}
    if any(f.startswith("attributes") for f in chosen) and not any(
        f.startswith("requirements") for f in chosen
    ):
        chosen.add(draw.choice(["requirements of offers", "requirements of needs"]))
    return GoodsDrawing(draw, frozenset(chosen)).draft()


class GoodsDrawing:
    """One book while it is drawn."""

    def __init__(self, draw: random.Random, chosen: frozenset[str]) -> None:
        self.draw, self.chosen = draw, chosen
        self.places = [
            f"p{i}" for i in range(draw.randint(3, 4) if self.has("several hops") else draw.randint(2, 4))
        ]
        self.people = [f"w{i}" for i in range(5)]
        self.box = draw.random() < 0.35
        self.categories = self._categories()
        self.goods = [row["id"] for row in self.categories if row["id"] != "food"]

    def has(self, feature: str) -> bool:
        return feature in self.chosen

    def often(self, feature: str, share: float = 0.6) -> bool:
        """Whether a row has a feature that the book has."""
        return self.has(feature) and self.draw.random() < share

    def draft(self) -> Draft:
        offers = [self.offer(i) for i in range(self.draw.randint(2, 5))]
        needs = [self.need(i) for i in range(self.draw.randint(2, 5))]
        self._force(offers, needs)
        lanes = self.lanes()
        rules = self._budgets()
        attributes, requirements = self._requirements(offers, needs)
        people = {row["participant"] for row in (*offers, *needs)} | set(self.people)
        people |= {lane["carrier"] for lane in lanes if lane.get("carrier")} | {r["sponsor"] for r in rules}
        tables = {
            "fx": [{"currency": c, "rate": r} for c, r in RATES.items() if c != "GBP"]
                  if self.has("currencies") else [],
            "participants": [{"id": name, "name": name.upper()} for name in sorted(people)],
            "places": [
                {"id": place, "name": place, "region": f"r{i % 2}",
                 "latitude": Decimal(51) + Decimal(i * 7) / 10, "longitude": Decimal((i * i) % 3) / 4 - 1}
                for i, place in enumerate(self.places)
            ],
            "modes": self.modes(),
            "categories": self.categories,
            "lanes": lanes,
            "offers": offers,
            "needs": needs,
            "attributes": attributes,
            "requirements": requirements,
            "rules": rules,
        }  # fmt: skip
        return Draft(self._settings(), tables, self.chosen)

    def _settings(self) -> Row:
        settings: Row = {"name": "drawn", "currency": "GBP", "as_of": DAY_ONE.isoformat()}
        settings["settlement"] = self.draw.choice(["priced", "donated"])
        if self.has("time steps"):
            settings["time_step_days"] = 2
        return settings

    def _categories(self) -> list[Row]:
        several = {"several categories", "shared capacity", "carries", "descendants"} & self.chosen
        names = ["rice", "soap"] if several else ["rice"]
        weight = self.draw.choice(["1", "0.5", "2"])
        rows = []
        if self.has("descendants"):
            rows.append(self._category("food", weight))
        for name in names:
            rows.append(self._category(name, weight))
            if self.has("descendants"):
                rows[-1]["parent"] = "food"
        lot = self.draw.choice([1, 2, 3] if len(rows) > 1 else [1, 2, Decimal("0.5")])
        whole = self.has("whole units") and (not self.has("lots") or self.draw.random() < 0.5)
        for row in rows:
            if whole:
                row["whole"] = True
            elif self.has("lots"):
                row["lot"] = lot * (1000 if row["unit"] == "kg" else 1)
        return rows

    def _category(self, name: str, weight: str) -> Row:
        """Counted in boxes of one weight, in tonnes, or in kilograms."""
        if self.box:
            unit, tonnes = "box", weight
        else:
            # Money converted per kilogram is rounded to a millionth, so a tonne of it to a thousandth.
            exact = not {"whole units", "currencies"} & self.chosen
            in_kilos = self.has("units") and exact and self.draw.random() < 0.5
            unit, tonnes = ("kg" if in_kilos else "t"), None
        return {"id": name, "name": name, "kind": "goods", "unit": unit, "tonnes_per_unit": tonnes}

    def _listing(self, ident: str, who: str, quantity: int, price: int) -> tuple[Row, Decimal]:
        """What offers and needs share, and how many of its units one tonne (or box) is."""
        units = ["box"] if self.box else ["t"]
        if self.has("units") and not self.box:
            loose = not {"lots", "whole units"} & self.chosen
            units = ["t", "kg", "g"] + ["lb"] * (loose and all(c["unit"] == "t" for c in self.categories))
        unit = self.draw.choice(units)
        per = Decimal(1) if unit == "box" else Decimal(WEIGHTS[unit])
        currency = self.draw.choice(list(RATES)) if self.has("currencies") else "GBP"
        row: Row = {
            "id": ident, "participant": who, "quantity": quantity * per, "unit": unit, "currency": currency,
            "limit_price": self.money(price, currency, per), "place": self.draw.choice(self.places),
        }  # fmt: skip
        if self.often("no place", 0.4):
            row["place"] = None
        row["listed_at"] = f"{DAY_ONE.isoformat()}T00:00:0{self.draw.randint(0, 3)}Z"
        return row, per

    def money(self, amount: int, currency: str, per: Decimal = Decimal(1)) -> Decimal:
        """About `amount` of book money a unit, written in this currency and for this unit."""
        return (Decimal(amount) / Decimal(RATES[currency]) / per).quantize(Decimal("0.000001"))

    def days(self, row: Row, latest: int) -> None:
        if self.has("windows"):
            first = self.draw.randint(0, latest)
            row["from"], row["until"] = day(first), day(first + self.draw.randint(0, 5))

    def offer(self, i: int) -> Row:
        draw, quantity = self.draw, self.draw.randint(1, 9)
        price = draw.randint(-3 if self.has("negative ask") else 0, 6)
        who = draw.choice(self.people if self.has("self-supply") else self.people[:3])
        row, per = self._listing(f"o{i}", who, quantity, price)
        row["category"] = draw.choice(self.goods + (["food"] if self.has("descendants") else []))
        if self.often("fixed cost"):
            row["fixed_cost"] = self.money(draw.randint(1, 12), row["currency"])
        if self.often("least of an offer"):
            row["min_quantity"] = draw.randint(1, quantity) * per
        self.days(row, 4)
        if self.often("use by", 0.7):
            row["use_by"] = day(draw.randint(4, 9) if self.has("windows") else draw.randint(0, 5))
        return row

    def need(self, i: int) -> Row:
        draw, quantity = self.draw, self.draw.randint(1, 9)
        who = draw.choice(self.people if self.has("self-supply") else self.people[3:])
        price = draw.randint(1, 14)
        row, per = self._listing(f"n{i}", who, quantity, price)
        row["category"] = draw.choice(self.goods)
        if self.often("several categories", 0.5):
            row["category"] = ";".join(self.goods)
        elif self.often("descendants", 0.7):
            row["category"] = "food"
        if self.often("least of a need"):
            row["min_quantity"] = draw.randint(1, quantity) * per
        if self.often("sponsors"):
            row["sponsor"], row["value"] = draw.choice(["fund", "aid"]), row["limit_price"]
            row["limit_price"] = self.money(draw.choice([0, 0, 1, price]), row["currency"], per)
        elif self.often("value", 0.4):
            row["value"] = self.money(max(0, price + draw.randint(-2, 2)), row["currency"], per)
        self.days(row, 6)
        return row

    def _force(self, offers: list[Row], needs: list[Row]) -> None:
        """What rows must show for a feature to be there, where chance alone might leave it out."""
        if self.has("self-supply"):
            needs[0]["participant"] = offers[0]["participant"]
            needs[0]["category"] = offers[0]["category"]
        if self.has("several categories"):
            needs[-1]["category"] = ";".join(self.goods)
        if self.has("several hops"):
            offers[0]["place"], needs[0]["place"] = self.places[0], self.places[-1]
        if self.has("shared capacity"):
            offers[0]["category"], offers[1]["category"] = self.goods[:2]
            needs[0]["category"], needs[1]["category"] = self.goods[:2]

    def lanes(self) -> list[Row]:
        draw, places = self.draw, self.places
        share = 0.3 if self.has("modes") else 0.65
        pairs = [(a, b) for a in places for b in places if a != b and draw.random() < share]
        if self.has("several hops"):
            pairs = [(a, b) for a, b in pairs if (a, b) != (places[0], places[-1])]
            pairs += [hop for hop in itertools.pairwise(places) if hop not in pairs]
        return [self._lane(i, *pair) for i, pair in enumerate(pairs)]

    def _lane(self, i: int, start: str, end: str) -> Row:
        draw = self.draw
        currency = draw.choice(list(RATES)) if self.has("currencies") else "GBP"
        row: Row = {
            "id": f"{start}-{end}", "from_place": start, "to_place": end,
            "mode": draw.choice(["van", "lorry"]),
            "cost_per_t": self.money(draw.choice([0, 1, 1, 2, 3]), currency), "currency": currency,
            "co2_kg_per_t": draw.choice(["0.5", "1", "4"]), "distance_km": draw.choice(["10", "25.5"]),
        }  # fmt: skip
        if self.often("shared capacity", 0.7):
            row["capacity_t"] = draw.choice(["1", "2", "3", "2.5", "5"])
        if self.has("lane days"):
            row["days"] = draw.choice([0, 1, 2, 3])
        if self.often("carriers"):
            row["carrier"] = draw.choice(["haulier-1", "haulier-2"])
        if self.often("carries", 0.5):
            row["carries"] = draw.choice([c["id"] for c in self.categories])
        return row

    def modes(self) -> list[Row]:
        if not {"modes", "trips"} & self.chosen:
            return []
        row: Row = {
            "id": "van", "cost_per_t_km": self.draw.choice(["0.01", "0.02"]), "currency": "GBP",
            "co2_kg_per_t_km": "0.1",
            "max_km": "120" if self.has("several hops") else self.draw.choice(["120", "180", "400"]),
        }  # fmt: skip
        if self.draw.random() < 0.5:
            row["detour"] = "1.1"
        if self.has("lane days"):
            row["km_per_day"] = self.draw.choice(["60", "100"])
        if self.often("shared capacity"):
            row["capacity_t"] = self.draw.choice(["2", "4"])
        if self.has("trips"):
            row["trip_t"], row["cost_per_trip"] = (
                self.draw.choice(["2", "4"]),
                self.draw.choice(["1", "2", "5"]),
            )
        return [row]

    def _budgets(self) -> list[Row]:
        if not self.has("sponsors"):
            return []
        limits = {"fund": self.draw.randint(5, 60), "aid": self.draw.randint(2, 20)}
        return [
            {"id": f"budget-{who}", "name": who, "measure": "bid_value", "sense": "<=", "limit": money,
             "unit": "GBP", "sponsor": who}
            for who, money in limits.items()
        ]  # fmt: skip

    def _requirements(self, offers: list[Row], needs: list[Row]) -> tuple[list[Row], list[Row]]:
        draw, attributes, requirements = self.draw, [], []
        owners = {"attributes of listings": [row["id"] for row in (*offers, *needs)],
                  "attributes of participants": self.people, "attributes of places": self.places}  # fmt: skip
        for feature, names in owners.items():
            for owner in names if self.has(feature) else ():
                if draw.random() < 0.8:
                    attributes.append(
                        {"owner": owner, "name": "label", "value": draw.choice(["halal", "vegan", "plain"])}
                    )
                if draw.random() < 0.3:
                    attributes.append({"owner": owner, "name": "label", "value": "organic"})
                if draw.random() < 0.8:
                    heavy = draw.choice([("1", "kg"), ("2", "kg"), ("0.003", "t")])
                    attributes.append({"owner": owner, "name": "grade", "value": heavy[0], "unit": heavy[1]})
        for feature, rows in (("requirements of offers", offers), ("requirements of needs", needs)):
            for i, row in enumerate(rows if self.has(feature) else ()):
                if i == 0 or draw.random() < 0.3:
                    requirements.append(self._requirement(row["id"]))
        return attributes, requirements

    def _requirement(self, listing: str) -> Row:
        attribute, comparison, value, unit = self.draw.choice([
            ("grade", "<=", "2", "kg"), ("grade", ">=", "0.002", "t"), ("grade", "<", "3", "kg"),
            ("grade", ">", "1", "kg"),
            ("grade", "=", "2000", "g"), ("label", "=", "halal", None), ("label", "!=", "halal", None),
            ("label", "in", "vegan;plain", None), ("label", "has_any", "organic;halal", None),
            ("label", "has_all", "vegan;organic", None), ("region", "=", "r0", None),
        ])  # fmt: skip
        return {
            "listing": listing,
            "attribute": attribute,
            "comparison": comparison,
            "value": value,
            "unit": unit,
        }


def day(number: int) -> str:
    return (DAY_ONE + datetime.timedelta(number)).isoformat()


def carried(draft: Draft) -> set[str]:
    """The features that the rows of a draft have."""
    t = draft.tables
    offers, needs, lanes, modes = t["offers"], t["needs"], t["lanes"], t["modes"]
    listings, ids = (*offers, *needs), {row["id"] for row in (*offers, *needs)}
    owners = {row["owner"] for row in t["attributes"]}
    asking = {row["listing"] for row in t["requirements"]}
    names = [row["id"] for row in t["places"]]
    made = {hop for pair in itertools.pairwise(names) for hop in (pair, pair[::-1])} if modes else set()
    direct = {(lane["from_place"], lane["to_place"]) for lane in lanes} | made
    two = {(a, d) for a, b in direct for c, d in direct if b == c and a != d}
    used = {(o.get("place"), n.get("place")) for o in offers for n in needs}
    limited = [row for row in (*lanes, *modes) if row.get("capacity_t")]
    has: dict[str, Any] = {
        "several hops": (two - direct) & used and all(row["max_km"] == "120" for row in modes),
        "shared capacity": limited and len({row["category"] for row in offers}) > 1,
        "modes": modes,
        "trips": any(row.get("trip_t") for row in modes),
        "carriers": any(row.get("carrier") for row in lanes),
        "carries": any(row.get("carries") for row in lanes),
        "lane days": "time_step_days" in draft.settings and any(row.get("days") for row in lanes),
        "lots": any(row.get("lot") for row in t["categories"]),
        "whole units": any(row.get("whole") for row in t["categories"]),
        "least of an offer": any(row.get("min_quantity") for row in offers),
        "least of a need": any(row.get("min_quantity") for row in needs),
        "fixed cost": any(row.get("fixed_cost") for row in offers),
        "attributes of listings": owners & ids and asking,
        "attributes of participants": any(o.startswith("w") for o in owners) and asking,
        "attributes of places": any(o.startswith("p") for o in owners) and asking,
        "requirements of offers": any(a.startswith("o") for a in asking),
        "requirements of needs": any(a.startswith("n") for a in asking),
        "windows": any(row.get("until") for row in listings),
        "time steps": "time_step_days" in draft.settings,
        "use by": any(row.get("use_by") for row in offers),
        "sponsors": any(row.get("sponsor") for row in needs),
        "currencies": len({row.get("currency", "GBP") for row in (*listings, *lanes)}) > 1,
        "units": len({row["unit"] for row in listings}) > 1,
        "several categories": any(";" in row["category"] for row in needs),
        "descendants": any(row["category"] == "food" for row in needs),
        "self-supply": {row["participant"] for row in offers} & {row["participant"] for row in needs},
        "negative ask": any(str(row["limit_price"]).startswith("-") for row in offers),
        "no place": any(row.get("place") is None and "project" not in row for row in listings),
        "value": any(row.get("value") and not row.get("sponsor") for row in needs),
    }  # fmt: skip
    return {feature for feature, found in has.items() if found}
