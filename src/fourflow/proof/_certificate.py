"""The certificate: what was proved about one solution of one problem, in exact integers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from fourflow.problem import Status

DEFAULT_GAP = Fraction(1, 10**4)
CENT = Fraction(1, 100)
"""What counts as nothing in money: lines of projects are met to a quantum, which leaves such traces."""


@dataclass(frozen=True)
class Certificate:
    """objective and bound are exact, in money (sense undone); gaps follow from them.

    bound : math.inf where the duals prove nothing (-math.inf if every leaf of a tree is empty).
    relative_gap = (bound - objective) / max(|bound|, |objective|), 0/0 = 0; math.inf with the bound.
    max_violation : largest amount by which any row or column is missed; 0 for a book.
    covers : "all eligible pairs" or "candidates only".
    gap : the gap asked; OPTIMAL_WITHIN_GAP says that relative_gap is at most this.
    """

    objective: Fraction
    bound: Fraction | float
    relative_gap: Fraction | float
    absolute_gap: Fraction | float
    max_violation: Fraction
    status: Status
    covers: str = "all eligible pairs"
    gap: Fraction = DEFAULT_GAP

    @property
    def is_settled(self) -> bool:
        """Whether nothing that counts is open: no gap, or an objective of 0 and less than a cent above it.

        Where nothing is worth doing any trace of rounding in the duals is a relative gap of 1.
        """
        return self.absolute_gap == 0 or (self.objective == 0 and self.absolute_gap < CENT)

    def __str__(self) -> str:
        gap = "no bound" if math.isinf(self.bound) else f"certified gap {float(self.relative_gap):.2g}"
        return f"{self.status}: objective {float(self.objective):,.6g}, {gap}"
