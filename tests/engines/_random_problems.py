"""Random small problems that carry every feature, and an oracle that shares nothing with the engine."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import highspy
import numpy as np

from fourflow.problem import INF, ClearingProblem, Scales, Sparse


@dataclass(frozen=True)
class Case:
    problem: ClearingProblem
    features: frozenset[str]


def random_case(seed: int) -> Case:
    """A network with, by chance: loops, caps, lower limits, rows of each kind, bundles, lots, scales."""
    rng = np.random.default_rng(seed)
    features: set[str] = set()

    def chance(name: str, share: float = 0.4) -> bool:
        if rng.random() < share:
            features.add(name)
            return True
        return False

    nodes, arcs = int(rng.integers(2, 9)), int(rng.integers(1, 20))
    tail, head = rng.integers(0, nodes, arcs), rng.integers(0, nodes, arcs)
    if chance("loops"):
        head[: max(1, arcs // 5)] = tail[: max(1, arcs // 5)]
    capacity = rng.integers(0, 12, arcs)
    if chance("no caps"):
        capacity = np.where(rng.random(arcs) < 0.5, INF, capacity)
    lower, upper = -rng.integers(0, 15, nodes), rng.integers(0, 15, nodes)
    if chance("hubs", 0.6):
        hubs = rng.random(nodes) < 0.4
        lower[hubs], upper[hubs] = 0, 0
    if chance("forced", 0.2):
        node = rng.integers(nodes)
        lower[node] = upper[node] = rng.integers(-3, 4)
    if chance("open nodes", 0.2):
        lower[rng.integers(nodes)] = -INF
    bundles = int(rng.integers(1, 6)) if chance("bundles") else 0
    rows = int(rng.integers(1, 5)) if chance("coupling", 0.6) else 0
    lines, h = _lines(rng, bundles, nodes), _entries(rng, rows, bundles, 0.4)
    coupling = _entries(rng, rows, arcs, 0.5, signed=chance("signed rows"))
    row_lower, row_upper = np.full(rows, -INF), rng.integers(0, 40, rows)
    if rows and chance("ranges"):
        row_lower = np.where(rng.random(rows) < 0.5, row_upper - rng.integers(1, 40, rows), row_lower)
    step = None
    if chance("lots", 0.3):
        step = np.where(rng.random(arcs) < 0.4, rng.integers(2, 5, arcs), 0)
    whole = rng.random(bundles) < (0.7 if chance("whole bundles", 0.7) else 0.0)
    fine = 10**9  # quanta in a unit, so that rounding costs next to nothing
    scales = Scales(quantity=Fraction(1, fine), bundle=Fraction(1, 10**11))
    if chance("scales"):
        scales = Scales(
            quantity=Fraction(1, fine), value=Fraction(3, 10), bundle_value=Fraction(1, 2),
            bundle=Fraction(1, 10**11),
            coefficient=Fraction(1, 100), bundle_coefficient=Fraction(1, 50), limit=Fraction(1, 100),
        )  # fmt: skip
    lines = Sparse(lines.indptr, lines.index, lines.coefficient * fine)
    lower, upper = _times(lower, fine), _times(upper, fine)
    # A line's quantity need not be whole quanta: its node may hold the rest of one (DESIGN section 3).
    upper[lines.index] = np.maximum(upper[lines.index], lower[lines.index] + 1)
    problem = ClearingProblem(
        tail=tail.astype(np.uint32),
        head=head.astype(np.uint32),
        value=rng.integers(-10, 20, arcs),
        capacity=_times(capacity, fine),
        node_lower=lower,
        node_upper=upper,
        coupling=coupling,
        coupling_lower=row_lower,
        coupling_upper=row_upper,
        bundle_value=rng.integers(-30, 60, bundles),
        bundle_lines=lines,
        bundle_coupling=h,
        bundle_whole=whole,
        step=None if step is None else step * fine,
        scales=scales,
        objective_offset=Fraction(int(rng.integers(-5, 6)) * fine, 7) if chance("offset") else Fraction(0),
        sense="min" if chance("minimise", 0.2) else "max",
    )
    return Case(problem, frozenset(features))


def _times(limits: np.ndarray, by: int) -> np.ndarray:
    return np.where(np.abs(limits) == INF, limits, np.where(np.abs(limits) == INF, 0, limits) * by)


def _entries(
    rng: np.random.Generator, rows: int, columns: int, density: float, signed: bool = False
) -> Sparse:
    taken = rng.random((rows, columns)) < density
    sizes = rng.integers(-5 if signed else 1, 8, (rows, columns))
    return Sparse(
        np.concatenate([[0], np.cumsum(taken.sum(axis=1))]).astype(np.int64),
        np.nonzero(taken)[1].astype(np.uint32),
        sizes[taken],
    )


def _lines(rng: np.random.Generator, bundles: int, nodes: int) -> Sparse:
    taken = rng.random((bundles, nodes)) < 0.4
    sizes = rng.integers(-6, 8, (bundles, nodes))
    return Sparse(
        np.concatenate([[0], np.cumsum(taken.sum(axis=1))]).astype(np.int64),
        np.nonzero(taken)[1].astype(np.uint32),
        sizes[taken],
    )


def oracle(problem: ClearingProblem) -> tuple[str, float]:
    """("optimal", objective in real money with the sense undone) or another status, by HiGHS row by row."""
    scales, highs = problem.scales, highspy.Highs()
    highs.silent()
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", 0.0)
    infinity = highs.inf
    arcs, bundles = problem.num_arcs, problem.num_bundles
    q, value = float(scales.quantity), float(scales.value)
    steps = problem.step if problem.step is not None else np.zeros(arcs)
    unit = [float(s) if s > 1 else 1.0 / q for s in steps]  # quanta in one of each column
    for a in range(arcs):
        cap = infinity if problem.capacity[a] == INF else problem.capacity[a] / unit[a]
        highs.addVar(0.0, float(cap))
        highs.changeColCost(a, -float(problem.value[a]) * value * q * unit[a])
        if steps[a] > 1:
            highs.changeColIntegrality(a, highspy.HighsVarType.kInteger)
    for p in range(bundles):
        highs.addVar(0.0, 1.0)
        highs.changeColCost(arcs + p, -float(problem.bundle_value[p]) * float(scales.bundle_value))
        if problem.bundle_whole[p]:
            highs.changeColIntegrality(arcs + p, highspy.HighsVarType.kInteger)
    for n in range(problem.num_nodes):
        row: dict[int, float] = {}
        for a in range(arcs):
            if problem.tail[a] != problem.head[a] and n in (problem.tail[a], problem.head[a]):
                row[a] = unit[a] * q if problem.head[a] == n else -unit[a] * q
        for p in range(bundles):
            for e in range(problem.bundle_lines.indptr[p], problem.bundle_lines.indptr[p + 1]):
                if problem.bundle_lines.index[e] == n:
                    row[arcs + p] = -float(problem.bundle_lines.coefficient[e]) * q
        _add_row(highs, problem.node_lower[n], problem.node_upper[n], row, q)
    g_unit = float(scales.coefficient * scales.quantity)
    for k in range(problem.num_coupling):
        row = {}
        for e in range(problem.coupling.indptr[k], problem.coupling.indptr[k + 1]):
            a = int(problem.coupling.index[e])
            row[a] = float(problem.coupling.coefficient[e]) * unit[a] * g_unit
        assert problem.bundle_coupling is not None
        for e in range(problem.bundle_coupling.indptr[k], problem.bundle_coupling.indptr[k + 1]):
            h = float(problem.bundle_coupling.coefficient[e]) * float(scales.bundle_coefficient)
            row[arcs + int(problem.bundle_coupling.index[e])] = h
        limit = float(scales.limit)
        _add_row(highs, problem.coupling_lower[k], problem.coupling_upper[k], row, limit)
    highs.run()
    status = highs.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        return str(status), 0.0
    sign = 1.0 if problem.sense == "max" else -1.0
    offset = float(problem.objective_offset) * value * q
    return "optimal", sign * (-highs.getInfo().objective_function_value + offset)


def _add_row(highs: highspy.Highs, lower: int, upper: int, row: dict[int, float], unit: float) -> None:
    low = -highs.inf if lower == -INF else float(lower) * unit
    high = highs.inf if upper == INF else float(upper) * unit
    highs.addRow(low, high, len(row), np.array(list(row), np.int32), np.array(list(row.values())))
