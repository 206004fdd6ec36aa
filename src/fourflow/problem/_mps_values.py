"""column_values: what a solution means for the columns of the MPS file that the problem came from."""

from __future__ import annotations

from fractions import Fraction

from fourflow.problem._problem import ClearingProblem
from fourflow.problem._solution import Solution


def column_values(problem: ClearingProblem, solution: Solution) -> dict[str, Fraction]:
    """Column -> its exact value, in the order of the file: shifts, mirrors and splits undone.

    problem : from `from_mps`; solution : of this problem.
    """
    origin, quantum = problem.origin, problem.scales.quantity
    assert origin is not None, "only an imported problem has columns of a file"
    flow = [int(x) for x in solution.flow]
    values = {}
    for j, name in enumerate(origin.column_names):
        amount = int(origin.column_sign[j]) * flow[origin.column_arc[j]]
        if origin.column_minus[j] >= 0:
            amount -= flow[origin.column_minus[j]]
        values[name] = origin.column_shift[j] + amount * quantum
    return values
