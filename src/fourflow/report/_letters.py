"""Short letters in plain text: what you give, to whom, what you get, what was not met and why."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import polars as pl

from fourflow.report._html import clean
from fourflow.report._story import Story
from fourflow.report._view import View
from fourflow.report._words import day, number, price

MAX_LINES = 200
"""Lines of one kind in a letter; the tables have the rest."""


def write_letters(story: Story, folder: str | Path) -> list[Path]:
    """Write one letter per participant with an offer or a need; returns the files, in order of id."""
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
    for row in view.awards.sort("from_participant", "to_name", "offer").iter_rows(named=True):
        parts[row["from_participant"]]["give"].append(_given(row))
        parts[row["to_participant"]]["get"].append(_got(row))
    for row in view.unmet.iter_rows(named=True):
        parts[row["participant"]]["unmet"].append(_open(row, "missing"))
    for row in view.unsold.iter_rows(named=True):
        parts[row["participant"]]["unsold"].append(_open(row, "left"))
    money = dict(view.settlement.group_by("participant").agg(pl.col("amount").sum()).rows())
    people = view.market.participants
    names = {str(i): str(n or i) for i, n in zip(people.id, people.name, strict=True)}
    return {
        person: _letter(view, names[person], parts[person], money.get(person, 0)) for person in sorted(parts)
    }


def _letter(view: View, name: str, parts: dict[str, list[str]], balance: Any) -> str:
    lines = [f"To {clean(name)}", "", f"{clean(view.market.name)}, {day(view.market.as_of_day)}", ""]
    headings = {
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
    lines += [_money_line(view, balance), ""]
    return "\n".join(lines)


def _given(row: dict[str, Any]) -> str:
    return f"{_goods(row)} to {clean(row['to_name'])}{_way(row)}"


def _got(row: dict[str, Any]) -> str:
    return f"{_goods(row)} from {clean(row['from_name'])}{_way(row)}"


def _goods(row: dict[str, Any], amount: str = "quantity") -> str:
    return f"{number(row[amount], 6)} {row['unit']} of {clean(row['category_name'])}"


def _open(row: dict[str, Any], amount: str) -> str:
    """How much stayed open, why, and what would have been enough."""
    cause = row["cause"][:1].lower() + row["cause"][1:]
    remedy = f" {row['would_help']}" if row["would_help"] else ""
    return f"{_goods(row, amount)}: {cause}.{remedy}"


def _way(row: dict[str, Any]) -> str:
    if not row["lanes"]:
        return ", in the same place"
    by = f" by way of {clean(row['via'])}" if row["via"] else ""
    return f",{by} {number(row['distance_km'])} km"


def _money_line(view: View, balance: Any) -> str:
    if balance == 0:
        return "You neither pay nor receive money."
    amount = price(abs(balance), view.market.currency)
    return f"In all you {'receive' if balance > 0 else 'pay'} {amount}."
