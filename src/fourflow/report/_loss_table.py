"""The gap as money: who could have got how much more at these prices, as a table."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from fourflow.book import Market
from fourflow.pricing import Stakes

PLACES = 18
"""Decimals of money; what lies below is rounded up."""
SCHEMA: dict[str, Any] = {"noun": pl.String, "id": pl.String, "loss": pl.Decimal(38, PLACES)}


def losses_table(market: Market, stakes: Stakes) -> pl.DataFrame:
    """Everybody and everything with a loss, the largest first.

    Their sum is the bound of these prices less the objective: whoever is not listed could have got no more.
    """
    ids: dict[str, Any] = {
        "offer": market.offers.id, "need": market.needs.id, "project": market.projects.id,
        "lane": market.lanes.id, "place": [*market.places.id, None], "sponsor": market.participants.id,
        "rule": [rule.id for rule in market.rules],
    }  # fmt: skip
    rows = [(noun, ids[noun][index], _money(loss)) for (noun, index), loss in stakes.loss.items()]
    table = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return table.sort("loss", "noun", "id", descending=[True, False, False])


def _money(loss: Fraction) -> Decimal:
    whole = -(-loss.numerator * 10**PLACES // loss.denominator)
    return Decimal(f"{whole}E-{PLACES}")  # exact: no context rounds it
