"""Four kinds and projects on the page: each in its own unit, each project with what stood in the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import fourflow as ff
from fourflow.book import check_tables
from fourflow.report import in_words
from fourflow.report._balance_section import _groups
from fourflow.report._page import render

SETTINGS: dict[str, Any] = {"name": "call", "currency": "EUR", "as_of": "2026-03-01", "settlement": "priced"}
OFFERS = """\
id,participant,category,quantity,unit,limit_price,currency,form,term_months,remote
loan,Bank,Loan,100000,EUR,0.05,EUR,loan,60,
expert,University,Expert,1,person,30000,EUR,,,true
app,University,App,,licence,1000,EUR,,,
juice,Farm,Juice,10,l,1,EUR,,,
"""
NEEDS = """\
id,participant,category,quantity,unit,limit_price,currency,project,term_months
a-loan,Ann,Loan,40000,EUR,,,A,24
a-expert,Ann,Expert,1,person,,,A,
a-app,Ann,App,1,licence,,,A,
b-expert,Bob,Expert,1,person,,,B,
c-robot,Cem,Robot,1,item,,,C,
drink,Inn,Juice;Cider,4,l,2,EUR,,
"""
PROJECTS = """\
id,participants,name,value,own_money,currency,mode
A,Ann,Sensors,90000,0,EUR,all_or_nothing
B,Bob,Twin,50000,0,EUR,all_or_nothing
C,Cem,Arm,20000,0,EUR,all_or_nothing
"""


@pytest.fixture(scope="module")
def clearing() -> ff.Clearing:
    """Three projects, of which one goes ahead, and somebody who drinks juice or cider."""
    texts = {"offers": OFFERS, "needs": NEEDS, "projects": PROJECTS}
    tables = {noun: pl.read_csv(text.encode(), infer_schema=False) for noun, text in texts.items()}
    admission = check_tables(tables, **SETTINGS)
    assert admission.is_clean, admission.findings
    return ff.clear(admission.book)


def test_the_headline_names_every_flow(clearing: ff.Clearing) -> None:
    """Goods, capital, talent and licences, each as it is counted, and how many projects go ahead."""
    first, second, _ = in_words(clearing.view)
    assert "4\u00a0l, €40,000 of capital, 1\u00a0person and 1\u00a0licence went" in first
    assert second.startswith("1 of 3 projects goes ahead. The other need was met in full.")


def test_each_project_says_what_stood_in_the_way(clearing: ff.Clearing) -> None:
    """The expert is with A, and nobody offers a robot."""
    rows = {row["project"]: row for row in clearing.view.projects.to_dicts()}
    assert [rows[name]["size"] for name in "ABC"] == [1.0, 0.0, 0.0]
    assert rows["A"]["in_the_way"] == ""
    assert rows["B"]["in_the_way"] == "what is left falls short by 1\u00a0person (Expert)"
    assert rows["C"]["in_the_way"] == "nobody offers Robot"


def test_what_accepts_several_kinds_is_told_under_all_their_names(clearing: ff.Clearing) -> None:
    """4 l of cider or juice were asked for; of cider alone nothing was, of juice only the offer stands."""
    groups = {group.name: group for group in _groups(clearing.view)}
    assert (groups["Cider or Juice"].asked, groups["Cider or Juice"].unit) == (4.0, "l")
    assert (groups["Juice"].asked, groups["Juice"].offered, groups["Juice"].given) == (0.0, 10.0, 4.0)
    assert "Cider" not in groups
    assert groups["Expert"].unit == "person"


def test_a_need_for_a_parent_is_told_as_one_of_any_kind() -> None:
    """Furniture accepts desks and chairs; so few are the roots that kinds are told one level lower."""
    categories = (
        "id,parent,name,kind,unit,tonnes_per_unit\nf,,Furniture,goods,item,1\nd,f,Desk,goods,item,1\n"
    )
    offers = "id,participant,category,quantity,unit,limit_price,currency\no,Bank,d,5,item,1,EUR\n"
    needs = "id,participant,category,quantity,unit,limit_price,currency\nn,Hub,f,3,item,2,EUR\n"
    texts = {"categories": categories, "offers": offers, "needs": needs}
    tables = {noun: pl.read_csv(text.encode(), infer_schema=False) for noun, text in texts.items()}
    groups = {group.name: group for group in _groups(ff.clear(check_tables(tables, **SETTINGS).book).view)}
    assert (groups["Furniture of any kind"].asked, groups["Furniture of any kind"].several) == (3.0, True)
    assert groups["Desk"].given == 3.0


def test_the_page_tells_principal_from_charge(clearing: ff.Clearing) -> None:
    """€40,000 lent for two years at 5 % a year: 4,000 are paid, the principal stands beside it."""
    page = render(clearing.view)
    assert "Money lent and granted" in page
    assert "€40,000.00" in page
    assert "€4,000.00" in page
    assert "10\u202f% of the sum, 5\u202f% a year" in page
    assert "nobody offers Robot" in page.replace("Nobody", "nobody")


def test_the_result_folder_has_the_projects_and_flows(clearing: ff.Clearing, tmp_path: Path) -> None:
    """projects.csv, and the four flows in clearing.json."""
    folder = clearing.write(tmp_path / "r")
    assert pl.read_csv(folder / "projects.csv")["project"].to_list() == ["A", "B", "C"]
    summary = pl.read_json(folder / "clearing.json")
    flows = summary["result"].struct.field("flows").to_list()[0]
    assert {flow["kind"] for flow in flows if flow["given"]} == {"goods", "capital", "talent", "technology"}


@pytest.fixture(scope="module")
def written(clearing: ff.Clearing, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {
        path.stem: path.read_text("utf-8") for path in clearing.letters(tmp_path_factory.mktemp("letters"))
    }


def test_letters_tell_what_becomes_of_a_project(written: dict[str, str]) -> None:
    """Whose goes ahead learns what it gets and owes, whose does not learns why."""
    assert "Sensors goes ahead in full, worth €90,000. It gets" in written["Ann"]
    assert "You borrow €40,000, which you owe back." in written["Ann"]
    assert "Arm does not go ahead. Nobody offers Robot." in written["Cem"]


def test_letters_tell_givers_for_which_project_and_what_is_lent(written: dict[str, str]) -> None:
    """People and licences travel no kilometres; a loan is owed back."""
    assert "Expert, 1 person: to Ann, for the project Sensors\n" in written["University"]
    assert "Loan, €40,000: to Ann, for the project Sensors\n" in written["Bank"]
    assert "You lend €40,000, which is owed back to you." in written["Bank"]
    assert "Loan, €60,000: " in written["Bank"]


def test_a_licence_that_nobody_took_is_told_without_a_quantity(tmp_path: Path) -> None:
    """Licences without limit are never used up; with no taker they are still told."""
    offers = pl.read_csv(OFFERS.encode(), infer_schema=False)[2:3]
    needs = pl.read_csv(NEEDS.encode(), infer_schema=False)[5:6]
    alone = ff.clear(check_tables({"offers": offers, "needs": needs}, **SETTINGS).book)
    assert alone.unsold.row(0, named=True)["left"] is None
    assert "App, without limit: nobody asks for it." in alone.letters(tmp_path)[1].read_text("utf-8")
    assert "without limit" in render(alone.view)
