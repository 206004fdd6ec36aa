"""Objective, bound, gap and status: just what follows from the problem, flows and duals."""

from __future__ import annotations

from fractions import Fraction
from operator import mul
from typing import Any

from verifier.bound import Bound
from verifier.files import Claims, Folder, need
from verifier.problem import Problem


def gap_of(low: Any, high: Any) -> Any:
    if isinstance(high, float):
        return high
    largest = max(abs(low), abs(high))
    return (high - low) / largest if largest else Fraction(0)


def check_claims(folder: Folder, p: Problem, claims: Claims) -> None:
    """Objective, bound, gap, violation and status are just what follows from the problem, flows and duals."""
    status, sign = claims.text("status"), -1 if claims.text("sense") == "min" else 1
    need(
        status in ("OPTIMAL_WITHIN_GAP", "GAP_NOT_REACHED", "INFEASIBLE"), f"nothing is proved: {status[:40]}"
    )
    feasible, unit, n = status != "INFEASIBLE", claims.number("unit", 0), p.num_arcs
    worth = sum(map(mul, p.value[:n], p.amount[:n])) * claims.number("arc_value", 0) + sum(
        map(mul, p.value[n:], p.amount[n:])
    ) * claims.number("bundle_value", 0)
    bound = Bound(folder, p, claims, feasible).total()
    rows, columns = p.violation(claims)
    offset = claims.number("objective_offset") if feasible else Fraction(0)
    value = worth * unit + offset if feasible else Fraction(0)
    bound = bound if isinstance(bound, float) else bound * unit + offset
    if feasible:
        need(columns == 0, "a flow or bundle is below 0, over its capacity or not whole")
        need(rows <= claims.number("row_tolerance", -1), "a node or coupling row is outside its limits")
        need(not isinstance(bound, float), "the duals prove no bound")
        reached = gap_of(value, bound) <= claims.number("gap")
        need(status == ("OPTIMAL_WITHIN_GAP" if reached else "GAP_NOT_REACHED"), f"{status} does not follow")
    need(feasible or bound < 0, "the duals do not prove that nothing is feasible")
    for key, follows in (
        ("max_violation", max(rows, columns)),
        ("objective", sign * value),
        ("bound", sign * bound),
        ("relative_gap", gap_of(value, bound)),
        ("absolute_gap", bound - value),
    ):
        claims.says(key, follows)
