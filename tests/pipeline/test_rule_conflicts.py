"""Rules that cannot all hold are named as an irreducible set, with the least change that mends it."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from typing import Any

import pytest

from builders import market, micro
from fourflow.book import Market
from fourflow.book._market import Rule
from fourflow.conflicts import find_contradictions
from fourflow.errors import ProblemError
from fourflow.pipeline import clear_market

TOWNS = ("a", "b", "c")


def town_market(*rules: Rule) -> Market:
    """Three offers of 10 t and three needs of 10 t, each in its town, joined by lanes at 1 per tonne."""
    made = market(
        offers=[{"id": f"o-{t}", "at": t, "quantity": 10, "price": 2} for t in TOWNS],
        needs=[{"id": f"n-{t}", "at": t, "quantity": 10, "price": 9} for t in TOWNS],
        lanes=[{"start": s, "end": t, "cost": 1} for s in TOWNS for t in TOWNS if s != t],
    )
    return replace(made, rules=tuple(sorted(rules, key=lambda rule: rule.id)))


def rule(name: str, sense: str, limit: Any, share: bool = False, **filters: str) -> Rule:
    payer = 0 if sense == ">=" else -1
    who = {key: (value,) for key, value in filters.items()}
    return Rule(name, name, "tonnes", sense, micro(limit), share, who, -1, payer, 2)


def named(made: Market) -> set[str]:
    """The rules that the error names."""
    with pytest.raises(ProblemError) as caught:
        clear_market(made, gap=1e-6)
    assert caught.value.code == "formulation.rules.conflict"
    return set(re.findall(r"'([^']+)'", str(caught.value).split("Maybe")[0]))


def test_two_rules_that_contradict_are_named_and_others_are_not() -> None:
    """At most 4 t and at least 6 t for one need; a third rule that can hold is left out."""
    made = town_market(
        rule("least", ">=", 6, need_participant="n-a-owner"),
        rule("most", "<=", 4, need_participant="n-a-owner"),
        rule("other", "<=", 12, offer_participant="o-a-owner"),
    )
    assert named(made) == {"least", "most"}


def test_a_rule_that_nothing_can_do_stands_alone() -> None:
    """11 t for a need of 10 t."""
    assert named(town_market(rule("too-much", ">=", 11, need_participant="n-a-owner"))) == {"too-much"}


def test_rules_that_can_hold_are_not_blamed() -> None:
    """A search that ran out of time before it found anything asks who is to blame: nobody here."""
    made = town_market(rule("least", ">=", 6, need_participant="n-a-owner"))
    assert list(find_contradictions(made, set(), 10.0)) == []


def test_the_least_change_is_told_and_mends_it() -> None:
    """6 t asked, 4 t allowed: asking for 4 gives a third of its limit, allowing 6 would give half."""
    least = rule("least", ">=", 6, need_participant="n-a-owner")
    most = rule("most", "<=", 4, need_participant="n-a-owner")
    with pytest.raises(ProblemError, match=r"Maybe change .*: 'least' asks for at least 4 t\."):
        clear_market(town_market(least, most), gap=1e-6)
    mended = clear_market(town_market(replace(least, limit=micro(4)), most), gap=1e-6)
    assert mended.certificate.max_violation == 0


def least_change(made: Market) -> tuple[Rule, ...]:
    """What the first contradiction would have to be changed to."""
    return next(find_contradictions(made, set(), 10.0)).changed


def test_a_share_gives_way_where_that_is_least() -> None:
    """Three givers, each at most 30 % of what is given, of which at least 1 t: one share has to be 40 %; to
    ask for nothing at all would be more."""
    shares = [rule(f"share-{t}", "<=", "0.3", share=True, offer_participant=f"o-{t}-owner") for t in TOWNS]
    made = town_market(rule("some", ">=", 1), *shares)
    assert named(made) == {"some", *(one.id for one in shares)}
    (changed,) = least_change(made)
    assert changed.share_of_total
    assert changed.limit == micro("0.4")
    mended = replace(made, rules=tuple(changed if one.id == changed.id else one for one in made.rules))
    assert clear_market(mended, gap=1e-6).certificate.max_violation == 0


def test_a_budget_is_named_among_the_rules_that_it_contradicts() -> None:
    """Aid pays 2 a tonne for a kitchen that pays nothing: of 5 it can buy 2.5 t, and the rule asks for 6."""
    made = market(
        offers=[{"id": "o", "at": "a", "quantity": 10, "price": 2}],
        needs=[{"id": "n", "at": "a", "quantity": 10, "price": 0, "value": 9, "sponsor": "aid"}],
        lanes=[],
        budgets={"aid": 5},
    )
    asks = replace(rule("asks", ">=", 6), sponsor=made.rules[0].sponsor)
    made = replace(made, rules=(asks, *made.rules))
    assert named(made) == {"asks", made.rules[1].id}
    (changed,) = least_change(made)
    assert (changed.id, changed.limit) == ("asks", micro("2.5"))


def test_every_contradiction_is_named_each_with_what_mends_it() -> None:
    """Two pairs of rules that have nothing to do with each other; what is told mends the whole book."""
    made = town_market(
        rule("a-least", ">=", 6, need_participant="n-a-owner"),
        rule("a-most", "<=", 4, need_participant="n-a-owner"),
        rule("b-least", ">=", 8, need_participant="n-b-owner"),
        rule("b-most", "<=", 7, need_participant="n-b-owner"),
    )
    found = list(find_contradictions(made, set(), 10.0))
    assert sorted(sorted(one.id for one in each.rules) for each in found) == [
        ["a-least", "a-most"], ["b-least", "b-most"],
    ]  # fmt: skip
    changed = {one.id: one for each in found for one in each.changed}
    mended = replace(made, rules=tuple(changed.get(one.id, one) for one in made.rules))
    assert clear_market(mended, gap=1e-6).certificate.max_violation == 0
    with pytest.raises(ProblemError, match="Once that is mended, these rules"):
        clear_market(made, gap=1e-6)


def test_limits_are_told_in_the_unit_of_their_category() -> None:
    """A rule on units of what is counted in tonnes speaks of tonnes."""
    made = town_market(
        replace(rule("least", ">=", 20), measure="units", filters={"category": ("goods",)}),
        rule("most", "<=", 16),
    )
    with pytest.raises(ProblemError, match="'least' asks for at least 20 t"):
        clear_market(made, gap=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_planted_conflicts_of_several_rules_are_found(seed: int) -> None:
    """Caps on two givers leave too little for a floor on all needs; among rules that change nothing."""
    chance = random.Random(seed)
    first, second = chance.sample(TOWNS, 2)
    caps = chance.randint(0, 4), chance.randint(0, 4)
    floor = 10 + sum(caps) + chance.randint(1, 5)
    planted = [
        rule("cap-1", "<=", caps[0], offer_participant=f"o-{first}-owner"),
        rule("cap-2", "<=", caps[1], offer_participant=f"o-{second}-owner"),
        rule("floor", ">=", floor),
    ]
    idle = [
        rule(f"idle-{i}", "<=", chance.randint(11, 30), need_participant=f"n-{chance.choice(TOWNS)}-owner")
        for i in range(3)
    ]
    found = named(town_market(*planted, *idle))
    assert "floor" in found
    assert found <= {"cap-1", "cap-2", "floor"}
    # Irreducible: without any one of those named the rest holds.
    for name in found:
        rest = [r for r in (*planted, *idle) if r.id != name and (r.id in found or r in idle)]
        assert clear_market(town_market(*rest), gap=1e-6).certificate.max_violation == 0
