"""clear: the whole story on one screen.

Book -> Market -> Matching -> (ClearingProblem, Layout) -> Solution -> Certificate, Awards -> Cleared
     -> Prices, Ledger -> Story -> Clearing
"""

from __future__ import annotations

import hashlib
import platform
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from rich.console import RenderableType

from fourflow.again import SHARE, ClearAgain
from fourflow.answer import or_by_prices, payable, tidied
from fourflow.baseline import first_come_first_served, keeps_floors, nearest_supply
from fourflow.book import Admission, Book, Market, normalise
from fourflow.clearing import Cleared, SelfSupply, decompose, read_allocation
from fourflow.conflicts import contradiction_error, find_contradictions
from fourflow.engines import solve
from fourflow.errors import EngineError, Finding, FourflowError
from fourflow.formulation import check_supported, formulate
from fourflow.inquiry import Inquiry, write_inquiry
from fourflow.matching import match, read_sides, self_suppliers
from fourflow.pricing import Ledger, LossUnpaid, Prices, audit, centre, price, settle, stakes
from fourflow.problem import Leaf
from fourflow.progress import Progress, ProgressCallback, ignore
from fourflow.proof import (
    Binding,
    Certificate,
    Losses,
    certify,
    losses,
    room_for_rounding,
    write_certificate,
)
from fourflow.reasons import Answer, give_reasons, open_listings, sharpen, unfinished, with_changes
from fourflow.report import (
    Run,
    Story,
    View,
    in_words,
    to_html,
    to_rich,
    write_letters,
    write_report,
    write_result,
)

MANY_LISTINGS, MORE_NEEDS = 1_000, 0.5
"""In a market of that many listings those who might supply themselves are set apart at once, where that adds
no more than that share to what classes may serve: clearing twice takes twice the time."""
AFTER, LEAST_SHARE = 3.5, 0.45
"""The search leaves time to what follows, which takes so many times as long as what came before. It has that
share of the limit at least: what came before may have had to compile first."""
EARLY = 0.03
"""Where a search stops at a gap above it, who gains most at its prices is served first for comparison."""
MAX_ROUNDS = 50
"""How often pools are split so that nobody supplies itself; each round sets at least one more apart."""
CONFLICT_S = 60.0
"""Seconds to find out which rules contradict each other, where there is no allocation."""
AGAIN_ARCS, AGAIN_ROUNDS, CHANGED, CHANGE_ROUNDS = 1000, 40, 10, 200
"""Small markets are cleared again, so often at most, to tell what other prices would have been awarded, and
of the ten largest unmet needs, unsold offers and projects on the page what else. The rounds end it, the
seconds (`SHARE` of the limit) only guard: what is told should not depend on the speed of a machine."""


def clear_market(
    market: Market,
    gap: float = 1e-4,
    time_limit_s: float = 60.0,
    progress: ProgressCallback = ignore,
    without: frozenset[int] = frozenset(),
) -> Cleared:
    """Clear a market to a certified relative gap, or as far as the time goes.

    time_limit_s : of the search, which has nearly half of it at least, and of all that `clear` does besides.
    without : needs that are not to be met, while what is proved is the same
    Pools do not look at who supplies whom. Where the best flow would have a participant supply itself,
    its listings are set apart and the market is cleared again, so the answer is exact all the same.
    """
    clock = _Clock(progress)
    check_supported(market)
    clock.tell("matching offers with needs")
    sides, apart = read_sides(market), set[int]()
    matching = match(market, sides=sides)
    if len(market.offers) + len(market.needs) >= MANY_LISTINGS:
        apart = self_suppliers(market, matching, MORE_NEEDS)
        matching = match(market, apart, sides) if apart else matching
    searched_s = 0.0
    for _ in range(MAX_ROUNDS):
        problem, layout = formulate(market, matching)
        clock.tell("first come, first served")
        first = first_come_first_served(market, layout, problem)
        baseline = read_allocation(market, layout, problem, *first)
        clock.tell("clearing")
        began = clock.elapsed_s
        others = (1 + AFTER) * (began - searched_s)
        left = max(0.0, max(LEAST_SHARE * time_limit_s, time_limit_s - others) - searched_s)
        start = first if keeps_floors(layout, problem, *first) else None
        solution = solve(problem, gap=gap, time_limit_s=left, start=start, progress=progress)
        searched_s += clock.elapsed_s - began
        flow = np.asarray(solution.flow, np.int64)
        if not keeps_floors(layout, problem, flow, solution.bundle):
            raise _no_allocation(market, apart)
        if solution.claimed_gap > max(gap, EARLY):
            solution = or_by_prices(market, layout, problem, solution, gap)
        left = max(0.0, left - (clock.elapsed_s - began))
        solution = tidied(market, layout, problem, solution)
        solution = payable(market, layout, problem, solution, gap, left, without)
        flow = np.asarray(solution.flow, np.int64)
        allocation = read_allocation(market, layout, problem, flow, solution.bundle)
        try:
            awards = decompose(allocation)
        except SelfSupply as found:
            clock.tell("matching offers with needs")
            apart |= set(np.unique(market.offers.participant[found.offers]).tolist())
            matching = match(market, apart, sides)
            continue
        clock.tell("the nearest supply first")
        nearest = read_allocation(market, layout, problem, *nearest_supply(market, layout, problem))
        clock.tell("pricing and proving")
        solution = centre(problem, solution)
        certificate = certify(problem, solution, gap)
        return Cleared(allocation, solution, certificate, awards, baseline, nearest, tuple(sorted(apart)))
    raise EngineError(
        f"after {MAX_ROUNDS} rounds some participants would still supply themselves. Maybe their own"
        " offers and needs of one category should be netted before they are listed.",
        code="pipeline.self_supply",
    )


def _no_allocation(market: Market, apart: set[int]) -> FourflowError:
    """Doing nothing is always allowed but for rules that ask for at least something: name those."""
    found = list(find_contradictions(market, apart, CONFLICT_S))
    if found:
        return contradiction_error(market, found)
    return EngineError(
        "no allocation that keeps all rules was found in time. Maybe allow more time, or leave out rules that"
        " ask for at least something.",
        code="pipeline.no_allocation",
    )


def _as_priced(cleared: Cleared, lost: Losses) -> Cleared:
    """The same, proved by its prices where they do not support it any better than that: time was up."""
    if lost.in_parts <= room_for_rounding(cleared.certificate):
        return cleared
    solution = replace(cleared.solution, proof=Leaf(cleared.solution.price_duals))
    certificate = certify(cleared.allocation.problem, solution, cleared.certificate.gap)
    return replace(cleared, solution=solution, certificate=certificate)


def clear(
    book: Book | Admission,
    gap: float = 1e-4,
    time_limit_s: float = 60.0,
    progress: ProgressCallback = ignore,
) -> Clearing:
    """Clear a book: who gives what to whom, by which route, at what price, why, and a proof.

    book : a Book, or an Admission whose refused rows are then counted in the result
    gap : the relative gap to prove; time_limit_s : seconds that all of it may take: the search ends so early
    that what follows has its time, and has nearly half of the seconds at least; the best allocation so far
    is then returned with the gap that it does reach. Telling what would have changed it may take a quarter
    as long on top
    Raises ProblemError for what this release does not clear.
    """
    clock = _Clock(progress)
    refused = book.refused if isinstance(book, Admission) else {}
    found = book.findings if isinstance(book, Admission) else ()
    refusals = tuple(finding for finding in found if finding.severity == "refused")
    assumed = book.assumed if isinstance(book, Admission) else ()
    book = book.book if isinstance(book, Admission) else book
    market = normalise(book)
    cleared, prices, ledger = _settled(market, gap, time_limit_s, progress)
    clock.lap("cleared")
    lost = losses(cleared.allocation.problem, cleared.solution)
    cleared = _as_priced(cleared, lost)
    checks = audit(cleared, ledger, lost)
    clock.lap("settled")
    reasons = give_reasons(cleared)
    if cleared.allocation.problem.num_arcs <= AGAIN_ARCS:
        again = _again(cleared, SHARE * time_limit_s, AGAIN_ROUNDS)
        reasons = sharpen(reasons, again, open_listings(reasons))
    clock.lap("explained")
    run = Run(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        versions={"fourflow": _version(), "python": platform.python_version()},
        settings={"gap": f"{gap:g}", "time_limit_s": f"{time_limit_s:g}"},
        hashes={"book": hashlib.sha256(book.canonical_json()).hexdigest()},
        seconds=clock.laps,
        num_refused=sum(len(rows) for rows in refused.values()),
    )
    assumptions = (*book.assumptions, *assumed, *(str(note) for note in market.notes))
    story = Story(
        cleared,
        prices,
        ledger,
        checks,
        stakes(cleared.allocation, lost),
        reasons,
        run,
        book.sources,
        assumptions,
    )
    return Clearing(story, book, refusals)


def _settled(
    market: Market, gap: float, time_limit_s: float, progress: ProgressCallback
) -> tuple[Cleared, Prices, Ledger]:
    """Cleared, priced and settled; without those whose loss nobody would pay, which shows only at prices."""
    without: frozenset[int] = frozenset()
    while True:
        cleared = clear_market(market, gap, time_limit_s, progress, without)
        prices = price(cleared)
        try:
            return cleared, prices, settle(cleared, prices)
        except LossUnpaid as loss:
            lines = np.flatnonzero(np.isin(market.needs.project, loss.projects)).tolist()
            more = without.union(loss.needs, lines)
            assert more > without, "what was left out is still there"
            without = more


def _again(cleared: Cleared, seconds: float, rounds: int) -> ClearAgain:
    """A way to clear the market again with one thing changed."""
    duals = cleared.solution.price_duals
    return ClearAgain(cleared.apart, seconds, rounds, cleared.allocation, duals)


@dataclass(frozen=True)
class Clearing:
    """A cleared book: tables, certificate, reasons and the ways to write them down.

    book : what was cleared; refusals : the findings of its refused rows.
    """

    story: Story
    book: Book
    refusals: tuple[Finding, ...]

    @cached_property
    def view(self) -> View:
        return View(self.story)

    @property
    def certificate(self) -> Certificate:
        return self.story.cleared.certificate

    @property
    def num_refused(self) -> int:
        return self.story.run.num_refused

    @property
    def awards(self) -> pl.DataFrame:
        """Who gives what to whom, by which route."""
        return self.view.awards

    @property
    def flows(self) -> pl.DataFrame:
        """What each lane carries."""
        return self.view.flows

    @property
    def prices(self) -> pl.DataFrame:
        """Clearing prices with their bands."""
        return self.view.prices

    @property
    def settlement(self) -> pl.DataFrame:
        """The ledger: who pays and who receives what."""
        return self.view.settlement

    @property
    def unmet(self) -> pl.DataFrame:
        """Needs that were not met in full: why, and what would have been enough."""
        return self.view.unmet

    @property
    def unsold(self) -> pl.DataFrame:
        """Offers that were not taken up in full: why, and what would have been enough."""
        return self.view.unsold

    @property
    def bottlenecks(self) -> pl.DataFrame:
        """The ten limits with most at stake, and what one more unit of each is worth."""
        return self.view.bottlenecks

    @property
    def scorecard(self) -> pl.DataFrame:
        """How the result stands on the five principles, beside first come, first served."""
        return self.view.scorecard

    def explain(self, name: str) -> Answer:
        """What happened to a need, an offer or a project, or why a row was refused: prints as sentences."""
        limit_s = float(self.story.run.settings["time_limit_s"])
        return Inquiry(self.story.reasons, self.story.cleared.apart, self.refusals, limit_s).explain(name)

    @cached_property
    def explained(self) -> Story:
        """The story with what else would have been enough: for the largest unmet needs and unsold offers, and
        for projects that are not carried out in full."""
        story = self.story
        if story.cleared.allocation.problem.num_arcs > AGAIN_ARCS:
            return story
        limit_s = float(story.run.settings["time_limit_s"])
        again = _again(story.cleared, SHARE * limit_s, CHANGE_ROUNDS)
        largest = unfinished(story.reasons)
        needs, offers = ([one for one in largest if one[0] == is_need][:CHANGED] for is_need in (True, False))
        undone = np.flatnonzero(story.cleared.allocation.carried_out < 1)[:CHANGED].tolist()
        return replace(story, reasons=with_changes(story.reasons, again, [*needs, *offers], undone))

    def report(self, path: str | Path) -> Path:
        """Write the page that shows everything."""
        return write_report(self.explained, path)

    def write(self, folder: str | Path) -> Path:
        """Write the result folder: summary, tables, page, and the certificate that anyone can check."""
        story = self.explained
        target = write_result(story, folder)
        cleared, allocation = story.cleared, story.cleared.allocation
        binding = Binding(allocation.market, allocation.layout, cleared.awards, story.prices, story.ledger)
        proved = (allocation.problem, cleared.solution, cleared.certificate)
        write_certificate(target / "certificate", *proved, binding)
        duals = cleared.solution.price_duals
        write_inquiry(target, self.book, allocation, duals, cleared.apart, self.refusals)
        return target

    def letters(self, folder: str | Path) -> list[Path]:
        """Write a plain letter to each participant: what it gives and gets, and what was not met and why."""
        return write_letters(self.story, folder)

    def __repr__(self) -> str:
        return "\n".join(in_words(self.view))

    def _repr_html_(self) -> str:
        return to_html(self.view)

    def __rich__(self) -> RenderableType:
        return to_rich(self.view)


@dataclass
class _Clock:
    """Seconds since the start, told to whoever listens."""

    progress: ProgressCallback
    started: float = field(default_factory=time.monotonic)
    laps: dict[str, float] = field(default_factory=dict)

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self.started

    def tell(self, stage: str) -> None:
        self.progress(Progress(stage, self.elapsed_s))

    def lap(self, stage: str) -> None:
        self.laps[stage] = round(self.elapsed_s - sum(self.laps.values()), 3)


def _version() -> str:
    from fourflow import __version__

    return __version__
