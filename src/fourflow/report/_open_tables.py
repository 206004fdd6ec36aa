"""What stayed open: needs that were not met in full, offers that were not taken up in full."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fourflow.book import UNLIMITED, Market
from fourflow.clearing import Allocation
from fourflow.formulation import effective_value
from fourflow.reasons import NO_PRICE, Likely, Reasons
from fourflow.report._flow_tables import exact_column, named, title
from fourflow.report._names import accepted_names
from fourflow.report._outcome import asking, first_category, tonnes
from fourflow.report._reason_words import CERTAINTY, Side, headings, remedies

I32 = NDArray[np.int32]


def unmet_table(allocation: Allocation, reasons: Reasons) -> pl.DataFrame:
    """Needs outside projects with something missing, the heaviest first.

    cause : what stood in the way; now : what a unit is worth today, or pays; price_for_first,
    price_for_all : at which a first unit and the whole rest would have been awarded, empty where no price
    would do; *_is : exact, at least, at most, about; reachable : how much could be had at any price;
    would_help : the same in words; might_help : what else may have been enough, which was not cleared again.
    """
    market, needs = allocation.market, allocation.market.needs
    alone = asking(market) & (needs.project < 0)
    rows = np.flatnonzero(alone & (allocation.awarded < needs.quantity))
    category = first_category(market)[rows]
    missing = needs.quantity[rows] - allocation.awarded[rows]
    names = pl.Series(
        "category_name", [accepted_names(market, row) for row in rows.tolist()], dtype=pl.String
    )
    table = pl.DataFrame(
        {
            "need": named(needs.id, rows),
            **_who_and_what(market, needs.participant[rows], needs.place[rows], category),
            "asked": exact_column(needs.quantity[rows]),
            "received": exact_column(allocation.awarded[rows]),
            "missing": exact_column(missing),
            "missing_t": tonnes(missing, market.categories.tonnes_per_unit[category]).round(9),
            "limit_price": exact_column(needs.limit_price[rows]),
            "value": exact_column(needs.value[rows]),
            **_why(need_side(market, reasons), rows),
            **_likely(reasons, True, rows),
        }
    )
    return table.with_columns(names).sort("missing_t", "need", descending=[True, False])


def unsold_table(allocation: Allocation, reasons: Reasons) -> pl.DataFrame:
    """Offers with something left over, the heaviest first; columns as in `unmet_table`.

    Of licences without limit nothing is ever left over: those that nobody took have no quantity.
    """
    market, offers = allocation.market, allocation.market.offers
    free = offers.quantity == UNLIMITED
    rows = np.flatnonzero(np.where(free, allocation.offered == 0, allocation.offered < offers.quantity))
    category = offers.category[rows]
    left = offers.quantity[rows] - allocation.offered[rows]
    table = pl.DataFrame(
        {
            "offer": named(offers.id, rows),
            **_who_and_what(market, offers.participant[rows], offers.place[rows], category),
            "offered": _limited(offers.quantity[rows], free[rows]),
            "given": exact_column(allocation.offered[rows]),
            "left": _limited(left, free[rows]),
            "left_t": np.where(
                free[rows], 0.0, tonnes(left, market.categories.tonnes_per_unit[category]).round(9)
            ),
            "limit_price": exact_column(offers.limit_price[rows]),
            **_why(offer_side(market, reasons), rows),
            **_likely(reasons, False, rows),
        }
    )
    return table.sort("left_t", "offer", descending=[True, False])


def _limited(quantity: NDArray[np.int64], free: NDArray[np.bool_]) -> pl.Series:
    """Exact decimals; empty where there is no limit."""
    return pl.select(pl.when(pl.Series(~free)).then(exact_column(np.where(free, 0, quantity)))).to_series()


def need_side(market: Market, reasons: Reasons) -> Side:
    units = market.categories.unit[first_category(market)]
    now, by_value = effective_value(market), market.needs.sponsor >= 0
    return Side(
        reasons.need_cause, reasons.needs, now, units, market.currency, is_need=True, by_value=by_value
    )


def offer_side(market: Market, reasons: Reasons) -> Side:
    units, now = market.categories.unit[market.offers.category], market.offers.limit_price
    by_value = np.zeros(len(now), np.bool_)
    return Side(
        reasons.offer_cause, reasons.offers, now, units, market.currency, is_need=False, by_value=by_value
    )


def _why(side: Side, rows: NDArray[np.int64]) -> dict[str, pl.Series]:
    limits, kinds = side.thresholds, np.array(CERTAINTY, object)
    return {
        "cause": pl.Series(headings(side, rows), dtype=pl.String),
        "now": exact_column(side.now[rows]),
        "price_for_first": _threshold(limits.first[rows], limits.first_kind[rows]),
        "first_is": named(kinds, limits.first_kind[rows]),
        "price_for_all": _threshold(limits.whole[rows], limits.whole_kind[rows]),
        "all_is": named(kinds, limits.whole_kind[rows]),
        "reachable": exact_column(limits.reachable[rows]),
        "would_help": pl.Series(remedies(side, rows), dtype=pl.String),
    }


def _likely(reasons: Reasons, is_need: bool, rows: NDArray[np.int64]) -> dict[str, pl.Series]:
    likely = Likely(reasons)
    words = [likely.sentence(is_need, row) for row in rows.tolist()]
    return {"might_help": pl.Series(words, dtype=pl.String)}


def _threshold(prices: NDArray[np.int64], kinds: NDArray[np.int8]) -> pl.Series:
    """Exact decimals; empty where no price would do, or none is known."""
    known = (prices != NO_PRICE) & ~np.isin(kinds, (CERTAINTY.index("none"), CERTAINTY.index("unknown")))
    shown = exact_column(np.where(known, prices, 0))
    return pl.select(pl.when(pl.Series(known)).then(shown)).to_series()


def _who_and_what(market: Market, participant: I32, place: I32, category: I32) -> dict[str, pl.Series]:
    people, places, categories = market.participants, market.places, market.categories
    return {
        "participant": named(people.id, participant),
        "name": named(title(people.id, people.name), participant),
        "place": named(places.id, place),
        "place_name": named(title(places.id, places.name), place),
        "category": named(categories.id, category),
        "category_name": named(title(categories.id, categories.name), category),
        "unit": named(categories.unit, category),
    }
