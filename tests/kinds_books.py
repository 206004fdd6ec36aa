"""Random small books of all four kinds, with projects and rules, as the rows that people would write.

A goods book of `random_books` with a few of its features, and on top of it capital, talent, technology,
projects and rules. `carried_kinds` says what the rows of a draft really have.
"""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

from random_books import FEATURES as GOODS_FEATURES
from random_books import WEIGHTS, Draft, GoodsDrawing, Row, carried, day

FEATURES = (
    "loans", "grants", "loan terms", "whole offers", "shared offers", "remote", "moves", "stays", "skills",
    "unlimited licences", "limited licences", "licence cost", "licensees", "proportional", "all or nothing",
    "several owners", "whole lines", "outputs", "funding", "project sponsor", "line windows", "whole goods",
)  # fmt: skip
MEASURES = ("units", "tonnes", "co2_kg", "bid_value", "awards")
FILTERS = (
    "offer_participant", "offer_role", "offer_region", "offer_place", "need_participant", "need_role",
    "need_region", "need_place", "category", "kind", "lane", "mode", "project",
)  # fmt: skip
RULES = (
    *(f"{measure} {sense}" for measure in MEASURES for sense in ("<=", ">=")), "share <=", "share >=",
    *(f"by {name}" for name in FILTERS), "both sides",
)  # fmt: skip


def draw_kinds(seed: int, share: float = 0.45, goods: float = 0.12) -> Draft:
    """A book drawn from `seed`: features of the kinds with probability `share`, of goods with `goods`."""
    draw = random.Random(seed)
    chosen = {f for f in FEATURES if draw.random() < share} | {
        f for f in GOODS_FEATURES if draw.random() < goods
    }
    chosen -= {"time steps", "lane days"} if draw.random() < 0.5 else set()
    if {"time steps", "lane days"} & chosen:
        chosen |= {"time steps", "windows"}
    return _Drawing(draw, frozenset(chosen)).draft()


class _Drawing(GoodsDrawing):
    """One book while it is drawn; the goods come first."""

    def draft(self) -> Draft:
        draft = super().draft()
        self.t = draft.tables
        self.t["projects"] = []
        for i, person in enumerate(self.t["participants"]):
            person["role"], person["region"] = ("farm", "shop")[i % 2], f"r{i % 2}"
        self._whole_goods()
        self._capital()
        self._talent()
        self._technology()
        for i in range(self.draw.choice([1, 1, 2])):
            self._project(i)
        self._windows()
        for i in range(self.draw.choice([0, 1, 1, 2])):
            self._rule(i)
        return draft

    def _whole_goods(self) -> None:
        for row in self.t["offers"]:
            if self.often("whole goods", 0.3):
                row["whole"] = True

    def _row(self, ident: str, category: str, unit: str, quantity: Any, price: Any) -> Row:
        return {"id": ident, "participant": self.draw.choice(self.people), "category": category, "unit": unit,
                "quantity": quantity, "limit_price": price, "currency": "GBP",
                "place": self.draw.choice(self.places)}  # fmt: skip

    def _give(self, row: Row, **more: Any) -> None:
        row["participant"] = self.draw.choice(self.people[:3])
        self.t["offers"].append({**row, **more})

    def _take(self, row: Row, **more: Any) -> None:
        row["participant"] = self.draw.choice(self.people[3:])
        self.t["needs"].append({**row, **more})

    def _capital(self) -> None:
        draw = self.draw
        if not {"loans", "grants", "funding"} & self.chosen:
            return
        self.t["categories"].append({"id": "money", "name": "money", "kind": "capital", "unit": "GBP"})
        if {"loans", "funding"} & self.chosen:
            for i in range(draw.randint(1, 2)):
                row = self._row(
                    f"loan{i}", "money", "GBP", draw.randint(10, 60), draw.choice(["0.02", "0.05", "0.1"])
                )
                term = draw.choice([12, 24, 36]) if self.often("loan terms", 0.8) else None
                self._give(row, form="loan", term_months=term)
        if {"grants", "funding"} & self.chosen:
            self._give(self._row("grant", "money", "GBP", draw.randint(5, 30), 0), form="grant")
        if self.has("loans"):
            row = self._row(
                "borrower", "money", "GBP", draw.randint(5, 40), draw.choice(["0.06", "0.12", "0.3"])
            )
            self._take(row, term_months=draw.choice([12, 18, 24]))
        if self.has("grants"):
            self._take(self._row("asker", "money", "GBP", draw.randint(5, 20), draw.choice(["0.1", "0.2"])))

    def _talent(self) -> None:
        draw, wanted = (
            self.draw,
            {"whole offers", "shared offers", "remote", "moves", "stays", "skills", "whole lines"},
        )
        if not wanted & self.chosen:
            return
        self.t["categories"].append({"id": "hands", "name": "hands", "kind": "talent", "unit": "person_day"})
        for i in range(draw.randint(1, 3)):
            more: Row = {}
            if self.often("shared offers", 0.5):
                more["whole"] = False
            if self.often("remote", 0.5):
                more["remote"] = True
            elif self.often("moves", 0.7):
                more["move_cost"] = draw.randint(0, 6)
            self._give(
                self._row(f"hand{i}", "hands", "person_day", draw.randint(1, 4), draw.randint(0, 5)), **more
            )
            if self.often("skills", 0.7):
                self._attribute(f"hand{i}", "skill", draw.choice(["cook", "drive"]))
        for i in range(draw.randint(1, 2)):
            self._take(self._row(f"job{i}", "hands", "person_day", draw.randint(1, 4), draw.randint(2, 11)))
            if self.often("skills", 0.7):
                self._ask(f"job{i}", "skill", "has_any", "cook")

    def _technology(self) -> None:
        draw = self.draw
        if not {"unlimited licences", "limited licences", "licence cost", "licensees"} & self.chosen:
            return
        self.t["categories"].append({"id": "tool", "name": "tool", "kind": "technology", "unit": "licence"})
        unlimited = self.has("unlimited licences") or not self.has("limited licences")
        for i, free in enumerate([True] * unlimited + [False] * self.has("limited licences")):
            more: Row = {"fixed_cost": draw.randint(1, 7)} if self.often("licence cost", 0.8) else {}
            number = None if free else draw.randint(1, 3)
            self._give(self._row(f"tool{i}", "tool", "licence", number, draw.randint(0, 3)), **more)
            if self.often("licensees", 0.8):
                self._ask(f"tool{i}", "role", "=", draw.choice(["farm", "shop"]))
        for i in range(draw.randint(1, 3)):
            self._take(self._row(f"user{i}", "tool", "licence", draw.randint(1, 2), draw.randint(1, 9)))

    def _attribute(self, owner: str, name: str, value: str) -> None:
        self.t["attributes"].append({"owner": owner, "name": name, "value": value})

    def _ask(self, listing: str, attribute: str, comparison: str, value: str) -> None:
        ask = {"listing": listing, "attribute": attribute, "comparison": comparison, "value": value}
        self.t["requirements"].append(ask)

    def _project(self, i: int) -> None:
        draw, ident = self.draw, f"project{i}"
        modes = [
            m
            for m, f in (("proportional", "proportional"), ("all_or_nothing", "all or nothing"))
            if self.has(f)
        ]
        owners = draw.sample(self.people[3:], 2 if self.often("several owners", 0.8) else 1)
        row: Row = {"id": ident, "participants": ";".join(owners), "name": ident,
                "value": draw.randint(5, 60),
                    "currency": "GBP", "mode": draw.choice(modes or ["proportional"]),
                    "place": draw.choice(self.places)}  # fmt: skip
        if draw.random() < 0.3:
            row["limit_price"] = max(0, row["value"] + draw.randint(-8, 4))
        kinds = {c["kind"] for c in self.t["categories"]}
        funded = self.often("funding", 0.8) and "capital" in kinds
        if funded:
            row["own_money"] = draw.choice([0, 3, 10])
        elif self.often("project sponsor", 0.7):
            row["sponsor"] = "patron"
            row["limit_price"] = draw.choice([0, 2, 5])
        lines = [self._line(ident, owners[0], kind) for kind in self._line_kinds(kinds, funded)]
        if self.often("outputs", 0.8):
            lines.append(self._output(ident, owners[0]))
        if self.often("line windows", 0.7):
            row["from"], row["until"] = day(0), day(4)
            lines[0]["from"], lines[0]["until"] = day(2), day(6)
        self.t["projects"].append(row)
        self.t["needs"] += lines
        if "sponsor" in row and not any(rule["id"] == "budget-patron" for rule in self.t["rules"]):
            self.t["participants"].append({"id": "patron", "name": "PATRON"})
            self.t["rules"].append({"id": "budget-patron", "name": "patron",
            "measure": "bid_value", "sense": "<=",
                                    "limit": draw.randint(3, 40), "unit": "GBP",
                                    "sponsor": "patron"})  # fmt: skip

    def _line_kinds(self, kinds: set[str], funded: bool) -> list[str]:
        others = sorted(kinds & ({"talent", "technology"} if self.has("whole lines") else {"technology"}))
        return ["goods", *(k for k in others if self.draw.random() < 0.7), *(["capital"] if funded else [])]

    def _line(self, project: str, who: str, kind: str) -> Row:
        draw = self.draw
        unit = self.t["offers"][0]["unit"] if kind == "goods" else ""
        per = Decimal(WEIGHTS.get(unit, "1"))
        row: Row = {"id": f"{project}-{kind}", "participant": who, "project": project}
        if kind == "goods":
            row |= {"category": draw.choice(self.goods), "unit": unit, "quantity": draw.randint(1, 6) * per}
        elif kind == "talent":
            row |= {"category": "hands", "unit": "person_day", "quantity": draw.randint(1, 3)}
        elif kind == "technology":
            row |= {"category": "tool", "unit": "licence", "quantity": 1}
        else:
            row |= {"category": "money", "unit": "GBP", "quantity": draw.randint(3, 25)}
            row["term_months"] = draw.choice([None, 12, 24])
        if draw.random() < 0.3:
            row["place"] = draw.choice(self.places)
        return row

    def _output(self, project: str, who: str) -> Row:
        """What a process makes; somebody else needs it."""
        draw = self.draw
        if not any(c["id"] == "compost" for c in self.t["categories"]):
            self.t["categories"].append({"id": "compost", "name": "compost", "kind": "goods", "unit": "t"})
            for i in range(draw.randint(1, 2)):
                self._take(self._row(f"garden{i}", "compost", "t", draw.randint(1, 6), draw.randint(1, 9)))
                self.t["needs"][-1]["participant"] = self.people[0]
        row: Row = {"id": f"{project}-made", "participant": who, "project": project,
                "category": "compost", "unit": "t",
                    "quantity": -draw.randint(1, 6)}  # fmt: skip
        if draw.random() < 0.3:
            row |= {"limit_price": draw.choice([-1, 1]), "currency": "GBP"}
        return row

    def _windows(self) -> None:
        if self.has("windows"):
            for row in (*self.t["offers"], *self.t["needs"]):
                if "from" not in row and "project" not in row and self.draw.random() < 0.5:
                    row["from"] = day(self.draw.randint(0, 3))
                    row["until"] = day(self.draw.randint(4, 8))

    def _rule(self, i: int) -> None:
        draw = self.draw
        measure, sense, shared = draw.choice(MEASURES), draw.choice(["<=", "<=", ">="]), draw.random() < 0.3
        row: Row = {"id": f"rule{i}", "name": f"rule {i}", "measure": measure, "sense": sense}
        names = draw.sample(FILTERS, draw.choice([0, 1, 1, 2, 2])) if not shared else draw.sample(FILTERS, 2)
        if measure in ("awards", "bid_value"):
            names = [name for name in names if name not in ("lane", "mode")]
        if (sense == ">=" or shared) and (measure == "co2_kg" or {"lane", "mode"} & set(names)):
            self._straighten()
        values = {name: self._filter(name) for name in names}
        row |= {name: value for name, value in values.items() if value}
        if measure == "units":
            row["category"] = row.get("category", draw.choice(self.t["categories"])["id"]).split(";")[0]
        if shared and measure != "awards" and any(name in row for name in FILTERS):
            row["share_of_total"], row["limit"] = True, draw.choice(["0.2", "0.5", "0.8"])
        else:
            row["limit"] = self._limit(measure, sense)
            if measure == "units":
                row["unit"] = next(
                    c["unit"] for c in self.t["categories"] if c["id"] == row["category"].split(";")[0]
                )
        if sense == ">=":
            row["sponsor"] = "forcer"
            if not any(p["id"] == "forcer" for p in self.t["participants"]):
                self.t["participants"].append({"id": "forcer", "name": "FORCER"})
        self.t["rules"].append(row)

    def _straighten(self) -> None:
        """Roads without circles: what a rule asks to travel could otherwise go round and round."""
        self.t["lanes"] = [lane for lane in self.t["lanes"] if lane["from_place"] < lane["to_place"]]
        self.t["modes"] = []
        names = {lane["id"] for lane in self.t["lanes"]}
        for rule in self.t["rules"]:
            kept = [name for name in (rule.get("lane") or "").split(";") if name in names]
            rule["lane"] = ";".join(kept) or None

    def _limit(self, measure: str, sense: str) -> Any:
        most = {"units": 12, "tonnes": 10, "co2_kg": 30, "bid_value": 60, "awards": 4}[measure]
        return self.draw.randint(0, most) if sense == "<=" else self.draw.choice([0, 1, 1, 2, 3])

    def _filter(self, name: str) -> str | None:
        """A value, or two, that the book has; None where it has none."""
        t, draw = self.t, self.draw
        have: dict[str, list[str]] = {
            "participant": self.people, "role": ["farm", "shop"], "region": ["r0", "r1"],
            "place": self.places,
            "category": [c["id"] for c in t["categories"]],
            "kind": sorted({c["kind"] for c in t["categories"]}),
            "lane": [lane["id"] for lane in t["lanes"]], "mode": ["van", "lorry"],
            "project": [p["id"] for p in t["projects"]],
        }  # fmt: skip
        values = have[name.removeprefix("offer_").removeprefix("need_")]
        return ";".join(draw.sample(values, min(len(values), draw.choice([1, 1, 2])))) if values else None


def carried_kinds(draft: Draft) -> set[str]:
    """The features, kinds and rules that the rows of a draft have, goods' features too."""
    t = draft.tables
    offers, needs, projects = t["offers"], t["needs"], t["projects"]
    kind = {c["id"]: c["kind"] for c in t["categories"]}
    lines = [row for row in needs if row.get("project")]

    def of(name: str, rows: list[Row]) -> list[Row]:
        return [row for row in rows if kind[row["category"].split(";")[0]] == name]

    talent, tools, money = of("talent", offers), of("technology", offers), of("capital", offers)
    mode = {p["id"]: p["mode"] for p in projects}
    whole = {row["project"] for row in (*of("talent", lines), *of("technology", lines))}
    asked = {ask["listing"] for ask in t["requirements"]}
    has: dict[str, Any] = {
        "loans": any(row["form"] == "loan" for row in money),
                "grants": any(row["form"] == "grant" for row in money),
        "loan terms": any(row.get("term_months") for row in money),
        "whole offers": any(row.get("whole") is None and row["quantity"] > 1 for row in talent),
        "shared offers": any(row.get("whole") is False for row in talent),
        "remote": any(row.get("remote") for row in talent),
                "moves": any(row.get("move_cost") for row in talent),
        "stays": any("remote" not in row and "move_cost" not in row for row in talent),
        "skills": any(row["id"] in asked for row in of("talent", needs)),
        "unlimited licences": any(row["quantity"] is None for row in tools),
        "limited licences": any(row["quantity"] is not None for row in tools),
        "licence cost": any(row.get("fixed_cost") for row in tools),
        "licensees": any(row["id"] in asked for row in tools),
        "proportional": "proportional" in mode.values(), "all or nothing": "all_or_nothing" in mode.values(),
        "several owners": any(";" in p["participants"] for p in projects),
        "whole lines": any(mode[p] == "proportional" for p in whole),
        "outputs": any(row["quantity"] < 0 for row in lines), "funding": of("capital", lines),
        "project sponsor": any(p.get("sponsor") for p in projects),
        "line windows": any(row.get("from") for row in lines),
                "whole goods": any(row.get("whole") for row in of("goods", offers)),
    }  # fmt: skip
    goods = [[r for r in of("goods", rows) if "project" not in r] for rows in (offers, needs)]
    alone = Draft(draft.settings, {**t, "offers": goods[0], "needs": goods[1]})
    return {feature for feature, found in has.items() if found} | _rules_of(t["rules"]) | carried(alone)


def _rules_of(rules: list[Row]) -> set[str]:
    found = set()
    for row in rules:
        if row["id"].startswith("budget"):
            continue
        names = {name for name in FILTERS if row.get(name)}
        found |= {f"{row['measure']} {row['sense']}", *(f"by {name}" for name in names)}
        if row.get("share_of_total"):
            found.add(f"share {row['sense']}")
        if any(n.startswith("offer") for n in names) and any(n.startswith("need") for n in names):
            found.add("both sides")
    return found
