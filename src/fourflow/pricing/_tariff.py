"""What a unit of flow costs and pays on each arc, in whole numbers of one fine unit of money.

The price at a hub is -pi. In a sponsor's pools a budget dual mu_s makes every pound of the fund worth
1 + mu_s, so the price in money is -pi / (1 + mu_s), and rents likewise (docs/prices.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fourflow.formulation import VALUE, ArcKind, Layout, RowKind
from fourflow.problem import ClearingProblem, Duals

I64 = NDArray[np.int64]
Ints = NDArray[np.object_]


@dataclass(frozen=True)
class Tariff:
    """Exact prices per unit of flow before a sponsor's factor.

    unit : money per unit of flow that one integer stands for
    node_dual : int64[num_nodes], the price duals; -node_dual x per_node is the price at a node
    per_value, per_node : integers of `unit` in one quantum of an arc value, of a node dual
    rent : [num_arcs] Python integers: on lanes what scarce capacity and whole trips add, on need arcs what
    the switch of an offer with a fixed cost adds; nothing below 0
    factor : one Fraction per pool, 1 / (1 + mu_s)
    """

    unit: Fraction
    node_dual: I64
    per_value: int
    per_node: int
    rent: Ints
    factor: tuple[Fraction, ...]


def read_tariff(problem: ClearingProblem, layout: Layout, duals: Duals) -> Tariff:
    """The tariff that price duals stand for."""
    assert problem.scales.value == VALUE
    rent_unit = problem.scales.coefficient * duals.row_scale
    unit, per_value, per_node, per_rent = _common(problem.scales.value, duals.node_scale, rent_unit)
    kind = layout.row_kind
    charged = np.isin(kind, (RowKind.LANE_CAPACITY, RowKind.TRIPS, RowKind.LINK)) & (duals.row > 0)
    matrix = problem.coupling
    row = matrix.row_of_entry()
    carrying = layout.arc_kind[matrix.index] != ArcKind.TRIP
    entries = np.flatnonzero(charged[row] & carrying)
    rent = np.zeros(problem.num_arcs, object)
    amount = matrix.coefficient[entries].astype(object) * duals.row[row[entries]] * per_rent
    np.add.at(rent, matrix.index[entries], amount)
    return Tariff(
        unit, np.asarray(duals.node, np.int64), per_value, per_node, rent, _factors(problem, layout, duals)
    )


def _common(*scales: Fraction) -> tuple[Fraction, int, int, int]:
    """The largest unit of which each scale is a whole multiple, and the three multiples."""
    denominator = math.lcm(*(scale.denominator for scale in scales))
    unit = Fraction(math.gcd(*(int(scale * denominator) for scale in scales)), denominator)
    first, second, third = (int(scale / unit) for scale in scales)
    return unit, first, second, third


def _factors(problem: ClearingProblem, layout: Layout, duals: Duals) -> tuple[Fraction, ...]:
    """1 / (1 + mu_s) for each pool; 1 where no budget stands behind it."""
    # The row adds money per unit (coefficient) into money (limit), so its dual is a pure number.
    budget = {
        int(layout.row_ref[k]): 1 / (1 + max(0, int(duals.row[k])) * duals.row_scale)
        for k in np.flatnonzero(layout.row_kind == RowKind.BUDGET)
    }
    return tuple(budget.get(int(sponsor), Fraction(1)) for sponsor in layout.pool_sponsor)
