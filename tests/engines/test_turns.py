"""Parts take turns on several threads: the same answer as on one, and an answer whenever they are stopped."""

from __future__ import annotations

import numpy as np
import pytest
from test_derived_rows import projects_over_hubs
from test_solve import side_by_side

from fourflow.engines import solve
from fourflow.engines._incumbent import complete
from fourflow.engines._linear import Linear
from fourflow.engines._parts import pieces
from fourflow.engines._swaps import swap_parts
from fourflow.problem import ClearingProblem, Status
from fourflow.progress import Progress
from fourflow.proof import certify

NEVER = np.inf


def markets() -> ClearingProblem:
    """Six markets of projects that touch nowhere, as one problem."""
    return side_by_side([projects_over_hubs(seed) for seed in range(6)])


def test_parts_on_two_threads_come_to_what_one_comes_to() -> None:
    """Each part is searched to its own gap, whoever does it: the same flows and the same proof."""
    problem = markets()
    alone, together = (solve(problem, gap=0.0, time_limit_s=900, threads=threads) for threads in (1, 2))
    assert alone.status == together.status == Status.OPTIMAL_WITHIN_GAP
    assert (alone.flow == together.flow).all()
    assert (alone.bundle == together.bundle).all()
    assert certify(problem, together).relative_gap == certify(problem, alone).relative_gap


@pytest.mark.parametrize("call", [1, 2, 5])
def test_an_interrupt_leaves_the_best_answers_of_all_parts(call: int) -> None:
    """Stopped in the first round or later, the answer is feasible, its gap is proved, and it says so."""
    problem, calls = markets(), []

    def stop(progress: Progress) -> None:
        calls.append(progress.stage)
        if calls.count("proof trees of the parts") == call:
            raise KeyboardInterrupt

    stopped = solve(problem, gap=0.0, threads=2, progress=stop)
    assert stopped.stats["interrupted"]
    assert 0 < certify(problem, stopped).relative_gap < 1


def test_no_time_still_leaves_an_answer_that_is_proved() -> None:
    """With a moment for six parts, what is at hand is returned with its gap."""
    problem = markets()
    found = certify(problem, solve(problem, gap=0.0, time_limit_s=0.05))
    assert 0 <= found.relative_gap <= 1


def test_a_quick_search_of_all_parts_at_once_keeps_every_limit() -> None:
    """Searched by their curves alone, all parts together have a better answer than rounding down."""
    linear = Linear(markets())
    relaxed = linear.first(60)
    assert relaxed.flow is not None
    assert relaxed.y is not None
    down = np.floor(linear.whole_values(relaxed.flow, relaxed.y) + 1e-6)
    rounded = complete(linear, down, NEVER)
    found = swap_parts(linear, relaxed, pieces(linear.given, linear.is_fractional(relaxed))[1:], NEVER)
    assert rounded is not None
    assert found is not None
    assert found.objective > rounded.objective
