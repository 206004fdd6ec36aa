"""The loops of `limits` against their slow, obvious versions."""

from __future__ import annotations

import numpy as np
import pytest

from fourflow.engines.kernels import curvature, fill, gather, respond
from fourflow.engines.kernels._limits_slow import slow_curvature, slow_response

ROWS = 6


def drawn(seed: int) -> dict[str, np.ndarray]:
    """A few takers with none to six arcs, none to three rows an arc; some values tied, some below zero."""
    rng = np.random.default_rng(seed)
    degree = rng.integers(0, 7, 12)
    start = np.concatenate([[0], np.cumsum(degree)])
    arcs = int(start[-1])
    first = np.concatenate([[0], np.cumsum(rng.integers(0, 4, arcs))])
    rows = [rng.choice(ROWS, n, replace=False) for n in np.diff(first)]
    return {
        "start": start, "first": first, "row": np.concatenate(rows).astype(np.uint32),
        "weight": rng.uniform(0.1, 1, first[-1]), "value": rng.integers(-2, 5, arcs) / 4,
        "price": rng.choice([0.0, 0.25, 0.5, 1.0], ROWS), "friction": rng.choice([1e-6, 0.1, 3.0], 12),
        "centre": rng.uniform(0, 0.2, arcs),
    }  # fmt: skip


def responded(case: dict[str, np.ndarray]) -> tuple[np.ndarray, ...]:
    arcs = len(case["value"])
    flow, load, at = np.zeros(arcs), np.zeros(ROWS), np.zeros(13, np.int64)
    moving, slack = np.zeros(arcs, np.uint32), np.zeros(12, np.bool_)
    told = respond(
        0, 12, case["start"], case["first"], case["row"], case["weight"], case["value"], case["price"],
        case["friction"], case["centre"], flow, load, at, moving, slack,
    )  # fmt: skip
    return told, flow, load, at, moving, slack  # type: ignore[return-value]


def use_of(case: dict[str, np.ndarray], p: int) -> dict[int, float]:
    span = slice(case["first"][p], case["first"][p + 1])
    return dict(zip(case["row"][span].tolist(), case["weight"][span].tolist(), strict=True))


@pytest.mark.parametrize("seed", range(40))
def test_takers_answer_as_on_the_blackboard(seed: int) -> None:
    """Division, gain, bound and loads are those of the projection by sorting."""
    case = drawn(seed)
    (smooth, bound, _, _), flow, load, _, _, _ = responded(case)
    told_smooth, told_bound, told_load = 0.0, 0.0, np.zeros(ROWS)
    for i in range(12):
        arcs = range(case["start"][i], case["start"][i + 1])
        gain = [
            case["value"][p] - sum(u * case["price"][k] for k, u in use_of(case, p).items()) for p in arcs
        ]
        mu = float(case["friction"][i])
        pull = [g + mu * case["centre"][p] for g, p in zip(gain, arcs, strict=True)]
        x = slow_response(pull, mu)
        assert flow[list(arcs)] == pytest.approx(x, abs=1e-9)
        told_smooth += sum(a * b for a, b in zip(x, pull, strict=True)) - mu / 2 * sum(a * a for a in x)
        told_bound += max([0.0, *gain])
        for p, some in zip(arcs, x, strict=True):
            for k, use in use_of(case, p).items():
                told_load[k] += use * some
    assert (smooth, bound) == pytest.approx((told_smooth, told_bound))
    assert load == pytest.approx(told_load)


@pytest.mark.parametrize("seed", range(20))
def test_the_second_derivative_is_that_of_the_blackboard(seed: int) -> None:
    """Its product with a direction, and a diagonal that is never below its own."""
    case = drawn(seed)
    case["friction"][:] = 0.7
    (_, _, movers, moving), _, _, at, arcs, slack = responded(case)
    taker = np.repeat(np.arange(12), np.diff(case["start"])).astype(np.uint32)
    start, row, weight = np.zeros(moving + 1, np.int64), np.zeros(200, np.uint32), np.zeros(200)
    share, diagonal = np.zeros(12), np.zeros(ROWS)
    gather(
        movers, at, arcs, slack, taker, case["friction"], case["first"], case["row"], case["weight"],
        start, row, weight, share, diagonal,
    )  # fmt: skip
    groups = [
        (bool(slack[m]), [use_of(case, int(p)) for p in arcs[at[m] : at[m + 1]]]) for m in range(movers)
    ]
    for direction in np.random.default_rng(seed).normal(size=(3, ROWS)):
        out = np.zeros(ROWS)
        curvature(movers, at, slack, start, row, weight, share, direction, np.zeros(moving), out)
        assert out == pytest.approx(np.array(slow_curvature(groups, 0.7, direction.tolist())))
    unit = [slow_curvature(groups, 0.7, e.tolist())[k] for k, e in enumerate(np.eye(ROWS))]
    assert (diagonal >= np.array(unit) - 1e-12).all()
    assert (diagonal[np.array(unit) > 1e-12] > 0).all()


@pytest.mark.parametrize("seed", range(40))
def test_whole_flows_keep_every_row_and_leave_no_room_unused(seed: int) -> None:
    """Rows are kept in whole numbers; what a taker still wants finds no arc of some worth with room."""
    case, rng = drawn(seed), np.random.default_rng(seed + 1)
    use, worth = rng.integers(1, 9, len(case["row"])).astype(float), np.rint(case["value"] * 4)
    demand, limit = rng.integers(0, 30, 12).astype(float), rng.integers(0, 200, ROWS).astype(float)
    portion = rng.uniform(0, 0.5, len(worth))
    left, flow = limit.copy(), np.zeros(len(worth))
    total = fill(
        case["start"], case["first"], case["row"], use, worth, case["price"],
        demand, portion, rng.uniform(0, 1, ROWS), left, flow,
    )  # fmt: skip
    of_entry = np.repeat(np.arange(len(worth)), np.diff(case["first"]))
    assert (left == limit - np.bincount(case["row"], use * flow[of_entry], ROWS)).all()
    assert (left >= 0).all()
    assert (flow >= 0).all()
    assert total == flow @ worth
    for i in range(12):
        span = slice(case["start"][i], case["start"][i + 1])
        rest = demand[i] - flow[span].sum()
        assert rest >= 0
        for p in np.arange(span.start, span.stop)[worth[span] > 0]:
            entries = slice(case["first"][p], case["first"][p + 1])
            room = min([rest, *(left[case["row"][entries]] // use[entries])])
            assert room < 1
