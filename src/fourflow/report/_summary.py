"""The result in plain words: one headline, one paragraph, six figures."""

from __future__ import annotations

from collections import Counter
from math import isinf

from fourflow.reasons import Cause
from fourflow.report._html import Safe, tag
from fourflow.report._outcome import goods_needs
from fourflow.report._parts import figures
from fourflow.report._reason_words import CLAUSES
from fourflow.report._view import View
from fourflow.report._words import carbon, change, count, gap, least_money, listed, percent, weight


def headline(view: View) -> str:
    """What moved, from how many to how many, and what it was worth against first come, first served."""
    now, before = view.now, view.before
    if now.tonnes <= 0:
        return f"Nothing was moved: {_nothing_because(view)}"
    ends = f"from {count(now.num_givers, 'giver')} to {count(now.num_receivers, 'receiver')}"
    moved = f"{weight(now.tonnes)} went {ends}"
    worth = f"worth {view.money(now.welfare)}"
    if before.welfare <= 0:
        return f"{moved}, {worth}; first come, first served would have moved nothing of worth"
    return f"{moved}, {worth}: {_compared(view)}"


def _compared(view: View) -> str:
    """'23 % more than first come, first served, 25 % more than the nearest supply first'."""
    near = view.nearest
    first = f"{change(view.now.welfare, view.before.welfare)} first come, first served"
    if near is None or near.welfare <= 0:
        return first
    second = change(view.now.welfare, near.welfare)
    if first.startswith(f"{second} "):
        return f"{first} or the nearest supply first"
    return f"{first} and {second} the nearest supply first"


def _nothing_because(view: View) -> str:
    if not len(view.market.offers):
        return "nobody offered anything"
    if not view.now.num_needs:
        return "nobody asked for goods"
    return "no offer could serve any need at a cost that somebody bears"


def proof_words(view: View) -> str:
    """How good the result is proved to be, as the end of a sentence."""
    certificate = view.story.cleared.certificate
    if isinf(certificate.bound):
        return "It is not known how much more another allocation of this book could be worth"
    aside = any(note.code == "formulation.kind.not_cleared" for note in view.market.notes)
    what = "of the goods of this book" if aside else "of this book"
    if certificate.is_settled:
        return f"It is proved that no other allocation {what} is worth more"
    most = least_money(certificate.absolute_gap, view.market.currency)
    return f"It is proved to be within {gap(certificate.relative_gap)} of the best possible ({most})"


def unmet_words(view: View) -> str:
    now = view.now
    if not now.num_needs:
        return "Nobody asked for goods."
    if now.num_full == now.num_needs:
        return (
            f"All {now.num_needs:,} needs were met in full."
            if now.num_needs > 1
            else "The need was met in full."
        )
    sizes = {"met in full": now.num_full, "met in part": now.num_part, "not met at all": now.num_none}
    parts = [f"{size:,} {words}" for words, size in sizes.items() if size]
    return f"Of {count(now.num_needs, 'need')}, {listed(parts)}.{_main_reason(view)}"


def _main_reason(view: View) -> str:
    """Why most of what is missing is missing, as a sentence; empty where no cause stands out."""
    counts = Counter(view.story.reasons.need_cause[goods_needs(view.market)].tolist())
    for settled in (Cause.DONE, Cause.ROUNDING):
        counts.pop(int(settled), None)
    open_needs = sum(counts.values())
    if not open_needs:
        return ""
    code, most = counts.most_common(1)[0]
    if Cause(code) not in CLAUSES:
        return ""
    if most == open_needs:
        return f" The reason: {CLAUSES[Cause(code)]}."
    return f" The main reason, for {most:,} of {open_needs:,} still open: {CLAUSES[Cause(code)]}."


def lede(view: View) -> Safe:
    return tag("p", f"{unmet_words(view)} {proof_words(view)}.", class_="lede")


def key_figures(view: View) -> Safe:
    now, before = view.now, view.before
    certificate = view.story.cleared.certificate
    worth = "what receivers value it at, less what it costs to give and to haul"
    items = [
        ("Worth in all", view.money(now.welfare), worth),
        (
            "Moved",
            weight(now.tonnes),
            f"in {count(len(view.awards), 'award')}; haulage cost {view.money(now.haulage)}",
        ),
        (
            "Needs met",
            percent(now.share_met),
            f"of the weight asked for: {now.num_full:,} in full, {now.num_part:,} in part, "
            f"{now.num_none:,} not",
        ),
        (
            "First come, first served",
            view.money(before.welfare),
            f"and {percent(before.share_met)} of the weight asked for, on the same offers, needs and lanes",
        ),
        ("Carbon from haulage", f"{carbon(now.co2_kg)} CO\u2082e", _carbon_words(view)),
        (
            "Proved to be within",
            gap(certificate.relative_gap),
            "of the best that this book allows; anyone can check it",
        ),
    ]
    return figures(items)


def _carbon_words(view: View) -> str:
    now, before = view.now, view.before
    if now.tonnes <= 0 or before.tonnes <= 0:
        return "nothing to compare with"
    mine, theirs = now.co2_kg / now.tonnes, before.co2_kg / before.tonnes
    return f"{carbon(mine)} per tonne moved; first come, first served {carbon(theirs)}"
