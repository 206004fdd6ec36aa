"""What rules ask for at least: first come, first served does not look at it, and may fall short of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fourflow.formulation import BundleKind, Layout, RowKind
from fourflow.problem import INF, ClearingProblem

I64 = NDArray[np.int64]
_COUNTERS = (BundleKind.AWARDED_OFFER, BundleKind.AWARDED_NEED, BundleKind.AWARDED_PROJECT)


def count_full_awards(layout: Layout, problem: ClearingProblem, flow: I64, bundle: I64) -> I64:
    """The bundles, with those on that count an award which a rule asks for: it counts once all is awarded."""
    counted = bundle.copy()
    on = int(1 / problem.scales.bundle)
    asked = (layout.row_kind == RowKind.COUNT) & (np.asarray(problem.coupling_lower, np.int64) > -INF)
    switches = problem.bundle_coupling
    assert switches is not None
    row, column = switches.row_of_entry(), switches.index
    counter = np.isin(layout.bundle_kind[column], _COUNTERS) & asked[row]
    got = _activity(problem, flow, np.where(np.isin(layout.bundle_kind, _COUNTERS), 0, bundle), asked)
    for entry in np.flatnonzero(counter).tolist():
        if got[int(row[entry])] >= -int(switches.coefficient[entry]) * on:
            counted[column[entry]] = on
    return counted


def keeps_floors(layout: Layout, problem: ClearingProblem, flow: I64, bundle: I64) -> bool:
    """Whether everything that rules ask for at least is reached, so that this can start a search."""
    asked = (layout.row_kind == RowKind.RULE) & (np.asarray(problem.coupling_lower, np.int64) > -INF)
    scales = problem.scales
    per_limit = int(scales.limit / (scales.coefficient * scales.quantity))
    got = _activity(problem, flow, bundle, asked)
    return all(got[k] >= int(problem.coupling_lower[k]) * per_limit for k in np.flatnonzero(asked).tolist())


def _activity(problem: ClearingProblem, flow: I64, bundle: I64, rows: NDArray[np.bool_]) -> dict[int, int]:
    """What each of these rows sums to, in quanta of coefficient x flow."""
    total = dict.fromkeys(np.flatnonzero(rows).tolist(), 0)
    assert problem.bundle_coupling is not None
    for matrix, amount in ((problem.coupling, flow), (problem.bundle_coupling, bundle)):
        row = matrix.row_of_entry()
        entries = np.flatnonzero(rows[row] & (amount[matrix.index] != 0))
        products = matrix.coefficient[entries].astype(object) * amount[matrix.index[entries]]
        for k, product in zip(row[entries].tolist(), products, strict=True):
            total[k] += product
    return total
