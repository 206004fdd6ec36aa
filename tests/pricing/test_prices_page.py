"""The examples of docs/prices.md: what the page says is paid is what is paid."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from four_kinds import four_kinds
from fourflow.pipeline import clear_market
from fourflow.pricing import audit, price, settle
from fourflow.proof import losses

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "prices.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([a-z ]+) \| .* \| `([^`]+)` \|$", PAGE, flags=re.MULTILINE)
TOLD = {name: paid for name, paid in ROWS if re.fullmatch(r"none|([a-z]+ [+-]\d+(, )?)+", paid)}


def offer(name: str, category: str, quantity: Any, ask: Any, **more: Any) -> dict[str, Any]:
    return {"id": name, "category": category, "quantity": quantity, "limit_price": ask, **more}


def need(name: str, category: str, quantity: Any, limit: Any, **more: Any) -> dict[str, Any]:
    return {"id": name, "category": category, "quantity": quantity, "limit_price": limit, **more}


def line(name: str, category: str, quantity: Any, project: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "category": category, "quantity": quantity, "project": project, **more}


ONE, TWO, THREE = (need(f, "software", 1, worth) for f, worth in (("one", 15), ("two", 25), ("three", 35)))
APP = {"id": "app", "category": "software", "limit_price": 5}
ANN = offer("ann", "cook", 1, 100)
BOOKS: dict[str, dict[str, Any]] = {
    "goods": {
        "offers": [offer("first", "rice", 10, 2), offer("second", "rice", 5, 4)],
        "needs": [need("mill", "rice", 12, 9)],
    },
    "loan": {
        "offers": [offer("bank", "money", 40, "0.04", form="loan"),
        offer("fund", "money", 100, "0.05", form="loan")],
        "needs": [need("oven", "money", 60, "0.10", term_months=24)],
    },
    "grant": {
        "offers": [offer("gift", "money", 100, 0, form="grant")],
        "needs": [need("roof", "money", 80, "0.1")],
    },
    "talent": {"offers": [ANN, offer("bob", "cook", 1, 120)], "needs": [need("kitchen", "cook", 1, 150)]},
    "move": {"offers": [ANN | {"move_cost": 20}], "needs": [need("kitchen", "cook", 1, 150, place="B")]},
    "licences": {"offers": [APP], "needs": [ONE, TWO]},
    "scarce licence": {"offers": [APP | {"quantity": 1}], "needs": [ONE, TWO]},
    "shared cost": {"offers": [APP | {"fixed_cost": 30}], "needs": [ONE, TWO, THREE]},
    "purse": {
        "offers": [
            offer("gift", "money", 30, 0, form="grant"), offer("first", "rice", 5, 2),
            offer("second", "rice", 9, 4),
        ],
        "needs": [line("cash", "money", 30, "project"), line("food", "rice", 10, "project")],
        "projects": [{"id": "project", "value": 100}],
    },
    "borrowed purse": {
        "offers": [
            offer("fund", "money", 1000, "0.05", form="loan"), APP | {"limit_price": 50}, offer("farm",
            "rice", 20, 10),
        ],
        "needs": [
            line("cash", "money", 300, "kitchen", term_months=12), line("licence", "software", 1, "kitchen"),
            line("food", "rice", 10, "kitchen"),
        ],
        "projects": [{"id": "kitchen", "value": 1000}],
    },
    "project": {
        "offers": [APP | {"quantity": 1, "limit_price": 20}, offer("farm", "rice", 9, 5)],
        "needs": [line("licence", "software", 1, "project"), line("food", "rice", 2, "project")],
        "projects": [{"id": "project", "value": 100}],
    },
    "scarce project": {
        "offers": [offer("ann", "cook", 1, 10), APP | {"quantity": 1, "limit_price": 20}],
        "needs": [line("work", "cook", 1, "project"), line("licence", "software", 1, "project")],
        "projects": [{"id": "project", "value": 110}],
    },
    "process": {
        "offers": [offer("peel", "soap", 20, 1), offer("farm", "rice", 10, 6)],
        "needs": [
            line("in", "soap", 10, "process"), line("compost", "rice", -4, "process"), need("garden",
            "rice", 5, 12),
        ],
        "projects": [{"id": "process", "value": 0}],
    },
    "sponsored project": {
        "offers": [offer("farm", "rice", 20, 2)],
        "needs": [line("food", "rice", 10, "project")],
        "projects": [{"id": "project", "value": 100, "limit_price": 8, "sponsor": "fund"}],
        "budgets": {"fund": 50},
    },
    "limit": {
        "offers": [offer("first", "rice", 10, 2), offer("second", "rice", 10, 5)],
        "needs": [need("mill", "rice", 8, 9)],
        "rules": [{"id": "limit", "measure": "units", "limit": 4, "unit": "t", "kind": "goods",
        "owner": "council",
                   "offer_participant": "first-owner"}],
    },
    "floor": {
        "offers": [offer("farm", "rice", 20, 4)],
        "needs": [need("hostel", "rice", 5, 3), need("mill", "rice", 5, 9)],
        "rules": [{"id": "floor", "measure": "units", "sense": ">=", "limit": 2, "unit": "t",
                   "need_participant": "hostel-owner", "sponsor": "council"}],
    },
}  # fmt: skip


def paid(tables: dict[str, Any]) -> str:
    """As the page says it: by what is paid for, or the sponsor's name."""
    book = four_kinds(**tables)
    cleared = clear_market(book, gap=1e-9)
    ledger = settle(cleared, price(cleared))
    audit(cleared, ledger, losses(cleared.allocation.problem, cleared.solution))
    ids = {"offer": book.offers.id, "need": book.needs.id, "project": book.projects.id}
    ids["rule"] = [rule.id for rule in book.rules]
    sums: dict[str, int] = {}
    for i in range(len(ledger)):
        names = [ids[noun][int(getattr(ledger, noun)[i])] for noun in ids if getattr(ledger, noun)[i] >= 0]
        name = (names or [book.participants.id[ledger.participant[i]]])[0]
        sums[name] = sums.get(name, 0) + int(ledger.amount[i])
    return ", ".join(sorted(f"{name} {money / 1e6:+g}" for name, money in sums.items() if money)) or "none"


def test_every_example_is_on_the_page() -> None:
    """None is worked here that the page does not show, and the other way round."""
    assert TOLD.keys() == BOOKS.keys()


@pytest.mark.parametrize("name", BOOKS)
def test_what_the_page_says_is_paid_is_paid(name: str) -> None:
    """Worked out by hand on the page, by the program here."""
    assert paid(BOOKS[name]) == ", ".join(sorted(TOLD[name].split(", ")))
