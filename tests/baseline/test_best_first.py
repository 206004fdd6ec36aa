"""Those who gain most at given prices first: feasible, and near the best that the prices stand for."""

from __future__ import annotations

from feasible import violations
from fourflow.baseline import best_first, first_come_first_served, keeps_floors
from fourflow.book import normalise
from fourflow.engines import solve
from fourflow.formulation import formulate
from fourflow.matching import match
from fourflow.problem import Status
from fourflow.proof import certify
from kinds_books import draw_kinds


def test_it_keeps_every_row_and_is_worth_more_than_first_come_first_served() -> None:
    """30 drawn books of all kinds, at the prices of their best allocation: all feasible; together they are
    worth more than first come, first served, and never more than the best."""
    first_comes = by_prices = best = 0.0
    for seed in range(30):
        market = normalise(draw_kinds(seed).book(shuffle=seed))
        problem, layout = formulate(market, match(market, apart=range(len(market.participants))))
        solution = solve(problem, gap=1e-4, time_limit_s=30)
        if solution.status != Status.OPTIMAL_WITHIN_GAP:
            continue
        found = []
        for flow, bundle in (
            first_come_first_served(market, layout, problem),
            best_first(market, layout, problem, solution.price_duals),
        ):
            if not keeps_floors(layout, problem, flow, bundle):
                break
            assert violations(problem, flow, bundle) == [], seed
            point = type(solution)(flow, bundle, *list(vars(solution).values())[2:])
            found.append(float(certify(problem, point).objective))
        if len(found) == 2:
            first_comes, by_prices = first_comes + found[0], by_prices + found[1]
            best += float(certify(problem, solution).bound)
    assert first_comes < by_prices <= best
