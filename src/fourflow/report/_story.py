"""Everything that the report shows, in one record."""

from __future__ import annotations

from dataclasses import dataclass, field

from fourflow.clearing import Cleared
from fourflow.pricing import Check, Ledger, Prices, Stakes
from fourflow.reasons import Reasons


@dataclass(frozen=True)
class Run:
    """How a result came about.

    created : UTC, ISO 8601; seconds : stage -> seconds; versions : package -> version;
    hashes : file of the book -> sha256; settings : what was asked (gap, time limit, seed, ...);
    num_refused : rows that were refused and left out; verify : the command that checks the result.
    """

    created: str
    versions: dict[str, str]
    settings: dict[str, str]
    hashes: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    num_refused: int = 0
    verify: str = "fourflow verify ."


@dataclass(frozen=True)
class Story:
    """checks : what `pricing.audit` found; stakes : the gap as money, by whom it belongs to; sources,
    assumptions : what the book says about itself."""

    cleared: Cleared
    prices: Prices
    ledger: Ledger
    checks: tuple[Check, ...]
    stakes: Stakes
    reasons: Reasons
    run: Run
    sources: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
