"""Categories of the market: trees with one unit each, and who stands below whom.

A need accepts descendants, and may name several categories, so all that can meet in one need is
measured in one unit: that of the first root by id. A mass whose weight in tonnes is no whole number
of millionths (lb, oz, mg) is measured in kg instead, or haulage would be charged on a rounded weight.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import polars as pl

from fourflow.book._convert import Notes, scale
from fourflow.book._market import KINDS, MICRO, Categories, Ragged
from fourflow.book._rules import Rates, factor, tonnes_of
from fourflow.book._taxonomy import market_unit
from fourflow.units import find_unit


def make_categories(
    table: pl.DataFrame, needs: pl.DataFrame, rates: Rates, money: str, notes: Notes
) -> Categories:
    """The categories in the order of their ids; `needs` says which of them are measured alike; `money` is the
    book's currency."""
    table = table.sort("id")
    at = {key: i for i, key in enumerate(table["id"].to_list())}
    parent = [at.get(key, -1) if key is not None else -1 for key in table["parent"].to_list()]
    unit = _market_units(table, _groups(parent, needs, at), money)
    own = table["unit"].to_list()
    times = [_factor(first, second, rates) for first, second in zip(own, unit, strict=True)]
    weight = _weights(table, unit, times, notes)
    indivisible = table["kind"].is_in(["talent", "technology"])
    whole = table["whole"].fill_null(indivisible)
    lots = _lots(table, parent, times, whole.to_list())
    kind = table["kind"].replace_strict({name: i for i, name in enumerate(KINDS)}, return_dtype=pl.Int32)
    return Categories(
        id=table["id"].to_numpy().astype(object),
        name=table["name"].to_numpy().astype(object),
        parent=np.array(parent, dtype=np.int32),
        kind=kind.to_numpy(),
        unit=np.array(unit, dtype=object),
        tonnes_per_unit=weight,
        lot=lots,
        whole=whole.to_numpy(),
        descendants=_descendants(parent),
    )


def _factor(source: str, target: str, rates: Rates) -> Fraction:
    times = factor(source, target, rates)
    assert times is not None, (source, target)
    return times


def _groups(parent: list[int], needs: pl.DataFrame, at: dict[str, int]) -> list[int]:
    """The least member of each category's group: its tree, and trees that one need accepts together."""
    root = list(range(len(parent)))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    def join(i: int, j: int) -> None:
        first, second = sorted((find(i), find(j)))
        root[second] = first

    for child, above in enumerate(parent):
        if above >= 0:
            join(child, above)
    for named in needs["category"].unique().to_list():
        members = [at[key] for key in named.split(";")]
        for member in members[1:]:
            join(members[0], member)
    return [find(i) for i in range(len(parent))]


def _market_units(table: pl.DataFrame, group: list[int], money: str) -> list[str]:
    own, parent = table["unit"].to_list(), table["parent"].to_list()
    chosen: dict[int, str] = {}
    for i, member in enumerate(group):
        if parent[i] is None:
            chosen.setdefault(member, market_unit(own[i], money))
    return [chosen[member] for member in group]


def _weights(
    table: pl.DataFrame, unit: list[str], times: list[Fraction], notes: Notes
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Millionths of a tonne of one market unit, rounded up; 0 for what has no weight."""
    out = np.zeros(len(table), dtype=np.int64)
    goods = (table["kind"] == "goods").to_list()
    for i, given in enumerate(table["tonnes_per_unit"].to_list()):
        measured = find_unit(unit[i])
        if not goods[i] or measured is None:
            continue
        if measured.dimension == "mass":
            out[i] = int(tonnes_of(measured) * MICRO)
        elif given is not None:
            exact = np.array([given], dtype=np.int64), np.zeros(1, dtype=np.int64)
            value, rounded = scale(*exact, [1 / times[i]], up=True)
            out[i] = value[0]
            said = [f"was converted from t per {table['unit'][i]} to t per {unit[i]}"]
            notes.say("categories", "tonnes_per_unit", table[i : i + 1], rounded, exact[1], said, up=True)
    return out


def _lots(
    table: pl.DataFrame, parent: list[int], times: list[Fraction], whole: list[bool]
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Millionths of the market unit, rounded down; a category without a lot has its parent's.

    Whole units of one that is counted in another unit than the market are lots of that many market units.
    """
    own = table["lot"].to_list()
    out = np.zeros(len(own), dtype=np.int64)
    for i in range(len(own)):
        node = i
        while node >= 0 and own[node] is None:
            node = parent[node]
        if node >= 0:
            out[i] = own[node] * times[node] // 1
        elif whole[i] and times[i] != 1:
            out[i] = MICRO * times[i] // 1
    return out


def _descendants(parent: list[int]) -> Ragged:
    below: list[list[int]] = [[] for _ in parent]
    for i in range(len(parent)):
        node = i
        while node >= 0:
            below[node].append(i)
            node = parent[node]
    return ragged(below)


def ragged(lists: list[list[int]]) -> Ragged:
    """Lists of indices as one array with offsets."""
    indptr = np.zeros(len(lists) + 1, dtype=np.int64)
    np.cumsum([len(entry) for entry in lists], out=indptr[1:])
    index = np.array([i for entry in lists for i in entry], dtype=np.int32)
    return Ragged(indptr, index)
