"""Room `engines`: a ClearingProblem goes in, a Solution comes out.

    maximise sum w x + sum V y  over the flows and bundles of a ClearingProblem (see `problem`)

`solve` returns integer flows that keep every row exactly, duals that support prices, and duals or a
tree of them that prove a bound; `proof.certify` is the judge. Never knows a market word.

How it goes, file by file: `_exact` is one run; `_linear` its linear program, taken by arrays from `_model`
and solved by our own network simplex (`_network`, `kernels`) as far as it is a network and by HiGHS
(`_highs`) beyond; `_contract` makes leaves part of what feeds them before all that; `rounding` makes integers
of flows, `_duals` of prices; `_swaps` and `_choices` find whole decisions, `_tree` proves them, `_parts` one
component at a time; `auction` and `limits` clear large two-sided markets,
`multiflow` goods that share lanes, with kernels alone; `sifting` finds whole decisions in large networks
among the ways that may matter, and proves them over all; `_infeasible` proves that there is no answer, and
`_conflict` names rows that cannot all hold. `_near` solves once more near known prices; `part_around` cuts
out what some nodes depend on. Floats enter as dyadic integers (`_floats`). What floats round
inside costs at most a little gap, never a wrong verdict.
"""

from fourflow.engines._conflict import Conflict, can_hold, find_conflict
from fourflow.engines._near import solve_near
from fourflow.engines._parts import Piece, part_around, restrict, restrict_duals
from fourflow.engines._solve import solve

__all__ = [
    "Conflict", "Piece", "can_hold", "find_conflict", "part_around", "restrict", "restrict_duals", "solve",
    "solve_near",
]  # fmt: skip
