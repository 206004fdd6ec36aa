"""References: what points at nothing is refused, and so is what points at a refused row, with that reason.

Refusals spread until nothing changes. They spread backwards too where a part carries meaning for the
whole: a listing whose requirement is refused would match what its owner excluded, and a project whose
line is refused would be another project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fourflow.book._cells import flag_values
from fourflow.book._fields import FIELDS, Field, field
from fourflow.book._numbers import Diagnosis
from fourflow.book._rules import Sheets, budget_rules
from fourflow.book._sheet import MAX_SHOWN_TEXT, Sheet

_ONE_OF = {
    "participants": "a participant", "places": "a place", "lanes": "a lane", "offers": "an offer",
    "categories": "a category", "needs": "a need", "projects": "a project",
}  # fmt: skip
_MAX_SUGGESTIONS = 30
_MAX_CANDIDATES = 5_000


@dataclass(frozen=True)
class _Edge:
    """Row source_index[i] of `source` stands on row target_index[i] of `target`, says the field `name`."""

    source: Sheet
    target: Sheet
    source_index: NDArray[np.int64]
    target_index: NDArray[np.int64]
    name: str
    code: str
    rule: str


def check_references(sheets: Sheets) -> None:
    """Flag dangling references, then spread refusals to a fixed point."""
    edges = [edge for sheet in sheets.values() for edge in _edges_of(sheet, sheets)]
    edges += [*_parts(sheets), *_sponsors(sheets)]
    changed = True
    while changed:
        spread = [_spread(edge) for edge in edges]
        changed = any(spread)


def _spread(edge: _Edge) -> bool:
    """Refuse what stands on a refused row; whether anything was newly refused."""
    struck = edge.target.refused[edge.target_index] & ~edge.source.refused[edge.source_index]
    if not struck.any():
        return False
    sources, first = np.unique(edge.source_index[struck], return_index=True)
    targets = edge.target_index[struck][first]
    rows = np.zeros(len(edge.source), dtype=np.bool_)
    rows[sources] = True
    shown = pl.Series(
        [f"{edge.rule} ({edge.target.file} row {row})" for row in edge.target.row[targets].tolist()]
    )
    edge.source.flag(rows, edge.name, edge.code, shown, "mend that row first")
    return True


def parts_of(sheet: Sheet, entry: Field) -> pl.DataFrame:
    """index, key : one row per row and value of a reference; lists are split."""
    frame = sheet.typed.select(pl.col(entry.name).alias("key")).with_row_index("index").drop_nulls()
    if entry.is_list:
        frame = frame.with_columns(pl.col("key").str.split(";")).explode("key")
    return frame


def _edges_of(sheet: Sheet, sheets: Sheets) -> Iterator[_Edge]:
    for entry in FIELDS[sheet.noun]:
        if entry.nouns and sheet.typed[entry.name].null_count() < len(sheet):
            yield from _resolve(sheet, entry, sheets)


def _resolve(sheet: Sheet, entry: Field, sheets: Sheets) -> Iterator[_Edge]:
    open_parts = parts_of(sheet, entry)
    for noun in entry.nouns:
        target = sheets[noun]
        ids = target.typed.select(pl.col("id").alias("key")).with_row_index("at").drop_nulls()
        ids = ids.unique("key", keep="first", maintain_order=True)
        found = open_parts.join(ids, on="key", how="left", maintain_order="left")
        hit = found.filter(pl.col("at").is_not_null())
        open_parts = found.filter(pl.col("at").is_null()).select("index", "key")
        index, at = hit["index"].to_numpy().astype(np.int64), hit["at"].to_numpy().astype(np.int64)
        rule = f"must not point at {_ONE_OF[noun]} that is refused"
        yield _Edge(sheet, target, index, at, entry.name, "refused_target", rule)
    if len(open_parts):
        rows = np.zeros(len(sheet), dtype=np.bool_)
        rows[open_parts["index"].to_numpy()] = True
        values = pl.Series([None] * len(sheet), dtype=pl.String).scatter(
            open_parts["index"].to_numpy(), open_parts["key"]
        )
        flag_values(sheet, entry.name, rows, _explain_dangling(entry, sheets), values)


def _explain_dangling(entry: Field, sheets: Sheets) -> Callable[[str], Diagnosis]:
    ids = [key for noun in entry.nouns for key in sheets[noun].typed["id"].drop_nulls().to_list()]
    folded = {key.casefold(): key for key in reversed(ids)}
    what = " or ".join(_ONE_OF[noun] for noun in entry.nouns)
    asked = 0

    def explain(text: str) -> Diagnosis:
        nonlocal asked
        asked += 1
        near = folded.get(text.casefold(), "")
        if not near and asked <= _MAX_SUGGESTIONS:
            near = _nearest(text, ids)
        shown = repr(text[:MAX_SHOWN_TEXT])
        rule = f"must be the id of {what}, but there is no {shown}"
        return "dangling", rule, near or f"{shown} should be added to {entry.nouns[0]}"

    return explain


def _nearest(text: str, ids: list[str]) -> str:
    """The id most like `text`, sought among a bounded number of like length."""
    like = [key for key in ids if abs(len(key) - len(text)) <= 3][:_MAX_CANDIDATES]
    near = get_close_matches(text, like, n=1, cutoff=0.7)
    return near[0] if near else ""


def _parts(sheets: Sheets) -> Iterator[_Edge]:
    """Backwards: listings stand on their requirements, projects on their lines."""
    requirements = sheets["requirements"]
    asked = parts_of(requirements, field("requirements", "listing"))
    _refuse_ambiguous(sheets)
    for noun in ("offers", "needs"):
        yield _back(
            sheets[noun], requirements, asked, "requirement", "must not lose a requirement that is refused"
        )
    needs, projects = sheets["needs"], sheets["projects"]
    lines = parts_of(needs, field("needs", "project"))
    yield _back(projects, needs, lines, "id", "must not lose a need that is refused")
    alone = ~projects.typed["id"].is_in(lines["key"].unique().to_list())
    rule = "must have at least one need"
    bare = (alone & projects.typed["id"].is_not_null()).to_numpy()
    projects.flag(bare, "id", "no_needs", rule, "write its id in the column project of its needs")


def _refuse_ambiguous(sheets: Sheets) -> None:
    """An id is unique among offers and among needs; what names one in both says nothing certain."""
    offers, needs = (sheets[noun].typed["id"].drop_nulls() for noun in ("offers", "needs"))
    both = offers.filter(offers.is_in(needs.to_list()))
    for noun, name in (("requirements", "listing"), ("attributes", "owner")):
        rows = sheets[noun].typed[name].is_in(both.to_list()).fill_null(False).to_numpy()
        rule = "must name one listing, but there is an offer and a need of this id"
        sheets[noun].flag(rows, name, "ambiguous", rule, "rename one of the two")


def _back(whole: Sheet, part: Sheet, said: pl.DataFrame, name: str, rule: str) -> _Edge:
    ids = whole.typed.select(pl.col("id").alias("key")).with_row_index("at").drop_nulls()
    hit = said.join(ids, on="key", how="inner", maintain_order="left")
    at, index = hit["at"].to_numpy().astype(np.int64), hit["index"].to_numpy().astype(np.int64)
    return _Edge(whole, part, at, index, name, "refused_part", rule)


def _sponsors(sheets: Sheets) -> Iterator[_Edge]:
    """Listings and projects stand on the budget of their sponsor."""
    rules = sheets["rules"]
    budget = np.flatnonzero(budget_rules(rules))
    at = pl.DataFrame({"key": rules.typed["sponsor"].gather(budget), "at": budget.astype(np.int64)})
    at = at.unique("key", keep="first", maintain_order=True)
    for noun in ("needs", "projects"):
        sheet = sheets[noun]
        named = sheet.typed.select(pl.col("sponsor").alias("key")).with_row_index("index").drop_nulls()
        found = named.join(at, on="key", how="left", maintain_order="left")
        lost = np.zeros(len(sheet), dtype=np.bool_)
        bare = found.filter(pl.col("at").is_null())
        lost[bare["index"].to_numpy()] = True
        rule = "must have a budget: a rule with measure bid_value, sense <= and this sponsor"
        written = bare["key"].replace(sheet.written.get("sponsor", {}))
        row = "rules.csv needs the columns id,name,measure,sense,limit,sponsor and a row such as"
        maybe = pl.select(
            pl.format("{} budget,Budget,bid_value,<=,1000,{}", pl.lit(row), written)
        ).to_series()
        sheet.flag(lost, "sponsor", "no_budget", rule, maybe)
        hit = found.drop_nulls()
        index, target = hit["index"].to_numpy().astype(np.int64), hit["at"].to_numpy()
        rule = "must not have a budget rule that is refused"
        yield _Edge(sheet, rules, index, target, "sponsor", "refused_target", rule)
