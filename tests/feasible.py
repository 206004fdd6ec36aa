"""Exact checks in Python integers: a flow against its problem, awards against their market."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fourflow.clearing import Cleared
from fourflow.problem import INF, ClearingProblem


def violations(problem: ClearingProblem, flow, bundle) -> list[str]:
    """What a flow breaks, in words; empty if it is feasible."""
    found = []
    step = np.zeros(problem.num_arcs, np.int64) if problem.step is None else problem.step
    for arc, (x, cap, s) in enumerate(
        zip(flow.tolist(), problem.capacity.tolist(), step.tolist(), strict=True)
    ):
        if not 0 <= x <= cap or (s > 0 and x % s):
            found.append(f"arc {arc}: flow {x} of {cap} in steps of {s}")
    whole = int(1 / problem.scales.bundle)
    found += [
        f"bundle {p}: {y}"
        for p, (y, is_whole) in enumerate(zip(bundle.tolist(), problem.bundle_whole.tolist(), strict=True))
        if not 0 <= y <= whole or (is_whole and y not in (0, whole))
    ]
    return found + _nodes(problem, flow, bundle, whole) + _rows(problem, flow, bundle, whole)


def objective(problem: ClearingProblem, flow, bundle) -> Fraction:
    """The exact objective in money."""
    scales = problem.scales
    flows = sum(w * x for w, x in zip(problem.value.tolist(), flow.tolist(), strict=True))
    switches = sum(v * y for v, y in zip(problem.bundle_value.tolist(), bundle.tolist(), strict=True))
    return flows * scales.value * scales.quantity + switches * scales.bundle_value * scales.bundle


def _nodes(problem, flow, bundle, whole) -> list[str]:
    net = [0] * problem.num_nodes
    for tail, head, x in zip(problem.tail.tolist(), problem.head.tolist(), flow.tolist(), strict=True):
        net[head] += x * whole
        net[tail] -= x * whole
    lines = problem.bundle_lines
    for p, node, d in zip(
        lines.row_of_entry().tolist(), lines.index.tolist(), lines.coefficient.tolist(), strict=True
    ):
        net[node] -= d * int(bundle[p])
    bounds = zip(net, problem.node_lower.tolist(), problem.node_upper.tolist(), strict=True)
    return [
        f"node {n}: {x} outside [{low}, {up}]"
        for n, (x, low, up) in enumerate(bounds)
        if (low > -INF and x < low * whole) or (up < INF and x > up * whole)
    ]


def _rows(problem, flow, bundle, whole) -> list[str]:
    scales, found = problem.scales, []
    sums = [Fraction(0)] * problem.num_coupling
    for matrix, column, scale in (
        (problem.coupling, flow.tolist(), scales.coefficient * scales.quantity),
        (problem.bundle_coupling, bundle.tolist(), scales.bundle_coefficient * scales.bundle),
    ):
        rows, index = matrix.row_of_entry().tolist(), matrix.index.tolist()
        for k, c, g in zip(rows, index, matrix.coefficient.tolist(), strict=True):
            sums[k] += g * column[c] * scale
    for k, total in enumerate(sums):
        low, up = int(problem.coupling_lower[k]), int(problem.coupling_upper[k])
        if (low != -INF and total < low * scales.limit) or (up != INF and total > up * scales.limit):
            found.append(f"row {k}: {float(total)} outside [{low}, {up}] x {scales.limit}")
    return found


def awards_follow(cleared: Cleared, where: str) -> None:
    """Awards add up to what flows, none goes to its own giver, and none takes what it may not."""
    market, awards, allocation = cleared.allocation.market, cleared.awards, cleared.allocation
    given, got = np.zeros(len(market.offers), np.int64), np.zeros(len(market.needs), np.int64)
    np.add.at(given, awards.offer, awards.quantity)
    np.add.at(got, awards.need, awards.quantity)
    assert given.tolist() == allocation.offered.tolist(), where
    assert got.tolist() == allocation.awarded.tolist(), where
    owner, taker = market.offers.participant[awards.offer], market.needs.participant[awards.need]
    assert not (owner == taker).any(), where
    assert (awards.quantity > 0).all(), where
    for offer, need in zip(awards.offer, awards.need, strict=True):
        assert market.offers.category[offer] in market.needs.categories[int(need)], where
