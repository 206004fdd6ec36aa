"""What sections look at: the story with its figures and tables worked out once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fourflow.book import Market
from fourflow.report._flow_tables import awards_table, flows_table, title
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

    @property
    def market(self) -> Market:
        return self.story.cleared.allocation.market

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
        flows=flows_table(cleared.allocation),
    )


def place_names(market: Market) -> Names:
    return title(market.places.id, market.places.name)
