"""Room `matching`: Market -> classes of interchangeable offers and the needs that may take them.

Knows no solver and makes no choice: it only says who may serve whom (category, windows, requirements
on both sides, form and term of capital, where talent works), and whom a rule means. Offers with the same
answer are one class, however many they are.
"""

from fourflow.matching._alone import has_one_taker, is_switched, is_unbacked, moves_at_once
from fourflow.matching._match import Matching, match
from fourflow.matching._requirements import Side, meets, read_sides
from fourflow.matching._rules import Measure, is_budget, measure, measures
from fourflow.matching._self_suppliers import self_suppliers

__all__ = [
    "Matching", "Measure", "Side", "has_one_taker", "is_budget", "is_switched", "is_unbacked", "match",
    "measure", "measures", "meets", "moves_at_once", "read_sides", "self_suppliers",
]  # fmt: skip
