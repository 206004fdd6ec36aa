"""Readers of OR-Library's capacitated warehouse location files, as goods markets with fixed costs."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from builders import market
from fourflow.book._market import Market

WORTH = 1000
"""More than any unit can cost, so that every customer is served."""


def read_warehouses(path: Path) -> tuple[Market, int]:
    """The market of one file, and the total demand in units."""
    words = iter(path.read_text().split())
    num_warehouses, num_customers = int(next(words)), int(next(words))
    warehouses = []
    for i in range(num_warehouses):
        capacity, fixed = next(words), next(words)
        quantity = 5000 if capacity == "capacity" else int(capacity)
        opening = fixed.rstrip(".") or "0"
        warehouses.append({"id": f"w{i}", "at": f"W{i}", "quantity": quantity, "fixed": opening})
    needs, lanes = [], []
    for j in range(num_customers):
        demand = int(next(words))
        needs.append({"id": f"c{j}", "at": f"C{j}", "quantity": demand, "price": WORTH})
        for i in range(num_warehouses):
            # The files give the cost of serving the whole demand; lanes want it per unit.
            unit = (Decimal(next(words)) / demand).quantize(Decimal("0.000001"), ROUND_HALF_UP)
            lanes.append({"start": f"W{i}", "end": f"C{j}", "cost": unit})
    return market(warehouses, needs, lanes), sum(int(need["quantity"]) for need in needs)
