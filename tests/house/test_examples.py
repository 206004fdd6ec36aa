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


def food(noun: str) -> list[dict[str, str]]:
    """The listings of food banks that are no part of a project: food and what goes with it."""
    return [row for row in rows(noun) if row["unit"] == "kg" and row["listed_at"] and not row.get("project")]


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
    assert {row["participant"] for row in food("needs")} == banks
    assert {row["participant"] for row in food("offers")} <= banks


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
    for row in food(noun):
        held.setdefault(row["participant"], []).append(int(row["quantity"]))
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
    asked = [row["category"] for row in food("needs")]
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
        "GBP 12.21",
        "GBP 4.00",
        "rounded up to GBP 50",
        "one average grant",
        "34 projects are made up",
    ):
        assert figure in book["assumptions"]


@pytest.mark.parametrize("value", ["0.75", "1.50", "3.00"])
def test_result_at_half_and_double_the_assumed_value_is_what_the_page_says(value: str) -> None:
    """The row of the example's README for this value has the figures that clearing gives."""
    tables = {file.stem: pl.read_csv(file, infer_schema=False) for file in EXAMPLE.glob("*.csv")}
    valued = pl.col("value").is_not_null()
    tables["needs"] = tables["needs"].with_columns(pl.when(valued).then(pl.lit(value)).alias("value"))
    settings = tomllib.loads((EXAMPLE / "book.toml").read_text(encoding="utf-8"))
    clearing = ff.clear(ff.Book.from_tables(tables, **settings), gap=1e-6, time_limit_s=600)
    now, before = clearing.view.now, clearing.view.before
    row = (
        f"£{value} | {now.tonnes:.2f} | {now.alone.full}, {now.alone.part}, {now.alone.none} "
        f"| {now.co2_kg:,.0f} "
        f"| {now.welfare:,.0f} | {before.welfare:,.0f} |"
    )
    assert row in (EXAMPLE / "README.md").read_text(encoding="utf-8").replace("**", "")
    assert clearing.certificate.relative_gap <= 1e-6


def lines_of(project: str) -> list[dict[str, str]]:
    return [row for row in rows("needs") if row["project"] == project]


def kinds_of(project: str) -> set[str]:
    kind = {row["id"]: row["kind"] for row in rows("categories")}
    return {kind[name] for line in lines_of(project) for name in line["category"].split(";")}


def test_projects_differ_and_need_three_kinds() -> None:
    """34 projects, each with owners, a purpose in one sentence and at least three kinds; no two alike."""
    projects = rows("projects")
    assert len(projects) == 34
    for project in projects:
        assert project["participants"]
        assert project["purpose"].endswith(".")
        assert project["purpose"].count(". ") == 0
        assert len(kinds_of(project["id"])) >= 3
    for column in ("name", "purpose"):
        assert len({project[column] for project in projects}) == 34
    assert len({(project["value"], project["participants"]) for project in projects}) == 34


def test_every_project_stands_on_the_page_with_the_basis_of_its_worth() -> None:
    """NOTES.md has a row for each project whose worth is the sum that it states."""
    page = (EXAMPLE / "NOTES.md").read_text(encoding="utf-8")
    for project in rows("projects"):
        [row] = [line for line in page.splitlines() if line.startswith(f"| {project['name']} (")]
        stated, _, basis = row.rstrip(" |").rpartition("| £")[2].partition(" = ")
        assert int(stated.replace(",", "")) == int(project["value"])
        total = 0.0
        for part in basis.replace(" − £", " + −").split(" + "):
            if part.startswith("−"):
                total -= float(part[1:].split()[0].replace(",", ""))
            else:
                count, _, rate = part.partition(" × £")
                total += float(count.split()[0].replace(",", "")) * float(rate)
        assert int(project["value"]) == math.floor(total + 1e-9)


def test_funds_give_in_their_region_only() -> None:
    """Every grant asks for a region or for partners; the loan is open to all."""
    asked = {row["listing"]: row["attribute"] for row in rows("requirements")}
    grants = [row["id"] for row in rows("offers") if row["form"] == "grant"]
    assert len(grants) == 15
    assert {asked[grant] for grant in grants} == {"region", "partners"}


def test_tools_are_open_and_help_is_limited() -> None:
    """Fourteen free tools for five purposes; five kinds of help in a few packages at a fee."""
    tools = [row for row in rows("offers") if row["id"].startswith("tool/")]
    packages = [row for row in rows("offers") if row["id"].startswith("help/")]
    parent = {row["id"]: row["parent"] for row in rows("categories")}
    assert len(tools) == 14
    assert all(row["quantity"] == "" and row["limit_price"] == "0" for row in tools)
    assert len({parent[row["category"]] for row in tools}) == 5
    assert len(packages) == 5
    assert all(int(row["quantity"]) <= 2 and int(row["limit_price"]) > 0 for row in packages)


@pytest.fixture(scope="module")
def cleared() -> ff.Clearing:
    """The example, cleared once for the tests of its result."""
    return ff.clear(ff.Book.read(EXAMPLE), gap=1e-4, time_limit_s=600)


def test_the_four_flows_clear_together(cleared: ff.Clearing) -> None:
    """Certified to 1e-4; the ledger balances; awards of every kind."""
    assert cleared.certificate.relative_gap <= 1e-4
    assert cleared.settlement["amount"].sum() == 0
    kind = {row["id"]: row["kind"] for row in rows("categories")}
    assert {kind[name] for name in cleared.awards["category"].unique()} == {
        "goods", "capital", "talent", "technology",
    }  # fmt: skip


def test_what_cannot_be_done_is_not_done(cleared: ff.Clearing) -> None:
    """Five projects get nothing, and of five that want one fund some do and some do not."""
    done = {need.split("/")[0] for need in cleared.awards["need"].to_list()}
    assert not done & {"bwyd-da", "night-market", "antrim-store", "own-translator", "before-easter"}
    rivals = {"school-holidays", "growers-gleaning", "moor-van", "community-kitchen", "harbour-catch"}
    assert 0 < len(rivals & done) < 5


def test_whole_projects_are_done_whole(cleared: ff.Clearing) -> None:
    """Ten or more all-or-nothing projects: each gets all of every line, or nothing of any."""
    given = dict(cleared.awards.select("need", "quantity").group_by("need").sum().rows())
    whole = [row["id"] for row in rows("projects") if row["mode"] == "all_or_nothing"]
    assert len(whole) >= 10
    for project in whole:
        shares = {float(given.get(line["id"], 0)) / float(line["quantity"]) for line in lines_of(project)}
        assert shares in ({0.0}, {1.0}), project


def test_scarce_help_costs_more_than_its_fee(cleared: ff.Clearing) -> None:
    """Help that more want than there is has a price above the fee its owner asks."""
    fee = {
        row["category"]: float(row["limit_price"]) for row in rows("offers") if row["id"].startswith("help/")
    }
    price = dict(cleared.prices.filter(pl.col("traded")).select("category", "price").rows())
    above = [category for category, least in fee.items() if float(price[category]) > least]
    assert len(above) >= 3
