"""A small book with every noun in it, as text cells, and helpers that check a changed copy of it."""

from __future__ import annotations

import copy
from typing import Any

import polars as pl

from fourflow.book import Admission, check_tables

Row = dict[str, str | None]
Tables = dict[str, list[Row]]

SETTINGS = {"name": "Sample", "currency": "GBP", "as_of": "2026-01-31", "settlement": "priced"}

SAMPLE: Tables = {
    "fx": [{"currency": "EUR", "rate": "0.85", "source": "a bank", "date": "2026-01-30"}],
    "participants": [
        {
            "id": "farm",
            "name": "Farm",
            "role": "farm",
            "region": "North",
            "place": "leeds",
            "joined": "2020-01-01",
        },
        {"id": "bank", "name": "Food bank", "role": "bank", "region": None, "place": "york", "joined": None},
        {"id": "fund", "name": "Fund", "role": "fund", "region": None, "place": None, "joined": None},
    ],
    "places": [
        {"id": "leeds", "name": "Leeds", "region": "Yorkshire", "latitude": "53.8", "longitude": "-1.55"},
        {"id": "york", "name": "York", "region": "Yorkshire", "latitude": "53.96", "longitude": "-1.08"},
        {"id": "hull", "name": "Hull", "region": "Humber", "latitude": "53.74", "longitude": "-0.33"},
    ],
    "lanes": [
        {
            "id": "l1",
            "from_place": "leeds",
            "to_place": "york",
            "mode": "van",
            "distance_km": "40",
            "cost_per_t": "12.5",
            "currency": "GBP",
            "capacity_t": "30",
            "co2_kg_per_t": "6",
            "days": "1",
            "carrier": "farm",
            "carries": "food",
        }
    ],
    "modes": [
        {
            "id": "van",
            "cost_per_t_km": "0.5",
            "currency": "GBP",
            "co2_kg_per_t_km": "0.2",
            "km_per_day": "400",
            "detour": "1.3",
            "max_km": "60",
            "capacity_t": "10",
            "trip_t": "1",
            "cost_per_trip": "20",
        }
    ],
    "categories": [
        {
            "id": "food",
            "parent": None,
            "name": "Food",
            "kind": "goods",
            "unit": "kg",
            "tonnes_per_unit": "0.001",
            "lot": None,
            "whole": "false",
        },
        {
            "id": "potato",
            "parent": "food",
            "name": "Potatoes",
            "kind": "goods",
            "unit": "t",
            "tonnes_per_unit": "1",
            "lot": None,
            "whole": None,
        },
        {
            "id": "milk",
            "parent": None,
            "name": "Milk",
            "kind": "goods",
            "unit": "l",
            "tonnes_per_unit": "0.00103",
            "lot": "10",
            "whole": None,
        },
        {
            "id": "money",
            "parent": None,
            "name": "Money",
            "kind": "capital",
            "unit": "GBP",
            "tonnes_per_unit": None,
            "lot": None,
            "whole": None,
        },
        {
            "id": "skill",
            "parent": None,
            "name": "Skill",
            "kind": "talent",
            "unit": "person_month",
            "tonnes_per_unit": None,
            "lot": None,
            "whole": "true",
        },
        {
            "id": "patent",
            "parent": None,
            "name": "Patent",
            "kind": "technology",
            "unit": "licence",
            "tonnes_per_unit": None,
            "lot": None,
            "whole": None,
        },
    ],
    "offers": [
        {
            "id": "o1",
            "participant": "farm",
            "category": "potato",
            "quantity": "2.5",
            "unit": "t",
            "limit_price": "100",
            "currency": "GBP",
            "place": "leeds",
            "from": "2026-01-01",
            "until": "2026-03-01",
            "listed_at": "2026-01-02T03:04:05Z",
            "fixed_cost": "1",
            "min_quantity": "0.5",
            "whole": "false",
            "use_by": "2026-02-20",
            "form": None,
            "term_months": None,
            "remote": None,
            "move_cost": None,
        }
    ],
    "needs": [
        {
            "id": "n1",
            "participant": "bank",
            "category": "potato;food",
            "quantity": "800",
            "unit": "kg",
            "limit_price": "0.1",
            "value": "0.5",
            "sponsor": "fund",
            "currency": "GBP",
            "place": "york",
            "from": "2026-01-01",
            "until": "2026-03-01",
            "listed_at": "2026-01-03",
            "min_quantity": "1",
            "project": None,
            "term_months": None,
        },
        {
            "id": "n2",
            "participant": "bank",
            "category": "milk",
            "quantity": "100",
            "unit": "l",
            "limit_price": None,
            "value": None,
            "sponsor": None,
            "currency": None,
            "place": None,
            "from": None,
            "until": None,
            "listed_at": None,
            "min_quantity": None,
            "project": "kitchen",
            "term_months": None,
        },
    ],
    "projects": [
        {
            "id": "kitchen",
            "participants": "bank;farm",
            "name": "Kitchen",
            "purpose": "Soup",
            "value": "1000",
            "limit_price": "900",
            "own_money": "50",
            "sponsor": "fund",
            "currency": "GBP",
            "mode": "all_or_nothing",
            "place": "york",
            "from": "2026-01-01",
            "until": "2026-06-01",
            "listed_at": "2026-01-03",
        }
    ],
    "attributes": [{"owner": "o1", "name": "cold", "value": "5", "unit": "kg"}],
    "requirements": [{"listing": "n1", "attribute": "cold", "comparison": "<=", "value": "7", "unit": "kg"}],
    "rules": [
        {
            "id": "budget",
            "name": "Fund",
            "measure": "bid_value",
            "sense": "<=",
            "limit": "500",
            "unit": "GBP",
            "share_of_total": None,
            "sponsor": "fund",
        },
        {
            "id": "cap",
            "name": "Cap",
            "measure": "tonnes",
            "sense": "<=",
            "limit": "0.5",
            "unit": None,
            "share_of_total": "true",
            "offer_participant": "farm",
            "offer_role": "farm",
            "offer_region": "North",
            "offer_place": "leeds",
            "need_participant": "bank",
            "need_role": "bank",
            "need_region": "Yorkshire",
            "need_place": "york",
            "category": "food",
            "kind": "goods",
            "lane": "l1",
            "mode": "van",
            "project": "kitchen",
            "owner": "farm",
        },
    ],
}


def sample() -> Tables:
    """A copy to change."""
    return copy.deepcopy(SAMPLE)


def frames(tables: Tables) -> dict[str, pl.DataFrame]:
    """The tables as frames of text; a column is there if any row names it."""
    made = {}
    for noun, rows in tables.items():
        columns = list(dict.fromkeys(name for row in rows for name in row))
        made[noun] = pl.DataFrame(
            {name: [row.get(name) for row in rows] for name in columns},
            schema=dict.fromkeys(columns, pl.String),
        )
    return made


def check(tables: Tables, **settings: Any) -> Admission:
    """Check tables of text cells under the sample's settings."""
    return check_tables(frames(tables), **{**SETTINGS, **settings})


def changed(noun: str, row: int = 0, **cells: str | None) -> Tables:
    """The sample with some cells of one row changed; `from_` stands for `from`."""
    tables = sample()
    tables[noun][row].update({name.rstrip("_"): cell for name, cell in cells.items()})
    return tables


def codes(admission: Admission) -> set[str]:
    """The codes of everything refused."""
    return {finding.code for finding in admission.findings if finding.severity == "refused"}


def warnings(admission: Admission) -> set[str]:
    """The codes of every warning."""
    return {finding.code for finding in admission.findings if finding.severity == "warning"}


def notes(admission: Admission) -> set[str]:
    """The codes of every note."""
    return {finding.code for finding in admission.findings if finding.severity == "note"}
