"""Small books of every kind in a few words: two towns a lane apart, an owner for each listing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from fourflow.book import Book
from fourflow.pipeline import Clearing, clear

Row = dict[str, Any]
CATEGORIES = [
    {"id": "food", "name": "Food", "kind": "goods", "unit": "t"},
    {"id": "compost", "name": "Compost", "kind": "goods", "unit": "t"},
    {"id": "money", "name": "Money", "kind": "capital", "unit": "GBP"},
    {"id": "driver", "name": "Driver", "kind": "talent", "unit": "unit"},
    {"id": "hours", "name": "Analyst", "kind": "talent", "unit": "hour"},
    {"id": "tool", "name": "Tool", "kind": "technology", "unit": "licence"},
]
UNIT = {row["id"]: row["unit"] for row in CATEGORIES}
PLACES = [
    {"id": "leeds", "region": "North", "latitude": "53.8", "longitude": "-1.5"},
    {"id": "dover", "region": "South", "latitude": "51.1", "longitude": "1.3"},
]


def lane(mode: str, cost_per_t: Any, co2_kg_per_t: Any) -> Row:
    """From Leeds to Dover; its id is its mode."""
    return {"id": mode, "mode": mode, "from_place": "leeds", "to_place": "dover", "cost_per_t": cost_per_t,
            "co2_kg_per_t": co2_kg_per_t, "currency": "GBP"}  # fmt: skip


VAN = lane("van", 2, 50)


def listing(
    name: str, category: str, quantity: Any, price: Any = None, at: str = "leeds", **more: Any
) -> Row:
    return {"id": name, "participant": f"{name}-owner", "category": category, "quantity": quantity,
            "limit_price": price, "place": at, **more}  # fmt: skip


def line(name: str, project: str, category: str, quantity: Any, at: str = "leeds", **more: Any) -> Row:
    return listing(name, category, quantity, None, at, project=project, **more)


def project(name: str, value: Any, mode: str = "all_or_nothing", **more: Any) -> Row:
    return {"id": name, "participants": f"{name}-owner", "name": name, "value": value, "mode": mode,
            "currency": "GBP", **more}  # fmt: skip


def rule(name: str, measure: str, sense: str, limit: Any, **more: Any) -> Row:
    return {"id": name, "name": name, "measure": measure, "sense": sense, "limit": limit, **more}


def book(offers: Sequence[Row], needs: Sequence[Row], **tables: Sequence[Row]) -> Book:
    """offers, needs : `listing`s and `line`s; tables : projects, rules, requirements, attributes, lanes (else
    the van)."""
    listings = [{**row, "unit": UNIT[row["category"]], "currency": "GBP"} for row in (*offers, *needs)]
    people = {row["participant"] for row in listings}
    for row in (row for rows in tables.values() for row in rows):
        people |= {row[field] for field in ("sponsor", "participants") if row.get(field)}
    given = {
        "categories": CATEGORIES, "places": PLACES, "lanes": [VAN],
        "participants": [{"id": name, "name": name} for name in sorted(people)],
        "offers": listings[: len(offers)], "needs": listings[len(offers) :], **tables,
    }  # fmt: skip
    frames = {
        noun: pl.DataFrame([{k: None if v is None else str(v) for k, v in row.items()} for row in rows],
                           infer_schema_length=None)
        for noun, rows in given.items()
    }  # fmt: skip
    return Book.from_tables(frames, name="test", currency="GBP", as_of="2026-01-01", settlement="priced")


def cleared(offers: Sequence[Row], needs: Sequence[Row], **tables: Sequence[Row]) -> Clearing:
    return clear(book(offers, needs, **tables), gap=1e-9)
