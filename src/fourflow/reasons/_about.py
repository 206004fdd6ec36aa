"""Answers about what is neither need nor offer: participants and refused rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fourflow.errors import Finding
from fourflow.reasons import _phrases as say
from fourflow.reasons._explanation import Answer
from fourflow.reasons._reasons import Reasons

SHOWN = 10


def about_participant(reasons: Reasons, row: int) -> Answer:
    """What a participant lists and how each of it fared, in a few words each."""
    market = reasons.explainer.market
    name, person = say.person(market, row), str(market.participants.id[row])
    told = [str(reasons.need(i)) for i in np.flatnonzero(market.needs.participant == row)[:SHOWN].tolist()]
    told += [str(reasons.offer(i)) for i in np.flatnonzero(market.offers.participant == row)[:SHOWN].tolist()]
    count = int((market.needs.participant == row).sum() + (market.offers.participant == row).sum())
    known = f" ({name})" if name != person else ""
    start = f"{person} is a participant{known} with {say.count(count, 'listing')}."
    more = [f"There are {count - len(told)} more."] if count > len(told) else []
    return Answer(person, "participant", "participant", (start, *told, *more))


def about_refused(name: str, findings: Sequence[Finding]) -> Answer:
    """That a row took no part, and every reason."""
    start = f"{name} was refused and took no part in this clearing."
    return Answer(name, "refused", "refused", (start, *(str(finding) for finding in findings)))
