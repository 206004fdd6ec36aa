"""Tiny goods books of whole units, and the best of every way to award them, tried one by one.

Two offers, two needs, two places with a lane each way; what a participant may ask for is drawn: lots, fixed
costs, least quantities on both sides, a sponsor with a budget, lanes with room for so much.
"""

from __future__ import annotations

import random
from itertools import product

from random_books import DAY_ONE, Draft, Row

FEATURES = ("lots", "fixed cost", "least of an offer", "least of a need", "sponsor", "capacity")


def tiny_book(seed: int) -> tuple[Draft, frozenset[str]]:
    """A book drawn from `seed` and its features. Prices, quantities and limits are whole numbers."""
    draw = random.Random(seed)
    chosen = frozenset(f for f in FEATURES if draw.random() < 0.5)
    offers: list[Row] = []
    needs: list[Row] = []
    for prefix, rows, most in (("o", offers, 4), ("n", needs, 9)):
        for i in range(2):
            row: Row = {"id": f"{prefix}{i}", "participant": f"{prefix}{i}", "category": "rice", "unit": "t",
                        "quantity": draw.randint(1, 4), "limit_price": draw.randint(0, most),
                        "currency": "GBP", "place": draw.choice("ab")}  # fmt: skip
            if f"least of {'an offer' if prefix == 'o' else 'a need'}" in chosen:
                row["min_quantity"] = draw.randint(1, row["quantity"])
            rows.append(row)
    if "fixed cost" in chosen:
        offers[0]["fixed_cost"] = draw.randint(1, 8)
    rules: list[Row] = []
    if "sponsor" in chosen:
        for need in needs[: draw.randint(1, 2)]:
            need.update(sponsor="fund", value=need["limit_price"], limit_price=draw.randint(0, 1))
        rules = [{"id": "b", "name": "fund", "measure": "bid_value", "sense": "<=",
                  "limit": draw.randint(0, 12), "sponsor": "fund"}]  # fmt: skip
    lanes = [
        {"id": f"{a}{b}", "from_place": a, "to_place": b, "mode": "van", "cost_per_t": draw.randint(0, 3),
         "currency": "GBP", "co2_kg_per_t": 1,
         "capacity_t": draw.randint(0, 3) if "capacity" in chosen else None}
        for a, b in ("ab", "ba")
    ]  # fmt: skip
    goods: Row = {"id": "rice", "name": "rice", "kind": "goods", "unit": "t", "whole": True}
    if "lots" in chosen:
        goods = {**goods, "lot": draw.choice([1, 2])}
    settings = {"name": "tiny", "currency": "GBP", "as_of": DAY_ONE.isoformat(), "settlement": "priced"}
    tables = {
        "participants": [{"id": p, "name": p} for p in ("o0", "o1", "n0", "n1", "fund")],
        "places": [{"id": p, "name": p, "region": "r", "latitude": "51", "longitude": "0"} for p in "ab"],
        "categories": [goods], "lanes": lanes, "offers": offers, "needs": needs, "rules": rules,
    }  # fmt: skip
    return Draft(settings, tables), chosen


def best_of_all(draft: Draft) -> int:
    """The greatest objective over every whole-number award of each offer to each need."""
    t = draft.tables
    offers, needs, lot = t["offers"], t["needs"], t["categories"][0].get("lot", 1)
    pairs = list(product(range(2), range(2)))
    ranges = [range(0, min(offers[o]["quantity"], needs[n]["quantity"]) + 1, lot) for o, n in pairs]
    best = 0
    for amounts in product(*ranges):
        best = max(best, _worth(t, dict(zip(pairs, amounts, strict=True))))
    return best


def _worth(t: dict[str, list[Row]], award: dict[tuple[int, int], int]) -> int:
    """The objective of one allocation, -1 where it breaks a limit."""
    offers, needs = t["offers"], t["needs"]
    for side, rows in ((0, offers), (1, needs)):
        for i, row in enumerate(rows):
            total = sum(amount for pair, amount in award.items() if pair[side] == i)
            if total > row["quantity"] or 0 < total < row.get("min_quantity", 0):
                return -1
    load, worth, spent = {"ab": 0, "ba": 0}, 0, 0
    haulage = {lane["id"]: lane["cost_per_t"] for lane in t["lanes"]}
    for (o, n), amount in award.items():
        way = offers[o]["place"] + needs[n]["place"]
        cost = offers[o]["limit_price"] + haulage.get(way, 0)
        load[way] = load.get(way, 0) + amount
        worth += amount * (needs[n].get("value", needs[n]["limit_price"]) - cost)
        if needs[n].get("sponsor"):
            spent += amount * (cost - needs[n]["limit_price"])
    fixed = offers[0].get("fixed_cost", 0) * any(amount for (o, _), amount in award.items() if o == 0)
    sponsored = any(need.get("sponsor") for need in needs)
    if any(lane["capacity_t"] is not None and load[lane["id"]] > lane["capacity_t"] for lane in t["lanes"]):
        return -1
    # A fixed cost is charged to every sponsor whose needs the offer may serve: a budget is never overspent.
    if sponsored and t["rules"] and spent + fixed > t["rules"][0]["limit"]:
        return -1
    return worth - fixed
