"""Elections of Pabulib become books of all-or-nothing projects under one grant."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from _foreign import ELECTION

import fourflow as ff
from drawn_files import write_election
from fourflow.book import Admission


def read(tmp_path: Path, text: str) -> Admission:
    file = tmp_path / "town.pb"
    file.write_text(text, encoding="utf-8")
    return ff.check(file)


def codes(admission: Admission, severity: str) -> list[str]:
    return [finding.code for finding in admission.findings if finding.severity == severity]


def test_a_project_needs_its_cost_and_is_worth_its_votes(tmp_path: Path) -> None:
    """Budget 100; the park costs 60 with 3 votes, trees and well cost 50 with 2 votes each."""
    book = read(tmp_path, ELECTION).book
    assert book.offers.select("quantity", "form", "limit_price").rows() == [(100.0, "grant", 0.0)]
    assert book.projects.select("id", "value", "mode").rows() == [
        ("7", 3.0, "all_or_nothing"), ("8", 2.0, "all_or_nothing"), ("9", 2.0, "all_or_nothing"),
    ]  # fmt: skip
    assert book.needs.select("project", "quantity", "unit").rows() == [
        ("7", 60.0, "PLN"), ("8", 50.0, "PLN"), ("9", 50.0, "PLN"),
    ]  # fmt: skip
    assert (book.currency, book.as_of.isoformat(), book.settlement) == ("votes", "2023-04-21", "donated")


def test_a_project_that_costs_nothing_is_carried_out(tmp_path: Path) -> None:
    """Park for 60 and a well for nothing, 3 votes and 2; there is no money left for trees."""
    free = ELECTION.replace("9;50;2;Well", "9;0;2;Well")
    clearing = ff.clear(read(tmp_path, free).book)
    assert clearing.certificate.objective == clearing.certificate.bound == 5
    assert "carried out in full" in str(clearing.explain("9"))


def test_names_may_hold_semicolons_and_regions_are_kept(tmp_path: Path) -> None:
    """A name in quotation marks keeps its semicolon; a neighbourhood becomes the proposer's region."""
    book = read(tmp_path, ELECTION).book
    assert book.projects["name"][0] == "Park; with benches"
    assert book.participants["region"].to_list() == [None, "North", "North", "South"]


def test_votes_are_counted_where_no_column_tells_them(tmp_path: Path) -> None:
    """Without the column votes the ballots count: 7 on three, 8 and 9 on two."""
    lines = [
        ";".join(line.split(";")[:2] + line.split(";")[3:]) if line[:1] in "789p" else line
        for line in ELECTION.replace('"Park; with benches"', "Park").splitlines()
    ]
    book = read(tmp_path, "\n".join(lines)).book
    assert book.projects["value"].to_list() == [3.0, 2.0, 2.0]


def ballots(kind: str, header: str, *rows: str) -> str:
    """An election of two projects without a column of votes."""
    meta = f"META\nkey;value\nbudget;100\ncurrency;PLN\ndate_end;2023-04-21\nvote_type;{kind}\n"
    return meta + "PROJECTS\nproject_id;cost\n1;60\n2;50\nVOTES\n" + "\n".join((header, *rows)) + "\n"


@pytest.mark.parametrize("kind", ["cumulative", "scoring"])
def test_points_on_ballots_are_added_up(tmp_path: Path, kind: str) -> None:
    """Two ballots give project 1 seven and 2.5 points, and project 2 three."""
    text = ballots(kind, "voter_id;vote;points", "a;1,2;7,3", "b;1;2.5")
    assert read(tmp_path, text).book.projects.select("id", "value").rows() == [("1", 9.5), ("2", 3.0)]


def test_worth_is_said_in_votes_and_money_in_money(tmp_path: Path) -> None:
    """Trees and well, 50 each, get the budget of 100 and 2 votes each: no vote is money anywhere."""
    clearing = ff.clear(read(tmp_path, ELECTION).book)
    clearing.write(tmp_path / "r")
    for text in (str(clearing), (tmp_path / "r" / "report.html").read_text()):
        assert "PLN\u00a0100" in text
        assert "4\u00a0votes" in text
        assert not re.search("(?<!per )PLN\u00a0\\d\\b", text)
    scored = ballots("scoring", "voter_id;vote;points", "a;1,2;7,3")
    assert read(tmp_path, scored).book.currency == "points"


def test_ranks_and_unknown_kinds_of_votes_are_told_not_to_count(tmp_path: Path) -> None:
    """Who ranks two projects gives each one vote, and a warning says so; approvals are not warned of."""
    for kind, warned in (("ordinal", True), ("quadratic", True), ("approval", False), ("choose-1", False)):
        admission = read(tmp_path, ballots(kind, "voter_id;vote", "a;2,1", "b;2"))
        assert admission.book.projects.select("id", "value").rows() == [("1", 1.0), ("2", 2.0)]
        assert ("book.import.pabulib.vote_type" in codes(admission, "warning")) == warned


def test_ballots_for_what_is_no_project_are_told(tmp_path: Path) -> None:
    """Project 9 was withdrawn: its ballot is left out, and a warning names it."""
    admission = read(tmp_path, ballots("approval", "voter_id;vote", "a;1,9", "b;2"))
    assert "book.import.pabulib.ballots" in codes(admission, "warning")
    assert admission.book.projects["value"].to_list() == [1.0, 1.0]


def test_what_the_book_cannot_say_is_named(tmp_path: Path) -> None:
    """The voting rule, votes that differ from the ballots, and a file cut short are warnings."""
    text = ELECTION.replace("8;50;2;", "8;50;5;").replace("num_votes;3", "num_votes;4")
    admission = read(tmp_path, text)
    assert admission.is_clean
    assert {"book.import.pabulib.rule", "book.import.pabulib.votes", "book.import.pabulib.count"} <= set(
        codes(admission, "warning")
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "book.file.empty"),
        ("hello", "book.import.pabulib.section"),
        (ELECTION.split("PROJECTS")[0], "book.import.pabulib.section"),
        (ELECTION.replace("budget;100", "budget;a lot"), "book.import.pabulib.budget"),
        (ELECTION.replace("8;50;2;", "8;fifty;2;"), "book.import.pabulib.project"),
        (ELECTION.replace("8;50;2;", "7;50;2;"), "book.import.pabulib.project"),
        (ELECTION.replace("8;50;2;", "8;1e99;2;"), "book.import.pabulib.project"),
        (ELECTION.replace("Trees", "T" * 200_000), "book.import.pabulib.broken"),
        ("\x1f\x8b" + ELECTION, "book.import.pabulib.section"),
    ],
)
def test_what_is_no_election_is_refused(tmp_path: Path, text: str, code: str) -> None:
    """Each fault is one finding with its code, and never an exception."""
    assert code in codes(read(tmp_path, text), "refused")


def test_published_elections_are_read_whole(data_dir: Path) -> None:
    """Every project of the published files arrives with its cost and votes, none is refused."""
    for file in sorted((data_dir / "pabulib").glob("*.pb")):
        section = file.read_text(encoding="utf-8").split("PROJECTS\n")[1].split("\nVOTES")[0]
        rows = list(csv.DictReader(section.splitlines(), delimiter=";"))
        book = ff.Book.read(file)
        told = {(row["project_id"], float(row["cost"]), float(row["votes"])) for row in rows}
        read_rows = book.projects.join(book.needs, left_on="id", right_on="project")
        assert set(read_rows.select("id", "quantity", "value").rows()) == told


def most_votes(costs: list[int], votes: list[int], budget: int) -> int:
    """The most votes that a budget can pay: points (cost, votes) of which none is beaten by another."""
    points = [(0, 0)]
    for cost, vote in zip(costs, votes, strict=True):
        grown = sorted({*points, *((a + cost, b + vote) for a, b in points if a + cost <= budget)})
        points, best = [], -1
        for spent, total in grown:
            if total > best:
                points.append((spent, total))
                best = total
    return points[-1][1]


def test_published_elections_fund_the_most_votes_that_the_budget_pays(data_dir: Path) -> None:
    """The clearing of each published file has the optimum of a dynamic program, certified, within budget."""
    for file in sorted((data_dir / "pabulib").glob("*.pb")):
        book = ff.Book.read(file)
        rows = book.projects.join(book.needs, left_on="id", right_on="project")
        budget = int(book.offers["quantity"].item())
        costs, votes = ([int(x) for x in rows[name]] for name in ("quantity", "value"))
        clearing = ff.clear(book, time_limit_s=600)
        assert clearing.certificate.relative_gap <= 1e-4
        assert clearing.certificate.objective == most_votes(costs, votes, budget)
        assert clearing.awards["quantity"].sum() <= budget


@pytest.mark.parametrize("block", [0, *(pytest.param(i, marks=pytest.mark.long) for i in range(1, 10))])
def test_drawn_elections_fund_the_most_votes_that_the_budget_pays(block: int, tmp_path: Path) -> None:
    """25 of them, with ballots or points: costs of nothing or above the budget, and many ties."""
    for seed in range(25 * block, 25 * block + 25):
        book = ff.Book.read(write_election(tmp_path / f"{seed}.pb", seed))
        text = (tmp_path / f"{seed}.pb").read_text(encoding="utf-8")
        budget = int(re.search("budget;(.*)", text)[1])
        cost = {name: int(of) for name, of in re.findall("^(P\\d+);(\\d+);Project", text, re.MULTILINE)}
        votes = dict.fromkeys(cost, 0)
        for line in text.split("VOTES\n")[1].splitlines()[1:]:
            chosen, _, points = line.split(";", 1)[1].partition(";")
            given = points.split(",") if points else ["1"] * 5
            for name, of in zip(chosen.split(","), given, strict=False):
                votes[name] += int(of)
        clearing = ff.clear(book)
        best = most_votes(list(cost.values()), list(votes.values()), budget)
        assert clearing.certificate.objective == best, seed
        assert clearing.certificate.relative_gap <= 1e-4, seed
        done = clearing.view.projects.filter(clearing.view.projects["size"] == 1)["project"].to_list()
        assert sum(cost[name] for name in done) == clearing.awards["quantity"].sum() <= budget, seed
