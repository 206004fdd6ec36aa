"""Requirements and attributes: does one side meet what the other side asks?

An attribute is looked up on the listing, then its participant, then its place; `role` and `region`
of the participant answer where nobody wrote such an attribute. A missing attribute fails.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fourflow.book import Market
from fourflow.book._market import Attribute, Needs, Offers, Requirement

Answer = tuple[Attribute, ...]
Profile = tuple[Answer, ...]


@dataclass(frozen=True)
class Side:
    """One side of the market as the other side's requirements see it.

    profile[i] : index into profiles of listing i; asks[i] : index into ask_sets of listing i.
    profiles[p][k] answers the k-th attribute name that the other side asks about.
    """

    names: tuple[str, ...]
    profile: NDArray[np.int32]
    profiles: list[Profile]
    asks: NDArray[np.int32]
    ask_sets: list[tuple[Requirement, ...]]


def read_sides(market: Market) -> tuple[Side, Side]:
    """Offers and needs with the attributes that matter to the other side, grouped where equal."""
    asked: dict[str, list[Requirement]] = defaultdict(list)
    for requirement in market.requirements:
        asked[requirement.listing].append(requirement)
    owners: dict[str, dict[str, list[Attribute]]] = defaultdict(lambda: defaultdict(list))
    for attribute in market.attributes:
        # Whose it is does not matter to an answer: who answers alike is alike.
        owners[attribute.owner][attribute.name].append(replace(attribute, owner=""))
    wanted_of_offers = _names(asked, market.needs)
    wanted_of_needs = _names(asked, market.offers)
    return (
        _read_side(market, market.offers, asked, owners, wanted_of_offers),
        _read_side(market, market.needs, asked, owners, wanted_of_needs),
    )


def meets(requirement: Requirement, answer: Answer) -> bool:
    """Whether the attribute values in `answer` (several rows make a set) meet one requirement."""
    if not answer:
        return False
    if requirement.comparison in ("<", "<=", ">", ">="):
        return any(_compares(requirement, attribute) for attribute in answer)
    held: set[str | int | None]
    asked: set[str | int | None]
    if requirement.number is not None:
        held, asked = {a.number for a in answer}, {requirement.number}
    else:
        held, asked = {a.value for a in answer}, set(requirement.values)
    if requirement.comparison == "!=":
        return not (held & asked)
    if requirement.comparison == "has_all":
        return asked <= held
    return bool(held & asked)


class Answered:
    """Which profiles of one side meet which sets of requirements of the other, each asked about once."""

    def __init__(self, asking: Side, answering: Side) -> None:
        self._sets, self._names, self._profiles = asking.ask_sets, answering.names, answering.profiles
        self._of_one: dict[Requirement, NDArray[np.bool_]] = {}
        self._of_set: dict[int, NDArray[np.bool_]] = {}
        self._table: NDArray[np.bool_] | None = None

    def met(self, ask_set: int) -> NDArray[np.bool_]:
        """bool[num_profiles]: those that meet every requirement of a set."""
        if ask_set not in self._of_set:
            met = np.ones(len(self._profiles), np.bool_)
            for ask in self._sets[ask_set]:
                met &= self._answers(ask)
            self._of_set[ask_set] = met
        return self._of_set[ask_set]

    def by_profile(self, profile: int) -> NDArray[np.bool_]:
        """bool[num_ask_sets]: the sets that a profile meets."""
        if self._table is None:
            table = [self.met(ask_set) for ask_set in range(len(self._sets))]
            self._table = np.ascontiguousarray(np.array(table, np.bool_).T)
        met: NDArray[np.bool_] = self._table[profile]
        return met

    def _answers(self, ask: Requirement) -> NDArray[np.bool_]:
        # Whose requirement it is does not matter, and answers repeat: there are few of each.
        alike = replace(ask, listing="", row=0)
        if alike not in self._of_one:
            at, known = self._names.index(ask.attribute), dict[Answer, bool]()
            answers = [profile[at] for profile in self._profiles]
            for answer in answers:
                if answer not in known:
                    known[answer] = meets(ask, answer)
            self._of_one[alike] = np.array([known[answer] for answer in answers], np.bool_)
        return self._of_one[alike]


def _compares(requirement: Requirement, attribute: Attribute) -> bool:
    if requirement.number is None or attribute.number is None:
        return False
    ours, limit = attribute.number, requirement.number
    if requirement.comparison == "<":
        return ours < limit
    if requirement.comparison == "<=":
        return ours <= limit
    return ours > limit if requirement.comparison == ">" else ours >= limit


def _names(asked: dict[str, list[Requirement]], listings: Offers | Needs) -> tuple[str, ...]:
    """The attribute names that these listings ask the other side about."""
    if not asked:
        return ()
    return tuple(sorted({r.attribute for listing in listings.id for r in asked.get(listing, ())}))


def _read_side(
    market: Market,
    listings: Offers | Needs,
    asked: dict[str, list[Requirement]],
    owners: dict[str, dict[str, list[Attribute]]],
    names: tuple[str, ...],
) -> Side:
    count = len(listings)
    profile = np.zeros(count, np.int32)
    profiles: list[Profile] = [()]
    if names:
        known: dict[Profile, int] = {}
        # A listing that says nothing itself answers as its participant does there.
        there: dict[tuple[int, int], int] = {}
        ends = zip(listings.participant.tolist(), listings.place.tolist(), strict=True)
        for i, (listing, end) in enumerate(zip(listings.id, ends, strict=True)):
            if listing in owners or end not in there:
                answers = tuple(_answer(market, listings, i, name, owners) for name in names)
                profile[i] = known.setdefault(answers, len(known))
                if listing not in owners:
                    there[end] = int(profile[i])
            else:
                profile[i] = there[end]
        profiles = list(known)
    asks = np.zeros(count, np.int32)
    kept: list[tuple[Requirement, ...]] = [()]
    if asked:
        by_content: dict[tuple[tuple[object, ...], ...], int] = {(): 0}
        for i, listing in enumerate(listings.id):
            if listing not in asked:
                continue
            mine = tuple(asked[listing])
            # 2000 g and 2000 kg are the same text and the same base unit: the number tells them apart.
            content = tuple(
                sorted((r.attribute, r.comparison, r.values, r.unit, str(r.number)) for r in mine)
            )
            if content not in by_content:
                by_content[content] = len(kept)
                kept.append(mine)
            asks[i] = by_content[content]
    return Side(names, profile, profiles, asks, kept)


def _answer(
    market: Market,
    listings: Offers | Needs,
    i: int,
    name: str,
    owners: dict[str, dict[str, list[Attribute]]],
) -> Answer:
    participant, place = int(listings.participant[i]), int(listings.place[i])
    holders = [listings.id[i], market.participants.id[participant]]
    if place >= 0:
        holders.append(market.places.id[place])
    for holder in holders:
        if holder in owners and name in owners[holder]:
            return tuple(sorted(owners[holder][name], key=lambda a: (a.value, a.unit)))
    if name in ("role", "region"):
        value = getattr(market.participants, name)[participant]
        if value:
            return (Attribute("", name, value, None, ""),)
    return ()
