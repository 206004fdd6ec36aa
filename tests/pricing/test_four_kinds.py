"""Capital, talent, technology, projects and rules: payments worked out by hand (docs/prices.md)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import small_books as small
from four_kinds import four_kinds
from fourflow.book import Market, normalise
from fourflow.clearing import Cleared
from fourflow.pipeline import clear_market
from fourflow.pricing import ROLES, Ledger, Stakes, audit, price, rejected_in_profit, settle, stakes
from fourflow.proof import losses
from kinds_books import draw_kinds

Amounts = dict[tuple[str, str], float]


def settled(book: Market) -> tuple[Cleared, Ledger]:
    cleared = clear_market(book, gap=1e-9)
    ledger = settle(cleared, price(cleared))
    audit(cleared, ledger, losses(cleared.allocation.problem, cleared.solution))
    return cleared, ledger


def gap_of(cleared: Cleared) -> Stakes:
    """Who could have got how much more at the clearing prices."""
    known = losses(cleared.allocation.problem, cleared.solution)
    found = stakes(cleared.allocation, known)
    assert found.total == known.total
    return found


def columns(book: Market, ledger: Ledger, column: str) -> Amounts:
    """(role, offer, need, lane, project, rule or participant) -> money, where there is any."""
    named: Amounts = {}
    ids = {
        "offer": book.offers.id, "need": book.needs.id, "lane": book.lanes.id, "project": book.projects.id,
        "rule": [rule.id for rule in book.rules],
    }  # fmt: skip
    for i, role in enumerate(ROLES[int(r)] for r in ledger.role):
        names = [ids[noun][int(getattr(ledger, noun)[i])] for noun in ids if getattr(ledger, noun)[i] >= 0]
        who = int(ledger.participant[i])
        name = names[0] if names else book.participants.id[who] if who >= 0 else "operator"
        money = int(getattr(ledger, column)[i]) / 1e6
        if money:
            named[role, name] = named.get((role, name), 0) + money
    return named


def payments(**tables: Any) -> Amounts:
    book = four_kinds(**tables)
    return columns(book, settled(book)[1], "amount")


def offer(name: str, category: str, quantity: Any, ask: Any, **more: Any) -> dict[str, Any]:
    return {"id": name, "category": category, "quantity": quantity, "limit_price": ask, **more}


def need(name: str, category: str, quantity: Any, limit: Any, **more: Any) -> dict[str, Any]:
    return {"id": name, "category": category, "quantity": quantity, "limit_price": limit, **more}


def line(name: str, category: str, quantity: Any, project: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "category": category, "quantity": quantity, "project": project, **more}


def loan(name: str, quantity: Any, charge: Any, **more: Any) -> dict[str, Any]:
    return offer(name, "money", quantity, charge, form="loan", **more)


def test_a_loan_is_charged_per_year_and_its_principal_stands_apart() -> None:
    """40 at 4 % and 100 at 5 % meet 60 for two years at up to 10 %: the second has 80 left, so a year costs
    5 %, two years 10 %: 4 and 2 are charged, 40 and 20 are lent."""
    book = four_kinds(
        offers=[loan("bank", 40, "0.04"), loan("fund", 100, "0.05")],
        needs=[need("oven", "money", 60, "0.10", term_months=24)],
    )
    _, ledger = settled(book)
    assert columns(book, ledger, "amount") == {
        ("offer", "bank"): 4, ("offer", "fund"): 2, ("need", "oven"): -6,
    }  # fmt: skip
    assert columns(book, ledger, "principal") == {
        ("offer", "bank"): -40, ("offer", "fund"): -20, ("need", "oven"): 60,
    }  # fmt: skip


def test_a_grant_changes_hands_without_a_price() -> None:
    """80 granted freely to one that would pay 0.2 for each: the fund has 20 left, so nothing is charged."""
    book = four_kinds(
        offers=[offer("gift", "money", 100, 0, form="grant")], needs=[need("roof", "money", 80, "0.2")]
    )
    _, ledger = settled(book)
    assert columns(book, ledger, "amount") == {}
    assert columns(book, ledger, "principal") == {("offer", "gift"): -80, ("need", "roof"): 80}


def test_who_is_not_taken_holds_the_price_of_talent() -> None:
    """Ann asks 100, Bob 120, one kitchen pays up to 150: anything from 100 to 120 gets Ann, 110 is paid."""
    assert payments(
        offers=[offer("ann", "cook", 1, 100), offer("bob", "cook", 1, 120)],
        needs=[need("kitchen", "cook", 1, 150)],
    ) == {("offer", "ann"): 110, ("need", "kitchen"): -110}


def test_moving_is_part_of_what_talent_asks_elsewhere() -> None:
    """Ann asks 100 and moves for 20; only B needs a cook, up to 150: 135 lies between 120 and 150."""
    assert payments(
        offers=[offer("ann", "cook", 1, 100, move_cost=20)],
        needs=[need("kitchen", "cook", 1, 150, place="B")],
    ) == {("offer", "ann"): 135, ("need", "kitchen"): -135}


def test_a_move_for_several_days_is_paid_once() -> None:
    """Three days at 100 and one move for 30, for 3 days at up to 120: between 330 and 360 is paid."""
    paid = payments(
        offers=[offer("ann", "cook", 3, 100, move_cost=30)],
        needs=[need("kitchen", "cook", 3, 120, place="B")],
    )
    assert paid["offer", "ann"] == -paid["need", "kitchen"]
    assert 330 <= paid["offer", "ann"] <= 360


def test_who_is_served_at_home_pays_no_part_of_a_move() -> None:
    """Ann asks 100 a day and 30 for the way to B. The city has 100 for a day at A; B alone pays the way."""
    paid = payments(
        offers=[offer("ann", "cook", 3, 100, move_cost=30, whole="false")],
        needs=[
            need("kitchen", "cook", 2, 150, place="B"),
            need("aid", "cook", 1, 0, value=200, sponsor="city"),
        ],
        rules=[{"id": "b", "measure": "bid_value", "sense": "<=", "limit": 100, "sponsor": "city"}],
    )
    assert paid["sponsor", "city"] == -100
    assert -300 <= paid["need", "kitchen"] <= -230


def test_unlimited_licences_cost_their_fee() -> None:
    """One licence more costs nothing but the fee of 5, whatever it is worth to who takes it."""
    assert payments(
        offers=[{"id": "app", "category": "software", "limit_price": 5}],
        needs=[need("u1", "software", 1, 15), need("u2", "software", 1, 25)],
    ) == {("offer", "app"): 10, ("need", "u1"): -5, ("need", "u2"): -5}


def test_limited_licences_earn_a_rent() -> None:
    """One licence (fee 5), worth 15 to u1 and 25 to u2: u2 gets it for 20, halfway between the two."""
    assert payments(
        offers=[offer("app", "software", 1, 5)],
        needs=[need("u1", "software", 1, 15), need("u2", "software", 1, 25)],
    ) == {("offer", "app"): 20, ("need", "u2"): -20}


def test_a_shared_fixed_cost_is_split_pro_rata_to_what_each_gains() -> None:
    """Fee 5 and 30 once, worth 15, 25 and 35: gains of 10, 20 and 30 carry 5, 10 and 15 of the 30."""
    assert payments(
        offers=[{"id": "app", "category": "software", "limit_price": 5, "fixed_cost": 30}],
        needs=[need(f"u{i}", "software", 1, worth) for i, worth in enumerate((15, 25, 35))],
    ) == {("offer", "app"): 45, ("need", "u0"): -10, ("need", "u1"): -15, ("need", "u2"): -20}


KITCHEN = {
    "offers": [
        loan("fund", 1000, "0.05"), offer("ann", "cook", 1, 100), offer("bob", "cook", 1, 100),
        {"id": "app", "category": "software", "limit_price": 50}, offer("farm", "rice", 20, 10),
    ],
    "needs": [
        line("money", "money", 300, "kitchen", term_months=12), line("cook", "cook", 1, "kitchen"),
        line("licence", "software", 1, "kitchen"), line("meals", "rice", 10, "kitchen"),
        need("shop", "rice", 5, 30),
    ],
    "projects": [{"id": "kitchen", "value": 1000}],
}  # fmt: skip


def test_what_a_limit_takes_from_a_project_is_not_left_to_share_a_fixed_cost() -> None:
    """A limit on all bids takes nearly all that a project gains, so it carries little of what a licence costs
    once, and uplift is at most the gap."""
    cleared, ledger = settled(normalise(draw_kinds(50_020).book()))
    assert 0 < ledger.uplift <= gap_of(cleared).total


def test_a_project_pays_for_its_lines_out_of_the_capital_it_gets() -> None:
    """A kitchen borrows 300 for a year at 5 % and buys a cook (100), a licence (50) and 10 t at 10: 250 of
    what it borrowed, and 15 for the loan."""
    book = four_kinds(**KITCHEN)
    cleared, ledger = settled(book)
    assert cleared.allocation.size.tolist() == [10**9]
    assert columns(book, ledger, "amount") == {
        ("offer", "fund"): 15, ("offer", "ann"): 100, ("offer", "app"): 50, ("offer", "farm"): 150,
        ("need", "shop"): -50, ("project", "kitchen"): -265,
    } or columns(book, ledger, "amount") == {
        ("offer", "fund"): 15, ("offer", "bob"): 100, ("offer", "app"): 50, ("offer", "farm"): 150,
        ("need", "shop"): -50, ("project", "kitchen"): -265,
    }  # fmt: skip
    assert columns(book, ledger, "principal") == {("offer", "fund"): -300, ("need", "money"): 300}


def test_a_purse_that_runs_out_pays_suppliers_what_they_ask() -> None:
    """10 t cost 5 x 2 + 5 x 4 = 30, all that the grant brings; a price of 4 would come to 40, so each farm
    gets just what it asks."""
    assert payments(
        offers=[
            offer("gift", "money", 30, 0, form="grant"),
            offer("o1", "rice", 5, 2),
            offer("o2", "rice", 9, 4),
        ],
        needs=[line("cash", "money", 30, "p"), line("food", "rice", 10, "p")],
        projects=[{"id": "p", "value": 100}],
    ) == {("offer", "o1"): 10, ("offer", "o2"): 20, ("project", "p"): -30}


def test_what_a_project_makes_earns_it_money() -> None:
    """10 t of soap at 1 become 4 t of rice. A mill needs 5 t up to 12 and a farm has more at 6, so rice costs
    6: the project is paid 24 and pays 10, though its own limit is 0."""
    assert payments(
        offers=[offer("peel", "soap", 20, 1), offer("farm", "rice", 10, 6)],
        needs=[line("in", "soap", 10, "p"), line("out", "rice", -4, "p"), need("mill", "rice", 5, 12)],
        projects=[{"id": "p", "value": 0}],
    ) == {
        ("offer", "out"): 24, ("offer", "farm"): 6, ("need", "mill"): -30,
        ("offer", "peel"): 10, ("project", "p"): -10,
    }  # fmt: skip


def test_a_sponsored_project_pays_its_limit_and_the_sponsor_the_rest() -> None:
    """Worth 100 to the fund, which has 50; the project pays up to 8 of the 20 that its 10 t cost."""
    assert payments(
        offers=[offer("farm", "rice", 20, 2)],
        needs=[line("food", "rice", 10, "p")],
        projects=[{"id": "p", "value": 100, "limit_price": 8, "sponsor": "aid"}],
        budgets={"aid": 50},
    ) == {("offer", "farm"): 20, ("project", "p"): -8, ("sponsor", "aid"): -12}


def test_half_a_project_pays_half() -> None:
    """Proportional, 10 t worth 60, but only 5 t to be had at 2: half of it pays something from 10 to 30."""
    book = four_kinds(
        offers=[offer("farm", "rice", 5, 2)],
        needs=[line("food", "rice", 10, "p")],
        projects=[{"id": "p", "value": 60, "mode": "proportional"}],
    )
    cleared, ledger = settled(book)
    assert cleared.allocation.size.tolist() == [5 * 10**8]
    paid = columns(book, ledger, "amount")
    assert paid["offer", "farm"] == -paid["project", "p"]
    assert 10 <= paid["offer", "farm"] <= 30


def test_the_rent_of_a_limit_goes_to_its_owner() -> None:
    """At most 4 t from o1 (ask 2); o2 asks 5 and has more than is needed, so 8 t cost 5: o1 keeps 2 of it and
    the council that set the limit gets 3 for each of its 4 t."""
    assert payments(
        offers=[offer("o1", "rice", 10, 2), offer("o2", "rice", 10, 5)],
        needs=[need("mill", "rice", 8, 9)],
        rules=[{"id": "cap", "measure": "units", "limit": 4, "unit": "t", "offer_participant": "o1-owner",
                "kind": "goods", "owner": "council"}],
    ) == {("offer", "o1"): 8, ("offer", "o2"): 20, ("need", "mill"): -40, ("rule", "cap"): 12}  # fmt: skip


def test_the_sponsor_of_a_floor_pays_what_it_forces() -> None:
    """The hostel pays up to 3, rice costs 4; the council wants it to get 2 t, and pays 1 for each."""
    assert payments(
        offers=[offer("farm", "rice", 20, 4)],
        needs=[need("hostel", "rice", 5, 3), need("mill", "rice", 5, 9)],
        rules=[{"id": "floor", "measure": "units", "sense": ">=", "limit": 2, "unit": "t",
                "need_participant": "hostel-owner", "sponsor": "council"}],
    ) == {
        ("offer", "farm"): 28, ("need", "hostel"): -6, ("need", "mill"): -20, ("rule", "floor"): -2,
    }  # fmt: skip


@pytest.mark.parametrize("worth", [3, 6, 9])
def test_who_is_left_out_in_profit_is_named_with_what_it_misses(worth: int) -> None:
    """p takes both of 2 t for 10; q would take 1 t for less, and at the printed price it may even gain by it:
    just that gain is its loss, and all losses together are the gap of these prices."""
    book = four_kinds(
        offers=[offer("o", "rice", 2, 0)],
        needs=[line("a", "rice", 2, "p"), line("b", "rice", 1, "q"), need("n", "rice", 1, worth)],
        projects=[{"id": "p", "value": 10}, {"id": "q", "value": worth}],
    )
    cleared, _ = settled(book)
    rice = Fraction(int(price(cleared).need_price[0]), 10**9)
    found = gap_of(cleared)
    if worth == 9:  # together q and n are worth 18
        assert cleared.allocation.size.tolist() == [0, 10**9]
        assert rejected_in_profit(cleared.allocation, found) == ({0: 10 - 2 * rice} if rice < 5 else {})
    else:
        assert found.of("need", 2) == max(0, worth - rice) * (cleared.allocation.awarded[2] == 0)
        left_out = cleared.allocation.size[1] == 0
        profit = {1: worth - rice} if left_out and rice < worth else {}
        assert rejected_in_profit(cleared.allocation, found) == profit


def test_uplift_is_shared_by_those_who_gain() -> None:
    """2 t asked at 0. One project takes both for 10, another (worth 9) and n1 (1 t, up to 6) are left out.
    What is paid is at most 10, whatever the price says."""
    paid = payments(
        offers=[offer("o", "rice", 2, 0)],
        needs=[line("a", "rice", 2, "p"), line("b", "rice", 2, "q"), need("n1", "rice", 1, 6)],
        projects=[{"id": "p", "value": 10}, {"id": "q", "value": 9}],
    )
    total = sum(money for (_, name), money in paid.items() if name == "o")
    assert total == pytest.approx(10)
    assert -sum(money for (_, name), money in paid.items() if name == "p") == pytest.approx(10)


def test_a_maker_gives_up_what_a_purse_cannot_pay() -> None:
    """9 t of food make 3.6 t of compost, at 11.20 a tonne, so food is worth 4.58. A kitchen takes 1 t of it
    and its purse holds 10: the 1.20 that the maker lacks to pay the farm is uplift, without any gap."""
    made = small.cleared(
        [
            small.listing("farm", "food", 9, 2),
            small.listing("fund", "money", 10, 0, form="loan", term_months=12),
        ],
        [
            small.listing("garden", "compost", 5, "11.2"),
            small.line("in", "maker", "food", 10),
            small.line("out", "maker", "compost", -4),
            small.line("mulch", "kitchen", "compost", 1),
            small.line("loan", "kitchen", "money", 10, term_months=12),
        ],
        projects=[small.project("maker", 1, "proportional"), small.project("kitchen", 32)],
    )
    assert made.certificate.relative_gap == 0
    paid = made.settlement["amount"]
    assert float(sum(paid)) == 0
    assert float(made.story.ledger.uplift) == pytest.approx(1.2, abs=1e-4)
