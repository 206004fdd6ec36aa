"""Offers about which something is decided as a whole, and so form a class of their own; talent that stays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fourflow.book import MICRO, TALENT, UNLIMITED, Market

Mask = NDArray[np.bool_]


def is_alone(market: Market) -> Mask:
    """bool[num_offers]: fixed cost, least quantity, one taker only, a move paid once, or an output."""
    output: Mask = market.offers.project >= 0
    return is_switched(market) | output | has_one_taker(market) | moves_at_once(market)


def is_switched(market: Market) -> Mask:
    """bool[num_offers]: has a fixed cost or a least quantity."""
    switched: Mask = (market.offers.fixed_cost > 0) | (market.offers.min_quantity > 0)
    return switched


def has_one_taker(market: Market) -> Mask:
    """bool[num_offers]: `whole`, and large enough that it could be split among several needs."""
    step = market.categories.step[market.offers.category]
    splits: Mask = (step == 0) | (market.offers.quantity >= 2 * step)
    return market.offers.whole & splits


def moves_at_once(market: Market) -> Mask:
    """bool[num_offers]: talent with a cost of moving that is not simply that of its only unit."""
    offers = market.offers
    talent = (market.categories.kind[offers.category] == TALENT) & ~offers.remote
    costs = talent & (offers.move_cost > 0) & (offers.move_cost != UNLIMITED)
    step = market.categories.step[offers.category]
    one_unit: Mask = (step == MICRO) & (offers.quantity < 2 * MICRO)
    moves: Mask = costs & ~one_unit
    return moves


def stays_at(market: Market) -> NDArray[np.int32]:
    """int32[num_offers]: the place that talent does not leave, else -1."""
    offers = market.offers
    talent = market.categories.kind[offers.category] == TALENT
    stays = talent & ~offers.remote & (offers.move_cost == UNLIMITED)
    return np.where(stays, offers.place, -1).astype(np.int32)


def is_unbacked(market: Market) -> Mask:
    """bool[num_offers]: what a project makes that has no sponsor."""
    made = market.offers.project >= 0
    made[made] = market.projects.sponsor[market.offers.project[made]] < 0
    return np.asarray(made, np.bool_)
