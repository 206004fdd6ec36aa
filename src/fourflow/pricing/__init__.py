"""Room `pricing`: price duals + Layout -> clearing prices with their bands, settlement ledger, losses.

Takes a Cleared market; gives Prices and a Ledger that sums to exactly 0, in whole millionths of money.
Never changes an allocation. The formulas stand in docs/prices.md.
"""

from fourflow.pricing._audit import Check, audit
from fourflow.pricing._band import Band, band, centre
from fourflow.pricing._ledger import ROLES, Ledger, settle
from fourflow.pricing._prices import NO_PRICE, Prices, price
from fourflow.pricing._stakes import Stakes, rejected_in_profit, stakes
from fourflow.pricing._standing import Standing, standings
from fourflow.pricing._terms import LossUnpaid

__all__ = [
    "NO_PRICE", "ROLES", "Band", "Check", "Ledger", "LossUnpaid", "Prices", "Stakes", "Standing", "audit",
    "band", "centre", "price", "rejected_in_profit", "settle", "stakes", "standings",
]  # fmt: skip
