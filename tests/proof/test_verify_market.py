"""A market's certificate: rows and columns follow from the book, awards, prices and payments from those."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from builders import market
from fourflow.book import Market
from fourflow.clearing import Cleared
from fourflow.formulation import ArcKind, RowKind
from fourflow.pipeline import clear_market
from fourflow.pricing import Ledger, Prices, price, settle
from fourflow.problem import ClearingProblem, Sparse
from fourflow.proof import Binding, certify, verify, write_certificate
from proof_tampering import forge_manifest, read, write
from random_markets import FEATURES, random_market


@dataclass(frozen=True)
class Result:
    cleared: Cleared
    prices: Prices
    ledger: Ledger

    @property
    def binding(self) -> Binding:
        allocation = self.cleared.allocation
        return Binding(allocation.market, allocation.layout, self.cleared.awards, self.prices, self.ledger)


def clear(book: Market) -> Result:
    cleared = clear_market(book, gap=1e-6)
    prices = price(cleared)
    return Result(cleared, prices, settle(cleared, prices))


def publish(folder: Path, result: Result, problem: ClearingProblem | None = None) -> None:
    """Write the certificate, of another problem if given, with claims that follow from that one."""
    problem = problem or result.cleared.allocation.problem
    shutil.rmtree(folder, ignore_errors=True)
    certificate = certify(problem, result.cleared.solution, gap=1)
    write_certificate(folder, problem, result.cleared.solution, certificate, result.binding)


def reason(folder: Path) -> str:
    """Why the folder is refused; empty if it is verified."""
    try:
        verify.verify(folder, None)
    except (verify.Refuted, ValueError, LookupError, ArithmeticError, TypeError) as refused:
        return str(refused) or type(refused).__name__
    return ""


@pytest.fixture(scope="module")
def rich() -> Result:
    """Two goods, a full lane, a carrier, trips, a fund, a fixed cost, a least quantity, lots: all trade."""
    return clear(market(
        offers=[
            {"id": "o1", "at": "Leeds", "quantity": 10, "price": 2, "who": "Ann"},
            {"id": "o2", "at": "Hull", "quantity": 6, "price": 1, "fixed": 3, "who": "Bob"},
            {"id": "o3", "at": "Leeds", "quantity": 8, "price": 1, "category": "soap", "who": "Cid"},
            {"id": "o4", "at": "York", "quantity": 2, "price": 9, "who": "Ann"},
        ],
        needs=[
            {"id": "n1", "at": "York", "quantity": 4, "price": 7, "who": "Dot"},
            {"id": "n2", "at": "York", "quantity": 8, "price": 1, "value": 9, "sponsor": "fund"},
            {"id": "n3", "at": "York", "quantity": 5, "price": 6, "accepts": ["soap"], "least": 2},
            {"id": "n4", "at": "Hull", "quantity": 3, "price": 4, "who": "Gus"},
            {"id": "n5", "at": "York", "quantity": 0, "price": 4, "who": "Gus"},
        ],
        lanes=[
            {"start": "Leeds", "end": "York", "cost": 1, "capacity": 9, "carrier": "Van"},
            {"start": "Leeds", "end": "Hull", "cost": 1, "trip_t": 4, "trip_cost": 2},
            {"start": "Hull", "end": "York", "cost": 1, "carrier": "Van"},
        ],
        categories={"rice": {}, "soap": {"tonnes": "0.5", "lot": 1}},
        budgets={"fund": 20},
    ))  # fmt: skip


def test_the_rich_market_is_verified(rich: Result, tmp_path: Path) -> None:
    """Everything in it is recomputed from its book by the lone verifier."""
    publish(tmp_path / "c", rich)
    assert reason(tmp_path / "c") == ""
    awarded = {rich.cleared.allocation.market.needs.id[j] for j in rich.cleared.awards.need}
    assert {"n1", "n2", "n3", "n4"} <= awarded


def test_random_markets_with_every_feature_are_verified(tmp_path: Path) -> None:
    """60 markets that between them carry each feature that a book can have, priced and donated."""
    seen: set[str] = set()
    for seed in range(60):
        book, features = random_market(seed)
        publish(tmp_path / "c", clear(book))
        assert reason(tmp_path / "c") == "", seed
        seen |= features
    assert seen == set(FEATURES)


CELLS = [
    ("columns.csv", "tail head value step amount"),
    ("rows.csv", "lower upper open"),
    ("entries.csv", "row column coefficient"),
    ("layout/rows.csv", "kind ref place period"),
    ("layout/columns.csv", "kind ref pool"),
    ("layout/pools.csv", "sponsor category"),
    ("awards.csv", "offer need quantity hops"),
    ("routes.csv", "lane"),
    ("prices.csv", "kind ref price"),
    ("ledger.csv", "role participant offer need lane quantity amount"),
    ("book/offers.csv", "category place quantity limit_price fixed_cost min_quantity"),
    ("book/needs.csv", "categories place quantity value sponsor min_quantity"),
    ("book/lanes.csv", "from_place to_place cost_per_t capacity_t carrier trip_t cost_per_trip"),
    ("book/categories.csv", "tonnes_per_unit lot"),
    ("book/rules.csv", "sponsor limit"),
]


@pytest.mark.parametrize(("name", "fields"), CELLS)
def test_any_number_changed_is_refused(rich: Result, tmp_path: Path, name: str, fields: str) -> None:
    """Each cell of each file up and down by one, with hashes made anew; listings left out excepted. What is
    offered and needed changes by a whole unit, since less than a lot cannot be traded."""
    folder = tmp_path / "c"
    publish(folder, rich)
    rows = read(folder, name)
    for field in fields.split():
        column = rows[0].index(field)
        for place in range(1, len(rows)):
            if rows[place][0] == "n5" or _beyond_doubt(rows[0], rows[place], field):
                continue
            unit = 10**6 if name.startswith("book") and field == "quantity" else 1
            for step in (-unit, unit):
                changed = [list(row) for row in rows]
                changed[place][column] = str(int(rows[place][column]) + step)
                write(folder, name, changed)
                harmless = step > 0 and (name, field, rows[place][0]) in _raised_values(rows[0], rows[place])
                assert (reason(folder) != "") != harmless, (name, field, place, step)
    write(folder, name, rows)
    assert reason(folder) == ""


def _beyond_doubt(header: list[str], row: list[str], field: str) -> bool:
    """A limit that is marked as none has no meaning, whatever stands there; nor has the cost of no trips."""
    if field == "cost_per_trip":
        return row[header.index("trip_t")] == "0"
    if "open" not in header or field == "open":
        return False
    return bool(int(row[header.index("open")]) & (1 if field == "lower" else 2))


def _raised_values(header: list[str], row: list[str]) -> set[tuple[str, str, str]]:
    """The value of a need without a sponsor may rise above its limit price: it counts for no more."""
    if "sponsor" not in header or "value" not in header or row[header.index("sponsor")] != "-1":
        return set()
    return {("book/needs.csv", "value", row[0])}


@pytest.mark.parametrize("name", [name for name, _ in CELLS] + ["book/left_out.csv", "duals.csv", "tree.csv"])
def test_any_row_dropped_doubled_or_swapped_is_refused(rich: Result, tmp_path: Path, name: str) -> None:
    """Rows are all there, once, in their order."""
    folder = tmp_path / "c"
    publish(folder, rich)
    rows = read(folder, name)
    for place in range(1, len(rows)):
        write(folder, name, rows[:place] + rows[place + 1 :])
        if name != "duals.csv":  # other duals may prove the same bound
            assert reason(folder), (name, place, "dropped")
        write(folder, name, [*rows[: place + 1], rows[place], *rows[place + 1 :]])
        if name not in ("duals.csv", "book/left_out.csv", "layout/pools.csv"):
            assert reason(folder), (name, place, "doubled")


def test_a_forger_who_recomputes_everything_is_still_found(rich: Result, tmp_path: Path) -> None:
    """Other values, limits and caps, with claims that follow from them: only the book gives them away."""
    problem = rich.cleared.allocation.problem
    cheaper = problem.value.copy()
    cheaper[np.flatnonzero(rich.cleared.solution.flow)[0]] += 1
    wider = problem.coupling_upper.copy()
    wider[0] += 1
    less = problem.node_upper.copy()
    less[np.flatnonzero(less)[-1]] += 1
    for forged in (
        replace(problem, value=cheaper),
        replace(problem, coupling_upper=wider),
        replace(problem, node_upper=less),
        replace(problem, capacity=np.minimum(problem.capacity, rich.cleared.solution.flow)),
    ):
        publish(tmp_path / "c", rich, forged)
        assert "book" in (why := reason(tmp_path / "c")) or "limits" in why or "cap" in why


def test_a_purse_charged_otherwise_for_shared_trips_is_refused(rich: Result, tmp_path: Path) -> None:
    """The fund pays 2 for each trip that its own goods would need: not less, not for all trips that are made,
    and its goods must fit into them."""
    allocation = rich.cleared.allocation
    problem, layout = allocation.problem, allocation.layout
    made, own = layout.arcs(ArcKind.TRIP).tolist()
    assert (layout.arc_pool[made], layout.arc_pool[own]) == (-1, layout.arc_pool[own]) != (-1, -1)
    row, column = problem.coupling.row_of_entry(), problem.coupling.index
    of_fund = layout.row_kind[row] == RowKind.BUDGET
    charge, fits = np.flatnonzero((column == own) & of_fund), np.flatnonzero((column == own) & ~of_fund)
    assert [problem.coupling.coefficient[i] for i in (*charge, *fits)] == [2 * 10**9, -4 * 10**9]
    for entry, amount, other in ((charge, 10**9, own), (charge, 2 * 10**9, made), (fits, -5 * 10**9, own)):
        coefficient, index = problem.coupling.coefficient.copy(), column.copy()
        coefficient[entry], index[entry] = amount, other
        publish(
            tmp_path / "c",
            rich,
            replace(problem, coupling=Sparse(problem.coupling.indptr, index, coefficient)),
        )
        assert "row" in reason(tmp_path / "c")


def test_a_least_quantity_made_up_at_a_loss_is_refused(tmp_path: Path) -> None:
    """The row that forbids it is the book's: with another limit, or another entry, it is not."""
    shop = {"id": "shop", "at": "A", "quantity": 1, "price": 3}
    school = {"id": "school", "at": "A", "quantity": 2, "price": 0, "value": 9, "sponsor": "fund"}
    farm = {"id": "farm", "at": "A", "quantity": 3, "price": 3, "least": 3}
    result = clear(market([farm], [shop, school], budgets={"fund": 6}))
    publish(tmp_path / "c", result)
    assert reason(tmp_path / "c") == ""
    problem, layout = result.cleared.allocation.problem, result.cleared.allocation.layout
    (row,) = np.flatnonzero(layout.row_kind == RowKind.UNAIDED)
    upper, coefficient = problem.coupling_upper.copy(), problem.coupling.coefficient.copy()
    upper[row] += 10**6
    coefficient[problem.coupling.indptr[row]] -= 10**9
    other = Sparse(problem.coupling.indptr, problem.coupling.index, coefficient)
    for forged in (replace(problem, coupling_upper=upper), replace(problem, coupling=other)):
        publish(tmp_path / "c", result, forged)
        assert "row" in reason(tmp_path / "c")


def test_money_moved_between_two_is_refused(rich: Result, tmp_path: Path) -> None:
    """One millionth more to one and less to another still sums to 0, and does not follow."""
    folder = tmp_path / "c"
    publish(folder, rich)
    rows = read(folder, "ledger.csv")
    for one in range(1, len(rows)):
        for two in range(1, one):
            changed = [list(row) for row in rows]
            changed[one][-1], changed[two][-1] = (str(int(rows[i][-1]) + d) for i, d in ((one, 1), (two, -1)))
            write(folder, "ledger.csv", changed)
            assert "payments" in reason(folder)


def test_an_award_to_oneself_is_refused(rich: Result, tmp_path: Path) -> None:
    """If the giver of an award were its receiver, the award would be refused."""
    folder = tmp_path / "c"
    publish(folder, rich)
    offers, needs = read(folder, "book/offers.csv"), read(folder, "book/needs.csv")
    award = read(folder, "awards.csv")[1]
    offers[int(award[0]) + 1][1] = needs[int(award[1]) + 1][1]
    write(folder, "book/offers.csv", offers)
    assert "supplies itself" in reason(folder)


def test_an_empty_market_is_verified(tmp_path: Path) -> None:
    """Nothing offered, nothing needed, nothing paid."""
    publish(tmp_path / "c", clear(market()))
    assert reason(tmp_path / "c") == ""


def test_a_listing_that_is_nowhere_is_refused(rich: Result, tmp_path: Path) -> None:
    """An admitted listing without a column must be listed with a reason."""
    folder = tmp_path / "c"
    publish(folder, rich)
    rows = read(folder, "book/left_out.csv")
    assert [row[:2] for row in rows[1:]] == [["need", "n5"]]
    others = ["need", "n5", "no eligible offer"], ["need", "n9", "quantity 0"]
    for kept in (rows[:1], *([rows[0], other] for other in others)):
        write(folder, "book/left_out.csv", kept)
        assert "left_out.csv" in reason(folder)
    forge_manifest(folder)
