"""The small markets of `builders` as tables of a book, in other units and orders than they end up in."""

from __future__ import annotations

import datetime
import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from builders import AS_OF
from fourflow.book import Book

Row = dict[str, Any]
DAY_ONE = datetime.date(1970, 1, 1) + datetime.timedelta(AS_OF)


def book(said: dict[str, Any], seed: int = 0) -> Book:
    """The book of one `random_spec`; `seed` draws units and the order of rows."""
    draw = random.Random(seed)
    tables = _tables(said, draw)
    for rows in tables.values():
        draw.shuffle(rows)
    frames = {noun: _frame(rows) for noun, rows in tables.items() if rows}
    settings: dict[str, Any] = {
        "name": "test",
        "currency": "GBP",
        "as_of": DAY_ONE.isoformat(),
        "settlement": said["settlement"],
    }
    if said["time_step_days"]:
        settings["time_step_days"] = said["time_step_days"]
    return Book.from_tables(frames, **settings)


def _frame(rows: Sequence[Row]) -> pl.DataFrame:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pl.DataFrame(
        {name: [_text(row.get(name)) for row in rows] for name in names}, dict.fromkeys(names, pl.String)
    )


def _text(value: Any) -> str | None:
    return None if value in (None, "") else format(value, "f") if isinstance(value, Decimal) else str(value)


def _tables(said: dict[str, Any], draw: random.Random) -> dict[str, list[Row]]:
    offers, needs, lanes = said["offers"], said["needs"], said["lanes"]
    people = {row["who"] for row in (*offers, *needs)} | {
        lane["carrier"] for lane in lanes if "carrier" in lane
    }
    places = {row["at"] for row in (*offers, *needs) if row["at"]} | {
        lane[e] for lane in lanes for e in ("start", "end")
    }
    return {
        "participants": [{"id": name, "name": name} for name in sorted(people | set(said["budgets"]))],
        "places": [
            {"id": name, "name": name, "region": "r", "latitude": 50 + i, "longitude": i}
            for i, name in enumerate(sorted(places))
        ],
        "categories": [_category(name, row) for name, row in said["categories"].items()],
        "lanes": [_lane(lane) for lane in lanes],
        "offers": [_offer(row, said, draw) for row in offers],
        "needs": [_need(row, said, draw) for row in needs],
        "attributes": [{"owner": o, "name": n, "value": v} for o, n, v in said["attributes"]],
        "requirements": [
            {"listing": listing, "attribute": a, "comparison": c, "value": v}
            for listing, a, c, v in said["requirements"]
        ],
        "rules": [
            {
                "id": f"budget-{who}",
                "name": who,
                "measure": "bid_value",
                "sense": "<=",
                "limit": money,
                "unit": "GBP",
                "sponsor": who,
            }
            for who, money in said["budgets"].items()
        ],
    }


def _day(row: Row, name: str) -> str | None:
    return (DAY_ONE + datetime.timedelta(row[name])).isoformat() if name in row else None


def _category(name: str, row: Row) -> Row:
    """Counted in tonnes, or in boxes that weigh something else."""
    tonnes = str(row.get("tonnes", 1))
    unit = {"unit": "t"} if tonnes == "1" else {"unit": "box", "tonnes_per_unit": tonnes}
    return {"id": name, "name": name, "kind": "goods", "lot": row.get("lot"), **unit}


def _listing(row: Row, said: dict[str, Any], draw: random.Random) -> tuple[Row, Decimal]:
    """Fields that offers and needs share, in boxes, tonnes or kilograms; and units a tonne or box."""
    names = row.get("accepts", [row.get("category")])
    boxes = _category("", said["categories"][names[0]])["unit"] == "box"
    per_tonne = Decimal(1 if boxes else draw.choice([1, 1000]))
    moment = datetime.datetime.combine(DAY_ONE, datetime.time()) + datetime.timedelta(
        microseconds=row["listed"]
    )
    return {
        "id": row["id"],
        "participant": row["who"],
        "quantity": row["quantity"] * per_tonne,
        "unit": "box" if boxes else "t" if per_tonne == 1 else "kg",
        "limit_price": Decimal(str(row["price"])) / per_tonne,
        "currency": "GBP",
        "place": row["at"],
        "from": _day(row, "from_day"),
        "until": _day(row, "until_day"),
        "listed_at": moment.isoformat(timespec="microseconds") + "Z",
        "min_quantity": row["least"] * per_tonne if "least" in row else None,
    }, per_tonne


def _offer(row: Row, said: dict[str, Any], draw: random.Random) -> Row:
    shared, _ = _listing(row, said, draw)
    return {
        **shared,
        "category": row["category"],
        "fixed_cost": row.get("fixed"),
        "use_by": _day(row, "use_by_day"),
    }


def _need(row: Row, said: dict[str, Any], draw: random.Random) -> Row:
    shared, per_tonne = _listing(row, said, draw)
    category = ";".join(row.get("accepts", [row.get("category")]))
    value = Decimal(str(row["value"])) / per_tonne if "value" in row else None
    return {**shared, "category": category, "value": value, "sponsor": row.get("sponsor")}


def _lane(lane: Row) -> Row:
    return {
        "id": f"{lane['start']}-{lane['end']}",
        "from_place": lane["start"],
        "to_place": lane["end"],
        "mode": "van",
        "cost_per_t": lane["cost"],
        "currency": "GBP",
        "capacity_t": lane.get("capacity"),
        "co2_kg_per_t": 1,
        "days": lane.get("days"),
        "carrier": lane.get("carrier"),
    }
