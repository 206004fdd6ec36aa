"""The scorecard on markets that can be worked with a pencil, and at its edges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fourflow as ff
from fourflow.report._words import percent
from fourflow.scorecard._indices import gini, herfindahl, jain, lowest_quarter

SETTINGS = {"name": "two regions", "currency": "EUR", "as_of": "2026-01-10", "settlement": "priced"}


def two_regions(**changed: list[dict[str, Any]]) -> ff.Book:
    """The market of the worked example; keywords stand for whole tables."""
    people = [
        {"id": "farm-n", "name": "Old farm", "joined": "2010-01-01"},
        {"id": "farm-s", "name": "New farm", "joined": "2025-12-01"},
        {"id": "north", "name": "Northern kitchen"},
        {"id": "south", "name": "Southern kitchen"},
        {"id": "salty", "name": "Salt lover"},
    ]
    places = [
        {"id": "a", "region": "North", "latitude": 52, "longitude": 5},
        {"id": "b", "region": "South", "latitude": 51, "longitude": 5},
    ]
    lane = {
        "from_place": "a",
        "to_place": "b",
        "mode": "van",
        "cost_per_t": 1,
        "currency": "EUR",
        "co2_kg_per_t": 2,
    }
    categories = [
        {"id": name, "name": name, "kind": "goods", "unit": "t"} for name in ("rice", "salt")
    ]  # fmt: skip
    listing = {"category": "rice", "unit": "t", "currency": "EUR"}
    offers = [
        listing | {"id": "o-n", "participant": "farm-n", "place": "a", "quantity": 8, "limit_price": 2},
        listing | {"id": "o-s", "participant": "farm-s", "place": "b", "quantity": 4, "limit_price": 5},
    ]
    day = "2026-01-0"
    needs = [
        listing | {"id": "n-n", "participant": "north", "place": "a", "quantity": 6, "limit_price": 10,
                   "listed_at": f"{day}2"},
        listing | {"id": "n-s", "participant": "south", "place": "b", "quantity": 8, "limit_price": 8,
                   "listed_at": f"{day}1"},
        listing | {"id": "n-x", "participant": "salty", "place": "b", "quantity": 2, "limit_price": 3,
                   "category": "salt", "listed_at": f"{day}3"},
    ]  # fmt: skip
    tables = {"participants": people, "places": places, "lanes": [lane], "categories": categories,
              "offers": offers, "needs": needs}  # fmt: skip
    return ff.Book.from_tables(tables | changed, **SETTINGS)


def measures(book: ff.Book) -> dict[str, tuple[float | None, float | None]]:
    frame = ff.clear(book).scorecard
    rows = frame.select("measure", "value", "first_come_first_served").rows()
    return {name: (value, first) for name, value, first in rows}


def test_two_regions_by_hand() -> None:
    """The north has 8 t at 2, the south 4 t at 5; a lane goes south at 1 and 2 kg CO2e a tonne.

    The northern kitchen wants 6 t at 10, the southern 8 t at 8; nobody has salt. Best: the north keeps 6 t
    and sends 2 t, the south adds its 4 t. Value 6 x 10 + 6 x 8 = 108.
    Fulfilment: north 60/60 = 1, south 48/64 = 0.75. Gini = (0.25 + 0.25) / (2 x 4 x 0.875) = 1/14.
    Jain = 1.75^2 / (2 x 1.5625) = 0.98. The quarter with least is one of two, the south: 48/108.
    The south got 6 t and gave 4 t, so a third of its 48 came from elsewhere: 16/108.
    Suppliers by quantity 8 : 4, so 1 - (64 + 16)/144 = 4/9; the new farm has 1/3.
    CO2e 2 t x 2 = 4 kg on 12 t.
    First come, first served: the south comes first and takes 8 t from the north at 3 rather than 5, and
    no lane goes north. Fulfilment 0 and 1, so Gini 0.5; 8 x 2 = 16 kg on 8 t; one supplier.
    """
    found = measures(two_regions())
    assert found == {
        "technology_share": (0, 0),
        "technology_projects_share": (0, 0),
        "regional_evenness": (pytest.approx(13 / 14), 0.5),
        "co2_kg": (4, 16),
        "co2_kg_per_t": (pytest.approx(1 / 3), 2),
        "crossing_share": (pytest.approx(16 / 108), 1),
        "supplier_diversity": (pytest.approx(4 / 9), 0),
        "newcomer_share": (pytest.approx(1 / 3), 0),
        "participant_evenness": (pytest.approx(0.98), 0.5),
        "lowest_quarter_share": (pytest.approx(48 / 108), 0),
    }


def test_what_no_offer_could_serve_is_listed_apart() -> None:
    """Nobody has salt: one need of 2 t at 3 is left out of every part, and said to be."""
    scored = ff.clear(two_regions()).view.scored
    assert (scored.num_unserved, scored.unserved_value) == (1, 6.0)
    assert {region.name: region.fulfilment for region in scored.regions} == {"North": 1.0, "South": 0.75}


def test_a_need_alone_could_have_no_more_than_there_is() -> None:
    """A need of 100 t where 12 t are offered is wholly met with 12 t."""
    need = {"id": "n", "participant": "south", "place": "b", "quantity": 100, "limit_price": 8,
            "category": "rice", "unit": "t", "currency": "EUR"}  # fmt: skip
    found = measures(two_regions(needs=[need]))
    assert found["participant_evenness"] == (1, 1)
    assert ff.clear(two_regions(needs=[need])).view.scored.regions[0].fulfilment == 1


def test_nothing_awarded_says_nothing() -> None:
    """Where all ask too much every share is empty, CO2e is 0, and nothing fails."""
    poor = {"id": "o", "participant": "farm-s", "place": "b", "quantity": 1, "limit_price": 99,
            "category": "rice", "unit": "t", "currency": "EUR"}  # fmt: skip
    book = two_regions(offers=[poor])
    found = measures(book)
    assert found.pop("co2_kg") == (0, 0)
    assert set(found.values()) == {(None, None)}
    assert all(ff.clear(book).scorecard.filter(measure="regional_evenness")["note"])


def test_without_regions_only_what_needs_them_says_nothing() -> None:
    """Two sheets without places: evenness among regions and crossing are empty, the others are there."""
    listing = {"category": "rice", "unit": "t", "currency": "EUR"}
    book = ff.Book.from_tables({
        "offers": [listing | {"id": "o", "participant": "Ann", "quantity": 3, "limit_price": 1}],
        "needs": [listing | {"id": "n", "participant": "Bob", "quantity": 2, "limit_price": 4}],
    })  # fmt: skip
    found = measures(book)
    assert (found["regional_evenness"], found["crossing_share"]) == ((None, None), (None, None))
    assert (found["supplier_diversity"], found["participant_evenness"]) == ((0, 0), (1, 1))
    assert found["newcomer_share"] == (None, None)


def test_measures_do_not_depend_on_the_order_of_rows() -> None:
    """The same book with its rows turned round has the same scorecard."""
    book = two_regions()
    turned = {noun: getattr(book, noun).reverse() for noun, table in book.tables.items() if len(table)}
    assert measures(ff.Book.from_tables(turned, **SETTINGS)) == measures(book)


@pytest.mark.parametrize(
    ("values", "expected"), [([1, 1, 1], 0), ([0, 0, 1], 2 / 3), ([1, 3], 0.25), ([5], 0), ([0, 0], None)]
)
def test_gini(values: list[float], expected: float | None) -> None:
    """0 where all are alike, (n - 1) / n where one has all, and nothing where nobody has any."""
    assert gini(np.array(values, float)) == (expected if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("values", "expected"), [([2, 2], 1), ([1, 0, 0, 0], 0.25), ([1, 2], 0.9), ([0], None)]
)
def test_jain(values: list[float], expected: float | None) -> None:
    """1 where all are alike, 1 / n where one has all."""
    assert jain(np.array(values, float)) == (expected if expected is None else pytest.approx(expected))


def test_herfindahl() -> None:
    """Shares 3/4 and 1/4: 9/16 + 1/16."""
    assert herfindahl(np.array([3.0, 1.0])) == pytest.approx(10 / 16)


def test_the_lowest_quarter_shares_its_edge() -> None:
    """Eight participants, of whom three got nothing and five all: two places of the three at the edge."""
    fulfilment = np.array([0, 0.5, 0.5, 0.5, 1, 1, 1, 1])
    value = np.array([0, 10, 20, 30, 10, 10, 10, 10.0])
    assert lowest_quarter(fulfilment, value) == pytest.approx(20 / 100)


def test_the_page_and_the_folder_show_it(tmp_path: Path) -> None:
    """The page names each measure in words with its share, and clearing.json holds the regions."""
    clearing = ff.clear(two_regions())
    clearing.write(tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Value that crossed regions" in page
    assert f'<td class="num">{percent(16 / 108)}</td>' in page
    summary = json.loads((tmp_path / "clearing.json").read_text(encoding="utf-8"))
    assert summary["scorecard"]["regions"] == [
        {"region": "North", "awarded": 60.0, "attainable": 60.0},
        {"region": "South", "awarded": 48.0, "attainable": 64.0},
    ]
    assert len(summary["scorecard"]["measures"]) == 10
