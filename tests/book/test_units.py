"""Units convert exactly, and what is no unit gets a suggestion."""

from __future__ import annotations

from fractions import Fraction

import pytest

from fourflow.units import UNITS, conversion, find_unit, suggest_currency, suggest_unit


def between(source: str, target: str) -> Fraction:
    first, second = find_unit(source), find_unit(target)
    assert first is not None
    assert second is not None
    return conversion(first, second)


@pytest.mark.parametrize(
    ("source", "target", "times"),
    [
        ("t", "kg", "1000"),
        ("g", "kg", "1/1000"),
        ("lb", "kg", "45359237/100000000"),
        ("oz", "lb", "1/16"),
        ("stone", "lb", "14"),
        ("long_ton", "lb", "2240"),
        ("short_ton", "lb", "2000"),
        ("m3", "l", "1000"),
        ("ml", "l", "1/1000"),
        ("uk_pint", "uk_gallon", "1/8"),
        ("dozen", "piece", "12"),
        ("MWh", "kWh", "1000"),
        ("kWh", "MJ", "18/5"),
        ("week", "day", "7"),
        ("year", "month", "12"),
        ("mile", "yd", "1760"),
        ("acre", "ha", "40468564224/100000000000"),
    ],
)
def test_conversion_is_exact(source: str, target: str, times: str) -> None:
    """By definition of the units, as fractions."""
    assert between(source, target) == Fraction(times)
    assert between(target, source) == 1 / Fraction(times)


def test_every_symbol_and_alias_finds_its_own_unit() -> None:
    """No two units share a name."""
    for unit in UNITS:
        for name in (unit.symbol, *unit.aliases):
            assert find_unit(name) is unit
    assert len({unit.symbol for unit in UNITS}) == len(UNITS)


def test_a_box_is_not_so_many_pallets() -> None:
    """What is only counted converts into itself alone."""
    names = ("box", "pallet", "licence", "person_month", "person_hour", "item", "crate")
    dimensions = {unit.dimension for name in names if (unit := find_unit(name))}
    assert len(dimensions) == len(names)


@pytest.mark.parametrize("name", ["KG", "Kilograms", "kgs", "TONNES", "Litre", "mwh"])
def test_case_and_number_do_not_matter(name: str) -> None:
    """People write KG and kgs."""
    assert find_unit(name) is not None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("kgg", "kg"),
        ("killogram", "kg"),
        ("tonnnes", "t"),
        ("litrs", "l"),
        ("palets", "pallet"),
        ("ton", "t (1000 kg), long_ton or short_ton"),
        ("Mg", "t for tonnes or mg for milligrams"),
        ("ML", "ml for millilitres or m3 for thousands of litres"),
        ("qqqqq", ""),
    ],
)
def test_what_is_no_unit_gets_a_suggestion(text: str, meant: str) -> None:
    """The nearest name, or what an ambiguous word may mean; nothing if nothing is near."""
    assert find_unit(text) is None
    assert suggest_unit(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("£", "GBP"), ("gbp", "GBP"), ("euros", "EUR"), ("GBPP", "GBP"), ("@@@", ""),
        *((minor, "GBP, with the amounts divided by 100") for minor in ("GBX", "GBp", "pence", "p")),
        ("cents", "EUR or USD, with the amounts divided by 100"),
    ],
)  # fmt: skip
def test_what_is_no_currency_gets_a_suggestion(text: str, meant: str) -> None:
    """Signs, names and slips of case lead to the code."""
    assert suggest_currency(text) == meant
