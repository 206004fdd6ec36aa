"""Causes and thresholds in the words of people who never heard of either."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np
from numpy.typing import NDArray

from fourflow.reasons import NEED_WORDS, NO_PRICE, Cause, Thresholds
from fourflow.report._words import amounts, enough, number, price_places
from fourflow.units import CURRENCIES

I64 = NDArray[np.int64]

NEED_HEADINGS = {
    Cause.NOT_CLEARED: "A quantity of zero",
    Cause.NOBODY: "Nobody offers it",
    Cause.NOT_ELIGIBLE: "Offered, but no offer fits",
    Cause.NO_ROUTE: "Offered, but no lane leads there",
    Cause.NOT_CARRIED: "Offered, but the lanes that lead there do not carry it",
    Cause.TOO_LATE: "Offered, but it cannot be there in time",
    Cause.PRICE: "The cheapest that fits costs more than it is worth",
    Cause.OUTBID: "There is not enough for all who ask",
    Cause.LANE_FULL: "The lanes that lead there are full",
    Cause.BUDGET: "The sponsor's budget is spent",
    Cause.LEAST: "Less than its own least quantity could be had",
    Cause.SWITCH: "An offer's least quantity or fixed cost stands in the way",
    Cause.TRIP: "Not enough to load to pay for a trip",
    Cause.LOT: "Less than a whole lot is missing",
    Cause.ROUNDING: "Remainders of rounding",
    Cause.GAP: "Open within the proved gap",
    Cause.RULE: "A rule leaves no room",
    Cause.DISPLACES: "Taking it would displace more than it brings",
    Cause.PROJECT: "Its project is not carried out in full",
}
OFFER_HEADINGS = {
    **NEED_HEADINGS,
    Cause.NOBODY: "Nobody asks for it",
    Cause.NOT_ELIGIBLE: "Asked for, but it fits no need",
    Cause.NO_ROUTE: "Asked for, but no lane leads there",
    Cause.NOT_CARRIED: "Asked for, but the lanes that lead there do not carry it",
    Cause.TOO_LATE: "Asked for, but it cannot be there in time",
    Cause.PRICE: "It costs more than it is worth to anybody",
    Cause.OUTBID: "All that is asked for is given, by it or by others that ask less or are nearer",
    Cause.LANE_FULL: "The lanes that lead away are full",
    Cause.LEAST: "Its own least quantity or fixed cost stands in the way",
    Cause.SWITCH: "A need's least quantity stands in the way",
    Cause.PROJECT: "The projects that would take or make it do not go ahead in full",
}
NEED_MEANINGS = {
    Cause.NOBODY: "No offer in the book is of this kind. Only an offer of it would help.",
    Cause.NOT_ELIGIBLE: "Dates, requirements or ownership rule out every offer of this kind.",
    Cause.NO_ROUTE: "There are offers of this kind, but none can travel to where the need is.",
    Cause.NOT_CARRIED: "Lanes lead from offers of this kind to the need, but none carries it all the way.",
    Cause.TOO_LATE: "What could come would arrive too late, or may not be used any more by then.",
    Cause.PRICE: "Even if nobody else asked, the cheapest offer, with the haulage of goods, costs too much.",
    Cause.OUTBID: "What there is went where it is worth more, or nearer; if nobody else asks, all came here.",
    Cause.TRIP: "Something suitable is left over, but what could still be loaded does not pay for a trip.",
    Cause.LOT: "It goes only in whole units or lots, and what is missing is less than one.",
    Cause.LANE_FULL: "Something suitable is left over, but no lane that leads here has room for it.",
    Cause.BUDGET: "Something suitable is left over, but the sponsor that would pay for it has nothing left.",
}
OFFER_MEANINGS = {
    Cause.NOBODY: "No need in the book accepts this kind. Only a need for it would help.",
    Cause.NOT_ELIGIBLE: "Dates, requirements or ownership rule out every need for this kind.",
    Cause.NO_ROUTE: "There are needs for this kind, but nothing can travel there from here.",
    Cause.NOT_CARRIED: "Lanes lead from here to needs for this kind, but none carries it all the way.",
    Cause.TOO_LATE: "It would arrive too late where it is asked for, or may not be used any more by then.",
    Cause.PROJECT: "Nobody else asks for it, and what these projects lack is something else.",
    Cause.TRIP: "Somebody still needs it, but what could still be loaded does not pay for a trip.",
    Cause.LOT: "It goes only in whole units or lots, and what is left is less than one.",
    Cause.LANE_FULL: "Somebody still needs it, but no lane that leads there has room for it.",
    Cause.BUDGET: "Somebody still needs it, but the sponsor that would pay for it has nothing left.",
    Cause.PRICE: "What it asks, with the haulage of goods, is more than anybody who may have it would pay.",
}
MEANINGS = {
    "need": {NEED_HEADINGS[cause]: words for cause, words in NEED_MEANINGS.items()},
    "offer": {OFFER_HEADINGS[cause]: words for cause, words in OFFER_MEANINGS.items()},
}
SHORT = {heading: NEED_WORDS[cause] for cause, heading in NEED_HEADINGS.items()}
"""Headings of needs in a few words, for narrow tables."""
NO_PRICE_HELPS = (
    Cause.NOT_CLEARED,
    Cause.NOBODY,
    Cause.NOT_ELIGIBLE,
    Cause.NO_ROUTE,
    Cause.NOT_CARRIED,
    Cause.TOO_LATE,
    Cause.LOT,
    Cause.ROUNDING,
    Cause.PROJECT,
)
ALONE = {words[cause] for words in (NEED_HEADINGS, OFFER_HEADINGS) for cause in NO_PRICE_HELPS}
"""Headings of causes that no price could change."""
CLAUSES = {
    Cause.NOBODY: "nobody offers what is asked for",
    Cause.NOT_ELIGIBLE: "dates, requirements or ownership rule out every offer",
    Cause.NO_ROUTE: "no lane leads there",
    Cause.NOT_CARRIED: "the lanes that lead there do not carry it",
    Cause.TOO_LATE: "it cannot be there in time",
    Cause.PRICE: "what is offered costs more than it is worth to those who ask",
    Cause.OUTBID: "there is not enough for all who ask",
    Cause.LANE_FULL: "the lanes that lead there are full",
    Cause.BUDGET: "the sponsor's budget is spent",
    Cause.LEAST: "less than the least that they take could be had",
    Cause.SWITCH: "an offer's least quantity or fixed cost stands in the way",
    Cause.TRIP: "another trip would not pay",
    Cause.LOT: "less than a whole lot is missing",
    Cause.GAP: "to meet them would bring nothing, or no more than the proved gap",
    Cause.RULE: "a rule leaves no room",
    Cause.DISPLACES: "to meet them would take more from others than it brings",
    Cause.PROJECT: "their project is not carried out",
}
"""What keeps needs open, as the end of a sentence about several of them."""
CLEAR_AGAIN = "Only clearing again with another price can tell: ask with fourflow explain."
CERTAINTY = ("none", "exact", "at least", "at most", "about", "unknown")
"""What a threshold says, by its code in `reasons`."""
MARKS = {
    "exact": ("", ""),
    "at least": ("\u2265", "at least: the true figure may be higher"),
    "at most": ("\u2264", "at most: the true figure may be lower"),
    "about": (
        "\u2248",
        "about: lots or whole decisions are involved, and only clearing again (fourflow explain) can tell",
    ),
    "unknown": ("", ""),
    "none": ("", ""),
}


@dataclass(frozen=True)
class Side:
    """What sentences about one side's listings are made of, as columns over all listings of that side.

    cause : int8; now : int64 millionths of money per unit, what the listing stands for today; unit : text;
    by_value : bool, whether a sponsor pays and so the value counts, not the limit price.
    """

    cause: NDArray[np.int8]
    thresholds: Thresholds
    now: I64
    unit: NDArray[np.object_]
    currency: str
    is_need: bool
    by_value: NDArray[np.bool_]


def headings(side: Side, rows: I64) -> list[str]:
    """The cause of each listing in `rows`, as a heading."""
    words = NEED_HEADINGS if side.is_need else OFFER_HEADINGS
    return [words[Cause(code)] for code in side.cause[rows].tolist()]


def remedies(side: Side, rows: I64) -> list[str]:
    """The smallest change that would have been enough, for each listing in `rows`."""
    return [_remedy(side, row) for row in rows.tolist()]


def _remedy(side: Side, row: int) -> str:
    cause = Cause(int(side.cause[row]))
    if cause in NO_PRICE_HELPS or cause == Cause.GAP:
        meanings = NEED_MEANINGS if side.is_need else OFFER_MEANINGS
        return meanings.get(cause, "")
    limits = side.thresholds
    first = _amount(side, row, int(limits.first[row]), CERTAINTY[limits.first_kind[row]])
    whole = _amount(side, row, int(limits.whole[row]), CERTAINTY[limits.whole_kind[row]])
    if not first and not whole:
        unknown = CERTAINTY.index("unknown") in (limits.first_kind[row], limits.whole_kind[row])
        return CLEAR_AGAIN if unknown else "No price alone would have been enough."
    if _no_change(side, row):
        return "A larger budget of the sponsor." if cause == Cause.BUDGET else CLEAR_AGAIN
    what = "A worth of" if side.by_value[row] else "Paying up to" if side.is_need else "Asking"
    unit, now = side.unit[row].replace("_", "-"), _money(side, row, int(side.now[row]))
    each = "" if unit in CURRENCIES else f" per {unit}"
    unsure = "about" in f"{first} {whole}"
    start = f"{what} {first or whole}{each} (now {now}) {'might' if unsure else 'would'} have"
    if "\u2212" in (first or whole) and "\u2212" in (whole or first):  # below zero: its owner adds money
        first, whole = first.replace("\u2212", ""), whole.replace("\u2212", "")
        now = f"adds {now[1:]}" if now.startswith("\u2212") else f"asks {now}"
        start = f"Adding {first or whole}{each} for it to be taken (now it {now}) "
        start += f"{'might' if unsure else 'would'} have"
    found = "brought" if side.is_need else "found a taker for"
    if whole == first or not first:
        return f"{start} {found} all of it."
    part = "a first part" if unit in CURRENCIES else f"a first {unit}"
    if not whole:
        most = amounts(int(limits.reachable[row]) / 10**6, side.unit[row])
        return f"{start} {found} {part}; no price would bring more than {most}."
    return f"{start} {found} {part}, {whole} all of it."


def _no_change(side: Side, row: int) -> bool:
    """Whether the threshold is no step the right way from today: an estimate that says nothing."""
    limits, now = side.thresholds, int(side.now[row])
    known = [
        int(price)
        for price, kind in (
            (limits.first[row], limits.first_kind[row]),
            (limits.whole[row], limits.whole_kind[row]),
        )
        if _amount(side, row, int(price), CERTAINTY[kind])
    ]
    nearest = min(known) if side.is_need else max(known)
    same = _money(side, row, nearest) == _money(side, row, now)
    return same or (nearest < now if side.is_need else nearest > now)


def _amount(side: Side, row: int, millionths: int, kind: str) -> str:
    """The price with what is known about it; empty where there is none."""
    if millionths == NO_PRICE or kind in ("none", "unknown"):
        return ""
    shown = _money(side, row, millionths)
    return f"{kind} {shown}" if kind != "exact" else shown


def _money(side: Side, row: int, millionths: int) -> str:
    """Money for a unit; of money itself a share, of loans by the year."""
    value = Decimal(millionths).scaleb(-6)
    if side.unit[row] in CURRENCIES:
        return share_of_money(value, upwards=side.is_need)
    return enough(value, side.currency, price_places([value]), upwards=side.is_need)


def share_of_money(value: Decimal, upwards: bool) -> str:
    """What money costs: 6 %, rounded so that the figure shown would still be enough."""
    step = Decimal(1).scaleb(-2)
    rounded = (100 * value).quantize(step, ROUND_CEILING if upwards else ROUND_FLOOR)
    return f"{number(rounded, 4)}\u202f%"
