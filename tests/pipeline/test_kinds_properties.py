"""What must hold of any book of all kinds: money adds up, nobody pays more than it said, and what adds room
never costs welfare."""

from __future__ import annotations

import copy
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from fourflow.book import normalise
from fourflow.engines import solve
from fourflow.errors import ProblemError
from fourflow.formulation import formulate
from fourflow.matching import match
from fourflow.pipeline import Clearing, clear
from fourflow.problem import Status
from fourflow.proof import Binding, certify, write_certificate
from kinds_books import draw_kinds
from kinds_model import KindsModel
from random_books import Draft

CENT = Decimal("0.00001")


def drafts(first: int, count: int) -> list[Draft]:
    """Books without conversions, so that limits can be read off their rows; `draw_kinds` draws them."""
    found = (draw_kinds(seed) for seed in range(first, first + 10 * count))
    plain = (draft for draft in found if not {"currencies", "units"} & draft.chosen)
    return [next(plain) for _ in range(count)]


def cleared(draft: Draft) -> Clearing | None:
    """The clearing; None where rules cannot all hold."""
    try:
        return clear(draft.book(), gap=1e-6, time_limit_s=60)
    except ProblemError as error:
        if error.code == "formulation.rules.conflict":
            return None
        raise


def money(clearing: Clearing, noun: str) -> dict[str, Decimal]:
    """What each listing of a noun gets (above 0) or pays in all."""
    total: dict[str, Decimal] = defaultdict(Decimal)
    for row in clearing.settlement.filter(clearing.settlement["role"] == noun).iter_rows(named=True):
        total[row[noun]] += row["amount"]
    return total


@pytest.mark.parametrize("block", range(3))
def test_money_adds_up_and_everybody_keeps_its_limit(block: int) -> None:
    """The ledger sums to 0; offers get at least their limit price, years and fixed cost counted; needs and
    projects pay at most theirs: read from the rows of the book and the tables of the result."""
    for draft in drafts(1_000 * (block + 1), 4):
        clearing = cleared(draft)
        if clearing is None:
            continue
        assert sum(clearing.settlement["amount"]) == 0
        assert all(check.holds for check in clearing.story.checks)
        model = KindsModel(draft)
        offers = {offer.id: offer for offer in model.offers}
        needs = {need.id: need for need in model.needs}
        least: dict[str, float] = defaultdict(float)
        most: dict[str, float] = defaultdict(float)
        for award in clearing.awards.iter_rows(named=True):
            offer, need = offers[award["offer"]], needs[award["need"]]
            least[offer.id] += offer.price * model.years(need) * float(award["quantity"])
            most[need.id] += model.pays(need) * float(award["quantity"])
        got, paid = money(clearing, "offer"), money(clearing, "need")
        for name, asked in least.items():
            assert float(got[name]) >= asked + offers[name].fixed - float(CENT), name
        for name, limit in most.items():
            assert -float(paid.get(name, Decimal(0))) <= limit + float(CENT), name
        for name, amount in money(clearing, "project").items():
            cells = model.projects[name]
            assert -amount <= Decimal(str(cells.get("limit_price", cells["value"]))) + CENT, name


def worth(draft: Draft) -> float | None:
    """The best objective of a book; None where its rules cannot all hold."""
    market = normalise(draft.book())
    problem, _ = formulate(market, match(market, apart=range(len(market.participants))))
    certificate = certify(problem, solve(problem, gap=1e-7, time_limit_s=60), 1e-7)
    return None if certificate.status == Status.INFEASIBLE else float(certificate.objective)


def never_worse(before: float | None, after: float | None) -> bool:
    """None is worse than anything."""
    return before is None or (after is not None and after >= before - 1e-4)


@pytest.mark.parametrize("block", range(4))
def test_a_dearer_copy_of_an_offer_never_costs_welfare(block: int) -> None:
    """Each offer of ten books once more, one pound dearer. Shares of a total are left out: more supply may
    well change what they are a share of."""
    for seed in range(40 + 10 * block, 50 + 10 * block):
        draft = draw_kinds(seed)
        draft.tables["rules"] = [rule for rule in draft.tables["rules"] if not rule.get("share_of_total")]
        more = copy.deepcopy(draft)
        asks, holds = draft.tables["requirements"], draft.tables["attributes"]
        for offer in draft.tables["offers"]:
            name, price = f"{offer['id']}-again", Decimal(str(offer["limit_price"])) + 1
            more.tables["offers"].append({**offer, "id": name, "limit_price": price})
            more.tables["requirements"] += [
                {**a, "listing": name} for a in asks if a["listing"] == offer["id"]
            ]
            more.tables["attributes"] += [{**a, "owner": name} for a in holds if a["owner"] == offer["id"]]
        assert never_worse(worth(draft), worth(more)), seed


@pytest.mark.parametrize("block", range(4))
def test_a_looser_rule_never_costs_welfare(block: int) -> None:
    """Ten books with their rules, then with half as much again allowed and half asked for, then with budgets
    alone."""
    for seed in range(80 + 10 * block, 90 + 10 * block):
        draft = draw_kinds(seed)
        looser = copy.deepcopy(draft)
        for rule in looser.tables["rules"]:
            cap = Decimal(1) if rule.get("share_of_total") else Decimal(10**12)
            factor = Decimal("1.5") if rule["sense"] == "<=" else Decimal("0.5")
            rule["limit"] = min(cap, Decimal(str(rule["limit"])) * factor)
        free = copy.deepcopy(looser)
        free.tables["rules"] = [rule for rule in free.tables["rules"] if rule["id"].startswith("budget")]
        tight, loose, none = worth(draft), worth(looser), worth(free)
        assert never_worse(tight, loose), seed
        assert never_worse(loose, none), seed
        assert none is not None, seed


def root_of(clearing: Clearing, folder: Path) -> str:
    """The hash over everything that the certificate of a clearing holds."""
    story, own = clearing.story, clearing.story.cleared
    binding = Binding(own.allocation.market, own.allocation.layout, own.awards, story.prices, story.ledger)
    return write_certificate(folder, own.allocation.problem, own.solution, own.certificate, binding)


@pytest.mark.parametrize("seed", [4, 12, 20, 36, 44])
def test_books_of_all_kinds_in_another_order_have_the_same_certificate(seed: int, tmp_path: Path) -> None:
    """Rows in another order: the same root hash, awards and ledger."""
    draft = draw_kinds(seed)
    first, again = (clear(draft.book(order), gap=1e-6, time_limit_s=60) for order in (None, 7))
    assert root_of(first, tmp_path / "first") == root_of(again, tmp_path / "again")
    for name in ("awards", "settlement", "unmet"):
        assert getattr(first, name).equals(getattr(again, name)), name
