"""Asking about one id: a listing, a project, a participant, a refused row; of a clearing, or of its folder.

A result folder keeps the book and the flows (`explain/`), so that it answers as the clearing itself does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path

import numpy as np

from fourflow.again import SHARE, ClearAgain
from fourflow.book import Book, normalise
from fourflow.clearing import Allocation, decompose, read_allocation
from fourflow.errors import Finding, FourflowError, SettingsError
from fourflow.formulation import formulate
from fourflow.matching import match
from fourflow.problem import Duals
from fourflow.reasons import (
    Answer,
    Reasons,
    about_participant,
    about_refused,
    explain_project,
    open_listings,
    reasons_of,
    sharpen,
    together,
    unfinished,
    with_changes,
)

FOLDER = "explain"
MOST_ARCS, MOST_ROUNDS = 2_000_000, 200
"""Up to this size a market is cleared again to answer, and so often at most."""


@dataclass(frozen=True)
class Inquiry:
    """What is asked of one clearing. apart : see `Cleared`; findings : why rows were refused;
    time_limit_s : of a run, of which an answer may take a share (`SHARE`)."""

    reasons: Reasons
    apart: tuple[int, ...]
    findings: tuple[Finding, ...]
    time_limit_s: float

    def explain(self, name: str) -> Answer:
        """What happened to a need, an offer or a project; what a participant lists; why a row was refused;
        all of these of which that is the id, else the projects and participants of that name.

        Raises SettingsError where nothing has that id, with the id that may be meant.
        """
        market = self.reasons.explainer.market
        sides = (
            (market.needs.id, self._need), (market.offers.id, self._offer),
            (market.projects.id, self._project), (market.participants.id, self._participant),
        )  # fmt: skip
        found = [ask(int(row)) for ids, ask in sides for row in np.flatnonzero(ids == name)]
        if not found:
            found = [self._project(int(row)) for row in np.flatnonzero(market.projects.name == name)]
            found += [self._participant(int(row)) for row in np.flatnonzero(market.participants.name == name)]
        if found:
            return together(found)
        refused = [finding for finding in self.findings if finding.listing == name]
        if refused:
            return about_refused(name, refused)
        known = [*market.needs.id, *market.offers.id, *market.projects.id, *market.participants.id]
        close = get_close_matches(
            name, [*map(str, known[:200_000]), *(f.listing for f in self.findings)], n=1
        )
        maybe = f"Maybe {close[0]!r} is meant." if close else "The ids are those of the book."
        raise SettingsError(
            f"no need, offer, project or participant has the id {name!r}. {maybe}",
            code="reasons.listing.unknown",
        )

    @property
    def again(self) -> ClearAgain:
        """A way to clear again; without rounds where that would take too long."""
        situation = self.reasons.explainer.finder.situation
        rounds = MOST_ROUNDS if situation.allocation.problem.num_arcs <= MOST_ARCS else 0
        seconds = SHARE * self.time_limit_s
        return ClearAgain(self.apart, seconds, rounds, situation.allocation, situation.duals)

    def _need(self, row: int) -> Answer:
        return self._with_changes(True, row).need(row)

    def _offer(self, row: int) -> Answer:
        return self._with_changes(False, row).offer(row)

    def _with_changes(self, is_need: bool, row: int) -> Reasons:
        again, one = self.again, (is_need, row)
        mine = [found for found in unfinished(self.reasons) if found == one]
        unsure = [found for found in open_listings(self.reasons) if found == one]
        return with_changes(sharpen(self.reasons, again, unsure), again, mine)

    def _project(self, row: int) -> Answer:
        return explain_project(self.reasons, row, self.again)

    def _participant(self, row: int) -> Answer:
        return about_participant(self.reasons, row)


def write_inquiry(
    folder: Path,
    book: Book,
    allocation: Allocation,
    duals: Duals,
    apart: Sequence[int],
    findings: Sequence[Finding],
) -> None:
    """Write what questions about a result are answered from."""
    target = folder / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    book.write(target / "book.json")
    np.savez_compressed(
        target / "flows.npz", flow=allocation.flow, bundle=allocation.bundle, apart=np.array(apart, np.int64),
        node=np.asarray(duals.node), row=np.asarray(duals.row),
        scales=np.array([str(duals.node_scale), str(duals.row_scale)]),
    )  # fmt: skip
    said = json.dumps([asdict(finding) for finding in findings], ensure_ascii=False)
    (target / "refused.json").write_text(said + "\n", encoding="utf-8")


def read_inquiry(folder: Path, time_limit_s: float = 60.0) -> Inquiry:
    """The same questions, asked of a result folder. Raises FourflowError where it is damaged."""
    target = folder / FOLDER
    try:
        market = normalise(Book.read(target / "book.json"))
        findings = tuple(Finding(**row) for row in json.loads((target / "refused.json").read_text("utf-8")))
        with np.load(target / "flows.npz", allow_pickle=False) as kept:
            columns = {name: kept[name] for name in kept.files}
        apart = tuple(columns["apart"].tolist())
        problem, layout = formulate(market, match(market, apart))
        if len(columns["flow"]) != problem.num_arcs or len(columns["bundle"]) != problem.num_bundles:
            raise ValueError("another book")
        allocation = read_allocation(market, layout, problem, columns["flow"], columns["bundle"])
        scales = [Fraction(str(scale)) for scale in columns["scales"]]
        duals = Duals(columns["node"], columns["row"], *scales)
        reasons = reasons_of(allocation, duals, decompose(allocation))
        return Inquiry(reasons, apart, findings, time_limit_s)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FourflowError(
            f"{target} cannot be read. Maybe the folder is damaged or of another release: clear the book"
            " again.",
            code="result.damaged",
        ) from error
