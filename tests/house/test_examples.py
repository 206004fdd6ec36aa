"""The shipped examples are what their pages say."""

from __future__ import annotations

import csv
import filecmp
import math
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import polars as pl
import pytest

import fourflow as ff

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "uk-food-aid"


def rows(noun: str) -> list[dict[str, str]]:
    with (EXAMPLE / f"{noun}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_example_follows_from_the_published_lists(tmp_path: Path, data_dir: Path) -> None:
    """make.py writes exactly the CSV files that are shipped."""
    shutil.copytree(EXAMPLE, tmp_path / "example")
    for file in (tmp_path / "example").glob("*.csv"):
        file.unlink()
    script = tmp_path / "example" / "make.py"
    subprocess.run([sys.executable, script, data_dir / "uk-aid"], check=True)
    shipped = sorted(file.name for file in EXAMPLE.glob("*.csv"))
    assert sorted(file.name for file in (tmp_path / "example").glob("*.csv")) == shipped
    assert filecmp.cmpfiles(EXAMPLE, tmp_path / "example", shipped, shallow=False)[0] == shipped


def test_every_food_bank_takes_part() -> None:
    """80 food banks and the fund; every bank asks for something."""
    banks = {row["id"] for row in rows("participants") if row["role"] == "food bank"}
    assert len(banks) == 80
    assert {row["participant"] for row in rows("needs")} == banks
    assert {row["participant"] for row in rows("offers")} <= banks


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance by the haversine formula."""
    (north, east), (north_2, east_2) = (tuple(map(math.radians, point)) for point in (one, other))
    half = math.sin((north - north_2) / 2) ** 2
    half += math.cos(north) * math.cos(north_2) * math.sin((east - east_2) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(half))


@pytest.mark.parametrize("noun", ["offers", "needs"])
def test_no_bank_lists_more_than_one_van_load(noun: str) -> None:
    """The one rule for quantities: 1,000 kg a side, in whole kg, lost kilograms fewer than listings."""
    held: dict[str, list[int]] = {}
    for row in rows(noun):
        held.setdefault(row["participant"], []).append(int(row["quantity [kg]"]))
    assert all(1000 - len(kilograms) < sum(kilograms) <= 1000 for kilograms in held.values())


def test_lines_that_are_not_goods_to_share_are_left_out() -> None:
    """No listing stands for money, alcohol or perishables, and each bank has a listing only once."""
    for noun in ("offers", "needs"):
        ids = [row["id"] for row in rows(noun)]
        assert len(ids) == len(set(ids))
    assert not any("financial" in row["name"] or "perishable" in row["name"] for row in rows("categories"))


def test_a_need_for_a_group_stands_beside_needs_for_what_is_in_it() -> None:
    """Categories have at least two levels, and some needs name a parent, some a child, some several."""
    parents = {row["parent"] for row in rows("categories")} - {""}
    asked = [row["category"] for row in rows("needs")]
    assert any(category in parents for category in asked)
    assert any(";" in category for category in asked)
    assert len(parents) > 20


def test_antrim_is_reached_over_the_sea_only() -> None:
    """Every connection of Antrim is the listed ferry lane: no vehicle's range reaches it by land."""
    ferry = {row["from_place"] for row in rows("lanes") if "ferry" in row["mode"]}
    assert ferry == {"antrim", "glasgow"}
    at = {row["id"]: (float(row["latitude"]), float(row["longitude"])) for row in rows("places")}
    antrim = at.pop("antrim")
    reach = max(float(row["max_km"]) for row in rows("modes"))
    assert all(1.3 * kilometres(antrim, place) > reach for place in at.values())


def test_sources_and_assumptions_travel_with_the_book() -> None:
    """book.toml names the licence of every source and each assumed figure."""
    book = tomllib.loads((EXAMPLE / "book.toml").read_text(encoding="utf-8"))
    for name in ("Unlicense", "CC BY 4.0", "Open Government Licence"):
        assert name in book["sources"]
    for figure in (
        "1,000 kg",
        "GBP 1.50",
        "GBP 1,000",
        "GBP 0.30",
        "GBP 0.35",
        "GBP 0.40",
        "GBP 45",
        "1.3 times",
    ):
        assert figure in book["assumptions"]


@pytest.mark.parametrize("value", ["0.75", "1.50", "3.00"])
def test_result_at_half_and_double_the_assumed_value_is_what_the_page_says(value: str) -> None:
    """The row of the example's README for this value has the figures that clearing gives."""
    tables = {file.stem: pl.read_csv(file, infer_schema=False) for file in EXAMPLE.glob("*.csv")}
    tables["needs"] = tables["needs"].with_columns(pl.lit(value).alias("value [GBP/kg]"))
    settings = tomllib.loads((EXAMPLE / "book.toml").read_text(encoding="utf-8"))
    clearing = ff.clear(ff.Book.from_tables(tables, **settings), gap=1e-6)
    now, before = clearing.view.now, clearing.view.before
    row = (
        f"£{value} | {now.tonnes:.2f} | {now.alone.full}, {now.alone.part}, {now.alone.none} "
        f"| {now.co2_kg:,.0f} "
        f"| {now.welfare:,.0f} | {before.welfare:,.0f} |"
    )
    assert row in (EXAMPLE / "README.md").read_text(encoding="utf-8").replace("**", "")
    assert clearing.certificate.relative_gap <= 1e-6
