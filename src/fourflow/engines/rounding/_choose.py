"""The last resort of rounding: a small integer program over a few quanta up or down on every arc in use.

Repair along paths gives up where several full rows and least quantities hold one another. How far each row
is from its limits is computed exactly, so the program sees small numbers only, and what it chooses is
checked exactly afterwards like any other rounding.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, vstack

from fourflow.engines.rounding._integers import F64, I64, exact_row_limits
from fourflow.problem import INF, ClearingProblem

MOST_ARCS = 3_000
"""Arcs that may change; beyond this the program is not tried."""
TIME_LIMIT_S = 2.0
FAR = 1e6
"""Room beyond this many quanta cannot bind."""


def choose(problem: ClearingProblem, flow: I64, lower: I64, upper: I64, bundle: I64) -> I64 | None:
    """`flow` moved by a few quanta per arc so that all rows hold, at the least loss; or None. How many: as
    many as the worst node is out of balance.

    lower, upper : int64[num_nodes] node limits once the bundles are fixed (INF = none).
    """
    fixed = np.zeros(len(flow), np.bool_) if problem.step is None else problem.step > 1
    arcs = np.flatnonzero((flow > 0) & ~fixed)
    if not 0 < len(arcs) <= MOST_ARCS:
        return None
    nodes, low, high = _nodes(problem, flow, lower, upper, arcs)
    rows, row_low, row_high = _rows(problem, flow, bundle, arcs)
    reach = float(np.clip(np.max([low, -high], initial=1.0), 1.0, FAR))
    room = np.minimum((problem.capacity - flow)[arcs].astype(np.float64), reach)
    worth = -problem.value[arcs].astype(np.float64)
    answer = milp(
        worth / max(1.0, float(np.abs(worth).max())),
        integrality=np.ones(len(arcs)),
        bounds=Bounds(-np.minimum(flow[arcs].astype(np.float64), reach), room),
        constraints=LinearConstraint(
            vstack([nodes, rows]), np.concatenate([low, row_low]), np.concatenate([high, row_high])
        ),
        options={"time_limit": TIME_LIMIT_S},
    )
    if answer.x is None:
        return None
    moved = flow.copy()
    moved[arcs] += np.rint(answer.x).astype(np.int64)
    return moved


def _nodes(
    problem: ClearingProblem, flow: I64, lower: I64, upper: I64, arcs: I64
) -> tuple[csr_array, F64, F64]:
    """Node rows over the chosen arcs, and the room that each has left in quanta."""
    through = np.flatnonzero(problem.tail != problem.head)
    tail, head = problem.tail.astype(np.int64), problem.head.astype(np.int64)
    balance = np.zeros(problem.num_nodes, np.int64)
    np.add.at(balance, head[through], flow[through])
    np.subtract.at(balance, tail[through], flow[through])
    moving = np.flatnonzero(tail[arcs] != head[arcs])
    entries = np.concatenate([np.ones(len(moving)), -np.ones(len(moving))])
    ends = np.concatenate([head[arcs][moving], tail[arcs][moving]])
    matrix = coo_array((entries, (ends, np.tile(moving, 2))), shape=(problem.num_nodes, len(arcs))).tocsr()
    low = np.where(lower <= -INF, -FAR, np.clip((lower - balance).astype(np.float64), -FAR, FAR))
    high = np.where(upper >= INF, FAR, np.clip((upper - balance).astype(np.float64), -FAR, FAR))
    touched = np.unique(ends)
    return matrix[touched], low[touched], high[touched]


def _rows(problem: ClearingProblem, flow: I64, bundle: I64, arcs: I64) -> tuple[csr_array, F64, F64]:
    """Coupling rows over the chosen arcs, each in units of its largest coefficient, with their exact room."""
    coupling = problem.coupling
    row, column = coupling.row_of_entry(), coupling.index.astype(np.int64)
    total = [0] * problem.num_coupling
    for k, g, x in zip(row.tolist(), coupling.coefficient.tolist(), flow[column].tolist(), strict=True):
        total[k] += g * x
    place = np.full(problem.num_arcs, -1, np.int64)
    place[arcs] = np.arange(len(arcs))
    seen = place[column] >= 0
    g = coupling.coefficient[seen].astype(np.float64)
    size = np.ones(problem.num_coupling)
    np.maximum.at(size, row[seen], np.abs(g))
    matrix = coo_array(
        (g / size[row[seen]], (row[seen], place[column[seen]])), shape=(problem.num_coupling, len(arcs))
    ).tocsr()
    lower, upper = exact_row_limits(problem, bundle, np.ones(problem.num_coupling, np.int64))
    room_low = [
        -FAR if v is None else max(-FAR, float(v - t) / s) for v, t, s in zip(lower, total, size, strict=True)
    ]
    room_high = [
        FAR if v is None else min(FAR, float(v - t) / s) for v, t, s in zip(upper, total, size, strict=True)
    ]
    touched = np.unique(row[seen])
    return matrix[touched], np.array(room_low)[touched], np.array(room_high)[touched]
