"""What keeps counterparts out, counted again by a loop over the rows of random books of every kind."""

from __future__ import annotations

from collections import Counter

import pytest

from book_model import Listing, in_base, number
from fourflow.book import normalise
from fourflow.pipeline import clear_market
from fourflow.reasons import give_reasons
from kinds_books import draw_kinds
from kinds_model import KindsModel
from random_books import Row
from small_books import cleared, line, listing, project, rule

NUM_BOOKS, BLOCK = 150, 25
SAID = {"has_all": "has all", "has_any": "has any"}
FIRST = 800_000
KINDS = ("is asked for", "asks for", "open on other dates", "is a ", "lent for", "months", "use-by date",
         "at another place", "belongs to", "label", "grade", "role", "region", "skill")  # fmt: skip


class Counting(KindsModel):
    """Reads the rows of a book (its cells, not its program) and says what keeps a pair apart."""

    def apart(self, offer: Listing, need: Listing, told_about: str) -> set[str]:
        by_need, by_offer = self._unmet(need, offer), self._unmet(offer, need)
        mine, theirs = (by_need, by_offer) if told_about == "offer" else (by_offer, by_need)
        found = {f"{ask} is asked for" for ask in mine} | {f"asks for {ask}" for ask in theirs}
        found |= self._dates(offer, need) | self._terms(offer, need, told_about)
        if self.kind(offer) == "talent" and offer.place != need.place and not self._goes_anywhere(offer):
            found.add("at another place, not remote, no cost of moving named")
        if offer.row["participant"] == need.row["participant"]:
            found.add("belongs to the same participant")
        made = self.projects.get(offer.row.get("project") or "")
        if made is not None and not made.get("sponsor") and self._paid_by_a_sponsor(need):
            made_of = "made by a project without a sponsor, and a sponsor pays here"
            paid = "paid by a sponsor, and the project that makes this has none"
            found.add(made_of if told_about == "offer" else paid)
        return found

    def _unmet(self, asker, other):
        asks = [ask for ask in self.rows("requirements") if ask["listing"] == asker.id]
        return {in_words(ask) for ask in asks if not self.meets(ask, self.answers(other, ask["attribute"]))}

    def _dates(self, offer, need):
        if self.step and self.kind(offer) == "goods":
            return set()
        late = offer.last < need.first or offer.first > need.last
        spoiled = offer.use_by is not None and offer.use_by < need.first
        said = {"open on other dates": late, "use-by date passes before it is wanted": spoiled}
        return {words for words, holds in said.items() if holds}

    def _terms(self, offer, need, told_about):
        if self.kind(offer) != "capital":
            return set()
        term, longest = int(need.row.get("term_months") or 0), int(offer.row.get("term_months") or 0)
        form, asked = offer.row["form"], "loan" if term else "grant"
        if form != asked:
            return {
                f"is a {form}, and a {asked} is asked for" if told_about == "offer" else f"asks for a {asked}"
            }
        if form == "loan" and 0 < longest < term:
            return {
                f"lent for {longest} months at most" if told_about == "offer" else f"asks for {term} months"
            }
        return set()

    def _paid_by_a_sponsor(self, need):
        project = need.row.get("project")
        return bool(self.projects[project].get("sponsor") if project else need.row.get("sponsor"))

    def counts(self, listing: Listing, is_need: bool) -> tuple[int, Counter[str]]:
        """(counterparts of an accepted category, what keeps how many of them out)."""
        counterparts = 0
        found: Counter[str] = Counter()
        for other in self.offers if is_need else self.needs:
            offer, need = (other, listing) if is_need else (listing, other)
            unlimited = other.row.get("quantity") in (None, "")
            if (other.quantity > 0 or unlimited) and offer.row["category"] in self.below(
                need.row["category"]
            ):
                counterparts += 1
                found.update(self.apart(offer, need, "offer" if is_need else "need"))
        return counterparts, found


def in_words(ask: Row) -> str:
    """label has all vegan, organic; weights in kilograms."""
    value, unit = ", ".join(str(ask["value"]).split(";")), ""
    if ask.get("unit"):
        value, unit = f"{float(1000 * number(ask['value']) * in_base(ask['unit'])):g}", " kg"
    return f"{ask['attribute']} {SAID.get(ask['comparison'], ask['comparison'])} {value}{unit}"


def listings(rows: Counting) -> list[tuple[bool, Listing]]:
    return [*((True, need) for need in rows.needs), *((False, offer) for offer in rows.offers)]


def says_what_the_loop_counts(seed: int) -> None:
    """Of every offer and need that did not give or get all."""
    draft = draw_kinds(seed)
    # What floors ask for, not every book can do.
    draft.tables["rules"] = [row for row in draft.tables["rules"] if row["sense"] == "<="]
    rows = Counting(draft)
    reasons = give_reasons(clear_market(normalise(draft.book(shuffle=seed)), gap=1e-6))
    for is_need, own in listings(rows):
        told = reasons.explain(own.id)
        if told.cause not in ("done", "not_cleared"):
            total, found = rows.counts(own, is_need)
            where = f"seed {seed}, {own.id}: {told}"
            assert told.excluded == found, where
            assert (told.cause == "nobody") == (total == 0), where
            assert not found or f"{total} {'offer' if is_need else 'need'}" in str(told), where


@pytest.mark.parametrize("block", range(NUM_BOOKS // BLOCK))
def test_counts_of_what_is_excluded_are_those_of_a_loop_over_the_rows(block: int) -> None:
    """150 books: for each listing, each requirement, date, form, term, place and owner with its number."""
    for seed in range(FIRST + block * BLOCK, FIRST + (block + 1) * BLOCK):
        says_what_the_loop_counts(seed)


def test_the_books_carry_everything_that_keeps_listings_apart() -> None:
    """Each of the reasons is in at least two of the 150 books."""
    seen: Counter[str] = Counter()
    for seed in range(FIRST, FIRST + NUM_BOOKS):
        rows = Counting(draw_kinds(seed))
        said = " ".join(words for side, own in listings(rows) for words in rows.counts(own, side)[1])
        seen.update(kind for kind in KINDS if kind in said)
    assert {kind: seen[kind] for kind in KINDS if seen[kind] < 2} == {}


def test_whoever_is_kept_out_by_two_things_counts_at_both() -> None:
    """o2 is neither organic nor open by then: 2 of 2 are not organic, 1 of 2 is open on other dates."""
    ask = {"listing": "n", "attribute": "organic", "comparison": "=", "value": "yes"}
    late = listing("o2", "food", 10, 1, **{"from": "2026-03-01"})
    offers, need = [listing("o1", "food", 4, 1), late], listing("n", "food", 4, 5, until="2026-02-01")
    told = cleared(offers, [need], requirements=[ask]).explain("n")
    assert told.excluded == {"organic = yes is asked for": 2, "open on other dates": 1}
    assert "2 offers of Food, but none fits: organic = yes is asked for (2); open on other dates (1)" in str(
        told
    )


def test_what_a_project_without_a_sponsor_makes_is_not_for_sponsored_needs() -> None:
    """Compost comes of a project that pays for itself; the garden's is paid by a fund."""
    made = line("made", "p", "compost", -3)
    lines = [line("in", "p", "food", 3), made]
    need = listing("garden", "compost", 2, 0, value=9, sponsor="fund")
    told = cleared(
        [listing("o", "food", 5, 1)], [need, *lines], projects=[project("p", 50)],
        rules=[rule("budget", "bid_value", "<=", 60, unit="GBP", sponsor="fund")],
    ).explain("garden")  # fmt: skip
    assert told.cause == "not_eligible"
    assert told.excluded == {"made by a project without a sponsor, and a sponsor pays here": 1}
