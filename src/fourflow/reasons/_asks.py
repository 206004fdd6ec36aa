"""Requirements as levers: dropped, at a lower level, or met where another side asks for something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from fourflow.book import MICRO, TALENT, Market
from fourflow.book._market import Attribute, Requirement
from fourflow.reasons import _phrases as say
from fourflow.reasons._excluded import Exclusions, may_meet, says
from fourflow.reasons._levers import MOST_OF_A_KIND, Knob, text, with_listing

ORDERED = ("<", "<=", ">", ">=")


def asks(market: Market, exclusions: Exclusions, is_need: bool, row: int) -> Iterator[Knob]:
    """What it asks of others, less of it; what others ask of it, met; its term, or where it works."""
    yield from _own(market, is_need, row)
    yield from _theirs(market, exclusions, is_need, row)
    yield from _term(market, is_need, row)
    offers = market.offers
    if not is_need and market.categories.kind[offers.category[row]] == TALENT and not offers.remote[row]:
        yield _switch(
            market, f"{offers.id[row]} remote", with_listing(market, False, row, remote=True),
            "Had it been ready to work from anywhere",
        )  # fmt: skip


def _own(market: Market, is_need: bool, row: int) -> Iterator[Knob]:
    """Each requirement of its own: at the levels that others have, and dropped."""
    name = str((market.needs if is_need else market.offers).id[row])
    for at, ask in enumerate(market.requirements):
        if ask.listing != name:
            continue
        if ask.comparison in ORDERED and ask.number is not None:
            yield from _level(market, at, ask)
        rest = (*market.requirements[:at], *market.requirements[at + 1 :])
        yield _switch(
            market, says(ask), replace(market, requirements=rest), f"Had it not asked for {says(ask)}"
        )  # fmt: skip


def _level(market: Market, at: int, ask: Requirement) -> Iterator[Knob]:
    """Lower levels: those that somebody has."""
    assert ask.number is not None
    up = ask.comparison.startswith("<")
    held = {a.number for a in market.attributes if a.name == ask.attribute and a.number is not None}
    steps = sorted((n for n in held if (n > ask.number if up else n < ask.number)), reverse=not up)
    steps = [ask.number, *steps] if ask.comparison in ("<", ">") and ask.number in held else steps
    if not steps:
        return

    def lower(number: int) -> Requirement:
        return replace(ask, comparison="<=" if up else ">=", number=number, values=(text(number),))

    def market_at(number: int) -> Market:
        asked = (*market.requirements[:at], lower(number), *market.requirements[at + 1 :])
        return replace(market, requirements=asked)

    yield Knob(
        "requirement", says(ask), ask.unit, ask.number, steps[-1], tuple(steps), market_at, text,
        lambda number: f"Had it asked only for {says(lower(number))} (now {says(ask)})", "",
    )  # fmt: skip


def _theirs(market: Market, exclusions: Exclusions, is_need: bool, row: int) -> Iterator[Knob]:
    """What others ask of it and it lacks, where nothing else is in the way; the most frequent first."""
    found = exclusions.obstacles(is_need, row, may_meet(market, is_need, row))
    several = np.sum([obstacle.keeps_out for obstacle in found], axis=0) > 1
    counts: Counter[Requirement] = Counter()
    for asked, keeps_out in ((obstacle.asked, obstacle.keeps_out) for obstacle in found):
        if asked is not None and asked.comparison != "!=":
            counts[asked] += int((keeps_out & ~several).sum())
    name = str((market.needs if is_need else market.offers).id[row])
    noun = "offer" if is_need else "need"
    for ask, number in (+counts).most_common(MOST_OF_A_KIND):
        who = f"{say.count(number, noun)} {'asks' if number == 1 else 'ask'}"
        yield _switch(
            market, says(ask), _meeting(market, exclusions, is_need, row, name, ask),
            f"Had it met {says(ask)}, as {who},",
        )  # fmt: skip


def _meeting(
    market: Market, exclusions: Exclusions, is_need: bool, row: int, name: str, ask: Requirement
) -> Market:
    """The market in which a listing has what is asked for, beside what it has."""
    held = exclusions.answer(row, is_need, ask.attribute)
    number = ask.number
    if number is not None and ask.comparison in ("<", ">"):
        number += 1 if ask.comparison == ">" else -1
    wanted = ask.values if ask.comparison == "has_all" else ask.values[:1]
    new = [Attribute(name, ask.attribute, value, number, ask.unit) for value in wanted]
    kept = [replace(attribute, owner=name) for attribute in held]  # a value said twice counts once
    return replace(market, attributes=(*market.attributes, *kept, *new))


def _term(market: Market, is_need: bool, row: int) -> Iterator[Knob]:
    """A shorter term of what is borrowed, a longer one of what is lent: those that the other side has."""
    side, others = (market.needs, market.offers)[:: 1 if is_need else -1]
    now = int(side.term_months[row])
    if now <= 0:
        return
    met = others.term_months[may_meet(market, is_need, row)]
    steps = sorted({int(t) for t in met if t > 0 and (t < now if is_need else t > now)}, reverse=is_need)
    if steps:
        verb = "asked for" if is_need else "lent for"
        yield Knob(
            "requirement", f"{side.id[row]} term_months", "months", now, steps[-1], tuple(steps),
            lambda months: with_listing(market, is_need, row, term_months=months), str,
            lambda months: f"Had it {verb} {months} months instead of {now}", "",
        )  # fmt: skip


def _switch(market: Market, about: str, changed: Market, words: str) -> Knob:
    """Something that is or is not."""
    return Knob(
        "requirement", about, "", 0, MICRO, (MICRO,), lambda _: changed,
        lambda on: "changed" if on else "as it is", lambda _: words, "",
    )  # fmt: skip
