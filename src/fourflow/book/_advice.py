"""What is allowed and seldom meant: told before the result, since nothing else would show it.

A loan that nobody can give because its need says no term, whole units in a project that may be done in part,
and floors over lanes that goods could meet by going in a circle. The second may well be meant: a note.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from fourflow.book._rules import Sheets
from fourflow.book._sheet import Sheet


def advise(sheets: Sheets) -> None:
    """Tell what would surprise the one who wrote it."""
    kinds = _kinds(sheets["categories"])
    _grants_that_are_loans(sheets, kinds)
    _whole_lines_in_part(sheets, kinds)
    _floors_over_lanes(sheets)


def _kinds(categories: Sheet) -> pl.DataFrame:
    """key, kind, whole : per category; talent and technology come whole unless they say otherwise."""
    kind = pl.col("kind")
    whole = pl.col("whole").fill_null(kind.is_in(["talent", "technology"])) | pl.col("lot").is_not_null()
    typed = categories.typed.select(key="id", kind=kind, is_whole=whole)
    return typed.drop_nulls("key").unique("key", keep="first", maintain_order=True)


def _named(sheet: Sheet, kinds: pl.DataFrame) -> pl.DataFrame:
    """index, key, kind, is_whole : one row per listing and category that it names."""
    frame = sheet.typed.select("category").with_row_index("index").drop_nulls()
    frame = frame.with_columns(pl.col("category").str.split(";")).explode("category")
    return frame.rename({"category": "key"}).join(kinds, on="key", how="inner", maintain_order="left")


def _grants_that_are_loans(sheets: Sheets, kinds: pl.DataFrame) -> None:
    """A need of capital without a term asks for a grant; where only loans are offered it gets nothing."""
    offers, needs = sheets["offers"], sheets["needs"]
    given = _named(offers, kinds).with_columns(
        form=offers.typed["form"].gather(_named(offers, kinds)["index"])
    )
    forms = given.filter(pl.col("kind") == "capital").group_by("key").agg(pl.col("form").unique())
    lent = forms.filter(pl.col("form").list.contains("loan") & ~pl.col("form").list.contains("grant"))["key"]
    asked = _named(needs, kinds).filter(pl.col("key").is_in(lent.to_list()))
    rows = _mask(needs, asked["index"]) & needs.missing("term_months")
    rule = "should not be empty where only loans are offered: without a term a grant is asked for"
    needs.flag(rows, "term_months", "no_loan", rule, "the months of the loan are missing", "warning")


def _whole_lines_in_part(sheets: Sheets, kinds: pl.DataFrame) -> None:
    """Half a project does not take half a person: its whole lines come in full, at whatever size."""
    needs, projects = sheets["needs"], sheets["projects"]
    lines = _named(needs, kinds).filter(pl.col("is_whole"))
    project = needs.typed["project"].gather(lines["index"])
    first = pl.DataFrame({"id": project, "line": needs.typed["id"].gather(lines["index"])}).drop_nulls()
    first = first.unique("id", keep="first", maintain_order=True)
    found = projects.typed.select("id", "mode").with_row_index("index").join(first, on="id", how="inner")
    found = found.filter(pl.col("mode") == "proportional").sort("index")
    rule = found.select(pl.format("keeps lines in whole units, such as {}, in full at any size", "line"))
    maybe = "mode = all_or_nothing is meant"
    projects.flag(_mask(projects, found["index"]), "mode", "whole_lines", rule.to_series(), maybe, "note")


def _floors_over_lanes(sheets: Sheets) -> None:
    """What a lane has to carry at least it may carry there and another lane back."""
    rules = sheets["rules"]
    named = pl.col("lane").is_not_null() | pl.col("mode").is_not_null() | (pl.col("measure") == "co2_kg")
    rows = rules.typed.select((named & (pl.col("sense") == ">=")).fill_null(False)).to_series().to_numpy()
    rule = "can be met by goods that go in a circle, at the sponsor's cost: it counts what lanes carry"
    maybe = "filters for the needs on the other side say what is meant"
    rules.flag(rows, "sense", "circles", rule, maybe, "warning")


def _mask(sheet: Sheet, index: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    rows = np.zeros(len(sheet), dtype=np.bool_)
    rows[index.to_numpy()] = True
    return rows
