"""Marks ways that may matter: who would take what, while prices rise where too many would.

Steps towards the least bound without any program (subgradients, Held and Karp 1971). Their prices are rough,
but the ways that are taken at one or the other of them are most of those that an answer needs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fourflow.engines._model import F64, I64, as_float
from fourflow.engines.sifting._ways import Ways

ROUNDS = 30
STEP = 0.3
"""Share of its dearest arc by which an offer's price changes at first; less and less later."""
AROUND, AROUND_STEP = 30, 0.15
"""Rounds of the search for ways around those that a part lacks, and by how much taken offers then rise."""
SPARE = 10
"""Rounds of the search for ways that whole decisions may need besides."""


def explore(ways: Ways) -> NDArray[np.bool_]:
    """bool[num_arcs]: the ways taken in some rounds from prices 0."""
    marked: NDArray[np.bool_] = ways.tail == ways.head
    unit, rent = _dearest(ways), np.zeros(len(ways.supply))
    nothing = np.zeros(len(ways.tail))
    for number in range(ROUNDS):
        price, into = ways.prices(-rent, nothing)
        origin = ways.mark(into, takers := _takers(ways, price), marked)
        excess = np.clip(_load(ways, origin, takers) - 1.0, -1.0, 1.0)
        rent = np.maximum(rent + STEP / (1 + STEP * number) * unit * excess, 0.0)
    return marked


def mark_around(ways: Ways, source_price: F64, charge: F64, known: F64, marked: NDArray[np.bool_]) -> int:
    """Mark the ways that are better than what is known, and the next best after them; how many ends lack one.

    source_price : float64[num_nodes]; known : the price of every sink as the part has it
    """
    price, into = ways.prices(source_price, charge)
    noise = 1e-6 * np.abs(known) + 1.0
    ends = ways.sinks[(price - known - noise)[ways.sinks] > 0]
    unit, source_price, missing = _dearest(ways), source_price.copy(), len(ends)
    for _ in range(AROUND):
        origin = ways.mark(into, ends, marked)
        source_price -= AROUND_STEP * unit * np.minimum(_load(ways, origin, ends), 1.0)
        price, into = ways.prices(source_price, charge)
        ends = ends[(price - known)[ends] > 0]
    return missing


def mark_spare(ways: Ways, source_price: F64, charge: F64, ends: I64, marked: NDArray[np.bool_]) -> None:
    """Mark the best ways to some ends, and those that are best while what is taken rises: a program is
    content with half of what a whole decision needs."""
    unit, source_price = _dearest(ways), source_price.copy()
    for _ in range(SPARE):
        _, into = ways.prices(source_price, charge)
        origin = ways.mark(into, ends, marked)
        source_price -= AROUND_STEP * unit * np.minimum(_load(ways, origin, ends), 1.0)


def _dearest(ways: Ways) -> F64:
    """The largest value or cost of an arc out of each source, in stored value.  float64[num_nodes]"""
    out = np.flatnonzero(ways.is_source[ways.tail] & (ways.tail != ways.head))
    unit = np.zeros(len(ways.supply))
    np.maximum.at(unit, ways.tail[out], np.abs(ways.worth[out]))
    unit[ways.is_source & (unit == 0)] = np.abs(as_float(ways.problem.value)).max(initial=1.0)
    return unit


def _takers(ways: Ways, price: F64) -> I64:
    """The sinks that would take something at these prices; for a bundle, if it is worth what it costs."""
    problem, lines = ways.problem, ways.problem.bundle_lines
    d, of = as_float(lines.coefficient), lines.row_of_entry()
    per = float(problem.scales.value * problem.scales.quantity / problem.scales.bundle_value)
    worth = as_float(problem.bundle_value)
    profit = worth + per * np.bincount(of, d * price[lines.index], problem.num_bundles)
    # A bundle of no value of its own (whole lines of a project) goes along with one that has some.
    bought = np.append((profit > 0) | (worth == 0), False)
    bundle = ways.bundle[ways.sinks]
    return ways.sinks[np.where(bundle >= 0, bought[bundle], price[ways.sinks] > 0)]


def _load(ways: Ways, origin: I64, ends: I64) -> F64:
    """What is asked of each source as a share of what it has, 0 of unlimited ones.  float64[num_nodes]"""
    reached = origin >= 0
    asked = np.bincount(origin[reached], ways.demand[ends[reached]], len(ways.supply))
    return np.asarray(asked / np.maximum(ways.supply, 1.0))
