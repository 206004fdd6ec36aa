"""What reasons claim would have been awarded, held against the book with that one row changed and cleared."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from fourflow.again import ClearAgain
from fourflow.book import normalise
from fourflow.clearing import Cleared
from fourflow.errors import FourflowError
from fourflow.pipeline import clear_market
from fourflow.reasons import Change, Explanation, give_reasons, sharpen, unfinished, with_changes
from kinds_books import draw_kinds
from random_books import Draft, Row

BESIDE = Decimal("0.0002")
"""Money per unit beyond and before a price: HiGHS counts what is within a millionth as equally good."""
DUST = Decimal("0.001")
LISTINGS, ROUNDS, SECONDS = 4, 60, 30.0


@dataclass
class Tally:
    """claims, held : per lever (prices also before the threshold); broken : what did not hold, in words;
    unjudged : changed books that could not be cleared to a proved optimum in time."""

    claims: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    unjudged: int = 0

    def note(self, lever: str, holds: bool, words: str) -> None:
        self.claims[lever] += 1
        self.held[lever] += holds
        if not holds:
            self.broken.append(words)

    def share(self, *levers: str) -> float:
        total = sum(self.claims[lever] for lever in levers or self.claims)
        return sum(self.held[lever] for lever in levers or self.claims) / max(1, total)


def judge(seed: int, tally: Tally) -> None:
    """Every claim about the heaviest open listings of one random book, which needs no conversions."""
    draft = draw_kinds(seed)
    if {"currencies", "units"} & draft.chosen:
        return
    cleared = clear_anew(draft)
    if cleared is None:
        return
    reasons = give_reasons(cleared)
    chosen = unfinished(reasons)[:LISTINGS]
    again = ClearAgain(cleared.apart, SECONDS, ROUNDS)
    reasons = with_changes(sharpen(reasons, again, chosen), again, chosen)
    for is_need, row in chosen:
        told = reasons.need(row) if is_need else reasons.offer(row)
        for change in told.changes:
            for lever, changed, least, most in trials(draft, told, change):
                got = awarded(changed, told.listing, is_need)
                if got is None:
                    tally.unjudged += 1
                    continue
                words = (
                    f"seed {seed}: {told.listing}, {change.lever} {change.about} {change.now} -> {change.to}"
                )
                tally.note(
                    lever,
                    least <= got <= most,
                    f"{words} ({change.found}, {lever}): {got}, not {least} to {most}",
                )


def clear_anew(draft: Draft) -> Cleared | None:
    """The book cleared to the end; None where its rules cannot all hold, or time was over."""
    try:
        cleared = clear_market(normalise(draft.book()), gap=1e-9, time_limit_s=10)
    except FourflowError:
        return None
    proved = cleared.certificate.is_settled or cleared.certificate.relative_gap <= Decimal("1e-9")
    return cleared if proved else None


def awarded(draft: Draft, listing: str, is_need: bool) -> Decimal | None:
    cleared = clear_anew(draft)
    if cleared is None:
        return None
    market, amounts = cleared.allocation.market, cleared.allocation
    ids, found = (market.needs.id, amounts.awarded) if is_need else (market.offers.id, amounts.offered)
    return Decimal(int(found[ids.tolist().index(listing)])).scaleb(-6)


def trials(draft: Draft, told: Explanation, change: Change) -> Iterator[tuple[str, Draft, Decimal, Decimal]]:
    """(what is tried, the changed draft, the least and the most that should be awarded)."""
    far = Decimal("inf")
    if change.lever == "price":
        yield from _prices(draft, told, change)
        return
    changed = copy.deepcopy(draft)
    row, cell = _cell(changed, told.listing, change)
    if change.to is None or not row:
        return
    row[cell] = change.to
    assert change.awarded is not None
    yield change.lever, changed, change.awarded - DUST, far


def _prices(draft: Draft, told: Explanation, change: Change) -> Iterator[tuple[str, Draft, Decimal, Decimal]]:
    """Beyond an exact price it is awarded, before it is not."""
    found = told.whole if change.whole else told.first
    if found.kind != "exact" or found.price is None:
        return
    better = BESIDE if told.side == "need" else -BESIDE
    part, far = told.got + DUST / 10, Decimal("inf")
    least = change.awarded - DUST if change.whole and change.awarded is not None else part
    name = "whole price" if change.whole else "first price"
    yield name, _priced(draft, told, found.price + better), least, far
    most = least if change.whole else told.got + DUST
    yield f"{name}, before", _priced(draft, told, found.price - better), Decimal("-inf"), most


def _priced(draft: Draft, told: Explanation, price: Decimal) -> Draft:
    changed = copy.deepcopy(draft)
    row = _row(changed, "needs" if told.side == "need" else "offers", told.listing)
    if told.side == "need" and row.get("sponsor"):
        row["value"] = price
    else:
        row["limit_price"] = price
        row.pop("value", None)
    return changed


def _cell(draft: Draft, listing: str, change: Change) -> tuple[Row, str]:
    """The row and column that a change is about; an empty row for what stands in no single cell."""
    name, _, column = change.about.partition(" ")
    if change.lever == "capacity":
        return _row(draft, "lanes", change.about), "capacity_t"
    if change.lever == "rule":
        return _row(draft, "rules", change.about), "limit"
    if name != listing or column not in ("", "min_quantity", "until", "from", "term_months"):
        return {}, ""
    row = _row(draft, "needs", listing) or _row(draft, "offers", listing)
    return row, column or "quantity"


def _row(draft: Draft, noun: str, name: str) -> Row:
    return next((row for row in draft.tables[noun] if row.get("id") == name), {})
