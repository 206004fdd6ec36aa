"""certify: what a solution really proves, recomputed exactly from the problem alone."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np

from fourflow.errors import CertificateError, ProblemError
from fourflow.problem import ClearingProblem, Duals, Proof, Solution, Status, Strengthened, strengthened
from fourflow.proof._caps import inferred_caps
from fourflow.proof._certificate import DEFAULT_GAP, Certificate
from fourflow.proof._derived import check_derived
from fourflow.proof._exact import Exact, Ints, exact_duals, exact_problem, limits
from fourflow.proof._fast import bound_fast, check_fast
from fourflow.proof._slow import Box, Primal, bound_slow, check_slow
from fourflow.proof._trees import proof_bound

ALL_PAIRS = "all eligible pairs"


def certify(
    problem: ClearingProblem,
    solution: Solution,
    gap: float | Fraction = DEFAULT_GAP,
    covers: str = ALL_PAIRS,
) -> Certificate:
    """Check every bound of every row and column, and recompute objective and bound, in exact integers.

    gap : the relative gap asked; the status is what was proved about it. Columns must keep their bounds
    exactly, rows within the problem's row_tolerance (0 for a book). A solution that claims INFEASIBLE
    or UNBOUNDED is checked for just that; any other is measured whatever it claims.
    Raises CertificateError where flows or duals do not belong to this problem.
    """
    _check_lengths(problem, solution)
    asked = Fraction(str(gap))  # 0.1 means one tenth, not the nearest float
    exact, flow = exact_problem(problem, solution.flow)
    if solution.status == Status.UNBOUNDED:
        return _certify_unbounded(problem, exact, flow, solution, asked, covers)
    primal = check_fast(exact, flow, solution.bundle) or check_slow(exact, flow, solution.bundle)
    infeasible = solution.status == Status.INFEASIBLE
    bound = _bound(problem, exact, solution.proof, with_value=not infeasible)
    if infeasible:
        return _infeasible(problem, primal, bound, asked, covers)
    return _measured(problem, primal, bound, asked, covers)


def relative_gap(objective: Fraction, bound: Fraction | float) -> Fraction | float:
    """(bound - objective) / max(|bound|, |objective|), where 0/0 = 0; inf where there is no bound."""
    if isinstance(bound, float):
        return bound
    largest = max(abs(bound), abs(objective))
    return (bound - objective) / largest if largest else Fraction(0)


def _check_lengths(problem: ClearingProblem, solution: Solution) -> None:
    if len(solution.flow) != problem.num_arcs or len(solution.bundle) != problem.num_bundles:
        raise CertificateError("the solution has another number of flows or bundles than the problem.")


def _bound(problem: ClearingProblem, exact: Exact, proof: Proof, with_value: bool) -> Fraction | float:
    caps, whole = inferred_caps(exact), False
    if isinstance(proof, Strengthened):
        exact, proof, whole = _strengthened(problem, exact, caps, proof), proof.proof, with_value

    def leaf_bound(part: Exact, duals: Duals, box: Box) -> Fraction | float:
        if len(duals.node) != len(part.node_lower) or len(duals.row) != len(part.row_lower):
            raise CertificateError("a leaf of the proof has another number of duals than nodes and rows.")
        integers = exact_duals(duals)
        bound = bound_fast(part, integers, box, with_value)
        return bound if bound is not None else bound_slow(part, integers, box, with_value)

    return proof_bound(exact, caps, proof, leaf_bound, whole)


def _strengthened(problem: ClearingProblem, exact: Exact, caps: Ints, proof: Strengthened) -> Exact:
    """The problem with its derived rows, each of which is derived again first."""
    try:
        stronger = strengthened(problem, proof.derived)
    except ProblemError as error:
        raise CertificateError(str(error)) from None
    check_derived(exact, caps, proof.derived)
    return exact_problem(stronger, np.zeros(problem.num_arcs, np.int64))[0]


def _offset(problem: ClearingProblem) -> Fraction:
    return problem.objective_offset * problem.scales.value * problem.scales.quantity


def _measured(
    problem: ClearingProblem, primal: Primal, bound: Fraction | float, gap: Fraction, covers: str
) -> Certificate:
    """The certificate of a point that claims to be feasible."""
    objective = primal.objective + _offset(problem)
    bound = bound + _offset(problem)
    distance = relative_gap(objective, bound)
    feasible = primal.column_violation == 0 and primal.row_violation <= problem.row_tolerance
    status = Status.NOT_PROVED
    if feasible and not math.isinf(distance):
        status = Status.OPTIMAL_WITHIN_GAP if distance <= gap else Status.GAP_NOT_REACHED
    return _certificate(problem, objective, bound, primal, status, gap, covers)


def _infeasible(
    problem: ClearingProblem, primal: Primal, bound: Fraction | float, gap: Fraction, covers: str
) -> Certificate:
    """With w = V = 0 every feasible point has objective 0: a bound below 0 says that there is none."""
    status = Status.INFEASIBLE if bound < 0 else Status.NOT_PROVED
    return _certificate(problem, Fraction(0), bound, primal, status, gap, covers)


def _certify_unbounded(
    problem: ClearingProblem, exact: Exact, flow: Ints, solution: Solution, gap: Fraction, covers: str
) -> Certificate:
    """A ray along which the objective grows for ever, from the point 0, which must be feasible."""
    origin = check_slow(exact, np.zeros_like(flow), np.zeros_like(solution.bundle))
    ray = check_slow(_recession(exact), flow, solution.bundle)
    kept = origin.row_violation == origin.column_violation == ray.row_violation == ray.column_violation == 0
    grows = kept and ray.objective > 0 and not solution.bundle.any()
    status = Status.UNBOUNDED if grows else Status.NOT_PROVED
    return _certificate(problem, _offset(problem), math.inf, origin, status, gap, covers)


def _certificate(
    problem: ClearingProblem,
    objective: Fraction,
    bound: Fraction | float,
    primal: Primal,
    status: Status,
    gap: Fraction,
    covers: str,
) -> Certificate:
    """The record, with the sign of a minimisation undone."""
    sign = -1 if problem.sense == "min" else 1
    return Certificate(
        objective=sign * objective,
        bound=sign * bound,
        relative_gap=relative_gap(objective, bound),
        absolute_gap=bound - objective,
        max_violation=max(primal.row_violation, primal.column_violation),
        status=status,
        covers=covers,
        gap=gap,
    )


def _recession(exact: Exact) -> Exact:
    """The problem of its rays: every finite limit becomes 0, and flows need not be whole."""
    return replace(
        exact,
        capacity=_open_or_zero(exact.capacity), step=np.zeros_like(exact.step),
        node_lower=_open_or_zero(exact.node_lower), node_upper=_open_or_zero(exact.node_upper),
        row_lower=_open_or_zero(exact.row_lower), row_upper=_open_or_zero(exact.row_upper),
    )  # fmt: skip


def _open_or_zero(array: Ints) -> Ints:
    numbers = [0 if not math.isinf(limit) else limit for limit in limits(array)]
    return np.array(numbers, dtype=object)
