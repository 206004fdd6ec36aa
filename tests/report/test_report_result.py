"""The result folder: exact in Parquet, safe in CSV, complete in clearing.json."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from builders import market
from fourflow.book import Market, harmless
from fourflow.report import View, write_result
from fourflow.report._flow_tables import exact_column
from fourflow.report._outcome import outcome
from fourflow.report._result import _text
from stories import Tell

TABLES = {"awards", "flows", "losses", "prices", "projects", "scorecard", "settlement", "unmet", "unsold"}


@pytest.fixture(scope="module")
def folder(tell: Tell, grain: Market, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_result(tell(grain), tmp_path_factory.mktemp("result"))


def test_the_folder_is_complete(folder: Path) -> None:
    """Seven tables in both forms, the summary and the page."""
    names = {path.name for path in folder.iterdir()}
    assert names == {"clearing.json", "report.html"} | {
        f"{t}.{end}" for t in TABLES for end in ("csv", "parquet")
    }


def test_awards_say_who_gives_what_to_whom(folder: Path) -> None:
    """York takes 4 t and Hull the 3 t that the lane holds, each by one lane."""
    awards = pl.read_parquet(folder / "awards.parquet").sort("need")
    assert awards["need"].to_list() == ["hull/wheat", "york/wheat"]
    assert awards["quantity"].to_list() == [Decimal(3), Decimal(4)]
    assert awards["lanes"].to_list() == ["Leeds>Hull", "Leeds>York"]


def test_flows_show_the_full_lane_and_what_room_is_worth(folder: Path) -> None:
    """The lane to Hull is full; one more tonne of it would be worth 7 - 2 - 1 = 4."""
    flows = {row["lane"]: row for row in pl.read_parquet(folder / "flows.parquet").iter_rows(named=True)}
    full = flows["Leeds>Hull"]
    assert full["tonnes"] == full["capacity_t"] == 3
    assert full["rent_per_t"] == 4
    assert flows["Leeds>York"]["capacity_t"] is None
    assert flows["Leeds>York"]["rent_per_t"] == 0


def test_settlement_balances_exactly(folder: Path) -> None:
    """The decimals of the table sum to nothing."""
    assert pl.read_parquet(folder / "settlement.parquet")["amount"].sum() == 0


def test_what_stayed_open_is_listed(folder: Path) -> None:
    """Hull misses 5 t of 8; Leeds keeps 3 t of 10."""
    unmet = pl.read_parquet(folder / "unmet.parquet").row(0, named=True)
    unsold = pl.read_parquet(folder / "unsold.parquet").row(0, named=True)
    assert (unmet["need"], unmet["missing"], unmet["received"]) == ("hull/wheat", 5, 3)
    assert (unsold["offer"], unsold["left"], unsold["given"]) == ("leeds/wheat", 3, 7)


def test_the_summary_is_exact_and_strict_json(folder: Path) -> None:
    """Welfare 36, proved; no NaN or infinity is written."""
    text = (folder / "clearing.json").read_text("utf-8")
    summary = json.loads(text, parse_constant=pytest.fail)
    assert summary["certificate"]["objective"] == "36"
    assert summary["certificate"]["relative_gap"] <= 1e-9
    assert summary["result"]["welfare"] == 36
    assert summary["num_awards"] == 2


def test_csv_and_parquet_say_the_same(folder: Path) -> None:
    """Where no text looks like a formula, a CSV read back is the Parquet file."""
    for name in TABLES:
        exact = pl.read_parquet(folder / f"{name}.parquet")
        assert pl.read_csv(folder / f"{name}.csv", schema=exact.schema).equals(exact)


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b"])
def test_no_cell_is_a_formula(first: str) -> None:
    """Text that a spreadsheet would run gets an apostrophe; the rest, numbers and gaps stay."""
    table = pl.DataFrame({"name": [f"{first}1+1", f"a{first}", None], "amount": [-1, 2, 3]})
    made = harmless(table)
    assert made["name"].to_list() == [f"'{first}1+1", f"a{first}", None]
    assert made["amount"].to_list() == [-1, 2, 3]


def test_dangerous_names_are_safe_in_csv_and_exact_in_parquet(
    tell: Tell, grain: Market, tmp_path: Path
) -> None:
    """A participant called =HYPERLINK(...) comes out with an apostrophe in CSV only."""
    name = '=HYPERLINK("http://evil.example","win")'
    names = np.full(len(grain.participants), name, object)
    book = replace(grain, participants=replace(grain.participants, name=names))
    folder = write_result(tell(book), tmp_path)
    assert pl.read_parquet(folder / "awards.parquet")["from_name"].to_list() == [name] * 2
    assert pl.read_csv(folder / "awards.csv")["from_name"].to_list() == [f"'{name}"] * 2


@pytest.mark.parametrize("value", [0, 1, -1, 999_999, 10**15 + 1, -(10**18) - 7, 9 * 10**18])
def test_decimals_hold_every_millionth(value: int) -> None:
    """An integer of millionths survives as a decimal with six places."""
    assert exact_column(np.array([value])).to_list() == [Decimal(value).scaleb(-6)]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(36), "36"), (Fraction(-1, 8), "-0.125"), (Fraction(1, 3), "1/3"),
        (Fraction(5, 10**12), "0.000000000005"),
        (float("inf"), None),
    ],
)  # fmt: skip
def test_exact_amounts_are_written_with_all_digits(value: Fraction | float, shown: str | None) -> None:
    assert _text(value) == shown


def test_a_need_of_several_kinds_names_them_all(tell: Tell) -> None:
    """'rice or pasta' in the table of what is unmet."""
    book = market(
        offers=[{"id": "o", "at": "Leeds", "quantity": 1, "price": 1, "category": "rice"}],
        needs=[{"id": "n", "at": "Leeds", "quantity": 2, "price": 3, "accepts": ["rice", "pasta"]}],
        categories={"rice": {}, "pasta": {}},
    )
    unmet = View(tell(book)).unmet
    assert unmet["category_name"].to_list() == ["rice or pasta"]
    assert unmet["missing"].to_list() == [1]


def test_remainders_of_rounding_are_not_told_as_unmet(tell: Tell, grain: Market) -> None:
    """A millionth that rounding left open counts as met in full, and still stands in the table."""
    story = tell(grain)
    allocation = story.cleared.allocation
    awarded = allocation.awarded.copy()
    awarded[grain.needs.id == "york/wheat"] -= 1
    changed = replace(allocation, awarded=awarded)
    assert outcome(changed).alone.full == outcome(allocation).alone.full == 1


def test_haulage_of_nothing_is_a_plain_nought(tell: Tell) -> None:
    """Where no lane is used, clearing.json says 0.0 and never -0.0."""
    at = {"at": "Leeds", "quantity": 1}
    story = tell(market(offers=[{"id": "o", **at, "price": 1}], needs=[{"id": "n", **at, "price": 3}]))
    assert str(outcome(story.cleared.allocation).haulage) == "0.0"
