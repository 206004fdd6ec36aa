"""Derived rows: what follows from rows in whole decisions is accepted, what does not is refused."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from fourflow.errors import CertificateError
from fourflow.problem import (
    INF,
    ClearingProblem,
    DerivedRow,
    Duals,
    Leaf,
    Scales,
    Solution,
    Sparse,
    Status,
    Strengthened,
)
from fourflow.proof import certify, write_certificate
from fourflow.proof._derived import can_exceed
from proof_problems import I64, activities, random_derived, random_point
from proof_tampering import bounded, claim, forged, read, set_claim, verdict, write


def prices(*row: int) -> Leaf:
    """A leaf with these prices of the rows, in tenths."""
    return Leaf(Duals(np.zeros(0, np.int64), np.array(row), row_scale=Fraction(1, 10)))


def knapsack() -> tuple[ClearingProblem, Solution]:
    """Three bundles weigh 3, 4 and 5 and are worth 4, 5 and 6; 8 fit, so the first and the last are best: 10.

    A price of 1.2 a unit of weight proves 8 x 1.2 + 0.4 + 0.2 = 10.2, and no price proves less. But the last
    two do not fit together: a price of 6 on y2 + y3 <= 1 proves 6 + 4 = 10.
    """
    none = np.zeros(0, np.int64)
    weights = Sparse(np.array([0, 3]), np.arange(3, dtype=np.uint32), np.array([3, 4, 5]))
    problem = ClearingProblem(
        tail=none.astype(np.uint32), head=none.astype(np.uint32), value=none, capacity=none,
        node_lower=none, node_upper=none, coupling=Sparse.empty(1),
        coupling_lower=np.array([-INF]), coupling_upper=np.array([8]),
        bundle_value=np.array([4, 5, 6]), bundle_lines=Sparse.empty(3), bundle_coupling=weights,
        bundle_whole=np.ones(3, np.bool_), scales=Scales(bundle=Fraction(1)),
    )  # fmt: skip
    cover = DerivedRow(np.array([0]), np.array([1]), np.array([1, 2]), np.array([1, 1]), 1)
    proof = Strengthened((cover,), prices(0, 60))
    return problem, Solution(none, np.array([1, 0, 1]), prices(12).duals, proof, Status.NOT_PROVED, 1.0)


def test_a_cover_proves_in_one_leaf_what_rows_alone_cannot() -> None:
    """Of the bundles that weigh 4 and 5 only one fits in 8."""
    problem, solution = knapsack()
    certificate = certify(problem, solution)
    assert (certificate.objective, certificate.bound) == (10, 10)
    assert certify(problem, replace(solution, proof=prices(12))).bound == Fraction(102, 10)


def test_bounds_are_rounded_down_only_where_all_values_are_whole() -> None:
    """10.2 is 10 where only whole bundles are worth anything, each a whole number; not beside a fraction."""
    problem, solution = knapsack()
    rounded = replace(solution, proof=Strengthened((), prices(12)))
    assert certify(problem, rounded).bound == 10
    halves = replace(problem, bundle_value=np.array([8, 10, 13]))
    assert (
        certify(halves, replace(rounded, proof=Strengthened((), prices(25)))).bound == Fraction(215, 10) // 1
    )
    loose = replace(problem, bundle_whole=np.array([False, True, True]))
    assert certify(loose, rounded).bound == Fraction(102, 10)


@pytest.mark.parametrize(
    "change",
    [
        {"limit": 0},
        {"multiple": np.array([-1])},
        {"multiple": np.array([0])},
        {"coefficient": np.array([1, 2])},
        {"column": np.array([0, 2])},
        {"column": np.array([2, 2])},
        {"column": np.array([2, 3])},
        {"row": np.array([1])},
        {"row": np.array([-1])},
    ],
)
def test_a_derived_row_that_does_not_follow_is_refused(change: dict[str, object], tmp_path: Path) -> None:
    """The first and the last fit together; the row has no lower limit; there is no other row."""
    problem, solution = knapsack()
    assert isinstance(solution.proof, Strengthened)
    certificate = certify(problem, solution)
    (row,) = solution.proof.derived
    false = replace(solution, proof=replace(solution.proof, derived=(replace(row, **change),)))
    with pytest.raises(CertificateError, match="derived row"):
        certify(problem, false)
    if "column" in change and change["column"][-1] == 3:  # type: ignore[index]
        return
    forged(tmp_path, problem, false, certificate)
    assert not verdict(tmp_path)


def test_a_fractional_bundle_may_not_be_in_a_derived_row() -> None:
    """4 and half of 5 fit in 8: the cover is none where halves are allowed."""
    problem, solution = knapsack()
    with pytest.raises(CertificateError, match="need not be whole"):
        certify(replace(problem, bundle_whole=np.array([True, True, False])), solution)


@pytest.mark.parametrize("seed", range(200))
def test_every_whole_point_keeps_a_row_that_is_accepted(seed: int) -> None:
    """Random rows with the least limit that is accepted: no feasible whole point exceeds it."""
    rng = np.random.default_rng(seed)
    point = random_point(rng, size=4, whole=0.8)
    problem = bounded(point)
    row = random_derived(rng, problem)
    if row is None:
        return
    one = problem.scales.bundle.denominator
    near = neighbours(rng, problem, point.flow, point.bundle)
    for flow, bundle in [(point.flow, point.bundle), *itertools.islice(near, 30)]:
        amounts = np.concatenate([flow / np.maximum(problem.step, 1), bundle / one])
        assert row.coefficient @ amounts[row.column] <= row.limit


def neighbours(
    rng: np.random.Generator, problem: ClearingProblem, flow: I64, bundle: I64
) -> Iterator[tuple[I64, I64]]:
    """Points near a feasible one that keep all rows and caps."""
    scales = problem.scales
    for _ in range(200):
        x, y = flow.copy(), bundle.copy()
        for _ in range(int(rng.integers(1, 4))):
            if len(x) and rng.random() < 0.7:
                a = rng.integers(0, len(x))
                x[a] = max(0, min(x[a] + rng.choice([-1, 1]) * max(problem.step[a], 1), problem.capacity[a]))
                x[a] -= x[a] % max(problem.step[a], 1)
            elif len(y):
                p = rng.integers(0, len(y))
                y[p] = scales.bundle.denominator - y[p]
        node, row = activities(problem, x, y)
        inside = all(
            low <= -INF or low * scale <= value
            for low, value, scale in [
                *zip(problem.node_lower.tolist(), node, itertools.repeat(scales.quantity)),
                *zip(problem.coupling_lower.tolist(), row, itertools.repeat(scales.limit)),
            ]
        ) and all(
            high >= INF or high * scale >= value
            for high, value, scale in [
                *zip(problem.node_upper.tolist(), node, itertools.repeat(scales.quantity)),
                *zip(problem.coupling_upper.tolist(), row, itertools.repeat(scales.limit)),
            ]
        )
        if inside:
            yield x, y


@pytest.mark.parametrize("seed", range(100))
def test_the_dynamic_program_is_what_trying_everything_says(seed: int) -> None:
    """All choices of up to five columns of up to two steps each, against the least weights of each total."""
    rng = np.random.default_rng(seed)
    items = [
        tuple(int(n) for n in (rng.integers(0, 9), rng.integers(1, 5), rng.integers(1, 3))) for _ in range(5)
    ]
    room, limit = int(rng.integers(-1, 20)), int(rng.integers(-1, 12))
    choices = itertools.product(*(range(most + 1) for _, _, most in items))
    exceeds = any(
        sum(n * w for n, (w, _, _) in zip(choice, items, strict=True)) <= room
        and sum(n * g for n, (_, g, _) in zip(choice, items, strict=True)) > limit
        for choice in choices
    )
    assert can_exceed(items, room, limit) == exceeds


def test_a_row_that_asks_for_too_much_work_is_refused(tmp_path: Path) -> None:
    """Every loop over what others wrote has a limit."""
    with pytest.raises(CertificateError, match="steps"):
        can_exceed([(1, 1, 10**9)], 10**9, 10**9)


def test_forged_cells_of_derived_rows_are_refused(tmp_path: Path) -> None:
    """A claim to round down, a unit, a kind, a row left out: each must follow."""
    problem, solution = knapsack()
    write_certificate(tmp_path, problem, solution)
    assert verdict(tmp_path)
    assert claim(tmp_path, "rounds_down") == "1"
    header, *rows = read(tmp_path, "derived.csv")
    for changed in (
        rows[:-1],
        rows[1:],
        [*rows, rows[-1]],
        [["1", *row[1:]] for row in rows],
        [[row[0], "3", *row[2:]] for row in rows],
        [[row[0], row[1], "9", row[3]] for row in rows],
    ):
        write(tmp_path, "derived.csv", [header, *changed])
        assert not verdict(tmp_path), changed
    write(tmp_path, "derived.csv", [header, *rows])
    for key in ("rounds_down", "derived_unit"):
        before = claim(tmp_path, key)
        set_claim(tmp_path, key, int(before) + 1)
        assert not verdict(tmp_path), key
        set_claim(tmp_path, key, before)
    assert verdict(tmp_path)
