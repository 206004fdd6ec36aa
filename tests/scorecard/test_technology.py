"""What technology brings, by itself and in projects, worked by hand."""

from __future__ import annotations

import pytest

import fourflow as ff


def test_a_projects_value_goes_to_its_lines_by_cost() -> None:
    """A licence costs 20 and serves everybody; a day of work costs 30, of which there are more than enough.

    Ann has one licence for herself, worth 50. Bob's project is worth 100 and takes a licence and two days:
    20 and 60 at clearing prices, so a quarter of its value, 25, goes to the licence.
    Technology brings 50 + 25 - 2 x 20 = 35 of the welfare 150 - 40 - 60 = 50.
    Of the value 150, 100 is in a project that uses technology. All of it crosses from the south to the north.
    """
    people = [("ann", "North"), ("bob", "North"), ("maker", "South"), ("worker", "South")]
    offer = {"unit": "licence", "currency": "EUR"}
    book = ff.Book.from_tables(
        {
            "participants": [{"id": name, "name": name, "region": region} for name, region in people],
            "categories": [
                {"id": "tool", "name": "tool", "kind": "technology", "unit": "licence"},
                {"id": "work", "name": "work", "kind": "talent", "unit": "person_day"},
            ],
            "offers": [
                offer | {"id": "t", "participant": "maker", "category": "tool", "limit_price": 20},
                offer | {"id": "w", "participant": "worker", "category": "work", "quantity": 5,
                         "unit": "person_day", "limit_price": 30, "remote": "true", "whole": "false"},
            ],
            "projects": [{"id": "p", "participants": "bob", "name": "p", "value": 100, "currency": "EUR",
                          "mode": "all_or_nothing"}],
            "needs": [
                {"id": "a", "participant": "ann", "category": "tool", "quantity": 1, "unit": "licence",
                 "limit_price": 50, "currency": "EUR"},
                {"id": "p/t", "participant": "bob", "category": "tool", "quantity": 1, "unit": "licence",
                 "project": "p"},
                {"id": "p/w", "participant": "bob", "category": "work", "quantity": 2, "unit": "person_day",
                 "project": "p"},
            ],
        },
        name="tools", currency="EUR", as_of="2026-01-10", settlement="priced",
    )  # fmt: skip
    found = dict(ff.clear(book).scorecard.select("measure", "value").rows())
    assert found["technology_share"] == pytest.approx(35 / 50)
    assert found["technology_projects_share"] == pytest.approx(100 / 150)
    assert found["crossing_share"] == pytest.approx(1)
    assert found["participant_evenness"] == pytest.approx(1)
