"""Work on several threads while the clock, the listener and Ctrl-C are watched."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import numpy as np

LOOK_S = 0.05
"""How often running work is looked at."""


class Watch:
    """stop : int64[1], what kernels look at now and then: 1 asks them to end where they are."""

    def __init__(self, time_limit_s: float, threads: int, say: Callable[[], None]) -> None:
        self.began = time.monotonic()
        self.deadline = self.began + time_limit_s
        self.threads, self.say = max(threads, 1), say
        self.stop = np.zeros(1, np.int64)
        self.interrupted = False
        self.pool: ThreadPoolExecutor | None = None

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self.began

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.deadline

    @property
    def stopped(self) -> bool:
        return bool(self.stop[0])

    def together(self, work: Callable[[Any], Any], parts: list[Any]) -> list[Any]:
        """`work` on every part at once, by threads that stay for the next time."""
        if self.pool is None:
            self.pool = ThreadPoolExecutor(self.threads)
        running = [self.pool.submit(work, part) for part in parts]
        self.tell(lambda: self._look(running))
        return [each.result() for each in running]

    def _look(self, running: list[Future[Any]]) -> None:
        while wait(running, LOOK_S).not_done:
            self.say()
            if time.monotonic() > self.deadline:
                self.stop[0] = 1

    def tell(self, say: Callable[[], None]) -> None:
        """Say something to whoever listens, who may answer with Ctrl-C: then the work ends where it is."""
        try:
            say()
        except KeyboardInterrupt:
            self.interrupted = True
            self.stop[0] = 1
