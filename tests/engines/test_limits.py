"""Two-sided markets with budgets and quotas: the engine for limits beside the exact one, and its proofs."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import fourflow as ff
from fourflow.engines import _solve as face
from fourflow.engines.limits import packing_in
from fourflow.errors import EngineError
from fourflow.problem import INF, ClearingProblem, Scales, Solution, Sparse, Status
from fourflow.progress import Progress


def market(
    seed: int, takers: int = 60, givers: int = 3, rows: int = 4, most: int = 1000, supply: int | None = None
) -> ClearingProblem:
    """Takers of 1 to 100 with five arcs each; rows over random arcs; givers without limit but `supply`."""
    rng = np.random.default_rng(seed)
    arcs = takers * 5
    head = givers + rng.permutation(np.repeat(np.arange(takers), 5))
    covered = [np.flatnonzero(rng.random(arcs) < 0.5) for _ in range(rows)]
    g = [rng.integers(1, 50, len(c)) for c in covered]
    lower = -INF if supply is None else -supply
    return ClearingProblem(
        tail=rng.integers(0, givers, arcs).astype(np.uint32), head=head.astype(np.uint32),
        value=rng.integers(-most // 10, most, arcs), capacity=np.full(arcs, INF),
        node_lower=np.concatenate([np.full(givers, lower), np.zeros(takers, np.int64)]),
        node_upper=np.concatenate([np.zeros(givers, np.int64), rng.integers(1, 101, takers)]),
        coupling=Sparse(
            np.concatenate([[0], np.cumsum([len(c) for c in covered])]),
            np.concatenate(covered).astype(np.uint32), np.concatenate(g),
        ),
        coupling_lower=np.full(rows, -INF),
        coupling_upper=np.array([int(x.sum() * rng.uniform(1, 15)) for x in g]),
    )  # fmt: skip


def proved(problem: ClearingProblem, gap: float = 1e-4, threads: int = 1) -> Solution:
    """The answer, whose certificate has no violation and the gap that it claims."""
    solution = ff.solve(problem, gap=gap, engine="limits", threads=threads)
    certificate = ff.certify(problem, solution, gap=gap)
    assert certificate.max_violation == 0
    assert certificate.status == solution.status
    assert float(certificate.relative_gap) == pytest.approx(solution.claimed_gap, rel=1e-3, abs=1e-9)
    return solution


@pytest.mark.parametrize("seed", range(20))
def test_limits_are_kept_and_the_gap_is_what_is_claimed(seed: int) -> None:
    """Never above the exact answer, near it, and proved as far as claimed."""
    problem = market(seed, supply=None if seed % 2 else 700)
    exact = ff.certify(problem, ff.solve(problem, gap=1e-6, engine="exact"))
    found = ff.certify(problem, proved(problem, 1e-3))
    assert exact.objective * Fraction(97, 100) <= found.objective <= exact.bound
    assert found.bound >= exact.objective


@pytest.mark.parametrize("seed", range(3))
def test_many_takers_a_row_are_cleared_within_the_gap(seed: int) -> None:
    """Where every row has many takers the gap asked is reached, whatever the scales."""
    problem = market(seed, takers=3000, most=10**6)
    scales = Scales(Fraction(1, 100), Fraction(1, 1000), coefficient=Fraction(1, 10), limit=Fraction(1, 1000))
    assert proved(problem, 1e-3).status == Status.OPTIMAL_WITHIN_GAP
    assert proved(replace(problem, scales=scales), 1e-3).status == Status.OPTIMAL_WITHIN_GAP


def budgets(seed: int, odd: float, takers: int = 3000, rows: int = 30) -> ClearingProblem:
    """Takers of one unit choose among budgets; what an arc is worth goes with what it uses of its budget, but
    for an `odd` share of arcs. Budgets hold half of what all their arcs use."""
    rng = np.random.default_rng(seed)
    row = np.concatenate([rng.choice(rows, 5, replace=False) for _ in range(takers)])
    g = rng.integers(100, 1000, len(row))
    value = g * rng.integers(1, 30, rows)[row]
    value = np.where(rng.random(len(row)) < odd, rng.permutation(value), value)
    by_row = np.argsort(row, kind="stable")
    size = np.bincount(row, minlength=rows)
    return ClearingProblem(
        tail=np.zeros(len(row), np.uint32), head=np.repeat(np.arange(1, takers + 1), 5).astype(np.uint32),
        value=value, capacity=np.full(len(row), INF),
        node_lower=np.append(-INF, np.zeros(takers, np.int64)),
        node_upper=np.append(0, np.full(takers, 10**6)),
        coupling=Sparse(np.concatenate([[0], np.cumsum(size)]), by_row.astype(np.uint32), g[by_row]),
        coupling_lower=np.full(rows, -INF),
        coupling_upper=(np.bincount(row, g, rows) * 10**6 // 12).astype(np.int64),
    )  # fmt: skip


@pytest.mark.parametrize("odd", [0.0, 0.01, 1.0])
def test_budgets_clear_at_prices_that_are_exact(odd: float) -> None:
    """Where most arcs of a budget are worth the same for what they use, prices are found at once: a few arcs
    that are worth something else used to take forty rounds."""
    problem = budgets(1, odd)
    found = proved(problem, 1e-4)
    assert found.stats["rounds"] <= 15
    exact = ff.certify(problem, ff.solve(problem, gap=1e-6, engine="exact"))
    assert exact.objective * Fraction(9998, 10000) <= ff.certify(problem, found).objective <= exact.bound
    assert found.flow.tolist() == proved(problem, 1e-4, threads=2).flow.tolist()


EXTREMES = {
    "no value": {"value": 0}, "all below zero": {"value": -7}, "all alike": {"value": 7},
    "huge": {"value": 10**12}, "no room": {"coupling_upper": 0}, "no limit": {"coupling_upper": INF},
    "tiny room": {"coupling_upper": 1}, "no demand": {"node_upper": 0}, "no use": {"coefficient": 0},
}  # fmt: skip


@pytest.mark.parametrize("name", EXTREMES)
def test_any_finite_input_ends_with_what_is_feasible(name: str) -> None:
    """Ties, zeros, huge numbers, rows without room, without limit, without use."""
    problem = market(3)
    for field, number in EXTREMES[name].items():
        if field == "coefficient":
            coupling = replace(problem.coupling, coefficient=np.zeros_like(problem.coupling.coefficient))
            problem = replace(problem, coupling=coupling)
        else:
            problem = replace(problem, **{field: np.full_like(getattr(problem, field), number)})
    assert 0 <= proved(problem).claimed_gap <= 1


def test_values_of_all_sizes_in_one_market_end() -> None:
    """A billionth beside a million millions, and coefficients alike."""
    problem, rng = market(5), np.random.default_rng(1)
    value = np.rint(10.0 ** rng.uniform(0, 18, problem.num_arcs)).astype(np.int64)
    g = np.rint(10.0 ** rng.uniform(0, 9, len(problem.coupling.index))).astype(np.int64)
    problem = replace(problem, value=value, coupling=replace(problem.coupling, coefficient=g))
    upper = np.array([10**15, 10**9, 1, 10**18])
    assert proved(replace(problem, coupling_upper=upper)).claimed_gap <= 1


def test_one_arc_is_enough() -> None:
    """The smallest such market."""
    one = ClearingProblem(
        np.array([0], np.uint32), np.array([1], np.uint32), np.array([5]), np.array([INF]),
        np.array([-INF, 0]), np.array([0, 10]),
        Sparse(np.array([0, 1]), np.array([0], np.uint32), np.array([3])), np.array([-INF]), np.array([20]),
    )  # fmt: skip
    solution = proved(one, 0.5)
    assert solution.flow.tolist() == [6]


def test_the_same_input_gives_the_same_answer() -> None:
    """One thread: flows and prices to the last digit."""
    problem = market(7, takers=500)
    first, second = proved(problem), proved(problem)
    assert (first.flow == second.flow).all()
    assert (first.price_duals.row == second.price_duals.row).all()


def test_two_threads_reach_the_gap_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The takers in two parts."""
    monkeypatch.setattr("fourflow.engines.limits._response.MANY", 1)
    assert proved(market(1, takers=3000), 1e-3, threads=2).status == Status.OPTIMAL_WITHIN_GAP


def test_ctrl_c_ends_with_the_best_so_far() -> None:
    """The listener interrupts; the answer is feasible and its gap honest."""

    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    problem = market(9, takers=2000)
    solution = ff.solve(problem, gap=1e-9, engine="limits", progress=interrupt)
    assert solution.stats["interrupted"]
    assert ff.certify(problem, solution).max_violation == 0


def test_no_time_at_all_is_told_by_the_gap() -> None:
    """A time limit of nearly nothing: a feasible answer and a bound."""
    problem = market(9, takers=2000)
    solution = ff.solve(problem, gap=1e-9, time_limit_s=1e-6, engine="limits")
    certificate = ff.certify(problem, solution)
    assert certificate.max_violation == 0
    assert certificate.status == Status.GAP_NOT_REACHED


def test_auto_takes_it_for_many_arcs_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the exact engine goes on where the gap is not reached."""
    monkeypatch.setattr(face, "WORTH_IT", 100)
    solution = ff.solve(market(2, takers=500, givers=2), gap=1e-2)
    assert solution.stats["engine"] == "limits"
    assert "4 rows limit sums of arcs" in solution.stats["why"]
    monkeypatch.setattr("fourflow.engines.limits._newton.MOST_ROUNDS", 1)
    finished = ff.solve(market(2, takers=500, givers=2), gap=1e-3)
    assert "stopped at a gap" in finished.stats["why"]
    assert finished.status == Status.OPTIMAL_WITHIN_GAP


@pytest.mark.parametrize(
    "field", ["coupling_lower", "node_lower", "node_upper", "capacity", "step", "g", "hub"]
)
def test_other_problems_are_left_to_other_engines(field: str) -> None:
    """Floors, forced flows, takers without limit, caps that bind, lots, uses below 0, hubs."""
    problem = market(1)
    changed = {
        "coupling_lower": {"coupling_lower": np.full(4, 1)},
        "node_lower": {"node_lower": problem.node_upper},
        "node_upper": {"node_upper": np.where(problem.node_upper > 0, INF, 0)},
        "capacity": {"capacity": np.full(problem.num_arcs, 1)},
        "step": {"step": np.full(problem.num_arcs, 5)},
        "g": {"coupling": replace(problem.coupling, coefficient=-problem.coupling.coefficient)},
        "hub": {"tail": problem.head, "head": problem.tail[::-1]},
    }[field]
    if field == "hub":
        changed["tail"] = np.where(np.arange(problem.num_arcs) % 2, problem.tail, problem.head)
        changed["head"] = np.where(np.arange(problem.num_arcs) % 2, problem.head, problem.head[::-1])
    other = replace(problem, **changed)
    assert packing_in(other) is None
    with pytest.raises(EngineError, match="rows that only limit"):
        ff.solve(other, engine="limits")


def fine(problem: ClearingProblem) -> ClearingProblem:
    """The same in quanta a thousand times smaller, so that whole flows are not what is missing."""
    many = [np.where(abs(x) < INF, x * 1000, x) for x in (problem.node_lower, problem.node_upper)]
    upper = problem.coupling_upper * 1000
    return replace(problem, node_lower=many[0], node_upper=many[1], coupling_upper=upper)


@pytest.mark.parametrize("givers", [3, 2000])
def test_an_earlier_answer_is_where_the_search_begins(givers: int) -> None:
    """After a few values changed fewer steps are taken; an answer of another size is left alone."""
    problem = fine(market(4, takers=3000, givers=givers, supply=None if givers == 3 else 100))
    before = proved(problem, 1e-3)
    value = problem.value.copy()
    value[:: len(value) // 50] += 500
    changed = replace(problem, value=value)
    cold = proved(changed, 1e-3)
    warm = ff.solve(changed, gap=1e-3, engine="limits", start=before)
    certificate = ff.certify(changed, warm, gap=1e-3)
    assert certificate.max_violation == 0
    assert certificate.status == Status.OPTIMAL_WITHIN_GAP
    counted = "rounds" if givers == 3 else "steps"
    assert warm.stats[counted] < cold.stats[counted]
    smaller = ff.solve(market(5, takers=500), gap=1e-3, engine="limits", start=before)
    assert smaller.status == Status.OPTIMAL_WITHIN_GAP


@pytest.mark.parametrize("seed", range(3))
def test_many_givers_with_supplies_are_cleared_within_the_gap(seed: int) -> None:
    """A row for each giver, and a few over half of the arcs each, whose prices can make up for each other."""
    problem = fine(market(seed, takers=3000, givers=2000, rows=8, most=10**6, supply=100))
    both = np.concatenate([np.arange(8), np.arange(8)])
    coupling = problem.coupling
    twice = Sparse(
        np.concatenate([coupling.indptr, coupling.indptr[1:] + coupling.indptr[-1]]),
        np.tile(coupling.index, 2), np.tile(coupling.coefficient, 2),
    )  # fmt: skip
    assert proved(problem, 1e-3).status == Status.OPTIMAL_WITHIN_GAP
    no_bundles = Sparse(np.zeros(17, np.int64), np.zeros(0, np.uint32), np.zeros(0, np.int64))
    upper = problem.coupling_upper[both]
    doubled = replace(
        problem, coupling=twice, coupling_lower=np.full(16, -INF), coupling_upper=upper,
        bundle_coupling=no_bundles,
    )  # fmt: skip
    assert proved(doubled, 1e-3, threads=2).status == Status.OPTIMAL_WITHIN_GAP
