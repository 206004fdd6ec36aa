"""The price paid is the middle of the band, which the verifier works out: whoever moves money is found."""

from __future__ import annotations

import csv
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import fourflow as ff
from builders import market
from four_kinds import four_kinds_book
from fourflow.book import Market
from fourflow.pipeline import clear_market
from fourflow.pricing import price, settle
from fourflow.proof import Binding, write_certificate
from proof_tampering import forge_payments, read, refusal, write
from random_markets import random_market

WIDE: dict[str, Any] = {
    "offers": [{"id": "o1", "at": "Leeds", "quantity": 10, "price": 2}],
    "needs": [
        {"id": "n1", "at": "Leeds", "quantity": 4, "price": 12},
        {"id": "n2", "at": "York", "quantity": 6, "price": 9},
    ],
    "lanes": [{"start": "Leeds", "end": "York", "cost": 1, "capacity": 6}],
}
"""Any price from 2 to 8 in Leeds supports the awards, and any rent that York's need can still bear."""
LOTS = WIDE | {"categories": {"goods": {"lot": 2}}}
"""The same in lots: every arc is a whole decision."""


def publish(folder: Path, book: Market) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    cleared = clear_market(book, gap=1e-9)
    prices = price(cleared)
    binding = Binding(book, cleared.allocation.layout, cleared.awards, prices, settle(cleared, prices))
    write_certificate(folder, cleared.allocation.problem, cleared.solution, cleared.certificate, binding)


def forge_duals(folder: Path, kinds: str, moved: float) -> None:
    """Add money to the dual of every node of some kinds that has one; prices and payments follow."""
    header, *duals = read(folder, "price_duals.csv")
    kind = [row[0] for row in read(folder, "layout/rows.csv")[1:]]
    nodes = int(dict(read(folder, "claims.csv"))["num_nodes"])
    forged = [
        [row, str(int(value) + int(moved * 10**9))]
        if int(row) < nodes and kind[int(row)] in kinds
        else [row, value]
        for row, value in duals
    ]
    write(folder, "price_duals.csv", [header, *forged])
    forge_payments(folder)


@pytest.mark.parametrize("book", [WIDE, LOTS], ids=["in parts", "in lots"])
@pytest.mark.parametrize("moved", [-3, -1, -0.001, 0.001, 1, 3])
def test_a_price_that_is_not_the_middle_is_refused(
    tmp_path: Path, book: dict[str, Any], moved: float
) -> None:
    """All prices a little up or down, within the band: they support the awards, and all payments follow."""
    publish(tmp_path, market(**book))
    assert dict(read(tmp_path, "claims.csv"))["price_node_scale"] == "1/1000000000"
    assert refusal(tmp_path) == ""
    forge_payments(tmp_path)
    assert refusal(tmp_path) == ""
    forge_duals(tmp_path, "012", moved)
    assert "not the middle" in refusal(tmp_path)


def test_a_rent_that_is_not_the_middle_is_refused(tmp_path: Path) -> None:
    """York pays 1 more a tonne, which goes to the only lane there: the awards are supported as well."""
    publish(tmp_path, market(**WIDE))
    claims, layout = dict(read(tmp_path, "claims.csv")), read(tmp_path, "layout/rows.csv")[1:]
    header, *duals = read(tmp_path, "price_duals.csv")
    told = {int(row): int(value) for row, value in duals}
    nodes = int(claims["num_nodes"])
    hubs = [i for i, row in enumerate(layout[:nodes]) if row[0] == "2"]
    york = min(hubs, key=lambda i: told.get(i, 0))
    need = next(i for i, row in enumerate(layout[:nodes]) if row[:2] == ["1", "1"])
    lane = next(i for i, row in enumerate(layout) if i >= nodes and row[0] == "0")
    for i, scale, sign in ((york, "node", -1), (need, "node", -1), (lane, "row", 1)):
        told[i] = told.get(i, 0) + sign * int(1 / Fraction(claims[f"price_{scale}_scale"]))
    write(tmp_path, "price_duals.csv", [header, *([str(i), str(x)] for i, x in sorted(told.items()))])
    forge_payments(tmp_path)
    assert "not the middle" in refusal(tmp_path)


@pytest.mark.parametrize("field", ["low", "high"])
def test_a_band_that_does_not_follow_is_refused(tmp_path: Path, field: str) -> None:
    """Each end of each band in prices.csv, moved or left out."""
    offers = [{"id": "farm", "category": "rice", "quantity": 10, "limit_price": 2, "place": "A"}]
    needs = [{"id": "mill", "category": "rice", "quantity": 10, "limit_price": 9, "place": "A"}]
    ff.clear(four_kinds_book(offers=offers, needs=needs)).write(tmp_path / "result")
    assert refusal(tmp_path / "result") == ""
    path = tmp_path / "result" / "prices.csv"
    before = path.read_text("utf-8")
    with path.open(newline="", encoding="utf-8") as file:
        rows = [*csv.DictReader(file)]
    assert [(row["low"], row["high"]) for row in rows] == [("2.000000000", "9.000000000")]
    for forged in ("", "5.4" if field == "low" else "5.6"):
        row = rows[0]
        told = before.replace(
            f",{row['low']},{row['high']}",
            f",{forged},{row['high']}" if field == "low" else f",{row['low']},{forged}",
        )
        assert told != before
        path.write_text(told, "utf-8")
        assert "a band that does not follow" in refusal(tmp_path / "result")


def test_a_row_is_alone_on_its_arc_whatever_entries_of_nothing_it_has(tmp_path: Path) -> None:
    """A need of less than a lot and offers with a switch: its links hold nothing of the switch."""
    book, _ = random_market(62_054)
    publish(tmp_path, book)
    rows = {row[0] for row in read(tmp_path, "entries.csv")[1:] if row[2] == "0"}
    assert rows
    assert refusal(tmp_path) == ""


def test_what_is_said_twice_or_not_at_all_is_refused(tmp_path: Path) -> None:
    """A dual twice, a key of clearing.json twice, and a row of prices.csv twice or left out."""
    offers = [{"id": "farm", "category": "rice", "quantity": 10, "limit_price": 2, "place": "A"}]
    needs = [{"id": "mill", "category": "rice", "quantity": 10, "limit_price": 9, "place": "A"}]
    ff.clear(four_kinds_book(offers=offers, needs=needs)).write(tmp_path / "result")
    prices, said = (tmp_path / "result" / name for name in ("prices.csv", "clearing.json"))
    header, *rows = prices.read_text("utf-8").splitlines(keepends=True)
    for some in ([], [*rows, rows[0]]):
        prices.write_text("".join([header, *some]), "utf-8")
        assert "each price once" in refusal(tmp_path / "result")
    prices.write_text("".join([header, *rows]), "utf-8")
    told = said.read_text("utf-8")
    said.write_text(told.replace("{", '{"certificate": {"status": "FORGED"},', 1), "utf-8")
    assert "a key twice" in refusal(tmp_path / "result")
    said.write_text(told, "utf-8")
    assert refusal(tmp_path / "result") == ""
    duals = read(tmp_path / "result" / "certificate", "price_duals.csv")
    write(tmp_path / "result" / "certificate", "price_duals.csv", [*duals, duals[-1]])
    assert "a row twice" in refusal(tmp_path / "result")
