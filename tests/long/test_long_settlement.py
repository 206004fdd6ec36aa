"""Thousands of random markets, priced, settled and audited; unfinished answers too."""

from __future__ import annotations

import pytest

from fourflow.pipeline import clear_market
from fourflow.pricing import audit, price, settle
from fourflow.proof import losses
from random_markets import random_market

pytestmark = pytest.mark.long


@pytest.mark.parametrize("gap", [1e-9, 0.3])
@pytest.mark.parametrize("block", range(20))
def test_every_settlement_passes_its_audit(block: int, gap: float) -> None:
    """Whatever the features of the market, and however far the answer is from the best."""
    for seed in range(50_000 + block * 100, 50_000 + (block + 1) * 100):
        cleared = clear_market(random_market(seed)[0], gap=gap)
        ledger = settle(cleared, price(cleared))
        audit(cleared, ledger, losses(cleared.allocation.problem, cleared.solution))
