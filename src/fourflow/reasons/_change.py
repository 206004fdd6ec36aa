"""One change that would have been awarded: what, from where to where, and how that is known."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Lever = Literal["price", "quantity", "date", "requirement", "capacity", "rule", "money"]
Found = Literal["residual", "re-cleared", "estimate"]
"""From the residual graph and exact or a bound; by clearing the changed market; or only likely."""


@dataclass(frozen=True)
class Change:
    """lever : what kind of thing; about : the id of the listing, lane, rule or project that it belongs to, or
    the requirement in words; now, to : before and after as text (numbers exact, days as dates), `to` None
    where only taking the limit away was tried; unit : of both; found : how; awarded : what the listing would
    get, or give, in all (of a project its size); whole : whether that is all; sentence : the same in words.
    """

    lever: Lever
    about: str
    now: str
    to: str | None
    unit: str
    found: Found
    awarded: Decimal | None
    whole: bool
    sentence: str
