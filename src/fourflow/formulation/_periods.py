"""Time: one period for a clearing, or periods of `time_step_days` from as_of to the last day that matters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fourflow.book import OPEN_DAY, Market
from fourflow.errors import ProblemError
from fourflow.matching import Matching

I64 = NDArray[np.int64]
MAX_PERIODS = 400


@dataclass(frozen=True)
class Periods:
    """count periods of step_days from as_of_day; step_days 0 is a single period without time."""

    as_of_day: int
    step_days: int
    count: int

    @property
    def timed(self) -> bool:
        return self.step_days > 0

    @staticmethod
    def of(market: Market) -> Periods:
        step = market.time_step_days
        if step <= 0:
            return Periods(market.as_of_day, 0, 1)
        offers, needs = market.offers, market.needs
        days = np.concatenate(
            [offers.from_day, offers.until_day, offers.use_by_day, needs.from_day, needs.until_day]
        )
        known = days[days < OPEN_DAY]
        last = int(known.max(initial=market.as_of_day))
        count = max(1, (last - market.as_of_day) // step + 1)
        if count > MAX_PERIODS:
            raise ProblemError(
                f"the listings' windows span {count} periods of {step} days but at most {MAX_PERIODS} are"
                " allowed. Maybe a year is mistyped, or time_step_days should be larger.",
                code="formulation.periods.too_many",
            )
        return Periods(market.as_of_day, step, count)

    def of_day(self, day: NDArray[np.int32]) -> I64:
        """The period of each day, clipped to those that exist."""
        if not self.timed:
            return np.zeros(len(day), np.int64)
        return np.clip((day.astype(np.int64) - self.as_of_day) // self.step_days, 0, self.count - 1)

    def lag(self, days: NDArray[np.int32]) -> I64:
        """Periods that a lane takes, rounded up."""
        if not self.timed:
            return np.zeros(len(days), np.int64)
        return -(-days.astype(np.int64) // self.step_days)

    def last_use(self, matching: Matching, klass: int) -> int:
        """The last period in which goods of a class may be used."""
        return int(self.of_day(matching.class_use_by_day[klass : klass + 1])[0])

    def last_storage(self, matching: Matching, klass: int) -> int:
        """The period to which goods of a class may wait at a place."""
        until = min(int(matching.class_until_day[klass]), int(matching.class_use_by_day[klass]))
        return int(self.of_day(np.array([until], np.int32))[0])

    def first_days(self) -> NDArray[np.int32]:
        return (self.as_of_day + max(self.step_days, 1) * np.arange(self.count)).astype(np.int32)
