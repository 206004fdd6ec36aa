"""Book -> Market: one unit and one currency, rounded against the owner's risk, defaults filled, by id."""

from __future__ import annotations

import json
import math
import random
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from _book_samples import SETTINGS, Tables, changed, check, frames, sample

from fourflow.book import OPEN_DAY, UNLIMITED, Book, Market, normalise
from fourflow.book._convert import scale
from fourflow.book._routes import EARTH_RADIUS_KM


def market(tables: Tables, **settings: Any) -> Market:
    return normalise(Book.from_tables(frames(tables), **{**SETTINGS, **settings}))


def test_a_worked_book_becomes_a_worked_market() -> None:
    """2.5 t of potatoes at 100 GBP/t is 2,500 kg at 0.1, since the root of the tree counts in kg."""
    made = market(sample())
    assert made.categories.unit.tolist()[:1] == ["kg"]
    assert made.offers.quantity.tolist() == [2_500_000_000]
    assert made.offers.limit_price.tolist() == [100_000]
    assert made.offers.min_quantity.tolist() == [500_000_000]
    assert made.offers.fixed_cost.tolist() == [1_000_000]
    assert made.needs.value.tolist() == [500_000, 0]
    assert made.projects.limit_price.tolist() == [900_000_000]
    assert made.projects.participants[0].tolist() == [0, 1]
    assert made.notes == ()


@pytest.mark.parametrize(
    ("unit", "quantity", "price", "expected_quantity", "expected_price"),
    [
        ("kg", "1", "1", 1_000_000, 1_000_000),
        ("lb", "1", "1", 453_592, 2_204_623),
        ("g", "1", "0.000001", 1_000, 1_000),
        ("t", "0.000001", "0.000001", 1_000, 1),
        ("oz", "0.001", "-1", 28, -35_273_961),
    ],
)
def test_an_offer_is_rounded_against_its_owner(
    unit, quantity, price, expected_quantity, expected_price
) -> None:
    """Quantity down, limit up (2.2046226... GBP/kg becomes 2.204623, -35.2739619... becomes -35.273961)."""
    cells = {"unit": unit, "quantity": quantity, "limit_price": price, "min_quantity": None}
    made = market(changed("offers", 0, **cells))
    assert made.offers.quantity.tolist() == [expected_quantity]
    assert made.offers.limit_price.tolist() == [expected_price]


def test_a_need_is_rounded_down_and_the_rounding_is_said() -> None:
    """The limit and value of a need in EUR per lb go down; one note for each field and pair of units."""
    made = market(
        changed("needs", 0, unit="lb", currency="EUR", limit_price="1", value="2", min_quantity=None)
    )
    exact = Fraction("0.85") / Fraction("0.45359237")
    assert made.needs.limit_price[0] == math.floor(exact * 10**6)
    assert made.needs.value[0] == math.floor(2 * exact * 10**6)
    said = {note.code: note for note in made.notes}
    assert set(said) == {"book.limit_price.rounded", "book.value.rounded"}
    assert "from EUR per lb to kg" in said["book.limit_price.rounded"].rule
    assert said["book.limit_price.rounded"].listing == "n1"
    assert all(note.severity == "warning" for note in made.notes)


def test_costs_of_lanes_and_offers_in_other_money_go_up() -> None:
    """0.000001 EUR at 0.85 is a whole millionth of book money."""
    tables = changed("lanes", 0, currency="EUR", cost_per_t="0.000001")
    tables["offers"][0].update(currency="EUR", fixed_cost="0.000001", limit_price="1")
    made = market(tables)
    assert made.lanes.cost_per_t[made.lanes.id.tolist().index("l1")] == 1
    assert made.offers.fixed_cost.tolist() == [1]


def test_scaling_is_what_fractions_say() -> None:
    """Against Python's fractions on 5,000 values up to 1e15 and factors with large terms, both ways."""
    draw = random.Random(3)
    factors = [Fraction(draw.randrange(1, 10**9), draw.randrange(1, 10**9)) for _ in range(20)] + [
        Fraction(1)
    ]
    values = np.array([draw.randrange(-(10**9), 10**9) for _ in range(5_000)], dtype=np.int64)
    code = np.array([draw.randrange(len(factors)) for _ in values], dtype=np.int64)
    for up in (True, False):
        found, inexact = scale(values, code, factors, up)
        exact = [int(value) * factors[k] for value, k in zip(values.tolist(), code.tolist(), strict=True)]
        assert found.tolist() == [math.ceil(e) if up else math.floor(e) for e in exact]
        assert inexact.tolist() == [e.denominator != 1 for e in exact]


def test_defaults_are_filled_from_participant_and_book() -> None:
    """Place of the participant, as_of, open end, one unit of value for limit_price, unlimited lanes."""
    tables = sample()
    for name in ("place", "from", "until", "use_by", "listed_at"):
        tables["offers"][0][name] = None
    tables["needs"][0].update(value=None, sponsor=None)
    tables["lanes"][0]["capacity_t"] = None
    made = market(tables)
    day = made.as_of_day
    assert made.offers.place.tolist() == [made.places.id.tolist().index("leeds")]
    assert made.offers.from_day.tolist() == [day]
    assert made.offers.until_day.tolist() == made.offers.use_by_day.tolist() == [OPEN_DAY]
    assert made.offers.listed_at.tolist() == [day * 86_400 * 10**6]
    assert made.needs.value[0] == made.needs.limit_price[0] == 100_000
    assert made.lanes.capacity_t[made.lanes.id.tolist().index("l1")] == UNLIMITED
    assert made.participants.region.tolist() == ["Yorkshire", "North", ""]


def test_a_technology_offer_without_quantity_is_unlimited() -> None:
    """Licences that nobody counted."""
    cells = {"category": "patent", "unit": "licence", "quantity": None, "min_quantity": None, "use_by": None}
    made = market(changed("offers", 0, **cells))
    assert made.offers.quantity.tolist() == [UNLIMITED]


def test_a_need_accepts_the_descendants_of_what_it_names() -> None:
    """`food` stands for potatoes too; each once, ascending."""
    made = market(sample())
    ids = made.categories.id
    assert ids[made.needs.categories[0]].tolist() == ["food", "potato"]
    assert ids[made.needs.categories[1]].tolist() == ["milk"]
    assert [ids[made.categories.descendants[i]].tolist() for i in range(2)] == [["food", "potato"], ["milk"]]


def test_trees_that_meet_in_one_need_are_measured_alike() -> None:
    """A need for food (kg) or fuel (t) makes both count in the unit of the first root by id."""
    tables = sample()
    tables["categories"].append({"id": "fuel", "name": "Fuel", "kind": "goods", "unit": "t"})
    tables["needs"][0]["category"] = "fuel;food"
    made = market(tables)
    unit = dict(zip(made.categories.id.tolist(), made.categories.unit.tolist(), strict=True))
    assert unit["food"] == unit["fuel"] == unit["potato"] == "kg"
    assert unit["milk"] == "l"


@pytest.mark.parametrize(
    ("unit", "measured"), [("lb", "kg"), ("oz", "kg"), ("mg", "kg"), ("t", "t"), ("g", "g")]
)
def test_a_mass_without_an_exact_weight_is_measured_in_kg(unit: str, measured: str) -> None:
    """A pound is 453.59237 millionths of a tonne: haulage would be charged on a rounded weight."""
    tables = changed("categories", 0, unit=unit, tonnes_per_unit=None)
    made = market(tables)
    assert made.categories.unit[0] == measured
    assert made.categories.tonnes_per_unit[0] == {"kg": 1_000, "t": 1_000_000, "g": 1}[measured]


def test_whole_tonnes_stay_whole_tonnes_in_a_market_of_kilograms() -> None:
    """Potatoes are listed in tonnes under food in kilograms: whole units of them are lots of 1000 kg."""
    made = market(changed("categories", 1, whole="true"))
    lot = dict(zip(made.categories.id.tolist(), made.categories.lot.tolist(), strict=True))
    assert lot["potato"] == 1_000_000_000


def test_a_child_has_the_lot_of_its_parent() -> None:
    """10 kg lots of food are 10 kg lots of potatoes, though potatoes are listed in tonnes."""
    made = market(changed("categories", 0, lot="10"))
    lot = dict(zip(made.categories.id.tolist(), made.categories.lot.tolist(), strict=True))
    assert (lot["food"], lot["potato"]) == (10_000_000, 10_000_000)


def _haversine(a: tuple[float, float], b: tuple[float, float]) -> float:
    (p, q), (r, s) = ([math.radians(x) for x in point] for point in (a, b))
    h = math.sin((r - p) / 2) ** 2 + math.cos(p) * math.cos(r) * math.sin((s - q) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(h))


def test_modes_make_the_lanes_that_a_loop_over_all_pairs_makes() -> None:
    """Every mode, every ordered pair within max_km that no listed lane joins; costs from metres, up."""
    draw = random.Random(5)
    tables = sample()
    known = {f"p{i}": (round(draw.uniform(50, 58), 4), round(draw.uniform(-5, 1), 4)) for i in range(60)}
    for key, (north, east) in known.items():
        tables["places"].append(
            {"id": key, "name": key, "region": "r", "latitude": str(north), "longitude": str(east)}
        )
    tables["modes"].append(
        dict(tables["modes"][0], id="lorry", max_km="150", detour="1.25", km_per_day="100")
    )
    tables["lanes"].append(dict(tables["lanes"][0], id="l2", from_place="p0", to_place="p1"))
    made = market(tables)
    for place in tables["places"][:3]:
        known[str(place["id"])] = (float(str(place["latitude"])), float(str(place["longitude"])))
    expected = {}
    for mode, reach, detour in (("van", 60, 1.3), ("lorry", 150, 1.25)):
        for a, start in known.items():
            for b, end in known.items():
                metres = math.ceil(round(_haversine(start, end) * detour * 1000, 6))
                if a != b and metres <= reach * 1000 and (a, b) not in (("leeds", "york"), ("p0", "p1")):
                    expected[f"{mode}:{a}>{b}"] = metres
    lanes = made.lanes
    found = {key: i for i, key in enumerate(lanes.id.tolist()) if ">" in key}
    assert set(found) == set(expected)
    for key, metres in expected.items():
        i = found[key]
        assert lanes.distance_km[i] == metres / 1000
        assert lanes.cost_per_t[i] == math.ceil(Fraction(metres, 2000) * 10**6)
        assert lanes.co2_kg_per_t[i] == math.ceil(Fraction(metres * 2, 10_000) * 10**6)
        assert lanes.days[i] == (metres // 100_000 if key.startswith("lorry") else 0)
        assert lanes.trip_t[i] == 1_000_000
        assert lanes.capacity_t[i] == 10_000_000


def test_modes_reach_across_the_date_line() -> None:
    """Fiji lies on both sides of 180 degrees; the two sides are neighbours."""
    tables = sample()
    for key, east in (("west", "179.9"), ("east", "-179.9")):
        tables["places"].append({"id": key, "name": key, "region": "r", "latitude": "-17", "longitude": east})
    assert {"van:west>east", "van:east>west"} <= set(market(tables).lanes.id.tolist())


def test_lanes_without_an_id_are_named_after_their_places() -> None:
    """`from>to:mode`, and a number for a second one of the same name, whatever the order of rows."""
    tables = sample()
    tables["lanes"] = [dict(tables["lanes"][0], id=None, cost_per_t=cost) for cost in ("2", "1")]
    tables["rules"] = tables["rules"][:1]
    lanes = market(tables).lanes
    cost = dict(zip(lanes.id.tolist(), lanes.cost_per_t.tolist(), strict=True))
    assert cost["leeds>york:van"] == 1_000_000
    assert cost["leeds>york:van#2"] == 2_000_000


def test_attributes_and_requirements_compare_in_one_unit() -> None:
    """5 t is more than 7 kg, whatever their numerals say."""
    tables = sample()
    tables["attributes"][0].update(value="5", unit="t")
    made = market(tables)
    assert made.attributes[0].number == 5_000_000_000
    assert made.requirements[0].number == 7_000_000
    assert made.attributes[0].unit == made.requirements[0].unit == "kg"


def test_capital_is_counted_in_book_money() -> None:
    """A grant of 100 EUR at 0.85 buys for 85 in book money, so 85 it is; where value is counted in votes
    it keeps its own currency, for votes buy nothing."""
    grant: Tables = {"categories": [{"id": "fund", "name": "Fund", "kind": "capital", "unit": "EUR"}],
             "offers": [{"id": "g", "participant": "bank", "category": "fund", "quantity": "100",
                         "unit": "EUR", "limit_price": "0", "form": "grant"}]}  # fmt: skip
    for money, fx, counted in (("GBP", [{"currency": "EUR", "rate": "0.85"}], 85), ("votes", [], 100)):
        tables: Tables = {**grant, "participants": [{"id": "bank", "name": "Bank"}]}
        tables |= {"fx": fx} if fx else {}
        tables["offers"] = [{**grant["offers"][0], "currency": money}]
        tables["needs"] = [{**tables["offers"][0], "id": "n", "quantity": "1"}]
        del tables["needs"][0]["form"]
        made = market(tables, currency=money)
        assert made.offers.quantity.tolist() == [counted * 10**6]
        assert made.categories.unit.tolist() == ["GBP" if money == "GBP" else "EUR"]


def test_rules_carry_limits_in_their_measure_and_filters_as_lists() -> None:
    """A budget in EUR is book money rounded down; a limit in kg is tonnes."""
    tables = changed("rules", 0, unit="EUR", limit="0.000003")
    tables["rules"][1].update(unit="kg", limit="7", share_of_total=None, offer_role="farm;shop", lane=None)
    budget, cap = market(tables).rules
    assert (budget.limit, budget.filters, budget.sense) == (2, {}, "<=")
    assert cap.limit == 7_000
    assert cap.filters["offer_role"] == ("farm", "shop")
    assert "lane" not in cap.filters


def _same(a: Any, b: Any, where: str = "market") -> None:
    """Two markets hold the same, but for the rows of the files."""
    if is_dataclass(a):
        for entry in fields(a):
            if entry.name != "row":
                _same(getattr(a, entry.name), getattr(b, entry.name), f"{where}.{entry.name}")
    elif isinstance(a, np.ndarray):
        np.testing.assert_array_equal(a, b, err_msg=where)
    elif isinstance(a, tuple):
        assert len(a) == len(b), where
        for x, y in zip(a, b, strict=True):
            _same(x, y, where)
    else:
        assert a == b, where


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_rows_changes_neither_market_nor_canonical_form(seed: int) -> None:
    """Every table shuffled: the same market column by column, and the same canonical bytes."""
    tables = sample()
    tables["offers"] += [dict(tables["offers"][0], id=f"o{i}", limit_price=str(i)) for i in range(2, 40)]
    tables["lanes"] += [
        dict(tables["lanes"][0], id=None, from_place="york", to_place="hull", cost_per_t=str(i % 3))
        for i in range(6)
    ]
    draw = random.Random(seed)
    shuffled = {noun: draw.sample(rows, len(rows)) for noun, rows in tables.items()}
    first, second = (Book.from_tables(frames(each), **SETTINGS) for each in (tables, shuffled))
    assert first.canonical_json() == second.canonical_json()
    _same(normalise(first), normalise(second))


def test_kilograms_or_tonnes_make_the_same_market() -> None:
    """T6: kg -> t leaves the market identical."""
    kilos = changed("offers", 0, quantity="2500", unit="kg", limit_price="0.1", min_quantity="500")
    _same(market(sample()).offers, market(kilos).offers)


def test_canonical_form_is_the_book_and_nothing_else() -> None:
    """Sorted, compact, empty cells left out, decimals in their shortest form."""
    tables = changed("offers", 0, quantity="+02.500", unit="tonnes", from_="2026-01-01")
    assert check(tables).book.canonical_json() == check(sample()).book.canonical_json()
    text = check(sample()).book.canonical_json().decode()
    assert '"quantity":"2.5"' in text
    assert '"listed_at":"2026-01-02T03:04:05Z"' in text
    assert "null" not in text


def test_canonical_form_is_the_json_that_json_itself_writes() -> None:
    """Quotes, backslashes, line ends and any alphabet, against json.dumps with sorted keys."""
    odd = ['say "yes"', "back\\slash", "two\nlines\tand a tab", "Zürich 食堂 💡", "a,b;c", "'='"]
    tables = sample()
    tables["participants"] += [dict(tables["participants"][1], id=f"p{i}", name=n) for i, n in enumerate(odd)]
    book = check(tables).book
    whole = {"book": book.settings()} | {
        noun: [{k: v for k, v in row.items() if v is not None} for row in table.to_dicts()]
        for noun, table in book.text_tables().items()
    }
    expected = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert book.canonical_json().decode() == expected
    assert len(book.participants) == 3 + len(odd)
