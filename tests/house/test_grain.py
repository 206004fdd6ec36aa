"""The market of docs/grain.md, worked out by hand, comes out the same from the pipeline."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import fourflow as ff

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def clearing() -> ff.Clearing:
    """examples/grain, cleared once."""
    return ff.clear(ff.Book.read(ROOT / "examples" / "grain"))


def column(frame: pl.DataFrame, key: str, value: str) -> dict[str, Decimal]:
    return dict(frame.select(pl.col(key), pl.col(value)).filter(pl.col(key).is_not_null()).rows())


def test_welfare_is_5200_and_proved(clearing: ff.Clearing) -> None:
    """Objective and bound are both 5,200: the gap is 0."""
    certificate = clearing.certificate
    assert (certificate.objective, certificate.bound, certificate.relative_gap) == (5200, 5200, 0)


def test_awards_are_those_of_the_page(clearing: ff.Clearing) -> None:
    """The mill gets 60 t, the exporter 80 t, half of it over road and canal, the brewery nothing."""
    awards = {
        (row["offer"], row["need"], row["lanes"]): row["quantity"] for row in clearing.awards.to_dicts()
    }
    assert awards == {
        ("north-wheat", "milling", "road"): 40,
        ("north-wheat", "export", "road canal"): 40,
        ("bridge-wheat", "milling", ""): 20,
        ("coast-wheat", "export", ""): 40,
    }


def test_prices_are_those_of_the_page(clearing: ff.Clearing) -> None:
    """190 at Northfield, 200 at Millbridge, 240 at Southport; no band, since one price only fits."""
    prices = clearing.prices
    assert column(prices, "place", "price") == {"northfield": 190, "millbridge": 200, "southport": 240}
    assert prices["low"].to_list() == prices["high"].to_list() == prices["price"].to_list()


def test_the_canal_earns_a_rent_of_25(clearing: ff.Clearing) -> None:
    """The full canal has a rent of 25 a tonne, the road none."""
    assert column(clearing.flows, "lane", "rent_per_t") == {"road": 0, "canal": 25}
    assert column(clearing.flows, "lane", "tonnes") == {"road": 80, "canal": 40}


def test_money_is_that_of_the_page_and_balances(clearing: ff.Clearing) -> None:
    """Payments and receipts sum to 31,200 each."""
    amounts = {
        row["offer"] or row["need"] or row["lane"]: row["amount"]
        for row in clearing.settlement.filter(pl.col("role") != "rounding").to_dicts()
    }
    assert amounts == {
        "milling": -12000, "export": -19200, "north-wheat": 15200, "bridge-wheat": 4000, "coast-wheat": 9600,
        "road": 800, "canal": 1600,
    }  # fmt: skip
    assert sum(clearing.settlement["amount"]) == 0


def test_first_come_first_served_is_worth_4900(clearing: ff.Clearing) -> None:
    """The brewery asks first, the exporter ends 10 t short."""
    assert clearing.view.before.welfare == pytest.approx(4900)
    assert clearing.view.before.tonnes == pytest.approx(150)


def test_the_page_has_the_figures_that_this_file_checks() -> None:
    """docs/grain.md says what the tests above assert."""
    text = (ROOT / "docs" / "grain.md").read_text(encoding="utf-8")
    for figure in ("5,200", "4,900", "31,200", "15,200", "19,200", "Millbridge: 200", "Northfield: 190",
                   "Southport: 240", "= 25"):  # fmt: skip
        assert figure in text


def test_every_column_of_every_table_is_in_the_docs(clearing: ff.Clearing) -> None:
    """docs/tables.md names each table of a result and each of its columns."""
    text = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    for name, table in clearing.view.tables.items():
        assert re.search(rf"^## .*\b{name}\b", text, re.MULTILINE), name
        assert [column for column in table.columns if f"`{column}`" not in text] == []


def test_the_brewery_needs_240_for_the_first_tonne_and_260_for_the_whole(clearing: ff.Clearing) -> None:
    """The prices that the page gives, exact, and the listing it would displace."""
    told = clearing.explain("brewing")
    assert (told.first.price, told.first.kind) == (240, "exact")
    assert (told.whole.price, told.whole.kind) == (260, "exact")
