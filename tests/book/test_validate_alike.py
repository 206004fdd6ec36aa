"""Two spellings of one name are told where nothing else would show them before the result."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from fourflow.book import check_tables
from fourflow.errors import Finding

OFFER = {"participant": "Farm", "category": "Gas sensor", "quantity": "5", "unit": "item"}
NEED = {"participant": "Inn", "category": "Gas sensor", "quantity": "2", "unit": "item"}


def alike(*needs: dict[str, Any], **more: list[dict[str, Any]]) -> list[Finding]:
    """What is said of names alike in a book of one farm and some needs."""
    tables = {"offers": [OFFER], "needs": [NEED | need for need in needs], **more}
    frames = {noun: pl.DataFrame(rows) for noun, rows in tables.items()}
    found = check_tables(frames, name="b", currency="EUR", as_of="2026-03-01", settlement="priced").findings
    return [finding for finding in found if finding.code.endswith(".alike")]


@pytest.mark.parametrize("written", ["Gas sensors", "gas-Sensor", "GasSensor", "Gas sensr"])
def test_a_category_that_nobody_offers_is_told_if_one_of_nearly_its_name_is(written: str) -> None:
    """Else the need would quietly be for something that nobody has."""
    (found,) = alike({"category": written})
    assert (found.field, found.value, found.severity) == ("category", written, "warning")
    assert found.maybe == "Gas sensor is meant"


@pytest.mark.parametrize("written", ["Gas sensor", "Gas sensor 2", "Gas", "Soil lab", "Sensor of gas"])
def test_other_names_are_not_taken_for_it(written: str) -> None:
    """What is the same, what a number tells apart, and what merely shares a word."""
    assert alike({"category": written}) == []


def test_numbers_in_names_tell_things_apart() -> None:
    """A sensor of type 2 is none of type 1, however alike the names."""
    assert alike({"category": "Gas sensor type 2"}, offers=[OFFER | {"category": "Gas sensor type 1"}]) == []


def test_a_participant_that_is_written_in_two_ways_is_told() -> None:
    """The rarer spelling is told, in whichever table it stands."""
    projects = [{"id": "p", "participants": "DeltaCell", "name": "p", "value": "9", "currency": "EUR"}]
    (found,) = alike({"participant": "Delta Cell"}, {"participant": "Delta Cell"}, projects=projects)
    assert (found.field, found.value) == ("participants", "DeltaCell")
    assert found.maybe == "Delta Cell is meant"


@pytest.mark.parametrize(
    "written", ["Tech Univresity", "Tech Universty", "tech Universitty", "Tech Univarsity"]
)
def test_a_slip_of_the_keys_in_a_name_is_told(written: str) -> None:
    """One letter of a long word, or two that changed places."""
    (found,) = alike({"participant": "Tech University"}, {"participant": "Tech University"},
                     {"participant": written})  # fmt: skip
    assert (found.value, found.maybe) == (written, "Tech University is meant")


@pytest.mark.parametrize(
    "other", ["Tech Academy", "Team A University", "Tek University", "North Tech University"]
)
def test_names_that_differ_by_more_are_two(other: str) -> None:
    """Another word, another short word, one word more: participants of their own."""
    assert alike({"participant": "Tech University"}, {"participant": other}) == []


def test_a_book_that_lists_its_participants_and_categories_has_said_who_is_who() -> None:
    """Where a table is given, a name that is not in it is refused anyway."""
    people = [{"id": "Farm"}, {"id": "Inn"}, {"id": "INN"}]
    kinds = [{"id": "Gas sensor", "kind": "goods", "unit": "item"}]
    kinds += [{"id": "Gas sensors", "kind": "goods", "unit": "item"}]
    told = alike({"category": "Gas sensors", "participant": "INN"}, participants=people, categories=kinds)
    assert told == []
