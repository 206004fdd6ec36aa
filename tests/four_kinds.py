"""Books of every kind in a few words, for tests: rows of BOOK fields with the usual defaults filled in.

    four_kinds(
        offers=[dict(id="fund", category="loan", quantity=100, limit_price="0.05", form="loan")],
        needs=[dict(id="oven", category="loan", quantity=60, limit_price="0.10", term_months=24)],
    )

Categories: rice, soap (goods, in t), cook (talent, in days), software (technology, in licences), money
(capital). Each listing has its owner "ID-owner" unless `participant` says otherwise, and is at place A.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from fourflow.book import Book, Market, normalise

Row = dict[str, Any]
CATEGORIES: dict[str, Row] = {
    "rice": {"kind": "goods", "unit": "t"},
    "soap": {"kind": "goods", "unit": "t"},
    "cook": {"kind": "talent", "unit": "day"},
    "software": {"kind": "technology", "unit": "licence"},
    "money": {"kind": "capital", "unit": "GBP"},
}
NEED_LISTS = ("rice", "soap", "cook", "software", "money")


def four_kinds(**tables: Any) -> Market:
    """The market of `four_kinds_book`."""
    return normalise(four_kinds_book(**tables))


def four_kinds_book(
    offers: Sequence[Row] = (),
    needs: Sequence[Row] = (),
    projects: Sequence[Row] = (),
    rules: Sequence[Row] = (),
    lanes: Sequence[Row] = (),
    attributes: Sequence[Row] = (),
    requirements: Sequence[Row] = (),
    budgets: dict[str, Any] | None = None,
    regions: dict[str, str] | None = None,
    settlement: str = "priced",
    categories: dict[str, Row] | None = None,
) -> Book:
    """A Book; budgets : sponsor -> money; regions : place -> region (all "r" otherwise)."""
    kinds = CATEGORIES | (categories or {})
    listings = [_listing(row, kinds) for row in offers], [_listing(row, kinds) for row in needs]
    bundles = [_project(row) for row in projects]
    limits = [{"id": f"budget-{who}", "name": who, "measure": "bid_value", "sense": "<=", "limit": money,
               "unit": "GBP", "sponsor": who} for who, money in (budgets or {}).items()]  # fmt: skip
    limits += [{"name": row["id"], "sense": "<="} | row for row in rules]
    roads = [{"mode": "van", "cost_per_t": 0, "currency": "GBP", "co2_kg_per_t": 1,
              "id": row["from_place"] + "-" + row["to_place"]} | row for row in lanes]  # fmt: skip
    spots = {row["place"] for row in (*listings[0], *listings[1]) if row.get("place")}
    spots |= {row[end] for row in roads for end in ("from_place", "to_place")}
    people = {row["participant"] for side in listings for row in side} | set(budgets or {})
    people |= {name for row in bundles for name in row["participants"].split(";")}
    people |= {
        row[key] for row in (*roads, *limits) for key in ("carrier", "owner", "sponsor") if row.get(key)
    }
    tables = {
        "participants": [{"id": name, "name": name} for name in sorted(people)],
        "places": [{"id": name, "name": name, "region": (regions or {}).get(name, "r"), "latitude": 50 + i,
                    "longitude": i} for i, name in enumerate(sorted(spots))],
        "categories": [{"id": name, "name": name} | row for name, row in kinds.items()],
        "offers": listings[0], "needs": listings[1], "projects": bundles, "rules": limits, "lanes": roads,
        "attributes": list(attributes), "requirements": list(requirements),
    }  # fmt: skip
    frames = {noun: _frame(rows) for noun, rows in tables.items() if rows}
    return Book.from_tables(frames, name="test", currency="GBP", as_of="2026-01-01", settlement=settlement)


def _listing(row: Row, kinds: dict[str, Row]) -> Row:
    """With owner, unit, currency and (but for capital and technology) a place."""
    kind = kinds[row["category"].split(";")[0]]
    filled = {"participant": f"{row['id']}-owner", "unit": kind["unit"], "currency": "GBP"}
    if kind["kind"] in ("goods", "talent"):
        filled["place"] = "A"
    return filled | row


def _project(row: Row) -> Row:
    return {
        "participants": f"{row['id']}-owner",
        "name": row["id"],
        "currency": "GBP",
        "mode": "all_or_nothing",
    } | row


def _frame(rows: Sequence[Row]) -> pl.DataFrame:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pl.DataFrame(
        {name: [None if row.get(name) in (None, "") else str(row[name]) for row in rows] for name in names},
        dict.fromkeys(names, pl.String),
    )
