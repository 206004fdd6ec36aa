"""What a unit of flow costs and pays on each arc, in whole numbers of one fine unit of money.

The price at a hub is -pi. Where a budget pays for a pool, a dual mu makes every pound of it worth 1 + mu, so
the price in money is -pi / (1 + mu), and rents likewise: of a sponsor's budget, or of what a project has of
its own money and the capital it gets (docs/prices.md).
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fourflow.book import TECHNOLOGY, Market
from fourflow.formulation import VALUE, ArcKind, BundleKind, Layout, RowKind
from fourflow.problem import INF, ClearingProblem, Duals

I64 = NDArray[np.int64]
Ints = NDArray[np.object_]
_COUNTED = {
    BundleKind.AWARDED_OFFER: "offers", BundleKind.AWARDED_NEED: "needs",
    BundleKind.AWARDED_PROJECT: "projects",
}  # fmt: skip
_SCARCE = RowKind.LANE_CAPACITY, RowKind.TRIPS, RowKind.OWN_TRIPS, RowKind.LINK
_MONEY = RowKind.BUDGET, RowKind.FUNDING, RowKind.UNAIDED


@dataclass(frozen=True)
class Charges:
    """What rules add to what a unit costs on an arc (below 0: take off it), and to a whole bundle.

    arc, rule : int64[n], amount : Python integers [n] per unit of flow; bundle, bundle_rule, bundle_amount :
    the same for the bundles of projects, amount per quantum of their size.
    """

    arc: I64
    rule: I64
    amount: Ints
    bundle: I64
    bundle_rule: I64
    bundle_amount: Ints

    def of_projects(self, layout: Layout, size: I64) -> tuple[I64, I64, Ints]:
        """Project, rule and what this takes from that, given the size of every bundle."""
        quanta = size[self.bundle].astype(object)
        used = np.flatnonzero(quanta > 0)
        project = layout.bundle_ref[self.bundle[used]].astype(np.int64)
        return project, self.bundle_rule[used], self.bundle_amount[used] * quanta[used]


@dataclass(frozen=True)
class Tariff:
    """Exact prices per unit of flow before the factor of whoever pays.

    unit : money per unit of flow that one integer stands for
    node_dual : int64[num_nodes], the price duals; -node_dual x per_node is the price at a node
    per_value, per_node : integers of `unit` in one quantum of an arc value, of a node dual
    rent : [num_arcs] Python integers: on lanes what scarce capacity and whole trips add, on need arcs what
    the switches of the offer behind them add; nothing below 0
    charges : what rules add; charge : [num_arcs] their sum on each arc
    factor : one Fraction per pool, 1 / (1 + mu) of the rows that count its money
    """

    unit: Fraction
    node_dual: I64
    per_value: int
    per_node: int
    rent: Ints
    charges: Charges
    charge: Ints
    factor: tuple[Fraction, ...]

    def need_rent(self, arcs: I64) -> Ints:
        """What a need pays for a unit beyond the price at its hub."""
        return np.asarray(self.rent[arcs] + self.charge[arcs], object)


def read_tariff(market: Market, problem: ClearingProblem, layout: Layout, duals: Duals) -> Tariff:
    """The tariff that price duals stand for."""
    assert problem.scales.value == VALUE
    rent_unit = problem.scales.coefficient * duals.row_scale
    unit, per_value, per_node, per_rent = _common(problem.scales.value, duals.node_scale, rent_unit)
    charges = _charges(market, problem, layout, duals, per_rent)
    charge = np.zeros(problem.num_arcs, object)
    np.add.at(charge, charges.arc, charges.amount)
    rent = _rents(market, problem, layout, duals, per_rent)
    factor = _factors(layout, duals)
    return Tariff(unit, np.asarray(duals.node, np.int64), per_value, per_node, rent, charges, charge, factor)


def _common(*scales: Fraction) -> tuple[Fraction, int, int, int]:
    """The largest unit of which each scale is a whole multiple, and the three multiples."""
    denominator = math.lcm(*(scale.denominator for scale in scales))
    unit = Fraction(math.gcd(*(int(scale * denominator) for scale in scales)), denominator)
    first, second, third = (int(scale / unit) for scale in scales)
    return unit, first, second, third


def _rents(market: Market, problem: ClearingProblem, layout: Layout, duals: Duals, per_rent: int) -> Ints:
    """What a lane earns by being scarce, and an offer with a switch beyond the price at its hub.

    A fixed cost of technology is left out: its licensees share it by what each gains (see `_shared`).
    """
    matrix, kind = problem.coupling, layout.row_kind
    row = matrix.row_of_entry()
    charged = np.isin(kind, _SCARCE) & (duals.row > 0)
    loop = np.isin(layout.arc_kind[matrix.index], (ArcKind.TRIP, ArcKind.ROOM))
    entries = np.flatnonzero(charged[row] & ~loop)
    category = layout.pool_category[layout.arc_pool[matrix.index[entries]]]
    licence = (kind[row[entries]] == RowKind.LINK) & (market.categories.kind[category] == TECHNOLOGY)
    entries = entries[~licence]
    rent = np.zeros(problem.num_arcs, object)
    amount = matrix.coefficient[entries].astype(object) * duals.row[row[entries]] * per_rent
    np.add.at(rent, matrix.index[entries], amount)
    return rent


def _charges(
    market: Market, problem: ClearingProblem, layout: Layout, duals: Duals, per_rent: int
) -> Charges:
    """The entries of RULE rows with a price, and of the COUNT rows through which rules see awards; those of
    floors even without a price, so that it is known whom they concern."""
    rule = _rule_of_row(market, layout)
    priced = (duals.row != 0) | (np.asarray(problem.coupling_lower, np.int64) > -INF)
    priced &= np.isin(layout.row_kind, (RowKind.RULE, RowKind.COUNT))
    found = []
    assert problem.bundle_coupling is not None
    for matrix in (problem.coupling, problem.bundle_coupling):
        row = matrix.row_of_entry()
        entries = np.flatnonzero(priced[row])
        column = matrix.index[entries].astype(np.int64)
        amount = matrix.coefficient[entries].astype(object) * duals.row[row[entries]] * per_rent
        found.append((column, rule[row[entries]], amount))
    column, of_rule, amount = found.pop()
    project = layout.bundle_kind[column] == BundleKind.PROJECT
    return Charges(*found[0], column[project], of_rule[project], amount[project])


def _rule_of_row(market: Market, layout: Layout) -> I64:
    """The rule behind each RULE and COUNT row; -1 for all others."""
    rule = np.where(layout.row_kind == RowKind.RULE, layout.row_ref, -1).astype(np.int64)
    for row in np.flatnonzero(layout.row_kind == RowKind.COUNT).tolist():
        bundle = int(layout.row_ref[row])
        noun = _COUNTED[BundleKind(layout.bundle_kind[bundle])]
        rule[row] = int(layout.bundle_ref[bundle]) // len(getattr(market, noun))
    return rule


def _factors(layout: Layout, duals: Duals) -> tuple[Fraction, ...]:
    """1 / (1 + mu) for each pool; 1 where no budget stands behind it."""
    # The rows add money per unit (coefficient) into money (limit), so their duals are pure numbers.
    worth: dict[tuple[int, int], Fraction] = defaultdict(Fraction)
    for k in np.flatnonzero(np.isin(layout.row_kind, _MONEY) & (duals.row > 0)).tolist():
        worth[int(layout.row_kind[k]), int(layout.row_ref[k])] = int(duals.row[k]) * duals.row_scale
    sold = layout.arcs(ArcKind.OFFER)
    offer = np.full(len(layout.pool_sponsor), -1)
    offer[layout.arc_pool[sold]] = layout.arc_ref[sold]  # one, where the offer is in such a row
    pools = zip(offer.tolist(), layout.pool_project.tolist(), layout.pool_sponsor.tolist(), strict=True)
    return tuple(
        1 / (1 + worth[RowKind.BUDGET, who])
        if who >= 0
        else 1 / (1 + worth[RowKind.FUNDING, project] + worth[RowKind.UNAIDED, one])
        for one, project, who in pools
    )
