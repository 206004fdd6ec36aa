"""Who pays whom: totals by role, the checks of the ledger, the balance of each participant."""

from __future__ import annotations

from typing import Any

import polars as pl

from fourflow.pricing import Check
from fourflow.report._html import Child, Safe, tag
from fourflow.report._parts import Cell, Column, more, section, table
from fourflow.report._view import View
from fourflow.report._words import count, least_money, price

MAX_PEOPLE = 400
FEW_PEOPLE = 12
PROMISE = (
    "What is paid is what is received. Nobody gets less than they asked for, nobody pays more than the most "
    "they said, and no sponsor pays more than its budget."
)
ROLES = {
    "offer": ("Givers", "for what they give"),
    "carrier": ("Carriers", "for haulage"),
    "need": ("Receivers", "for what they get"),
    "project": ("Projects", "for what their lines cost"),
    "rule": ("Rules", "rents of limits, less what floors cost their sponsors"),
    "sponsor": ("Sponsors", "for what receivers do not pay themselves"),
    "uplift": ("Shared costs", "what prices alone do not cover, shared out by how much each gains"),
    "rounding": ("Operator", "each line is rounded once, in the participant's favour; the operator bears it"),
}


def settlement_section(view: View) -> Safe:
    amounts = dict(view.settlement.group_by("role").agg(pl.col("amount").sum()).rows())
    used = [role for role in ROLES if amounts.get(role, 0) != 0]
    total = sum(amounts.values())
    if not used:
        capital = _capital(view)
        words = "Nothing is paid." if capital else "No money changes hands."
        return section("settlement", "Who pays whom", tag("p", words), capital)
    columns = [Column("Who"), Column("Receive", number=True), Column("Pay", number=True)]
    rows = [[Cell(ROLES[role][0], more=ROLES[role][1]), *_sides(view, amounts[role])] for role in used]
    last = ["What stays with nobody", price(total, view.market.currency), ""]
    return section(
        "settlement",
        "Who pays whom",
        tag("p", PROMISE),
        table(columns, rows, "In all, by role", total=last),
        _people(view),
        _capital(view),
        _checks(view),
    )


def _capital(view: View) -> list[Safe]:
    """Principal beside its charge: what is lent is owed back and no price, what is granted is neither."""
    rows = view.settlement.filter(pl.col("principal") != 0).sort("principal", "participant")
    if rows.is_empty():
        return []
    words = (
        "What is lent or granted is no payment: a loan is owed back, a grant is not, and neither counts as "
        "worth. Only the charge is paid, for the whole term."
    )
    columns = [
        Column("Who"),
        Column("Lends or grants", number=True),
        Column("Gets", number=True),
        Column("Charge", number=True),
    ]
    forms = dict(zip(view.market.offers.id.tolist(), view.market.offers.form.tolist(), strict=True))
    body = ([
        Cell(row["name"], more=_of_what(row, forms)),
        *_sides(view, -row["principal"]),
        _charge(view, row["amount"]),
    ] for row in rows.iter_rows(named=True))  # fmt: skip
    made = table(columns, body, "Money lent and granted", name="capital", search="Find a name", tall=True)
    return [tag("h3", "Money lent and granted"), tag("p", words), made]


def _charge(view: View, amount: Any) -> str:
    shown = price(abs(amount), view.market.currency) if amount else ""
    return f"pays {shown}" if amount < 0 else shown


def _of_what(row: dict[str, Any], forms: dict[str, str]) -> str | None:
    """'loan' or 'grant' of a giver, the project or need of a taker."""
    if row["offer"] is not None:
        return forms.get(row["offer"]) or None
    return str(row["project"] or row["need"])


def _sides(view: View, amount: Any) -> list[Child]:
    """The amount under 'receive' or under 'pay'."""
    size = abs(amount)
    shown = least_money(size, view.market.currency) if size < 0.005 else price(size, view.market.currency)
    return [shown, ""] if amount > 0 else ["", shown]


def _checks(view: View) -> Safe:
    """The audit of the ledger, claim by claim: folded away, as it is for those who keep the books."""
    items = (_check(check) for check in view.story.checks)
    words = (
        f"How the payments were checked: {count(len(view.story.checks), 'test')}, each to the last millionth"
    )
    return more(words, tag("ul", items, class_="checks"))


def _check(check: Check) -> Safe:
    claim = check.claim[:1].upper() + check.claim[1:]
    figure = tag("small", f" ({check.figure})") if check.figure else None
    return tag("li", claim, figure, class_=None if check.holds else "failed")


def _people(view: View) -> Safe:
    """What each participant receives or pays in all: folded away where they are many."""
    net = (
        view.settlement.filter(pl.col("participant").is_not_null())
        .group_by("participant", "name")
        .agg(pl.col("amount").sum())
        .filter(pl.col("amount") != 0)
        .sort(pl.col("amount").abs(), "participant", descending=[True, False])
    )
    shown = net.head(MAX_PEOPLE)
    caption = f"In all, by participant ({len(net):,})"
    if len(shown) < len(net):
        caption += f"; the {len(shown):,} largest are shown, all are in settlement.csv"
    columns = [Column("Participant"), Column("Receives", number=True), Column("Pays", number=True)]
    rows = ([row["name"], *_sides(view, row["amount"])] for row in shown.iter_rows(named=True))
    made = table(columns, rows, caption, name="balances", search="Find a participant", tall=True)
    return made if len(net) <= FEW_PEOPLE else more("What each participant receives or pays", made)
