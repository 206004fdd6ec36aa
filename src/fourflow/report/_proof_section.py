"""The certificate in plain words, and where everything comes from."""

from __future__ import annotations

from fractions import Fraction
from math import isinf

from fourflow.problem import Status
from fourflow.report._html import Safe, tag
from fourflow.report._parts import facts, section
from fourflow.report._view import View
from fourflow.report._words import count, day, gap, least_money, number, price

SETTINGS = {"gap": "Gap asked for (a share)", "time_limit_s": "Time limit (seconds)"}


def proof_section(view: View) -> Safe:
    """What is proved, what it does not say, and how to check it."""
    certificate = view.story.cleared.certificate
    bound = "not known yet" if isinf(certificate.bound) else _sum(view, certificate.bound)
    claims = [
        "Every award respects what was offered, what was needed, and every limit on lanes and budgets, "
        f"to the last millionth of a unit. Largest violation found: {number(certificate.max_violation)}.",
        f"The awards are worth {_sum(view, certificate.objective)}. This is added up again from the "
        "book, exactly, in whole numbers.",
        f"The most that any way to share this book can be worth is {bound}. The prices prove it: however "
        "things are shared, at these prices all together cannot gain more than this.",
        _gap_claim(view),
    ]
    checks = tag("ul", (tag("li", claim) for claim in claims), class_="checks")
    how = (
        "Nothing here rests on the word of the program that found the answer. The folder certificate "
        "holds the flows and the prices as plain files. A separate program of one file, using nothing "
        "but Python's own library, reads the book again and recomputes every figure above. In the folder "
        "of this page, run"
    )
    limits = (
        "The proof is about this book. It does not say that the book is true: that what was listed "
        "exists, or that what was assumed is right."
    )
    return section(
        "proof",
        "What is proved, and how to check it",
        checks,
        tag("p", how),
        tag("pre", tag("code", view.story.run.verify)),
        tag("p", limits, class_="note"),
    )


def _sum(view: View, value: Fraction | float) -> str:
    return price(value, view.market.currency)


def _gap_claim(view: View) -> str:
    certificate = view.story.cleared.certificate
    if isinf(certificate.bound):
        return "The run was stopped before anything was proved about other allocations."
    if certificate.absolute_gap == 0:
        return "The two are the same, so no other way to share is worth more."
    share = f"{gap(certificate.relative_gap)} ({float(certificate.relative_gap):.2g} as a ratio)"
    missing = f"{least_money(certificate.absolute_gap, view.market.currency)}, or {share}"
    words = f"The two differ by {missing}: that is the most by which this result can fall short of the best."
    if certificate.status == Status.GAP_NOT_REACHED:
        words += " The run was stopped before it reached the gap that was asked for."
    if certificate.covers != "all eligible pairs":
        words += f" The bound covers {certificate.covers}."
    return words


def sources_section(view: View) -> Safe:
    story = view.story
    parts = []
    if story.sources:
        parts += [tag("h3", "Sources"), _bullets(story.sources)]
    if story.assumptions:
        parts += [
            tag("h3", "Assumptions"),
            tag("p", "What nobody published had to be assumed. Another assumption gives another result."),
            _bullets(story.assumptions),
        ]
    if not parts:
        parts = [tag("p", "The book names no sources or assumptions.", class_="note")]
    return section(
        "sources",
        "Sources, assumptions and how this was made",
        *parts,
        tag("h3", "This run"),
        facts(_run(view)),
    )


def _bullets(sentences: tuple[str, ...]) -> Safe:
    return tag("ul", (tag("li", sentence) for sentence in sentences), class_="plain")


def _run(view: View) -> list[tuple[str, object]]:
    market, run = view.market, view.story.run
    listings = (
        f"{count(len(market.offers), 'offer')}, {count(len(market.needs), 'need')}, "
        f"{count(len(market.places), 'place')}, {count(len(market.lanes), 'lane')}, "
        f"{count(len(market.participants), 'participant')}"
    )
    items: list[tuple[str, object]] = [
        ("Book", market.name),
        ("As of", day(market.as_of_day)),
        ("Listings", listings),
        ("Refused rows", f"{run.num_refused:,}"),
        ("Made", run.created),
    ]
    items += [(SETTINGS.get(name, name), value) for name, value in run.settings.items()]
    items.append(("Versions", ", ".join(f"{name} {version}" for name, version in run.versions.items())))
    if run.seconds:
        items.append(("Seconds", ", ".join(f"{stage} {number(s)}" for stage, s in run.seconds.items())))
    items += [(f"SHA-256 of {name}", tag("code", digest)) for name, digest in run.hashes.items()]
    return items
