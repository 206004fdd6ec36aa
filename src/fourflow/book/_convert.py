"""Exact conversion of columns: millionths times a rational, rounded up or down, and what was rounded said.

Rows that share a unit and a currency share a factor, so the work is a few array operations whatever
the number of rows. Products that int64 cannot hold are taken as Python integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fourflow.errors import Finding

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


def scale(values: I64, code: I64, factors: Sequence[Fraction], up: bool) -> tuple[I64, Mask]:
    """values[i] * factors[code[i]], rounded up (or down), and where that was not exact.

    values : int64[n] millionths; code : int64[n] into `factors`.
    """
    out, inexact = values.copy(), np.zeros(len(values), dtype=np.bool_)
    for k, times in enumerate(factors):
        if times == 1:
            continue
        rows = np.flatnonzero(code == k)
        out[rows], inexact[rows] = _multiply(values[rows], times, up)
    return out, inexact


def _multiply(values: I64, times: Fraction, up: bool) -> tuple[I64, Mask]:
    if len(values) == 0:
        return values, np.zeros(0, dtype=np.bool_)
    wide = int(np.abs(values).max()) * times.numerator >= 2**62
    product = (values.astype(object) if wide else values) * times.numerator
    whole = product // times.denominator
    rest = np.asarray(product - whole * times.denominator != 0, dtype=np.bool_)
    return np.asarray(whole, dtype=np.int64) + (rest if up else 0), rest


@dataclass
class Notes:
    """What rounding there was: one finding for each field and pair of units, naming the first row."""

    findings: list[Finding] = field(default_factory=list)

    def say(
        self,
        noun: str,
        name: str,
        frame: pl.DataFrame,
        rounded: Mask,
        code: I64,
        pairs: Sequence[str],
        up: bool,
    ) -> None:
        """Note the rows in `rounded`; pairs[code] says from what to what they were converted."""
        for k in np.unique(code[rounded]).tolist():
            rows = np.flatnonzero(rounded & (code == k))
            first = int(rows[0])
            way = "up" if up else "down"
            others = f", here and in {len(rows) - 1:,} other rows" if len(rows) > 1 else ""
            rule = f"{pairs[k]} and rounded {way} to a millionth{others}"
            listing = str(frame["id"][first]) if "id" in frame.columns else ""
            row, shown = int(frame["_row"][first]), str(frame[name][first] / 10**6)
            self.findings.append(
                Finding(f"book.{name}.rounded", noun, row, name, shown, rule, "", listing, "warning")
            )


def distinct(frame: pl.DataFrame) -> tuple[I64, list[tuple[str | None, ...]]]:
    """code[i] : which distinct row of `frame` row i is; and those rows."""
    kinds = frame.unique(maintain_order=True)
    told = frame.join(
        kinds.with_row_index("code"), on=frame.columns, how="left", maintain_order="left", nulls_equal=True
    )
    return told["code"].cast(pl.Int64).to_numpy(), kinds.rows()
