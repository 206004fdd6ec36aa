"""Room `baseline`: what would happen without clearing, on the same problem.

Takes a market with its ClearingProblem and Layout, gives flows and switches for that problem: two
comparisons, of which the first is the first incumbent too. In order of `listed_at`, then id, each need, or
project as a whole, takes its highest-surplus remaining supply (first come, first served) or its nearest one.
Never looks ahead and never takes back what an earlier need has got; so it may fall short of what a rule asks
for at least, which `keeps_floors` tells. `best_first` begins from prices that somebody found, and serves who
gains most there. Knows no solver.
"""

from fourflow.baseline._best_first import best_first
from fourflow.baseline._first_come import first_come_first_served, nearest_supply
from fourflow.baseline._floors import keeps_floors

__all__ = ["best_first", "first_come_first_served", "keeps_floors", "nearest_supply"]
