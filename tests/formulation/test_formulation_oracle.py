"""Formulation against an independent model of the same markets, solver and engines left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import LinearConstraint
from scipy.sparse import coo_array, hstack

from builders import ragged
from fourflow.formulation import formulate
from fourflow.formulation._pools import _Labels
from fourflow.matching import Matching, match
from fourflow.problem import INF, ClearingProblem
from independent import maximum, welfare
from random_markets import FEATURES, random_market


def _real(values, scale) -> np.ndarray:  # type: ignore[no-untyped-def]
    values = np.asarray(values)
    real = values * float(scale)
    real[values >= INF] = np.inf
    real[values <= -INF] = -np.inf
    return real


def objective(problem: ClearingProblem) -> float:
    """The optimum of the arrays as SciPy's MILP sees them, in money."""
    if not problem.num_arcs:
        return 0.0
    s, arcs, bundles = problem.scales, problem.num_arcs, problem.num_bundles
    step = np.zeros(arcs) if problem.step is None else problem.step * float(s.quantity)
    unit = np.where(step > 0, step, 1.0)
    ones, columns = np.ones(arcs), np.arange(arcs)
    network = coo_array((ones, (problem.head, columns)), (problem.num_nodes, arcs)) - coo_array(
        (ones, (problem.tail, columns)), (problem.num_nodes, arcs)
    )
    lines, across = problem.bundle_lines, problem.bundle_coupling
    assert across is not None
    d = coo_array(
        (-_real(lines.coefficient, s.quantity), (lines.index, lines.row_of_entry())),
        (problem.num_nodes, bundles),
    )
    g = coo_array(
        (
            _real(problem.coupling.coefficient, s.coefficient),
            (problem.coupling.row_of_entry(), problem.coupling.index),
        ),
        (problem.num_coupling, arcs),
    )
    h = coo_array(
        (_real(across.coefficient, s.bundle_coefficient), (across.row_of_entry(), across.index)),
        (problem.num_coupling, bundles),
    )
    scaled = lambda matrix: matrix.multiply(unit[None, :]).tocsr()  # noqa: E731
    constraints = [
        LinearConstraint(
            hstack([scaled(network), d]).tocsr(),
            _real(problem.node_lower, s.quantity),
            _real(problem.node_upper, s.quantity),
        )
    ]
    if problem.num_coupling:
        constraints.append(
            LinearConstraint(
                hstack([scaled(g), h]).tocsr(),
                _real(problem.coupling_lower, s.limit),
                _real(problem.coupling_upper, s.limit),
            )
        )
    value = np.concatenate(
        [_real(problem.value, s.value) * unit, _real(problem.bundle_value, s.bundle_value)]
    )
    upper = np.concatenate([_real(problem.capacity, s.quantity) / unit, np.ones(bundles)])
    whole = np.concatenate([step > 0, problem.bundle_whole]).astype(int)
    return maximum(value, constraints, upper, whole)


@pytest.mark.parametrize("block", range(10))
def test_the_arrays_of_a_market_have_the_optimum_of_an_independent_model(block: int) -> None:
    """Fifty random markets a block have the same best welfare; nobody is on both sides here."""
    for seed in range(50 * block, 50 * block + 50):
        market, features = random_market(seed)
        if "both sides" in features:
            continue
        problem, _ = formulate(market, match(market))
        assert objective(problem) == pytest.approx(welfare(market), abs=1e-5), seed


def test_participants_on_both_sides_set_apart_do_not_supply_themselves() -> None:
    """With everybody set apart the arrays know who may not supply whom, and match the independent model."""
    for seed in range(1000, 1060):
        market, _ = random_market(seed, frozenset({"both sides", "capacity"}))
        problem, _ = formulate(market, match(market, apart=range(len(market.participants))))
        assert objective(problem) == pytest.approx(welfare(market), abs=1e-5), seed


def test_the_random_markets_carry_every_feature() -> None:
    """Among the 500 markets each feature appears at least 80 times, and most markets trade."""
    counts = Counter(feature for seed in range(500) for feature in random_market(seed)[1])
    assert min(counts[feature] for feature in FEATURES) >= 80


def test_pools_and_pairs_have_the_same_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every offer in a pool of its own, as with pairs, reaches the same welfare as pools do."""
    pooled_arcs = paired_arcs = 0
    for seed in range(2000, 2100):
        market, _ = random_market(seed, frozenset({"capacity", "several classes", "windows", "sponsor"}))
        matching = match(market)
        pools, _ = formulate(market, matching)
        with monkeypatch.context() as apart:
            apart.setattr(_Labels, "of_class", lambda self, klass, offers: (klass,))
            pairs, _ = formulate(market, _one_class_each(matching))
        assert objective(pools) == pytest.approx(objective(pairs), abs=1e-6), seed
        pooled_arcs, paired_arcs = pooled_arcs + pools.num_arcs, paired_arcs + pairs.num_arcs
    assert pooled_arcs < paired_arcs


def _one_class_each(matching: Matching) -> Matching:
    """The same eligibility with a class for every single offer."""
    offers = np.flatnonzero(matching.offer_class >= 0)
    klass = matching.offer_class[offers]
    offer_class = np.full_like(matching.offer_class, -1)
    offer_class[offers] = np.arange(len(offers))
    needs = [matching.class_needs[int(k)] for k in klass]
    return replace(
        matching,
        offer_class=offer_class,
        class_category=matching.class_category[klass],
        class_needs=ragged(needs),
        class_single=matching.class_single[klass],
        class_until_day=matching.class_until_day[klass],
        class_use_by_day=matching.class_use_by_day[klass],
    )
