"""Threads inside compiled loops that wait for each other, thousands of times a second."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from fourflow.engines.kernels._atomic import fetch_and_add, load

TRIES = 2000
"""Looks before a thread that waits lets others have its core: some microseconds."""
RELEASED = 1 << 62
"""A gate at which nobody waits any more: set where one of the threads will not come."""

yields: Any = types.ExternalFunction("sched_yield", types.int32())


if os.name == "posix":

    @njit(cache=True, nogil=True)
    def give_way() -> None:
        yields()

else:

    @njit(cache=True, nogil=True)
    def give_way() -> None:
        """Where there is no call for it, the system takes the core away when it likes."""


@njit(cache=True, nogil=True)
def meet(gate: NDArray[np.int64], parts: int) -> None:
    """Wait until all `parts` threads have come here as often as this one. gate : int64[1], 0 at first"""
    if parts == 1:
        return
    here = fetch_and_add(gate, 0, 1)
    goal, tries = (here // parts + 1) * parts, 0
    while load(gate, 0) < goal:
        tries += 1
        if tries % TRIES == 0:
            give_way()
