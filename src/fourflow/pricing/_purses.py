"""What projects pay: their lines at clearing prices, from a purse at most what is in it.

The purse of a project with capital holds its own money and the capital that it gets. What it buys, haulage
included, is paid from that: where clearing prices come to more, suppliers get their least and a share of the
rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fourflow.clearing import Allocation
from fourflow.formulation import ArcKind, RowKind
from fourflow.pricing._lines import Ints, Lines, Numbering, Trade, gather, sum_by
from fourflow.pricing._shared import project_limits
from fourflow.pricing._tariff import Tariff

I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Settled:
    """The lines of the accounts proper. bills : what each project's lines cost (base) and its limit (top)."""

    offers: Lines
    lanes: Lines
    rules: Lines
    needs: Lines
    bills: Lines


def settle_projects(allocation: Allocation, tariff: Tariff, numbering: Numbering, trade: Trade) -> Settled:
    """Pay from purses what they hold, and close them into the parts they are in."""
    purses = numbering.count + np.arange(len(numbering.purse))
    held = money_in_purses(allocation, tariff, numbering.purse)
    paid = np.zeros(len(purses), object)
    lines = {"offers": trade.offers, "lanes": trade.lanes, "rules": trade.rules}
    for i, account in enumerate(purses.tolist()):
        paid[i] = _pay_from(lines, account, int(held[i]))
    bought = trade.bought
    free = bought.account < numbering.count
    cost = sum_by(bought.base[free], bought.ref[free], len(allocation.size))
    np.add.at(cost, numbering.purse, paid)
    lines["rules"] = _with_projects(allocation, tariff, numbering, lines["rules"], cost)
    closed = {name: _closed(numbering, some) for name, some in lines.items()}
    return Settled(**closed, needs=trade.needs, bills=_bills(allocation, tariff, numbering, cost))


def money_in_purses(allocation: Allocation, tariff: Tariff, projects: I64) -> Ints:
    """Own money at the size at which a project is carried out, and the capital it gets, in fine units."""
    layout, problem = allocation.layout, allocation.problem
    assert problem.bundle_coupling is not None
    rows = np.flatnonzero(layout.row_kind == RowKind.FUNDING)
    held = np.zeros(len(allocation.size), object)
    for k in rows.tolist():
        entries = slice(problem.coupling.indptr[k], problem.coupling.indptr[k + 1])
        arcs, g = problem.coupling.index[entries], problem.coupling.coefficient[entries].astype(object)
        capital = layout.arc_kind[arcs] == ArcKind.NEED
        entries = slice(problem.bundle_coupling.indptr[k], problem.bundle_coupling.indptr[k + 1])
        size = allocation.bundle[problem.bundle_coupling.index[entries]]
        own = problem.bundle_coupling.coefficient[entries].astype(object)
        brings = (g * allocation.flow[arcs])[capital].sum() + np.minimum(own, 0).dot(size)
        held[layout.row_ref[k]] = -brings * tariff.per_value
    return np.asarray(held[projects], object)


def _pay_from(lines: dict[str, Lines], account: int, held: int) -> int:
    """What is paid from one purse; lowers what its suppliers get beyond their least where it runs out."""
    least, beyond, given = 0, 0, 0
    for name, some in lines.items():
        at = some.account == account
        if name == "rules":
            beyond += np.maximum(some.base[at], 0).sum()
            given += np.minimum(some.base[at], 0).sum()
        else:
            least += some.base[at].sum()
            beyond += (some.top - some.base)[at].sum()
    room = held - least - given
    assert room >= 0, "a project buys for more than its own money and the capital that it gets"
    if beyond <= room:
        return int(least + beyond + given)
    left = 0
    for name, some in lines.items():
        floor = np.minimum(some.base, 0) if name == "rules" else some.base
        kept = np.where(some.account == account, floor + (some.top - floor) * room // beyond, some.top)
        left += (kept - floor)[some.account == account].sum()
        lines[name] = replace(some, base=kept if name == "rules" else some.base, top=kept)
    return int(least + left + given)


def _closed(numbering: Numbering, lines: Lines) -> Lines:
    """Purses replaced by the part they are in; a listing that sells from both keeps two lines."""
    return replace(lines, account=numbering.proper(lines.account))


def _with_projects(
    allocation: Allocation, tariff: Tariff, numbering: Numbering, rules: Lines, cost: Ints
) -> Lines:
    """Rules' lines with what they take from projects as such, which adds to what these pay."""
    project, rule, taken = tariff.charges.of_projects(allocation.layout, allocation.bundle)
    np.add.at(cost, project, taken)
    account = np.concatenate([numbering.proper(rules.account), numbering.home[project]])
    amount = np.concatenate([rules.base, taken])
    ref = np.concatenate([rules.ref, rule])
    return gather(account, ref, np.zeros(len(ref), object), amount, amount)


def _bills(allocation: Allocation, tariff: Tariff, numbering: Numbering, cost: Ints) -> Lines:
    """What the lines of each project that is carried out cost at clearing prices, and its own limit."""
    carried = np.flatnonzero((numbering.home >= 0) & ((allocation.size > 0) | (cost != 0)))
    limit = project_limits(allocation, tariff)[carried]
    size = allocation.size[carried].astype(object)
    return Lines(numbering.home[carried], carried, size, cost[carried], limit)
