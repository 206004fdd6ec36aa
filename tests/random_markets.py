"""Random small goods markets, each with a few of the features that a book can have."""

from __future__ import annotations

import random
from typing import Any

from builders import market
from fourflow.book._market import Market

FEATURES = (
    "capacity", "several classes", "lots", "least of an offer", "least of a need", "fixed cost",
    "requirements", "windows", "use by", "sponsor", "both sides", "carrier", "trips", "several categories",
    "no place", "time steps", "negative ask",
)  # fmt: skip


def random_market(seed: int, features: frozenset[str] | None = None) -> tuple[Market, frozenset[str]]:
    """A market drawn from `seed`, and the features it carries (drawn too, unless given)."""
    said, chosen = random_spec(seed, features)
    return market(**said), chosen


def random_spec(seed: int, features: frozenset[str] | None = None) -> tuple[dict[str, Any], frozenset[str]]:
    """What `builders.market` and `book_tables.tables` make a market or a book of, and its features."""
    draw = random.Random(seed)
    chosen = features if features is not None else frozenset(f for f in FEATURES if draw.random() < 0.25)
    places = [f"p{i}" for i in range(draw.randint(2, 4))]
    names = ["rice", "soap"] if {"several classes", "several categories"} & chosen else ["rice"]
    categories: dict[str, dict[str, Any]] = {name: {"tonnes": draw.choice([1, "0.5", 2])} for name in names}
    if "several categories" in chosen:
        categories = {name: {"tonnes": 1} for name in names}
    if "lots" in chosen:
        for row in categories.values():
            row["lot"] = 2 if "several categories" in chosen else draw.choice([1, 2, "0.5"])
    people = [f"w{i}" for i in range(5)]
    offers = [_offer(draw, i, places, names, people, chosen) for i in range(draw.randint(2, 5))]
    needs = [_need(draw, i, places, names, people, chosen) for i in range(draw.randint(2, 6))]
    attributes, requirements = _requirements(draw, offers, needs) if "requirements" in chosen else ([], [])
    said = {
        "offers": offers,
        "needs": needs,
        "lanes": _lanes(draw, places, chosen),
        "categories": categories,
        "budgets": {"fund": draw.randint(5, 60), "aid": draw.randint(2, 20)} if "sponsor" in chosen else {},
        "attributes": attributes,
        "requirements": requirements,
        "settlement": draw.choice(["priced", "donated"]),
        "time_step_days": 2 if "time steps" in chosen else 0,
    }
    return said, chosen


def _offer(draw, i, places, names, people, chosen):  # type: ignore[no-untyped-def]
    row = {
        "id": f"o{i}",
        "at": draw.choice(places),
        "quantity": draw.randint(1, 9),
        "price": draw.randint(-3 if "negative ask" in chosen else 0, 6),
        "category": draw.choice(names),
        "who": draw.choice(people[:3] if "both sides" not in chosen else people),
        "listed": draw.randint(0, 3),
    }
    if "fixed cost" in chosen and draw.random() < 0.6:
        row["fixed"] = draw.randint(1, 12)
    if "least of an offer" in chosen and draw.random() < 0.6:
        row["least"] = draw.randint(1, row["quantity"])
    if "no place" in chosen and draw.random() < 0.4:
        row["at"] = ""
    if "windows" in chosen:
        row["from_day"] = draw.randint(0, 4)
        row["until_day"] = row["from_day"] + draw.randint(0, 5)
    if "use by" in chosen and draw.random() < 0.7:
        row["use_by_day"] = row.get("from_day", 0) + draw.randint(0, 5)
    return row


def _need(draw, i, places, names, people, chosen):  # type: ignore[no-untyped-def]
    row = {
        "id": f"n{i}",
        "at": draw.choice(places),
        "quantity": draw.randint(1, 9),
        "price": draw.randint(1, 14),
        "who": draw.choice(people[3:] if "both sides" not in chosen else people),
        "listed": draw.randint(0, 3),
    }
    if "several categories" in chosen and draw.random() < 0.5:
        row["accepts"] = names
    else:
        row["category"] = draw.choice(names)
    if "least of a need" in chosen and draw.random() < 0.6:
        row["least"] = draw.randint(1, row["quantity"])
    if "sponsor" in chosen and draw.random() < 0.6:
        row["sponsor"] = draw.choice(["fund", "aid"])
        row["value"], row["price"] = row["price"], draw.choice([0, 0, 1, row["price"]])
    elif draw.random() < 0.2:
        row["value"] = max(0, row["price"] + draw.randint(-2, 2))
    if "windows" in chosen:
        row["from_day"] = draw.randint(0, 6)
        row["until_day"] = row["from_day"] + draw.randint(0, 5)
    if "no place" in chosen and draw.random() < 0.4:
        row["at"] = ""
    return row


def _lanes(draw, places, chosen):  # type: ignore[no-untyped-def]
    lanes = []
    for start in places:
        for end in places:
            if start == end or draw.random() < 0.35:
                continue
            lane = {"start": start, "end": end, "cost": draw.choice([0, "0.5", 1, 2, 3])}
            if "capacity" in chosen and draw.random() < 0.7:
                lane["capacity"] = draw.choice([1, 2, 3, "2.5", 5])
            if "trips" in chosen and draw.random() < 0.4:
                lane["trip_t"], lane["trip_cost"] = draw.choice([2, 4]), draw.choice([1, 2, 5])
            if "time steps" in chosen:
                lane["days"] = draw.choice([0, 1, 2, 3])
            if "carrier" in chosen and draw.random() < 0.6:
                lane["carrier"] = draw.choice(["haulier-1", "haulier-2"])
            lanes.append(lane)
    return lanes


def _requirements(draw, offers, needs):  # type: ignore[no-untyped-def]
    attributes, requirements = [], []
    for row in (*offers, *needs):
        for name, values in (("label", ["halal", "vegan", "plain"]), ("grade", ["1", "2", "3"])):
            if draw.random() < 0.7:
                attributes.append((row["id"], name, draw.choice(values)))
        if draw.random() < 0.3:
            attributes.append((row["id"], "label", "organic"))
    for row in (*offers, *needs):
        if draw.random() < 0.35:
            requirements.append((row["id"], "grade", draw.choice(["<=", ">="]), "2"))
        if draw.random() < 0.25:
            ask = draw.choice(
                [
                    ("=", "halal"),
                    ("in", "vegan;plain"),
                    ("has_any", "organic;halal"),
                    ("has_all", "vegan;organic"),
                ]
            )
            requirements.append((row["id"], "label", *ask))
    return attributes, requirements
