"""Derived rows at the root: put in what cuts off the fractional point, solve again, keep what holds."""

from __future__ import annotations

from fourflow.engines._highs import now
from fourflow.engines._knapsacks import cut_off, knapsacks
from fourflow.engines._linear import Linear, Relaxation
from fourflow.problem import DerivedRow

MOST_ROUNDS = 60
STALLED = 1e-3
"""A round that closes less than this share of what the first rounds closed is one too few."""
PATIENCE = 6


def derive(linear: Linear, target: float, deadline: float) -> Relaxation:
    """Strengthen a program round by round until the bound reaches `target`, stalls, or the time is up.

    Returns the answer of the last round; `linear.derived` are the rows that hold it.
    """
    sacks = knapsacks(linear.given, linear.root)
    relaxed = linear.within(*linear.root_limits(), deadline - now())
    seen: set[bytes] = set()
    first, idle = relaxed.bound, 0
    for _ in range(MOST_ROUNDS):
        if relaxed.flow is None or relaxed.y is None or relaxed.bound <= target or now() > deadline:
            break
        found = cut_off(sacks, linear.in_steps(relaxed.flow, relaxed.y), deadline)
        new = [row for row in found if not _known(row, seen)]
        stronger = linear.strengthen(new, deadline - now()) if new else relaxed
        if not new or stronger.status != "optimal":
            break
        idle = idle + 1 if relaxed.bound - stronger.bound <= STALLED * (first - stronger.bound) else 0
        relaxed = stronger
        if idle >= PATIENCE:
            break
    return linear.drop_slack(relaxed, deadline - now()) if linear.derived else relaxed


def _known(row: DerivedRow, seen: set[bytes]) -> bool:
    key = row.column.tobytes() + row.coefficient.tobytes() + row.limit.to_bytes(8, "little", signed=True)
    known = key in seen
    seen.add(key)
    return known
