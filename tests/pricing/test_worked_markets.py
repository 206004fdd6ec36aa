"""Markets of a few participants whose prices and payments were worked out by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import polars as pl
import pytest

from builders import market
from fourflow.book import Book, Market
from fourflow.clearing import Cleared
from fourflow.errors import FourflowError
from fourflow.pipeline import clear, clear_market
from fourflow.pricing import NO_PRICE, ROLES, Ledger, Prices, audit, price, settle
from fourflow.problem import INF
from fourflow.proof import losses


def cleared_and_settled(book: Market) -> tuple[Cleared, Prices, Ledger]:
    cleared = clear_market(book, gap=1e-9)
    prices = price(cleared)
    ledger = settle(cleared, prices)
    audit(cleared, ledger, losses(cleared.allocation.problem, cleared.solution))
    return cleared, prices, ledger


def payments(book: Market, ledger: Ledger) -> dict[tuple[str, str], float]:
    """(role, offer, need, lane or sponsor) -> money; the operator's rounding where it is not 0."""
    named: dict[tuple[str, str], float] = {}
    for i, role in enumerate(ROLES[int(r)] for r in ledger.role):
        people, columns = book.participants.id, (ledger.offer[i], ledger.need[i], ledger.lane[i])
        ids = (book.offers.id, book.needs.id, book.lanes.id)
        names = [names[c] for names, c in zip(ids, columns, strict=True) if c >= 0]
        who = (
            names[0] if names else people[ledger.participant[i]] if ledger.participant[i] >= 0 else "operator"
        )
        if role != "rounding" or ledger.amount[i]:
            named[role, who] = named.get((role, who), 0) + int(ledger.amount[i]) / 1e6
    return named


def money(prices: Any) -> list[float]:
    return [float(p) / 1e9 for p in prices]


def offer(name: str, quantity: Any, ask: Any, at: str = "A", **more: Any) -> dict[str, Any]:
    return {"id": name, "at": at, "quantity": quantity, "price": ask, **more}


def need(name: str, quantity: Any, limit: Any, at: str = "A", **more: Any) -> dict[str, Any]:
    return {"id": name, "at": at, "quantity": quantity, "price": limit, **more}


def lane(cost: Any, start: str = "A", end: str = "B", **more: Any) -> dict[str, Any]:
    return {"start": start, "end": end, "cost": cost, **more}


def test_the_offer_that_is_not_sold_out_sets_the_price() -> None:
    """10 t at 2 and 5 t at 4 meet 12 t at 9: o2 keeps 3 t, so a tonne costs 4, whoever sells it."""
    book = market([offer("o1", 10, 2), offer("o2", 5, 4)], [need("n1", 12, 9)])
    _, prices, ledger = cleared_and_settled(book)
    assert money(prices.offer_price) == [4, 4]
    assert payments(book, ledger) == {("offer", "o1"): 40, ("offer", "o2"): 8, ("need", "n1"): -48}


def test_the_middle_of_the_band_is_paid() -> None:
    """One offer of 10 t at 2, one need of 10 t at 9: any price from 2 to 9 supports it, 5.50 is paid."""
    book = market([offer("o1", 10, 2)], [need("n1", 10, 9)])
    _, prices, ledger = cleared_and_settled(book)
    assert money([prices.offer_low[0], prices.offer_price[0], prices.offer_high[0]]) == [2, 5.5, 9]
    assert payments(book, ledger) == {("offer", "o1"): 55, ("need", "n1"): -55}


def test_a_price_that_nothing_holds_above_stands_at_its_lowest() -> None:
    """All of o1 goes to n1 at B; C has a need of up to 7 but no way in: its price is 7, without upper end."""
    book = market([offer("o1", 5, 2)], [need("n1", 9, 8), need("n2", 3, 7, at="C")], [lane(0, "C", "A")])
    _, prices, _ = cleared_and_settled(book)
    assert money([prices.need_low[1], prices.need_price[1]]) == [7, 7]
    assert prices.need_high[1] == INF


def test_a_listing_without_any_counterpart_has_no_price() -> None:
    """Nobody needs soap, so o2 reaches no hub."""
    book = market(
        [offer("o1", 5, 2, category="rice"), offer("o2", 5, 2, category="soap")],
        [need("n1", 3, 8, category="rice")], categories={"rice": {}, "soap": {}},
    )  # fmt: skip
    _, prices, _ = cleared_and_settled(book)
    assert prices.offer_price[1] == NO_PRICE
    assert money(prices.offer_price[:1]) == [2]


def test_a_full_lane_earns_its_rent() -> None:
    """6 t fit from A (ask 2, 10 t) to B (limit 9, 12 t) at 1 a tonne: A stays at 2, B rises to 9, and the
    carrier gets 1 + 6 a tonne."""
    book = market([offer("o1", 10, 2)], [need("n1", 12, 9, at="B")], [lane(1, capacity=6, carrier="C")])
    _, prices, ledger = cleared_and_settled(book)
    assert money([*prices.offer_price, *prices.need_price, *prices.lane_rent]) == [2, 9, 6]
    assert payments(book, ledger) == {("offer", "o1"): 12, ("carrier", "A>B"): 42, ("need", "n1"): -54}


def test_a_rent_that_nothing_settles_lies_in_the_middle_too() -> None:
    """A lane of 5 t at 1 is filled by o1 (ask 2) for n1 (limit 9); o2 (ask 3) and n2 (limit 4) are left
    out. A's price lies between 2 and 3, B's between 4 and 9: 2.50 and 6.50, and the rent is 3, what lies
    between them less haulage."""
    book = market(
        [offer("o1", 5, 2), offer("o2", 5, 3)],
        [need("n1", 5, 9, at="B"), need("n2", 3, 4, at="B")],
        [lane(1, capacity=5)],
    )
    _, prices, ledger = cleared_and_settled(book)
    assert money([*prices.offer_price, *prices.need_price, *prices.lane_rent]) == [2.5, 2.5, 6.5, 6.5, 3]
    paid = {("offer", "o1"): 12.5, ("carrier", "A>B"): 20, ("need", "n1"): -32.5}
    assert payments(book, ledger) == paid


def test_a_lane_without_carrier_is_the_operators() -> None:
    """As above, but nobody carries: the operator is paid for the lane."""
    book = market([offer("o1", 10, 2)], [need("n1", 12, 9, at="B")], [lane(1, capacity=6)])
    _, _, ledger = cleared_and_settled(book)
    assert ledger.participant[ledger.role == ROLES.index("carrier")].tolist() == [-1]


def test_a_sponsor_pays_what_needs_cannot() -> None:
    """Aid: 10 t given away (ask 0) at A, worth 50 a tonne at B, which pays nothing; haulage is 3. The fund
    of 40 pays 30 for the lot, and since it is not short the price is haulage alone."""
    book = market(
        [offer("o1", 12, 0)],
        [need("n1", 10, 0, at="B", value=50, sponsor="fund")],
        [lane(3)],
        budgets={"fund": 40},
    )
    _, prices, ledger = cleared_and_settled(book)
    assert money(prices.need_price) == [3]
    assert payments(book, ledger) == {
        ("offer", "o1"): 0, ("carrier", "A>B"): 30, ("need", "n1"): 0, ("sponsor", "fund"): -30,
    }  # fmt: skip


def test_a_sponsor_whose_budget_binds_pays_all_of_it_and_no_more() -> None:
    """The fund has 12 for haulage at 3: 4 t move. Every pound of it is worth 16 at the margin, but in money
    the price at B is still 3."""
    book = market(
        [offer("o1", 12, 0)],
        [need("n1", 10, 0, at="B", value=48, sponsor="fund")],
        [lane(3)],
        budgets={"fund": 12},
    )
    cleared, prices, ledger = cleared_and_settled(book)
    assert cleared.allocation.awarded.tolist() == [4_000_000]
    assert money(prices.need_price) == [3]
    assert payments(book, ledger) == {
        ("offer", "o1"): 0, ("carrier", "A>B"): 12, ("need", "n1"): 0, ("sponsor", "fund"): -12,
    }  # fmt: skip


def test_a_need_with_a_sponsor_still_pays_up_to_its_limit() -> None:
    """n1 is worth 20, pays up to 4; o1 asks 6 and has more than enough: n1 pays 4, the fund 2 a tonne."""
    book = market([offer("o1", 12, 6)], [need("n1", 10, 4, value=20, sponsor="fund")], budgets={"fund": 100})
    _, _, ledger = cleared_and_settled(book)
    assert payments(book, ledger) == {("offer", "o1"): 60, ("need", "n1"): -40, ("sponsor", "fund"): -20}


def test_several_sponsors_each_pay_for_their_own() -> None:
    """Two funds, two needs of 5 t at B with haulage 2: each fund pays 10."""
    book = market(
        [offer("o1", 20, 0)],
        [need(f"n{i}", 5, 0, at="B", value=9, sponsor=who) for i, who in ((1, "aid"), (2, "fund"))],
        [lane(2)], budgets={"aid": 50, "fund": 50},
    )  # fmt: skip
    _, _, ledger = cleared_and_settled(book)
    paid = payments(book, ledger)
    assert (paid["sponsor", "aid"], paid["sponsor", "fund"], paid["carrier", "A>B"]) == (-10, -10, 20)


def test_without_a_sponsor_value_beyond_the_limit_moves_nothing() -> None:
    """n1 is worth 20 but pays 4 at most, and o1 asks 6: nobody would pay the difference."""
    book = market([offer("o1", 12, 6)], [need("n1", 10, 4, value=20)])
    cleared, _, ledger = cleared_and_settled(book)
    assert cleared.allocation.awarded.tolist() == [0]
    assert payments(book, ledger) == {}


def test_an_offer_recovers_its_fixed_cost() -> None:
    """10 t at 0, but 100 to open the gate; n1 wants 10 t at up to 50. Any price from 10 to 50 does: 30."""
    book = market([offer("o1", 10, 0, fixed=100)], [need("n1", 10, 50)])
    _, prices, ledger = cleared_and_settled(book)
    assert money(prices.need_price) == [30]
    assert payments(book, ledger) == {("offer", "o1"): 300, ("need", "n1"): -300}


def test_uplift_pays_what_no_price_can() -> None:
    """o1 (ask 1) sells 2 t or nothing, n1 wants 1 t at 10 and n2 1 t at 0.50. Both are served, worth
    10.5 - 2 = 8.5. No price serves both: at one that n2 pays, o1 gets less than it asks. Whatever is
    missing comes out of surplus: o1 gets at least 2, n1 pays at most 10, n2 at most 0.50."""
    book = market([offer("o1", 2, 1, least=2)], [need("n1", 1, 10), need("n2", 1, "0.5")])
    cleared, _, ledger = cleared_and_settled(book)
    paid = {
        who: sum(v for k, v in payments(book, ledger).items() if k[1] == who) for who in ("o1", "n1", "n2")
    }
    assert cleared.allocation.awarded.tolist() == [1_000_000, 1_000_000]
    assert paid["o1"] >= 2
    assert paid["n1"] >= -10
    assert paid["n2"] >= -0.5
    assert ledger.uplift <= losses(cleared.allocation.problem, cleared.solution).total


def test_donated_books_show_rents_and_charge_them_to_nobody() -> None:
    """As the full lane above, but donated: o1 gets 2, the carrier 1, n1 pays 3 a tonne instead of 9."""
    book = market(
        [offer("o1", 10, 2)],
        [need("n1", 12, 9, at="B")],
        [lane(1, capacity=6, carrier="C")],
        settlement="donated",
    )
    _, prices, ledger = cleared_and_settled(book)
    assert money(prices.lane_rent) == [6]
    assert payments(book, ledger) == {("offer", "o1"): 12, ("carrier", "A>B"): 6, ("need", "n1"): -18}


def test_owners_of_by_products_pay_to_lose_them() -> None:
    """o1 pays up to 5 a tonne to lose 10 t of ash; n1 takes 4 t if paid at least 3, n2 the rest at 1. The
    8 t that n2 would still take make the price -1: o1 pays 10, n1 gets nothing (it asks 3)."""
    book = market([offer("o1", 10, -5)], [need("n1", 4, -3), need("n2", 14, -1)])
    cleared, prices, ledger = cleared_and_settled(book)
    assert cleared.allocation.awarded.tolist() == [0, 10_000_000]
    assert money(prices.offer_price) == [-1]
    assert payments(book, ledger) == {("offer", "o1"): -10, ("need", "n2"): 10}


def test_trips_of_a_vehicle_are_paid_whole() -> None:
    """5 t from A to B in vans of 2 t that cost 4 a trip: three trips, 12 in all, whatever the price."""
    book = market(
        [offer("o1", 5, 1)], [need("n1", 5, 9, at="B")], [lane(0, trip_t=2, trip_cost=4, carrier="C")]
    )
    _, _, ledger = cleared_and_settled(book)
    paid = payments(book, ledger)
    assert sum(paid.get((role, "A>B"), 0) for role in ("carrier", "uplift")) >= 12
    assert sum(paid.values()) == pytest.approx(0)


def test_money_is_rounded_in_the_participants_favour() -> None:
    """A third of a unit (0.333333) at 0.5 makes 0.1666665: the offer gets 0.166667, the need pays 0.166666
    and the operator gives the millionth."""
    book = market([offer("o1", 1, "0.5")], [need("n1", "0.333333", 1)])
    _, _, ledger = cleared_and_settled(book)
    assert payments(book, ledger) == {
        ("offer", "o1"): 0.166667, ("need", "n1"): -0.166666, ("rounding", "operator"): -0.000001,
    }  # fmt: skip
    assert ledger.uplift == Fraction(0)


def test_a_payment_beyond_what_millionths_can_count_is_told() -> None:
    """A billion tonnes at a billion each is no payment that anybody makes."""
    row = {"category": "x", "unit": "t", "currency": "EUR", "quantity": "1000000000"}
    tables = {
        "offers": pl.DataFrame([row | {"id": "o", "participant": "a", "limit_price": "0"}]),
        "needs": pl.DataFrame([row | {"id": "n", "participant": "b", "limit_price": "1000000000"}]),
    }
    book = Book.from_tables(tables, name="b", currency="EUR", as_of="2026-01-01", settlement="priced")
    with pytest.raises(FourflowError, match="a payment is above"):
        clear(book)
