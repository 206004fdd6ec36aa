"""What sections look at: the story with its figures and tables worked out once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fourflow.book import Market
from fourflow.report._flow_tables import awards_table, flows_table, title
from fourflow.report._money_tables import prices_table, settlement_table
from fourflow.report._outcome import Outcome, outcome
from fourflow.report._story import Story
from fourflow.report._words import money

Names = NDArray[np.object_]


@dataclass(frozen=True)
class View:
    """now : the outcome; before : first come, first served on the same book."""

    story: Story
    now: Outcome
    before: Outcome
    awards: pl.DataFrame
    flows: pl.DataFrame
    prices: pl.DataFrame
    settlement: pl.DataFrame

    @property
    def market(self) -> Market:
        return self.story.cleared.allocation.market

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables of the result folder by the name of their file."""
        return {
            "awards": self.awards,
            "flows": self.flows,
            "prices": self.prices,
            "settlement": self.settlement,
        }

    @property
    def donated(self) -> bool:
        return self.market.settlement == "donated"

    def money(self, value: float) -> str:
        return money(value, self.market.currency)


def look(story: Story) -> View:
    cleared = story.cleared
    market = cleared.allocation.market
    return View(
        story=story,
        now=outcome(cleared.allocation),
        before=outcome(cleared.baseline),
        awards=awards_table(market, cleared.awards),
        flows=flows_table(cleared.allocation, story.prices.lane_rent),
        prices=prices_table(cleared, story.prices),
        settlement=settlement_table(cleared.allocation, story.ledger),
    )


def place_names(market: Market) -> Names:
    return title(market.places.id, market.places.name)
