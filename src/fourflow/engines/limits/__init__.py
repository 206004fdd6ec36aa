"""Room `limits`: a two-sided market with limits over many arcs goes in, a Solution comes out, fast.

    maximise  sum value x  over arcs from givers to takers, each taker with a demand, each giver with a supply
              or none, and rows sum g x <= U with g >= 0: budgets, quotas, exposure, a cap on what is emitted

`packing_in` recognises such a problem in the arrays (`_packing`): all that is left of supplies and rows are
prices of rows, and every taker chooses among its arcs at these prices. `solve_packing` finds them by one of
two methods, and whole flows by filling up (`_best`). Where rows have many takers each it is an augmented
Lagrangian whose inner steps are Newton's (`_newton`, `_response`, kernels `_limits`), which begins where each
row clears by itself if no arc is in two (`_clear`, kernels `_clear_rows`); where there are as many
rows as givers, small steps of both sides (`_steps`, kernels `_row_prices`). Both begin at an earlier answer
if there is one. Sources:
Rockafellar (1976) for the method of multipliers; Li, Sun and Toh (2020, "An asymptotically superlinearly
convergent semismooth Newton augmented Lagrangian method for linear programming") for Newton inside it;
projections as in Basu and others (2020, "ECLIPSE"); Chambolle and Pock (2011) for the steps, Applegate and
others (2021) and Lu and Yang (2024) for restarts and anchor. The kernels are our own, and so is that rows
over many arcs step together.
"""

from fourflow.engines.limits._packing import packing_in
from fourflow.engines.limits._solve import solve_packing

__all__ = ["packing_in", "solve_packing"]
