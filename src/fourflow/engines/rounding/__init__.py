"""Rounding: float flows in, integer flows that keep every row exactly out.

Takes a ClearingProblem, float flows in quanta and integer bundles; gives int64 flows with violation 0,
or None where none was found. Never looks at values: what it moves are a few quanta.
Nearest integers first, then repair along short residual paths (`_repair`), then an exact check of all rows.
"""

from fourflow.engines.rounding._integers import exact_row_limits
from fourflow.engines.rounding._round import activities, balances, is_feasible, round_flow

__all__ = ["activities", "balances", "exact_row_limits", "is_feasible", "round_flow"]
