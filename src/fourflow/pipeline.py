"""clear: the whole story on one screen.

    Book -> Market -> Matching -> (ClearingProblem, Layout) -> Solution -> Certificate, Awards -> Cleared
"""

from __future__ import annotations

import time

import numpy as np

from fourflow.baseline import first_come_first_served
from fourflow.book import Market
from fourflow.clearing import Cleared, SelfSupply, decompose, read_allocation
from fourflow.engines import solve
from fourflow.errors import EngineError
from fourflow.formulation import check_supported, formulate
from fourflow.matching import match
from fourflow.pricing import centre
from fourflow.progress import Progress, ProgressCallback, ignore
from fourflow.proof import certify

MAX_ROUNDS = 50
"""How often pools are split so that nobody supplies itself; each round sets at least one more apart."""


def clear_market(
    market: Market, gap: float = 1e-4, time_limit_s: float = 60.0, progress: ProgressCallback = ignore
) -> Cleared:
    """Clear a market to a certified relative gap, or as far as the time goes.

    Pools do not look at who supplies whom. Where the best flow would have a participant supply itself,
    its listings are set apart and the market is cleared again, so the answer is exact all the same.
    """
    started = time.monotonic()

    def tell(stage: str) -> None:
        progress(Progress(stage, time.monotonic() - started))

    check_supported(market)
    apart: set[int] = set()
    for _ in range(MAX_ROUNDS):
        tell("matching offers with needs")
        problem, layout = formulate(market, match(market, apart))
        tell("first come, first served")
        first = first_come_first_served(market, layout, problem)
        baseline = read_allocation(market, layout, problem, *first)
        tell("clearing")
        left = max(1.0, time_limit_s - (time.monotonic() - started))
        solution = solve(problem, gap=gap, time_limit_s=left, start=first, progress=progress)
        allocation = read_allocation(market, layout, problem, solution.flow, solution.bundle)
        try:
            awards = decompose(allocation)
        except SelfSupply as found:
            apart |= set(np.unique(market.offers.participant[found.offers]).tolist())
            continue
        tell("pricing and proving")
        solution = centre(problem, solution)
        certificate = certify(problem, solution, gap)
        return Cleared(allocation, solution, certificate, awards, baseline)
    raise EngineError(
        f"after {MAX_ROUNDS} rounds some participants would still supply themselves. Maybe their own"
        " offers and needs of one category should be netted before they are listed.",
        code="pipeline.self_supply",
    )
