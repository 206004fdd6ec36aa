"""What `certify` promises: exact figures, no false proof, and kernels that agree with plain integers."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourflow.errors import CertificateError, ProblemError
from fourflow.problem import (
    INF,
    ClearingProblem,
    Duals,
    Forest,
    Leaf,
    Part,
    Scales,
    Solution,
    Sparse,
    Split,
    Status,
)  # fmt: skip
from fourflow.proof import certify, losses
from fourflow.proof._caps import inferred_caps
from fourflow.proof._exact import exact_duals, exact_problem, limits
from fourflow.proof._fast import bound_fast, check_fast
from fourflow.proof._slow import bound_slow, check_slow
from fourflow.proof._trees import root_box
from proof_problems import (
    Point,
    activities,
    joined,
    joined_forest,
    random_duals,
    random_point,
    random_tree,
    solution_of,
)  # fmt: skip

NO_BUNDLES = np.zeros(0, np.int64)


def worked_market() -> tuple[ClearingProblem, Solution]:
    """Offers of 3 and 2, needs of 4 and 4; values 5, 7 from the first offer and 3 from the second.

    All 3 of the first offer go to the second need (21), one of the second offer joins them (3): 24.
    Better: 1 to the first need (5), 2 to the second (14), and both of the second offer (6): 25.
    At rents 5 and 1, surpluses 0 and 2 the bound is 5 x 3 + 1 x 2 + 2 x 4 = 25.
    """
    problem = ClearingProblem.bipartite(
        np.array([3, 2]), np.array([4, 4]), np.array([0, 0, 1], np.uint32), np.array([0, 1, 1], np.uint32),
        np.array([5, 7, 3]),
    )  # fmt: skip
    duals = Duals(np.array([-5, -1, 0, 2]), np.zeros(0, np.int64))
    return problem, Solution(
        np.array([1, 2, 2]), NO_BUNDLES, duals, Leaf(duals), Status.OPTIMAL_WITHIN_GAP, 0.0
    )


def test_the_worked_market_is_proved_optimal() -> None:
    """The market of the docstring has objective 25, bound 25 and no gap."""
    certificate = certify(*worked_market())
    assert (certificate.objective, certificate.bound, certificate.relative_gap) == (25, 25, 0)
    assert (certificate.status, certificate.max_violation) == (Status.OPTIMAL_WITHIN_GAP, 0)


def test_a_worse_allocation_is_measured_not_believed() -> None:
    """24 of 25 is a gap of 1/25, whatever the solution claims."""
    problem, solution = worked_market()
    certificate = certify(problem, replace(solution, flow=np.array([0, 3, 1])))
    assert certificate.relative_gap == Fraction(1, 25)
    assert certificate.status == Status.GAP_NOT_REACHED
    wide = certify(problem, replace(solution, flow=np.array([0, 3, 1])), gap=Fraction(1, 25))
    assert wide.status == Status.OPTIMAL_WITHIN_GAP


@pytest.mark.parametrize(
    ("flow", "missed"), [([4, 0, 2], 1), ([-1, 2, 2], 1), ([1, 2, 3], 1), ([0, 3, 5], 4)]
)
def test_an_infeasible_flow_proves_nothing(flow: list[int], missed: int) -> None:
    """Too much from an offer, into a need, or below 0: the violation is stated and nothing is proved."""
    problem, solution = worked_market()
    certificate = certify(problem, replace(solution, flow=np.array(flow)))
    assert certificate.status == Status.NOT_PROVED
    assert certificate.max_violation == missed


def test_half_a_lot_is_refused() -> None:
    """A flow of 3 in lots of 2 misses a whole lot by 1."""
    problem, solution = worked_market()
    certificate = certify(
        replace(problem, step=np.array([0, 2, 0])), replace(solution, flow=np.array([0, 3, 1]))
    )
    assert (certificate.status, certificate.max_violation) == (Status.NOT_PROVED, 1)


@pytest.mark.parametrize("seed", range(150))
def test_kernels_agree_with_plain_integers(seed: int) -> None:
    """On random problems with loops, lots, rows, bundles and split boxes both versions say the same."""
    rng = np.random.default_rng(seed)
    point = random_point(rng)
    duals = random_duals(rng, point.problem)
    disturbed = point.flow + rng.integers(-1, 2, len(point.flow)) * (seed % 2)
    compare(point.problem, disturbed, point.bundle, duals, rng)


def compare(
    problem: ClearingProblem, flow: np.ndarray, bundle: np.ndarray, duals: Duals, rng: np.random.Generator
) -> tuple[bool, bool]:
    """Assert that fast is slow or silent; tell which of check and bound were proved safe."""
    exact, flow = exact_problem(problem, flow)
    checked, obvious = check_fast(exact, flow, bundle), check_slow(exact, flow, bundle)
    assert checked is None or checked == obvious
    box = root_box(exact, inferred_caps(exact).copy())
    for arc in np.flatnonzero(rng.random(problem.num_arcs) < 0.3):
        box.arc_upper[arc] = min(box.arc_upper[arc], 7)
        box.arc_lower[arc] = min(box.arc_upper[arc], 3)
    box.bundle_upper[rng.random(problem.num_bundles) < 0.3] = 0
    for with_value in (True, False):
        bound = bound_fast(exact, exact_duals(duals), box, with_value)
        assert bound is None or bound == bound_slow(exact, exact_duals(duals), box, with_value)
    return checked is not None, bound is not None


@pytest.mark.parametrize("seed", range(150))
def test_kernels_agree_near_the_edge_of_int64(seed: int) -> None:
    """With numbers near 2^62, zero, negative and infinite, the kernels are right or decline."""
    rng = np.random.default_rng(seed)
    point = random_point(rng)

    def extreme(array: np.ndarray, top: int = 2**62) -> np.ndarray:
        wild = rng.choice([0, 1, -1, top - 1, -top + 1, 2**31, -(2**32), top // 3], len(array))
        return np.where(rng.random(len(array)) < 0.5, wild, array)

    matrix = point.problem.coupling
    coefficient = extreme(matrix.coefficient, 2 ** int(rng.integers(3, 62)))
    problem = replace(
        point.problem, value=extreme(point.problem.value),
        capacity=np.abs(extreme(point.problem.capacity)),
        coupling=Sparse(matrix.indptr, matrix.index, coefficient),
        node_lower=-np.abs(extreme(point.problem.node_lower)),
    )  # fmt: skip
    duals = random_duals(rng, problem, int(rng.choice([10, 2**40, 2**62 - 2])))
    compare(problem, np.abs(extreme(point.flow)), point.bundle, duals, rng)


def test_kernels_take_ordinary_markets() -> None:
    """Prices to 1e9 at billionths, with a row dual at 1e-9: two limbs are needed, and are enough."""
    rng = np.random.default_rng(7)
    many = 200
    problem = ClearingProblem(
        tail=rng.integers(0, 10, many).astype(np.uint32), head=rng.integers(10, 20, many).astype(np.uint32),
        value=rng.integers(-(10**18), 10**18, many), capacity=np.full(many, INF),
        node_lower=np.concatenate([np.full(10, -(10**15)), np.zeros(10, np.int64)]),
        node_upper=np.concatenate([np.zeros(10, np.int64), np.full(10, 10**15)]),
        coupling=Sparse(np.array([0, many]), np.arange(many, dtype=np.uint32), rng.integers(0, 10**12, many)),
        coupling_lower=np.array([-INF]), coupling_upper=np.array([10**15]),
        scales=Scales(Fraction(1, 10**6), Fraction(1, 10**9), coefficient=Fraction(1, 10**9)),
    )  # fmt: skip
    duals = Duals(rng.integers(-(10**18), 0, 20), np.array([10**9]), Fraction(1, 10**9), Fraction(1, 10**9))
    duals = replace(duals, node=np.where(np.arange(20) < 10, duals.node, -duals.node))
    assert compare(problem, rng.integers(0, 10**12, many), NO_BUNDLES, duals, rng) == (True, True)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, 2**32))
def test_no_bound_is_below_a_feasible_objective(seed: int) -> None:
    """Weak duality: whatever the duals and the splits, no bound is below what a feasible point is worth."""
    rng = np.random.default_rng(seed)
    point = random_point(rng)
    duals = random_duals(rng, point.problem)
    certificate = certify(point.problem, solution_of(point, random_tree(rng, point.problem), duals))
    assert certificate.max_violation == 0
    assert certificate.absolute_gap >= 0
    assert certificate.relative_gap >= 0


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(0, 2**32))
def test_losses_add_up_to_the_gap(seed: int) -> None:
    """bound - objective is the sum of losses, none below 0, at any duals with a finite bound."""
    rng = np.random.default_rng(seed)
    point = random_point(rng)
    duals = random_duals(rng, point.problem)
    solution = solution_of(point, Leaf(duals), duals)
    certificate = certify(point.problem, solution)
    if math.isinf(certificate.bound):
        with pytest.raises(CertificateError, match="no finite bound"):
            losses(point.problem, solution)
        return
    table = losses(point.problem, solution)
    assert table.total == certificate.absolute_gap
    assert min(min(part, default=0) for part in (table.node, table.row, table.arc, table.bundle)) >= 0


def test_floats_below_one_with_fine_fractions_stay_exact() -> None:
    """Their whole parts are 0, but in the unit common to all of them they need more bits than int64 has."""
    value, two = np.array([0.5, 3 * 2.0**-80, 1e-9]), np.array([0.25, 0.5])
    ends = np.array([0, 1, 1], np.uint32), np.array([0, 0, 1], np.uint32)
    problem = ClearingProblem.bipartite(two, two, *ends, value)
    flow, duals = np.array([0.25, 0.0, 0.5]), Duals(np.zeros(4), np.zeros(0))
    certificate = certify(problem, Solution(flow, NO_BUNDLES, duals, Leaf(duals), Status.NOT_PROVED, 1.0))
    most = [Fraction(min(two[t], two[h])) for t, h in zip(*ends, strict=True)]
    assert certificate.objective == sum(Fraction(w) * Fraction(x) for w, x in zip(value, flow, strict=True))
    assert certificate.bound == sum(Fraction(w) * x for w, x in zip(value, most, strict=True))


@pytest.mark.parametrize("seed", range(40))
def test_floats_are_exact_dyadics(seed: int) -> None:
    """A float problem is certified as the rationals that its floats are, even where int64 is too short."""
    rng = np.random.default_rng(seed)
    many = 6
    value = rng.random(many) * 10.0 ** rng.integers(-20, 20, many)
    problem = ClearingProblem.bipartite(
        0.5 + rng.random(2) * 10, 0.5 + rng.random(3) * 10, np.array([0, 0, 0, 1, 1, 1], np.uint32),
        np.array([0, 1, 2, 0, 1, 2], np.uint32), value if seed % 2 else rng.random(many),
    )  # fmt: skip
    flow = rng.random(many) * 0.1
    duals = Duals(np.concatenate([-rng.random(2), rng.random(3)]) * 10, np.zeros(0))
    certificate = certify(problem, Solution(flow, NO_BUNDLES, duals, Leaf(duals), Status.NOT_PROVED, 1.0))
    pi = [Fraction(p) for p in duals.node]
    bound = sum(max(Fraction(a) * p, Fraction(b) * p)
                for a, b, p in zip(problem.node_lower, problem.node_upper, pi, strict=True))  # fmt: skip
    for a, (tail, head) in enumerate(zip(problem.tail, problem.head, strict=True)):
        cap = min(-Fraction(problem.node_lower[tail]), Fraction(problem.node_upper[head]))
        bound += cap * max(0, Fraction(problem.value[a]) - pi[head] + pi[tail])
    assert certificate.bound == bound
    assert certificate.objective == sum(
        Fraction(w) * Fraction(x) for w, x in zip(problem.value, flow, strict=True)
    )
    assert certificate.max_violation == 0


def test_nan_is_refused() -> None:
    """NaN in a solution is no number to certify."""
    problem, solution = worked_market()
    with pytest.raises(ProblemError, match="NaN"):
        certify(problem, replace(solution, flow=np.array([np.nan, 1.0, 1.0])))


def test_caps_follow_from_one_row() -> None:
    """A tail without inflow, a head without outflow, a row of one sign; else an arc has no cap."""
    problem = ClearingProblem(
        tail=np.array([0, 1, 1, 2, 2], np.uint32), head=np.array([1, 2, 1, 1, 2], np.uint32),
        value=np.zeros(5, np.int64), capacity=np.full(5, INF),
        node_lower=np.array([-7, 0, 0]), node_upper=np.array([0, 0, 5]),
        coupling=Sparse(np.array([0, 2]), np.array([2, 4], np.uint32), np.array([2, 0])),
        coupling_lower=np.array([-INF]), coupling_upper=np.array([9]),
        bundle_value=np.array([0]), bundle_whole=np.array([True]),
        bundle_lines=Sparse(np.array([0, 1]), np.array([0], np.uint32), np.array([-4])),
    )  # fmt: skip
    exact, _ = exact_problem(problem, np.zeros(5, np.int64))
    caps = limits(inferred_caps(exact))
    assert caps == [7 + 4, math.inf, 5, math.inf, math.inf]  # 9/2 rounded up; the row's 0 says nothing


def test_an_arc_without_cap_needs_a_reduced_value_of_at_most_zero() -> None:
    """A lane between hubs without a cap that would profit at the duals makes the bound infinite."""
    problem = ClearingProblem(
        tail=np.array([0], np.uint32), head=np.array([1], np.uint32), value=np.array([-1]),
        capacity=np.array([INF]), node_lower=np.array([-INF, -INF]), node_upper=np.array([INF, INF]),
    )  # fmt: skip

    duals = Duals(np.zeros(2, np.int64), np.zeros(0, np.int64))
    solution = Solution(np.array([0]), NO_BUNDLES, duals, Leaf(duals), Status.NOT_PROVED, 1.0)
    assert certify(problem, solution).status == Status.OPTIMAL_WITHIN_GAP
    profitable = certify(replace(problem, value=np.array([1])), solution)
    assert (profitable.status, profitable.bound) == (Status.NOT_PROVED, math.inf)


def test_an_infinite_limit_asks_for_the_sign_of_its_dual() -> None:
    """Without an upper limit a node's dual must not be above 0: the bound would be infinite."""
    problem, solution = worked_market()
    free = replace(problem, node_upper=np.array([0, 0, 4, INF]))
    assert certify(free, solution).bound == math.inf


def knapsack() -> tuple[ClearingProblem, Solution]:
    """Whole bundles worth 10, 9 and 8 of sizes 6, 5 and 5 in a sack of 10: the last two, worth 17."""
    problem = ClearingProblem(
        tail=np.zeros(0, np.uint32), head=np.zeros(0, np.uint32), value=np.zeros(0, np.int64),
        capacity=np.zeros(0, np.int64), node_lower=np.zeros(0, np.int64), node_upper=np.zeros(0, np.int64),
        coupling=Sparse.empty(1), coupling_lower=np.array([-INF]), coupling_upper=np.array([10]),
        bundle_value=np.array([10, 9, 8]), bundle_whole=np.ones(3, bool), bundle_lines=Sparse.empty(3),
        bundle_coupling=Sparse(np.array([0, 3]), np.arange(3, dtype=np.uint32), np.array([6, 5, 5])),
        scales=Scales(bundle=Fraction(1, 10)),
    )  # fmt: skip

    def leaf(mu: int) -> Leaf:
        return Leaf(Duals(np.zeros(0, np.int64), np.array([mu]), row_scale=Fraction(1, 30)))

    tree = Split(0, 0, leaf(0), Split(1, 0, leaf(0), Split(2, 0, leaf(30 * 100), leaf(30 * 100))))
    duals = Duals(np.zeros(0, np.int64), np.array([1]))
    return problem, Solution(
        np.zeros(0, np.int64), np.array([0, 10, 10]), duals, tree, Status.NOT_PROVED, 1.0
    )


def test_a_tree_proves_what_one_leaf_cannot() -> None:
    """Without the first: 17. With it and without the second: 18. With both: full, so nothing is feasible."""
    problem, solution = knapsack()
    certificate = certify(problem, solution, gap=Fraction(1, 18))
    assert (certificate.objective, certificate.bound) == (17, 18)
    assert certificate.status == Status.OPTIMAL_WITHIN_GAP
    assert isinstance(solution.proof, Split)
    wrong_side = replace(solution, proof=replace(solution.proof, left=solution.proof.right))
    assert certify(problem, wrong_side).bound > 18


@pytest.mark.parametrize("column", [-1, 3, 99])
def test_a_split_of_another_column_is_refused(column: int) -> None:
    """A proof may only split whole columns that the problem has."""
    problem, solution = knapsack()
    assert isinstance(solution.proof, Split)
    with pytest.raises(CertificateError, match="not a whole column"):
        certify(problem, replace(solution, proof=replace(solution.proof, column=column)))


def test_a_fractional_bundle_may_not_be_split() -> None:
    """y in [0, 1] has points between 0 and 1 that no side would cover."""
    problem, solution = knapsack()
    with pytest.raises(CertificateError, match="not a whole column"):
        certify(replace(problem, bundle_whole=np.array([False, True, True])), solution)


def test_half_a_whole_bundle_is_refused() -> None:
    """0.5 of a bundle that is all or nothing is missed by 0.5."""
    problem, solution = knapsack()
    certificate = certify(problem, replace(solution, bundle=np.array([5, 0, 0])))
    assert (certificate.status, certificate.max_violation) == (Status.NOT_PROVED, Fraction(1, 2))


@pytest.mark.parametrize("seed", range(30))
def test_independent_parts_add_up(seed: int) -> None:
    """The bound of two problems side by side is the sum of their bounds, splits included."""
    rng = np.random.default_rng(seed)
    one, two = random_point(rng), random_point(rng)
    trees = random_tree(rng, one.problem), random_tree(rng, two.problem)
    duals = [random_duals(rng, point.problem) for point in (one, two)]
    apart = [
        certify(
            replace(point.problem, objective_offset=Fraction(0), sense="max"), solution_of(point, tree, d)
        )
        for point, tree, d in zip((one, two), trees, duals, strict=True)
    ]
    both = replace(joined(one.problem, two.problem), objective_offset=Fraction(0), sense="max")
    point = Point(both, np.concatenate([one.flow, two.flow]), np.concatenate([one.bundle, two.bundle]))
    forest = joined_forest(one.problem, two.problem, *trees)
    together = certify(both, solution_of(point, forest, duals[0]))
    assert together.objective == apart[0].objective + apart[1].objective
    assert together.bound == apart[0].bound + apart[1].bound


def test_a_column_between_parts_is_refused() -> None:
    """A forest whose parts share an arc proves nothing."""
    problem, solution = worked_market()
    leaf = Leaf(Duals(np.zeros(2, np.int64), np.zeros(0, np.int64)))
    none = np.zeros(0, np.int64)
    forest = Forest((Part(np.array([0, 2]), none, leaf), Part(np.array([1, 3]), none, leaf)))
    with pytest.raises(CertificateError, match="two parts"):
        certify(problem, replace(solution, proof=forest))
    for nodes in ([1], [1, 3, 0], [1, 7]):
        forest = Forest((Part(np.array([0, 2]), none, leaf), Part(np.array(nodes), none, leaf)))
        with pytest.raises(CertificateError, match=r"exactly once|does not have"):
            certify(problem, replace(solution, proof=forest))


def infeasible_problem() -> ClearingProblem:
    """An offer that must give 3 to a need that takes at most 2."""
    return ClearingProblem(
        tail=np.array([0], np.uint32), head=np.array([1], np.uint32), value=np.array([5]),
        capacity=np.array([9]), node_lower=np.array([-3, 0]), node_upper=np.array([-3, 2]),
    )  # fmt: skip


def test_infeasibility_is_proved_by_a_bound_below_zero() -> None:
    """With w = 0 the duals bound 0 by -1: there is no feasible point. Other duals prove nothing."""
    problem = infeasible_problem()
    for duals, status in (([1, 1], Status.INFEASIBLE), ([0, 0], Status.NOT_PROVED)):
        ray = Duals(np.array(duals), np.zeros(0, np.int64))
        solution = Solution(np.array([0]), NO_BUNDLES, ray, Leaf(ray), Status.INFEASIBLE, 1.0)
        assert certify(problem, solution).status == status


def test_unboundedness_needs_a_ray_and_a_feasible_origin() -> None:
    """A profitable cycle without caps grows for ever; with a cap, or backwards, it does not."""
    problem = ClearingProblem(
        tail=np.array([0, 1], np.uint32), head=np.array([1, 0], np.uint32), value=np.array([3, -1]),
        capacity=np.array([INF, INF]), node_lower=np.zeros(2, np.int64), node_upper=np.zeros(2, np.int64),
    )  # fmt: skip
    duals = Duals(np.zeros(2, np.int64), np.zeros(0, np.int64))
    ray = Solution(np.array([2, 2]), NO_BUNDLES, duals, Leaf(duals), Status.UNBOUNDED, 1.0)
    assert certify(problem, ray).status == Status.UNBOUNDED
    assert certify(problem, replace(ray, flow=np.array([2, 1]))).status == Status.NOT_PROVED
    assert certify(replace(problem, capacity=np.array([INF, 9])), ray).status == Status.NOT_PROVED
    assert certify(replace(problem, value=np.array([1, -1])), ray).status == Status.NOT_PROVED
    assert certify(replace(problem, node_lower=np.array([1, 0])), ray).status == Status.NOT_PROVED


def test_an_imported_problem_may_miss_rows_by_its_tolerance() -> None:
    """The tolerance is the problem's, and holds for rows only."""
    problem, solution = worked_market()
    over = replace(solution, flow=np.array([2, 2, 2]))
    assert certify(replace(problem, row_tolerance=Fraction(1)), over).status == Status.OPTIMAL_WITHIN_GAP
    assert certify(replace(problem, row_tolerance=Fraction(1, 2)), over).status == Status.NOT_PROVED


def test_duals_of_another_length_are_refused() -> None:
    """Duals must belong to the problem."""
    problem, solution = worked_market()
    short = Leaf(Duals(np.zeros(3, np.int64), np.zeros(0, np.int64)))
    with pytest.raises(CertificateError, match="number of duals"):
        certify(problem, replace(solution, proof=short))
    with pytest.raises(CertificateError, match="number of flows"):
        certify(problem, replace(solution, flow=np.zeros(2, np.int64)))


def test_activities_of_the_generator_are_those_of_the_checker() -> None:
    """The generator's own formulas and the checker's agree on how far a point lies outside."""
    rng = np.random.default_rng(3)
    for _ in range(50):
        point = random_point(rng)
        flow = point.flow + rng.integers(0, 5, len(point.flow))
        node, row = activities(point.problem, flow, point.bundle)
        misses = [Fraction(0)]
        sides = (
            (node, "node_", point.problem.scales.quantity),
            (row, "coupling_", point.problem.scales.limit),
        )
        for values, name, scale in sides:
            low, high = getattr(point.problem, name + "lower"), getattr(point.problem, name + "upper")
            misses += [int(a) * scale - v for a, v in zip(low, values, strict=True) if a > -INF]
            misses += [v - int(b) * scale for b, v in zip(high, values, strict=True) if b < INF]
        exact, integers = exact_problem(point.problem, flow)
        assert check_slow(exact, integers, point.bundle).row_violation == max(misses)
