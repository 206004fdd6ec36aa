"""What cannot be cleared as it is written: said clearly, all at once, before anything is solved."""

from __future__ import annotations

import numpy as np

from fourflow.book import Market
from fourflow.errors import ProblemError
from fourflow.formulation._amounts import is_funded


def check_supported(market: Market) -> None:
    """Raise ProblemError that names every project and rule whose meaning would be open."""
    said = [*_two_purses(market), *_open_rules(market)]
    if said:
        raise ProblemError(" ".join(said), code="formulation.not_supported")


def _two_purses(market: Market) -> list[str]:
    projects = market.projects
    both = np.flatnonzero(is_funded(market) & (projects.sponsor >= 0))
    return [
        f"project '{projects.id[p]}' has both a sponsor and a line of capital, so it is open who pays first."
        " Maybe let the sponsor offer a grant instead."
        for p in both.tolist()
    ]


def _open_rules(market: Market) -> list[str]:
    said = []
    for rule in market.rules:
        over_lanes = "lane" in rule.filters or "mode" in rule.filters
        if rule.measure == "awards" and (over_lanes or rule.share_of_total):
            said.append(
                f"rule '{rule.id}' counts awards over lanes or as a share, which has no clear meaning."
                " Maybe measure tonnes or units."
            )
        if rule.measure == "bid_value" and over_lanes:
            said.append(
                f"rule '{rule.id}' limits bids over lanes, but nobody bids for a lane. Maybe measure tonnes."
            )
        if rule.sense == ">=" and rule.sponsor < 0:
            said.append(
                f"rule '{rule.id}' asks for at least something and names no sponsor who pays for what it"
                " forces. Maybe name one, or make it a rule of at most."
            )
    return said
