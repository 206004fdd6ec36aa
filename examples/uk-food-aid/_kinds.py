"""Rows for what _plans.py says: people, money, tools, equipment, projects, and the page of them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from _plans import (
    BUYERS,
    DOES,
    EQUIPMENT,
    FUNDS,
    GRANT_STEP,
    HAULAGE_PER_KG,
    LENDER,
    NOT_YET,
    PEOPLE,
    PROJECTS,
    RATES,
    REUSE,
    ROLES,
    SHARED_FUND,
    SUPPORT,
    TOOLS,
    Line,
    Project,
)

Row = dict[str, object]
PURPOSES = ("scheduling", "inventory", "routing", "text", "data")
SOFTWARE = {*PURPOSES, *(tool for _, tool, _, _, _ in TOOLS)}
FEES = {f"{purpose}-support": fee for purpose, _, fee in SUPPORT}
KIND_WORDS = {"goods": "goods", "capital": "money", "talent": "people", "technology": "tools"}


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def kind_of(line: Line) -> str:
    if line.category in ROLES:
        return "talent"
    return "technology" if line.category in FEES or set(line.category.split(";")) <= SOFTWARE else "goods"


def categories() -> list[Row]:
    """Money, roles, purposes with their tools and packages, and equipment."""
    rows: list[Row] = [{"id": "money", "name": "money", "kind": "capital", "unit": "GBP"}]
    rows += [
        {"id": role, "name": name, "kind": "talent", "unit": "person_day"}
        for role, (name, _) in ROLES.items()
    ]
    for purpose in PURPOSES:
        rows.append({"id": purpose, "name": f"{purpose} software", "kind": "technology", "unit": "licence"})
        rows.append({"id": f"{purpose}-support", "name": f"help with {purpose} software",
                     "kind": "technology", "unit": "licence"})  # fmt: skip
    rows += [
        {"id": tool, "parent": purpose, "name": name, "kind": "technology", "unit": "licence"}
        for purpose, tool, name, _, _ in TOOLS
    ]
    rows.append({"id": "equipment", "name": "equipment", "kind": "goods", "unit": "item",
                 "tonnes_per_unit": "0.001"})  # fmt: skip
    rows += [
        {"id": item, "parent": "equipment", "name": name, "kind": "goods", "unit": "item",
         "tonnes_per_unit": tonnes}
        for item, (name, tonnes, _) in EQUIPMENT.items()
    ]  # fmt: skip
    return rows


def participants() -> list[Row]:
    """Who offers; a fund is where it gives, a centre in its town, owners of tools are nowhere."""
    rows: list[Row] = []
    towns = sorted({town for _, _, _, town, _, _, _ in PEOPLE})
    rows += [
        {"id": f"volunteers-{town}", "name": f"Volunteer centre, {title(town)}", "role": "volunteer centre",
         "place": town}
        for town in towns
    ]  # fmt: skip
    rows += [{"id": f"reuse-{town}", "name": f"Reuse centre, {title(town)}", "role": "reuse centre",
              "place": town} for town, _ in REUSE]  # fmt: skip
    rows += [
        {"id": slug(fund), "name": fund, "role": "fund", "region": regions[0]} for fund, regions in FUNDS
    ]
    rows += [{"id": slug(name), "name": name, "role": "fund"} for name in (SHARED_FUND, LENDER[0])]
    owners = dict.fromkeys(owner for _, _, _, owner, _ in TOOLS)
    rows += [{"id": slug(owner), "name": owner, "role": "owner of tools"} for owner in owners]
    rows.append({"id": "help-desk", "name": "Help desk for open tools", "role": "software firm"})
    return rows


def title(town: str) -> str:
    return town.replace("-", " ").title()


def offers(funders: Iterable[dict[str, str]]) -> list[Row]:
    """People, tools, packages, equipment, grants and the loan."""
    rows: list[Row] = [
        {"id": f"person/{name}", "participant": f"volunteers-{town}", "category": role, "quantity": days,
         "unit": "person_day", "limit_price": ROLES[role][1], "from": NOT_YET.get(name, ""),
         "remote": "true" if remote else "", "move_cost": "" if move is None else move}
        for name, role, days, town, remote, move, _ in PEOPLE
    ]  # fmt: skip
    rows += [
        {"id": f"tool/{tool}", "participant": slug(owner), "category": tool, "unit": "licence",
         "limit_price": "0"}
        for _, tool, _, owner, _ in TOOLS
    ]  # fmt: skip
    rows += [
        {"id": f"help/{purpose}", "participant": "help-desk", "category": f"{purpose}-support",
         "quantity": count, "unit": "licence", "limit_price": fee}
        for purpose, count, fee in SUPPORT
    ]  # fmt: skip
    rows += [
        {"id": f"reuse/{town}/{item}", "participant": f"reuse-{town}", "category": item, "quantity": count,
         "unit": "item", "limit_price": EQUIPMENT[item][2]}
        for town, stock in REUSE for item, count in stock.items()
    ]  # fmt: skip
    average = {row["funder"]: int(row["amount_gbp"]) // int(row["grants"]) // 100 * 100 for row in funders}
    rows += [
        {"id": f"grant/{slug(fund)}", "participant": slug(fund), "category": "money",
         "quantity": average[fund], "unit": "GBP", "limit_price": "0", "form": "grant"}
        for fund in (*(name for name, _ in FUNDS), SHARED_FUND)
    ]  # fmt: skip
    lender, rate, months = LENDER
    rows.append({"id": f"loan/{slug(lender)}", "participant": slug(lender), "category": "money",
                 "quantity": average[lender], "unit": "GBP", "limit_price": rate, "form": "loan",
                 "term_months": months})  # fmt: skip
    return [row | {"currency": "GBP"} for row in rows]


def projects() -> list[Row]:
    return [
        {"id": p.id, "participants": ";".join(p.owners), "name": p.name, "purpose": p.purpose,
         "value": worth(p), "currency": "GBP", "mode": "all_or_nothing" if p.whole else "proportional",
         "until": p.until}
        for p in PROJECTS
    ]  # fmt: skip


def worth(project: Project) -> int:
    """What it brings by the rates, less what it spends outside of this market, in whole pounds."""
    return math.floor(sum(RATES[key] * count for key, count in project.worth.items())) - project.spend


def cost(line: Line) -> float:
    """What a line costs at list prices, haulage of goods included, GBP."""
    if line.category in ROLES:
        return ROLES[line.category][1] * line.quantity
    if line.category in EQUIPMENT:
        _, tonnes, price = EQUIPMENT[line.category]
        return (price + float(tonnes) * 1000 * HAULAGE_PER_KG) * line.quantity
    if line.category in FEES:
        return FEES[line.category]
    return 0 if kind_of(line) == "technology" else HAULAGE_PER_KG * line.quantity


def money(project: Project) -> int:
    """The grant or loan that it needs: what it spends and what its lines cost, rounded up."""
    moving = max((move or 0 for line in project.lines for _, role, _, _, _, move, _ in PEOPLE
                  if role == line.category), default=0)  # fmt: skip
    total = project.spend + moving + sum(map(cost, project.lines))
    return math.ceil(total / GRANT_STEP) * GRANT_STEP


def needs() -> list[Row]:
    """Packages that food banks would buy by themselves, and the lines of projects, the money first."""
    rows: list[Row] = [
        {"id": f"{bank}/{purpose}-support", "participant": bank, "category": f"{purpose}-support",
         "quantity": 1, "unit": "licence", "limit_price": most, "currency": "GBP"}
        for purpose, bank, most in BUYERS
    ]  # fmt: skip
    for p in PROJECTS:
        rows.append({"id": f"{p.id}/money", "participant": p.owners[0], "category": "money",
                     "quantity": money(p), "unit": "GBP", "project": p.id,
                     "term_months": p.loan_months or ""})  # fmt: skip
        rows += [
            {"id": f"{p.id}/{name_of(line)}", "participant": p.owners[0], "category": line.category,
             "quantity": line.quantity, "unit": unit_of(line), "project": p.id}
            for line in p.lines
        ]  # fmt: skip
    return rows


def name_of(line: Line) -> str:
    return line.category.replace(";", ".")


def unit_of(line: Line) -> str:
    if kind_of(line) != "goods":
        return {"talent": "person_day", "technology": "licence"}[kind_of(line)]
    return "item" if line.category in EQUIPMENT else "kg"


def attributes(banks: Iterable[dict[str, str]]) -> list[Row]:
    """Regions of food banks, partners of projects, skills of people, licences and uses of tools."""
    rows = [(slug(bank["foodbank"]), "region", bank["region"]) for bank in banks]
    rows += [(f"{p.id}/money", "partners", str(len(p.owners))) for p in PROJECTS]
    rows += [(f"person/{name}", "skill", skill) for name, *_, skills in PEOPLE for skill in skills]
    rows += [(f"tool/{tool}", "licence", licence) for _, tool, _, _, licence in TOOLS]
    rows += [(f"tool/{tool}", "does", does) for tool, does in DOES.items()]
    return [{"owner": owner, "name": name, "value": value} for owner, name, value in rows]


def requirements() -> list[Row]:
    """Funds ask for their region or for partners; projects ask for skills, uses and licences."""
    rows = [(f"grant/{slug(fund)}", "region", "in", ";".join(regions)) for fund, regions in FUNDS]
    rows.append((f"grant/{slug(SHARED_FUND)}", "partners", ">=", "3"))
    for p in PROJECTS:
        for line in p.lines:
            listing = f"{p.id}/{name_of(line)}"
            if line.skills:
                rows.append((listing, "skill", "has_all", ";".join(line.skills)))
            rows += [(listing, "does", "=", line.does)] if line.does else []
            rows += [(listing, "licence", "=", line.licence)] if line.licence else []
    return [
        {"listing": listing, "attribute": name, "comparison": how, "value": value}
        for listing, name, how, value in rows
    ]


def page(names: dict[str, str]) -> str:
    """NOTES.md: every project with its owners, purpose, kinds, worth and the basis of it."""
    parts = ["# The projects of this example\n"]
    parts.append(
        "All of them are made up; `make.py` writes this page. What a project is worth follows from one rule: "
        + f"a kilogram of food £{RATES['kg']:.2f}, a volunteer's hour £{RATES['h']:.2f}, a household reached "
        + f"£{RATES['household']:.2f}, less what it spends outside of this market.\n"
    )
    groups = (
        ("Done whole or not at all", [p for p in PROJECTS if p.whole and not p.group]),
        ("Competing for one fund: the Devon Community Foundation", in_group("one fund")),
        ("Cannot be done with what is offered", in_group("cannot")),
        ("In full or in part", [p for p in PROJECTS if not p.whole and not p.group]),
    )
    for heading, members in groups:
        parts.append(
            f"\n## {heading}\n\n| project | owners | purpose | needs | worth |\n" + "| --- " * 5 + "|\n"
        )
        parts += [entry(p, names) for p in members]
    return "".join(parts)


def in_group(group: str) -> list[Project]:
    return [p for p in PROJECTS if p.group == group]


def entry(p: Project, names: dict[str, str]) -> str:
    units = {"kg": "kg", "h": "hours", "household": "households"}
    basis = " + ".join(f"{count:,} {units[key]} × £{RATES[key]:.2f}" for key, count in p.worth.items())
    lines = [f"{'a loan of' if p.loan_months else 'a grant of'} £{money(p):,}"]
    lines += [
        f"{line.quantity} {unit_of(line)} {line.category}".replace("person_day", "days of")
        for line in p.lines
    ]
    why = f" **{p.why_not[0].upper()}{p.why_not[1:]}.**" if p.why_not else ""
    owners = ", ".join(names[owner] for owner in p.owners)
    spent = f" − £{p.spend:,} spent" if p.spend else ""
    mode = "whole" if p.whole else "in part"
    return (
        f"| {p.name} ({mode}) | {owners} | {p.purpose}{why} | {'; '.join(lines)} "
        f"| £{worth(p):,} = {basis}{spent} |\n"
    )
