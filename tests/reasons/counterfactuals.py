"""What reasons claim would have been awarded, held against the book with that one row changed and cleared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from changed_rows import changed, priced

from fourflow.again import ClearAgain
from fourflow.book import normalise
from fourflow.clearing import Cleared
from fourflow.errors import FourflowError
from fourflow.pipeline import clear_market
from fourflow.reasons import (
    Change,
    Explanation,
    ProjectExplanation,
    Reasons,
    explain_project,
    give_reasons,
    sharpen,
    unfinished,
    with_changes,
)
from kinds_books import draw_kinds
from random_books import Draft

BESIDE = Decimal("0.0002")
"""Money per unit beyond and before a price: HiGHS counts what is within a millionth as equally good."""
DUST = Decimal("0.001")
LISTINGS, ROUNDS, SECONDS = 4, 60, 30.0
Told = Explanation | ProjectExplanation


@dataclass
class Tally:
    """claims, held : per lever (prices also before the threshold); broken : what did not hold, in words;
    unjudged : changed books that could not be cleared to a proved optimum in time;
    unwritten : changes that no row of the book says."""

    claims: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    unjudged: int = 0
    unwritten: list[str] = field(default_factory=list)

    def note(self, lever: str, holds: bool, words: str) -> None:
        self.claims[lever] += 1
        self.held[lever] += holds
        if not holds:
            self.broken.append(words)

    def share(self, *levers: str) -> float:
        total = sum(self.claims[lever] for lever in levers or self.claims)
        return sum(self.held[lever] for lever in levers or self.claims) / max(1, total)


def judge(seed: int, tally: Tally) -> None:
    """Every claim about the heaviest open listings, and every project that is not carried out in full, of one
    random book, which needs no conversions."""
    draft = draw_kinds(seed)
    if {"currencies", "units"} & draft.chosen:
        return
    cleared = clear_anew(draft)
    if cleared is None:
        return
    for told in answers(cleared):
        for change in changes_of(told):
            _judge(seed, draft, told, change, tally)


def answers(cleared: Cleared) -> Iterator[Told]:
    """What the heaviest open listings, and all projects, are told."""
    reasons = give_reasons(cleared)
    chosen = unfinished(reasons)[:LISTINGS]
    again = clear_again(cleared)
    reasons = with_changes(sharpen(reasons, again, chosen), again, chosen)
    for is_need, row in chosen:
        yield reasons.need(row) if is_need else reasons.offer(row)
    yield from _projects(reasons, cleared)


def clear_again(cleared: Cleared) -> ClearAgain:
    return ClearAgain(cleared.apart, SECONDS, ROUNDS, cleared.allocation, cleared.solution.price_duals)


def _projects(reasons: Reasons, cleared: Cleared) -> Iterator[ProjectExplanation]:
    for row in range(len(cleared.allocation.market.projects)):
        told = explain_project(reasons, row, clear_again(cleared))
        if told.cause != "done":
            yield told


def changes_of(told: Told) -> Sequence[Change]:
    """All that is told; of a project its value too, from which a first part and all of it come."""
    if not isinstance(told, ProjectExplanation):
        return told.changes
    values = tuple(
        Change("price", told.listing, f"{told.value:f}", f"{found.price:f}", told.currency, "re-cleared",
               Decimal(1) if whole else None, whole, "")
        for found, whole in ((told.first, False), (told.whole, True))
        if found.kind == "exact" and found.price is not None
    )  # fmt: skip
    return (*values, *told.changes)


def _judge(seed: int, draft: Draft, told: Told, change: Change, tally: Tally) -> None:
    words = f"seed {seed}: {told.listing}, {change.lever} {change.about} {change.now} -> {change.to}"
    if change.found == "estimate" or (change.lever != "price" and change.to is None):
        return
    tried = list(trials(draft, told, change))
    if not tried and change.lever != "price":
        tally.unwritten.append(words)
    for lever, other, least, most in tried:
        got = awarded(other, told)
        if got is None:
            tally.unjudged += 1
            continue
        said = f"{words} ({change.found}, {lever}): {got}, not {least} to {most}"
        tally.note(lever, least <= got <= most, said)


def clear_anew(draft: Draft) -> Cleared | None:
    """The book cleared to the end; None where its rules cannot all hold, or time was over."""
    try:
        cleared = clear_market(normalise(draft.book()), gap=1e-9, time_limit_s=10)
    except FourflowError:
        return None
    proved = cleared.certificate.is_settled or cleared.certificate.relative_gap <= Decimal("1e-9")
    return cleared if proved else None


def awarded(draft: Draft, told: Told) -> Decimal | None:
    """Units that the listing gets or gives; the size of a project, 0 to 1."""
    cleared = clear_anew(draft)
    if cleared is None:
        return None
    market, found = cleared.allocation.market, cleared.allocation
    columns = {
        "need": (market.needs, found.awarded, -6),
        "offer": (market.offers, found.offered, -6),
        "project": (market.projects, found.size, -9),
    }
    listings, column, power = columns[told.side]
    return Decimal(int(column[listings.id.tolist().index(told.listing)])).scaleb(power)


def trials(draft: Draft, told: Told, change: Change) -> Iterator[tuple[str, Draft, Decimal, Decimal]]:
    """(what is tried, the changed draft, the least and the most that should be awarded)."""
    far, noun = Decimal("inf"), "project " if told.side == "project" else ""
    if change.lever == "price":
        yield from _prices(draft, told, change)
        return
    other = changed(draft, told.listing, told.side, change)
    if other is None:
        return
    assert change.awarded is not None
    yield f"{noun}{change.lever}", other, change.awarded - _dust(told), far


def _prices(draft: Draft, told: Told, change: Change) -> Iterator[tuple[str, Draft, Decimal, Decimal]]:
    """Beyond an exact price it is awarded, before it is not."""
    found = told.whole if change.whole else told.first
    if found.kind != "exact" or found.price is None:
        return
    has = told.size if isinstance(told, ProjectExplanation) else told.got
    dust, better = _dust(told), -BESIDE if told.side == "offer" else BESIDE
    part, far = has + dust / 10, Decimal("inf")
    least = change.awarded - dust if change.whole and change.awarded is not None else part
    name = f"{'project ' if told.side == 'project' else ''}{'whole' if change.whole else 'first'} price"
    yield name, priced(draft, told.listing, told.side, found.price + better), least, far
    most = least if change.whole else has + dust
    yield (
        f"{name}, before",
        priced(draft, told.listing, told.side, found.price - better),
        Decimal("-inf"),
        most,
    )


def _dust(told: Told) -> Decimal:
    """What counts as nothing: of a project in shares of its size."""
    return DUST / 10 if told.side == "project" else DUST
