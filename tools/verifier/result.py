"""The result folder: what lies beside the certificate for people to read says the same."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any
from urllib.parse import quote

from verifier.awards import Award
from verifier.figures import Result
from verifier.files import SAFE, need
from verifier.kinds import across
from verifier.layout import Layout
from verifier.losses import Losses
from verifier.middle import Middle
from verifier.prices import Money
from verifier.tables import Tables, exactly


def said_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of clearing.json; of two values for one key readers could take either."""
    found = dict(pairs)
    need(len(found) == len(pairs), "clearing.json says a key twice")
    return found


def check_result(
    top: Path,
    book: Layout,
    money: Money,
    lost: Losses,
    middle: Middle | None,
    awards: list[Award],
    ledger: list[Any],
) -> None:
    """What lies beside the certificate for people to read says the same: clearing.json and the CSV tables."""
    if not (top / "clearing.json").is_file():
        need(not any(top.glob("*.csv")), "clearing.json is missing beside the tables that people read")
        return
    need((top / "clearing.json").stat().st_size < 1 << 26, "clearing.json is too large")
    text, claims = (top / "clearing.json").read_text("utf-8"), book.claims
    said = json.loads(text, object_pairs_hook=said_once)
    told = said["certificate"]
    for key in ("objective", "bound", "absolute_gap", "max_violation"):
        need(
            exactly(told[key], 1) == claims.number(key),
            f"clearing.json: {key} is not that of the certificate",
        )
    asked = float(said["settings"]["gap"])
    need(
        math.isclose(asked, claims.number("gap"), rel_tol=1e-5), "clearing.json: the gap asked for is another"
    )
    for key in ("currency", "settlement"):
        need(said[key] == book.said[key], f"clearing.json: {key} is not that of the book")
    for key in ("status", "covers"):
        need(told[key] == claims.text(key), f"clearing.json: {key} is not that of the certificate")
    need(told["relative_gap"] == float(claims.number("relative_gap")), "clearing.json: relative_gap")
    result = Result(book)
    for key, value in result.figures().items():
        close = math.isclose(said["result"][key], value, rel_tol=1e-9, abs_tol=1e-6)
        need(close, f"clearing.json: {key} is not {value}")
    flows = {
        (quote(row["kind"], safe=SAFE), quote(row["unit"], safe=SAFE)): [
            math.inf if row[key] is None else row[key] for key in ("asked", "met", "offered", "given")
        ]
        for row in said["result"]["flows"]
    }
    need(
        {*flows} == {*result.flows()}
        and all(
            math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-6)
            for key, sums in result.flows().items()
            for x, y in across(flows[key], sums)
        ),
        "clearing.json: flows",
    )
    need(said["num_awards"] == len(awards), "clearing.json: num_awards")
    Tables(top, result, money, lost, middle).check(awards, ledger)
