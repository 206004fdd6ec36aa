"""The certificate: what was proved about one solution of one problem, in exact integers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from fourflow.problem import Status


@dataclass(frozen=True)
class Certificate:
    """objective and bound are exact, in money (sense undone); gaps follow from them.

    relative_gap = (bound - objective) / max(|bound|, |objective|), 0/0 = 0.
    max_violation : largest amount by which any row or column is missed; 0 for a book.
    covers : "all eligible pairs" or "candidates only".
    """

    objective: Fraction
    bound: Fraction
    relative_gap: Fraction
    absolute_gap: Fraction
    max_violation: Fraction
    status: Status
    covers: str = "all eligible pairs"
