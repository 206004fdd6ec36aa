"""Room `sifting`: large markets with whole decisions, by a small part of their arcs and a proof over all.

Takes a ClearingProblem that `ways_in` recognises and gives a Solution. Most arcs lie on no way that anybody
would take: offers that are dearer, hauled farther, for a purse that has better. `_ways` finds, for any
prices of the sources, the best way to every node (kernel `_ways`), and with it who would take what;
`_explore` lets prices rise where too many would, and marks the ways taken meanwhile; `_part` is the problem
of the marked arcs alone, which `_linear` solves. Its prices are then continued over all arcs, which gives a
bound for the whole problem, and names the ways that the part lacks: these are added until the bound is near
enough (Dantzig and Wolfe 1960; "sifting": Bixby and others 1992); `_descend` steps from a part's prices to
such as prove more, without another program. `_whole` makes decisions whole: those that others hang on
first, one by one (`_dive`), then network by network (`_blocks`), mostly by leaving out what programs hold in
small parts. So arcs are left out of the search, never of the proof.
"""

from fourflow.engines.sifting._solve import solve_ways
from fourflow.engines.sifting._ways import ways_in

__all__ = ["solve_ways", "ways_in"]
