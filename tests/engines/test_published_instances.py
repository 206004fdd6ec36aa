"""Published instances: the optimum in the table, certified."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from _published import assignment, auction, generalised_assignments, warehouses

from fourflow.engines import solve
from fourflow.problem import ClearingProblem, Status, from_mps
from fourflow.proof import Certificate, certify

CAP = {
    "cap71": 932615.75, "cap72": 977799.4, "cap73": 1010641.45, "cap74": 1034976.975,
    "cap101": 796648.4375, "cap102": 854704.2, "cap103": 893782.1125, "cap104": 928941.75,
}  # fmt: skip
"""OR-Library capopt, to the digits that its costs have."""


def certified(problem: ClearingProblem, gap: float) -> Certificate:
    solution = solve(problem, gap=gap)
    certificate = certify(problem, solution, gap=gap)
    assert certificate.status == solution.status == Status.OPTIMAL_WITHIN_GAP
    assert certificate.max_violation <= problem.row_tolerance
    return certificate


@pytest.mark.parametrize("name", ["pds-02", "pds-06", "pds-10", "ken-07", "osa-07"])
def test_network_programs_reach_the_published_optimum(data_dir: Path, name: str) -> None:
    """Kennington's programs read by from_mps are certified at 1e-6 and match the published optimum."""
    with (data_dir / "bench" / "OPTIMA.csv").open() as file:
        row = next(row for row in csv.DictReader(file) if row["instance"] == name)
    problem = from_mps(data_dir / row["path"])
    certificate = certified(problem, 1e-6)
    assert float(certificate.objective) == pytest.approx(float(row["published_optimum"]), rel=1e-6)


@pytest.mark.parametrize("name", sorted(CAP))
def test_warehouse_location_has_no_gap_at_the_root(data_dir: Path, name: str) -> None:
    """With pair rows x <= demand y the first linear program is whole."""
    problem = warehouses(data_dir / "bench" / "cap" / f"{name}.txt")
    solution = solve(problem, gap=1e-4)
    assert solution.stats["leaves"] == 1
    assert float(certified(problem, 1e-4).objective) == pytest.approx(CAP[name], rel=1e-7)


@pytest.mark.parametrize(("name", "optimum"), [("assign100", 305), ("assign500", 991)])
def test_assignments_are_solved_exactly(data_dir: Path, name: str, optimum: int) -> None:
    """A pure network is solved in integers: the gap is 0."""
    problem = assignment(data_dir / "bench" / "assign" / f"{name}.txt")
    tasks = int(name.removeprefix("assign"))
    certificate = certified(problem, 0.0)
    assert tasks * 10_000 - certificate.objective == optimum
    assert certificate.relative_gap == 0


@pytest.mark.parametrize("number", range(10))
def test_auctions_are_proved_with_few_leaves(data_dir: Path, number: int) -> None:
    """Ten CATS auctions reach their optimum, certified at 1e-4."""
    folder = data_dir / "bench" / "cats"
    with (folder / "OPTIMA.csv").open() as file:
        row = list(csv.DictReader(file))[number]
    problem = auction(folder / row["file"])
    solution = solve(problem, gap=1e-4)
    assert solution.stats["leaves"] <= 50
    assert float(certify(problem, solution).objective) == pytest.approx(float(row["opt_ip"]), rel=1e-4)
    assert certify(problem, solution).status == Status.OPTIMAL_WITHIN_GAP


@pytest.mark.parametrize(("number", "best"), list(enumerate([1698, 3235, 1360, 2623, 1158])))
def test_generalised_assignments_in_whole_lots_are_proved(data_dir: Path, number: int, best: int) -> None:
    """Flows in lots of one job: type a of Chu and Beasley is proved at 1e-4."""
    problem = generalised_assignments(data_dir / "bench" / "gap" / "gapa.txt")[number]
    assert float(certified(problem, 1e-4).objective) == best
