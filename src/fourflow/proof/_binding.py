"""The book behind a certificate: its normalised rows, what each row and column of the problem stands for,
and what was awarded, priced and paid. All cells but ids are whole numbers; what refers to another file is
the number of a row there, counted from 0.

Money is in millionths of book money, quantities in millionths of the category's unit, weights in
millionths of a tonne, prices in billionths of money, days since 1970-01-01. -1 is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from fourflow.problem import INF, Solution
from fourflow.proof._certificate import Certificate
from fourflow.proof._folder import write_table
from fourflow.proof.verify import FILTERS, SAFE

if TYPE_CHECKING:
    from fourflow.book import Market
    from fourflow.book._market import Ragged
    from fourflow.clearing import Awards
    from fourflow.formulation import Layout
    from fourflow.pricing import Ledger, Prices

OFFER, NEED, HUB, PROJECT = 0, 1, 2, 2
"""As formulation.NodeKind, PROJECT as BundleKind; OFFER and NEED also as ArcKind."""
Table = Mapping[str, Any]


@dataclass(frozen=True)
class Binding:
    """What a problem means and what came of it: the records of the rooms above and beside this one."""

    market: Market
    layout: Layout
    awards: Awards
    prices: Prices
    ledger: Ledger


def write_binding(folder: Path, binding: Binding, solution: Solution) -> None:
    """Write book/, layout/, price duals, prices, awards and payments."""
    market, layout = binding.market, binding.layout
    tables = {
        "book/book.csv": _book(market, layout),
        "book/participants.csv": {
            "id": market.participants.id,
            "role": _words(market.participants.role),
            "region": _words(market.participants.region),
        },
        "book/places.csv": {"id": market.places.id, "region": _words(market.places.region)},
        "book/categories.csv": _categories(market),
        "book/lanes.csv": _lanes(market),
        "book/offers.csv": _offers(market),
        "book/needs.csv": _needs(market),
        "book/attributes.csv": _attributes(market),
        "book/requirements.csv": _requirements(market),
        "book/projects.csv": _projects(market),
        "book/rules.csv": _rules(market),
        "book/left_out.csv": _left_out(market, layout),
        "layout/rows.csv": _layout_rows(layout),
        "layout/columns.csv": _layout_columns(layout),
        "layout/pools.csv": {
            "sponsor": layout.pool_sponsor,
            "category": layout.pool_category,
            "project": layout.pool_project,
            "term_months": layout.pool_term_months,
        },
        "price_duals.csv": _price_duals(solution),
        "prices.csv": _prices(binding.prices),
        "awards.csv": _awards(binding.awards),
        "routes.csv": {"lane": binding.awards.route.index},
        "ledger.csv": _ledger(binding.ledger),
    }
    for name, table in tables.items():
        write_table(folder / name, table)


def market_claims(solution: Solution, certificate: Certificate) -> dict[str, Any]:
    """What one integer of the price duals is worth, and the welfare: without policy adders the objective."""
    duals = solution.price_duals
    return {
        "price_node_scale": duals.node_scale, "price_row_scale": duals.row_scale,
        "welfare": certificate.objective,
    }  # fmt: skip


def _book(market: Market, layout: Layout) -> Table:
    said = {
        "currency": market.currency, "settlement": market.settlement, "as_of_day": market.as_of_day,
        "time_step_days": market.time_step_days, "num_periods": len(layout.period_day),
    }  # fmt: skip
    return {"key": list(said), "value": list(said.values())}


def _words(cells: Iterable[str]) -> list[str]:
    """Free text as cells without commas, line breaks or `;`: percent-encoded, blanks and ids kept."""
    return [quote(cell or "", safe=SAFE) for cell in cells]


def _lists(lists: Ragged) -> list[str]:
    flat = [str(i) for i in lists.index.tolist()]
    return [";".join(flat[a:b]) for a, b in pairwise(lists.indptr.tolist())]


def _limit(array: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(array >= INF, -1, array)


def _categories(market: Market) -> Table:
    categories = market.categories
    return {
        "id": categories.id, "parent": categories.parent, "kind": categories.kind,
        "unit": _words(categories.unit),
        "tonnes_per_unit": categories.tonnes_per_unit, "lot": categories.lot,
        "whole": categories.whole.astype(np.int64),
    }  # fmt: skip


def _lanes(market: Market) -> Table:
    """`carries` with all that lies below the categories named; empty: everything."""
    lanes, below = market.lanes, market.categories.descendants
    named = [lanes.carries[i].tolist() for i in range(len(lanes))]
    carried = [sorted({int(c) for top in tops for c in below[top]}) for tops in named]
    return {
        "id": lanes.id, "from_place": lanes.from_place,
        "to_place": lanes.to_place, "cost_per_t": lanes.cost_per_t,
        "capacity_t": _limit(lanes.capacity_t), "days": lanes.days,
        "carrier": lanes.carrier,
        "carries": [";".join(map(str, cs)) for cs in carried],
        "trip_t": lanes.trip_t, "cost_per_trip": lanes.cost_per_trip,
        "mode": lanes.mode, "co2_kg_per_t": lanes.co2_kg_per_t,
    }  # fmt: skip


def _offers(market: Market) -> Table:
    offers = market.offers
    return {
        "id": offers.id, "participant": offers.participant,
        "category": offers.category, "place": offers.place,
        "quantity": _limit(offers.quantity), "limit_price": offers.limit_price,
        "from_day": offers.from_day, "until_day": offers.until_day, "use_by_day": offers.use_by_day,
        "fixed_cost": offers.fixed_cost, "min_quantity": offers.min_quantity, "project": offers.project,
        "whole": offers.whole.astype(np.int64), "loan": (offers.form == "loan").astype(np.int64),
        "term_months": offers.term_months, "remote": offers.remote.astype(np.int64),
        "move_cost": _limit(offers.move_cost),
    }  # fmt: skip


def _needs(market: Market) -> Table:
    needs = market.needs
    return {
        "id": needs.id, "participant": needs.participant,
        "categories": _lists(needs.categories),
        "place": needs.place,
        "quantity": needs.quantity, "limit_price": needs.limit_price, "value": needs.value,
        "sponsor": needs.sponsor,
        "from_day": needs.from_day, "until_day": needs.until_day, "min_quantity": needs.min_quantity,
        "project": needs.project, "term_months": needs.term_months,
    }  # fmt: skip


def _attributes(market: Market) -> Table:
    """`number` in millionths of the base unit; empty where the value is words."""
    rows = market.attributes
    return {
        "owner": _words(a.owner for a in rows), "name": _words(a.name for a in rows),
        "value": _words(a.value for a in rows), "number": _numbers(a.number for a in rows),
    }  # fmt: skip


def _requirements(market: Market) -> Table:
    rows = market.requirements
    return {
        "listing": _words(r.listing for r in rows), "attribute": _words(r.attribute for r in rows),
        "comparison": [r.comparison for r in rows], "values": [";".join(_words(r.values)) for r in rows],
        "number": _numbers(r.number for r in rows),
    }  # fmt: skip


def _numbers(cells: Iterable[int | None]) -> list[str]:
    return ["" if cell is None else str(cell) for cell in cells]


def _projects(market: Market) -> Table:
    projects = market.projects
    return {
        "id": projects.id, "lead": projects.participants.index[projects.participants.indptr[:-1]],
        "value": projects.value, "limit_price": projects.limit_price,
        "own_money": projects.own_money, "sponsor": projects.sponsor,
        "all_or_nothing": projects.all_or_nothing.astype(np.int64),
    }  # fmt: skip


def _rules(market: Market) -> Table:
    """`limit` in millionths; a filter that is not given is empty."""
    rules = market.rules
    said = {
        "id": [r.id for r in rules], "measure": [r.measure for r in rules], "sense": [r.sense for r in rules],
        "limit": [r.limit for r in rules], "share_of_total": [int(r.share_of_total) for r in rules],
        "owner": [r.owner for r in rules], "sponsor": [r.sponsor for r in rules],
    }  # fmt: skip
    filters = {name: [";".join(_words(r.filters.get(name, ()))) for r in rules] for name in FILTERS}
    return said | filters


def _left_out(market: Market, layout: Layout) -> Table:
    """Every listing without a column, every project without a bundle, and why."""
    offers, needs, projects = market.offers, market.needs, market.projects
    rows: list[tuple[str, str, str]] = []
    for noun, table, kind, other in (("offer", offers, OFFER, "need"), ("need", needs, NEED, "offer")):
        for i in _without(layout.arc_kind, layout.arc_ref, kind, len(table.id)):
            why = "quantity 0" if table.quantity[i] == 0 else f"no eligible {other}"
            rows.append((noun, table.id[i], why))
    for p in _without(layout.bundle_kind, layout.bundle_ref, PROJECT, len(projects)):
        rows.append(("project", projects.id[p], "not every line has an eligible offer"))
    return {name: [row[k] for row in rows] for k, name in enumerate(("noun", "id", "reason"))}


def _without(kinds: NDArray[Any], refs: NDArray[Any], kind: int, count: int) -> list[int]:
    missing = np.ones(count, bool)
    missing[refs[kinds == kind]] = False
    found: list[int] = np.flatnonzero(missing).tolist()
    return found


def _layout_rows(layout: Layout) -> Table:
    """Nodes, then coupling rows. pool and place of hubs, period of hubs and rows, else -1."""
    is_hub = layout.node_kind == HUB
    hub = np.where(is_hub, layout.node_ref, 0)

    def of_hub(array: NDArray[np.int32]) -> NDArray[np.int64]:
        return np.where(is_hub, array[hub] if len(array) else -1, -1).astype(np.int64)

    none = np.full(len(layout.row_kind), -1)
    return {
        "kind": np.concatenate([layout.node_kind, layout.row_kind]).astype(np.int64),
        "ref": np.concatenate([layout.node_ref, layout.row_ref]).astype(np.int64),
        "pool": np.concatenate([of_hub(layout.hub_pool), none]),
        "place": np.concatenate([of_hub(layout.hub_place), none]),
        "period": np.concatenate([of_hub(layout.hub_period), layout.row_period.astype(np.int64)]),
    }


def _layout_columns(layout: Layout) -> Table:
    """Arcs, then bundles (pool -1)."""
    none = np.full(len(layout.bundle_kind), -1)
    return {
        "kind": np.concatenate([layout.arc_kind, layout.bundle_kind]).astype(np.int64),
        "ref": np.concatenate([layout.arc_ref, layout.bundle_ref]).astype(np.int64),
        "pool": np.concatenate([layout.arc_pool.astype(np.int64), none]),
    }


def _price_duals(solution: Solution) -> Table:
    """Of every node, then every coupling row, without zeros."""
    value = np.concatenate([solution.price_duals.node, solution.price_duals.row])
    kept = np.flatnonzero(value)
    return {"row": kept, "value": value[kept]}


def _prices(prices: Prices) -> Table:
    """kind (0 offer, 1 need, 2 hub, 3 lane), ref, price in billionths; none where a listing has no price."""
    columns = (prices.offer_price, prices.need_price, prices.hub_price, prices.lane_rent)
    kept = [np.flatnonzero(column != INF) for column in columns]
    return {
        "kind": np.repeat(np.arange(4), [len(rows) for rows in kept]),
        "ref": np.concatenate(kept),
        "price": np.concatenate([column[rows] for column, rows in zip(columns, kept, strict=True)]),
    }


def _awards(awards: Awards) -> Table:
    """One row per offer, need and route; `hops` lanes of routes.csv belong to each in turn."""
    return {
        "offer": awards.offer, "need": awards.need, "quantity": awards.quantity,
        "hops": np.diff(awards.route.indptr),
    }  # fmt: skip


def _ledger(ledger: Ledger) -> Table:
    names = (
        "role", "participant", "offer", "need", "lane", "project", "rule", "account", "quantity", "amount",
        "principal",
    )  # fmt: skip
    return {name: getattr(ledger, name) for name in names}
