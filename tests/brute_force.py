"""Tiny goods books of whole units, and the best of every way to award them, tried one by one.

Two offers, two needs, two places with a lane each way; what a participant may ask for is drawn: lots, fixed
costs, least quantities on both sides, one sponsor or two with budgets, lanes with room for so much, a van
whose trips are paid whole.
"""

from __future__ import annotations

import random
from itertools import product

from random_books import DAY_ONE, Draft, Row

FEATURES = (
    "lots", "fixed cost", "least of an offer", "least of a need", "sponsor", "two sponsors", "capacity",
    "trips",
)  # fmt: skip


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
    if {"sponsor", "two sponsors"} & chosen:
        sponsors = draw.sample(["fund", "aid"], 2) if "two sponsors" in chosen else ["fund", "fund"]
        for need, sponsor in list(zip(needs, sponsors, strict=True))[: draw.randint(1, 2)]:
            need.update(sponsor=sponsor, value=need["limit_price"], limit_price=draw.randint(0, 1))
        rules = [{"id": who, "name": who, "measure": "bid_value", "sense": "<=",
                  "limit": draw.randint(0, 12), "sponsor": who} for who in sorted(set(sponsors))]  # fmt: skip
    room = draw.randint(0, 3) if "capacity" in chosen else None
    lanes = [
        {"id": f"{a}{b}", "from_place": a, "to_place": b, "mode": "van", "cost_per_t": draw.randint(0, 3),
         "currency": "GBP", "co2_kg_per_t": 1, "capacity_t": room}
        for a, b in ("ab", "ba")
    ]  # fmt: skip
    van: Row = {"id": "van", "cost_per_t_km": 0, "currency": "GBP", "co2_kg_per_t_km": 1, "max_km": 9,
                "capacity_t": room, "trip_t": draw.randint(1, 3),
                "cost_per_trip": draw.randint(1, 8)}  # fmt: skip
    roads = {"modes": [van]} if "trips" in chosen else {"lanes": lanes}
    goods: Row = {"id": "rice", "name": "rice", "kind": "goods", "unit": "t", "whole": True}
    if "lots" in chosen:
        goods = {**goods, "lot": draw.choice([1, 2])}
    settings = {"name": "tiny", "currency": "GBP", "as_of": DAY_ONE.isoformat(), "settlement": "priced"}
    tables = {
        "participants": [{"id": p, "name": p} for p in ("o0", "o1", "n0", "n1", "fund", "aid")],
        "places": [{"id": p, "name": p, "region": "r", "latitude": "51", "longitude": "0"} for p in "ab"],
        "categories": [goods], "offers": offers, "needs": needs, "rules": rules, **roads,
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
    spent, worth = dict.fromkeys((None, *(rule["sponsor"] for rule in t["rules"])), 0), 0
    load = {(way, who): 0 for way in ("ab", "ba") for who in spent}
    haulage = {lane["id"]: lane["cost_per_t"] for lane in t.get("lanes", ())}
    for (o, n), amount in award.items():
        who, way = needs[n].get("sponsor"), offers[o]["place"] + needs[n]["place"]
        cost = offers[o]["limit_price"] + haulage.get(way, 0)
        load[way, who] = load.get((way, who), 0) + amount
        worth += amount * (needs[n].get("value", needs[n]["limit_price"]) - cost)
        spent[who] += amount * (cost - needs[n]["limit_price"])
    fixed = offers[0].get("fixed_cost", 0)
    takers = {needs[n].get("sponsor") for (o, n), amount in award.items() if o == 0 and amount}
    worth -= fixed if takers else 0
    (road,) = t["modes"] if "modes" in t else t["lanes"][:1]
    for way in ("ab", "ba"):
        total = sum(load[way, who] for who in spent)
        if road["capacity_t"] is not None and total > road["capacity_t"]:
            return -1
        if "modes" in t:
            worth -= road["cost_per_trip"] * -(-total // road["trip_t"])
    for who in takers & {*spent}:
        spent[who] += fixed
    limits = {rule["sponsor"]: rule["limit"] for rule in t["rules"]}
    free = [n for n in range(2) if not needs[n].get("sponsor")]
    tied = [o for o in range(2) if offers[o].get("min_quantity") and len(free) == 1]
    gains = {
        o: sum(award[o, n] * (needs[n]["limit_price"] - offers[o]["limit_price"]
               - haulage.get(offers[o]["place"] + needs[n]["place"], 0)) for n in free)
        for o in tied
    }  # fmt: skip
    if "modes" not in t:
        paid = all(spent[who] <= limit for who, limit in limits.items())
        return worth if paid and all(gain >= 0 for gain in gains.values()) else -1
    own = {
        (o, way): sum(award[o, n] for n in free if offers[o]["place"] + needs[n]["place"] == way)
        for o in tied
        for way in ("ab", "ba")
    }
    # Without a sponsor nobody takes at a loss, trips included, what is missing to a least quantity; but what
    # is loaded into trips of the sponsor who wants it filled costs nothing, on either way: its goods could
    # use both.
    most = {key: -(-tonnes // road["trip_t"]) for key, tonnes in own.items()}
    return (
        worth
        if any(
            _can_be_paid(t, road, dict(zip(own, trips, strict=True)), own, load, spent, gains, limits)
            for trips in product(*(range(count + 1) for count in most.values()))
        )
        else -1
    )


def _can_be_paid(
    t: dict[str, list[Row]], road: Row, trips: Row, own: Row, load: Row, spent: Row, gains: Row, limits: Row
) -> bool:
    """Whether all can pay, if what offers with a least quantity give without a sponsor has these trips."""
    needs, cost, room = t["needs"], road["cost_per_trip"], road["trip_t"]
    for o, gain in gains.items():
        if gain < cost * sum(count for (i, _), count in trips.items() if i == o):
            return False
    loaded, more_spent = dict(load), dict.fromkeys(spent, 0)
    for (o, way), tonnes in own.items():
        more = max(0, tonnes - room * trips[o, way])
        wanted = [need["sponsor"] for need in needs if need.get("sponsor")]
        if more and not wanted:
            return False
        for who in wanted[:1]:
            loaded[way, who] += more
    for (way, who), tonnes in loaded.items():
        more_spent[who] += cost * -(-tonnes // room) if way in ("ab", "ba") else 0
    return all(spent[who] + more_spent[who] <= limit for who, limit in limits.items())
