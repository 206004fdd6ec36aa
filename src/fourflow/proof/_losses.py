"""The gap as money: who could have got how much more at the prices (DESIGN section 6).

With x, y the allocation and pi, mu the price duals,

    bound - objective = sum_n [max(l_n pi_n, u_n pi_n) - pi_n activity_n]     nodes
                      + sum_k [max(L_k mu_k, U_k mu_k) - mu_k activity_k]     coupling rows
                      + sum_a [cap_a max(0, r_a) - r_a x_a]                   arcs, r the reduced value
                      + sum_p [max(0, R_p) - R_p y_p]                         bundles

and every bracket is at least 0 for a feasible allocation: it is what that row or column could have got at
these prices, less what it got.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.errors import CertificateError
from fourflow.problem import ClearingProblem, Solution
from fourflow.proof._caps import inferred_caps
from fourflow.proof._certificate import Certificate
from fourflow.proof._exact import Ints, Number, common_unit, exact_duals, exact_problem, limits
from fourflow.proof._slow import (
    best,
    coupling_activity,
    node_activity,
    reduced_arc_values,
    reduced_bundle_values,
)

Loss = NDArray[np.object_]


@dataclass(frozen=True)
class Losses:
    """One loss per row and column, in integers of `unit` money. None is below 0 in a feasible allocation.

    node : [num_nodes], row : [num_coupling], arc : [num_arcs], bundle : [num_bundles] Python integers
    total : their sum in money, equal to bound - objective where the bound is that of the price duals.
    in_parts : the same without columns that must be whole, and rows that hold only such columns: what could
    be gained with whole decisions as they are.
    """

    unit: Fraction
    node: Loss
    row: Loss
    arc: Loss
    bundle: Loss
    total: Fraction
    in_parts: Fraction


def losses(problem: ClearingProblem, solution: Solution) -> Losses:
    """The loss of every row and column at the solution's price duals.

    Raises CertificateError where the price duals give no finite bound.
    """
    exact, flow = exact_problem(problem, solution.flow)
    duals = exact_duals(solution.price_duals)
    bundle = solution.bundle.tolist()
    parts: list[tuple[Fraction, list[int]]] = []
    unit, activity, factor = node_activity(exact, flow.tolist(), bundle)
    node_limits = limits(exact.node_lower), limits(exact.node_upper)
    parts.append((unit * duals.node_scale, _row_losses(*node_limits, factor, duals.node, activity)))
    unit, activity, factor = coupling_activity(exact, flow.tolist(), bundle)
    row_limits = limits(exact.row_lower), limits(exact.row_upper)
    parts.append((unit * duals.row_scale, _row_losses(*row_limits, factor, duals.row, activity)))
    unit, reduced = reduced_arc_values(exact, duals, with_value=True)
    caps = limits(inferred_caps(exact))
    parts.append((unit * exact.quantity_scale, _column_losses(caps, 1, reduced, flow.tolist())))
    unit, reduced = reduced_bundle_values(exact, duals, with_value=True)
    one = int(1 / exact.bundle_scale)
    parts.append((unit * exact.bundle_scale, _column_losses([1] * len(bundle), one, reduced, bundle)))
    found = _in_one_unit(parts)
    if not problem.has_whole:
        return found
    arcs = problem.step > 0 if problem.step is not None else np.zeros(problem.num_arcs, np.bool_)
    in_parts = np.zeros(problem.num_coupling, np.bool_)
    for matrix, is_whole in ((problem.coupling, arcs), (problem.bundle_coupling, problem.bundle_whole)):
        assert matrix is not None, "set with the problem"
        in_parts[matrix.row_of_entry()[~is_whole[matrix.index] & (matrix.coefficient != 0)]] = True
    rest = found.row[~in_parts].sum() + found.arc[arcs].sum() + found.bundle[problem.bundle_whole].sum()
    return replace(found, in_parts=found.total - rest * found.unit)


def room_for_rounding(certificate: Certificate) -> Fraction:
    """What `in_parts` may be where prices support an answer: the gap, and a millionth of everything."""
    largest = max(abs(Fraction(certificate.objective)), abs(Fraction(certificate.bound)))
    return Fraction(certificate.absolute_gap) + (largest + 1) / 10**6


def _row_losses(
    lower: list[Number], upper: list[Number], factor: int, price: Ints, activity: list[int]
) -> list[Number]:
    prices = price.tolist()
    top = best(lower, upper, prices)
    return [most * factor - p * got for most, p, got in zip(top, prices, activity, strict=True)]


def _column_losses(caps: list[Number], factor: int, reduced: list[int], got: list[int]) -> list[Number]:
    return [
        (cap * factor - x) * r if r > 0 else -r * x
        for cap, r, x in zip(caps, reduced, got, strict=True)
    ]  # fmt: skip


def _in_one_unit(parts: list[tuple[Fraction, list[Any]]]) -> Losses:
    if any(math.inf in numbers for _, numbers in parts):
        raise CertificateError("the price duals give no finite bound, so there is no table of losses.")
    unit, factors = common_unit(*(scale for scale, _ in parts))
    node, row, arc, bundle = (_array(numbers, k) for (_, numbers), k in zip(parts, factors, strict=True))
    total = unit * (sum(node) + sum(row) + sum(arc) + sum(bundle))
    return Losses(unit, node, row, arc, bundle, total, total)


def _array(numbers: list[int], factor: int) -> Loss:
    array = np.empty(len(numbers), dtype=object)
    array[:] = [number * factor for number in numbers]
    return array
