"""The face of the engines: what a Solution says in plain cases, when stopped, and from a start."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from _published import sparse

from fourflow.engines import solve
from fourflow.errors import EngineError, ProblemError
from fourflow.problem import INF, ClearingProblem, Forest, Scales, Solution, Sparse, Status, taken_apart
from fourflow.progress import Progress
from fourflow.proof import certify


def worked_market() -> ClearingProblem:
    """Two offers (4 at 3, 5 at 6) and two needs (3 worth 10, 4 worth 7) at one hub.

    The four cheapest units and three more go to both needs: 30 + 28 - 12 - 18 = 28. The second offer is
    not used up, so the price at the hub is 6; pi is 3 a unit of rent at the first offer (-pi), 4 and 1 of
    surplus at the needs.
    """
    return ClearingProblem(
        tail=np.array([0, 1, 2, 2], np.uint32),
        head=np.array([2, 2, 3, 4], np.uint32),
        value=np.array([-3, -6, 10, 7]),
        capacity=np.full(4, INF),
        node_lower=np.array([-4, -5, 0, 0, 0]),
        node_upper=np.array([0, 0, 0, 3, 4]),
    )


def offers_with_fixed_costs(seed: int, offers: int, needs: int) -> ClearingProblem:
    """Pairs of offers and needs where each offer that gives anything costs something once."""
    rng = np.random.default_rng(seed)
    supply, demand = rng.integers(10, 40, offers) * 1000, rng.integers(1, 20, needs) * 1000
    offer, need = (grid.ravel() for grid in np.meshgrid(np.arange(offers), np.arange(needs), indexing="ij"))
    arcs = np.arange(offers * needs)
    return ClearingProblem(
        tail=offer.astype(np.uint32), head=(offers + need).astype(np.uint32),
        value=rng.integers(5, 60, offers * needs), capacity=np.full(len(arcs), INF),
        node_lower=np.zeros(offers + needs, np.int64), node_upper=np.concatenate([supply, demand]),
        coupling=sparse(arcs, arcs, np.ones_like(arcs), len(arcs)),
        coupling_lower=np.full(len(arcs), -INF), coupling_upper=np.zeros(len(arcs), np.int64),
        bundle_value=-rng.integers(200, 900, offers),
        bundle_lines=sparse(np.arange(offers), np.arange(offers), -supply, offers),
        bundle_coupling=sparse(arcs, offer, -demand[need], len(arcs)),
        bundle_whole=np.ones(offers, np.bool_),
        scales=Scales(quantity=Fraction(1, 1000), bundle_coefficient=Fraction(1, 1000)),
    )  # fmt: skip


def side_by_side(problems: list[ClearingProblem]) -> ClearingProblem:
    """Several problems as one, without anything in common."""

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(problem, name) for problem in problems])

    def diagonal(matrices: list[Sparse], widths: list[int]) -> Sparse:
        shift = np.cumsum([0, *widths[:-1]])
        counts = np.concatenate([np.diff(matrix.indptr) for matrix in matrices])
        index = [matrix.index.astype(np.int64) + by for matrix, by in zip(matrices, shift, strict=True)]
        return Sparse(
            np.concatenate([[0], np.cumsum(counts)]), np.concatenate(index).astype(np.uint32),
            np.concatenate([matrix.coefficient for matrix in matrices]),
        )  # fmt: skip

    shift = np.cumsum([0, *[problem.num_nodes for problem in problems[:-1]]])
    ends = {
        name: np.concatenate([getattr(p, name) + by for p, by in zip(problems, shift, strict=True)])
        for name in ("tail", "head")
    }
    names = ("value", "capacity", "node_lower", "node_upper", "coupling_lower", "coupling_upper",
             "bundle_value", "bundle_whole")  # fmt: skip
    return replace(
        problems[0],
        **{name: array.astype(np.uint32) for name, array in ends.items()},
        **{name: joined(name) for name in names},
        coupling=diagonal([p.coupling for p in problems], [p.num_arcs for p in problems]),
        bundle_lines=diagonal([p.bundle_lines for p in problems], [p.num_nodes for p in problems]),
        bundle_coupling=diagonal(
            [p.bundle_coupling or Sparse.empty() for p in problems], [p.num_bundles for p in problems]
        ),
    )


def test_the_worked_market_has_the_flows_and_prices_of_its_docstring() -> None:
    """Flows 4, 3, 3, 4; the price at the hub (-pi) is 6; rents and surpluses follow; the gap is 0."""
    solution = solve(worked_market(), gap=0.0)
    assert solution.flow.tolist() == [4, 3, 3, 4]
    prices = solution.price_duals
    assert [int(pi) * prices.node_scale for pi in prices.node] == [-3, 0, -6, 4, 1]
    certificate = certify(worked_market(), solution, gap=0.0)
    assert (certificate.objective, certificate.bound) == (28, 28)
    assert certificate.status == Status.OPTIMAL_WITHIN_GAP


def test_prices_at_an_idle_hub_stay_finite() -> None:
    """A hub that nothing reaches, one with an unsold offer only, and one with an unmet need only are priced
    within the values at hand."""
    problem = ClearingProblem(
        tail=np.array([0, 2, 5], np.uint32), head=np.array([1, 3, 2], np.uint32), value=np.array([-7, 9, -4]),
        capacity=np.array([5, 5, 0]), node_lower=np.array([-5, 0, 0, 0, 0, -3]),
        node_upper=np.array([0, 0, 0, 5, 0, 0]),
    )  # fmt: skip
    solution = solve(problem, gap=0.0)
    assert not solution.flow.any()
    assert np.abs(solution.price_duals.node).max() <= 20
    assert certify(problem, solution, gap=0.0).status == Status.OPTIMAL_WITHIN_GAP


@pytest.mark.parametrize("time_limit_s", [0.0, 1e-3])
def test_without_time_the_start_is_returned_with_what_is_proved(time_limit_s: float) -> None:
    """A limit hit before anything is solved returns the start, and no claim beyond its proof."""
    problem = offers_with_fixed_costs(1, 12, 40)
    start = solve(problem, gap=0.5)
    solution = solve(problem, gap=1e-9, time_limit_s=time_limit_s, start=start)
    certificate = certify(problem, solution, gap=1e-9)
    assert certificate.max_violation == 0
    assert certificate.objective >= certify(problem, start).objective
    assert certificate.status == solution.status


def test_an_infeasible_start_is_left_aside() -> None:
    """Flows over a limit are no incumbent; the answer is the optimum all the same."""
    problem = worked_market()
    wrong = (np.full(4, 100), np.zeros(0, np.int64))
    assert certify(problem, solve(problem, start=wrong)).objective == 28


def test_ctrl_c_returns_the_best_so_far_with_its_gap() -> None:
    """KeyboardInterrupt out of the progress callback ends the run with a certified feasible answer."""
    problem = offers_with_fixed_costs(2, 25, 80)
    start = solve(problem, gap=0.9)

    def stop(_: Progress) -> None:
        raise KeyboardInterrupt

    solution = solve(problem, gap=0.0, start=start, progress=stop)
    assert solution.stats["interrupted"]
    certificate = certify(problem, solution)
    assert certificate.max_violation == 0
    assert certificate.objective >= certify(problem, start).objective


def test_progress_tells_stage_and_gap() -> None:
    """The callback hears of the stages, with the gap once an incumbent and a bound are known."""
    heard: list[Progress] = []
    solve(offers_with_fixed_costs(3, 12, 30), gap=0.0, progress=heard.append)
    assert heard[0].stage == "linear program"
    assert all(later.elapsed_s >= earlier.elapsed_s for earlier, later in pairwise(heard))


def test_independent_components_get_trees_of_their_own() -> None:
    """Leaves of side-by-side markets add up: a Forest, certified, whose objective is the sum."""
    markets = [offers_with_fixed_costs(seed, 6, 12) for seed in range(10, 18)]
    alone = [solve(market, gap=1e-9) for market in markets]
    together = side_by_side(markets)
    solution = solve(together, gap=1e-9)
    _, proof = taken_apart(solution.proof)
    assert isinstance(proof, Forest)
    certificate = certify(together, solution, gap=1e-9)
    assert certificate.status == Status.OPTIMAL_WITHIN_GAP
    total = sum(certify(market, one).objective for market, one in zip(markets, alone, strict=True))
    assert float(certificate.objective) == pytest.approx(float(total), rel=1e-9)
    assert solution.stats["leaves"] <= sum(one.stats["leaves"] for one in alone) + 1


def test_the_same_problem_has_the_same_answer_twice() -> None:
    """One input, one answer: flows, bundles and duals are equal to the last unit."""
    problem = offers_with_fixed_costs(4, 10, 30)
    first, second = solve(problem), solve(problem)
    assert np.array_equal(first.flow, second.flow)
    assert np.array_equal(first.bundle, second.bundle)
    assert np.array_equal(first.price_duals.node, second.price_duals.node)


def test_a_problem_in_floats_is_solved_exactly_as_such() -> None:
    """Floats are dyadic rationals: flows come back as floats that keep every limit."""
    rng = np.random.default_rng(5)
    problem = ClearingProblem.bipartite(
        rng.uniform(1, 100, 40), rng.uniform(1, 100, 50), rng.integers(0, 40, 400).astype(np.uint32),
        rng.integers(0, 50, 400).astype(np.uint32), rng.uniform(0.1, 30, 400),
    )  # fmt: skip
    solution = solve(problem, gap=1e-9)
    assert solution.flow.dtype == np.float64
    certificate = certify(problem, solution, gap=1e-9)
    assert certificate.status == Status.OPTIMAL_WITHIN_GAP
    assert certificate.max_violation == 0


def test_a_problem_without_arcs_is_worth_nothing() -> None:
    """Nodes alone: objective and bound are 0, and 0/0 is 0."""
    none = np.zeros(0, np.int64)
    problem = ClearingProblem(
        np.zeros(0, np.uint32), np.zeros(0, np.uint32), none, none, np.array([-1, 0]), np.array([0, 1])
    )
    certificate = certify(problem, solve(problem))
    assert (certificate.objective, certificate.relative_gap) == (0, 0)


def test_a_need_that_nothing_reaches_is_proved_infeasible() -> None:
    """A node that must take 3 and has no arc: the duals bound the problem without values below 0."""
    problem = replace(
        worked_market(), node_lower=np.array([-4, -5, 0, 0, 8]), node_upper=np.array([0, 0, 0, 3, 9])
    )
    solution = solve(problem)
    assert solution.status == Status.OPTIMAL_WITHIN_GAP  # 8 of 9 units are there
    short = replace(problem, node_lower=np.array([-4, -3, 0, 0, 8]))
    assert certify(short, solve(short)).status == Status.INFEASIBLE


def test_a_cycle_without_a_cap_that_pays_is_unbounded() -> None:
    """Two arcs there and back worth 1 in all and no cap: the ray sends flow round."""
    problem = ClearingProblem(
        np.array([0, 1], np.uint32), np.array([1, 0], np.uint32), np.array([3, -2]), np.full(2, INF),
        np.zeros(2, np.int64), np.zeros(2, np.int64),
    )  # fmt: skip
    solution = solve(problem)
    assert solution.status == certify(problem, solution).status == Status.UNBOUNDED


@pytest.mark.parametrize("size", [1, 10**6, 10**15])
def test_values_and_quantities_of_any_size_are_certified(size: int) -> None:
    """Values and quantities times 1e15 neither overflow nor lose the proof."""
    market = worked_market()
    if size > 10**6:
        bigger = replace(market, value=market.value * 10**15)
    else:
        bigger = replace(
            market,
            value=market.value * size,
            node_lower=market.node_lower * size,
            node_upper=market.node_upper * size,
        )
    assert certify(bigger, solve(bigger, gap=0.0), gap=0.0).status == Status.OPTIMAL_WITHIN_GAP


def test_an_unknown_engine_is_named() -> None:
    """A wrong engine or gap is an EngineError with the right ones; NaN is a ProblemError."""
    with pytest.raises(EngineError, match="'auto' or 'exact'"):
        solve(worked_market(), engine="fast")  # type: ignore[arg-type]
    with pytest.raises(EngineError, match="gap"):
        solve(worked_market(), gap=-1.0)
    with pytest.raises(ProblemError, match="NaN"):
        solve(replace(worked_market(), value=np.array([np.nan, 1.0, 2.0, 3.0])))


def test_a_start_may_be_a_solution() -> None:
    """What was solved before is the first incumbent."""
    problem = offers_with_fixed_costs(6, 8, 20)
    solution = solve(problem, gap=1e-6)
    again = solve(problem, gap=1e-6, start=solution)
    assert isinstance(again, Solution)
    assert certify(problem, again).objective >= certify(problem, solution).objective
