"""Readers of published instances: what the files hold, before anybody makes a problem or a book of it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Jobs(NamedTuple):
    """One instance of OR-Library's gap files: cost and resource by agent and job, limit by agent."""

    cost: list[list[int]]
    resource: list[list[int]]
    limit: list[int]


def read_auction(path: Path) -> tuple[int, list[tuple[str, list[int]]]]:
    """CATS: the number of goods, dummies included, and each bid as (price as written, goods)."""
    goods, bids = 0, []
    for line in path.read_text().splitlines():
        words = line.split()
        if not words or words[0].startswith("%"):
            continue
        if words[0] in ("goods", "dummy"):
            goods += int(words[1])
        elif words[0] != "bids":
            bids.append((words[1], [int(word) for word in words[2:-1]]))
    return goods, bids


def read_jobs(path: Path) -> list[Jobs]:
    """OR-Library gap: every instance of one file."""
    words = iter(int(word) for word in path.read_text().split())
    found = []
    for _ in range(next(words)):
        m, n = next(words), next(words)
        cost, resource = ([[next(words) for _ in range(n)] for _ in range(m)] for _ in range(2))
        found.append(Jobs(cost, resource, [next(words) for _ in range(m)]))
    return found
