"""How each rule stands: how much of its limit is used, what it costs the whole, and who is paid for it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fourflow.book import MICRO
from fourflow.clearing import Allocation, Cleared
from fourflow.formulation import RowKind
from fourflow.matching import is_budget
from fourflow.pricing._ledger import SPONSOR, Ledger
from fourflow.problem import Sparse

NEAR = 1e-4
"""In the rule's measure: what lies closer to the limit is rounding."""


@dataclass(frozen=True)
class Standing:
    """One rule of the market.

    used : how much of its measure there is, None for a share; binds : it is used up, or just reached;
    worth : money that one unit of room more would bring to all together, 0 where it does not matter;
    paid : (participant, -1 the operator; money, + receives, - pays), nobody whose sum is 0.
    """

    rule: int
    used: float | None
    binds: bool
    worth: float
    paid: tuple[tuple[int, float], ...]


def standings(cleared: Cleared, ledger: Ledger) -> tuple[Standing, ...]:
    """Every rule of the market, in its order; one that means nothing in this book is idle."""
    allocation, duals = cleared.allocation, cleared.solution.price_duals
    layout, market, problem = allocation.layout, allocation.market, allocation.problem
    kinds = layout.row_kind
    rows = {
        (int(kinds[k]), int(layout.row_ref[k])): k
        for k in np.flatnonzero(np.isin(kinds, (RowKind.RULE, RowKind.BUDGET))).tolist()
    }
    found = []
    for index, rule in enumerate(market.rules):
        key, mine = (RowKind.RULE, index), ledger.rule == index
        if is_budget(rule):
            key, mine = (RowKind.BUDGET, rule.sponsor), ledger.role == SPONSOR
            mine = mine & (ledger.participant == rule.sponsor)
        row, paid = rows.get(key), _paid(ledger, mine)
        if row is None:
            found.append(Standing(index, 0.0, False, 0.0, paid))
            continue
        limit = problem.coupling_upper if rule.sense == "<=" else problem.coupling_lower
        used = _activity(allocation, row)
        if is_budget(rule):  # rents that limits take from sponsored buyers are paid from it as well
            used = max(used, -sum(money for _, money in paid))
        binds = abs(float(limit[row]) * float(problem.scales.limit) - used) <= NEAR
        worth = abs(float(duals.row[row]) * float(duals.row_scale))
        found.append(Standing(index, None if rule.share_of_total else used, binds, worth, paid))
    return tuple(found)


def _activity(allocation: Allocation, row: int) -> float:
    problem, scales = allocation.problem, allocation.problem.scales
    assert problem.bundle_coupling is not None
    flow = _sum(problem.coupling, row, allocation.flow) * float(scales.coefficient * scales.quantity)
    bundle = _sum(problem.bundle_coupling, row, allocation.bundle)
    return flow + bundle * float(scales.bundle_coefficient * scales.bundle)


def _sum(matrix: Sparse, row: int, amount: NDArray[np.int64]) -> float:
    own = slice(int(matrix.indptr[row]), int(matrix.indptr[row + 1]))
    return float(np.dot(matrix.coefficient[own].astype(float), amount[matrix.index[own]].astype(float)))


def _paid(ledger: Ledger, mine: NDArray[np.bool_]) -> tuple[tuple[int, float], ...]:
    sums: dict[int, int] = defaultdict(int)
    for who, amount in zip(ledger.participant[mine].tolist(), ledger.amount[mine].tolist(), strict=True):
        sums[who] += amount
    return tuple((who, amount / MICRO) for who, amount in sorted(sums.items()) if amount)
