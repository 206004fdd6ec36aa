"""The verifier works every payment of every kind out again, so that no forged price or payment stands."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from four_kinds import four_kinds
from fourflow.book import Market
from fourflow.errors import FourflowError
from fourflow.pipeline import clear_market
from fourflow.pricing import price, settle
from fourflow.proof import Binding, write_certificate
from proof_tampering import forge_manifest, forge_payments, read, refusal, write
from random_kinds import random_tables

NUM_BOOKS = 24
RICH: dict[str, Any] = {
    "offers": [
        {"id": "fund", "category": "money", "quantity": 400, "limit_price": "0.05", "form": "loan"},
        {"id": "ann", "category": "cook", "quantity": 2, "limit_price": 20, "move_cost": 6},
        {"id": "app", "category": "software", "limit_price": 5, "fixed_cost": 30},
        {"id": "farm", "category": "rice", "quantity": 30, "limit_price": 2},
        {"id": "mill", "category": "rice", "quantity": 30, "limit_price": 4},
        {"id": "peel", "category": "soap", "quantity": 20, "limit_price": 1},
    ],
    "needs": [
        {"id": "cash", "category": "money", "quantity": 90, "term_months": 18, "project": "kitchen"},
        {"id": "cooks", "category": "cook", "quantity": 2, "place": "B", "project": "kitchen"},
        {"id": "licence", "category": "software", "quantity": 1, "project": "kitchen"},
        {"id": "meals", "category": "rice", "quantity": 5, "project": "kitchen"},
        {"id": "in", "category": "soap", "quantity": 10, "project": "process"},
        {"id": "out", "category": "rice", "quantity": -4, "project": "process"},
        {"id": "school", "category": "rice", "quantity": 6, "project": "lunch"},
        {"id": "user", "category": "software", "quantity": 1, "limit_price": 25},
        {"id": "oven", "category": "money", "quantity": 60, "limit_price": "0.08", "term_months": 12},
        {"id": "hostel", "category": "rice", "quantity": 5, "limit_price": 3},
        {"id": "shop", "category": "rice", "quantity": 30, "limit_price": 9},
        {"id": "bank", "category": "rice", "quantity": 6, "limit_price": 1, "value": 8, "sponsor": "aid"},
    ],
    "projects": [
        {"id": "kitchen", "value": 600, "own_money": 10},
        {"id": "process", "value": 0},
        {"id": "lunch", "value": 90, "limit_price": 3, "sponsor": "aid", "mode": "proportional"},
    ],
    "rules": [
        {"id": "cap", "measure": "units", "limit": 12, "unit": "t", "offer_participant": "farm-owner",
         "kind": "goods", "owner": "council"},
        {"id": "floor", "measure": "units", "sense": ">=", "limit": 2, "unit": "t",
         "need_participant": "hostel-owner", "sponsor": "council"},
    ],
    "budgets": {"aid": 40},
}  # fmt: skip


def publish(folder: Path, market: Market) -> None:
    cleared = clear_market(market, gap=1e-9)
    prices = price(cleared)
    binding = Binding(market, cleared.allocation.layout, cleared.awards, prices, settle(cleared, prices))
    write_certificate(folder, cleared.allocation.problem, cleared.solution, cleared.certificate, binding)


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Loans, licences, moves, a purse, outputs, a sponsored project, a limit and a floor, all settled."""
    folder = tmp_path_factory.mktemp("rich") / "certificate"
    publish(folder, four_kinds(**RICH))
    assert refusal(folder) == ""
    return folder


def test_every_role_is_paid_in_the_rich_book(rich: Path) -> None:
    """Offers, needs, a sponsor, the operator, projects and rules; not uplift, nor carriers."""
    header, *rows = read(rich, "ledger.csv")
    assert {row[header.index("role")] for row in rows} >= {"0", "1", "3", "5", "6", "7"}
    assert sum(abs(int(row[header.index("principal")])) for row in rows) == 300_000_000


@pytest.mark.parametrize("name", ["ledger.csv", "prices.csv", "book/projects.csv"])
def test_any_forged_number_of_money_is_refused(rich: Path, name: str) -> None:
    """Every cell that says who gets what, one up; hashes recomputed. A project counts for the smaller of its
    value and limit, so one of them may rise, and only a purse holds its own money."""
    header, *rows = read(rich, name)
    free = {"account", "id", "value"} | (
        {"limit_price", "own_money"} if name == "book/projects.csv" else set()
    )
    for place, row in enumerate(rows):
        for column, field in enumerate(header):
            if field in free:
                continue
            changed = [list(cells) for cells in rows]
            changed[place][column] = str(int(row[column]) + 1)
            write(rich, name, [header, *changed])
            assert refusal(rich), (name, row, field)
    write(rich, name, [header, *rows])
    assert refusal(rich) == ""


def test_a_hub_price_raised_with_everything_that_shows_it_is_refused(rich: Path) -> None:
    """A forger who raises the dual of every hub by a little, but neither prices nor payments."""
    header, *duals = read(rich, "price_duals.csv")
    raised = [[row, str(int(value) - 10**6)] for row, value in duals]
    write(rich, "price_duals.csv", [header, *raised])
    assert refusal(rich)
    write(rich, "price_duals.csv", [header, *duals])
    assert refusal(rich) == ""


@pytest.mark.parametrize("factor", [0, 2, 3])
def test_prices_that_do_not_support_the_awards_are_refused_with_all_that_follows(
    rich: Path, tmp_path: Path, factor: int
) -> None:
    """A forger multiplies the dual of every hub, then works out all prices and payments anew: everyone is
    within their limits and every account closes, but at such prices others would trade."""
    folder = tmp_path / "forged"
    shutil.copytree(rich, folder)
    forge_payments(folder)
    assert refusal(folder) == ""
    header, *duals = read(folder, "price_duals.csv")
    hubs = {str(i) for i, row in enumerate(read(folder, "layout/rows.csv")[1:]) if row[0] == "2"}
    forged = [[row, str(int(value) * (factor if row in hubs else 1))] for row, value in duals]
    write(folder, "price_duals.csv", [header, *forged])
    forge_payments(folder)
    assert "do not support the awards" in refusal(folder)


@pytest.mark.parametrize("part", range(4))
def test_random_books_of_every_kind_are_verified(tmp_path: Path, part: int) -> None:
    """Payments of random books with projects, rules and sponsors follow to the last millionth; one changed
    does not."""
    verified = 0
    for seed in range(part, NUM_BOOKS, 4):
        folder = tmp_path / str(seed)
        try:
            publish(folder, four_kinds(**random_tables(1000 + seed)[0]))
        except FourflowError:
            continue  # its rules cannot all hold
        assert refusal(folder) == "", seed
        header, *rows = read(folder, "ledger.csv")
        amount = header.index("amount")
        if len(rows) > 1:
            rows[0][amount], rows[-1][amount] = (str(int(rows[k][amount]) + s) for k, s in ((0, 1), (-1, -1)))
            write(folder, "ledger.csv", [header, *rows])
            forge_manifest(folder)
            assert refusal(folder), seed
            verified += 1
    assert verified >= 3
