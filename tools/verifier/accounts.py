"""Accounts: sponsors, purses of projects, and parts of the market that pay one another."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from operator import add
from typing import Any

from verifier.kinds import LANE, NEED, PROJECT, RULE, SHARE, TRIP
from verifier.layout import Layout

Account = tuple[int, int]  # (0, sponsor), (1, a part of the market) or (2, project): its purse
Lines = dict[tuple[Account, int], list[Any]]  # (account, ref) -> [quantity, base, top]
Terms = tuple[Any, Any, Any, Any, Any, Any]


def read_accounts(book: Layout, size: dict[int, int]) -> tuple[dict[int, Account], dict[int, Account]]:
    """The account of every arc that carries something, and that in which each project pays."""
    p = book.p
    parent: dict[Any, Any] = {}

    def top(node: Any) -> Any:
        while parent.setdefault(node, node) != node:
            parent[node] = node = parent[parent[node]]
        return node

    trips = {book.arc_ref[a] for a in range(p.num_arcs) if book.arc_kind[a] == TRIP and p.amount[a]}
    arcs = [a for a in range(p.num_arcs) if p.amount[a] and book.arc_kind[a] not in (SHARE, TRIP)]
    free, sponsors = {a for a in arcs if book.sponsor[book.arc_pool[a]] < 0}, book.projects["sponsor"]
    present = {line for line in size if sponsors[line] < 0}
    for a in free:
        parent[top(p.tail[a])] = top(p.head[a])
        line = book.needs["project"][book.arc_ref[a]] if book.arc_kind[a] == NEED else -1
        if line >= 0:
            present.add(line)
            parent[top(p.tail[a])] = top(("project", line))
        if book.arc_kind[a] == LANE and book.arc_ref[a] in trips:
            parent[top(p.tail[a])] = top(("lane", book.arc_ref[a]))
    signs: dict[int, int] = defaultdict(int)
    for i, j, g in p.entries():
        if i < p.num_nodes and book.arc_kind[j] == PROJECT and j >= p.num_arcs and book.arc_ref[j] in present:
            parent[top(i)] = top(("project", book.arc_ref[j]))
        elif book.kind[i] == RULE and i >= p.num_nodes and j < p.num_arcs and g:
            signs[i] |= 1 if g > 0 else 2
    for i, j, _ in p.entries():
        if j in free and i >= p.num_nodes and signs.get(i) == 3:  # it gives to some what it takes from others
            parent[top(p.tail[j])] = top(("row", i))
    number: dict[Any, int] = {}  # of each part, by where it shows first

    def part(node: Any) -> Account:
        return 1, number.setdefault(top(node), len(number))

    found: dict[int, Account] = {}
    for a in arcs:
        pool = book.arc_pool[a]
        purse = (2, book.project[pool]) if book.project[pool] >= 0 else (0, book.sponsor[pool])
        found[a] = purse if purse[1] >= 0 else part(p.tail[a])
    home: dict[int, Account] = {line: part(("project", line)) for line in sorted(present)}
    home |= {line: (0, who) for line, who in enumerate(sponsors) if who >= 0}
    return found, home


def new_lines() -> Lines:
    return defaultdict(lambda: [0, 0, 0])


def put(lines: Lines, account: Account, ref: int, quantity: int, base: int, top: int = 0) -> None:
    line = lines[account, ref]
    line[:] = map(add, line, (quantity, base, top))


def split(money: int, weights: list[int]) -> list[int]:
    """Whole parts of an amount in proportion to weights (alike where all are 0), which sum to it."""
    weights = weights if sum(weights) else [1] * len(weights)
    upto = [money * sum(weights[:k]) // sum(weights) for k in range(len(weights) + 1)]
    return [after - before for before, after in pairwise(upto)] if weights else []
