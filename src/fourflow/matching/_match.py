"""Offers into classes of interchangeable goods, each with the needs that it may serve."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.book import CAPITAL, GOODS, OPEN_DAY, TALENT, Market
from fourflow.book._market import Ragged
from fourflow.matching._alone import is_alone, is_unbacked, stays_at
from fourflow.matching._requirements import Answered, Side, read_sides
from fourflow.matching._rules import measures

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Eligible = NDArray[np.bool_]


@dataclass(frozen=True)
class Matching:
    """Classes of offers that are interchangeable in who may take them.

    offer_class : int32[num_offers], -1 where no need may take the offer
    class_category : int32[num_classes]; class_needs[c] : needs that class c may serve, ascending
    class_single : bool[num_classes], a class of one offer, about which something is decided as a whole
    class_until_day, class_use_by_day : int32[num_classes], only meaningful with time steps
    apart : participants whose listings were set apart so that they do not supply themselves
    """

    offer_class: I32
    class_category: I32
    class_needs: Ragged
    class_single: NDArray[np.bool_]
    class_until_day: I32
    class_use_by_day: I32
    apart: tuple[int, ...]

    @property
    def num_classes(self) -> int:
        return len(self.class_category)


def match(market: Market, apart: Collection[int] = (), sides: tuple[Side, Side] | None = None) -> Matching:
    """Group offers by the set of needs that may take them.

    apart : participants (indices) whose own offers must be kept from their own needs. Pools do not
    look at who supplies whom; the pipeline names those for whom it mattered, and matches again.
    sides : of this market as `read_sides` has them, where they are known
    """
    types = _Types(market, frozenset(apart), sides or read_sides(market))
    classes: dict[tuple[tuple[int, ...], bytes], int] = {}
    rows: list[NDArray[np.bool_]] = []
    members: list[NDArray[np.int64]] = []
    for members_of_type, eligible, key in types.offer_types():
        if not eligible.any():
            continue
        full_key = (key, eligible.tobytes())
        if full_key not in classes:
            classes[full_key] = len(rows)
            rows.append(eligible)
            members.append(members_of_type)
        else:
            index = classes[full_key]
            members[index] = np.concatenate([members[index], members_of_type])
    return _collect(market, types, rows, members, tuple(sorted(apart)))


class _Types:
    """Listings grouped by all that decides eligibility, so that types are compared, not listings."""

    def __init__(self, market: Market, apart: frozenset[int], sides: tuple[Side, Side]) -> None:
        self.market = market
        self.timed = market.time_step_days > 0
        self.offers_side, self.needs_side = sides
        self.forward = Answered(self.offers_side, self.needs_side)
        self.backward = Answered(self.needs_side, self.offers_side)
        offers, needs = market.offers, market.needs
        self.kind = market.categories.kind[offers.category]
        self.stored: Eligible = np.asarray(self.kind == GOODS) & self.timed
        self.last_day = np.minimum(offers.until_day, offers.use_by_day)
        self.accept, accept_sets = _accept_sets(market)
        self.single, self.stays = is_alone(market), stays_at(market)
        self.need_open = needs.quantity > 0
        self.accepts = np.zeros((len(accept_sets), len(market.categories)), np.bool_)
        for index, accepted in enumerate(accept_sets):
            self.accepts[index, list(accepted)] = True
        # An offer that is a class of its own can always be kept from its owner's needs, at no cost.
        alone = frozenset(offers.participant[self.single].tolist())
        own = _own(needs.participant, apart | alone)
        place = np.where(self._takes(TALENT) & (self.stays >= 0).any(), needs.place, -1)
        self.unbacked = is_unbacked(market)
        columns: list[NDArray[Any]] = [
            self.accept, self.needs_side.profile, self.needs_side.asks, own,
            *self._need_windows(), needs.term_months, place, (needs.sponsor >= 0) & self.unbacked.any(),
        ]  # fmt: skip
        self.need_rows, self.need_type = _unique_rows(columns)
        self.offer_own = np.where(self.single, offers.participant, _own(offers.participant, apart))
        parts = [part for _, *both in measures(market) for part in both if part]
        self.told_apart = [part for part in parts if part.splits_offers]

    def offer_types(self) -> Iterator[tuple[I64, Eligible, tuple[int, ...]]]:
        """Yield (offers of the type, bool[num_need_types] eligible, key that keeps classes apart)."""
        offers = self.market.offers
        single = np.where(self.single, np.arange(len(offers)), -1)
        loan = (self.kind == CAPITAL) & (offers.form == "loan")
        columns: list[NDArray[Any]] = [
            offers.category, self.offers_side.profile, self.offers_side.asks, self.offer_own, single,
            *self._window_columns(), loan, offers.term_months, self.stays,
            *(part.offers & part.categories[offers.category] for part in self.told_apart),
        ]  # fmt: skip
        rows, type_of = _unique_rows(columns)
        order = np.argsort(type_of, kind="stable")
        starts = np.searchsorted(type_of[order], np.arange(len(rows) + 1))
        memo: dict[tuple[int, int], Eligible] = {}
        touched = [self._any_of_type(part.needs) for part in self.told_apart]
        for index, row in enumerate(rows.tolist()):
            members = order[starts[index] : starts[index + 1]]
            category, profile, asks, own, alone, first, last = row[:7]
            if (profile, asks) not in memo:
                memo[profile, asks] = self._requirements_met(profile, asks)
            eligible = self.accepts[self.need_rows[:, 0], category] & memo[profile, asks]
            if own >= 0:
                eligible &= self.need_rows[:, 3] != own
            eligible &= self._of_kind(int(members[0]))
            until, use_by = (first, last) if self.stored[members[0]] else (0, 0)
            named = (bit and int((eligible & of).any()) for bit, of in zip(row[10:], touched, strict=True))
            yield members, eligible, (category, alone, until, use_by, *named)

    def _takes(self, kind: int) -> Eligible:
        """bool[num_needs]: needs that accept something of a kind."""
        of_kind: Eligible = np.any(self.accepts[:, self.market.categories.kind == kind], axis=1)
        return of_kind[self.accept]

    def _any_of_type(self, needs: Eligible) -> Eligible:
        """bool[num_need_types]: types with one of these needs."""
        found = np.zeros(len(self.need_rows), np.bool_)
        found[self.need_type[needs & self.need_open]] = True
        return found

    def _of_kind(self, offer: int) -> Eligible:
        """bool[num_need_types]: windows overlap, and what its kind asks: form and term, or place; nobody's
        sponsor buys what a project makes that has none, whose costs its budget could not be charged with."""
        offers, rows = self.market.offers, self.need_rows
        first, last = self._days(offer)
        eligible = np.ones(len(rows), np.bool_)
        if not self.stored[offer]:
            eligible &= (rows[:, 4] <= last) & (rows[:, 5] >= first)
        if self.kind[offer] == CAPITAL:
            term, longest = rows[:, 6], int(offers.term_months[offer])
            grant = offers.form[offer] != "loan"
            eligible &= (term == 0) if grant else (term > 0) & ((term <= longest) | (longest == 0))
        if self.stays[offer] >= 0:
            eligible &= rows[:, 7] == self.stays[offer]
        if self.unbacked[offer]:
            eligible &= rows[:, 8] == 0
        return eligible

    def _need_windows(self) -> list[NDArray[Any]]:
        """From and until of each need; with time steps they matter only to what is not stored."""
        needs = self.market.needs
        if self.timed and (self.kind == GOODS).all():
            return [np.zeros(len(needs))] * 2
        return [needs.from_day, needs.until_day]

    def _window_columns(self) -> list[NDArray[np.int64]]:
        """Without time steps only the order among the needs' windows matters, so ranks are compared."""
        offers, needs = self.market.offers, self.market.needs
        first = np.searchsorted(np.unique(needs.until_day), offers.from_day, side="left")
        last = np.searchsorted(np.unique(needs.from_day), self.last_day, side="right")
        if not self.timed:
            return [first.astype(np.int64), last.astype(np.int64)]
        until, use_by = self._period(offers.until_day), self._period(offers.use_by_day)
        return [np.where(self.stored, until, first), np.where(self.stored, use_by, last)]

    def _period(self, day: I32) -> NDArray[np.int64]:
        return (day.astype(np.int64) - self.market.as_of_day) // max(1, self.market.time_step_days)

    def _days(self, offer: int) -> tuple[int, int]:
        return int(self.market.offers.from_day[offer]), int(self.last_day[offer])

    def _requirements_met(self, profile: int, ask_set: int) -> NDArray[np.bool_]:
        """bool[num_need_types]: both sides' requirements hold between this offer type and each need type."""
        rows = self.need_rows
        return self.forward.met(ask_set)[rows[:, 1]] & self.backward.by_profile(profile)[rows[:, 2]]


def _accept_sets(market: Market) -> tuple[NDArray[np.int64], list[tuple[int, ...]]]:
    """The set of categories each need accepts, as an index into the distinct sets."""
    needs = market.needs
    known: dict[bytes, int] = {}
    index = np.zeros(len(needs), np.int64)
    flat, indptr = needs.categories.index, needs.categories.indptr
    for j in range(len(needs)):
        index[j] = known.setdefault(flat[indptr[j] : indptr[j + 1]].tobytes(), len(known))
    return index, [tuple(np.frombuffer(key, flat.dtype).tolist()) for key in known]


def _own(participant: I32, apart: frozenset[int]) -> NDArray[np.int64]:
    """The participant where it is set apart, else -1."""
    chosen = np.isin(participant, np.fromiter(apart, np.int64, len(apart)))
    return np.where(chosen, participant, -1).astype(np.int64)


def _unique_rows(columns: Sequence[NDArray[Any]]) -> tuple[I64, I64]:
    """Distinct rows and the row of each item, by folding column after column into one code."""
    count = len(columns[0])
    code = np.zeros(count, np.int64)
    for column in columns:
        _, level = np.unique(column, return_inverse=True)
        _, code = np.unique(code * (int(level.max(initial=0)) + 1) + level, return_inverse=True)
    _, first, inverse = np.unique(code, return_index=True, return_inverse=True)
    rows = np.stack([np.asarray(column, np.int64)[first] for column in columns], axis=1)
    return rows, inverse


def _collect(
    market: Market,
    types: _Types,
    rows: list[NDArray[np.bool_]],
    members: list[NDArray[np.int64]],
    apart: tuple[int, ...],
) -> Matching:
    offers = market.offers
    offer_class = np.full(len(offers), -1, np.int32)
    needs: list[I32] = []
    for index, (eligible, of_class) in enumerate(zip(rows, members, strict=True)):
        offer_class[of_class] = index
        needs.append(np.flatnonzero(eligible[types.need_type] & types.need_open).astype(np.int32))
    first = np.array([m[0] for m in members], np.int64)
    lengths = np.array([len(n) for n in needs], np.int64)
    flat = np.concatenate(needs) if needs else np.zeros(0, np.int32)
    timed = types.timed
    return Matching(
        offer_class=offer_class,
        class_category=offers.category[first],
        class_needs=Ragged(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), flat),
        class_single=types.single[first],
        class_until_day=offers.until_day[first] if timed else np.full(len(first), OPEN_DAY, np.int32),
        class_use_by_day=offers.use_by_day[first] if timed else np.full(len(first), OPEN_DAY, np.int32),
        apart=apart,
    )
