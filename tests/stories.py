"""Stories for tests of the report: a market told to the end, and names that try to break out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from builders import market
from fourflow.book import Market
from fourflow.pipeline import clear_market
from fourflow.pricing import audit, price, settle, stakes
from fourflow.proof import losses
from fourflow.reasons import give_reasons
from fourflow.report import Run, Story

Tell = Callable[[Market], Story]

PAYLOADS = [
    "<script>hit()</script>", "\"><img src=x onerror=hit()>", "'><svg onload=hit()>",
    "</title><script>hit()</script>", "</style><script>hit()</script>", "</script><script>hit()</script>",
    "javascript:hit()", "<iframe srcdoc='<script>hit()'>", "<a href=javascript:hit()>x</a>",
    "&lt;script&gt;hit()&lt;/script&gt;", "<!--", "-->", "<![CDATA[", "]]><script>hit()</script>",
    "<svg><animate onbegin=hit() attributeName=x>", "<math href=javascript:hit()>",
    "{{constructor.constructor('hit()')()}}", "${hit()}", "<details open ontoggle=hit()>",
    "<input autofocus onfocus=hit()>", "\u202e<b>", "\x00<script>hit()</script>",
    "<base href=//evil.example/>", "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<form action=//evil.example>", "<link rel=stylesheet href=//evil.example>",
    "<object data=//evil.example>", "<embed src=//evil.example>",
]  # fmt: skip
WRAPS = [
    "{}", "a{}", "{}\n", "\t{}", "'{}'", '"{}"', "`{}`", "={}", "\\{}", "{}{}", "%3C{}", "<{}", "{}>",
    "&{};",
]  # fmt: skip


def story_of(book: Market) -> Story:
    """Clear a market and tell all there is to tell."""
    cleared = clear_market(book, gap=1e-9)
    prices = price(cleared)
    ledger = settle(cleared, prices)
    lost = losses(cleared.allocation.problem, cleared.solution)
    checks, found = audit(cleared, ledger, lost), stakes(cleared.allocation, lost)
    run = Run(created="2026-01-12 12:00 UTC", versions={"fourflow": "0.1.0"}, settings={"gap": "1e-9"})
    reasons = give_reasons(cleared)
    return Story(cleared, prices, ledger, checks, found, reasons, run)


def grain_market() -> Market:
    """Leeds gives 10 t at 2, York wants 4 t at 9 and Hull 8 t at 7; the lane to Hull holds 3 t.

    York 4 t by lane at 1, Hull 3 t at 1: welfare 4 x (9-2-1) + 3 x (7-2-1) = 36.
    """
    return market(
        offers=[{"id": "leeds/wheat", "at": "Leeds", "quantity": 10, "price": 2}],
        needs=[
            {"id": "york/wheat", "at": "York", "quantity": 4, "price": 9},
            {"id": "hull/wheat", "at": "Hull", "quantity": 8, "price": 7},
        ],
        lanes=[
            {"start": "Leeds", "end": "York", "cost": 1, "co2": 2},
            {"start": "Leeds", "end": "Hull", "cost": 1, "capacity": 3, "co2": 2},
        ],
        categories={"wheat": {}},
    )


def fair_market() -> Market:
    """Leeds has plenty; ten villages need 1 to 10 t each."""
    villages = [f"Village {i}" for i in range(1, 11)]
    return market(
        offers=[{"id": "leeds", "at": "Leeds", "quantity": 100, "price": 1}],
        needs=[{"id": v, "at": v, "quantity": i, "price": 9} for i, v in enumerate(villages, start=1)],
        lanes=[{"start": "Leeds", "end": v, "cost": 1} for v in villages],
        categories={"wheat": {}},
    )


def idle_market() -> Market:
    """An offer dearer than the only need: nothing moves."""
    return market(
        offers=[{"id": "o", "at": "Leeds", "quantity": 1, "price": 9}],
        needs=[{"id": "n", "at": "Leeds", "quantity": 1, "price": 2}],
    )


def named_throughout(story: Story, name: str) -> Story:
    """The story with one name for everything that a book may name, without clearing it again."""
    cleared = story.cleared
    book = _renamed(cleared.allocation.market, name)
    allocation = replace(cleared.allocation, market=book)
    baseline = replace(cleared.baseline, market=book)
    cleared = replace(cleared, allocation=allocation, baseline=baseline)
    return replace(story, cleared=cleared, sources=(name,), assumptions=(name,))


def _renamed(book: Market, name: str) -> Market:
    def fill(column: np.ndarray) -> np.ndarray:
        return np.full(len(column), name, object)

    return replace(
        book,
        name=name,
        participants=replace(book.participants, name=fill(book.participants.name)),
        places=replace(book.places, name=fill(book.places.name), region=fill(book.places.region)),
        categories=replace(book.categories, name=fill(book.categories.name), unit=fill(book.categories.unit)),
        lanes=replace(book.lanes, mode=fill(book.lanes.mode)),
    )
