"""Stories for the report: a market told to the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from builders import market
from fourflow.book import Market
from fourflow.pipeline import clear_market
from fourflow.pricing import audit, price, settle
from fourflow.proof import losses
from fourflow.report import Run, Story

Tell = Callable[[Market], Story]


def story_of(book: Market, **changes: object) -> Story:
    cleared = clear_market(book, gap=1e-9)
    prices = price(cleared)
    ledger = settle(cleared, prices)
    checks = audit(cleared, ledger, losses(cleared.allocation.problem, cleared.solution))
    run = Run(created="2026-01-12 12:00 UTC", versions={"fourflow": "0.1.0"}, settings={"gap": "1e-9"})
    return Story(cleared=cleared, prices=prices, ledger=ledger, checks=checks, run=run)


@pytest.fixture(scope="session")
def tell() -> Tell:
    return story_of


@pytest.fixture(scope="session")
def grain() -> Market:
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


@pytest.fixture(scope="session")
def nothing() -> Market:
    """An offer dearer than the only need: nothing moves."""
    return market(
        offers=[{"id": "o", "at": "Leeds", "quantity": 1, "price": 9}],
        needs=[{"id": "n", "at": "Leeds", "quantity": 1, "price": 2}],
    )


def renamed(book: Market, payload: str) -> Market:
    """The book with the payload as every name that a book may hold."""
    fill = lambda column: np.full(len(column), payload, object)  # noqa: E731
    return replace(
        book,
        name=payload,
        participants=replace(book.participants, name=fill(book.participants.name)),
        places=replace(book.places, name=fill(book.places.name), region=fill(book.places.region)),
        categories=replace(book.categories, name=fill(book.categories.name), unit=fill(book.categories.unit)),
        lanes=replace(book.lanes, mode=fill(book.lanes.mode)),
    )
