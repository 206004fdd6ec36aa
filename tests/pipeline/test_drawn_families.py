"""Instances of the published families that nobody has seen before: drawn, cleared, and solved otherwise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from drawn_files import write_auction, write_jobs, write_warehouses
from fourflow.book import normalise
from fourflow.clearing import Cleared
from fourflow.pipeline import clear_market
from fourflow.problem import Status
from independent import Program
from orlib import WORTH as UNIT_WORTH
from orlib import read_warehouses
from published_books import WORTH, assignments, auction
from published_files import read_auction, read_jobs

BLOCKS = [0, *(pytest.param(i, marks=pytest.mark.long) for i in range(1, 10))]
BLOCK = 12


def agrees(result: Cleared, best: float, where: str) -> None:
    """Proved to a ten-thousandth; the true optimum lies between what is reached and what is proved."""
    certificate = result.certificate
    assert certificate.status == Status.OPTIMAL_WITHIN_GAP, where
    assert float(certificate.objective) <= best + 1e-5 <= float(certificate.bound) + 2e-5, where
    assert float(certificate.objective) == pytest.approx(best, rel=1e-4), where


def most_of_bids(goods: int, bids: list[tuple[str, list[int]]]) -> float:
    """Over every set of goods that are gone: what the bids seen so far bring at most."""
    best = {0: 0.0}
    for price, wanted in bids:
        mask = sum(1 << good for good in wanted)
        for gone, brought in list(best.items()):
            if not gone & mask:
                best[gone | mask] = max(best.get(gone | mask, 0.0), brought + float(price))
    return max(best.values())


@pytest.mark.parametrize("block", BLOCKS)
def test_drawn_auctions_reach_the_optimum(block: int, tmp_path: Path) -> None:
    """Bids on regions of a grid, all or nothing, against a table of every set of goods."""
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        file = write_auction(tmp_path / f"{seed}.txt", seed)
        goods, bids = read_auction(file)
        agrees(clear_market(normalise(auction(file).book())), most_of_bids(goods, bids), f"seed {seed}")


@pytest.mark.parametrize("kind", ["a", "c"])
@pytest.mark.parametrize("block", BLOCKS)
def test_drawn_jobs_with_hours_reach_the_optimum(kind: str, block: int, tmp_path: Path) -> None:
    """GAP a and c: whole jobs and people's hours, against a program of one column for each who and what."""
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        file = write_jobs(tmp_path / f"{seed}.txt", seed, kind)
        (jobs,) = read_jobs(file)
        program, (m, n) = Program(), np.shape(jobs.cost)
        does = [[program.column(WORTH - jobs.cost[i][j], 1, True) for j in range(n)] for i in range(m)]
        for j in range(n):
            program.row({does[i][j]: 1.0 for i in range(m)}, 0, 1)
        for i in range(m):
            program.row({does[i][j]: float(jobs.resource[i][j]) for j in range(n)}, 0, jobs.limit[i])
        ((draft, _),) = assignments(file)
        agrees(clear_market(normalise(draft.book())), program.solve(), f"seed {seed}")


@pytest.mark.parametrize("block", BLOCKS)
def test_drawn_warehouses_reach_the_optimum(block: int, tmp_path: Path) -> None:
    """Fixed costs, against a program with one switch a warehouse; capacity may be short."""
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        market, _ = read_warehouses(write_warehouses(tmp_path / f"{seed}.txt", seed))
        words = iter((tmp_path / f"{seed}.txt").read_text().split())
        m, n = int(next(words)), int(next(words))
        program, sent = Program(), [dict[int, float]() for _ in range(m)]
        open_, room = [], []
        for _ in range(m):
            room.append(float(next(words)))
            open_.append(program.column(-float(next(words)), 1, True))
        for _ in range(n):
            wanted, got = float(next(words)), dict[int, float]()
            for i in range(m):
                x = program.column(UNIT_WORTH - float(next(words)) / wanted, wanted)
                program.row({x: 1.0, open_[i]: -wanted}, -np.inf, 0)
                got[x] = sent[i][x] = 1.0
            program.row(got, 0, wanted)
        for i in range(m):
            program.row(sent[i], 0, room[i])
        agrees(clear_market(market), program.solve(), f"seed {seed}")
