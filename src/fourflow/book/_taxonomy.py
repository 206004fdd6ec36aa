"""Categories as trees, with what parent and child share; then each listing against its category."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl

from fourflow.book._fields import MAX_NUMBER
from fourflow.book._market import MICRO
from fourflow.book._rules import Rates, Sheets, currency_of, dimension_of, factor, tonnes_of
from fourflow.book._sheet import Sheet
from fourflow.units import CURRENCIES, TALLIES, find_unit

MAX_NUMBER_MICRO = MAX_NUMBER * MICRO
MAX_DEPTH = 64
Row = dict[str, Any]


@dataclass(frozen=True)
class _Fault:
    """Row `index` breaks `rule` in the field `name`."""

    index: int
    name: str
    code: str
    rule: str
    maybe: str


def check_categories(sheets: Sheets, rates: Rates) -> None:
    """Flag cycles, depth, and children that differ from their parent in kind, dimension or lot."""
    sheet = sheets["categories"]
    rows = sheet.typed.to_dicts()
    at = {row["id"]: i for i, row in enumerate(rows) if row["id"] is not None}
    parent = [at.get(row["parent"], -1) for row in rows]
    in_cycle = _cycles(parent)
    faults: list[_Fault] = []
    for i, row in enumerate(rows):
        if in_cycle[i]:
            rule = "must not lead back to the category itself"
            faults.append(_Fault(i, "parent", "cycle", rule, "a parent is wrong"))
        elif parent[i] >= 0:
            faults += _check_child(i, row, rows[parent[i]], rates)
            faults += _check_depth(i, parent)
        faults += _check_weight(i, row, sheet.cells["tonnes_per_unit"][i] is None)
    _flag(sheet, faults)


def _flag(sheet: Sheet, faults: list[_Fault]) -> None:
    by_code: dict[tuple[str, str, str], list[_Fault]] = {}
    for fault in faults:
        by_code.setdefault((fault.name, fault.code, fault.maybe), []).append(fault)
    for (name, code, maybe), some in by_code.items():
        rows = np.zeros(len(sheet), dtype=np.bool_)
        rows[[fault.index for fault in some]] = True
        sheet.flag(rows, name, code, pl.Series([fault.rule for fault in some]), maybe)


def _check_depth(i: int, parent: list[int]) -> Iterator[_Fault]:
    node = i
    for _ in range(MAX_DEPTH):
        if node < 0:
            return
        node = parent[node]
    if node >= 0:
        yield _Fault(
            i, "parent", "too_deep", f"must lie at most {MAX_DEPTH} levels deep", "a parent is wrong"
        )


def _cycles(parent: list[int]) -> list[bool]:
    """Whether each node lies on a cycle of parents."""
    state = [0] * len(parent)
    found = [False] * len(parent)
    for start in range(len(parent)):
        path: list[int] = []
        node = start
        while node >= 0 and state[node] == 0:
            state[node] = 1
            path.append(node)
            node = parent[node]
        if node >= 0 and state[node] == 1:
            for member in path[path.index(node) :]:
                found[member] = True
        for member in path:
            state[member] = 2
    return found


def _check_child(i: int, row: Row, parent: Row, rates: Rates) -> Iterator[_Fault]:
    above = f"its parent {parent['id']!r}"
    if row["kind"] and parent["kind"] and row["kind"] != parent["kind"]:
        rule = f"must be {parent['kind']} as {above} is"
        yield _Fault(i, "kind", "differs_from_parent", rule, "kind or parent is wrong")
    if not row["unit"] or not parent["unit"]:
        return
    if dimension_of(row["unit"]) != dimension_of(parent["unit"]):
        rule = f"must measure the same as the {parent['unit']} of {above}"
        yield _Fault(i, "unit", "differs_from_parent", rule, "one of the units is wrong")
    elif row["lot"] is not None and not _same_lot(row, parent, rates):
        maybe = "it should be empty: a child has its parent's lot"
        yield _Fault(i, "lot", "differs_from_parent", f"must be the lot of {above}", maybe)


def _same_lot(row: Row, parent: Row, rates: Rates) -> bool:
    if parent["lot"] is None:
        return False
    times = factor(row["unit"], parent["unit"], rates)
    return times is None or bool(row["lot"] * times == parent["lot"])


def _check_weight(i: int, row: Row, is_empty: bool) -> Iterator[_Fault]:
    """Goods have a weight; what is counted in a mass has it from its unit, and may not say another."""
    unit = find_unit(row["unit"]) if row["unit"] else None
    if row["kind"] != "goods" or unit is None:
        return
    given = row["tonnes_per_unit"]
    if unit.dimension != "mass" and is_empty:
        rule = f"must not be empty, since goods are carried by weight and a {unit.symbol} has none"
        yield _Fault(i, "tonnes_per_unit", "missing", rule, "0.001 is meant: one kilogram")
    elif unit.dimension == "mass" and given is not None and Fraction(given, MICRO) != tonnes_of(unit):
        rule = f"must be the weight of one {unit.symbol} in tonnes"
        maybe = "it should be empty: it follows from the unit"
        yield _Fault(i, "tonnes_per_unit", "not_its_mass", rule, maybe)


def check_listings(sheets: Sheets, rates: Rates) -> None:
    """Flag units that are not of the category's dimension, and what a kind asks or has no use for."""
    typed, money = sheets["categories"].typed, currency_of(sheets)
    categories = typed.select(
        pl.col("id").alias("key"),
        pl.col("kind"),
        pl.col("unit").alias("category_unit"),
        pl.Series("market_unit", _root_units(typed, money), dtype=pl.String),
    ).unique("key", keep="first", maintain_order=True)
    for noun in ("offers", "needs"):
        sheet = sheets[noun]
        wanted = _wanted(sheet).join(categories, on="key", how="inner", maintain_order="left")
        _check_units(sheet, wanted, rates)
        if noun == "offers":
            _check_offer_kinds(sheet, wanted)
        else:
            _check_alike(sheet, wanted)
            _check_only_for(sheet, wanted)


def market_unit(symbol: str, money: str) -> str:
    """The unit in which the market measures what is listed in `symbol`: see `_taxa` for why pounds are kg.

    Capital pays for what is priced in `money`, the book's currency, and is counted in it; but in its own
    where the book counts value in votes, which buy nothing.
    """
    if symbol in CURRENCIES:
        return symbol if money in TALLIES else money
    unit = find_unit(symbol)
    if unit and unit.dimension == "mass" and (tonnes_of(unit) * MICRO).denominator != 1:
        return "kg"
    return symbol


def _root_units(typed: pl.DataFrame, money: str) -> list[str | None]:
    """The unit of the root above each category, in which the market measures the whole tree."""
    unit = dict(zip(typed["id"].to_list(), typed["unit"].to_list(), strict=True))
    parent = dict(zip(typed["id"].to_list(), typed["parent"].to_list(), strict=True))
    roots = []
    for node in typed["id"].to_list():
        for _ in range(MAX_DEPTH):
            if parent[node] not in unit:
                break
            node = parent[node]
        root = unit[node]
        roots.append(market_unit(root, money) if root else None)
    return roots


def _wanted(sheet: Sheet) -> pl.DataFrame:
    """index, key : one row per listing and category that it names."""
    frame = sheet.typed.select("category", "unit").with_row_index("index")
    if sheet.noun == "needs" and frame["category"].str.contains(";", literal=True).any():
        frame = frame.with_columns(pl.col("category").str.split(";")).explode("category")
    return frame.rename({"category": "key"}).filter(pl.col("key").is_not_null())


def _meant(unit: str, own: str) -> str:
    """People's days are no days: whose unit is person_day and writes day means person_day."""
    return own if own == f"person_{unit}" else "unit or category is wrong"


def _check_units(sheet: Sheet, wanted: pl.DataFrame, rates: Rates) -> None:
    wanted = wanted.drop_nulls(["unit", "category_unit"])
    pairs = wanted.select("unit", "category_unit", "market_unit").unique()
    apart = [dimension_of(unit) != dimension_of(own) for unit, own, _ in pairs.rows()]
    times = [factor(unit, market, rates) if market else None for unit, _, market in pairs.rows()]
    pairs = pairs.with_columns(
        pl.Series("apart", apart, dtype=pl.Boolean),
        pl.Series("times", [None if t is None else float(t) for t in times], dtype=pl.Float64),
    )
    told = wanted.join(pairs, on=pairs.columns[:3], how="inner", maintain_order="left", nulls_equal=True)
    apart_rows = told.filter("apart").unique("index", keep="first", maintain_order=True)
    rule = pl.format("must measure the same as {}, the unit of its category", "category_unit")
    _flag_at(
        sheet,
        apart_rows,
        "unit",
        "dimension",
        apart_rows.select(rule).to_series(),
        pl.Series([_meant(unit, own) for unit, own in apart_rows.select("unit", "category_unit").rows()]),
    )
    _check_converted(sheet, told.filter(pl.col("times").is_not_null()), rates)


def _check_converted(sheet: Sheet, told: pl.DataFrame, rates: Rates) -> None:
    """The limit of 1e9 holds in the market's unit and money too."""
    told = told.filter(~pl.Series(sheet.refused).gather(told["index"]))
    book_money = sheet.typed["currency"].replace_strict(
        {code: float(rate) for code, rate in rates.items()}, default=1.0, return_dtype=pl.Float64
    )
    per_unit = book_money.gather(told["index"]) / told["times"]
    for name, times, what in (
        ("quantity", told["times"], "in"),
        ("limit_price", per_unit, "of book money per"),
        ("value", per_unit, "of book money per"),
    ):
        if name in sheet.typed.columns:
            converted = sheet.typed[name].abs().cast(pl.Float64).gather(told["index"]) * times
            large = told.filter(converted > MAX_NUMBER_MICRO).unique("index", maintain_order=True)
            rule = pl.format("must be at most {} {} {}", pl.lit(MAX_NUMBER), pl.lit(what), "market_unit")
            _flag_at(sheet, large, name, "too_large", large.select(rule).to_series(), "a unit is wrong")


def _flag_at(
    sheet: Sheet,
    at: pl.DataFrame,
    name: str,
    code: str,
    rule: str | pl.Series,
    maybe: str | pl.Series,
    warn: bool = False,
) -> None:
    """Flag the rows whose numbers stand in the column `index` (ascending, each once)."""
    rows = np.zeros(len(sheet), dtype=np.bool_)
    rows[at["index"].to_numpy()] = True
    sheet.flag(rows, name, code, rule, maybe, "warning" if warn else "refused")


_ONLY_FOR = {
    "use_by": ("goods", "until says how long it stands"),
    "form": ("capital", "its category should be of kind capital"),
    "term_months": (
        "capital",
        "its category should be capital; from and until say when it holds",
    ),
    "remote": ("talent", "its category should be of kind talent"),
    "move_cost": ("talent", "its category should be of kind talent; goods have fixed_cost and lanes"),
}
"""Field -> the one kind that uses it, and what may be meant where another kind has it."""


def _check_offer_kinds(sheet: Sheet, wanted: pl.DataFrame) -> None:
    empty = pl.Series(sheet.cells["quantity"].is_null()).gather(wanted["index"])
    counted = wanted.filter(empty & (wanted["kind"] != "technology"))
    rule = "must not be empty: only technology has unlimited licences"
    if "quantity" in sheet.columns or len(counted):
        _flag_at(sheet, counted, "quantity", "missing", rule, "write how much there is")
    formless = wanted.filter(
        sheet.cells["form"].is_null().gather(wanted["index"]) & (wanted["kind"] == "capital")
    )
    _flag_at(sheet, formless, "form", "missing", "must not be empty for capital", "loan or grant")
    _check_only_for(sheet, wanted)
    _check_whole_talent(sheet, wanted)


def _check_whole_talent(sheet: Sheet, wanted: pl.DataFrame) -> None:
    """Several people in one offer go to one need together unless it says otherwise: told, as few mean it."""
    several = (sheet.typed["quantity"] > MICRO).fill_null(False).gather(wanted["index"])
    unsaid = sheet.cells["whole"].is_null().gather(wanted["index"]) & (wanted["unit"] == "person")
    odd = wanted.filter(several & unsaid & (wanted["kind"] == "talent"))
    rule = "goes to one need as a whole, since talent does unless the offer says otherwise"
    maybe = "whole = false is meant: one here, one there"
    _flag_at(sheet, odd, "quantity", "one_need", rule, maybe, warn=True)


def _check_only_for(sheet: Sheet, wanted: pl.DataFrame) -> None:
    """Fields that only one kind uses: on another kind they would be dropped in silence."""
    for name, (kind, maybe) in _ONLY_FOR.items():
        if name in sheet.columns:
            given = sheet.cells[name].is_not_null().gather(wanted["index"])
            odd = wanted.filter(given & (wanted["kind"] != kind)).unique("index", maintain_order=True)
            rule = f"is not used: it is for {kind} only"
            _flag_at(sheet, odd, name, "not_for_kind", rule, maybe, warn=True)


def _check_alike(sheet: Sheet, wanted: pl.DataFrame) -> None:
    """All categories that one need accepts are of one kind."""
    several = wanted.group_by("index", maintain_order=True).agg(pl.col("kind").n_unique().alias("kinds"))
    mixed = several.filter(pl.col("kinds") > 1)
    rule = "must name categories of one kind"
    _flag_at(sheet, mixed, "category", "mixed_kinds", rule, "make two needs, in a project if both are needed")
