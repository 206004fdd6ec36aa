"""First come, first served for projects, what they make, whole offers, moves and counted awards."""

from __future__ import annotations

from typing import Any

import numpy as np

from feasible import violations
from four_kinds import four_kinds
from fourflow.baseline import first_come_first_served, keeps_floors
from fourflow.formulation import ArcKind, BundleKind, formulate
from fourflow.matching import match


def served(**tables: Any) -> dict[str, float]:
    """What each need gets, each offer gives (of them what is above 0), and the size of each project."""
    market = four_kinds(**tables)
    problem, layout = formulate(market, match(market))
    flow, bundle = first_come_first_served(market, layout, problem)
    if keeps_floors(layout, problem, flow, bundle):
        assert violations(problem, flow, bundle) == []
    found = {}
    for kind, ids in ((ArcKind.NEED, market.needs.id), (ArcKind.OFFER, market.offers.id)):
        total = np.zeros(len(ids))
        arcs = layout.arcs(kind)
        np.add.at(total, layout.arc_ref[arcs], flow[arcs] / 1e6)
        found |= dict(zip(ids, total.tolist(), strict=True))
    projects = layout.bundle_kind == BundleKind.PROJECT
    sizes = zip(layout.bundle_ref[projects], bundle[projects] / 1e9, strict=True)
    found |= {str(market.projects.id[p]): float(size) for p, size in sizes}
    return {name: amount for name, amount in found.items() if amount}


def rice(name: str, quantity: int, ask: int, **more: Any) -> dict[str, Any]:
    return {"id": name, "category": "rice", "quantity": quantity, "limit_price": ask, **more}


def line(name: str, quantity: Any, project: str, category: str = "rice", **more: Any) -> dict[str, Any]:
    return {"id": name, "category": category, "quantity": quantity, "project": project, **more}


def test_a_project_that_falls_short_of_one_line_takes_nothing() -> None:
    """p needs rice and a cook; there is no second cook, so the rice goes to the shop, which came later."""
    assert served(
        offers=[rice("farm", 5, 2), {"id": "ann", "category": "cook", "quantity": 1, "limit_price": 3}],
        needs=[line("food", 5, "p"), line("cooks", 2, "p", "cook"), rice("shop", 5, 9)],
        projects=[{"id": "p", "value": 100, "listed_at": "2025-01-01"}],
    ) == {"shop": 5, "farm": 5}


def test_a_proportional_project_is_carried_out_as_far_as_supply_goes() -> None:
    """10 t wanted, 5 t there: half of it, to a part in four thousand, is found by halving."""
    found = served(
        offers=[rice("farm", 5, 2)],
        needs=[line("food", 10, "p")],
        projects=[{"id": "p", "value": 60, "mode": "proportional"}],
    )
    assert 0.4997 < found["p"] <= 0.5
    assert found["food"] <= 5


def test_a_project_whose_turn_it_is_not_worth_its_cost_stays_undone() -> None:
    """5 t at 2 cost 10; the project is worth 9."""
    assert served(
        offers=[rice("farm", 5, 2)], needs=[line("food", 5, "p")], projects=[{"id": "p", "value": 9}]
    ) == {}  # fmt: skip


def test_what_a_project_makes_goes_to_who_comes_after_it() -> None:
    """p turns 10 t of soap into 4 t of rice; the mill, listed later, takes these, the early bird had none."""
    assert served(
        offers=[{"id": "peel", "category": "soap", "quantity": 10, "limit_price": 1}],
        needs=[
            line("in", 10, "p", "soap"), line("out", -4, "p"),
            rice("early", 9, 9, listed_at="2025-01-01"), rice("mill", 9, 9, listed_at="2025-03-01"),
        ],
        projects=[{"id": "p", "value": 20, "listed_at": "2025-02-01"}],
    ) == {"in": 10, "mill": 4, "peel": 10, "out": 4, "p": 1}  # fmt: skip


def test_a_whole_offer_goes_to_the_first_who_takes_it() -> None:
    """Ann works 3 days for one kitchen only: the first, which needs 2, though the second needs the third."""
    assert served(
        offers=[{"id": "ann", "category": "cook", "quantity": 3, "limit_price": 3}],
        needs=[
            {"id": name, "category": "cook", "quantity": 2, "limit_price": 9, "listed_at": day}
            for name, day in (("one", "2025-01-01"), ("two", "2025-01-02"))
        ],
    ) == {"one": 2, "ann": 2}


def test_a_move_is_weighed_once_for_all_days() -> None:
    """Ann moves for 12: 2 days worth 9 each at 3 do not bear it, 3 days do."""
    days = {"id": "k", "category": "cook", "limit_price": 9, "place": "B"}
    ann = {"id": "ann", "category": "cook", "quantity": 3, "limit_price": 4, "move_cost": 12}
    assert served(offers=[ann], needs=[days | {"quantity": 2}]) == {}
    assert served(offers=[ann], needs=[days | {"quantity": 3}]) == {"k": 3, "ann": 3}


def test_no_more_awards_than_a_rule_counts() -> None:
    """At most two receivers: the third finds rice left and gets none."""
    assert served(
        offers=[rice("farm", 9, 2)],
        needs=[rice(f"n{i}", 2, 9) for i in range(3)],
        rules=[{"id": "count", "measure": "awards", "limit": 2, "need_region": "r", "kind": "goods"}],
    ) == {"n0": 2, "n1": 2, "farm": 4}


def test_what_a_rule_asks_for_at_least_may_be_missed() -> None:
    """The hostel pays less than rice costs, so nobody serves it unless the rule's sponsor steps in."""
    market = four_kinds(
        offers=[rice("farm", 9, 4)],
        needs=[rice("hostel", 2, 3)],
        rules=[{"id": "floor", "measure": "units", "sense": ">=", "limit": 1, "unit": "t",
                "need_participant": "hostel-owner", "sponsor": "council"}],
    )  # fmt: skip
    problem, layout = formulate(market, match(market))
    assert not keeps_floors(layout, problem, *first_come_first_served(market, layout, problem))


def test_no_sponsor_buys_what_an_unsponsored_project_makes() -> None:
    """What p's lines cost is in no budget, so its rice is not for the food bank, whose sponsor would pay only
    what the output asks; with the sponsor behind the project it is."""
    tables = {
        "offers": [{"id": "peel", "category": "soap", "quantity": 10, "limit_price": 1}],
        "needs": [line("in", 10, "p", "soap"), line("out", -4, "p"),
                  rice("bank", 4, 0, value=9, sponsor="aid")],
        "budgets": {"aid": 50},
    }  # fmt: skip
    project = {"id": "p", "value": 20, "listed_at": "2025-01-01"}
    assert "bank" not in served(**tables, projects=[project])
    assert served(**tables, projects=[project | {"sponsor": "aid"}])["bank"] == 4
