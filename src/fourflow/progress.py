"""How a long run tells where it stands, and how it is told to stop.

A callback receives `Progress` and returns nothing; raising `KeyboardInterrupt` inside it, or
Ctrl-C outside, asks for the best certified allocation so far.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """One step of a run: the `stage` in plain words, seconds since the start, and the gap if known."""

    stage: str
    elapsed_s: float
    objective: float | None = None
    bound: float | None = None
    relative_gap: float | None = None


ProgressCallback = Callable[[Progress], None]


def ignore(_: Progress) -> None:
    """The callback of those who did not ask."""
