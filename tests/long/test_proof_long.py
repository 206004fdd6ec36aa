"""Certificates in long form: thousands accepted, tens of thousands of forgeries refused, 10 million arcs."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from fourflow.engines import solve
from fourflow.problem import ClearingProblem, Duals, Leaf, Solution, Status
from fourflow.proof import certify, write_certificate
from fourflow.proof._folder import PROVED
from proof_problems import random_point
from proof_tampering import check_case, nudge_claim, random_case, verdict

pytestmark = pytest.mark.long
NUM_CERTIFICATES = 2_000
NUM_FORGERIES = 20_000
NUM_LISTINGS = 1_000_000
"""Needs, and as many offers, with ten arcs each: 10 million arcs."""


def test_two_thousand_solved_problems_are_verified(tmp_path: Path) -> None:
    """Random LPs and MIPs, solved by the engine: whatever certify proves, the lone verifier accepts."""
    accepted, seed = 0, 0
    while accepted < NUM_CERTIFICATES:
        seed += 1
        problem = random_point(np.random.default_rng(seed)).problem
        solution = solve(problem, gap=1e-6, time_limit_s=2)
        certificate = certify(problem, solution, gap=1e-6)
        claimed = solution.status in (Status.OPTIMAL_WITHIN_GAP, Status.INFEASIBLE, Status.UNBOUNDED)
        assert not claimed or certificate.status == solution.status, seed
        if certificate.status in PROVED:
            shutil.rmtree(tmp_path / "c", ignore_errors=True)
            write_certificate(tmp_path / "c", problem, solution, certificate)
            assert verdict(tmp_path / "c"), seed
            accepted += 1


def test_twenty_thousand_forgeries_are_refused(tmp_path: Path) -> None:
    """One flow, amount, dual, split, value, limit or coefficient changed, the hashes made anew: what does not
    follow is refused without exception, and what still follows is accepted."""
    refused, seed = 0, 10_000
    while refused < NUM_FORGERIES:
        seed += 1
        refused += check_case(seed, tmp_path / "c", 12)


def test_five_thousand_claims_that_do_not_follow_are_refused(tmp_path: Path) -> None:
    """Objective, bound, gaps and violation, off by one or by a billionth."""
    rng = np.random.default_rng(5)
    for seed in range(NUM_FORGERIES // 4):
        problem, solution = random_case(seed)
        shutil.rmtree(tmp_path / "c", ignore_errors=True)
        write_certificate(tmp_path / "c", problem, solution)
        key = nudge_claim(rng, tmp_path / "c")
        assert not verdict(tmp_path / "c"), (seed, key)


def test_ten_million_arcs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """10 million arcs of a bipartite market are certified and verified; times are printed, not asserted."""
    problem, solution = large_market()
    started = time.perf_counter()
    certificate = certify(problem, solution)
    certified = time.perf_counter()
    write_certificate(tmp_path, problem, solution, certificate)
    written = time.perf_counter()
    assert verdict(tmp_path)
    verified = time.perf_counter()
    with capsys.disabled():
        print(f"\n{problem.num_arcs:,} arcs: certify {certified - started:.1f} s (with compiling),"
              f" write {written - certified:.1f} s, verify {verified - written:.1f} s")  # fmt: skip


def large_market() -> tuple[ClearingProblem, Solution]:
    """Ten offers drawn at random for each need, one of them taken while it lasts, and prices at random."""
    rng = np.random.default_rng(10)
    need = np.repeat(np.arange(NUM_LISTINGS, dtype=np.uint32), 10)
    offer = rng.integers(0, NUM_LISTINGS, len(need)).astype(np.uint32)
    supply = rng.integers(20, 100, NUM_LISTINGS) * 10**6
    problem = ClearingProblem.bipartite(
        supply, rng.integers(1, 100, NUM_LISTINGS) * 10**6, offer, need, rng.integers(1, 10**12, len(need))
    )
    flow = np.zeros(len(need), np.int64)
    flow[::10] = 10**6
    taken = np.bincount(offer[::10], minlength=NUM_LISTINGS)
    flow[::10][taken[offer[::10]] > 20] = 0
    pi = np.concatenate([-rng.integers(0, 10**12, NUM_LISTINGS), rng.integers(0, 10**12, NUM_LISTINGS)])
    duals = Duals(pi, np.zeros(0, np.int64))
    return problem, Solution(flow, np.zeros(0, np.int64), duals, Leaf(duals), Status.NOT_PROVED, 1.0)
