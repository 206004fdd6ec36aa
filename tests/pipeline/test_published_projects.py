"""Published optima of auctions of bundles and of jobs with limited hours, cleared as books of projects."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from fourflow.book import normalise
from fourflow.clearing import Cleared
from fourflow.pipeline import clear_market
from fourflow.problem import Status
from published_books import WORTH, assignments, auction
from random_books import Draft

GAP = 1e-4
IN_CI = ("0002.txt", "0005.txt")
AUCTIONS = [f"{i:04}.txt" for i in range(10)]
GAP_A = (1698, 3235, 1360, 2623, 1158, 2339)
GAP_C = (1931, 3456, 1402, 2806, 1243, 2391)


def on_demand(names: list[str], in_ci: tuple[str, ...]) -> list[object]:
    return [pytest.param(name, marks=() if name in in_ci else pytest.mark.long) for name in names]


def cleared(draft: Draft, time_limit_s: float, gap: float = GAP) -> Cleared:
    return clear_market(normalise(draft.book()), gap=gap, time_limit_s=time_limit_s)


@pytest.mark.parametrize("name", on_demand(AUCTIONS, IN_CI))
def test_auctions_reach_the_optimum(name: str, data_dir: Path) -> None:
    """The ten CATS auctions: each bid a project that takes all of its goods or none."""
    with open(data_dir / "bench" / "cats" / "OPTIMA.csv") as file:
        optimum = next(float(row["opt_ip"]) for row in csv.DictReader(file) if row["file"] == name)
    result = cleared(auction(data_dir / "bench" / "cats" / name), 60)
    assert result.certificate.status == Status.OPTIMAL_WITHIN_GAP
    assert float(result.certificate.objective) == pytest.approx(optimum, rel=GAP)


JOBS = [
    *(pytest.param("gapa", GAP_A, i, 60, marks=() if i < 5 else pytest.mark.long) for i in range(6)),
    *(pytest.param("gapc", GAP_C, i, 60, marks=() if i == 0 else pytest.mark.long) for i in (0, 1, 2, 4)),
    *(pytest.param("gapc", GAP_C, i, 300, marks=pytest.mark.long) for i in (3, 5)),
]


@pytest.mark.parametrize(("name", "optima", "number", "time_limit_s"), JOBS)
def test_jobs_with_hours_reach_the_optimum(
    name: str, optima: tuple[int, ...], number: int, time_limit_s: float, data_dir: Path
) -> None:
    """OR-Library gap: the least cost of doing every job, by people whose hours are limited, is proved to a
    ten-thousandth."""
    draft, jobs = assignments(data_dir / "bench" / "gap" / f"{name}.txt")[number]
    worth = jobs * WORTH - optima[number]
    result = cleared(draft, time_limit_s, GAP * optima[number] / worth)
    certificate = result.certificate
    assert certificate.objective <= worth <= certificate.bound
    assert certificate.status == Status.OPTIMAL_WITHIN_GAP
    assert jobs * WORTH - float(certificate.objective) == pytest.approx(optima[number], rel=GAP)
