"""What all readers of a story look at: its figures and tables, each worked out once, when first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fourflow.book import Market
from fourflow.pricing import Standing, standings
from fourflow.report._flow_tables import awards_table, flows_table, title
from fourflow.report._loss_table import losses_table
from fourflow.report._money_tables import prices_table, settlement_table
from fourflow.report._open_tables import unmet_table, unsold_table
from fourflow.report._outcome import Outcome, outcome
from fourflow.report._project_tables import projects_table
from fourflow.report._story import Story
from fourflow.report._words import money
from fourflow.scorecard import Scorecard, score

Names = NDArray[np.object_]
SCORES = {
    "principle": pl.String,
    "measure": pl.String,
    "value": pl.Float64,
    "first_come_first_served": pl.Float64,
    "unit": pl.String,
    "about": pl.String,
    "note": pl.String,
}
BOTTLENECKS = {
    "kind": pl.String,
    "name": pl.String,
    "worth": pl.Float64,
    "unit": pl.String,
    "exact": pl.Boolean,
    "at_stake": pl.Float64,
}


@dataclass(frozen=True)
class View:
    """A story with its tables as Polars frames."""

    story: Story

    @property
    def market(self) -> Market:
        return self.story.cleared.allocation.market

    @property
    def donated(self) -> bool:
        return self.market.settlement == "donated"

    @cached_property
    def kind_of(self) -> dict[str, int]:
        """Category id -> its kind."""
        categories = self.market.categories
        return dict(zip(categories.id.tolist(), categories.kind.tolist(), strict=True))

    @cached_property
    def now(self) -> Outcome:
        return outcome(self.story.cleared.allocation)

    @cached_property
    def before(self) -> Outcome:
        """First come, first served on the same book."""
        return outcome(self.story.cleared.baseline)

    @cached_property
    def nearest(self) -> Outcome:
        """The nearest supply first on the same book."""
        return outcome(self.story.cleared.nearest)

    @cached_property
    def awards(self) -> pl.DataFrame:
        return awards_table(self.market, self.story.cleared.awards)

    @cached_property
    def flows(self) -> pl.DataFrame:
        return flows_table(self.story.cleared.allocation, self.story.prices.lane_rent)

    @cached_property
    def prices(self) -> pl.DataFrame:
        return prices_table(self.story.cleared, self.story.prices)

    @cached_property
    def settlement(self) -> pl.DataFrame:
        return settlement_table(self.story.cleared.allocation, self.story.ledger)

    @cached_property
    def unmet(self) -> pl.DataFrame:
        """Needs that were not met in full, and why; the heaviest first."""
        return unmet_table(self.story.cleared.allocation, self.story.reasons)

    @cached_property
    def unsold(self) -> pl.DataFrame:
        """Offers that were not taken up in full, and why; the heaviest first."""
        return unsold_table(self.story.cleared.allocation, self.story.reasons)

    @cached_property
    def projects(self) -> pl.DataFrame:
        """How much of each project is carried out, and what stood in the way."""
        return projects_table(self.story.cleared.allocation, self.story.reasons.explainer.exclusions)

    @cached_property
    def losses(self) -> pl.DataFrame:
        """Who could have got how much more at these prices: the gap as money."""
        return losses_table(self.market, self.story.stakes)

    @cached_property
    def bottlenecks(self) -> pl.DataFrame:
        """The limits with most at stake; worth : of one more unit, `exact` False if it may bring less."""
        found = [
            (b.kind, b.name, b.worth, b.unit, b.exact, b.at_stake) for b in self.story.reasons.bottlenecks
        ]
        return pl.DataFrame(found, schema=BOTTLENECKS, orient="row")

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """How each rule stands."""
        return standings(self.story.cleared, self.story.ledger)

    @cached_property
    def scored(self) -> Scorecard:
        return score(self.story.cleared, self.story.prices)

    @cached_property
    def scorecard(self) -> pl.DataFrame:
        """The five principles, a row for each measure; null where a measure says nothing."""
        found = [
            (m.principle, m.name, m.value, m.first_come, m.unit, m.about, m.note)
            for m in self.scored.measures
        ]
        return pl.DataFrame(found, schema=SCORES, orient="row")

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The tables of the result folder by the name of their file."""
        return {
            "awards": self.awards,
            "flows": self.flows,
            "prices": self.prices,
            "settlement": self.settlement,
            "unmet": self.unmet,
            "unsold": self.unsold,
            "projects": self.projects,
            "losses": self.losses,
            "scorecard": self.scorecard,
        }

    def money(self, value: float) -> str:
        return money(value, self.market.currency)


def place_names(market: Market) -> Names:
    return title(market.places.id, market.places.name)
