"""The loops of prices of rows do what the blackboard says."""

from __future__ import annotations

import numpy as np
import pytest

from fourflow.engines.kernels import compress, row_widths, screen, step_crowded, step_rows, step_takers
from fourflow.engines.kernels._row_prices_slow import slow_crowded, slow_portions

ROWS, TAKERS = 6, 12


def drawn(seed: int) -> dict[str, np.ndarray]:
    """A few takers with none to six arcs, none to three rows an arc; some values tied, some below zero."""
    rng = np.random.default_rng(seed)
    start = np.concatenate([[0], np.cumsum(rng.integers(0, 7, TAKERS))])
    arcs = int(start[-1])
    first = np.concatenate([[0], np.cumsum(rng.integers(0, 4, arcs))])
    rows = [rng.choice(ROWS, n, replace=False) for n in np.diff(first)]
    return {
        "start": start, "first": first, "row": np.concatenate(rows).astype(np.uint32),
        "use": rng.uniform(0.1, 1, first[-1]), "worth": rng.integers(-2, 5, arcs) / 4,
        "price": rng.choice([0.0, 0.25, 0.5, 1.0], ROWS), "demand": rng.integers(0, 9, TAKERS).astype(float),
        "here": rng.choice([0.0, 0.0, 0.1, 0.4], arcs), "pace": rng.choice([1e-6, 0.1, 3.0], arcs),
    }  # fmt: skip


def matrix(case: dict[str, np.ndarray]) -> np.ndarray:
    """What each arc uses of each row.  [arcs, rows]"""
    use = np.zeros((len(case["worth"]), ROWS))
    arc = np.repeat(np.arange(len(use)), np.diff(case["first"]))
    use[arc, case["row"]] = case["use"]
    return use


@pytest.mark.parametrize("seed", range(20))
def test_takers_step_as_on_the_blackboard(seed: int) -> None:
    """Portions, loads of the step and its reflection, where the next step begins, and the length."""
    case = drawn(seed)
    use, rng = matrix(case), np.random.default_rng(seed)
    here, anchor = case["here"].copy(), rng.uniform(0, 0.3, len(case["here"]))
    step, load = np.zeros(len(here)), np.full(ROWS, 7.0)
    length = step_takers(
        0, TAKERS, case["start"], case["first"], case["row"], case["use"], case["worth"], case["demand"],
        case["pace"], case["price"], here, anchor, 0.75, step, load,
    )  # fmt: skip
    wish = case["here"] + case["pace"] * (case["worth"] - use @ case["price"])
    told = [
        x
        for a, b in zip(case["start"][:-1], case["start"][1:], strict=True)
        if b > a
        for x in slow_portions(wish[a:b].tolist(), case["pace"][a:b].tolist())
    ]
    assert step == pytest.approx(told, abs=1e-9)
    beyond, demand = 2 * step - case["here"], np.repeat(case["demand"], np.diff(case["start"]))
    assert load == pytest.approx((beyond * demand) @ use)
    assert here == pytest.approx(0.75 * beyond + 0.25 * anchor)
    assert length == pytest.approx(float(((step - case["here"]) ** 2 * demand / case["pace"]).sum()))


@pytest.mark.parametrize("seed", range(40))
def test_crowded_rows_step_to_the_best_of_all_ways_to_hold_some(seed: int) -> None:
    """Whatever was held before; and again with the factor at hand."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 6))
    root = rng.normal(size=(count, count))
    together, over = root @ root.T + 0.1 * np.eye(count), rng.normal(size=count) * 3
    price, dearest = rng.uniform(-0.1, 1.1, count), np.ones(count)
    side, change = rng.integers(-1, 2, count), np.zeros(count)
    lower, place, free = np.zeros((count, count)), np.zeros(count, np.int64), -1
    for _ in range(2):
        free, length = step_crowded(together, over, price, dearest, side, lower, place, free, change)
        assert change == pytest.approx(slow_crowded(together, over, price, dearest), abs=1e-7)
        assert length == pytest.approx(float(change @ together @ change))
        over = over + 1e-9


def test_other_rows_step_alone_within_their_ends() -> None:
    """By what they lack, to 0 or the dearest at most; crowded ones by the change told."""
    price, step, anchor = np.array([0.5, 0.5, 0.5, 0.5]), np.zeros(4), np.full(4, 0.1)
    loads = np.array([[1.0, 9.0, 0.0, 5.0], [1.0, 0.0, 0.0, 5.0]])
    length = step_rows(
        loads, np.array([1.0, 1.0, 8.0, 1.0]), np.array([0.1, 0.1, 0.1, 0.0]), np.ones(4),
        np.array([-1, -1, -1, 0]), np.array([0.25]), price, anchor, 0.5, step,
    )  # fmt: skip
    assert step == pytest.approx([0.6, 1.0, 0.0, 0.75])
    assert price == pytest.approx(0.5 * (2 * step - 0.5) + 0.05)
    assert length == pytest.approx((0.01 + 0.25 + 0.25) / 0.1)


@pytest.mark.parametrize("seed", range(10))
def test_arcs_that_may_matter_are_kept_side_by_side(seed: int) -> None:
    """Those with flow or near their taker's best; the gain told is that of all; widths add up."""
    case = drawn(seed)
    use, portion, moved = matrix(case), case["here"], np.full(ROWS, 0.3)
    keep = np.zeros(len(portion), np.bool_)
    bound, takers, arcs, entries = screen(
        0, TAKERS, case["start"], case["first"], case["row"], case["use"], case["worth"], case["demand"],
        portion, case["price"], moved, 0.5, keep,
    )  # fmt: skip
    gain, told, kept = case["worth"] - use @ case["price"], 0.0, []
    for i, (a, b) in enumerate(zip(case["start"][:-1], case["start"][1:], strict=True)):
        most, far = max([0.0, *gain[a:b]]), max([0.0, *(use[a:b] @ moved)])
        told += case["demand"][i] * most
        kept += [p for p in range(a, b) if portion[p] > 0 or gain[p] >= most - 0.5 * far - 1e-12]
    assert bound == pytest.approx(told)
    assert np.flatnonzero(keep).tolist() == kept
    taker, start, arc = np.zeros(takers, np.int64), np.zeros(takers + 1, np.int64), np.zeros(arcs, np.int64)
    first, row, its_use = np.zeros(arcs + 1, np.int64), np.zeros(entries, np.uint32), np.zeros(entries)
    compress(
        case["start"], case["first"], case["row"], case["use"], keep, taker, start, arc, first, row, its_use
    )
    assert arc.tolist() == kept
    of_arc = np.repeat(np.arange(TAKERS), np.diff(case["start"]))[arc]
    assert np.repeat(taker, np.diff(start)).tolist() == of_arc.tolist()
    wide = np.linspace(1, 2, arcs)
    alone, together, crowd = np.zeros(ROWS), np.zeros((2, 2)), np.array([0, -1, -1, 1, -1, -1])
    row_widths(first, row, its_use, wide, crowd, alone, together)
    gram = (use[arc] * wide[:, None]).T @ use[arc]
    assert together == pytest.approx(gram[np.ix_([0, 3], [0, 3])])
    assert alone == pytest.approx(np.where(crowd < 0, gram.diagonal(), 0.0))
