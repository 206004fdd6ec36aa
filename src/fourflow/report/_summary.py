"""The result in plain words: one headline, one paragraph, six figures."""

from __future__ import annotations

from collections import Counter
from math import isinf

from fourflow.book import CAPITAL, GOODS
from fourflow.reasons import Cause
from fourflow.report._html import Safe, tag
from fourflow.report._outcome import Amount, Counts, Outcome, asking
from fourflow.report._parts import figures
from fourflow.report._reason_words import CLAUSES
from fourflow.report._view import View
from fourflow.report._words import amounts, carbon, change, count, gap, least_money, listed, percent

KIND_WORDS = ("Goods moved", "Capital lent or granted", "Talent engaged", "Licences given")
"""By kind."""
MOST_REASONS = 3


def headline(view: View) -> str:
    """What moved, from how many to how many, and what it was worth against first come, first served."""
    now, before = view.now, view.before
    if not now.moved:
        return f"Nothing could be given: {_nothing_because(view)}"
    ends = f"from {count(now.num_givers, 'giver')} to {count(now.num_receivers, 'receiver')}"
    moved = f"{_what_moved(view)} went {ends}"
    worth = f"worth {view.money(now.welfare)}"
    if before.welfare <= 0:
        return f"{moved}, {worth}; first come, first served would have moved nothing of worth"
    return f"{moved}, {worth}: {_compared(view)}"


def _what_moved(view: View) -> str:
    """'7 tonnes', or with several kinds '7 tonnes of goods, £2,000 of capital, 3 people and 2 licences'."""
    moved = view.now.moved
    words = [amounts(amount.given, amount.unit) for amount in moved]
    if {amount.kind for amount in moved} != {GOODS}:
        of = {(GOODS, "t"): " of goods"} | {(CAPITAL, amount.unit): " of capital" for amount in moved}
        ends = [of.get((amount.kind, amount.unit), "") for amount in moved]
        words = [f"{word}{end}" for word, end in zip(words, ends, strict=True)]
    return listed(words)


def _compared(view: View) -> str:
    """'23 % more than first come, first served, 25 % more than the nearest supply first'."""
    near = view.nearest
    first = f"{change(view.now.welfare, view.before.welfare)} first come, first served"
    if near.welfare <= 0:
        return first
    second = change(view.now.welfare, near.welfare)
    if first.startswith(f"{second} "):
        return f"{first} or the nearest supply first"
    return f"{first} and {second} the nearest supply first"


def _nothing_because(view: View) -> str:
    if not len(view.market.offers):
        return "nobody offered anything"
    if not view.now.asks:
        return "nobody asked for anything"
    if not view.now.alone.total:
        return "no project can go ahead with what is offered"
    causes = list(_open_causes(view))
    return (
        CLAUSES[Cause(causes[0])] if len(causes) == 1 else "no offer fits a need at a price that both accept"
    )


def proof_words(view: View) -> str:
    """How good the result is proved to be, as the end of a sentence."""
    certificate = view.story.cleared.certificate
    if isinf(certificate.bound):
        return "It is not known how much more another allocation of this book could be worth"
    if certificate.is_settled:
        return "It is proved that no other allocation of this book is worth more"
    most = least_money(certificate.absolute_gap, view.market.currency)
    return f"It is proved to be within {gap(certificate.relative_gap)} of the best possible ({most})"


def unmet_words(view: View) -> str:
    """How many needs were met and how many projects go ahead, and why not more."""
    now = view.now
    if not now.asks:
        return "Nobody asked for anything."
    return " ".join(words for words in (_projects_words(now.projects), _needs_words(view)) if words)


def _projects_words(projects: Counts) -> str:
    if not projects.total:
        return ""
    if projects.total == 1:
        how = (
            "goes ahead" if projects.full else "goes ahead in part" if projects.part else "does not go ahead"
        )
        return f"The project {how}."
    if projects.full == projects.total:
        return f"All {projects.total:,} projects go ahead."
    part = f", {projects.part:,} in part" if projects.part else ""
    verb = "goes" if projects.full == 1 else "go"
    whole = f"{verb} ahead in full" if part else f"{verb} ahead"
    return f"{projects.full:,} of {count(projects.total, 'project')} {whole}{part}."


def _needs_words(view: View) -> str:
    """Of the needs outside projects."""
    alone, other = view.now.alone, "other " if view.now.projects.total else ""
    if not alone.total:
        return ""
    if alone.full == alone.total:
        if alone.total == 1:
            return f"The {other}need was met in full."
        return f"All {alone.total:,} {other}needs were met in full."
    if alone.total == 1:
        return f"The {other}need was {'met in part' if alone.part else 'not met'}.{_reasons(view)}"
    if alone.none == alone.total:
        return f"None of the {alone.total:,} {other}needs was met.{_reasons(view)}"
    if alone.part == alone.total:
        return f"Each of the {alone.total:,} {other}needs was met in part.{_reasons(view)}"
    sizes = {"in full": alone.full, "in part": alone.part, "not at all": alone.none}
    parts = [f"{size:,} {words}" for words, size in sizes.items() if size]
    some, _, rest = parts[0].partition(" ")
    parts[0] = f"{some} {'was' if some == '1' else 'were'} met {rest}"
    return f"Of {alone.total:,} {other}needs, {listed(parts)}.{_reasons(view)}"


def _open_causes(view: View) -> Counter[int]:
    """How many needs outside projects each cause kept open."""
    alone = asking(view.market) & (view.market.needs.project < 0)
    counts = Counter(view.story.reasons.need_cause[alone].tolist())
    for settled in (Cause.DONE, Cause.ROUNDING):
        counts.pop(int(settled), None)
    return counts


def _reasons(view: View) -> str:
    """Why needs are open, as a sentence: the only cause, the one of most of them, or the largest few."""
    counts = _open_causes(view).most_common()
    total = sum(size for _, size in counts)
    if not counts:
        return ""
    clauses = [(CLAUSES[Cause(code)], size) for code, size in counts]
    if len(clauses) == 1:
        return f" The reason: {clauses[0][0]}."
    if 2 * clauses[0][1] > total:
        return f" The main reason, for {clauses[0][1]:,} of {total:,} still open: {clauses[0][0]}."
    told = [f"{words} ({size:,})" for words, size in clauses[:MOST_REASONS]]
    start = "The reasons" if len(clauses) <= MOST_REASONS else "The main reasons"
    return f" {start}: {listed(told)}."


def lede(view: View) -> Safe:
    return tag("p", f"{unmet_words(view)} {proof_words(view)}.", class_="lede")


def key_figures(view: View) -> Safe:
    now, before = view.now, view.before
    worth = "what receivers value it at, less what it costs to give and to haul"
    items = [
        ("Worth in all", view.money(now.welfare), worth),
        *(_flow_figure(view, amount) for amount in now.amounts if _is_told(now, amount)),
        *_met_figures(now),
        ("First come, first served", view.money(before.welfare), _before_words(before)),
        *_carbon_figure(view),
        _proved_figure(view),
    ]  # fmt: skip
    return figures(items)


def _proved_figure(view: View) -> tuple[str, str, str]:
    certificate = view.story.cleared.certificate
    if certificate.is_settled and not isinf(certificate.bound):
        return "Proved", "The best possible", "no other way to share is worth more; anyone can check it"
    best = "of the best that this book allows; anyone can check it"
    return "Proved to be within", gap(certificate.relative_gap), best


def _before_words(before: Outcome) -> str:
    """What first come, first served does besides."""
    if before.alone.total and before.asked_t > 0:
        return f"and {percent(before.share_met)} of the weight asked for, on the same offers, needs and lanes"
    if before.projects.total:
        return (
            f"and {before.projects.full:,} of {count(before.projects.total, 'project')}, on the same offers"
        )
    return "on the same offers and needs"


def _is_told(now: Outcome, amount: Amount) -> bool:
    """What moved; where nothing of a kind did, what was asked for in vain."""
    return amount.given > 0 or (amount.asked > 0 and all(a.kind != amount.kind for a in now.moved))


def _flow_figure(view: View, amount: Amount) -> tuple[str, str, str]:
    """One of the four flows: how much moved, of what was asked for; haulage is told once."""
    shown = amounts(amount.given, "kg" if amount.unit == "t" and not amount.given else amount.unit)
    asked = f"of {amounts(amount.asked, amount.unit)} asked for"
    if amount == next((a for a in view.now.moved if a.kind == GOODS), None):
        haulage = f"; haulage cost {view.money(view.now.haulage)}" if view.now.haulage > 0 else ""
        return KIND_WORDS[amount.kind], shown, f"{asked}{haulage}"
    return KIND_WORDS[amount.kind], shown, asked


def _met_figures(now: Outcome) -> list[tuple[str, str, str]]:
    items = []
    if now.projects.total:
        projects = now.projects
        rest = f"{projects.part:,} in part, {projects.none:,} not"
        items.append(
            ("Projects that go ahead", f"{projects.full:,} of {projects.total:,}", f"in full; {rest}")
        )
    if now.alone.total:
        words = f"in full; {now.alone.part:,} in part, {now.alone.none:,} not"
        items.append(("Needs met", f"{now.alone.full:,} of {now.alone.total:,}", words))
    return items


def _carbon_figure(view: View) -> list[tuple[str, str, str]]:
    if view.now.co2_kg <= 0 and view.before.co2_kg <= 0:
        return []
    return [("Carbon from haulage", f"{carbon(view.now.co2_kg)} CO\u2082e", _carbon_words(view))]


def _carbon_words(view: View) -> str:
    now, before = view.now, view.before
    if now.tonnes <= 0 or before.tonnes <= 0:
        return "nothing to compare with"
    mine, theirs = now.co2_kg / now.tonnes, before.co2_kg / before.tonnes
    return f"{carbon(mine)} per tonne moved; first come, first served {carbon(theirs)}"
