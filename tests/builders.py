"""Small markets in a few words, for tests of the rooms between book and report.

    market(
        offers=[dict(id="o1", at="Leeds", quantity=10, price=2)],
        needs=[dict(id="n1", at="York", quantity=4, price=5)],
        lanes=[dict(start="Leeds", end="York", cost=1, capacity=3)],
    )

Numbers are decimals or text ("0.25"), in units, money and tonnes; one unit of a category weighs one tonne
unless `categories={"rice": dict(tonnes="0.001", lot=5)}` says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from fourflow.book._market import (
    MICRO,
    OPEN_DAY,
    UNLIMITED,
    Attribute,
    Categories,
    Lanes,
    Market,
    Needs,
    Offers,
    Participants,
    Places,
    Projects,
    Ragged,
    Requirement,
    Rule,
)  # fmt: skip

Row = dict[str, Any]
AS_OF = 20_000


def micro(value: Any) -> int:
    """Millionths, exactly."""
    scaled = Decimal(str(value)) * MICRO
    assert scaled == int(scaled), f"{value} has more than six decimals"
    return int(scaled)


def ragged(lists: Sequence[Sequence[int]]) -> Ragged:
    indptr = np.concatenate([[0], np.cumsum([len(part) for part in lists])]).astype(np.int64)
    return Ragged(indptr, np.array([i for part in lists for i in part], np.int32))


def market(
    offers: Sequence[Row] = (),
    needs: Sequence[Row] = (),
    lanes: Sequence[Row] = (),
    categories: dict[str, Row] | None = None,
    budgets: dict[str, Any] | None = None,
    attributes: Sequence[tuple[str, str, str]] = (),
    requirements: Sequence[tuple[str, str, str, str]] = (),
    settlement: str = "priced",
    time_step_days: int = 0,
) -> Market:
    """A market of goods. offers: id, at, quantity, price, who, category, from_day, until_day, use_by_day,
    fixed, least, listed; needs: the same with value, sponsor and accepts (a list); lanes: start, end, cost,
    capacity, co2, days, carrier, trip_t, trip_cost; budgets: sponsor -> money. Days count from as_of."""
    categories = categories or {"goods": {}}
    for row in (*offers, *needs):
        for name in row.get("accepts", [row.get("category", next(iter(categories)))]):
            assert name in categories, f"unknown category {name}"
    budgets = budgets or {}
    people = sorted(
        {row.get("who", row["id"] + "-owner") for row in (*offers, *needs)}
        | {lane["carrier"] for lane in lanes if "carrier" in lane}
        | set(budgets)
    )
    places = sorted({row["at"] for row in (*offers, *needs) if row.get("at")}
                    | {lane[end] for lane in lanes for end in ("start", "end")})  # fmt: skip
    cats = list(categories)
    person = {name: i for i, name in enumerate(people)}
    spot = {name: i for i, name in enumerate(places)}
    return Market(
        name="test", currency="GBP", as_of_day=AS_OF, settlement=settlement, bids="sealed",
        time_step_days=time_step_days,
        participants=_participants(people),
        places=_places(places),
        lanes=_lanes(lanes, spot, person),
        categories=_categories(categories),
        offers=_offers(offers, cats, person, spot),
        needs=_needs(needs, cats, person, spot),
        projects=_no_projects(),
        attributes=tuple(_attribute(*row) for row in attributes),
        requirements=tuple(_requirement(*row) for row in requirements),
        rules=tuple(
            Rule(f"budget-{name}", "", "bid_value", "<=", micro(limit), False, {}, -1, person[name], i + 2)
            for i, (name, limit) in enumerate(budgets.items())
        ),
    )  # fmt: skip


def _participants(names: list[str]) -> Participants:
    count, empty = len(names), np.full(len(names), "", object)
    return Participants(
        np.array(names, object), np.array(names, object), empty, empty,
        np.full(count, -1, np.int32), np.full(count, AS_OF, np.int32),
    )  # fmt: skip


def _places(names: list[str]) -> Places:
    count = len(names)
    ids = np.array(names, object)
    return Places(ids, ids, np.full(count, "", object), 50 + np.arange(count) / 10, np.zeros(count))


def _categories(categories: dict[str, Row]) -> Categories:
    names = list(categories)
    return Categories(
        id=np.array(names, object), name=np.array(names, object),
        parent=np.full(len(names), -1, np.int32), kind=np.zeros(len(names), np.int32),
        unit=np.full(len(names), "t", object),
        tonnes_per_unit=_micros(categories.values(), "tonnes", 1),
        lot=_micros(categories.values(), "lot", 0),
        whole=np.array([bool(row.get("whole")) for row in categories.values()], np.bool_),
        descendants=ragged([[i] for i in range(len(names))]),
    )  # fmt: skip


def _micros(rows: Any, key: str, default: Any) -> Any:
    return np.array([micro(row.get(key, default)) for row in rows], np.int64)


def _days(rows: Sequence[Row], key: str, default: int) -> Any:
    return np.array([AS_OF + row[key] if key in row else default for row in rows], np.int32)


def _offers(rows: Sequence[Row], cats: list[str], person: dict[str, int], spot: dict[str, int]) -> Offers:
    count = len(rows)
    return Offers(
        id=np.array([row["id"] for row in rows], object),
        participant=np.array([person[row.get("who", row["id"] + "-owner")] for row in rows], np.int32),
        category=np.array([cats.index(row.get("category", cats[0])) for row in rows], np.int32),
        place=np.array([spot.get(row.get("at", ""), -1) for row in rows], np.int32),
        quantity=_micros(rows, "quantity", 1), limit_price=_micros(rows, "price", 0),
        from_day=_days(rows, "from_day", AS_OF), until_day=_days(rows, "until_day", OPEN_DAY),
        use_by_day=_days(rows, "use_by_day", OPEN_DAY),
        listed_at=np.array([row.get("listed", 0) for row in rows], np.int64),
        fixed_cost=_micros(rows, "fixed", 0), min_quantity=_micros(rows, "least", 0),
        whole=np.zeros(count, np.bool_), form=np.full(count, "", object),
        term_months=np.zeros(count, np.int32), remote=np.zeros(count, np.bool_),
        move_cost=np.full(count, UNLIMITED), project=np.full(count, -1, np.int32),
        row=np.arange(2, count + 2, dtype=np.int32),
    )  # fmt: skip


def _needs(rows: Sequence[Row], cats: list[str], person: dict[str, int], spot: dict[str, int]) -> Needs:
    count = len(rows)
    accepted = [sorted(cats.index(c) for c in r.get("accepts", [r.get("category", cats[0])])) for r in rows]
    prices = [row.get("price", row.get("value", 0)) for row in rows]
    return Needs(
        id=np.array([row["id"] for row in rows], object),
        participant=np.array([person[row.get("who", row["id"] + "-owner")] for row in rows], np.int32),
        categories=ragged(accepted),
        place=np.array([spot.get(row.get("at", ""), -1) for row in rows], np.int32),
        quantity=_micros(rows, "quantity", 1),
        limit_price=np.array([micro(price) for price in prices], np.int64),
        value=np.array([micro(r.get("value", p)) for r, p in zip(rows, prices, strict=True)], np.int64),
        sponsor=np.array([person[row["sponsor"]] if "sponsor" in row else -1 for row in rows], np.int32),
        from_day=_days(rows, "from_day", AS_OF), until_day=_days(rows, "until_day", OPEN_DAY),
        listed_at=np.array([row.get("listed", 0) for row in rows], np.int64),
        min_quantity=_micros(rows, "least", 0), project=np.full(count, -1, np.int32),
        term_months=np.zeros(count, np.int32), row=np.arange(2, count + 2, dtype=np.int32),
    )  # fmt: skip


def _lanes(rows: Sequence[Row], spot: dict[str, int], person: dict[str, int]) -> Lanes:
    return Lanes(
        id=np.array([row.get("id", f"{row['start']}>{row['end']}") for row in rows], object),
        from_place=np.array([spot[row["start"]] for row in rows], np.int32),
        to_place=np.array([spot[row["end"]] for row in rows], np.int32),
        mode=np.full(len(rows), "van", object),
        distance_km=np.array([float(row.get("km", 10)) for row in rows]),
        cost_per_t=_micros(rows, "cost", 0),
        capacity_t=np.array(
            [micro(row["capacity"]) if "capacity" in row else UNLIMITED for row in rows], np.int64
        ),
        co2_kg_per_t=_micros(rows, "co2", 1),
        days=np.array([row.get("days", 0) for row in rows], np.int32),
        carrier=np.array([person[row["carrier"]] if "carrier" in row else -1 for row in rows], np.int32),
        carries=ragged([[] for _ in rows]),
        trip_t=_micros(rows, "trip_t", 0), cost_per_trip=_micros(rows, "trip_cost", 0),
    )  # fmt: skip


def _no_projects() -> Projects:
    none, money = np.zeros(0, object), np.zeros(0, np.int64)
    index, flag = np.zeros(0, np.int32), np.zeros(0, np.bool_)
    return Projects(
        none, none, none, ragged([]), money, money, money, index, flag, index, index, index, money, index
    )


def _attribute(owner: str, name: str, value: str) -> Attribute:
    return Attribute(owner, name, value, _number(value), "")


def _requirement(listing: str, attribute: str, comparison: str, value: str) -> Requirement:
    return Requirement(listing, attribute, comparison, tuple(value.split(";")), _number(value), "", 2)


def _number(text: str) -> int | None:
    try:
        return micro(text)
    except ArithmeticError:
        return None
