"""Short letters in plain text: your projects, what you give and get, what was not met and why."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from fourflow.book import GOODS
from fourflow.report._flow_tables import title
from fourflow.report._html import clean
from fourflow.report._outcome import first_category
from fourflow.report._project_words import becomes, got_by_projects, project_names, project_of_line
from fourflow.report._story import Story
from fourflow.report._view import View
from fourflow.report._words import NBSP, amounts, day, number, of_several, price

PAID_FOR = {
    "carrier": "Haulage", "rule": "Limits", "sponsor": "What you sponsor", "uplift": "Shared costs",
    "rounding": "Rounding",
}  # fmt: skip
"""What an account is for that belongs to no listing and no project."""
MAX_LINES = 200
"""Lines of one kind in a letter; the tables have the rest."""
CAPITAL_WORDS = {
    ("from", "loan"): "You lend {}, which is owed back to you.",
    ("from", "grant"): "You grant {}, which is not paid back.",
    ("to", "loan"): "You borrow {}, which you owe back.",
    ("to", "grant"): "You get {} as a grant, which you need not pay back.",
}


def write_letters(story: Story, folder: str | Path) -> list[Path]:
    """Write a letter to whoever has an offer, a need or a project; returns the files, in order of id."""
    view, target = View(story), Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for person, letter in letters(view).items():
        path = target / f"{file_stem(person)}.txt"
        path.write_text(letter, encoding="utf-8")
        written.append(path)
    return written


def file_stem(identity: str) -> str:
    """A file name for an id: unsafe characters become '-', and what was changed gets a short hash."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", identity)[:80]
    if stem == identity:
        return stem
    return f"{stem}-{hashlib.sha256(identity.encode()).hexdigest()[:8]}"


def letters(view: View) -> dict[str, str]:
    """Participant id -> letter."""
    parts: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    project_of, names_of = project_of_line(view.market), project_names(view.market)
    for row in view.awards.sort("from_participant", "to_name", "offer").iter_rows(named=True):
        project = project_of.get(row["need"])
        purpose = f", for the project {clean(names_of[project])}" if project else ""
        parts[row["from_participant"]]["give"].append(_given(view, row) + purpose)
        if not project:
            parts[row["to_participant"]]["get"].append(_got(view, row))
    for person, line in _project_lines(view):
        parts[person]["projects"].append(line)
    for person, line in _paid(view):
        parts[person]["money"].append(line)
    for row in view.unmet.iter_rows(named=True):
        parts[row["participant"]]["unmet"].append(_open(view, row, "missing"))
    for row in view.unsold.iter_rows(named=True):
        parts[row["participant"]]["unsold"].append(_open(view, row, "left"))
    money = dict(view.settlement.group_by("participant").agg(pl.col("amount").sum()).rows())
    capital = _capital(view)
    people = view.market.participants
    names = dict(zip(people.id.tolist(), title(people.id, people.name).tolist(), strict=True))
    return {
        person: _letter(
            view, names[person], parts[person], [_money_line(view, money.get(person, 0)), *capital[person]]
        )
        for person in sorted(parts)
    }


def _letter(view: View, name: str, parts: dict[str, list[str]], money: list[str]) -> str:
    lines = [f"To {clean(name)}", "", f"{clean(view.market.name)}, {day(view.market.as_of_day)}", ""]
    headings = {
        "projects": "Your projects:",
        "give": "You give:",
        "get": "You receive:",
        "unmet": "What you asked for and do not receive, and why:",
        "unsold": "What you offered and nobody takes up, and why:",
    }
    for part, heading in headings.items():
        if parts[part]:
            lines += [heading, *(f"  - {line}" for line in parts[part][:MAX_LINES])]
            left = len(parts[part]) - MAX_LINES
            lines += [f"  - and {left:,} more"] * (left > 0) + [""]
    if len(parts["money"]) > 1 or not any(parts[part] for part in headings):
        money = ["Money:", *(f"  - {line}" for line in parts["money"][:MAX_LINES]), *money]
    return "\n".join([*lines, *money, ""])


def _project_lines(view: View) -> Iterator[tuple[str, str]]:
    """(participant, what becomes of a project of theirs) in the order of the table."""
    market, got = view.market, got_by_projects(view)
    index = {name: i for i, name in enumerate(market.projects.id.tolist())}
    for row in view.projects.iter_rows(named=True):
        line = clean(becomes(view, row, got.get(row["project"], "")))
        for person in market.projects.participants[index[row["project"]]].tolist():
            yield str(market.participants.id[person]), line


def _paid(view: View) -> Iterator[tuple[str, str]]:
    """(participant, what it receives or pays for), what is alike taken together."""
    market, offers, needs = view.market, view.market.offers, view.market.needs
    categories = title(market.categories.id, market.categories.name)
    asked = categories[first_category(market)] if len(categories) else categories
    named = {
        "offer": dict(zip(offers.id.tolist(), categories[offers.category].tolist(), strict=True)),
        "need": dict(zip(needs.id.tolist(), asked.tolist(), strict=True)),
        "project": project_names(market),
    }
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in view.settlement.filter(pl.col("participant").is_not_null()).iter_rows(named=True):
        what = PAID_FOR.get(row["role"]) or named[row["role"]][row[row["role"]]]
        sums[row["participant"], clean(what)] += row["amount"]
    for (person, what), amount in sums.items():
        if amount:
            verb = "receive" if amount > 0 else "pay"
            yield person, f"{what}: you {verb} {price(abs(amount), market.currency)}"


def _capital(view: View) -> dict[str, list[str]]:
    """Participant -> what it lends, grants, borrows or gets beside what is paid."""
    offers = view.market.offers
    form = dict(zip(offers.id.tolist(), offers.form.tolist(), strict=True))
    sums: dict[tuple[str, str, str], float] = defaultdict(float)
    for row in view.awards.iter_rows(named=True):
        if how := form[row["offer"]]:
            for side in ("from", "to"):
                sums[row[f"{side}_participant"], side, how] += float(row["quantity"])
    lines: dict[str, list[str]] = defaultdict(list)
    for (person, side, how), amount in sorted(sums.items()):
        lines[person].append(CAPITAL_WORDS[side, how].format(view.money(amount)))
    return lines


def _given(view: View, row: dict[str, Any]) -> str:
    return f"{_goods(view, row)}: to {clean(row['to_name'])}{_way(view, row)}"


def _got(view: View, row: dict[str, Any]) -> str:
    return f"{_goods(view, row)}: from {clean(row['from_name'])}{_way(view, row)}"


def _goods(view: View, row: dict[str, Any], amount: str = "quantity") -> str:
    """Potatoes, 12 kg; Cook, 3 person-days; Grant, £500; Routing software, without limit."""
    name = clean(row["category_name"])
    if row[amount] is None:
        return f"{name}, without limit"
    if view.kind_of[row["category"]] == GOODS:
        return f"{name}, {number(row[amount], 6)} {of_several(row[amount], row['unit'])}"
    return f"{name}, {amounts(row[amount], row['unit']).replace(NBSP, ' ')}"


def _open(view: View, row: dict[str, Any], amount: str) -> str:
    """How much stayed open, why, and what would have been enough."""
    cause = row["cause"][:1].lower() + row["cause"][1:]
    help_ = "".join(f" {row[words]}" for words in ("would_help", "might_help") if row[words])
    return f"{_goods(view, row, amount)}: {cause}.{help_}"


def _way(view: View, row: dict[str, Any]) -> str:
    if view.kind_of[row["category"]] != GOODS:
        return ""
    if not row["lanes"]:
        return ", in the same place"
    far = f"{number(row['distance_km'])} km"
    return f", by way of {clean(row['via'])} ({far})" if row["via"] else f", {far}"


def _money_line(view: View, balance: Any) -> str:
    if balance == 0:
        return "You neither pay nor receive money."
    amount = price(abs(balance), view.market.currency)
    return f"In all you {'receive' if balance > 0 else 'pay'} {amount}."
