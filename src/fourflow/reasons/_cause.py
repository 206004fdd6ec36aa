"""The causes, and each in a few words."""

from __future__ import annotations

from enum import IntEnum


class Cause(IntEnum):
    """Why a need is not met in full, or an offer not taken in full."""

    DONE = 0  # nothing is missing
    NOT_CLEARED = 1  # a quantity of zero
    NOBODY = 2  # nobody offers (asks for) anything of the sort
    NOT_ELIGIBLE = 3  # somebody does, but dates, requirements or ownership exclude everyone
    NO_ROUTE = 4  # no lane leads there at all
    PRICE = 5  # even alone: ask and haulage exceed what it is worth
    OUTBID = 6  # others make better use of what could reach it; for an offer: others are cheaper delivered
    LANE_FULL = 7  # what is left could pay the way, which has no room
    BUDGET = 8  # the sponsor's budget is spent
    LEAST = 9  # its own least quantity or fixed cost
    SWITCH = 10  # the counterpart's least quantity or fixed cost
    TRIP = 11  # not worth another whole trip of a lane
    LOT = 12  # less than a whole lot is missing
    ROUNDING = 13  # a remainder of rounding
    GAP = 14  # the clearing stopped within its gap before this was settled
    NOT_CARRIED = 15  # lanes lead there, but none carries it
    TOO_LATE = 16  # it cannot be there while it is wanted and may be used
    RULE = 17  # a rule of the book leaves no room
    DISPLACES = 18  # it looks worth it, but taking it displaces more than it brings
    PROJECT = 19  # a line or an output of a project that is not carried out; for an offer: only projects ask


NEED_WORDS = (
    "met in full", "a quantity of zero", "nobody offers it", "no offer may serve it",
    "no route to it", "costs more than it is worth", "went to others", "lane full", "budget spent",
    "own least quantity", "offer's least quantity or fixed cost", "no trip pays", "less than a lot",
    "rounding", "within the gap", "no lane carries it", "not in time", "a rule leaves no room",
    "displaces more than it brings", "its project is not carried out",
)  # fmt: skip
OFFER_WORDS = (
    "taken in full", "a quantity of zero", "nobody asks for it", "no need may take it",
    "no route from it", "costs more than it is worth", "others are cheaper", "lane full", "budget spent",
    "own least quantity or fixed cost", "need's least quantity", "no trip pays", "less than a lot",
    "rounding", "within the gap", "no lane carries it", "not in time", "a rule leaves no room",
    "displaces more than it brings", "a project is not carried out",
)  # fmt: skip
"""The causes in a few words, by Cause, for tables."""
