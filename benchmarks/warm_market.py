"""Clear markets again after a hundredth of their listings changed, from the answer of the day before.

    python benchmarks/warm_market.py [--quick] [--only F2,F4] [--kept] [--lemon] [--threads 2] [--out FILE]

Of all who offer or need something 0.5 % are new today, 0.5 % have gone, 1 % want another quantity and 1 %
value all they look at anew (quantities and values of others like them). `--kept`: nobody is new, nobody has
gone. Told are the seconds of a run from nothing and of one with `start=`, after a small market that compiles,
and five times what `certify` takes. `--lemon` (extra `bench`): LEMON's network simplex goes on from its last
basis, too.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from budget_instances import budgets
from clearing_child import best_of, circulation, peak_gb, timed
from clearing_instances import I64, Arrays, b_matching, quantities, uniform
from lane_instances import Size, lane_market
from rule_instances import rules

import fourflow as ff
from fourflow.problem import INF, ClearingProblem

Make = Callable[[int], ClearingProblem]
NEW, QUANTITY, VALUE = 0.005, 0.01, 0.01
SMALL = 3000
MARKETS: dict[str, tuple[float, int, Make]] = {
    "F1 uniform": (1e-5, 100_000, lambda n: uniform(n).problem()),
    "F2 quantities": (1e-4, 100_000, lambda n: quantities(uniform(n)).problem()),
    "F2 b-matching": (1e-4, 1_000_000, lambda n: b_matching(n, max(n // 100, 10)).problem()),
    "F3 budgets": (1e-4, 100_000, lambda n: budgets(n, n // 100)),
    "F3 budgets, use apart": (1e-4, 100_000, lambda n: budgets(n, n // 100, apart=0.5)),
    "F4 lanes": (1e-4, 100_000, lambda n: lane_market(Size(n, max(n // 100, 20)))),
    "F5 rules": (1e-4, 100_000, lambda n: rules(n)),
}
"""Gap asked, size, and how a market of a size is drawn."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="markets a tenth as large")
    parser.add_argument("--only", default="", help="markets that contain one of these words")
    parser.add_argument("--kept", action="store_true", help="only values and quantities change")
    parser.add_argument("--lemon", action="store_true", help="LEMON beside it, where no rows limit sums")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path)
    wish = parser.parse_args()
    words = [word for word in wish.only.split(",") if word]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}, load average {os.getloadavg()[0]:.1f} at the start")
    rows: list[dict[str, Any]] = []
    for name, (gap, size, make) in MARKETS.items():
        if not words or any(word in name for word in words):
            days = two_days(make(size // 10 if wish.quick else size), not wish.kept)
            rows += measured(name, gap, days, make(SMALL), wish.threads)
            if wish.lemon and not days[0].num_coupling:
                rows += lemon(name, days)
            if wish.out:
                wish.out.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1))


def two_days(
    problem: ClearingProblem, may_come: bool, seed: int = 7
) -> tuple[ClearingProblem, ClearingProblem]:
    """The market yesterday and today."""
    random = np.random.default_rng(seed)
    limit = np.where(problem.node_lower < 0, -problem.node_lower, problem.node_upper)
    gives = problem.node_lower < 0
    alone = gives & (np.bincount(problem.tail, minlength=problem.num_nodes) == 1)
    yesterday, today, value = limit.copy(), limit.copy(), problem.value.copy()
    for side in (gives, ~gives):
        listed = random.permutation(np.flatnonzero(side & (limit > 0) & (limit < INF)))
        if not len(listed):
            continue
        few, more = int(NEW * len(listed)) * may_come, int(QUANTITY * len(listed))
        yesterday[listed[:few]] = 0
        today[listed[few : 2 * few]] = 0
        today[listed[2 * few : 2 * few + more]] = limit[random.permutation(listed)[:more]]
        chosen = np.zeros(problem.num_nodes, np.bool_)
        chosen[random.permutation(listed)[: int(VALUE * len(listed))]] = True
        arcs = np.flatnonzero((chosen & alone)[problem.tail] | (chosen & ~gives)[problem.head])
        value[arcs] = value[random.permutation(arcs)]
    return _with(problem, gives, yesterday), _with(replace(problem, value=value), gives, today)


def _with(problem: ClearingProblem, gives: np.ndarray, limit: I64) -> ClearingProblem:
    lower, upper = np.where(gives, -limit, problem.node_lower), np.where(gives, problem.node_upper, limit)
    return replace(problem, node_lower=lower, node_upper=upper)


def measured(
    name: str, gap: float, days: tuple[ClearingProblem, ClearingProblem], small: ClearingProblem, threads: int
) -> list[dict[str, Any]]:
    """A row from nothing and one from the day before, for the second day."""
    settings = {"gap": gap, "threads": threads, "time_limit_s": 300.0}
    first = ff.solve(small, **settings)
    ff.certify(small, ff.solve(small, start=first, **settings))
    yesterday, today = days
    before = ff.solve(yesterday, **settings)
    rows = []
    for kind, start in (("cold", None), ("warm", before)):
        at_first = peak_gb()
        found, seconds, cpu_s = best_of(lambda start=start: ff.solve(today, start=start, **settings))
        certificate, certify_s, _ = best_of(lambda found=found: ff.certify(today, found, gap=gap))
        rows.append({
            "family": "F7", "instance": f"{name}, {today.num_arcs:,} arcs", "solver": f"fourflow {kind}",
            "engine": found.stats["engine"], "seconds": seconds, "cpu_s": cpu_s, "certify_s": certify_s,
            "gap": float(certificate.relative_gap), "status": str(certificate.status),
            "objective": float(certificate.objective), "peak_gb": peak_gb() - at_first,
        })  # fmt: skip
        rows[-1]["ratio"] = rows[0]["cpu_s"] / cpu_s
        print(
            f"{rows[-1]['instance']}: {kind} {seconds:.2f} s, {cpu_s:.2f} s of processor time, certified gap "
            f"{rows[-1]['gap']:.1e}, five certify {5 * certify_s:.2f} s",
            flush=True,
        )
    return rows


def lemon(name: str, days: tuple[ClearingProblem, ClearingProblem]) -> list[dict[str, Any]]:
    """LEMON's network simplex on both days, the second from where the first ended."""
    import pylmcf

    rows, graph = [], None
    for kind, day in zip(("cold", "warm"), days, strict=True):
        gives = np.unique(day.tail)
        takes = np.unique(day.head)
        arrays = Arrays(
            -day.node_lower[gives], day.node_upper[takes], np.searchsorted(gives, day.tail).astype(np.uint32),
            np.searchsorted(takes, day.head).astype(np.uint32), day.value,
        )  # fmt: skip
        nodes, tail, head, capacity, cost, supply = circulation(
            arrays, int(max(each.value.max() for each in days))
        )
        graph = pylmcf.Graph(nodes, tail, head) if graph is None else graph
        graph.set_node_supply(supply)
        graph.set_edge_capacities(capacity)
        graph.set_edge_costs(cost)
        _, seconds, cpu_s = timed(graph.solve)
        rows.append({
            "family": "F7", "instance": f"{name}, {day.num_arcs:,} arcs", "solver": f"LEMON {kind}",
            "seconds": seconds, "cpu_s": cpu_s, "gap": 0.0, "status": "OPTIMAL",
        })  # fmt: skip
        print(
            f"{rows[-1]['instance']}: LEMON {kind} {seconds:.2f} s, {cpu_s:.2f} s of processor time",
            flush=True,
        )
    return rows


if __name__ == "__main__":
    main()
