"""One sentence on the price that would have been awarded."""

from __future__ import annotations

from fourflow.reasons import _phrases as say
from fourflow.reasons._case import Case
from fourflow.reasons._cause import Cause
from fourflow.reasons._change import Change, Found
from fourflow.reasons._terms import NO_PRICE
from fourflow.reasons._thresholds import ABOUT, AT_LEAST, AT_MOST, EXACT, NONE, UNKNOWN

NO_ADVICE = (
    Cause.DONE, Cause.NOT_CLEARED, Cause.NOBODY, Cause.NOT_ELIGIBLE, Cause.NO_ROUTE,
    Cause.NOT_CARRIED, Cause.TOO_LATE, Cause.LOT, Cause.ROUNDING, Cause.PROJECT,
)  # fmt: skip
"""Causes that no price could change, or that concern next to nothing."""
LATER = "only a new clearing can tell"


def advice(case: Case) -> str:
    """What price would have been awarded; nothing where price is not the point."""
    at, thresholds = case.index, case.thresholds
    first, first_kind = int(thresholds.first[at]), int(thresholds.first_kind[at])
    whole, whole_kind = int(thresholds.whole[at]), int(thresholds.whole_kind[at])
    if case.cause in NO_ADVICE:
        return ""
    if first_kind == NONE:
        # Where nothing more is there, saying so is enough.
        return "" if case.cause == Cause.OUTBID else "No price would have changed that."
    if first == NO_PRICE:
        return f"Which price would have changed that, {LATER}."
    if first_kind == (AT_MOST if case.is_need else AT_LEAST):
        return _enough(case, first)
    if {ABOUT, UNKNOWN} & {first_kind, whole_kind}:
        return _estimate(case, first if whole == NO_PRICE else whole)
    everything = "all of it" if case.done == 0 else "all of the rest"
    got = "got" if case.is_need else "given"
    if first_kind != EXACT:
        return _bound(case, first, whole, everything)
    if whole_kind == EXACT and whole == first:
        return f"{_had(case, first)} it would have {got} {everything}."
    part = f"{_had(case, first)} it would have {got} a first part"
    if whole_kind == EXACT:
        return f"{part}; {_beyond(case, whole)}, {everything}."
    if whole_kind == NONE:
        reach = say.amount(int(thresholds.reachable[at]), case.unit)
        return f"{part}, but whatever the price no more than {reach} of the rest."
    return f"{part}; {everything} takes {_edge(case, whole)}."


def prices(case: Case) -> tuple[Change, ...]:
    """The same as numbers; nothing where price is not the point or none is known."""
    at, found, told = case.index, case.thresholds, list[Change]()
    if case.cause in NO_ADVICE:
        return ()
    for price, kind, whole in (
        (int(found.first[at]), int(found.first_kind[at]), False),
        (int(found.whole[at]), int(found.whole_kind[at]), True),
    ):
        if price == NO_PRICE or kind in (NONE, UNKNOWN):
            continue
        known: Found = (
            "re-cleared" if found.cleared_again[at] else "estimate" if kind == ABOUT else "residual"
        )
        awarded = say.exact(case.done + int(found.wanted[at])) if whole else None
        words = f"{'beyond' if kind == EXACT else 'about'} {_shown(case, price)} {case.each}"
        part = "all of it" if whole else "a first part"
        told.append(
            Change("price", case.listing, f"{say.exact(case.now):f}", f"{say.exact(price):f}", case.per_unit,
                   known, awarded, whole, f"{part}: {words}")
        )  # fmt: skip
    return tuple(told)


def _had(case: Case, price: int) -> str:
    """Had it paid more than 1.31 GBP per kg (now 1.00),"""
    shown = f"{_shown(case, price)} {case.each}"
    if case.is_need:
        verb = "been worth" if case.sponsor >= 0 else "paid"
        return f"Had it {verb} more than {shown} ({_now(case)}),"
    if price < 0 and case.now <= 0:
        return f"Had it added more than {shown}{_towards(case)},"
    if price < 0:
        return f"Had it asked nothing and added more than {shown}{_towards(case)} ({_now(case)}),"
    return f"Had it asked less than {shown} ({_now(case)}),"


def _towards(case: Case) -> str:
    """What an offer would add money to: nothing but goods is hauled."""
    return " towards the haulage" if case.is_goods else ""


def _beyond(case: Case, price: int) -> str:
    """above 1.31, or for an offer below 0.75"""
    if case.is_need:
        return f"above {_shown(case, price)}"
    return f"adding more than {_shown(case, price)}" if price < 0 else f"below {_shown(case, price)}"


def _edge(case: Case, price: int) -> str:
    """at least 1.31, or for an offer at most 0.75"""
    if case.is_need:
        return f"at least {_shown(case, price)}"
    return f"adding at least {_shown(case, price)}" if price < 0 else f"at most {_shown(case, price)}"


def _bound(case: Case, first: int, whole: int, everything: str) -> str:
    """Where only a bound is known; one that its price meets already says nothing."""
    told = [
        (price, what) for price, what in ((first, "a first part"), (whole, everything)) if _new(case, price)
    ]
    if not told:
        change = "a higher price" if case.is_need else "a lower price"
        return f"More takes {change}; how much, {LATER}."
    price, what = told[0]
    start = f"{what.capitalize()} takes {_edge(case, price)} {case.each} ({_now(case)})"
    if len(told) == 2 and told[1][0] != price:
        return f"{start}, {everything} {_edge(case, whole)}; how much more, {LATER}."
    return f"{start}; how much more, {LATER}."


def _new(case: Case, price: int) -> bool:
    return price != NO_PRICE and (price > case.now if case.is_need else price < case.now)


def _enough(case: Case, price: int) -> str:
    """Where the price is between the present one and one that is known to do."""
    had = _had(case, price).rstrip(",")
    got = "got" if case.is_need else "given"
    return (
        f"{had}, it would have {got} a first part; some price in between may do, and what all of it takes,"
        f" {LATER}."
    )


def _estimate(case: Case, price: int) -> str:
    return (
        f"Around {_shown(case, price)} {case.each} might have been enough ({_now(case)}); more would"
        f" change with it, so {LATER}."
    )


def _shown(case: Case, price: int) -> str:
    """The price, rounded so that the sentence stays true; what an offer would add is shown without a sign."""
    if not case.is_need and price < 0:
        return case.bare(-price, upwards=True)
    return case.bare(price, upwards=case.is_need)


def _now(case: Case) -> str:
    if not case.is_need and case.now == 0:
        return "now it asks nothing"
    return f"now {case.bare(case.now, upwards=False)}"
