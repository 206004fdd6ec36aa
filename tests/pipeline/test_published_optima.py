"""Published optima of OR-Library's warehouse location, cleared as goods markets with fixed-cost offers."""

from __future__ import annotations

from pathlib import Path

import pytest

from fourflow.pipeline import clear_market
from fourflow.problem import Status
from orlib import WORTH, read_warehouses

OPTIMA = {
    "cap71": 932615.750, "cap72": 977799.400, "cap73": 1010641.450, "cap74": 1034976.975,
    "cap101": 796648.437, "cap102": 854704.200, "cap103": 893782.112, "cap104": 928941.750,
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIMA)
def test_warehouse_location_reaches_the_published_optimum(name: str, data_dir: Path) -> None:
    """Serving every customer costs the published optimum, proved by root bounds of the pair rows."""
    market, demand = read_warehouses(data_dir / "bench" / "cap" / f"{name}.txt")
    cleared = clear_market(market, gap=1e-6)
    cost = WORTH * demand - float(cleared.certificate.objective)
    assert cleared.certificate.status == Status.OPTIMAL_WITHIN_GAP
    assert cost == pytest.approx(OPTIMA[name], rel=1e-5)
