"""Open components on several threads: a quick answer for each first, then turns for those that lack most.

Each component has a run of its own, which goes on where its last turn ended. The time left is shared out anew
in every round, so what easy components leave is spent on the hard ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event, Lock
from typing import Protocol

import numpy as np

from fourflow.engines._highs import now
from fourflow.engines._incumbent import Incumbent, Start

QUICK_SHARE = 0.5
"""Share of the time that the first answers of all components may take together."""
LEAST_TURN_S = 0.05


class Turns(Protocol):
    """A run that can be stopped and go on. Both say whether there is more to look for.

    deadline : when its turn ends; best : the best answer so far; proved : a bound on any, in money
    """

    deadline: float

    @property
    def best(self) -> Incumbent | None: ...
    @property
    def proved(self) -> float: ...
    def begin(self, start: Start) -> bool: ...
    def go_on(self) -> bool: ...


@dataclass
class Plot:
    """A component's run and its first answer; `is_open` while there is more to look for."""

    run: Turns
    start: Start
    is_open: bool = True

    @property
    def missing(self) -> float:
        """What the bound is above the best answer; money, inf where there is none."""
        best = self.run.best
        return np.inf if best is None else max(self.run.proved - best.objective, 0.0)


def work(
    plots: Sequence[Plot], enough: Callable[[float, float], bool], deadline: float, threads: int, stop: Event,
    tell: Callable[[], None],
) -> None:  # fmt: skip
    """Take turns until all plots are closed, it is `enough`, or the time is up.

    enough : of the best answers and of the bounds of all plots together, in money
    stop : set when the work is interrupted, for the runs to look at
    tell : called between turns, by the caller's thread alone
    """
    _round(plots, _begin, now() + QUICK_SHARE * (deadline - now()), threads, stop, tell)
    while now() < deadline - LEAST_TURN_S and not enough(worth(plots), sum(p.run.proved for p in plots)):
        waiting = sorted((plot for plot in plots if plot.is_open), key=lambda plot: -plot.missing)
        if not waiting:
            return
        _round(waiting, _go_on, deadline, threads, stop, tell)


def worth(plots: Sequence[Plot]) -> float:
    """The best answers of all plots together, in money."""
    return sum(plot.run.best.objective for plot in plots if plot.run.best is not None)


def _begin(plot: Plot) -> None:
    plot.is_open = plot.run.begin(plot.start)


def _go_on(plot: Plot) -> None:
    plot.is_open = plot.run.go_on()


def _round(
    plots: Sequence[Plot], turn: Callable[[Plot], None], end: float, threads: int, stop: Event,
    tell: Callable[[], None],
) -> None:  # fmt: skip
    """One turn for each plot, with its share of the time until `end`; every thread takes the next one."""
    waiting, lock, threads = list(reversed(plots)), Lock(), min(threads, len(plots))

    def next_one() -> bool:
        with lock:
            if not waiting or stop.is_set():
                return False
            share = max(end - now(), 0.0) * threads / max(len(waiting), threads)
            plot = waiting.pop()
        plot.run.deadline = now() + share
        turn(plot)
        return True

    def all_there_are() -> None:
        while next_one():
            pass

    with ThreadPoolExecutor(max(threads - 1, 1)) as pool:
        helpers = [pool.submit(all_there_are) for _ in range(threads - 1)]
        try:
            while next_one():
                tell()
        except BaseException:
            stop.set()
            raise
        for helper in helpers:
            helper.result()
