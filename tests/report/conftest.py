"""Fixtures of the report's tests."""

from __future__ import annotations

import pytest

from fourflow.book import Market
from stories import Tell, grain_market, idle_market, story_of


@pytest.fixture(scope="session")
def tell() -> Tell:
    return story_of


@pytest.fixture(scope="session")
def grain() -> Market:
    return grain_market()


@pytest.fixture(scope="session")
def nothing() -> Market:
    return idle_market()
