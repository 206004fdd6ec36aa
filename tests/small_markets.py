"""Random small markets of goods, with a switch for each feature."""

from __future__ import annotations

from random import Random

from builders import market
from fourflow.book import Market


def random_market(
    seed: int, *, classes: int = 3, switches: bool = True, trips: bool = True, lots: bool = True,
    budgets: bool = True, capacities: bool = True, whole_prices: bool = True, listings: int = 8,
) -> Market:  # fmt: skip
    """Offers, needs and lanes among two to five places. whole_prices False makes ties unlikely."""
    r = Random(seed)
    places = [f"p{i}" for i in range(r.randint(2, 5))]
    cats = {f"c{i}": {"tonnes": r.choice(["1", "0.5"])} for i in range(r.randint(1, classes))}
    for row in cats.values():
        if lots and r.random() < 0.2:
            row["lot"] = r.choice([1, 2])
    sponsored = budgets and r.random() < 0.5

    def money(low: int, high: int) -> str:
        return str(r.randint(low, high)) if whole_prices else f"{r.uniform(low, high):.6f}"

    def offer(i: int) -> dict:
        row = {"id": f"o{i}", "at": r.choice(places), "quantity": r.randint(1, 12), "price": money(0, 6),
                   "category": r.choice(list(cats)), "listed": r.randint(0, 3)}  # fmt: skip
        if switches and r.random() < 0.15:
            row["fixed"] = r.randint(1, 8)
        if switches and r.random() < 0.15:
            row["least"] = r.randint(1, 5)
        return row

    def need(i: int) -> dict:
        row = {"id": f"n{i}", "at": r.choice(places), "quantity": r.randint(1, 12), "price": money(1, 12),
                   "accepts": r.sample(list(cats), r.randint(1, len(cats))),
                   "listed": r.randint(0, 3)}  # fmt: skip
        if sponsored and r.random() < 0.6:
            row.update(sponsor="fund", value=row["price"], price=r.randint(0, 2))
        if switches and r.random() < 0.2:
            row["least"] = r.randint(1, row["quantity"])
        return row

    def lane(start: str, end: str) -> dict:
        row = {"start": start, "end": end, "cost": money(0, 4)}
        if capacities and r.random() < 0.4:
            row["capacity"] = r.randint(1, 10)
        if trips and r.random() < 0.15:
            row.update(trip_t=r.randint(1, 5), trip_cost=r.randint(1, 5))
        return row

    return market(
        offers=[offer(i) for i in range(r.randint(1, listings))],
        needs=[need(i) for i in range(r.randint(1, listings))],
        lanes=[lane(a, b) for a in places for b in places if a != b and r.random() < 0.6],
        categories=cats,
        budgets={"fund": r.randint(0, 60)} if sponsored else None,
    )
