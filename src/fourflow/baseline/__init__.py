"""Room `baseline`: what would happen without clearing, on the same problem.

Takes a market with its ClearingProblem and Layout, gives flows and switches that are feasible for that
problem: a comparison, and the first incumbent. First come, first served: in order of `listed_at`, then
id, each need takes its highest-surplus remaining supply by the cheapest free route.
Never looks ahead and never takes back what an earlier need has got. Knows no solver.
"""

from fourflow.baseline._first_come import first_come_first_served

__all__ = ["first_come_first_served"]
