"""Prices and settlement as tables."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fourflow.clearing import Allocation, Cleared
from fourflow.formulation import ArcKind, NodeKind
from fourflow.pricing import NO_PRICE, ROLES, Ledger, Prices
from fourflow.problem import INF
from fourflow.report._flow_tables import exact_column, named, title

I64 = NDArray[np.int64]
PRICE_PLACES = 9


def price_column(values: I64) -> pl.Series:
    """Billionths of money as exact decimals; null where there is no price, or nothing holds the band."""
    held = np.abs(values) < min(INF, NO_PRICE)
    known = exact_column(np.where(held, values, 0), PRICE_PLACES)
    return pl.select(pl.when(pl.Series(held)).then(known)).to_series()


def prices_table(cleared: Cleared, prices: Prices) -> pl.DataFrame:
    """The price of each kind of goods at each place and for each sponsor's buyers, with its band.

    low and high are empty where nothing holds the price on that side; worth : what the whole would gain
    from one more unit there, which is more than the price where a sponsor's budget is short; traded :
    something was given or taken up there. One row per (category, place, sponsor, term, period); where several
    pools of one kind meet, the one that traded, else the lowest price.
    """
    allocation = cleared.allocation
    market, layout = allocation.market, allocation.layout
    category, place = layout.hub_category, layout.hub_place
    pool = layout.hub_pool
    rows = pl.DataFrame(
        {
            "category": named(market.categories.id, category),
            "category_name": named(title(market.categories.id, market.categories.name), category),
            "unit": named(market.categories.unit, category),
            "place": named(market.places.id, _known(place, len(market.places))),
            "place_name": named(
                title(market.places.id, market.places.name), _known(place, len(market.places))
            ),
            "sponsor": named(market.participants.id, layout.pool_sponsor[pool]),
            "term_months": layout.pool_term_months[pool],
            "from_day": pl.Series(layout.period_day[layout.hub_period]).cast(pl.Date),
            "price": price_column(prices.hub_price),
            "low": price_column(prices.hub_low),
            "high": price_column(prices.hub_high),
            "worth": _worth(cleared),
            "traded": _traded(allocation),
        }
    )
    keys = ["category", "place", "sponsor", "term_months", "from_day"]
    return rows.sort([*keys, "traded", "price"], descending=[False] * 5 + [True, False]).unique(
        keys, keep="first", maintain_order=True
    )


def _worth(cleared: Cleared) -> NDArray[np.float64]:
    """Minus the dual of each hub, money per unit, float64[num_hubs]."""
    layout, duals = cleared.allocation.layout, cleared.solution.price_duals
    nodes = np.flatnonzero(layout.node_kind == NodeKind.HUB)
    nodes = nodes[np.argsort(layout.node_ref[nodes], kind="stable")]
    return (-duals.node[nodes].astype(np.float64) * float(duals.node_scale)).round(9) + 0.0


def _known(place: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    """-1 for the hub of listings without a place, which stands after the last place."""
    return np.where(place < count, place, -1)


def _traded(allocation: Allocation) -> NDArray[np.bool_]:
    """Whether a listing gave into or took from each hub, bool[num_hubs]."""
    problem, layout = allocation.problem, allocation.layout
    found = np.zeros(len(layout.hub_pool), np.bool_)
    for kind, end in ((ArcKind.OFFER, problem.head), (ArcKind.NEED, problem.tail)):
        arcs = layout.arcs(kind)
        nodes = end[arcs[allocation.flow[arcs] > 0]]
        nodes = nodes[layout.node_kind[nodes] == NodeKind.HUB]
        found[layout.node_ref[nodes]] = True
    return found


def settlement_table(allocation: Allocation, ledger: Ledger) -> pl.DataFrame:
    """The ledger with names: one row per trade and account; amount above 0 is received, below 0 paid; the
    principal of capital stands beside it."""
    market, people = allocation.market, allocation.market.participants
    # The operator's row belongs to no account: -1 finds the -1 appended here.
    sponsor = np.append(ledger.account_sponsor, -1)[ledger.account]
    return pl.DataFrame(
        {
            "role": named(np.array(ROLES, object), ledger.role),
            "participant": named(people.id, ledger.participant),
            "name": named(title(people.id, people.name), ledger.participant),
            "offer": named(market.offers.id, ledger.offer),
            "need": named(market.needs.id, ledger.need),
            "lane": named(market.lanes.id, ledger.lane),
            "project": named(market.projects.id, ledger.project),
            "rule": named(np.array([rule.id for rule in market.rules], object), ledger.rule),
            "account": ledger.account,
            "sponsor": named(people.id, sponsor),
            "quantity": exact_column(ledger.quantity),
            "amount": exact_column(ledger.amount),
            "principal": exact_column(ledger.principal),
        }
    )
