"""Seeded markets of needs that draw on budgets: the linear program of DuaLip's benchmark."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from clearing_instances import I64

from fourflow.problem import INF, ClearingProblem, Scales, Sparse

NINE = 10**9
QUANTA = 10**6
"""Quanta in the one unit of a need."""


def budgets(
    num_needs: int, num_budgets: int, degree: int = 10, apart: float = 0.0, seed: int = 1
) -> ClearingProblem:
    """The linear program of DuaLip's benchmark in billionths: needs choose among budgets that they draw on.

    maximise c.x with sum_j x_ij <= 1 for every need, sum_i a_ij x_ij <= b_j for every budget. Z_j, s_j ~
    LogN(0, 1), v_j ~ LogN(-4, 0.75), u_i ~ LogN(0, 0.5), e_ij ~ LogN(0, 0.5); budget j reaches
    Poisson(Z_j / sum Z degree num_needs) needs; c_ij = min(v_j u_i e_ij, 0.5), a_ij = s_j c_ij,
    b_j = U(0.5, 1) (load of j when every need takes its largest a + 1e-8).
    With `apart`, a_ij is multiplied by LogN(0, apart): without it every budget has one ratio of value to use,
    all budgets can be filled, and these ratios are the best prices.
    """
    random = np.random.default_rng(seed)
    reach = random.lognormal(0, 1, num_budgets)
    size, level = random.lognormal(0, 1, num_budgets), random.lognormal(-4, 0.75, num_budgets)
    eager = random.lognormal(0, 0.5, num_needs)
    count = np.minimum(random.poisson(reach / reach.sum() * degree * num_needs), num_needs)
    need = np.concatenate([_drawn(random, num_needs, k) for k in count.tolist()])
    budget = np.repeat(np.arange(num_budgets), count)
    value = np.minimum(level[budget] * eager[need] * random.lognormal(0, 0.5, len(need)), 0.5)
    drawn = size[budget] * value
    if apart:
        drawn = drawn * random.lognormal(0, apart, len(need))
    order = np.lexsort((budget, need))
    need, budget, value, drawn = need[order], budget[order], value[order], drawn[order]
    starts = np.flatnonzero(np.diff(need, prepend=-1))
    most = np.repeat(np.maximum.reduceat(drawn, starts), np.diff(np.append(starts, len(need))))
    load = np.bincount(budget[drawn == most], drawn[drawn == most], num_budgets)
    limit = random.uniform(0.5, 1, num_budgets) * (load + 1e-8)
    return _as_problem(num_needs, need, budget, _whole(value), _whole(drawn), limit)


def _drawn(random: np.random.Generator, num_needs: int, count: int) -> I64:
    """`count` different needs."""
    drawn = np.unique(random.integers(0, num_needs, count))
    while len(drawn) < count:
        drawn = np.unique(np.append(drawn, random.integers(0, num_needs, count - len(drawn))))
    return drawn


def _whole(numbers: np.ndarray) -> I64:
    return np.maximum(np.rint(numbers * NINE), 1).astype(np.int64)


def _as_problem(
    num_needs: int, need: I64, budget: I64, value: I64, drawn: I64, limit: np.ndarray
) -> ClearingProblem:
    """One giver without limit, a taker for each need, a coupling row for each budget."""
    by_budget = np.argsort(budget, kind="stable")
    indptr = np.concatenate([[0], np.cumsum(np.bincount(budget, minlength=len(limit)))])
    return ClearingProblem(
        tail=np.zeros(len(need), np.uint32),
        head=(need + 1).astype(np.uint32),
        value=value,
        capacity=np.full(len(need), INF),
        node_lower=np.append(-INF, np.zeros(num_needs, np.int64)),
        node_upper=np.append(0, np.full(num_needs, QUANTA)),
        coupling=Sparse(indptr, by_budget.astype(np.uint32), drawn[by_budget]),
        coupling_lower=np.full(len(limit), -INF),
        coupling_upper=np.floor(limit * 1e12).astype(np.int64),
        scales=Scales(
            quantity=Fraction(1, QUANTA), value=Fraction(1, NINE), coefficient=Fraction(1, NINE),
            limit=Fraction(1, 10**12),
        ),
    )  # fmt: skip
