"""Whom a rule means, and where it is measured.

Filters name offers, needs, lanes and categories. What a rule limits is summed over lanes, over what needs
get, or over what offers give: the first of these that sees all that its filters ask about. Where it has to
know both who gives and who takes, goods of those it names must not mix with others: see `Measure.splits_*`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fourflow.book import KINDS, Market
from fourflow.book._market import Needs, Offers, Rule

Mask = NDArray[np.bool_]
_OFFER = ("offer_participant", "offer_role", "offer_region", "offer_place")
_NEED = ("need_participant", "need_role", "need_region", "need_place", "project")
_LANE = ("lane", "mode")
_WHAT = ("category", "kind")


@dataclass(frozen=True)
class Measure:
    """A rule as masks: what its filters leave of offers, needs, lanes and categories.

    where : the columns that it is summed over. splits_offers : goods of the offers that it names must be told
    from others' (one side alone does not say who gives); splits_needs likewise.
    """

    rule: Rule
    where: Literal["lane", "need", "offer"]
    offers: Mask
    needs: Mask
    lanes: Mask
    categories: Mask
    splits_offers: bool
    splits_needs: bool


def is_budget(rule: Rule) -> bool:
    """Whether a rule is a sponsor's budget, which is a row of its own kind."""
    return rule.measure == "bid_value" and rule.sense == "<=" and rule.sponsor >= 0


def measures(market: Market) -> list[tuple[int, Measure, Measure | None]]:
    """(index of the rule, what it measures, the total of which it is a share or None) of all but budgets."""
    found: list[tuple[int, Measure, Measure | None]] = []
    for index, rule in enumerate(market.rules):
        if not is_budget(rule):
            own = measure(market, rule)
            found.append((index, own, measure(market, in_total(rule), own) if rule.share_of_total else None))
    return found


def in_total(rule: Rule) -> Rule:
    """What a share is a share of: the same without the narrowest group of filters that the rule has.

    Lanes and modes first (the lorries' share of these goods), then who gives (a funder's share of what the
    north gets), then who takes, then what.
    """
    for group in (_LANE, _OFFER, _NEED, _WHAT):
        if any(name in rule.filters for name in group):
            return replace(rule, filters={k: v for k, v in rule.filters.items() if k not in group})
    return rule


def measure(market: Market, rule: Rule, part: Measure | None = None) -> Measure:
    """The masks of one rule; a total is summed over lanes if its `part` is, so that like is set to like."""
    gives, takes = (any(name in rule.filters for name in group) for group in (_OFFER, _NEED))
    where = "lane" if part and part.where == "lane" else _where(rule, gives, takes)
    return Measure(
        rule=rule,
        where=where,
        offers=_listings(market, market.offers, rule, "offer"),
        needs=_listings(market, market.needs, rule, "need") & _lines(market, rule),
        lanes=_lanes(market, rule),
        categories=_categories(market, rule),
        splits_offers=gives and where != "offer",
        splits_needs=takes and where == "lane",
    )


def _where(rule: Rule, gives: bool, takes: bool) -> Literal["lane", "need", "offer"]:
    if rule.measure == "co2_kg" or any(name in rule.filters for name in _LANE):
        return "lane"
    if rule.measure == "bid_value" or takes:
        return "need"
    return "offer" if gives or rule.measure in ("units", "tonnes") else "need"


def _listings(market: Market, listings: Offers | Needs, rule: Rule, side: str) -> Mask:
    """bool[n]: the listings that all filters of one side leave."""
    people, places = market.participants, market.places
    keep = np.ones(len(listings), np.bool_)
    readings: dict[str, Callable[[], NDArray[np.object_]]] = {
        "participant": lambda: people.id[listings.participant],
        "role": lambda: people.role[listings.participant],
        "region": lambda: _regions(market, listings),
        "place": lambda: places.id[listings.place],
    }
    for name, read in readings.items():
        wanted = rule.filters.get(f"{side}_{name}")
        if wanted and len(listings):
            keep &= np.isin(read().astype(str), wanted)
    return keep


def _regions(market: Market, listings: Offers | Needs) -> NDArray[np.object_]:
    """The region of the listing's place, else of its participant."""
    own = market.places.region[listings.place]
    return np.where(own == "", market.participants.region[listings.participant], own)


def _lines(market: Market, rule: Rule) -> Mask:
    wanted = rule.filters.get("project")
    if not wanted or not len(market.needs):
        return np.ones(len(market.needs), np.bool_)
    chosen = np.append(np.isin(market.projects.id.astype(str), wanted), False)
    return chosen[market.needs.project]


def _lanes(market: Market, rule: Rule) -> Mask:
    lanes = market.lanes
    keep = np.ones(len(lanes), np.bool_)
    if "lane" in rule.filters:
        keep &= np.isin(lanes.id.astype(str), rule.filters["lane"])
    if "mode" in rule.filters:
        keep &= np.isin(lanes.mode.astype(str), rule.filters["mode"])
    return keep


def _categories(market: Market, rule: Rule) -> Mask:
    categories = market.categories
    keep = np.ones(len(categories), np.bool_)
    if "category" in rule.filters:
        named = np.flatnonzero(np.isin(categories.id.astype(str), rule.filters["category"]))
        below = [categories.descendants[int(c)] for c in named]
        keep = np.isin(np.arange(len(categories)), np.concatenate(below) if below else [])
    if "kind" in rule.filters:
        keep &= np.isin(np.array(KINDS)[categories.kind], rule.filters["kind"])
    return keep
