"""Capital, talent, technology, projects and rules: rows and columns follow from the book, or are refused."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import fourflow as ff
from four_kinds import four_kinds, four_kinds_book
from fourflow.book import Market
from fourflow.clearing import Cleared
from fourflow.formulation import BundleKind, RowKind
from fourflow.pipeline import clear_market
from fourflow.pricing import Ledger, Prices, price, settle
from fourflow.proof import Binding, verify, write_certificate
from proof_tampering import read, write

Row = dict[str, Any]

TABLES: dict[str, Any] = {
    "offers": [
        {"id": "farm", "category": "rice", "quantity": 20, "limit_price": 1, "place": "A"},
        {"id": "mill", "category": "rice", "quantity": 3, "limit_price": 1, "place": "B", "whole": "true"},
        {"id": "bank", "category": "money", "quantity": 90, "limit_price": "0.05", "form": "loan",
         "term_months": 36},
        {"id": "trust", "category": "money", "quantity": 20, "limit_price": 0, "form": "grant"},
        {"id": "ann", "category": "cook", "quantity": 3, "limit_price": 2, "move_cost": 4, "whole": "false"},
        {"id": "bob", "category": "cook", "quantity": 1, "limit_price": 3, "remote": "true"},
        {"id": "cid", "category": "cook", "quantity": 2, "limit_price": 1, "place": "B"},
        {"id": "app", "category": "software", "limit_price": 1, "fixed_cost": 3},
        {"id": "box", "category": "software", "quantity": 1, "limit_price": 2},
    ],
    "needs": [
        {"id": "shop", "category": "rice", "quantity": 4, "limit_price": 9, "place": "B"},
        {"id": "soup", "category": "rice", "quantity": 5, "limit_price": 7, "place": "A"},
        {"id": "oven", "category": "money", "quantity": 30, "limit_price": "0.10", "term_months": 24},
        {"id": "roof", "category": "money", "quantity": 8, "limit_price": "0.2"},
        {"id": "wedding", "category": "cook", "quantity": 2, "limit_price": 9, "place": "B"},
        {"id": "school", "category": "cook", "quantity": 2, "limit_price": 8, "place": "B"},
        {"id": "till", "category": "software", "quantity": 1, "limit_price": 4, "participant": "till:owner"},
        {"id": "desk", "category": "software", "quantity": 2, "limit_price": 5},
        {"id": "garden", "category": "soap", "quantity": 5, "limit_price": 3, "place": "A"},
        {"id": "bakery-rice", "category": "rice", "quantity": 2, "project": "bakery", "place": "B"},
        {"id": "bakery-app", "category": "software", "quantity": 1, "project": "bakery"},
        {"id": "bakery-loan", "category": "money", "quantity": 12, "project": "bakery", "term_months": 12},
        {"id": "works-rice", "category": "rice", "quantity": 3, "project": "works", "place": "A"},
        {"id": "works-cook", "category": "cook", "quantity": 1, "project": "works", "place": "A"},
        {"id": "works-soap", "category": "soap", "quantity": -4, "project": "works", "place": "A"},
        {"id": "dream-soap", "category": "soap", "quantity": 1, "project": "dream", "place": "Z"},
    ],
    "requirements": [
        {"listing": "dream-soap", "attribute": "label", "comparison": "=", "value": "organic"},
        {"listing": "box", "attribute": "role", "comparison": "!=", "value": "thief"},
    ],
    "attributes": [{"owner": "desk", "name": "role", "value": "clerk"}],
    "projects": [
        {"id": "bakery", "value": 60, "own_money": 2},
        {"id": "works", "value": 30, "limit_price": 4, "sponsor": "fund", "mode": "proportional"},
        {"id": "dream", "value": 9},
    ],
    "rules": [
        {"id": "carbon", "measure": "co2_kg", "limit": 30, "mode": "van"},
        {"id": "cooks", "measure": "awards", "limit": 3, "kind": "talent"},
        {"id": "givers", "measure": "awards", "limit": 2, "offer_place": "A;B", "category": "rice"},
        {"id": "local", "measure": "tonnes", "limit": "0.9", "share_of_total": "true", "offer_place": "A",
         "need_place": "B", "category": "rice"},
        {"id": "licences", "measure": "units", "unit": "licence", "category": "software", "limit": 1,
         "sense": ">=", "sponsor": "fund", "need_participant": "till:owner"},
        {"id": "bids", "measure": "bid_value", "limit": 200, "unit": "GBP", "project": "bakery;works"},
        {"id": "served", "measure": "awards", "limit": 1, "sense": ">=", "sponsor": "fund",
         "project": "bakery;works"},
    ],
    "lanes": [
        {"from_place": "A", "to_place": "B", "cost_per_t": 1, "co2_kg_per_t": 2},
        {"from_place": "A", "to_place": "B", "cost_per_t": 2, "id": "slow", "mode": "barge"},
    ],
    "budgets": {"fund": 40},
}  # fmt: skip
ROWS = {RowKind.BUDGET, RowKind.LINK, RowKind.RULE, RowKind.ONE, RowKind.FUNDING, RowKind.PART, RowKind.COUNT}


@dataclass(frozen=True)
class Result:
    market: Market
    cleared: Cleared
    prices: Prices
    ledger: Ledger


@pytest.fixture(scope="module")
def rich() -> Result:
    """Every kind, two projects that are carried out, and rules of every measure."""
    market = four_kinds(**TABLES)
    cleared = clear_market(market, gap=1e-6)
    prices = price(cleared)
    return Result(market, cleared, prices, settle(cleared, prices))


def publish(folder: Path, result: Result, book: Market | None = None) -> None:
    """Write the certificate, under another book if given."""
    cleared = result.cleared
    layout = cleared.allocation.layout
    binding = Binding(book or result.market, layout, cleared.awards, result.prices, result.ledger)
    shutil.rmtree(folder, ignore_errors=True)
    write_certificate(folder, cleared.allocation.problem, cleared.solution, cleared.certificate, binding)


def reason(folder: Path) -> str:
    """Why the folder is refused; empty if it is verified."""
    try:
        verify.verify(folder, None)
    except (verify.Refuted, ValueError, LookupError, ArithmeticError, TypeError) as refused:
        return str(refused) or type(refused).__name__
    return ""


def test_parts_with_and_without_a_project_are_verified(tmp_path: Path) -> None:
    """A shop that buys soap and a project that buys rice have nothing in common: two accounts."""
    book = four_kinds(
        offers=[
            {"id": name, "category": name, "quantity": 9, "limit_price": 1, "fixed_cost": 1}
            for name in ("rice", "soap")
        ],
        needs=[
            {"id": "shop", "category": "soap", "quantity": 1, "limit_price": 4},
            {"id": "works-rice", "category": "rice", "quantity": 1, "project": "works"},
        ],
        projects=[{"id": "works", "value": 9}],
    )
    cleared = clear_market(book, gap=1e-6)
    prices = price(cleared)
    publish(tmp_path / "c", Result(book, cleared, prices, settle(cleared, prices)))
    assert reason(tmp_path / "c") == ""


def test_every_kind_is_verified(rich: Result, tmp_path: Path) -> None:
    """Each kind is awarded, two projects are carried out, and each kind of row and bundle is there."""
    publish(tmp_path / "c", rich)
    assert reason(tmp_path / "c") == ""
    market, layout = rich.market, rich.cleared.allocation.layout
    kinds = market.categories.kind[market.offers.category[rich.cleared.awards.offer]]
    assert set(kinds.tolist()) == {0, 1, 2, 3}
    assert set(layout.row_kind.tolist()) >= ROWS
    assert set(layout.bundle_kind.tolist()) >= {*BundleKind} - {BundleKind.NEED, BundleKind.BOUGHT}
    size = rich.cleared.solution.bundle[layout.bundle_kind == BundleKind.PROJECT]
    assert len(size) == 2
    assert (size > 0).all()


@pytest.mark.parametrize(
    ("name", "listing", "field", "value"),
    [
        ("offers", "mill", "whole", 0),
        ("offers", "farm", "whole", 1),
        ("offers", "ann", "move_cost", 3_999_999),
        ("offers", "ann", "move_cost", -1),
        ("offers", "ann", "remote", 1),
        ("offers", "bob", "remote", 0),
        ("offers", "cid", "remote", 1),
        ("offers", "cid", "move_cost", 0),
        ("offers", "cid", "whole", 2),
        ("offers", "bank", "loan", 0),
        ("offers", "bank", "term_months", 12),
        ("offers", "bank", "limit_price", 49_999),
        ("offers", "trust", "loan", 1),
        ("offers", "app", "quantity", 9_000_000),
        ("offers", "app", "fixed_cost", 2_999_999),
        ("offers", "box", "quantity", -1),
        ("offers", "works-soap", "quantity", 5_000_000),
        ("offers", "works-soap", "project", -1),
        ("offers", "works-soap", "project", 0),
        ("needs", "bakery-rice", "project", -1),
        ("needs", "bakery-rice", "quantity", 1_999_999),
        ("needs", "works-cook", "project", 0),
        ("needs", "dream-soap", "project", 2),
        ("needs", "oven", "term_months", 25),
        ("needs", "oven", "limit_price", 99_999),
        ("needs", "bakery-loan", "term_months", 24),
        ("needs", "bakery-loan", "quantity", 11_000_000),
        ("needs", "roof", "term_months", 12),
        ("needs", "shop", "project", 2),
        ("projects", "bakery", "value", 59_999_999),
        ("projects", "bakery", "limit_price", 59_999_999),
        ("projects", "bakery", "own_money", 2_000_001),
        ("projects", "bakery", "sponsor", 14),
        ("projects", "bakery", "all_or_nothing", 0),
        ("projects", "works", "limit_price", 3_999_999),
        ("projects", "works", "sponsor", -1),
        ("projects", "works", "all_or_nothing", 1),
        ("rules", "carbon", "mode", "barge"),
        ("rules", "carbon", "mode", ""),
        ("rules", "carbon", "measure", "tonnes"),
        ("rules", "cooks", "kind", "goods;talent"),
        ("rules", "cooks", "limit", 4_000_000),
        ("rules", "cooks", "sense", ">="),
        ("rules", "givers", "offer_place", "B"),
        ("rules", "givers", "category", "rice;soap"),
        ("rules", "givers", "need_place", "A"),
        ("rules", "local", "share_of_total", 0),
        ("rules", "local", "limit", 900_001),
        ("rules", "local", "need_place", ""),
        ("rules", "local", "offer_place", "B"),
        ("rules", "licences", "need_participant", "till:owner;desk-owner"),
        ("rules", "licences", "measure", "awards"),
        ("rules", "bids", "project", "bakery"),
        ("rules", "bids", "limit", 200_000_001),
        ("rules", "served", "limit", 0),
        ("rules", "served", "project", "bakery"),
        ("rules", "budget-fund", "limit", 40_000_001),
        ("rules", "budget-fund", "sponsor", 0),
    ],
)
def test_a_book_that_says_something_else_is_refused(
    rich: Result, tmp_path: Path, name: str, listing: str, field: str, value: int | str
) -> None:
    """Each field of each kind, project and rule: the rows and columns no longer follow from it."""
    folder = tmp_path / "c"
    publish(folder, rich)
    rows = read(folder, f"book/{name}.csv")
    row = next(row for row in rows if row[0] == listing)
    assert row[rows[0].index(field)] != str(value)
    row[rows[0].index(field)] = str(value)
    write(folder, f"book/{name}.csv", rows)
    assert reason(folder)


def but(noun: str, name: str, **changed: Any) -> dict[str, Any]:
    """The tables with one row changed."""
    return TABLES | {noun: [row | changed if row["id"] == name else row for row in TABLES[noun]]}


@pytest.mark.parametrize(
    "forged",
    [
        but("rules", "carbon", limit=1),
        but("rules", "cooks", limit=2),
        but("rules", "givers", offer_place="A"),
        but("rules", "local", limit="0.8"),
        but("rules", "bids", limit=199),
        but("rules", "served", project="works"),
        but("projects", "works", mode="all_or_nothing"),
        but("projects", "bakery", value=61),
        but("projects", "bakery", own_money=3),
        but("needs", "oven", term_months=23),
        but("needs", "works-cook", quantity=2),
        but("needs", "works-soap", quantity=-5),
        but("offers", "cid", move_cost=1),
        but("offers", "mill", whole="false"),
        but("offers", "app", quantity=5),
        but("offers", "bank", form="grant"),
        TABLES | {"requirements": TABLES["requirements"][:1]},
        TABLES | {"requirements": TABLES["requirements"][1:]},
        TABLES | {"budgets": {"fund": 41}},
    ],
)
def test_another_market_under_this_book_is_refused(
    rich: Result, tmp_path: Path, forged: dict[str, Any]
) -> None:
    """What was cleared is not what the book says, though claims, hashes and proof all follow from it."""
    other = four_kinds(**forged)
    cleared = clear_market(other, gap=1e-6)
    prices = price(cleared)
    result = Result(other, cleared, prices, settle(cleared, prices))
    publish(tmp_path / "own", result)
    assert reason(tmp_path / "own") == ""
    publish(tmp_path / "forged", result, rich.market)
    assert reason(tmp_path / "forged")


@pytest.mark.parametrize(
    "name", ["book/offers.csv", "book/needs.csv", "book/projects.csv", "book/rules.csv", "layout/pools.csv",
             "layout/rows.csv", "layout/columns.csv", "book/left_out.csv", "entries.csv", "rows.csv"]
)  # fmt: skip
def test_any_row_dropped_is_refused(rich: Result, tmp_path: Path, name: str) -> None:
    """Listings, projects, rules, pools, rows and columns are all there."""
    folder = tmp_path / "c"
    publish(folder, rich)
    rows = read(folder, name)
    for place in range(1, len(rows)):
        if rows[place][-1] != "0" or name != "entries.csv":  # an entry of nothing says nothing
            write(folder, name, rows[:place] + rows[place + 1 :])
            assert reason(folder), rows[place]


@pytest.fixture(scope="module")
def folder_of_all_kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result folder, which is verified with its tables and figures."""
    folder = tmp_path_factory.mktemp("kinds") / "result"
    ff.clear(four_kinds_book(**TABLES)).write(folder)
    assert reason(folder) == ""
    return folder


@pytest.mark.parametrize("key", ["projects_in_full", "projects_in_part", "projects_not"])
def test_projects_counted_otherwise_are_refused(folder_of_all_kinds: Path, key: str) -> None:
    """How many projects are carried out in full, in part and not at all follows from their sizes."""
    path = folder_of_all_kinds / "clearing.json"
    before = path.read_text("utf-8")
    said = json.loads(before)
    said["result"][key] += 1
    path.write_text(json.dumps(said), "utf-8")
    assert key in reason(folder_of_all_kinds)
    path.write_text(before, "utf-8")


@pytest.mark.parametrize("key", ["unit", "asked", "met", "offered", "given"])
def test_flows_of_a_kind_told_otherwise_are_refused(folder_of_all_kinds: Path, key: str) -> None:
    """What was asked, offered and moved of each kind follows from the listings and the flows."""
    path = folder_of_all_kinds / "clearing.json"
    before = path.read_text("utf-8")
    for place in range(4):
        said = json.loads(before)
        row = said["result"]["flows"][place]
        row[key] = "stone" if key == "unit" else 1 + (row[key] or 0)
        path.write_text(json.dumps(said), "utf-8")
        assert "flows" in reason(folder_of_all_kinds), row
    path.write_text(before, "utf-8")


def test_a_project_told_otherwise_is_refused(folder_of_all_kinds: Path) -> None:
    """Size, worth and limits in projects.csv, and the projects themselves."""
    path = folder_of_all_kinds / "projects.csv"
    before = path.read_text("utf-8")
    for old, new in (
        ("1.0,60.0", "0.5,60.0"),
        (",60.0,", ",61.0,"),
        ("4.000000", "5.000000"),
        ("dream,", "drum,"),
    ):
        assert old in before
        path.write_text(before.replace(old, new, 1), "utf-8")
        assert "projects.csv" in reason(folder_of_all_kinds), old
    path.write_text(before, "utf-8")
