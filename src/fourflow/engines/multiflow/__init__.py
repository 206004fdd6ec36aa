"""Room `multiflow`: flows of several networks that share the room of lanes, fast and within a gap.

    maximise  sum_n -curve*_n(net inflow of n) - sum_a cost_a x_a   over x >= 0, sum of gain x <= room by lane
    minimise  sum_n curve_n(p_n) + sum_k room_k max_a (p_head - p_tail - cost_a)+ / gain_a   over prices p

Takes a ClearingProblem that `flows_in` recognises and gives a Solution. All listings at a hub are one convex
piecewise linear curve, so what is left to find are prices of hubs and flows between them; any prices at all
prove a bound, and any flows that keep the rooms are made whole and feasible by filling the listings anew.
`_flows` recognises, `_method` steps (kernels `_shared_lanes`), `_round` makes integers (kernels `_settle`),
`_solve` stops when what is found lies within the gap of what is proved.

Sources: the steps are those of Chambolle and Pock (2011), their restarts and anchor those of Applegate and
others (2021) and Lu and Yang (2024); that flows in use are given wider steps, and that the room of a lane
is kept inside the step rather than priced, is our own.
"""

from fourflow.engines.multiflow._flows import flows_in
from fourflow.engines.multiflow._solve import solve_flows

__all__ = ["flows_in", "solve_flows"]
