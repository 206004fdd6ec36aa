"""Bundles: switches of listings, projects, and what they give to nodes or take from them."""

from __future__ import annotations

from typing import Any

from verifier.kinds import (
    BOUGHT,
    BUDGET,
    FUNDING,
    LINES,
    MOVE,
    MOVED,
    NEED,
    OFFER,
    PROJECT,
    TAKER,
)
from verifier.layout import Layout


def all_bundles(book: Layout) -> dict[tuple[int, int], tuple[int, bool, dict[int, int]]]:
    """(kind, ref) -> value in millionths, whether it is whole, what it gives to each node."""
    o, projects = book.offers, book.projects
    found: dict[tuple[int, int], tuple[int, bool, dict[int, int]]] = {}
    for i in book.alone:
        quantity, held = o["quantity"][i], o["quantity"][i] >= 0 and o["project"][i] < 0
        if book.switched(i):
            node = book.p.tail[book.arcs[OFFER, i, 0][0]]
            found[OFFER, i] = -o["fixed_cost"][i], True, {node: quantity} if held else {}
        if book.moves_once(i):
            found[MOVE, i] = -o["move_cost"][i], True, {}
        found |= {key: (0, True, {}) for key in caused_by(book, i).values()}
        if book.has_one_taker(i):
            found |= {(TAKER, a): (0, True, {}) for a in taken_by(book, i).values()}
    for j, least in enumerate(book.needs["min_quantity"]):
        if least > 0 and book.arcs.get((NEED, j, 0)):
            found[NEED, j] = 0, True, {}
    for p in book.served:
        own, whole = project_lines(book, p)
        atomic = bool(projects["all_or_nothing"][p])
        found[PROJECT, p] = (
            book.project_worth[p],
            atomic,
            own | project_outputs(book, p) | (whole if atomic else {}),
        )
        if whole and not atomic:
            found[LINES, p] = 0, True, whole
    return found | {key: (0, True, {}) for rule in book.rules for key in rule.switches()}


def taken_by(book: Layout, offer: int) -> dict[int, int]:
    """need -> its first arc, of all that a whole offer may go to."""
    arcs = sorted(a for pool in book.pools_of(offer) for a in book.arcs[NEED, "pool", pool])
    return {book.arc_ref[a]: a for a in reversed(arcs)}


def purse_of(book: Layout, pool: int) -> tuple[int, int]:
    """Who bears the costs of a pool: a project's fund, a sponsor's budget, or (-1) its needs themselves."""
    return (FUNDING, book.project[pool]) if book.project[pool] >= 0 else (BUDGET, book.sponsor[pool])


def caused_by(book: Layout, offer: int) -> dict[Any, tuple[int, int]]:
    """(switch, purse) -> its own switch, where a purse bears what is paid once only if it causes it."""
    purses = {purse_of(book, pool): pool for pool in reversed(book.pools_of(offer))}
    once = [(OFFER, BOUGHT)] * (book.offers["fixed_cost"][offer] > 0) + [(MOVE, MOVED)] * book.moves_once(
        offer
    )
    return {
        (switch, purse): (own, pool)
        for switch, own in once
        for purse, pool in purses.items()
        if purse[1] >= 0 and len(purses) > 1
    }


def project_lines(book: Layout, project: int) -> tuple[dict[int, int], dict[int, int]]:
    """What a project takes from the nodes of its lines: those that may be met in part, those in lots."""
    found: tuple[dict[int, int], dict[int, int]] = {}, {}
    for j, line in enumerate(book.needs["project"]):
        if line == project and book.arcs.get((NEED, j, 0)):
            in_lots = any(book.step[c] for c in book.needs["categories"][j])
            found[in_lots][book.p.head[book.arcs[NEED, j, 0][0]]] = -book.needs["asked"][j]
    return found


def project_outputs(book: Layout, project: int) -> dict[int, int]:
    """What a project gives to the nodes of what it makes."""
    return {
        book.p.tail[book.arcs[OFFER, i, 0][0]]: book.offers["quantity"][i]
        for i in book.alone
        if book.offers["project"][i] == project
    }
