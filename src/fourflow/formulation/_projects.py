"""Projects: bundles over their lines, outputs that come with them, and what they can pay."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from fourflow.formulation._amounts import is_capital, is_funded, project_value
from fourflow.formulation._columns import Line
from fourflow.formulation._draft import UNIT, Draft, joined
from fourflow.formulation._layout import ArcKind, BundleKind, RowKind
from fourflow.problem import INF

I64 = NDArray[np.int64]
WHOLE = 10**6
"""A bundle coefficient of 1."""


def add_projects(draft: Draft) -> None:
    """A bundle for each project, what its sponsor's budget gets from it, and its funding row.

    A project with a line that nobody could serve is left out: it cannot be carried out at any size.
    """
    projects, value = draft.market.projects, project_value(draft.market)
    lines, outputs = _lines(draft), _outputs(draft)
    for project in draft.served:
        own, whole = lines[project]
        steady = [*own, *outputs[project]]
        all_or_nothing = bool(projects.all_or_nothing[project])
        if all_or_nothing:
            steady, whole = [*steady, *whole], []
        worth = int(value[project])
        draft.columns.add_bundle(BundleKind.PROJECT, project, worth, steady, whole=all_or_nothing)
        if whole:
            draft.columns.add_bundle(BundleKind.LINES, project, 0, whole)
            parts = (BundleKind.PROJECT, project, WHOLE), (BundleKind.LINES, project, -WHOLE)
            draft.rows.add(RowKind.PART, project, 0, [], [], -INF, 0, *parts)
        sponsor = int(projects.sponsor[project])
        if sponsor >= 0:
            paid = -int(projects.limit_price[project])
            draft.rows.charge(RowKind.BUDGET, sponsor, (BundleKind.PROJECT, project, paid))
    _funding(draft)


def _lines(draft: Draft) -> dict[int, tuple[list[Line], list[Line]]]:
    """project -> (lines that may be met in part, lines in lots) as (node, quantity)."""
    needs, step = draft.market.needs, draft.market.categories.step
    found: dict[int, tuple[list[Line], list[Line]]] = defaultdict(lambda: ([], []))
    for need in np.flatnonzero((needs.project >= 0) & (draft.need_at >= 0)).tolist():
        in_lots = bool(step[needs.categories[need]].any())
        line = int(draft.need_at[need]), int(needs.quantity[need])
        found[int(needs.project[need])][in_lots].append(line)
    return found


def _outputs(draft: Draft) -> dict[int, list[Line]]:
    """project -> (node, -quantity) of what it makes, where anybody could take it."""
    found: dict[int, list[Line]] = defaultdict(list)
    made_by = draft.market.offers.project
    for offer in np.flatnonzero((made_by >= 0) & (draft.offer_at >= 0)).tolist():
        found[int(made_by[offer])].append((int(draft.offer_at[offer]), -int(draft.supply[offer])))
    return found


def _funding(draft: Draft) -> None:
    """What a project's lines cost, at limit prices and with haulage, it pays from its own money and the
    capital it gets."""
    market = draft.market
    kind, ref, _ = draft.columns.arcs_by_meaning()
    needs = market.needs
    into = np.flatnonzero(kind == ArcKind.NEED)
    into = into[is_capital(market)[ref[into]] & (needs.project[ref[into]] >= 0)]
    of_project = needs.project[ref[into]]
    funded = is_funded(market)
    for project in (project for project in draft.served if funded[project]):
        got = into[of_project == project]
        arcs, money = joined([*draft.funding.get(project, []), (got, np.full(len(got), -UNIT))])
        own = (BundleKind.PROJECT, project, -int(market.projects.own_money[project]))
        draft.rows.add(RowKind.FUNDING, project, 0, arcs, money, -INF, 0, own)
