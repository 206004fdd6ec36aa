"""Random small books of all four kinds with projects and rules, each with a few features."""

from __future__ import annotations

from random import Random
from typing import Any

Row = dict[str, Any]
FEATURES = (
    "loan", "grant", "talent", "days", "move", "technology", "licences", "fixed cost", "least", "lanes",
    "capacity", "trips", "sponsor", "proportional", "whole", "project", "purse", "own money",
    "project sponsor",
    "output", "cap", "floor", "share", "count", "count floor", "donated",
)  # fmt: skip


def random_tables(seed: int, features: frozenset[str] | None = None) -> tuple[Row, frozenset[str]]:
    """What `four_kinds.four_kinds` makes a market of, and the features drawn."""
    r = Random(seed)
    has = features if features is not None else frozenset(f for f in FEATURES if r.random() < 0.35)
    goods = ["rice", "soap"] if r.random() < 0.5 else ["rice"]
    places = ["A", "B"] if "lanes" in has else ["A"]
    offers = [_goods_offer(r, i, goods, places, has) for i in range(r.randint(2, 5))]
    needs = [_goods_need(r, i, goods, places, has) for i in range(r.randint(1, 4))]
    if "talent" in has:
        offers += [_talent(r, i, places, has) for i in range(r.randint(1, 3))]
        needs += [{"id": f"t{i}", "category": "cook", "quantity": r.randint(1, 3),
            "limit_price": r.randint(5, 30),
                       "place": r.choice(places)} for i in range(r.randint(0, 2))]  # fmt: skip
    if "technology" in has:
        offers += [_technology(r, i, has) for i in range(r.randint(1, 2))]
        needs += [{"id": f"u{i}", "category": "software", "quantity": 1, "limit_price": r.randint(3, 30)}
                  for i in range(r.randint(0, 4))]  # fmt: skip
    if {"loan", "grant"} & has:
        offers += [_capital(r, i, has) for i in range(r.randint(1, 3))]
        needs += [_borrower(r, i, has) for i in range(r.randint(0, 2))]
    projects: list[Row] = []
    if {"project", "purse", "output", "project sponsor"} & has:
        for i in range(r.randint(1, 3)):
            project, lines = _project(r, i, goods, places, has)
            projects.append(project)
            needs += lines
    rules = _rules(r, has, goods)
    budgets = (
        {"aid": r.randint(5, 80)} if {"sponsor", "project sponsor", "floor", "count floor"} & has else {}
    )
    lanes = [_lane(r, a, b, has) for a in places for b in places if a != b]
    return {
        "offers": offers, "needs": needs, "projects": projects, "rules": rules, "budgets": budgets,
        "lanes": lanes, "regions": {"A": "north", "B": "south"},
        "settlement": "donated" if "donated" in has else "priced",
    }, has  # fmt: skip


def _goods_offer(r: Random, i: int, goods: list[str], places: list[str], has: frozenset[str]) -> Row:
    row = {"id": f"g{i}", "category": r.choice(goods), "quantity": r.randint(1, 10),
        "limit_price": r.randint(0, 6),
               "place": r.choice(places)}  # fmt: skip
    if "fixed cost" in has and r.random() < 0.3:
        row["fixed_cost"] = r.randint(1, 10)
    if "least" in has and r.random() < 0.3:
        row["min_quantity"] = r.randint(1, row["quantity"])
    return row


def _goods_need(r: Random, i: int, goods: list[str], places: list[str], has: frozenset[str]) -> Row:
    row = {"id": f"n{i}", "category": r.choice(goods), "quantity": r.randint(1, 10),
        "limit_price": r.randint(1, 14),
               "place": r.choice(places)}  # fmt: skip
    if "sponsor" in has and r.random() < 0.5:
        row |= {
            "sponsor": "aid",
            "value": row["limit_price"] + r.randint(1, 10),
            "limit_price": r.choice([0, 1]),
        }
    if "least" in has and r.random() < 0.3:
        row["min_quantity"] = r.randint(1, row["quantity"])
    return row


def _talent(r: Random, i: int, places: list[str], has: frozenset[str]) -> Row:
    several = "days" in has and r.random() < 0.6
    row = {"id": f"c{i}", "category": "cook", "quantity": r.randint(2, 5) if several else 1,
        "place": r.choice(places),
               "limit_price": r.randint(3, 15)}  # fmt: skip
    if several:
        row["whole"] = r.choice(["true", "false"])
    if "move" in has:
        row |= r.choice([{"remote": "true"}, {"move_cost": r.randint(0, 8)}, {}])
    return row


def _technology(r: Random, i: int, has: frozenset[str]) -> Row:
    row = {"id": f"s{i}", "category": "software", "limit_price": r.randint(0, 8)}
    if "licences" in has:
        row["quantity"] = r.randint(1, 3)
    if "fixed cost" in has:
        row["fixed_cost"] = r.randint(5, 25)
    return row


def _capital(r: Random, i: int, has: frozenset[str]) -> Row:
    form = r.choice([f for f in ("loan", "grant") if f in has])
    row = {"id": f"m{i}", "category": "money", "quantity": r.randint(10, 100), "form": form,
               "limit_price": r.choice(["0.03", "0.05", "0.1"]) if form == "loan" else 0}  # fmt: skip
    if form == "loan" and r.random() < 0.5:
        row["term_months"] = r.choice([12, 60])
    return row


def _borrower(r: Random, i: int, has: frozenset[str]) -> Row:
    row = {
        "id": f"b{i}",
        "category": "money",
        "quantity": r.randint(10, 60),
        "limit_price": r.choice(["0.06", "0.2", "0.5"]),
    }
    if "loan" in has and ("grant" not in has or r.random() < 0.7):
        row["term_months"] = r.choice([6, 12, 24])
    return row


def _project(
    r: Random, i: int, goods: list[str], places: list[str], has: frozenset[str]
) -> tuple[Row, list[Row]]:
    name = f"p{i}"
    proportional = "proportional" in has and r.random() < 0.6
    project: Row = {
        "id": name,
        "value": r.randint(10, 120),
        "mode": "proportional" if proportional else "all_or_nothing",
    }
    lines: list[Row] = [
        {
            "id": f"{name}-g",
            "category": r.choice(goods),
            "quantity": r.randint(1, 5),
            "place": r.choice(places),
        }
    ]
    if "talent" in has and r.random() < 0.6 and (not proportional or "whole" in has):
        lines.append(
            {"id": f"{name}-t", "category": "cook", "quantity": r.randint(1, 2), "place": r.choice(places)}
        )
    if "technology" in has and r.random() < 0.6 and (not proportional or "whole" in has):
        lines.append({"id": f"{name}-s", "category": "software", "quantity": 1})
    backed = "project sponsor" in has and r.random() < 0.6
    if backed:
        project |= {"sponsor": "aid", "limit_price": r.randint(0, 20)}
    elif "purse" in has and {"loan", "grant"} & has:
        row = _borrower(r, 0, has)
        row.pop("limit_price")
        lines.append(row | {"id": f"{name}-m", "quantity": r.randint(5, 60)})
        if "own money" in has:
            project["own_money"] = r.randint(0, 40)
    if "output" in has and r.random() < 0.7:
        lines.append(
            {
                "id": f"{name}-o",
                "category": r.choice(goods),
                "quantity": -r.randint(1, 6),
                "place": r.choice(places),
            }
        )
        project["value"] = r.randint(0, 30)
    return project, [line | {"project": name} for line in lines]


def _lane(r: Random, start: str, end: str, has: frozenset[str]) -> Row:
    row: Row = {"from_place": start, "to_place": end, "cost_per_t": r.choice([0, "0.5", 1, 2])}
    if "capacity" in has:
        row["capacity_t"] = r.choice([2, 4])
    return row


def _rules(r: Random, has: frozenset[str], goods: list[str]) -> list[Row]:
    rules: list[Row] = []
    if "cap" in has:
        rules.append(r.choice([
            {"id": "cap", "measure": "units", "limit": r.randint(2, 8), "unit": "t", "category": "rice"},
            {"id": "cap", "measure": "units", "limit": r.randint(2, 8), "unit": "t",
                "offer_participant": "g0-owner", "kind": "goods"},
            {"id": "cap", "measure": "bid_value", "limit": r.randint(5, 60), "unit": "GBP",
                "need_participant": "n0-owner"},
            {"id": "cap", "measure": "tonnes", "limit": r.randint(2, 8), "unit": "t", "need_region": "north"},
        ]))  # fmt: skip
    if "floor" in has:
        rules.append({"id": "floor", "measure": "units", "sense": ">=", "limit": r.randint(1, 2), "unit": "t",
                          "need_participant": "n0-owner", "kind": "goods", "sponsor": "aid"})  # fmt: skip
    if "share" in has:
        rules.append({"id": "share", "measure": "units", "limit": "0.5", "unit": "", "share_of_total": "true",
                          "offer_participant": "g0-owner", "kind": "goods"})  # fmt: skip
    if "count" in has:
        rules.append(
            {
                "id": "count",
                "measure": "awards",
                "limit": r.randint(1, 2),
                "need_region": "north",
                "kind": "goods",
            }
        )
    if "count floor" in has:
        rules.append({"id": "count-floor", "measure": "awards", "sense": ">=", "limit": 1,
            "need_participant": "n0-owner",
                          "kind": "goods", "sponsor": "aid"})  # fmt: skip
    return rules
