"""Offers into classes of interchangeable goods, each with the needs that it may serve."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourflow.book import KINDS, OPEN_DAY, Market
from fourflow.book._market import Ragged
from fourflow.matching._requirements import meets_all, read_sides

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
GOODS = KINDS.index("goods")


@dataclass(frozen=True)
class Matching:
    """Classes of offers that are interchangeable in who may take them.

    offer_class : int32[num_offers], -1 where no need may take the offer (or it is not goods)
    class_category : int32[num_classes]; class_needs[c] : needs that class c may serve, ascending
    class_single : bool[num_classes], a class of one offer with a switch (fixed cost, least quantity)
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


def match(market: Market, apart: Collection[int] = ()) -> Matching:
    """Group goods offers by the set of needs that may take them.

    apart : participants (indices) whose own offers must be kept from their own needs. Pools do not
    look at who supplies whom; the pipeline names those for whom it mattered, and matches again.
    """
    types = _Types(market, frozenset(apart))
    classes: dict[tuple[tuple[int, int, int, int], bytes], int] = {}
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

    def __init__(self, market: Market, apart: frozenset[int]) -> None:
        self.market = market
        self.timed = market.time_step_days > 0
        self.offers_side, self.needs_side = read_sides(market)
        offers, needs, kind = market.offers, market.needs, market.categories.kind
        self.goods = np.flatnonzero(kind[offers.category] == GOODS) if len(offers) else np.zeros(0, np.int64)
        self.last_day = np.minimum(offers.until_day, offers.use_by_day)
        self.accept, accept_sets = _accept_sets(market)
        self.single = (offers.fixed_cost > 0) | (offers.min_quantity > 0)
        self.need_open = (needs.project < 0) & (needs.quantity > 0)
        own = _own(needs.participant, apart)
        columns: list[NDArray[Any]] = [self.accept, self.needs_side.profile, self.needs_side.asks, own]
        columns += [np.zeros(len(needs))] * 2 if self.timed else [needs.from_day, needs.until_day]
        self.need_rows, self.need_type = _unique_rows(columns)
        self.accepts = np.zeros((len(accept_sets), len(market.categories)), np.bool_)
        for index, accepted in enumerate(accept_sets):
            self.accepts[index, list(accepted)] = True
        self.offer_own = _own(offers.participant, apart)

    def offer_types(self) -> Iterator[tuple[I64, NDArray[np.bool_], tuple[int, int, int, int]]]:
        """Yield (offers of the type, bool[num_need_types] eligible, key that keeps classes apart)."""
        offers, goods = self.market.offers, self.goods
        single = np.where(self.single, np.arange(len(offers)), -1)
        columns: list[NDArray[Any]] = [
            offers.category, self.offers_side.profile, self.offers_side.asks, self.offer_own, single,
            *self._window_columns(),
        ]  # fmt: skip
        rows, type_of = _unique_rows([column[goods] for column in columns])
        order = np.argsort(type_of, kind="stable")
        starts = np.searchsorted(type_of[order], np.arange(len(rows) + 1))
        memo: dict[tuple[int, int], NDArray[np.bool_]] = {}
        for index, row in enumerate(rows):
            members = goods[order[starts[index] : starts[index + 1]]]
            category, profile, asks, own, alone, first, last = (int(v) for v in row)
            if (profile, asks) not in memo:
                memo[profile, asks] = self._requirements_met(profile, asks)
            eligible = self.accepts[self.need_rows[:, 0].astype(np.int64), category] & memo[profile, asks]
            if own >= 0:
                eligible = eligible & (self.need_rows[:, 3] != own)
            if not self.timed:
                day = self._days(int(members[0]))
                eligible = eligible & (self.need_rows[:, 4] <= day[1]) & (self.need_rows[:, 5] >= day[0])
            until, use_by = (first, last) if self.timed else (0, 0)
            yield members, eligible, (category, alone, until, use_by)

    def _window_columns(self) -> list[NDArray[np.int64]]:
        """Without time steps only the order among the needs' windows matters, so ranks are compared."""
        offers, needs = self.market.offers, self.market.needs
        if self.timed:
            return [self._period(offers.until_day), self._period(offers.use_by_day)]
        first = np.searchsorted(np.unique(needs.until_day), offers.from_day, side="left")
        last = np.searchsorted(np.unique(needs.from_day), self.last_day, side="right")
        return [first.astype(np.int64), last.astype(np.int64)]

    def _period(self, day: I32) -> NDArray[np.int64]:
        return (day.astype(np.int64) - self.market.as_of_day) // self.market.time_step_days

    def _days(self, offer: int) -> tuple[int, int]:
        return int(self.market.offers.from_day[offer]), int(self.last_day[offer])

    def _requirements_met(self, profile: int, ask_set: int) -> NDArray[np.bool_]:
        """bool[num_need_types]: both sides' requirements hold between this offer type and each need type."""
        offers, needs = self.offers_side, self.needs_side
        asked = offers.ask_sets[ask_set]
        forward = np.array([meets_all(asked, needs.names, p) for p in needs.profiles], np.bool_)
        backward = np.array(
            [meets_all(asks, offers.names, offers.profiles[profile]) for asks in needs.ask_sets], np.bool_
        )
        rows = self.need_rows.astype(np.int64)
        return forward[rows[:, 1]] & backward[rows[:, 2]]


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
