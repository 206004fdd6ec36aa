"""Room `matching`: Market -> classes of interchangeable offers and the needs that may take them.

Knows no solver and makes no choice: it only says who may serve whom (category, windows, requirements
on both sides). Offers with the same answer are one class, however many they are.
"""

from fourflow.matching._match import Matching, match
from fourflow.matching._requirements import Side, meets, read_sides

__all__ = ["Matching", "Side", "match", "meets", "read_sides"]
