"""A table on its way to becoming part of a book: text cells by field, and what was found wrong with them.

A `Sheet` is the one mutable thing of this room. Nothing is ever dropped from it: a row is admitted or
refused, and a refused row has at least one reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fourflow.book._fields import Field
from fourflow.errors import Finding, Severity

Mask = NDArray[np.bool_]
MAX_SHOWN_TEXT = 80
MAX_SHOWN_RULE = 500

_FLAGS = {
    "index": pl.UInt32,
    "code": pl.String,
    "field": pl.String,
    "value": pl.String,
    "rule": pl.String,
    "maybe": pl.String,
    "severity": pl.String,
}


@dataclass
class Sheet:
    """Rows of one noun. cells : String, one column per field of the table, null = empty.

    raw : the cells as they were read, under their own headers. row : int32[n], as a spreadsheet shows
    it. columns : the fields that the file has. typed : the parsed columns. refused, silent : bool[n];
    of a silent row (no listing at all) nothing more is said than why it is refused. meant : fields that a
    refused header may stand for; that they are missing is no second mistake. written : field -> made-up
    id -> the name that the file has for it.
    """

    noun: str
    file: str
    header_row: int
    raw: pl.DataFrame
    row: NDArray[np.int32]
    cells: pl.DataFrame
    columns: frozenset[str]
    assumed: bool = False
    typed: pl.DataFrame = field(default_factory=pl.DataFrame)
    refused: Mask = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    silent: Mask = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    flags: list[pl.DataFrame] = field(default_factory=list)
    whole_file: list[Finding] = field(default_factory=list)
    meant: set[str] = field(default_factory=set)
    written: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.refused = np.zeros(len(self.row), dtype=np.bool_)
        self.silent = np.zeros(len(self.row), dtype=np.bool_)

    def __len__(self) -> int:
        return len(self.row)

    def flag(
        self,
        rows: Mask,
        name: str,
        code: str,
        rule: str | pl.Series,
        maybe: str | pl.Series = "",
        severity: Severity = "refused",
    ) -> None:
        """Say of every row in the mask that `name` breaks `rule`; text or one text per flagged row."""
        index = np.flatnonzero(rows)
        if len(index) == 0:
            return
        heard = ~self.silent[index]
        if severity == "refused":
            self.refused |= rows
        if name in self.meant:
            return
        values = None
        if name in self.cells.columns:
            values = self.cells[name].gather(index).replace(self.written.get(name, {}))
            values = values.str.slice(0, MAX_SHOWN_TEXT)
        frame = pl.DataFrame({"index": index.astype(np.uint32)}).with_columns(
            pl.lit(f"book.{name}.{code}").alias("code"),
            pl.lit(name).alias("field"),
            (pl.lit("") if values is None else pl.lit(values.fill_null(""))).alias("value"),
            _texts(rule).alias("rule"),
            _texts(maybe).alias("maybe"),
            pl.lit(severity).alias("severity"),
        )
        frame = frame.select(pl.col(name).cast(kind) for name, kind in _FLAGS.items())
        self.flags.append(frame.filter(pl.Series(heard)))

    def silence(self, rows: Mask, keep: tuple[str, ...] = ()) -> None:
        """Refuse rows that are read no further; of their cells only `keep` stay, to be pointed at."""
        self.refused |= rows
        self.silent |= rows
        if rows.any():
            blank = pl.when(pl.Series(rows)).then(None)
            self.cells = self.cells.with_columns(
                blank.otherwise(pl.col(name)).alias(name) for name in self.cells.columns if name not in keep
            )

    def note(self, name: str, code: str, value: str, rule: str, maybe: str, severity: Severity) -> None:
        """A finding about the whole file, shown at its header; refuses no row by itself."""
        value, maybe = value[:MAX_SHOWN_TEXT], maybe[:MAX_SHOWN_RULE]
        code = f"book.{name}.{code}"
        self.whole_file.append(
            Finding(code, self.file, self.header_row, name, value, rule[:MAX_SHOWN_RULE], maybe, "", severity)
        )

    def refuse_file(self, name: str, code: str, value: str, rule: str, maybe: str) -> None:
        """A finding about the header that refuses every row below it."""
        if name not in self.meant:
            self.note(name, code, value, rule, maybe, "refused")
        self.refused[:] = True

    def missing(self, name: str) -> Mask:
        """bool[n]: the cell is empty."""
        return self.cells[name].is_null().to_numpy()

    def findings(self) -> list[Finding]:
        """Everything found in this sheet, file first, then by row, each once."""
        return [*self.whole_file, *self._row_findings()]

    def _row_findings(self) -> Iterable[Finding]:
        if not self.flags:
            return []
        ids = (
            self.cells["id"]
            if "id" in self.cells.columns
            else pl.Series("id", [None] * len(self), dtype=pl.String)
        )
        frame = pl.concat(self.flags).unique(maintain_order=True).sort("index", maintain_order=True)
        index = frame["index"].to_numpy()
        rows = self.row[index].tolist()
        listings = (
            ids.gather(index).fill_null("").str.slice(0, MAX_SHOWN_TEXT).str.replace_all(r"\s", " ").to_list()
        )
        values = frame["value"].str.slice(0, MAX_SHOWN_TEXT).to_list()
        columns = [frame[name].to_list() for name in ("code", "field", "rule", "maybe", "severity")]
        return [
            Finding(code, self.file, row, name, value, rule, maybe, listing, severity)
            for code, row, name, value, rule, maybe, listing, severity in zip(
                columns[0],
                rows,
                columns[1],
                values,
                columns[2],
                columns[3],
                listings,
                columns[4],
                strict=True,
            )
        ]

    def refused_rows(self) -> pl.DataFrame:
        """The refused rows as they were read, with `_row` and `_reasons` first."""
        whole = "; ".join(str(entry) for entry in self.whole_file if entry.severity == "refused")
        index = np.flatnonzero(self.refused).astype(np.uint32)
        reasons = pl.DataFrame({"index": index})
        if self.flags:
            said = (
                pl.concat(self.flags)
                .filter(pl.col("severity") == "refused")
                .unique(maintain_order=True)
                .group_by("index", maintain_order=True)
                .agg(pl.format("{} {} [{}]", "field", "rule", "code").str.join("; ").alias("_reasons"))
            )
            reasons = reasons.join(said, on="index", how="left", maintain_order="left")
        else:
            reasons = reasons.with_columns(pl.lit(None, pl.String).alias("_reasons"))
        return self.raw[index].select(
            pl.Series("_row", self.row[index]),
            reasons["_reasons"].fill_null(whole or "refused by the reader"),
            *(pl.col(name) for name in self.raw.columns),
        )


def _texts(text: str | pl.Series) -> pl.Expr:
    return pl.lit(text)


def join_words(words: Sequence[str], most: int = 8) -> str:
    """'a, b or c' of at most `most` words."""
    shown = list(words[:most])
    if len(words) > most:
        return ", ".join(shown) + ", ..."
    return " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def empty_cells(fields: Sequence[Field], height: int) -> pl.DataFrame:
    """Empty text cells for every field."""
    return pl.DataFrame(
        {entry.name: pl.Series(entry.name, [None] * height, dtype=pl.String) for entry in fields}
    )
